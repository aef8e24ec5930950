"""What all instruments share: enclosure, the catalogue of faults, the flicker bank, and the stages one may scale.

Fault rates per unit-year are estimates (no field statistics of such units are public); all are configurable.
"""

from __future__ import annotations

from dataclasses import dataclass

YEAR = 365.25 * 86400.0
_HOUR, _DAY = 3600.0, 86400.0


@dataclass(frozen=True)
class Enclosure:
    """The unit's box where no physics module gives its temperature (estimates)."""

    own: float = 3.0  # K, steady self-heating
    full_sun: float = 11.0  # K in 1000 W/m2 and calm (8 to 15)
    tau: float = 2400.0  # s


@dataclass(frozen=True)
class FaultRates:
    """Per unit-year, and mean durations (estimates)."""

    stuck: float = 0.2
    stuck_length: float = 86400.0  # s (hours to weeks)
    dropout: float = 5.0
    dropout_length: float = 60.0  # s (seconds to minutes)
    spike: float = 50.0  # analog instruments, one native sample
    spike_arcing: float = 20.0  # factor while an arc burns
    spike_size: float = 2.0  # of the channel's learning scale times ten, sd
    spike_injected: float = 0.1  # share of samples that an injected fault of size 1 spikes


@dataclass(frozen=True)
class FaultKind:
    """One kind of fault.

    Attributes:
        rate: onsets per unit-year (0: only by dose, by weather, or injected).
        length: mean time until it goes or is serviced [s].
        flag: name of the status bit that the part raises; "" is silent.
        meaning: in words.
    """

    rate: float
    length: float
    flag: str
    meaning: str


@dataclass(frozen=True)
class FaultSizes:
    """What faults of size 1 do where an instrument does not say it better (all estimated)."""

    offset: float = 5.0  # step of the zero, in learning scales
    fouled: float = 0.7  # gain
    fouled_slow: float = 3.0  # factor on time constants
    web: float = 0.5  # gain
    wet: float = 3.0  # offset, in learning scales
    wet_slow: float = 5.0  # factor on time constants
    late: float = 30.0  # s, delay while the clock has no reference
    leak: float = 150.0  # ppb, surface leakage of a wet photo-ionisation head
    salt: float = 3.5  # % humidity that salt or dust adds (2 to 5)


ENCLOSURE = Enclosure()
SIZES = FaultSizes()
FAULTS = FaultRates()
#: Time to the next service of what stays until then [s] (estimated: twice a year).
SERVICE = 0.5 * YEAR
#: Kinds of faults; the hidden code of a kind is its place, from 1 (facts, section 11; all rates estimated).
CATALOGUE: dict[str, FaultKind] = {
    "stuck": FaultKind(FAULTS.stuck, FAULTS.stuck_length, "", "the last value is repeated"),
    "dropout": FaultKind(FAULTS.dropout, FAULTS.dropout_length, "COMM", "no answer on the bus"),
    "spike": FaultKind(FAULTS.spike, 1.0, "", "one wild sample of one analog channel"),
    "offset": FaultKind(0.1, SERVICE, "", "a step of the zero (knock, solder)"),
    "fouling": FaultKind(0.5, SERVICE, "", "dust, soot or salt on what looks or breathes"),
    "web": FaultKind(0.5, 14 * _DAY, "", "a spider's web or an insect"),
    "icing": FaultKind(0.0, 6 * _HOUR, "", "ice or snow; else the weather brings it"),
    "ingress": FaultKind(0.2, 2 * _DAY, "", "water or condensation inside"),
    "poisoning": FaultKind(0.0, SERVICE, "", "silicone on a metal oxide; else the dose brings it"),
    "scrubber": FaultKind(0.0, SERVICE, "", "ozone filter of a cell exhausted; else the dose brings it"),
    "lamp": FaultKind(0.1, SERVICE, "", "ultraviolet lamp out or weak"),
    "fan": FaultKind(0.05, SERVICE, "FAN", "fan stopped or slow"),
    "laser": FaultKind(0.02, SERVICE, "LASER", "laser failed"),
    "shutter": FaultKind(0.02, SERVICE, "", "shutter stuck: the correction never completes"),
    "pixel": FaultKind(1.0, SERVICE, "", "a pixel goes bad"),
    "antenna": FaultKind(0.1, SERVICE, "", "antenna off its tuning"),
    "clock": FaultKind(2.0, 2 * _HOUR, "", "the clock drifts without its reference"),
}
#: Kinds that every instrument may have.
COMMON = ("stuck", "dropout", "clock")
#: Stages whose size a product may scale, and what the factor multiplies.
STAGES: dict[str, str] = {
    "cross": "departure of the cross-sensitivities from what each channel is meant to say",
    "lag": "time constants",
    "climate": "span and zero of temperature and humidity",
    "gain_spread": "departure of a unit's gain from 1",
    "offset_spread": "a unit's offset",
    "ageing": "age of the unit as the instrument feels it",
    "drift": "drifting zero and span",
    "noise": "white, flicker and telegraph noise",
    "compensation": "the firmware's correction",
    "quantum": "quantum of the reading",
    "faults": "rates of faults",
}
#: Largest factor on a stage.
LARGEST = 10.0
#: Farthest place of an instrument from the pole [m]: farther it is no part of the unit.
REACH = 30.0
#: Corner frequencies of the flicker bank [Hz]: one pole per decade (ripple of f S(f) 0.94 to 1.05, computed).
FLICKER_CORNERS: tuple[float, ...] = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
#: Cosines per unit drift.
DRIFT_WAVES = 16
