"""Metal-oxide channels: broadband (BME688, SGP40 class) and hydrogen-selective (SGP30-H2 class).

Sources: exponents, lag and drift fitted to the UCI drift set (Vergara 2012) and to AirQualityUCI (De Vito); rise and
decay from the GADEN tables of TGS2600/2620; ticks from the SGP30/SGP40 datasheets. Every number is a prior.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MetalOxide:
    """One metal-oxide channel; signals are in ln(G/G0).

    Attributes:
        beta: exponent.    k: onset [ppb].    beta_ox: exponent of oxidisers.    k_ox: onset of oxidisers [ppb].
        humidity: ln G per ln of absolute humidity.    per_kelvin: ln G per kelvin.
        rise: [s].    decay: [s].
        gain_spread: ln sd of the exponent within a lot.
        gain_drift: stationary ln sd of the exponent's drift.    zero_drift: the same of the baseline.
        drift_time: [a].    flicker: Allan floor.    white: sd of one native sample.
        telegraph: amplitude (estimated).
        ticks: quanta per e-fold of conductance.
        background: clean air as the firmware assumes it [ppb equivalent] (estimated).
        firmware_error: relative sd of the firmware's humidity and temperature coefficients (estimated).
        high: highest output [ppb].    sensitivity: species to relative sensitivity.
    """

    beta: float
    k: float
    beta_ox: float
    k_ox: float
    humidity: float
    per_kelvin: float
    rise: float
    decay: float
    gain_spread: float
    gain_drift: float
    zero_drift: float
    drift_time: float
    flicker: float
    white: float
    telegraph: float
    ticks: float
    background: float
    firmware_error: float
    high: float
    sensitivity: dict[str, float]


BROADBAND = MetalOxide(
    beta=0.40, k=300.0, beta_ox=0.25, k_ox=50.0, humidity=0.15, per_kelvin=-0.004, rise=5.0, decay=19.0,
    gain_spread=0.05, gain_drift=0.41, zero_drift=0.5, drift_time=0.73, flicker=0.010, white=0.002, telegraph=0.002,
    ticks=3138.0, background=800.0, firmware_error=0.3, high=1e6,
    sensitivity={"ALC": 1, "CH3CHO": 1.0, "BTEX": 0.8, "C2H4": 1.4, "NH3": 0.35, "H2": 1.2, "CO": 0.15, "HCHO": 0.5,
                 "HOAc": 0.3, "FURAN": 0.6, "PHENOL": 0.6, "TERP": 0.8, "C2H2": 0.5, "2EH": 0.7, "CARB": 0.3,
                 "CH3OH": 0.8},
)  # fmt: skip
HYDROGEN = MetalOxide(
    beta=0.50, k=500.0, beta_ox=0.05, k_ox=50.0, humidity=0.10, per_kelvin=-0.003, rise=3.0, decay=16.0,
    gain_spread=0.05, gain_drift=0.20, zero_drift=0.4, drift_time=0.73, flicker=0.010, white=0.002, telegraph=0.002,
    ticks=512.0, background=500.0, firmware_error=0.3, high=1e6,
    sensitivity={"H2": 1, "ALC": 0.05, "CH3CHO": 0.03, "BTEX": 0.01, "C2H4": 0.05, "NH3": 0.01, "CO": 0.03,
                 "HCHO": 0.02, "HOAc": 0.01, "FURAN": 0.01, "PHENOL": 0.01, "TERP": 0.02, "C2H2": 0.1, "2EH": 0.01,
                 "CARB": 0.01, "CH3OH": 0.02},
)  # fmt: skip
#: Auto-baseline firmware: climbs over four days (read), falls in minutes (estimated) [s].
BASELINE_RISE, BASELINE_FALL = 4 * 86400.0, 600.0
#: sd of the relative error of the baseline left by air that is never quite clean (estimated).
BASELINE_ERROR = 0.02
#: Mean dwell of the random telegraph signal in each state [s] (estimated).
TELEGRAPH_DWELL = 600.0
