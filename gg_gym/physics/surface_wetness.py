"""Module "surface_wetness": water and snow on every component: dew, fog, drizzle, rain, drying, melting.

``memory["wetness.film"]`` (n, C) is liquid water [kg/m2], ``memory["wetness.snow"]`` (n,) snow on what faces the sky
[kg/m2], ``memory["wetness.snowfall"]`` (n,) [mm/h]. Other modules ask :func:`wet_share`, :func:`film`,
:func:`snow_load` and :func:`snowfall`.
Without this module a surface is as wet as the rain of the instant makes it, and nothing lies on it.
"""

from __future__ import annotations

import numpy as np

from gg_gym.equations import atmosphere
from gg_gym.equations.bounds import clip
from gg_gym.equations.wind import profile_ratio
from gg_gym.parameters.atmosphere import SurfaceWater
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import fog_liquid, world_number
from gg_gym.streams import Draws
from gg_gym.units import Float

_P = SurfaceWater()
#: Latent heat has no part in the film: surface temperatures are the heat module's. Freezing point [K].
_FREEZING = 273.15

CAPACITY = Uncertain("surface_wetness.capacity", _P.capacity, 0.4, "kg/m2", "recalled: leaf wetness 0.1-0.3 mm")
CATCH = Uncertain("surface_wetness.catch", _P.catch, 0.3, "1", "estimate: share of the rain on the ground")
EXCHANGE = Uncertain("surface_wetness.exchange", 1.0, 0.3, "1", "estimate: multiplier of the exchange of vapour")
IMPACTION = Uncertain("surface_wetness.impaction", _P.impaction, 0.6, "1", "recalled: 0.01-0.1 on parts of centimetres")
MELT = Uncertain("surface_wetness.melt", _P.melt, 0.4, "kg/(m2.s.K)", "recalled: 2-6 mm a day and kelvin")

register_cause(Cause("wetting", "mm/h", 0.0, "water sprayed on all surfaces (a hose, a leaking gutter)", "sum"))


def film(state: Environment3DState) -> Float:
    """(n, C) liquid water on the components [kg/m2]; without this module what rain would leave at the instant."""
    value: Float | None = state.memory.get("wetness.film")
    if value is not None:
        return value
    held = world_number(state, CAPACITY) * -np.expm1(-clip(state.rain, 0.0, None) / _P.rain_scale)
    return np.repeat(held[:, None], len(state.geometry.components), axis=1)


def wet_share(state: Environment3DState) -> Float:
    """(n, C) wet share of the components' surface [1]: water over what stays on it."""
    share: Float = film(state) / world_number(state, CAPACITY)[:, None]
    return share


def falling_water(state: Environment3DState) -> Float:
    """(n,) water that falls on surfaces [mm/h]: rain without snow, and the cause ``wetting`` where this module is."""
    snow: Float | None = state.memory.get("wetness.snowfall")
    if snow is None:
        return state.rain
    water: Float = clip(state.rain - snow, 0.0, None) + state.causes["wetting"]
    return water


def snow_load(state: Environment3DState) -> Float:
    """(n,) snow on what faces the sky, as water [kg/m2]; none without this module."""
    value: Float | None = state.memory.get("wetness.snow")
    return np.zeros(state.n) if value is None else value


def snowfall(state: Environment3DState) -> Float:
    """(n,) precipitation that falls as snow [mm/h of water]."""
    humidity = atmosphere.relative_humidity(state.air_temperature, state.dew_point)
    wet = atmosphere.wet_bulb(state.air_temperature, humidity)
    out: Float = state.rain * atmosphere.snow_share(wet, _P.snow_half, _P.snow_width)
    return out


@PHYSICS.register("surface_wetness")
class SurfaceWetness(PhysicsModule):
    """Exact balance of a film on every component under gains and drying that are constant over a step."""

    key = "surface_wetness"
    after = ("weather", "airflow", "heat")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._positions = context.geometry.positions()

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this module."""
        return CAPACITY, CATCH, EXCHANGE, IMPACTION, MELT

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Dry and bare; the spin-up wets what its weather wets."""
        state.memory["wetness.film"] = np.zeros((state.n, len(self._positions)))
        state.memory["wetness.snow"] = np.zeros(state.n)
        state.memory["wetness.snowfall"] = snowfall(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance film and snow by h seconds."""
        memory = state.memory
        falling = snowfall(state)
        wind = self._wind(state)
        vapour = self._vapour(state, wind)
        capacity = world_number(state, CAPACITY)[:, None]
        rain = clip(state.rain - falling, 0.0, None) * world_number(state, CATCH) + state.causes["wetting"]
        thaw = self._melted(state, falling, h)
        drops = 1e-3 * fog_liquid(state)[:, None] * wind * world_number(state, IMPACTION)[:, None]
        gain = (rain / 3600.0 + thaw)[:, None] + drops + clip(vapour, 0.0, None)
        loss = clip(-vapour, 0.0, None)
        film_ = atmosphere.vapour_exchange(h, memory["wetness.film"], gain, loss, capacity)
        memory["wetness.film"] = np.asarray(film_, np.float64)
        memory["wetness.snowfall"] = falling

    def _wind(self, state: Environment3DState) -> Float:
        """(n, C) mean wind at the components [m/s]."""
        heights = clip(self._positions[:, 2], 0.5, None)[None, :]
        ratio = profile_ratio(heights, 10.0, state.roughness[:, None], state.inverse_obukhov[:, None])
        speed: Float = state.wind_speed[:, None] * ratio
        return speed

    def _vapour(self, state: Environment3DState, wind: Float) -> Float:
        """(n, C) vapour from the air to a wet surface [kg/(m2.s)], positive on a surface below the dew point."""
        transfer = _P.still + _P.windy * clip(wind, 0.0, None) ** 0.6
        speed = transfer / (1200.0 * _P.lewis) * world_number(state, EXCHANGE)[:, None]
        air = atmosphere.vapour_density(atmosphere.saturation_pressure(state.dew_point), state.air_temperature)
        surface = clip(state.temperature, 213.0, 333.0)
        over = atmosphere.vapour_density(atmosphere.saturation_pressure(surface), surface)
        flux: Float = speed * (air[:, None] - over)
        return flux

    def _melted(self, state: Environment3DState, falling: Float, h: float) -> Float:
        """(n,) water that melting snow gives to surfaces [kg/(m2.s)]; advances the snow, exactly, by h seconds."""
        snow, rate = state.memory["wetness.snow"], falling / 3600.0
        melt = world_number(state, MELT) * clip(state.air_temperature - _FREEZING, 0.0, None)
        new = clip(snow + h * (rate - melt), 0.0, _P.snow_capacity)
        thaw: Float = np.minimum(melt, rate + snow / h)
        state.memory["wetness.snow"] = new
        return thaw
