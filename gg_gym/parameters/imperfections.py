"""What all instruments share: enclosure, faults, and the flicker bank.

Fault rates per unit-year are estimates (no field statistics of such units are public); all are configurable.
"""

from __future__ import annotations

from dataclasses import dataclass

YEAR = 365.25 * 86400.0


@dataclass(frozen=True)
class Enclosure:
    """The unit's box (estimates)."""

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


ENCLOSURE = Enclosure()
FAULTS = FaultRates()
#: Corner frequencies of the flicker bank [Hz]: one pole per decade (ripple of f S(f) 0.94 to 1.05, computed).
FLICKER_CORNERS: tuple[float, ...] = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
#: Cosines per unit drift.
DRIFT_WAVES = 16
