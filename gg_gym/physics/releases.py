"""Module "releases": a foreign source near the pole, of a kind that names what it gives off.

An engine, a stove, a fire, a solvent, paving, silage, fireworks, a mower, a helicopter, earthworks: its gases and
particles are source slot 4 of the plume, its heat warms the air at the unit, its noise is heard, the ground shakes and
a spark ignition disturbs radio; all from one rate. It may move along a path; fireworks come in bursts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from gg_gym.equations import nuisances as law
from gg_gym.equations.bounds import clip
from gg_gym.equations.lightning import newest_ages
from gg_gym.parameters import releases as p
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.dispersion import source_dilution
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.lightning import poisson
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import INDEX, N_GASES, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

for _cause in (
    Cause(
        "release_kind", "1", 0.0, "foreign source: 0 none, else " + ", ".join(f"{i} {k}" for k, i in p.CODES.items())
    ),
    Cause("release_rate", "kg/s", 0.0, "what it burns or gives off; of fireworks, the mean"),
    Cause("release_x", "m", 0.0, "its place, east; or how far upwind, see release_by_wind"),
    Cause("release_y", "m", 8.0, "its place, north; or how far to the left of upwind"),
    Cause("release_by_wind", "1", 0.0, "1: x and y count from where the wind came from as the source appeared"),
    Cause("release_z", "m", 0.5, "height at which it leaves"),
    Cause("release_speed", "m/s", 0.0, "speed along its path, there and back"),
    Cause("release_heading", "rad", 0.0, "direction of the path, from north by east"),
    Cause("release_span", "m", 20.0, "length of the path"),
):
    register_cause(_cause)

#: Slot of the source among the state's sources.
SLOT = 4
_PRIOR = {prior[0]: Uncertain(*prior) for prior in p.RELEASE_PRIORS}
_KEPT, _CAPACITY, _DISTANCE = 6, 1005.0 * 1.2, 20.0
_PLAIN = [INDEX["CO2"], INDEX["H2O"]]


def _column(name: str) -> Float:
    """(K + 1,) a number of each kind, 0 for none."""
    return np.array([0.0, *(float(getattr(r, name)) for r in p.RELEASES)])


_EMISSION = np.zeros((len(p.RELEASES) + 1, len(SPECIES)))
_SOUND = np.zeros((len(p.RELEASES) + 1, 8))
for _i, _release in enumerate(p.RELEASES, 1):
    _SOUND[_i] = _release.sound
    for _name, _value in _release.emission.items():
        _EMISSION[_i, INDEX[_name]] = _value
_HEAT, _SIZE, _RATE, _SHAKE, _FREQUENCY, _IGNITION, _BURST, _BURST_TIME, _BURST_SOUND = (
    _column(k) for k in ("heat", "size", "rate", "shake", "frequency", "ignition", "burst", "burst_time", "burst_sound")
)
_BURST_SHARE = _SOUND / np.maximum(_SOUND.sum(axis=1), 1e-30)[:, None]


@PHYSICS.register("releases")
class Releases(PhysicsModule):
    """A foreign source a row.

    Owns source slot 4 and the memory keys "releases.*", (n,): "age" of the source [s], "upwind" where
    the wind came from as it appeared [rad], "cloud" what bursts still give
    off [kg/s], "warmth" of the air at the unit [K] (added to every air temperature near the pole), "shake" of the unit
    [m/s2], rms, and "radio" [uV2/m2] as the lightning sensor would have it of a discharge on the pole; and, only while
    there is a source in any row, "draught" (n, M, 3) of a hot plume at the unit [m/s], ``sound_power`` (n, 8) [W] and
    ``sound_position`` (n, 3) [m].
    Causes: ``release_*``.
    """

    key: ClassVar[str] = "releases"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow", "wake", "heat", "discharges")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._unit = np.array(context.geometry.mount.position, np.float64)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(_PRIOR.values())

    def lanes(self, m: int) -> Mapping[str, int]:
        """The number of bursts and the ages of the newest; the eddies of a hot plume at each fine step."""
        return {"releases.bursts": 1 + _KEPT, "releases.eddies": 3 * m}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Nothing is there yet."""
        for name in ("age", "upwind", "cloud", "warmth", "shake", "radio"):
            state.memory[f"releases.{name}"] = np.zeros(state.n)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Set the source and what it does, from the causes in force."""
        memory, causes = state.memory, state.causes
        on = (causes["release_kind"] > 0.0) & (causes["release_rate"] > 0.0)
        new = on & (memory["releases.age"] == 0.0)
        memory["releases.upwind"] = np.where(new, state.wind_from, memory["releases.upwind"])
        memory["releases.age"] = np.where(on, memory["releases.age"] + h, 0.0)
        memory["releases.cloud"] = memory["releases.cloud"] * on
        for name in ("warmth", "shake", "radio"):
            memory[f"releases.{name}"] = np.zeros(state.n)
        state.source_rate[:, SLOT], state.source_heat[:, SLOT] = 0.0, 0.0
        for name in ("sound_power", "sound_position", "draught"):
            memory.pop(f"releases.{name}", None)
        rows = np.flatnonzero(on)
        if not rows.size:
            return
        kind = clip(causes["release_kind"][rows].astype(np.int64), 0, len(p.RELEASES))
        rate = causes["release_rate"][rows]
        emitted, bang = self._bursts(state, rows, kind, rate, h, draws.uniform("releases.bursts")[rows])
        self._source(state, rows, kind, emitted)
        self._noise(state, rows, kind, rate, bang)
        self._warm(state, rows, draws)

    def _bursts(
        self, state: Environment3DState, rows: Int, kind: Int, rate: Float, h: float, u: Float
    ) -> tuple[Float, Float]:
        """Rates [kg/s] of rows (r,), and bursts of the last second; a steady source gives its rate and none."""
        mass, time = _BURST[kind], _BURST_TIME[kind]
        mean = np.where(mass > 0.0, rate / np.maximum(mass, 1e-9), 0.0) * h
        count = poisson(u[:, 0], mean)
        known = np.arange(_KEPT)[None, :] < count[:, None]
        ages = np.where(known, newest_ages(np.log(u[:, 1:]), count) * h, np.inf)
        left = state.memory["releases.cloud"][rows] * np.exp(-h / time)
        cloud = np.where(mass > 0.0, law.decaying_shots(left, mass, ages, count, time), 0.0)
        state.memory["releases.cloud"][rows] = cloud
        return np.where(mass > 0.0, cloud, rate), (ages < 1.0).sum(axis=1).astype(np.float64)

    def _source(self, state: Environment3DState, rows: Int, kind: Int, rate: Float) -> None:
        """Place, size, heat and emission of the rows' source."""
        causes = {k: v[rows] for k, v in state.causes.items() if k.startswith("release_")}
        span = np.maximum(causes["release_span"], 1e-6)
        gone = np.mod(causes["release_speed"] * state.memory["releases.age"][rows], 2.0 * span)
        way = np.minimum(gone, 2.0 * span - gone)
        turn = causes["release_heading"]
        x, y = placed(state, causes["release_x"], causes["release_y"], rows)
        state.source_position[rows, SLOT, 0] = x + way * np.sin(turn)
        state.source_position[rows, SLOT, 1] = y + way * np.cos(turn)
        state.source_position[rows, SLOT, 2] = np.maximum(causes["release_z"], 0.05)
        state.source_size[rows, SLOT] = _SIZE[kind]
        state.source_heat[rows, SLOT] = rate * _HEAT[kind] * _number(state, "heat")[rows]
        factor = np.repeat(_number(state, "gas")[rows, None], len(SPECIES), axis=1)
        factor[:, N_GASES:] = _number(state, "particles")[rows, None]
        factor[:, _PLAIN] = 1.0
        state.source_rate[rows, SLOT] = _EMISSION[kind] * factor * rate[:, None]

    def _noise(self, state: Environment3DState, rows: Int, kind: Int, rate: Float, bang: Float) -> None:
        """Sound, shaking and radio of the rows' source."""
        memory, place = state.memory, state.source_position[rows, SLOT]
        share = rate / np.maximum(_RATE[kind], 1e-12)
        steady = np.where(_BURST[kind] > 0.0, 0.0, share)[:, None] * _SOUND[kind]
        bursts = (_BURST_SOUND[kind] * bang)[:, None] * _BURST_SHARE[kind]
        power = np.zeros((state.n, 8))
        power[rows] = (steady + bursts) * _number(state, "sound")[rows, None]
        memory["releases.sound_power"], memory["releases.sound_position"] = power, state.source_position[:, SLOT].copy()
        away = np.sqrt(((place - self._unit) ** 2).sum(axis=1))
        flat = np.sqrt((place[:, :2] ** 2).sum(axis=1))
        near = _SHAKE[kind] * np.sqrt(share) * _number(state, "shake")[rows]
        velocity = np.asarray(law.ground_velocity(near, flat), np.float64)
        memory["releases.shake"][rows] = 2.0 * np.pi * _FREQUENCY[kind] * velocity
        spot = memory.get("discharges.sound_position")
        seen = np.full(len(rows), _DISTANCE) if spot is None else np.sqrt(((spot[rows] - self._unit) ** 2).sum(axis=1))
        field = 10.0 ** (0.05 * _number(state, "radio")[rows]) * seen / np.maximum(away, 1.0)
        memory["releases.radio"][rows] = _IGNITION[kind] * field * field

    def _warm(self, state: Environment3DState, rows: Int, draws: Draws) -> None:
        """How much the plume warms the air at the unit, its heat diluted as its gas is, and the draught that brings."""
        hot = rows[state.source_heat[rows, SLOT] > 0.0]
        if not hot.size or "dispersion.fluctuation" not in state.memory:
            return
        point = np.broadcast_to(self._unit, (len(hot), 1, 3))
        dilution = source_dilution(state, hot, SLOT, point, 0.1)[:, :, 0].mean(axis=1)
        rise = state.source_heat[hot, SLOT] * dilution / _CAPACITY
        rise = np.minimum(rise, p.WARMEST)
        state.memory["releases.warmth"][hot] = rise
        height = np.maximum(self._unit[2] - state.source_position[hot, SLOT, 2], 0.1)
        up = np.asarray(law.plume_velocity(rise, state.air_temperature[hot], height), np.float64)
        eddies = p.WASH.turbulence * clip(draws.normal("releases.eddies"), -3.0, 3.0)
        draught = np.zeros((state.n, state.substeps, 3))
        draught[hot] = eddies.reshape(state.n, -1, 3)[hot]
        draught[hot, :, 2] += 1.0
        draught[hot] *= up[:, None, None]
        state.memory["releases.draught"] = draught


def placed(state: Environment3DState, x: Float, y: Float, rows: Int) -> tuple[Float, Float]:
    """East and north [m] of places (r,) that count from upwind in the rows that say so; else as they are."""
    turn: Float | None = state.memory.get("releases.upwind")
    if turn is None:
        return x, y
    east, north = np.sin(turn[rows]), np.cos(turn[rows])
    by_wind = state.causes["release_by_wind"][rows] > 0.0
    return np.where(by_wind, x * east - y * north, x), np.where(by_wind, x * north + y * east, y)


def _number(state: Environment3DState, name: str) -> Float:
    """(n,) a number of the rows' worlds."""
    return world_number(state, _PRIOR[f"releases.{name}"])
