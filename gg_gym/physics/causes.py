"""Causes: the only thing a scenario may change. Each has a neutral value at which nothing happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gg_gym.units import Float


@dataclass(frozen=True)
class Cause:
    """A cause: key, unit, neutral value and meaning."""

    key: str
    unit: str
    neutral: float
    meaning: str


CAUSES: tuple[Cause, ...] = (
    Cause("leak_power", "W", 0.0, "heat of leakage current in wood at the wood hot spot"),
    Cause("leak_radius", "m", 0.01, "radius of the heated wood"),
    Cause("leak_place", "1", 0.0, "index among the product's wood places"),
    Cause("arc_gap", "m", 0.0, "length of the gap that arcs over; 0 is no gap"),
    Cause("arc_current", "A", 10.0, "rms current while the arc burns"),
    Cause("arc_on_rate", "1/s", 1.0, "rate at which the gap strikes"),
    Cause("arc_off_rate", "1/s", 1.0, "rate at which the arc dies"),
    Cause("arc_place", "1", 0.0, "index among the product's arcing places"),
    Cause("joint_factor", "1", 1.0, "multiplier of a joint's contact resistance"),
    Cause("joint_place", "1", 0.0, "index among the product's joints"),
    Cause("exhaust_fuel", "kg/s", 0.0, "fuel burnt by a vehicle"),
    Cause("exhaust_x", "m", 2.0, "place of the exhaust pipe, east"),
    Cause("exhaust_y", "m", 0.0, "place of the exhaust pipe, north"),
    Cause("exhaust_height", "m", 0.3, "height of the exhaust pipe (a car's 0.3, a truck's stack 4)"),
    Cause("load_factor", "1", 1.0, "multiplier of the feeder's load (switching, transfer)"),
    Cause("sun_factor", "1", 1.0, "multiplier of irradiance (a passing cloud, smoke, shade)"),
    Cause("label_coin", "1", 0.0, "1: the event label is a coin toss that nothing in the readings tells (tests)"),
    Cause("interference", "1", 0.0, "amplitude of random disturbance on every sensor, in sensor spans"),
)
NEUTRAL: dict[str, float] = {c.key: c.neutral for c in CAUSES}


def register_cause(cause: Cause) -> Cause:
    """Add a cause that a physics module of your own answers to; a scenario family can then name it.

    Register it before a twin is made, in every process that simulates.

    Raises:
        ValueError: the key is registered with another neutral value.
    """
    if NEUTRAL.setdefault(cause.key, cause.neutral) != cause.neutral:
        raise ValueError(f"cause {cause.key!r} is registered already, with neutral value {NEUTRAL[cause.key]}")
    return cause


def neutral_causes(n: int) -> dict[str, Float]:
    """Causes of n rows in which nothing happens: key -> (n,)."""
    return {key: np.full(n, value) for key, value in NEUTRAL.items()}


def active_causes(causes: Mapping[str, Float], active: np.ndarray) -> dict[str, Float]:
    """The causes where ``active`` (n,), the neutral values elsewhere."""
    return {key: np.where(active, causes[key], NEUTRAL[key]) for key in NEUTRAL}
