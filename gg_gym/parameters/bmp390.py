"""Bosch BMP390 barometer. Source: datasheet summary rev 1.7 (range, accuracy, noise: read); others as marked."""

from __future__ import annotations

from dataclasses import dataclass

from gg_gym.parameters.line import Prior

BMP390_PRIORS: tuple[Prior, ...] = (
    ("sensor.baro_port", 0.22, 0.45, "1", "estimate: pressure coefficient of the vented housing, 0.1-0.5"),
)


@dataclass(frozen=True)
class Barometer:
    """The part, in Pa."""

    low: float = 30000.0  # (read)
    high: float = 125000.0  # (read)
    lsb: float = 2.64  # at an oversampling of 1; halves with each doubling (read)
    white: float = 6.6  # at an oversampling of 1 without filter: 55 cm (read)
    flicker: float = 0.3  # Allan floor (estimated; a recording of the part shows at most 0.8 at 10 s)
    accuracy: float = 25.0  # sd of units: absolute accuracy 50 Pa taken as 2 sigma (read)
    solder: float = 50.0  # sd of the shift by soldering, limit 100 Pa (recalled)
    per_kelvin: float = 0.3  # sd of units of the temperature coefficient; limit 0.6 Pa/K (recalled)
    reference: float = 25.0  # Cel at which it is trimmed (recalled)
    drift: float = 16.0  # stationary sd; 16 Pa a year (recalled)
    drift_time: float = 1.0  # a (estimated)
    port_spread: float = 0.2  # ln sd of the port's coefficient over units (estimated)
    native: float = 25.0  # Hz, rate of the filter (read)
    height: float = 2.0  # m to which the weather's pressure belongs
    coldest: float = -40.0  # Cel (read)
    hottest: float = 85.0  # Cel (read)


BMP390 = Barometer()
