"""Module "arcs": a gap that arcs over in bursts; power, gases, harmonics and sound follow from its causes.

The bursts are a two-state Markov process, exact for any step: the state at the instant is drawn from the exact
transition, the share of the step spent burning from a law with the exact probability of "nothing happened" and a Beta
distribution with the exact mean and variance of the rest, given the states at both ends. So energy over an hour has the
same mean and variance for any step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import betaincinv

from gg_gym.equations import arcs as eq
from gg_gym.equations.bounds import clip
from gg_gym.errors import InputError
from gg_gym.parameters.arcs import ARC, ARC_PRIORS, ArcParameters
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import HARMONICS, Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Bool, Float, Int

#: Slot of the arc among the state's sources.
SLOT = 1
_MEDIAN = {key: median for key, median, *_ in ARC_PRIORS}
_GASES = (("NO", "arc_no_yield"), ("NO2", "arc_no2_yield"), ("O3", "arc_o3_yield"))
_ORDERS = np.array(HARMONICS, dtype=np.float64)
#: Lowest rate that is told from zero [1/s], and the guards of the Beta law's moments.
_LOWEST_RATE, _GUARD = 1e-9, 1e-9


@PHYSICS.register("arcs")
class ArcModule(PhysicsModule):
    """A gap in air that strikes and dies at random.

    Owns ``state.arc_on``, ``arc_power``, ``arc_energy``, ``arc_position``, source slot 1 and the memory keys "arcs.*";
    adds to ``state.current`` and ``state.interharmonic`` of the module "line". ``memory["arcs.sound_power"]`` (n, B) is
    the sound power [W] per band of :class:`~gg_gym.parameters.arcs.ArcParameters`. Without the module "line" the arc
    burns from an ideal source. Causes: ``arc_gap``, ``arc_current``, ``arc_on_rate``, ``arc_off_rate``, ``arc_place``.

    Raises:
        InputError: the geometry names no place of kind "arc".
    """

    key = "arcs"
    after = ("line", "weather", "protection")

    def __init__(self, context: PhysicsContext, parameters: ArcParameters = ARC) -> None:
        super().__init__(context)
        geometry, self._p = context.geometry, parameters
        places = geometry.place("arc")
        if not places.size:
            raise InputError("physics module 'arcs'", "the geometry has no place of kind 'arc'", "at least one")
        self._places = geometry.positions()[places]
        self._phases = np.array([geometry.components[i].phase or 0 for i in places], dtype=np.int64)
        self._bands = np.array(parameters.band_shares)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in ARC_PRIORS)

    def lanes(self, m: int) -> Mapping[str, int]:
        """Uniforms: the state at onset, then state, atom and share of each of two spans."""
        return {"arcs.telegraph": 7}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """No arc burns and none is remembered."""
        state.memory["arcs.active"] = np.zeros(state.n, bool)
        state.arc_on = np.zeros(state.n, bool)
        self._write(state, 0.0, np.zeros(state.n))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the bursts by h seconds and write what follows from them."""
        live = state.causes.get("de_energise", np.zeros(state.n)) < 1.0
        active: Bool = (state.causes["arc_gap"] > 0.0) & live
        mean_power, on = np.zeros(state.n), np.zeros(state.n, bool)
        rows = np.flatnonzero(active)
        if rows.size:
            burning, share, recent = self._bursts(state, rows, h, draws.uniform("arcs.telegraph")[rows])
            voltage, supply = self._voltage(state, rows)
            current = state.causes["arc_current"][rows]
            mean_power[rows] = share * voltage * current * self._p.form_factor
            on[rows] = burning > 0.5
            if supply is not None:
                self._disturb(state, rows, recent, voltage, supply)
        self._short(state, mean_power, on)
        state.memory["arcs.active"] = active
        state.arc_on = on
        self._write(state, h, mean_power)

    def _bursts(self, state: Environment3DState, rows: Int, h: float, u: Float) -> tuple[Float, Float, Float]:
        """State at the instant, share of the step and share of the meter's window spent burning, each (r,)."""
        on_rate = clip(state.causes["arc_on_rate"][rows], _LOWEST_RATE, None)
        off_rate = clip(state.causes["arc_off_rate"][rows], _LOWEST_RATE, None)
        stationary = u[:, 0] < eq.telegraph_on_probability(on_rate, off_rate)
        was: Float = np.where(state.memory["arcs.active"][rows], state.arc_on[rows], stationary).astype(np.float64)
        window = min(h, self._p.window)
        spans = (h - window, window) if h > window else (window,)
        burning, shares = advance_telegraph(was, on_rate, off_rate, spans, u[:, 1:])
        earlier, recent = shares[0], shares[-1]
        return burning, ((h - window) * earlier + window * recent) / h, recent

    def _voltage(self, state: Environment3DState, rows: Int) -> tuple[Float, Any]:
        """Arc voltage (r,) [V], and the phasor (r,) of the phase's voltage (None without the module "line")."""
        gap, current = state.causes["arc_gap"][rows], state.causes["arc_current"][rows]
        falling = _world(state, "arc_falling", rows)
        voltage: Any = eq.arc_voltage(gap, clip(current, 1e-3, None), falling)
        if "line.voltage" not in state.memory:
            return voltage, None
        supply = state.voltage[rows, self._phase(state, rows), 0]
        return np.minimum(voltage, self._p.voltage_limit * np.hypot(supply.real, supply.imag)), supply

    def _disturb(self, state: Environment3DState, rows: Int, recent: Float, voltage: Float, supply: Any) -> None:
        """Add the arc's current with its odd harmonics, and its broadband, to those of the line."""
        p, causes, phase = self._p, state.causes, self._phase(state, rows)
        floor, load = state.interharmonic[rows], state.current[rows, :, 0]
        rated = self.context.geometry.line.rated_current if self.context.geometry.line else 1.0
        fundamental = np.hypot(load.real, load.imag).sum(-1) / load.shape[1]
        current = causes["arc_current"][rows]
        broadband = _world(state, "arc_broadband", rows) * current / clip(fundamental, 0.01 * rated, None)
        state.interharmonic[rows] = np.sqrt(floor**2 + recent * broadband**2)
        strike = voltage + _world(state, "arc_reignition", rows) * causes["arc_gap"][rows]
        peak = np.sqrt(2.0) * clip(np.hypot(supply.real, supply.imag), 1.0, None)
        shares = eq.symmetric_arc_harmonics(np.arcsin(clip(strike / peak, 0.0, p.dead_limit)), HARMONICS)
        size = p.one_sided * recent * current / np.sqrt((shares**2).sum(-1))
        turn = np.arctan2(supply.imag, supply.real)[:, None] * _ORDERS
        state.current[rows, phase] += size[:, None] * shares * np.exp(1j * turn)

    def _short(self, state: Environment3DState, power: Float, on: Bool) -> None:
        """Add what short circuits of the module "protection" burn in the step, and their current beside the pole."""
        memory = state.memory
        share = memory.get("protection.share")
        rows = np.flatnonzero(share) if share is not None else np.zeros(0, np.int64)
        if not rows.size:
            return
        power[rows] += memory["protection.share"][rows] * memory["protection.power"][rows]
        on[rows] |= memory["protection.burning"][rows]
        if "line.voltage" in memory:
            phase = self._phase(state, rows)
            supply = memory["line.voltage"][rows, phase, 0]
            cosine = np.minimum(state.number("protection_resistance", 0.35, rows), 1.0)
            turn = supply / np.abs(supply) * (cosine - 1j * np.sqrt(1.0 - cosine**2))
            size = self._p.one_sided * memory["protection.recent"][rows] * memory["protection.current"][rows]
            state.current[rows, phase, 0] += size * turn

    def _write(self, state: Environment3DState, h: float, power: Float) -> None:
        """Write power, energy, place, gases, heat and sound of the arc; all zero where no gap is."""
        gap, place = state.causes["arc_gap"], self._places[self._index(state.causes["arc_place"])]
        state.arc_power = power
        state.arc_energy = state.arc_energy + power * h
        state.arc_position = place
        state.source_position[:, SLOT] = place
        state.source_size[:, SLOT] = self._p.source_size + 0.5 * gap
        state.source_heat[:, SLOT] = _world(state, "arc_convective_share") * power
        for name, key in _GASES:
            state.source_rate[:, SLOT, INDEX[name]] = _world(state, key) * power
        state.memory["arcs.sound_power"] = (_world(state, "arc_sound") * power)[:, None] * self._bands

    def _index(self, place: Float) -> Int:
        """Indices (n,) among the product's arcing places, of the cause."""
        index: Int = clip(np.rint(place), 0, len(self._places) - 1).astype(np.int64)
        return index

    def _phase(self, state: Environment3DState, rows: Int) -> Int:
        """Conductor (r,) whose voltage feeds the arc."""
        phase: Int = self._phases[self._index(state.causes["arc_place"][rows])]
        return phase


def advance_telegraph(
    start: Float, on_rate: Float, off_rate: Float, spans: tuple[float, ...], u: Float
) -> tuple[Float, Float]:
    """Advance two-state Markov processes through consecutive spans.

    Args:
        start: (r,) states, 0 or 1.
        on_rate: (r,) [1/s].
        off_rate: (r,) [1/s].
        spans: J lengths, above 0 [s].
        u: (r, 3 J or more) uniforms: state, atom and share of each span.

    Returns:
        (r,) states at the end, and (J, r) share of each span spent on: mean and variance exact, also jointly with the
        states between the spans.
    """
    states = [start]
    for j, span in enumerate(spans):
        states.append((u[:, 3 * j] < eq.telegraph_transition(states[-1], on_rate, off_rate, span)).astype(np.float64))
    begin, end, time = np.stack(states[:-1]), np.stack(states[1:]), np.array(spans)[:, None]
    first, second = eq.telegraph_bridge_moments(begin, end, on_rate, off_rate, time)
    stay = eq.telegraph_stay_probability(begin, end, on_rate, off_rate, time)
    atom, beta = u[:, 1 : 3 * len(spans) : 3].T, u[:, 2 : 3 * len(spans) : 3].T
    moved = np.maximum(1.0 - stay, 1e-12)
    mean = np.minimum(np.maximum((first - stay * begin) / moved, _GUARD), 1.0 - _GUARD)
    spread = mean * (1.0 - mean)
    variance = (second - stay * begin) / moved - mean**2
    size = spread / np.minimum(np.maximum(variance, 1e-9 * spread), (1.0 - 1e-6) * spread) - 1.0
    share, some = begin.copy(), np.nonzero(atom >= stay)
    if some[0].size:
        share[some] = betaincinv((mean * size)[some], ((1.0 - mean) * size)[some], beta[some])
    return states[-1], share


def _world(state: Environment3DState, key: str, rows: Int | None = None) -> Any:
    """A number of the rows' worlds (of some rows), or the prior's median."""
    return state.number(key, _MEDIAN[key], rows)
