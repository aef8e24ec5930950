"""Emission factors of a vehicle's exhaust: recalled priors, no source was read.

A mix of idling petrol and diesel vehicles without a working catalyst at the wide end; per kilogram of fuel.
"""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

_SOURCE = "recalled: road-side and idle measurements scatter by a factor of three"

#: Species -> (median [kg per kg of fuel], standard deviation of the logarithm).
EMISSION_FACTORS: dict[str, tuple[float, float]] = {
    "CO": (20e-3, 0.7), "NO": (6e-3, 0.6), "NO2": (1.2e-3, 0.7), "HCHO": (0.12e-3, 0.6), "BTEX": (0.8e-3, 0.6),
    "C2H4": (0.5e-3, 0.6), "C2H2": (0.2e-3, 0.7), "CH3CHO": (0.05e-3, 0.6), "H2": (0.5e-3, 0.7), "NH3": (0.2e-3, 0.8),
    "CH4": (0.2e-3, 0.7), "CO2": (3.1, 0.02), "H2O": (1.25, 0.03), "PM1": (0.25e-3, 0.8), "PM2.5": (0.03e-3, 0.8),
    "PM10": (0.03e-3, 0.8),
}  # fmt: skip

EXHAUST_PRIORS: tuple[Prior, ...] = (
    *((f"exhaust_{name}", median, spread, "kg/kg", _SOURCE) for name, (median, spread) in EMISSION_FACTORS.items()),
    ("exhaust_heat", 13e6, 0.2, "J/kg", "recalled: 30 % of the lower heating value of 43 MJ/kg leaves by the pipe"),
)


@dataclass(frozen=True)
class ExhaustParameters:
    """How exhaust leaves a vehicle (recalled).

    Attributes:
        size: standard deviation of the jet after it has mixed behind the vehicle [m].
    """

    size: float = 0.3


EXHAUST = ExhaustParameters()
