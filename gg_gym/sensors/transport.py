"""Dead time between a sampling head and the instrument: the input arrives later, and none of it is lost.

The input is known along the fine axis and taken as linear between its instants (and as constant before the fine axis
where dt is longer than that), so what arrives is exact for such inputs at any dt. What is still in the tube is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.equations.gas_sensors import plug_flow_time
from gg_gym.parameters.inlet import INLET
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.parts import Bound, unit_uniforms
from gg_gym.units import Float, Int

if TYPE_CHECKING:
    from gg_gym.sensors.base import BaseSensor

#: Operating parameters of an instrument behind a tube: volume [mL] (0: none) and flow [mL/min].
TUBE: dict[str, Bound] = {
    "tube_volume": Bound(0.0, 1000.0, INLET.volume), "tube_flow": Bound(10.0, 1e5, INLET.flow),
}  # fmt: skip


def dead_time(sensor: BaseSensor) -> Float:
    """(n,) time from the head to the instrument [s]: tube and pump of its parameters, unit and world."""
    volume, flow = sensor.parameters["tube_volume"], sensor.parameters["tube_flow"]
    unit = np.exp(INLET.spread * unit_uniforms(sensor.conditions.unit, "sensor.unit.inlet", 1)[1][:, 0])
    return np.asarray(plug_flow_time(np.full(sensor.n, volume), flow * unit * sensor.prior("sensor.inlet_flow")))


def _side_by_side(columns: Int) -> Any:
    """The columns (k,) as a slice where each follows the last, else as they are."""
    k = columns.size
    return slice(int(columns[0]), int(columns[0]) + k) if k and columns[-1] - columns[0] == k - 1 else columns


def inhaled(
    state: Environment3DState, points: Float, radius: float, species: slice = slice(None), last: bool = False
) -> Float:
    """(n, M, S) air at the head: what :meth:`Environment3DState.concentration` says of one place, of some species.

    Args:
        state: n instances.
        points: (1, 3) the place [m].
        radius: standard deviation of the sampling volume [m].
        species: which of the species.
        last: only the last fine step, (n, 1, S).
    """
    when = slice(-1, None) if last else slice(None)
    if state.plume is None:
        return state.concentration(points, radius)[:, when, 0, species]
    added = state.plume(state, np.broadcast_to(points, (state.n, *points.shape)), radius)
    return np.asarray(added[:, when, 0, species] + state.background[:, None, species])


class Transport:
    """Air on its way through the tubes of n units.

    Args:
        dead: (n, C) dead times of the chain's channels [s]; only columns with any above 0 are held.

    Attributes:
        columns: (k,) columns behind a tube.
        dead: (n, k) their dead times [s].
        times: (K,) instants of the held input, seconds before the present as negative numbers.
        held: (n, K, k) the input at those instants; before the first it is constant.
    """

    def __init__(self, dead: Float) -> None:
        self.columns: Int = np.flatnonzero((dead > 0.0).any(axis=0))
        #: The same columns, as a slice where they lie side by side.
        self._among: Any = _side_by_side(self.columns)
        self.dead = dead[:, self.columns]
        #: (n, 1) where all columns have one tube, else (n, k): instants are sought once for all columns then.
        self.sought = self.dead[:, :1] if (self.dead == self.dead[:, :1]).all() else self.dead
        self.longest = float(self.dead.max()) if self.dead.size else 0.0
        self.times, self.held = np.zeros(0), np.zeros((len(dead), 0, self.columns.size))

    def start(self, x: Float) -> None:
        """The air has not changed for long: x (n, C) is what is in the tubes."""
        self.times, self.held = np.zeros(1), x[:, None, self.columns].copy()

    def push(self, x: Float, h: float, rest: float) -> tuple[Float, Float | None]:
        """Take in ``rest`` seconds of the constant x[:, 0], then M steps of h seconds; what arrives.

        Args:
            x: (n, M, C) input.
            h: fine step [s].
            rest: seconds before the fine axis [s].

        Returns:
            (n, M, C) input at the instrument, and (n, k) what arrives last of the air before ``rest``; None without.
        """
        m, new = x.shape[1], x[:, :, self._among]
        fine, span = -h * np.arange(m - 1, -1, -1), m * h
        times, held = [self.times - (rest + span)], [self.held]
        if rest > 0.0:
            times, held = [*times, np.array([-(rest + span), -span])], [*held, new[:, :1], new[:, :1]]
        self.times, self.held = np.concatenate([*times, fine]), np.concatenate([*held, new], axis=1)
        out = x.copy()
        out[:, :, self._among] = self._at(fine[:, None] - self.sought[:, None, :])
        # Just before the first new air comes out, or at the end of the rest where that comes first.
        old = self._at((-span - np.maximum(self.sought, rest))[:, None], side="left")[:, 0] if rest > 0.0 else None
        self._forget()
        return out, old

    def _at(self, when: Float, side: Any = "right") -> Float:
        """(n, q, k) held input at instants (n, q, k or 1); at a jump its right or left side."""
        if len(self.times) == 1:
            return np.broadcast_to(self.held, (*when.shape[:2], self.columns.size))
        after = np.clip(np.searchsorted(self.times, when, side), 1, len(self.times) - 1)
        first, last = self.times[after - 1], self.times[after]
        share = np.clip((when - first) / np.maximum(last - first, 1e-12), 0.0, 1.0)
        if after.shape[2] == 1:
            low, high = self._pairs(after[..., 0])
        else:
            low, high = (np.take_along_axis(self.held, i, axis=1) for i in (after - 1, after))
        out = high - low
        out *= share
        out += low
        return out

    def _pairs(self, after: Int) -> tuple[Float, Float]:
        """The held input (n, q, k) before and at indices (n, q); consecutive indices are fetched once."""
        n, length, k = self.held.shape
        flat, at = self.held.reshape(n * length, k), after + length * np.arange(n)[:, None]
        if after.shape[1] > 1 and (after[:, 1:] - after[:, :-1] == 1).all():
            both = flat.take(np.concatenate([at[:, :1] - 1, at], axis=1), axis=0)
            return both[:, :-1], both[:, 1:]
        return flat.take(at - 1, axis=0), flat.take(at, axis=0)

    def _forget(self) -> None:
        """Drop what has left the longest tube."""
        first = max(int(np.searchsorted(self.times, -self.longest, "left")) - 1, 0)
        self.times, self.held = self.times[first:], self.held[:, first:]

    def inherit(self, old: Transport, column: Int, last: Float) -> None:
        """Go on with the air of ``old`` tubes: ``column`` (C,) is the old column of each new one, ``last`` (n, C)."""
        where = {int(c): i for i, c in enumerate(old.columns)}
        self.times = old.times if old.columns.size else np.zeros(1)
        shape = (len(self.held), len(self.times))
        flat = [np.broadcast_to(last[:, c, None], shape) for c in self.columns]
        at = [where.get(int(column[c])) for c in self.columns]
        parts = [x if i is None else old.held[:, :, i] for x, i in zip(flat, at, strict=True)]
        self.held = np.stack(parts, axis=2) if parts else np.zeros((*shape, 0))

    def take(self, rows: Int) -> Transport:
        """A copy of some rows."""
        other = object.__new__(Transport)
        other.__dict__.update(self.__dict__)
        other.dead, other.sought, other.held = self.dead[rows], self.sought[rows], self.held[rows]
        return other
