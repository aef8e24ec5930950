"""Module "line": load, voltage, harmonics, and the fields of the conductors at any point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.equations import electromagnetics as em
from gg_gym.equations.bounds import clip
from gg_gym.equations.turbulence import ou_step
from gg_gym.errors import InputError
from gg_gym.parameters.line import LINE, LINE_PRIORS, LineParameters
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import Geometry, Line, place_index
from gg_gym.physics.protection import live as feeder_live
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import HARMONICS, Environment3DState
from gg_gym.streams import Draws, normals, uniforms
from gg_gym.units import Float, UInt64

TAP_STEPS = register_cause(Cause("tap_steps", "1", 0.0, "steps of 0.625 % the regulator's tap stands higher", "sum"))
register_cause(
    Cause("load_lost", "1", 0.0, "share of the load of one conductor that is cut off beyond the pole", "largest")
)
register_cause(Cause("lost_phase", "1", 0.0, "index of that conductor"))

_ORDERS = np.array(HARMONICS, dtype=np.float64)
_MEDIAN = {key: median for key, median, *_ in LINE_PRIORS}
#: Sets of points whose maps are kept.
_KEPT = 64


class LineFields:
    """Fields of a line: linear maps from phasors to fields, one per set of points, kept between steps.

    Args:
        geometry: what stands where; the line runs along y.

    Raises:
        InputError: a geometry without a line.
    """

    def __init__(self, geometry: Geometry) -> None:
        line = checked_line(geometry)
        self._x, self._height = np.array(line.x), np.array(line.height)
        coefficients = em.potential_coefficients(self._x, self._height, np.array(line.radius))
        self._capacitance = em.capacitance_matrix(coefficients)
        self._maps: dict[bytes, tuple[Float, Float]] = {}

    def maps(self, points: Float) -> tuple[Float, Float]:
        """Maps (P, 2, k) from voltages to E [1/m] and from currents to B [T/A] at points (P, 3) [m]."""
        points = np.ascontiguousarray(points, dtype=np.float64)
        key = points.tobytes()
        if key not in self._maps:
            if len(self._maps) >= _KEPT:
                self._maps.clear()
            x, z = points[:, 0], points[:, 2]
            electric: Float = em.electric_map(x, z, self._x, self._height) @ self._capacitance
            magnetic: Float = np.asarray(em.magnetic_map(x, z, self._x, self._height))
            self._maps[key] = electric, magnetic
        return self._maps[key]

    def electric(self, state: Environment3DState, points: Float) -> Any:
        """(n, P, 3, H) complex rms phasors of E [V/m] at points (P, 3) [m]."""
        return _three_axes(em.field_phasors(self.maps(points)[0], state.voltage))

    def magnetic(self, state: Environment3DState, points: Float) -> Any:
        """(n, P, 3, H) complex rms phasors of B [T] at points (P, 3) [m]."""
        return _three_axes(em.field_phasors(self.maps(points)[1], state.current))


@PHYSICS.register("line")
class LineModule(PhysicsModule):
    """Load current and voltage of every conductor, with harmonics.

    Owns ``state.voltage``, ``state.current``, ``state.interharmonic``, ``state.fields`` and the memory keys "line.*";
    ``memory["line.load"]`` (n,) is the current over the rated current.

    Raises:
        InputError: a geometry without a line.
    """

    key = "line"
    after = ("weather", "protection")
    shared = ("line.noise",)

    def __init__(self, context: PhysicsContext, parameters: LineParameters = LINE) -> None:
        super().__init__(context)
        self._line, self._p = checked_line(context.geometry), parameters
        self._fields = LineFields(context.geometry)
        k = len(self._line.x)
        self._tau = np.array([parameters.noise_time, parameters.regulation_time, *[parameters.phase_time] * k])
        self._k = k

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in LINE_PRIORS)

    def lanes(self, m: int) -> Mapping[str, int]:
        """One normal for the load, one for the voltage, one per phase."""
        return {"line.noise": 2 + self._k}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Draw what is fixed in a run, and a stationary start of what varies."""
        conditions = self.context.conditions
        current, voltage = waveforms(self._line, self._p, conditions.group, state.world)
        base = _world(state, "line_interharmonic") * np.ones(state.n)
        state.memory.update(
            {
                "line.current": current,
                "line.voltage": voltage,
                "line.scale": np.array(conditions.load, dtype=np.float64),
                "line.floor": base * np.exp(0.3 * normals(conditions.group, "line.floor", 1)[:, 0]),
                "line.ou": draws.normal("line.noise").copy(),
            }
        )
        self._write(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance load and voltage by h seconds."""
        ou = state.memory["line.ou"]
        state.memory["line.ou"] = ou_step(ou, h, self._tau, np.ones_like(self._tau), draws.normal("line.noise"))
        self._write(state)

    def _write(self, state: Environment3DState) -> None:
        """Compute phasors from memory, hour, temperature and the load's cause."""
        memory, p = state.memory, self._p
        ou = memory["line.ou"]
        load = memory["line.scale"] * state.causes["load_factor"] * load_course(state, p)
        live = feeder_live(state) * (1.0 - clip(state.causes.get("de_energise", np.zeros(state.n)), 0.0, 1.0))
        load = load * np.exp(_world(state, "line_noise") * ou[:, 0]) * live
        per_phase = (self._line.rated_current * load)[:, None] * (1.0 + p.phase_noise * ou[:, 2:])
        self._cut(state, per_phase)
        supply = (1.0 + p.regulation * ou[:, 1] - _world(state, "line_droop") * load) * live
        supply = supply * (1.0 + p.tap_step * np.round(clip(state.causes["tap_steps"], -p.taps, p.taps)))
        memory["line.load"] = load
        state.current = memory["line.current"] * per_phase[:, :, None]
        state.voltage = memory["line.voltage"] * supply[:, None, None]
        state.interharmonic = memory["line.floor"].copy()
        state.fields = self._fields

    def _cut(self, state: Environment3DState, per_phase: Float) -> None:
        """Take the lost load from the currents (n, k) of its conductor."""
        lost = clip(state.causes["load_lost"], 0.0, 1.0)
        rows = np.flatnonzero(lost > 0.0)
        if rows.size:
            per_phase[rows, place_index(state.causes["lost_phase"][rows], self._k)] *= 1.0 - lost[rows]


def load_course(state: Environment3DState, p: LineParameters) -> Float:
    """(n,) load relative to its mean: hour of the day, weekday (the year begins on a Monday), air temperature."""
    turn = 2.0 * np.pi / 24.0
    day = p.day * np.cos(turn * (state.hour - p.day_peak))
    half = p.half_day * np.cos(2.0 * turn * (state.hour - p.half_day_peak))
    from_saturday_midnight = np.abs(np.mod(state.hour - 144.0 + 84.0, 168.0) - 84.0)
    weekend = clip((24.0 - from_saturday_midnight) / p.weekend_edge + 0.5, 0.0, 1.0)
    warm: Float = clip(state.air_temperature - p.cooling_from, 0.0, None)
    cold: Float = clip(p.heating_from - state.air_temperature, 0.0, None)
    weather = 1.0 + _world(state, "line_cooling") * warm + _world(state, "line_heating") * cold
    course: Float = (1.0 + day + half) * (1.0 - _world(state, "line_weekend") * weekend) * weather
    return course


def waveforms(line: Line, p: LineParameters, seed: UInt64, world: Mapping[str, Any]) -> tuple[Any, Any]:
    """Phasors of the runs at unit load and nominal voltage.

    Args:
        line: the conductors.
        p: shares and ranges.
        seed: (n,) run seeds.
        world: key -> (n,) numbers of the rows' worlds.

    Returns:
        (n, k, H) complex current relative to the rated current, and (n, k, H) complex voltage to ground [V].
    """
    n, k, orders = len(seed), len(line.x), len(HARMONICS)
    angle = np.deg2rad(np.array(line.angle))
    u = uniforms(seed, "line.waveform", 3 + 2 * orders)
    zero = p.imbalance[0] + (p.imbalance[1] - p.imbalance[0]) * u[:, 0]
    phase = 2.0 * np.pi * u[:, 1, None]
    balance = 1.0 + 2.0 * zero[:, None] * np.cos(angle + phase) if k > 1 else np.ones((n, 1))
    lag = p.lag[0] + (p.lag[1] - p.lag[0]) * u[:, 2]
    spread = np.exp(p.share_spread * normals(seed, "line.shares", 2 * orders)).reshape(n, 2, orders)
    turns = 2.0 * np.pi * u[:, 3:].reshape(n, 2, orders)
    multiplier = np.stack(
        [np.ones(n) * world.get(key, 1.0) for key in ("line_harmonic_current", "line_harmonic_voltage")], 1
    )
    share = np.array([p.current_shares, p.voltage_shares]) * spread * multiplier[:, :, None]
    share[:, :, 0] = 1.0
    turns[:, :, 0] = np.stack([-lag, np.zeros(n)], 1)
    phasor = share[:, :, None, :] * np.exp(1j * (angle[:, None] * _ORDERS + turns[:, :, None, :]))
    return phasor[:, 0] * balance[:, :, None], phasor[:, 1] * (line.voltage / np.sqrt(3.0))


def checked_line(geometry: Geometry) -> Line:
    """The geometry's line.

    Raises:
        InputError: there is none.
    """
    if geometry.line is None:
        raise InputError("physics module 'line'", "the product's geometry has no line", "a geometry with a line")
    return geometry.line


def _world(state: Environment3DState, key: str) -> Any:
    """A number of the rows' worlds, or the prior's median."""
    return state.number(key, _MEDIAN[key])


def _three_axes(field: Any) -> Any:
    """(n, P, 3, H) from the x and z components (n, P, 2, H)."""
    out = np.zeros((*field.shape[:2], 3, field.shape[3]), complex)
    out[:, :, 0], out[:, :, 2] = field[:, :, 0], field[:, :, 1]
    return out
