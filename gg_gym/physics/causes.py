"""Causes: the only thing a scenario may change. Each has a neutral value at which nothing happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gg_gym.units import Float

#: How the same cause of several scenarios at once adds up; "only" is for what exists once (a place, a gap).
Merge = Literal["only", "sum", "product", "largest"]


@dataclass(frozen=True)
class Cause:
    """A cause: key, unit, neutral value, meaning, and how two scenarios that both name it go together.

    A "sum" is neutral at 0, a "product" at 1, a "largest" at the least value that makes sense.
    """

    key: str
    unit: str
    neutral: float
    meaning: str
    merge: Merge = "only"


CAUSES: tuple[Cause, ...] = (
    Cause("leak_power", "W", 0.0, "heat of leakage current in wood at the wood hot spot", "sum"),
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
    Cause("load_factor", "1", 1.0, "multiplier of the feeder's load (switching, transfer)", "product"),
    Cause("sun_factor", "1", 1.0, "multiplier of irradiance (a passing cloud, smoke, shade)", "product"),
    Cause("label_coin", "1", 0.0, "1: the event label is a coin toss that nothing in the readings tells", "largest"),
    Cause("interference", "1", 0.0, "amplitude of random disturbance on every sensor, in sensor spans", "largest"),
)
NEUTRAL: dict[str, float] = {c.key: c.neutral for c in CAUSES}
MERGE: dict[str, Merge] = {c.key: c.merge for c in CAUSES}
_REGISTERED: dict[str, Cause] = {c.key: c for c in CAUSES}


def register_cause(cause: Cause) -> Cause:
    """Add a cause that a physics module of your own answers to; a scenario family can then name it.

    Register it before a twin is made, in every process that simulates.

    Raises:
        ValueError: the key is registered with another neutral value, unit or way of merging.
    """
    known = _REGISTERED.setdefault(cause.key, cause)
    for what in ("neutral", "unit", "merge"):
        if (has := getattr(known, what)) != getattr(cause, what):
            raise ValueError(f"cause {cause.key!r} is registered already, with {what} {has!r}")
    NEUTRAL[cause.key], MERGE[cause.key] = cause.neutral, cause.merge
    return cause


def neutral_causes(n: int) -> dict[str, Float]:
    """Causes of n rows in which nothing happens: key -> (n,)."""
    return {key: np.full(n, value) for key, value in NEUTRAL.items()}


def conflicts(parts: Sequence[Mapping[str, float]]) -> list[str]:
    """Keys that exist once but are given different values by several scenarios at once."""
    given: dict[str, set[float]] = {}
    for part in parts:
        for key, value in part.items():
            if MERGE[key] == "only" and value != NEUTRAL[key]:
                given.setdefault(key, set()).add(value)
    return sorted(key for key, values in given.items() if len(values) > 1)


def merge_causes(parts: Sequence[tuple[Mapping[str, Float], np.ndarray]]) -> dict[str, Float]:
    """The causes in force of several scenarios a row at once: key -> (n,).

    Args:
        parts: (causes (n,) by key, (n,) whether they act) of each; an inactive part counts as neutral.
    """
    (first, acts), *others = parts
    out: dict[str, Float] = {key: np.where(acts, first[key], NEUTRAL[key]) for key in NEUTRAL}
    for causes, active in others:
        for key, neutral in NEUTRAL.items():
            value, merge = np.where(active, causes[key], neutral), MERGE[key]
            if merge == "sum":
                out[key] = out[key] + value
            elif merge == "product":
                out[key] = out[key] * value
            elif merge == "largest":
                out[key] = np.maximum(out[key], value)
            else:
                out[key] = np.where(value != neutral, value, out[key])
    return out
