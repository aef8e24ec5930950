"""Cases of sound in air."""

from __future__ import annotations

from typing import Any

import numpy as np

from gg_gym.equations import sound
from gg_gym.fidelity.case import Case, absolute, relative

_TABLE_1 = "ISO 9613-1, table 1 (read in python-acoustics, tests/data/absorption_coefficient.csv)"
_TABLE_2 = "ISO 9613-2:1996, table 2 (read as quoted by a third document)"
_OCTAVES = tuple(1000.0 * 10.0 ** (0.3 * k) for k in range(-4, 4))
_THIRDS = tuple(1000.0 * 10.0 ** (0.1 * k) for k in (-13, -10, -7, -3, 0, 3, 6, 9, 10))


def absorption(frequency: Any, celsius: Any, humidity: Any) -> Any:
    """Absorption [dB/m] at sea level; temperature [Cel], relative humidity [1]."""
    one = np.ones_like(frequency)
    return sound.absorption(frequency, (273.15 + celsius) * one, 101325.0 * one, humidity * one)


def absorption_per_kilometre(frequency: Any, celsius: Any, humidity: Any) -> Any:
    """Absorption [dB/km], as the standards print it."""
    return 1e3 * absorption(frequency, celsius, humidity)


def level_step(power: Any, distance: Any) -> Any:
    """Change of level [dB] from the first to the second distance [m], without absorption."""
    near, far = sound.received_level(power, distance, 0.0 * distance)
    return far - near


CASES: tuple[Case, ...] = (
    Case("AC-1", "absorption at 25 Cel, 80 %, exact midbands 50 Hz to 10 kHz", _TABLE_1, "standard",
         {"frequency": _THIRDS, "celsius": 25.0, "humidity": 0.80},
         (0.0426, 0.167, 0.631, 2.95, 6.35, 10.7, 21.1, 59.8, 89.6), relative(5e-3), "dB/km", absorption_per_kilometre),
    Case("AC-2", "absorption at 20 Cel, 70 %, octaves 63 Hz to 8 kHz", _TABLE_2, "standard",
         {"frequency": _OCTAVES, "celsius": 20.0, "humidity": 0.70}, (0.1, 0.3, 1.1, 2.8, 5.0, 9.0, 22.9, 76.6),
         absolute(0.05), "dB/km", absorption_per_kilometre),
    Case("AC-3", "absorption at 10 Cel, 70 %, octaves 63 Hz to 8 kHz", _TABLE_2, "standard",
         {"frequency": _OCTAVES, "celsius": 10.0, "humidity": 0.70}, (0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0),
         absolute(*(0.05,) * 7, 0.5), "dB/km", absorption_per_kilometre),
    Case("AC-3.b", "absorption at 30 Cel, 70 %, octaves 63 Hz to 8 kHz", _TABLE_2, "standard",
         {"frequency": _OCTAVES, "celsius": 30.0, "humidity": 0.70}, (0.1, 0.3, 1.0, 3.1, 7.4, 12.7, 23.1, 59.3),
         absolute(0.05), "dB/km", absorption_per_kilometre),
    Case("AC-3.c", "absorption at 15 Cel, 20 %, octaves 63 Hz to 8 kHz", _TABLE_2, "standard",
         {"frequency": _OCTAVES, "celsius": 15.0, "humidity": 0.20}, (0.3, 0.6, 1.2, 2.7, 8.2, 28.2, 88.8, 202.0),
         absolute(*(0.05,) * 7, 0.5), "dB/km", absorption_per_kilometre),
    Case("AC-4", "absorption of 20, 40, 100 kHz at 20 Cel, 50 %", "ISO 9613-1 by an independent script",
         "own regression", {"frequency": (20e3, 40e3, 100e3), "celsius": 20.0, "humidity": 0.50},
         (0.524, 1.318, 3.280), relative(0.01), "dB/m", absorption),
    Case("AC-5", "twice the distance", "20 log10 2", "identity", {"power": 1e-3, "distance": (10.0, 20.0)}, -6.0206,
         absolute(1e-4), "dB", level_step),
)  # fmt: skip
