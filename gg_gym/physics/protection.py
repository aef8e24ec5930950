"""Module "protection": short circuits through an arc, what fuse or recloser makes of them, and a failing arrester.

A short circuit is a schedule of shots: it burns, is cleared, is tried again after a dead time. How long shots overlap a
step is computed from the schedule, so the energy of a shot that is shorter than a step is right for any step. The arcs
themselves (power, gases, sound, heat) are those of the module "arcs", at the cause ``arc_place``.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from gg_gym.equations.arcs import arc_voltage
from gg_gym.equations.bounds import clip
from gg_gym.parameters.protection import PROTECTION, PROTECTION_PRIORS, ProtectionParameters
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import place_index
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Bool, Float, Int

SHORT_CURRENT = register_cause(
    Cause("short_current", "A", 0.0, "rms current of a short circuit that begins as the cause sets in")
)
SHORT_GAP = register_cause(Cause("short_gap", "m", 0.3, "length of the short circuit's arc"))
SHORT_TIME = register_cause(Cause("short_time", "s", 0.1, "how long it burns until it is cleared, each time"))
SHORT_SHOTS = register_cause(Cause("short_shots", "1", 1.0, "how often it burns: 1, and once for each reclosing"))
SHORT_CLEARING = register_cause(
    Cause("short_clearing", "1", 0.0, "what clears it: 0 a fuse (the feeder lives on), 1 a recloser, 2 with lock-out")
)
ARRESTER_LEAK = register_cause(Cause("arrester_leak", "A", 0.0, "resistive leakage of an arrester at 40 Cel"))

FUSE, RECLOSER, LOCKOUT = 0.0, 1.0, 2.0
_MEDIAN = {key: median for key, median, *_ in PROTECTION_PRIORS}
#: Latched with a fault: power of its arc, current, time of a shot, number of shots, what clears it.
_LATCHED = ("power", "current", "time", "shots", "clearing")


@PHYSICS.register("protection")
class Protection(PhysicsModule):
    """Short circuits, fuses, reclosers and one arrester.

    A fault begins as the cause ``short_current`` sets in, when an arrester fails, and when an insulator of the module
    "insulators" flashes over (in the step after). Owns the memory keys "protection.*", (n,): ``age`` since the fault
    began [s], ``power`` [W] and ``current`` [A] of its arc, ``time``, ``shots``, ``clearing``; ``share`` of the step
    and ``recent`` of its last second in which it burnt, ``burning`` at the instant, ``live`` 1 or 0 whether the feeder
    has voltage, ``arrester_heat`` [W] and ``arrester_failed``. The modules "line", "arcs" and "heat" read them.
    Causes: ``short_current``, ``short_gap``, ``short_time``, ``short_shots``, ``short_clearing``, ``arrester_leak``.
    """

    key: ClassVar[str] = "protection"
    after: ClassVar[tuple[str, ...]] = ("weather",)

    def __init__(self, context: PhysicsContext, parameters: ProtectionParameters = PROTECTION) -> None:
        super().__init__(context)
        line = context.geometry.line
        self._p, self._places = parameters, context.geometry.place("arc")
        self._supply = line.voltage / np.sqrt(3.0) if line else 0.0

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in PROTECTION_PRIORS)

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Nothing has happened; the feeder lives."""
        memory, n = state.memory, state.n
        for name in (*_LATCHED, "share", "recent", "arrester_heat", "flashed", "flash_energy"):
            memory[f"protection.{name}"] = np.zeros(n)
        memory["protection.age"], memory["protection.live"] = np.full(n, np.inf), np.ones(n)
        for name in ("given", "burning", "arrester_failed", "own", "busy"):
            memory[f"protection.{name}"] = np.zeros(n, bool)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the schedules by h seconds."""
        if "protection.age" not in state.memory:
            self.start(state, draws)
        memory = state.memory
        self._flash(state)
        self._arrester(state)
        self._caused(state)
        begun = memory["protection.age"]
        rows = np.flatnonzero(begun < np.inf)
        if not rows.size and not memory["protection.busy"].any():
            return
        memory["protection.busy"] = begun < np.inf
        memory["protection.age"] = begun + h
        memory["protection.share"], memory["protection.recent"] = np.zeros(state.n), np.zeros(state.n)
        memory["protection.burning"], memory["protection.live"] = np.zeros(state.n, bool), np.ones(state.n)
        if rows.size:
            self._follow(state, rows, begun[rows], h)

    def _caused(self, state: Environment3DState) -> None:
        """Begin faults whose cause sets in; forget those whose cause is gone (the line is repaired)."""
        memory, causes = state.memory, state.causes
        given: Bool = causes["short_current"] > 0.0
        if not given.any() and not memory["protection.given"].any():
            return
        first, gone = given & ~memory["protection.given"], memory["protection.own"] & ~given
        memory["protection.given"] = given
        memory["protection.age"] = np.where(gone, np.inf, memory["protection.age"])
        memory["protection.own"] = memory["protection.own"] & given
        rows = np.flatnonzero(first)
        if rows.size:
            current, gap, time, shots, clearing = (
                causes[f"short_{k}"][rows] for k in ("current", "gap", "time", "shots", "clearing")
            )
            self._begin(state, rows, self._power(gap, current), current, (time, shots, clearing))
            memory["protection.own"][rows] = True

    def _begin(self, state: Environment3DState, rows: Int, power: Float, current: Float, how: tuple[Any, ...]) -> None:
        """Latch a fault of some rows: arc power [W], current [A], (time of a shot, shots, clearing)."""
        for name, value in zip(_LATCHED, (power, current, *how), strict=True):
            state.memory[f"protection.{name}"][rows] = value
        state.memory["protection.age"][rows] = 0.0

    def _power(self, gap: Float, current: Float) -> Float:
        """(r,) power [W] of an arc of a length [m] at a current [A], at most what the supply gives it."""
        voltage = np.minimum(arc_voltage(gap, clip(current, 1e-3, None)), 0.9 * self._supply)
        power: Float = np.sqrt(8.0) / np.pi * voltage * current
        return power

    def _flash(self, state: Environment3DState) -> None:
        """Begin a fault where insulators have flashed over in the last step; its energy is theirs."""
        memory = state.memory
        count, energy = (memory.get(f"insulators.{k}") for k in ("flashovers", "flash_energy"))
        if count is None or energy is None:
            return
        rows = np.flatnonzero(count > memory["protection.flashed"])
        if rows.size:
            added = energy[rows] - memory["protection.flash_energy"][rows]
            time = _number(state, "clearing", rows)
            how = time, np.ones(rows.size), np.full(rows.size, RECLOSER)
            self._begin(state, rows, added / time, _number(state, "fault_current", rows), how)
            memory["protection.own"][rows] = False
            memory["protection.flashed"], memory["protection.flash_energy"] = count.copy(), energy.copy()

    def _arrester(self, state: Environment3DState) -> None:
        """Heat of a leaking arrester at its temperature; too hot, it fails and its isolator takes it away."""
        memory, leak = state.memory, state.causes["arrester_leak"]
        if not leak.any() and not memory["protection.arrester_heat"].any():
            return
        failed = memory["protection.arrester_failed"]
        place = self._places[place_index(state.causes["arc_place"], self._places.size)]
        warm = state.temperature[np.arange(state.n), place]
        limit = _number(state, "limit", prefix="arrester_")
        fold = _number(state, "fold", prefix="arrester_")
        current = leak * np.exp((np.minimum(warm, limit) - self._p.reference) / fold)
        supply = self._supply * memory["protection.live"] * (1.0 - clip(state.causes["de_energise"], 0.0, 1.0))
        heat = np.where(failed, 0.0, supply * np.minimum(current, self._p.most_leak))
        fails = (leak > 0.0) & (warm >= limit) & ~failed & (supply > 0.0)
        memory["protection.arrester_failed"] = failed | fails
        memory["protection.arrester_heat"] = np.where(fails, 0.0, heat)
        rows = np.flatnonzero(fails)
        if rows.size:
            ampere, gap = _number(state, "fault_current", rows), _number(state, "gap", rows, "arrester_")
            how = _number(state, "clearing", rows), np.full(rows.size, 2.0), np.full(rows.size, RECLOSER)
            self._begin(state, rows, self._power(gap, ampere), ampere, how)

    def _follow(self, state: Environment3DState, rows: Int, begun: Float, h: float) -> None:
        """Overlap of the schedules of some rows with the step, and what the instant finds."""
        memory, p = state.memory, self._p
        time, clearing = (memory[f"protection.{k}"][rows] for k in ("time", "clearing"))
        shots = clip(np.rint(memory["protection.shots"][rows]), 1, p.most_shots)
        dead = np.stack([_number(state, f"dead_{k}", rows) for k in range(1, p.most_shots)], axis=1)
        first, after = schedule(time, dead)
        count = np.arange(p.most_shots)[None, :] < shots[:, None]
        end = (begun + h)[:, None]
        for name, span in (("share", h), ("recent", min(h, 1.0))):
            overlap = np.minimum(end, first + time[:, None]) - np.maximum(end - span, first)
            memory[f"protection.{name}"][rows] = np.where(count, clip(overlap, 0.0, None), 0.0).sum(axis=1) / span
        memory["protection.burning"][rows] = (count & (first <= end) & (end < first + time[:, None])).any(axis=1)
        resting = (count & (first + time[:, None] <= end) & (end < after)).any(axis=1) & (clearing != FUSE)
        last = np.take_along_axis(first, (shots - 1).astype(np.int64)[:, None], axis=1)[:, 0] + time
        out = (clearing == LOCKOUT) & (end[:, 0] >= last)
        memory["protection.live"][rows] = np.where(resting | out, 0.0, 1.0)
        over = (clearing != LOCKOUT) & (end[:, 0] >= last + dead[:, -1] + 1.0)
        memory["protection.age"][rows] = np.where(over, np.inf, end[:, 0])


def schedule(time: Float, dead: Float) -> tuple[Float, Float]:
    """Beginnings of the shots and ends of the dead times after them, each (r, K) [s] since the fault began.

    Args:
        time: (r,) how long a shot burns [s].
        dead: (r, K - 1) dead times; the last one stays for good [s].
    """
    longer = np.concatenate([dead, dead[:, -1:]], axis=1)
    after = np.cumsum(longer + time[:, None], axis=1)
    first = np.concatenate([np.zeros((len(time), 1)), after[:, :-1]], axis=1)
    return first, after


def live(state: Environment3DState) -> Float:
    """(n,) 1 where the feeder has voltage, 0 in a dead time and after lock-out; 1 without the module."""
    value: Float | None = state.memory.get("protection.live")
    return np.ones(state.n) if value is None else value


def arrester_heat(state: Environment3DState) -> Float:
    """(n,) heat [W] of an arrester's leakage at the cause ``arc_place``; 0 without the module."""
    value: Float | None = state.memory.get("protection.arrester_heat")
    return np.zeros(state.n) if value is None else value


def _number(state: Environment3DState, key: str, rows: Int | None = None, prefix: str = "protection_") -> Float:
    """A number of the rows' worlds (of some rows), or the prior's median."""
    return state.number(prefix + key, _MEDIAN[prefix + key], rows)
