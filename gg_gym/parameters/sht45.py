"""Sensirion SHT45 with PTFE cap in a radiation shield.

Source: SHT4x datasheet v6 (range, LSB, accuracy: read; repeatability and bare lag: recalled); shield and drift are
estimates.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShieldedProbe:
    """Temperature [Cel] first, relative humidity [%] second."""

    low: tuple[float, float] = (-40.0, 0.0)  # (read)
    high: tuple[float, float] = (125.0, 100.0)  # (read)
    lsb: tuple[float, float] = (175.0 / 65535.0, 125.0 / 65535.0)  # (read)
    offset: tuple[float, float] = (0.05, 0.5)  # sd over units: typical accuracy 0.1 K, 1 % taken as 2 sigma (read)
    white: tuple[float, float] = (0.04 / 3.0, 0.08 / 3.0)  # repeatability is 3 sigma (recalled)
    lag: tuple[float, float] = (45.0, 15.0)  # s, in shield with PTFE (estimated 30-60 and 10-20)
    drift: tuple[float, float] = (0.03, 0.2)  # stationary sd (recalled per-year bounds)
    drift_time: float = 1.0  # a (estimated)
    shield: float = 2.0  # K in 1000 W/m2 and calm (estimated)
    creep: float = 1.5  # %, largest (estimated)
    creep_rise: float = 30 * 3600.0  # s above 80 % (estimated)
    creep_fall: float = 60 * 3600.0  # s (estimated)


SHT45 = ShieldedProbe()
