"""Bad pixels of a thermal camera: those the factory knows and replaces, and those that come with age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gg_gym.parameters.lepton import LEPTON
from gg_gym.sensors.camera_tables import GROWN, PIXELS, H, W, counts_per_kelvin
from gg_gym.sensors.parts import unit_uniforms
from gg_gym.units import Bool, Float, Float32, Int, UInt16, UInt64

#: Most pixels that are replaced (1 %).
REPLACED = 48
#: A pixel that went bad is dead, hot or blinks.
DEAD, HOT, BLINKING = 0, 1, 2


@dataclass(frozen=True)
class Defects:
    """Bad pixels of n units; places of one unit are all different.

    Attributes:
        replaced: (n, 48) pixels; those beyond the unit's number replace themselves.
        near: (n, 48, 4) pixels whose mean is shown there.
        grown: (n, 16) pixels that go bad in turn.
        count: (n,) how many have.
        kind: (n, 16) dead, hot or blinking.
        excess: (n, 16) counts that a hot one adds.
    """

    replaced: Int
    near: Int
    grown: Int
    count: Int
    kind: Int
    excess: Float32

    def take(self, rows: Int) -> Defects:
        """Those of some rows."""
        return Defects(**{k: v[rows] for k, v in vars(self).items()})

    def bad(self, injected: Float) -> Bool:
        """(n, 16) which grown pixels are bad now, one more where a fault is injected or has come (n,)."""
        out: Bool = np.arange(GROWN) < np.minimum(self.count + (injected > 0.0), GROWN)[:, None]
        return out


def defects(unit: UInt64, age: Float, name: str) -> Defects:
    """The bad pixels of units (n,) of an age [a] whose camera is called ``name``."""
    n = len(unit)
    u, _ = unit_uniforms(unit, f"sensor.{name}.unit.replaced", PIXELS // 4 + 3)
    # single pixels: every second row and column, at one of four phases
    phase = (u[:, :2] * 2.0).astype(np.int64)
    sites = np.argsort(u[:, 3:], axis=1, kind="stable")[:, :REPLACED]
    row, column = sites // (W // 2) * 2 + phase[:, :1], sites % (W // 2) * 2 + phase[:, 1:]
    mean = PIXELS * LEPTON.bad_share
    number = np.round(mean + np.sqrt(mean) * (2.0 * u[:, 2] - 1.0) * np.sqrt(3.0))
    good = np.arange(REPLACED) >= number[:, None]
    replaced = row * W + column
    steps = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    inside = [np.clip(r, 0, H - 1) * W + np.clip(c, 0, W - 1) for r, c in steps]
    near = np.where(good[..., None], replaced[..., None], np.stack(inside, axis=-1))
    v, _ = unit_uniforms(unit, f"sensor.{name}.unit.grown", 4 * GROWN)
    v = v.reshape(n, 4, GROWN)
    births = np.cumsum(-np.log(v[:, 0]), axis=1) / LEPTON.bad_growth
    low, high = LEPTON.hot_pixel
    excess = counts_per_kelvin() * (low + (high - low) * v[:, 3])
    # one site in each of 16 strips, so that no two are the same
    grown = (np.arange(GROWN) + v[:, 1]) * (PIXELS // GROWN)
    order = np.argsort(v[:, 2], axis=1, kind="stable")
    return Defects(
        replaced, near, np.take_along_axis(grown.astype(np.int64), order, axis=1), (births < age[:, None]).sum(axis=1),
        (3.0 * v[:, 2]).astype(np.int64), excess.astype(np.float32),
    )  # fmt: skip


class Repair:
    """What replaces and breaks pixels of the pictures of one block of rows, made once and used for every frame.

    Args:
        known: bad pixels of all rows.
        rows: (b,) rows of the block.
        bad: (b, 16) which grown pixels are bad.
        width: columns of the array that holds the pictures, at least 4,800.
    """

    def __init__(self, known: Defects, rows: Int, bad: Bool, width: int) -> None:
        base = np.arange(len(rows))[:, None] * width
        replaced, near = known.replaced[rows], known.near[rows]
        own = (near != replaced[..., None]).any(axis=-1)  # the others are good: they replace themselves
        self.replaced = (replaced + base)[own]
        self.near = np.ascontiguousarray((near + base[..., None])[own].T)
        which, slot = np.nonzero(bad)
        i = rows[which]
        kind, pixel, excess = known.kind[i, slot], known.grown[i, slot] + which * width, known.excess[i, slot]
        dead, hot, blinking = kind == DEAD, kind == HOT, kind == BLINKING
        self.dead, self.hot, self.blinking = pixel[dead], pixel[hot], pixel[blinking]
        self.excess, self.lit = excess[hot], excess[blinking]
        self.which, self.slot = which[blinking], slot[blinking]

    def __call__(self, whole: Float32, words: UInt16) -> None:
        """Change pictures in place.

        Args:
            whole: (b, width) contiguous; its first 4,800 columns are counts.
            words: (b, 16) 16-bit random words of this frame: a blinking pixel is hot in every other frame, on average.
        """
        flat = whole.reshape(-1)
        if self.replaced.size:
            flat[self.replaced] = np.float32(0.25) * np.add.reduce(np.take(flat, self.near), axis=0)
        if self.dead.size:
            flat[self.dead] = np.float32(LEPTON.o + 1.5)
        if self.hot.size:
            flat[self.hot] += self.excess
        if self.blinking.size:
            flat[self.blinking] += self.lit * (words[self.which, self.slot] < 32768)
