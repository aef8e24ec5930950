"""Quantities: one mechanism by which a state answers for every phenomenon, at places, over volumes or for the pole.

A :class:`Quantity` says what it is, in which unit, and whether it is asked at points or is the pole's own. Where the
physics module that owns it is not in the product, the answer is its neutral value, never NaN: "far" is
:data:`FAR` metres, "long ago" :data:`LONG` seconds. :meth:`Environment3DState.quantity` asks; :data:`QUANTITIES` is
open: register your own before you ask for it. The entries are made in :mod:`gg_gym.physics.quantity_table`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gg_gym.errors import InputError
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.state import Environment3DState
from gg_gym.registry import Registry
from gg_gym.units import Float

#: Distance and age of what never was [m], [s]; visibility of air without fog [m].
FAR, LONG, CLEAR = 1e6, 1e9, 1e5
#: Three nodes of Gauss-Hermite (standard normal) and of Gauss-Legendre (on -1 to 1), with weights that add to 1.
_HERMITE = np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0]), np.array([1.0, 4.0, 1.0]) / 6.0
_LEGENDRE = np.sqrt(0.6) * np.array([-1.0, 0.0, 1.0]), np.array([5.0, 8.0, 5.0]) / 18.0

Labels = Callable[[Geometry], tuple[str, ...]]
Answer = Callable[[Environment3DState, Float], Float]


@dataclass(frozen=True)
class Quantity:
    """What a state can be asked for.

    Attributes:
        key: name.
        unit: UCUM unit.
        places: True: asked at points; False: one answer for the pole.
        neutral: the answer without the module that owns it.
        meaning: in words.
        answer: (state, points (P, 3)) -> (n, P) or (n, P, L) at the instant; (n,) or (n, L) for the pole's (points
            are then empty).
        owner: beginning of the memory keys of the module that must be there; "" if none must.
        labels: names of the last axis L in a geometry; none for a plain number.
        decibel: the mean over a volume is that of the powers.
        spread: answers at points with a Gaussian sampling volume itself: (state, points, radius).
    """

    key: str
    unit: str
    places: bool
    neutral: float
    meaning: str
    answer: Answer
    owner: str = ""
    labels: Labels | None = None
    decibel: bool = False
    spread: Callable[[Environment3DState, Float, float], Float] | None = None

    def names(self, geometry: Geometry) -> tuple[str, ...]:
        """Names of the columns: the key, or the key with each label after a dot."""
        if self.labels is None:
            return (self.key,)
        return tuple(f"{self.key}.{label}" for label in self.labels(geometry))

    def present(self, state: Environment3DState) -> bool:
        """Whether the module that owns the quantity runs in ``state``."""
        return not self.owner or any(key.startswith(self.owner + ".") for key in state.memory)

    def at(self, state: Environment3DState, points: Float) -> Float:
        """The answer, or the neutral value in its shape: (n, P[, L]) at points (P, 3), (n[, L]) of the pole."""
        if self.present(state):
            return np.asarray(self.answer(state, points), np.float64)
        shape: tuple[int, ...] = (state.n, len(points)) if self.places else (state.n,)
        if self.labels is not None:
            shape = (*shape, len(self.labels(state.geometry)))
        return np.full(shape, self.neutral)


QUANTITIES: Registry[Quantity] = Registry("quantity")


def register_quantity(quantity: Quantity) -> Quantity:
    """Add a quantity of your own.

    Raises:
        ValueError: the key is registered already.
    """
    if quantity.key in QUANTITIES:
        raise ValueError(f"quantity {quantity.key!r} is registered already")
    return QUANTITIES.add(quantity.key, quantity)


def find(key: str) -> Quantity:
    """The quantity of a key, your own or a built-in one.

    Raises:
        InputError: unknown key; the message lists the known ones.
    """
    from gg_gym.physics import quantity_table  # noqa: F401  fills the registry

    return QUANTITIES[key]


def ask(
    state: Environment3DState,
    key: str,
    points: Float | None = None,
    radius: float = 0.0,
    box: tuple[float, float, float] | None = None,
) -> Float:
    """Answer for :meth:`gg_gym.physics.state.Environment3DState.quantity` (which see)."""
    quantity = find(key)
    if not quantity.places:
        if points is not None or radius or box is not None:
            raise InputError(f"quantity {key}", "was asked at a place", "no points: it is the pole's")
        return quantity.at(state, np.zeros((0, 3)))
    where = checked_points(state, key, points)
    if not (np.isfinite(radius) and radius >= 0.0) or (radius and box is not None):
        raise InputError(f"quantity {key}: radius", f"got {radius}, box {box}", "0 or more metres, or a box")
    if quantity.spread is not None and box is None:
        return np.asarray(quantity.spread(state, where, radius), np.float64)
    return volume_mean(quantity, state, where, radius, box)


def checked_points(state: Environment3DState, key: str, points: Float | None) -> Float:
    """Points (P, 3) [m]; the unit's place if None.

    Raises:
        InputError: another shape, or a coordinate that is not finite.
    """
    if points is None:
        return np.array([state.geometry.mount.position], np.float64)
    where = np.asarray(points, np.float64)
    if where.ndim != 2 or where.shape[1] != 3 or not np.isfinite(where).all():
        raise InputError(f"quantity {key}: points", f"shape {where.shape}", "(P, 3) finite metres")
    return where


def volume_mean(
    quantity: Quantity,
    state: Environment3DState,
    points: Float,
    radius: float = 0.0,
    box: tuple[float, float, float] | None = None,
) -> Float:
    """(n, P[, L]) mean over a volume around each point: 27 nodes, exact for polynomials up to the fifth degree.

    What lies below the ground is taken at its mirror place above it.

    Args:
        quantity: one that is asked at points.
        state: the state.
        points: (P, 3) [m].
        radius: standard deviation of a Gaussian volume [m]; 0 is a point.
        box: half sides of a box along x, y, z [m], in place of the Gaussian.

    Raises:
        InputError: a half side that is negative or not finite.
    """
    if box is None and radius == 0.0:
        return quantity.at(state, points)
    half = np.full(3, radius) if box is None else np.asarray(box, np.float64)
    if half.shape != (3,) or not np.isfinite(half).all() or (half < 0.0).any():
        raise InputError(f"quantity {quantity.key}: box", f"got {box}", "three half sides of 0 or more metres")
    nodes, weight = _HERMITE if box is None else _LEGENDRE
    offsets = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 3) * half
    weights = (weight[:, None, None] * weight[:, None] * weight).ravel()
    total: Float = np.zeros(1)
    for offset, share in zip(offsets, weights, strict=True):
        moved = points + offset
        moved[:, 2] = np.abs(moved[:, 2])
        found = quantity.at(state, moved)
        total = total + share * (10.0 ** (0.1 * found) if quantity.decibel else found)
    return np.asarray(10.0 * np.log10(total) if quantity.decibel else total, np.float64)
