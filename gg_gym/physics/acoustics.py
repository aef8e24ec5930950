"""Module "acoustics": sound in eight bands at points, from the sources of all modules and from the surroundings.

Sources near the pole spread in free field and lose what the air absorbs; the surroundings (rural air, insects, the
road) are the same everywhere around the pole; wind and rain are heard where the microphone is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from gg_gym.equations import atmosphere, lightning
from gg_gym.equations import sound as eq
from gg_gym.equations.bounds import clip
from gg_gym.equations.turbulence import ou_step
from gg_gym.equations.wind import profile_ratio
from gg_gym.parameters.sound import BANDS, SOUND, SOUND_PRIORS, SoundParameters
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.lightning import flash_distance
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import rush_hour
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

_LOW, _HIGH = np.array(BANDS[:-1]), np.array(BANDS[1:])
#: (8,) frequencies at which the bands' absorption is taken [Hz].
CENTRES: Float = np.asarray(eq.band_centre(_LOW, _HIGH), np.float64)
_MEDIAN = {key: median for key, median, *_ in SOUND_PRIORS}
_ONE = np.ones(1)
#: Age beyond which no thunder is heard [s], shortest distance to a flash [m], current of the level at 1 km [A].
_HEARD, _CLOSEST, _CURRENT = 150.0, 50.0, 31.1e3


@PHYSICS.register("acoustics")
class AcousticsModule(PhysicsModule):
    """Sound of the surroundings and hum; everything is asked through :func:`sound_level`.

    Owns the memory keys "acoustics.*": ``background`` (n, 8) mean square pressure over (20 uPa)^2 of rural air,
    insects and road, ``wander`` (n, 3), and ``sound_power`` (n, 8) [W] with ``sound_position`` (n, 3) of the
    transformer's hum. Any module may offer a source: ``memory["<module>.sound_power"]`` (n, 8) [W] and
    ``memory["<module>.sound_position"]`` (n, 3) [m] (without it, the pole's top; the arc's is ``state.arc_position``).
    It moves no other module's numbers, and has no causes of its own.
    """

    key = "acoustics"
    after = ("weather", "airflow", "line", "lightning", "vibration", "arcs", "discharges", "traffic")

    def __init__(self, context: PhysicsContext, parameters: SoundParameters = SOUND) -> None:
        super().__init__(context)
        p, geometry = parameters, context.geometry
        self._p, site = p, np.asarray(context.conditions.site, np.int64)
        self._night, self._day, self._insects = (10.0 ** (0.1 * np.array(x)) for x in (p.night, p.day, p.insects))
        road = np.array([s.distance_to_road for s in context.sites])[site] if context.sites else np.full(len(site), 1e9)
        fall = 10.0 ** (-0.1 * p.road_slope * np.log10(np.maximum(road, 1.0) / p.road_distance))
        self._road = fall[:, None] * 10.0 ** (0.1 * np.array(p.road))
        self._tau, self._wander = np.array(p.wander_time), np.array(p.wander)
        tanks = geometry.of_kind("transformer")
        self._hum = np.array(p.hum) * float(len(tanks) > 0)
        self._tank = geometry.positions()[tanks[0]] if tanks else np.array([0.0, 0.0, geometry.pole_height])
        self._phase = geometry.components[tanks[0]].phase if tanks else None

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in SOUND_PRIORS)

    def lanes(self, m: int) -> Mapping[str, int]:
        """How rural air, insects and road wander."""
        return {"acoustics.wander": 3}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Stationary surroundings."""
        state.memory["acoustics.wander"] = draws.normal("acoustics.wander").copy()
        state.memory["acoustics.sound_position"] = np.tile(self._tank, (state.n, 1))
        self._surroundings(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the surroundings by h seconds."""
        x = state.memory["acoustics.wander"]
        state.memory["acoustics.wander"] = ou_step(x, h, self._tau, _ONE, draws.normal("acoustics.wander"))
        self._surroundings(state)

    def _surroundings(self, state: Environment3DState) -> None:
        """Set the background's energy and the hum."""
        p = self._p
        factor = np.exp(0.1 * np.log(10.0) * self._wander * state.memory["acoustics.wander"])
        light = clip(5.0 * state.sun[:, 2] + 0.5, 0.0, 1.0)
        warm = 1.0 / (1.0 + np.exp(-(state.air_temperature - p.insect_warm) / p.insect_width))
        singing = _world(state, "sound_insects") * warm * (1.0 - (1.0 - p.insect_day) * light) * factor[:, 1]
        air = _world(state, "sound_ambient") * factor[:, 0]
        traffic = _world(state, "sound_road") * rush_hour(state.hour) * factor[:, 2]
        background = (air * (1.0 - light))[:, None] * self._night
        background += (air * light)[:, None] * self._day
        background += singing[:, None] * self._insects
        background += traffic[:, None] * self._road
        state.memory["acoustics.background"] = background
        hum = _world(state, "sound_hum") * self._voltage(state) ** 2
        state.memory["acoustics.sound_power"] = hum[:, None] * self._hum

    def _voltage(self, state: Environment3DState) -> Float:
        """(n,) voltage of the transformer over its nominal one; 0 without a line."""
        line = self.context.geometry.line
        if line is None or self._phase is None:
            return np.zeros(state.n)
        voltage = state.voltage[:, self._phase, 0]
        out: Float = np.hypot(voltage.real, voltage.imag) * np.sqrt(3.0) / line.voltage
        out *= state.causes["cutout_open"] < 1.0
        return out


def sound_level(state: Environment3DState, points: Float, parameters: SoundParameters = SOUND) -> Float:
    """(n, P, 8) sound pressure level of the eight bands at points (P, 3) [m], as a screened microphone there has it.

    An equivalent level over about a second at the instant [dB re 20 uPa]. Without the module "acoustics" the
    surroundings and the hum are missing; without "lightning" there is no thunder.
    """
    return np.asarray(eq.level(sound_ratio(state, points, parameters)), np.float64)


def sound_ratio(state: Environment3DState, points: Float, parameters: SoundParameters = SOUND) -> Float:
    """(n, P, 8) mean square pressure over (20 uPa)^2, as :func:`sound_level`: sources add."""
    return sound_parts(state, points, parameters)[0]


def sound_parts(
    state: Environment3DState, points: Float, parameters: SoundParameters = SOUND
) -> tuple[Float, dict[str, Float]]:
    """:func:`sound_ratio`, and what of it (n, P, 8) each source makes by its memory key; "rain" on the enclosure.

    A source that is silent in all rows adds exactly nothing and is left out.
    """
    points = np.asarray(points, np.float64)
    loss = absorption(state)
    parts: dict[str, Float] = {}
    total: Float = np.zeros((state.n, len(points), len(CENTRES)))
    if "acoustics.background" in state.memory:
        total += state.memory["acoustics.background"][:, None, :]
    for key, power, place in _named_sources(state, parameters):
        if power.any():
            offset = [points[None, :, i] - place[:, None, i] for i in range(3)]
            distance = np.sqrt(offset[0] ** 2 + offset[1] ** 2 + offset[2] ** 2)[:, :, None]
            near = np.maximum(distance, parameters.nearest)
            parts[key] = np.asarray(eq.received_ratio(power[:, None, :], near, loss[:, None, :]), np.float64)
            total += parts[key]
    if (state.rain > 0.0).any():
        parts["rain"] = rain_ratio(state, parameters)[:, None, :]
        total += parts["rain"]
    total += wind_ratio(state, points, parameters)
    if "lightning.age" in state.memory:
        add_thunder(state, points, total, loss, parameters)
    return total, parts


def absorption(state: Environment3DState) -> Float:
    """(n, 8) absorption of the air at the bands' centres [dB/m]; read-only, found once for the same air."""
    air = state.air_temperature, state.dew_point, state.pressure
    found: Float = state.answer("absorption", air, lambda: _absorption(state))
    return found


def _absorption(state: Environment3DState) -> Float:
    saturated = atmosphere.saturation_pressure(state.air_temperature)
    humidity = atmosphere.saturation_pressure(state.dew_point) / saturated
    air = [x[:, None] for x in (state.air_temperature, state.pressure, clip(humidity, 0.01, 1.0))]
    return np.asarray(eq.absorption(CENTRES[None, :], *air), np.float64)


def sources(state: Environment3DState, parameters: SoundParameters = SOUND) -> Iterator[tuple[Float, Float]]:
    """Yield sound power (n, 8) [W] and place (n, 3) [m] of each source near the pole; the vehicle's is the last."""
    for _, power, place in _named_sources(state, parameters):
        yield power, place


def _named_sources(state: Environment3DState, parameters: SoundParameters) -> Iterator[tuple[str, Float, Float]]:
    """Memory key, power and place of each source; the vehicle's is "vehicle"."""
    top = np.array([0.0, 0.0, state.geometry.pole_height])
    for key in _offered(tuple(state.memory)):
        place = state.memory.get(key.removesuffix("power") + "position")
        if place is None:
            place = state.arc_position if key.startswith("arcs.") else np.broadcast_to(top, (state.n, 3))
        yield key, state.memory[key], place
    causes = state.causes
    scale = causes["exhaust_fuel"] / parameters.vehicle_fuel * _world(state, "sound_vehicle")
    place = np.stack([causes["exhaust_x"], causes["exhaust_y"], causes["exhaust_height"]], axis=1)
    yield "vehicle", scale[:, None] * np.array(parameters.vehicle), place


@lru_cache(maxsize=64)
def _offered(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The sound powers among the keys of a memory, in order."""
    return tuple(sorted(k for k in keys if k.endswith(".sound_power")))


def rain_ratio(state: Environment3DState, parameters: SoundParameters = SOUND) -> Float:
    """(n, 8) of drops on the enclosure; 0 when it is dry."""
    wet = state.rain > 0.0
    level = eq.rain_level(np.where(wet, state.rain, 1.0), 0.0) + _world(state, "sound_rain")
    out: Float = np.where(wet, 10.0 ** (0.1 * level), 0.0)[:, None] * np.array(parameters.rain)
    return out


def wind_ratio(state: Environment3DState, points: Float, parameters: SoundParameters = SOUND) -> Float:
    """(n, P, 8) of the wind in the screened capsule, from the last fine step's wind."""
    z = clip(points[:, 2], 0.5, None)
    ratio = profile_ratio(z[None, :], 10.0, state.roughness[:, None], state.inverse_obukhov[:, None])
    speed = np.sqrt(np.sum(state.wind10[:, -1] ** 2, axis=1))[:, None] * ratio
    speed = clip(speed, parameters.wind_least, None)
    level = eq.wind_noise_level(speed, 0.0) + _column(_world(state, "sound_wind"))
    level = level - _column(_world(state, "sound_screen"))
    corner = np.minimum(parameters.wind_corner * speed, BANDS[0])[:, :, None]
    share: Any = eq.broken_share(_LOW, _HIGH, corner, parameters.wind_end, parameters.wind_slope, parameters.wind_steep)
    out: Float = (10.0 ** (0.1 * level))[:, :, None] * share
    return out


def thunder_ratio(state: Environment3DState, points: Float, parameters: SoundParameters = SOUND) -> Float:
    """(n, P, 8) of the thunder of the kept flashes: it comes after distance over the speed of sound, and rolls on."""
    out = np.zeros((state.n, len(points), len(CENTRES)))
    add_thunder(state, np.asarray(points, np.float64), out, absorption(state), parameters)
    return out


def add_thunder(
    state: Environment3DState, points: Float, total: Float, loss: Float, parameters: SoundParameters = SOUND
) -> None:
    """Add :func:`thunder_ratio` to ``total`` (n, P, 8) in the rows where any is heard.

    Args:
        state: n instances.
        points: (P, 3) places [m].
        total: changed in place.
        loss: (n, 8) absorption of the air [dB/m].
        parameters: of the sound.
    """
    rows = np.flatnonzero((state.memory["lightning.age"] < _HEARD).any(axis=1))
    if not rows.size:
        return
    p, air = parameters, state.air_temperature[rows, None, None]
    distance = np.maximum(flash_distance(state, points, rows), _CLOSEST)
    near = np.where(np.isinf(distance), 1e9, distance)
    duration = np.maximum(p.thunder_extent / eq.sound_speed(air), p.thunder_least)
    since = (state.memory["lightning.age"][rows, None] - lightning.thunder_delay(near, air)) / duration
    heard = (since >= 0.0) & (since <= 1.0)
    some = np.flatnonzero(heard.any(axis=(1, 2)))
    if not some.size:
        return
    at = np.ix_(some, np.arange(len(points)), np.flatnonzero(heard.any(axis=(0, 1))))
    rows, near, since, heard = rows[some], near[at], since[at], heard[at]
    current = state.memory["lightning.current"][rows[:, None], at[2][0]]
    strength = np.abs(current)[:, None, :] / _CURRENT * (1000.0 / near) ** 2
    roll = np.exp(p.thunder_fall * clip(since, 0.0, 1.0) - (near / p.thunder_shadow) ** 4)
    level = 10.0 ** (0.1 * _world(state, "sound_thunder", rows))[:, None]
    energy = np.where(heard, strength * roll, 0.0) * level[:, :, None]
    speed = eq.sound_speed(state.air_temperature[rows])
    peak = eq.thunder_peak_frequency(_world(state, "sound_channel", rows), speed, state.pressure[rows])
    share = eq.peaked_share(_LOW, _HIGH, peak[:, None])
    left = 10.0 ** (-0.1 * np.minimum(loss[rows, None, None, :] * near[..., None], 3000.0))
    total[rows] += (energy[..., None] * left).sum(axis=2) * share[:, None, :]


def _column(value: Any) -> Any:
    """A number as it is, an array (r,) as (r, 1)."""
    return value[:, None] if isinstance(value, np.ndarray) else value


def _world(state: Environment3DState, key: str, rows: Int | None = None) -> Any:
    """(n,) a number of the rows' worlds (of some rows), or the prior's median."""
    return state.number(key, _MEDIAN[key], rows)
