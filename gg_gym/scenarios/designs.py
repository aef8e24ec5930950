"""Designs over a scenario space: neighbourhoods, Latin hypercubes and Sobol sequences; seeded, family by family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.streams import derive, uniforms
from gg_gym.units import Float, Float32

if TYPE_CHECKING:
    from gg_gym.scenarios.space import ScenarioSpace

KINDS = ("latin", "sobol")


def around(space: ScenarioSpace, action: np.ndarray, radius: float, n: int, seed: int) -> Float32:
    """(n, K+D) actions of the same family within ``radius`` of one (K+D,), uniform in the box of coordinates.

    Coordinates run from 0 to 1; what would lie outside is mirrored back, so the neighbourhood of a corner is as full
    as any other.

    Args:
        space: the space.
        action: the centre.
        radius: largest distance in any coordinate, above 0 and at most 1.
        n: actions.
        seed: addresses the draws; the first m of n do not depend on n.

    Raises:
        InputError: a radius out of range.
    """
    if not 0.0 < radius <= 1.0:
        raise InputError("radius", f"got {radius}", "above 0, at most 1")
    action = np.asarray(action, np.float64)[None]
    family = int(space.family_of(action)[0])
    used = len(space.slots[family])
    seeds = derive(np.arange(n, dtype=np.uint64), "space.around", seed)
    u = space.coordinates(action)[:, :used] + radius * (2.0 * uniforms(seeds, "space.around", used) - 1.0)
    u = 1.0 - np.abs(1.0 - np.abs(u))
    return placed(space, np.full(n, family), u)


def design(
    space: ScenarioSpace,
    kind: str,
    n: int,
    seed: int,
    families: Sequence[int] | None = None,
    prior: bool = True,
) -> Float32:
    """(n, K+D) actions that fill the space: families in turn, and within each family a design of its own.

    Args:
        space: the space.
        kind: "latin" (scipy's Latin hypercube) or "sobol" (scrambled Sobol sequence).
        n: actions.
        seed: addresses the design.
        families: family indices in turn; all by default.
        prior: fill the prior's quantiles; False fills the coordinates evenly.

    Raises:
        InputError: unknown kind, or nothing to fill.
    """
    turn = np.arange(space.n_families) if families is None else np.asarray(families, np.int64)
    if kind not in KINDS:
        raise InputError("design", repr(kind), ", ".join(KINDS))
    if n < 1 or not len(turn):
        raise InputError("design", f"{n} actions of {len(turn)} families", "at least one of each")
    family = np.resize(turn, n)
    p = np.full((n, space.n_slots), 0.5)
    for k in np.unique(family):
        rows, width = np.flatnonzero(family == k), len(space.slots[k])
        p[rows, :width] = _points(kind, len(rows), width, int(derive(seed, "space.design", int(k))))
    return space.at(family, p) if prior else placed(space, family, p)


def _points(kind: str, n: int, width: int, seed: int) -> Float:
    """(n, width) points in the open unit cube."""
    from scipy.stats import qmc

    generator = np.random.Generator(np.random.Philox(seed))
    if kind == "latin":
        points: Any = qmc.LatinHypercube(width, rng=generator).random(n)
    else:
        points = qmc.Sobol(width, rng=generator).random_base2((n - 1).bit_length())[:n]
    out: Float = np.clip(points, 2.0**-40, 1.0 - 2.0**-40)
    return out


def placed(space: ScenarioSpace, family: np.ndarray, u: Float) -> Float32:
    """(n, K+D) actions of families (n,) at coordinates u (n, at most D)."""
    actions = np.zeros((len(family), space.width), np.float32)
    actions[:, : space.n_families] = -1.0
    actions[np.arange(len(family)), family] = 1.0
    for row, k in enumerate(family):
        used = min(len(space.slots[k]), u.shape[1])
        actions[row, space.n_families : space.n_families + used] = 2.0 * u[row, :used] - 1.0
    return actions
