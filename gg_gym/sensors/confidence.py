"""Confidence in a reading, from the reading side alone: status, age, bounds, rate of change, agreement, repetition.

Nothing here sees the truth or the hidden state, so a silent fault that looks plausible keeps its confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gg_gym.sensors.status import Status, valid
from gg_gym.units import Float, Int, UInt32

#: Age at which confidence has halved [s] (estimated: an hour-old reading says little about now).
HALF_AGE = 600.0
#: Seconds for which a noisy instrument may repeat itself exactly before that is odd [s] (estimated).
REPEAT = 120.0
#: Factors for flags a part raises while its reading is still there (estimated).
FLAGS: tuple[tuple[int, float], ...] = (
    (int(Status.SAT_HIGH | Status.OVERRANGE_EMF), 0.3),
    (int(Status.OUT_OF_SPEC_ENV | Status.OVERTEMP | Status.SHUTTER_LOCKOUT), 0.5),
    (int(Status.FAN | Status.LASER | Status.LAMP), 0.2),
    (int(Status.PATH_BLOCKED | Status.NOISE_HIGH), 0.5),
    (int(Status.BELOW_LOD | Status.CAL_DUE | Status.LOWBATT), 0.9),
)


@dataclass(frozen=True)
class Layout:
    """Constants of a suite: (C,) bounds, scales and largest change per second in scales; owners; pairs that agree."""

    low: Float
    high: Float
    scale: Float
    calm: Float
    owner: Int
    bounded: Any
    pairs: tuple[tuple[int, int, float], ...]
    instruments: int


@dataclass(frozen=True)
class Evidence:
    """The reading's side: readings now and before (n, C), seconds between; status, ages and repetitions (n, I)."""

    layout: Layout
    reading: Float
    previous: Float
    dt: float
    status: UInt32
    age: Float
    same: Float


def confidence(seen: Evidence) -> Float:
    """(n, I) in 0 .. 1: 0 where a reading is missing, 1 where nothing speaks against it."""
    layout = seen.layout
    out: Float = np.where(valid(seen.status), 0.5 ** (seen.age / HALF_AGE), 0.0)
    for bits, factor in FLAGS:
        out = out * np.where((seen.status & np.uint32(bits)) > 0, factor, 1.0)
    out = out * np.where(seen.same > REPEAT, REPEAT / np.maximum(seen.same, REPEAT), 1.0)
    doubt = np.ones((len(out), layout.instruments))
    np.minimum.at(doubt.T, layout.owner, _plausible(seen).T)
    return out * doubt


def _plausible(seen: Evidence) -> Float:
    """(n, C) factor of each channel: at its bounds, faster than its calm rate, or against its partner."""
    layout = seen.layout
    edge = layout.bounded & ((seen.reading >= layout.high) | ((seen.reading <= layout.low) & (layout.low < 0.0)))
    rate = np.abs(seen.reading - seen.previous) / (layout.scale * layout.calm * max(seen.dt, 1.0) ** 0.5)
    factor: Float = np.where(edge, 0.5, 1.0) / np.maximum(rate, 1.0)
    for a, b, allowed in layout.pairs:
        gap = np.abs(seen.reading[:, a] - seen.reading[:, b]) / allowed
        factor[:, (a, b)] = factor[:, (a, b)] / np.maximum(gap, 1.0)[:, None]
    return factor
