"""Gill WindSonic two-axis ultrasonic anemometer.

Source: manual 1405-PS-0019 issue 28 (range, accuracy, rounding, status: read); axis errors, wake and rain estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians


@dataclass(frozen=True)
class Sonic:
    """A two-axis sonic on a bracket beside a pole."""

    high: float = 60.0  # m/s (read)
    speed_lsb: float = 0.01  # m/s (read)
    direction_lsb: float = 1.0  # deg (read)
    calm: float = 0.05  # m/s, direction repeats below (read)
    gain: float = 0.01  # sd per axis (estimated)
    offset: float = 0.02  # m/s, sd per axis (estimated)
    white: float = 0.03  # m/s per native sample (estimated)
    lag: float = 0.25  # s, one native period
    turn: float = 2.0  # deg, sd of the mounting's north (estimated)
    wake_depth: float = 0.35  # (estimated)
    wake_width: float = radians(25.0)  # rad (estimated)
    wake_turn: float = radians(5.0)  # rad (estimated)
    blocked: float = 0.002  # probability per sample and mm/h of rain, at most 0.2 (estimated)
    blocked_most: float = 0.2


WINDSONIC = Sonic()
