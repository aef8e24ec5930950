"""Weather at the rows' sites: a typical year between its hours, the sub-hour on top, and the clean air."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gg_gym.equations import atmosphere
from gg_gym.equations.bounds import clip
from gg_gym.equations.turbulence import ou_step
from gg_gym.parameters.atmosphere import BACKGROUND, SubHour
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.site import Site, Uncertain
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather_sources import HOURS, SUN_STEPS, load_weather, sun_table
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

_SUB = SubHour()
_TAU = np.array([_SUB.temperature_tau, _SUB.dew_tau, _SUB.wind_tau, _SUB.sun_tau])
_BACKGROUND_TAU = np.full(5, _SUB.background_tau)
_ONE = np.ones(1)
#: Black body exitance between 8 and 14 um on a grid of air temperatures [K].
_AIR = np.arange(200.0, 340.0, 0.5)
_BLACK = atmosphere.window_exitance(_AIR)

WIND_SIGMA = Uncertain("weather.wind_sigma", _SUB.wind_sigma, 0.3, "1", "estimate")
SUN_SIGMA = Uncertain("weather.sun_sigma", _SUB.sun_sigma, 0.3, "1", "estimate")
ROAD_SCALE = Uncertain("weather.road_scale", 1.0, 0.5, "1", "estimate: increments beside a busy road")
ROAD_DECAY = Uncertain("weather.road_decay", 150.0, 0.4, "m", "recalled: near-road gradients fall within 100-300 m")
AIR_SCALE = Uncertain("weather.air_scale", 1.0, 0.2, "1", "estimate: level of reactive gases and particles")


def world_number(state: Environment3DState, prior: Uncertain) -> Float:
    """(n,) an uncertain number of the rows' worlds; its median where the world does not say."""
    value = state.world.get(prior.key)
    return np.full(state.n, prior.median) if value is None else value


def rush_hour(hour: Float) -> Float:
    """(n,) traffic relative to a working day's morning peak, at hours of the year [h]; day 0 is a Monday. Estimate."""
    day = np.floor(hour / 24.0)
    clock = hour - 24.0 * day
    peaks = np.exp(-(((clock - 8.0) / 1.5) ** 2)) + 0.9 * np.exp(-(((clock - 17.5) / 2.0) ** 2))
    base = 0.08 + 0.3 * ((clock > 6.0) & (clock < 22.0))
    out: Float = np.where(np.mod(day, 7.0) >= 5.0, 0.3 * peaks + base, peaks + base)
    return out


@PHYSICS.register("weather")
class Weather(PhysicsModule):
    """Interpolates the sites' tables and adds exact OU perturbations below an hour; sets the clean-air background."""

    key = "weather"

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._at, self._mid, self._sun = _tables(context.sites)
        self._site = np.asarray(context.conditions.site, dtype=np.int64)
        self._road = np.array([s.distance_to_road for s in context.sites])[self._site]
        base, road, load = np.zeros(len(SPECIES)), np.zeros(len(SPECIES)), np.zeros((5, len(SPECIES)))
        for name, (level, increment, loadings) in BACKGROUND.items():
            base[INDEX[name]], road[INDEX[name]], load[:, INDEX[name]] = level, increment, loadings
        self._base, self._increment, self._load = base * np.exp(-0.5 * np.sum(load**2, axis=0)), road, load
        self._reactive = (base > 0.0) & (base < 500.0)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this module."""
        return WIND_SIGMA, SUN_SIGMA, ROAD_SCALE, ROAD_DECAY, AIR_SCALE

    def lanes(self, m: int) -> dict[str, int]:
        """Four perturbations of the weather and five slow factors of the clean air."""
        return {"weather.fast": 4, "weather.air": 5}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Stationary perturbations at the state's hour."""
        state.memory["weather.fast"] = draws.normal("weather.fast").copy()
        state.memory["weather.air"] = draws.normal("weather.air").copy()
        self._update(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the perturbations by h seconds and set the weather at the state's hour."""
        memory = state.memory
        memory["weather.fast"] = ou_step(memory["weather.fast"], h, _TAU, _ONE, draws.normal("weather.fast"))
        memory["weather.air"] = ou_step(memory["weather.air"], h, _BACKGROUND_TAU, _ONE, draws.normal("weather.air"))
        self._update(state)

    def _update(self, state: Environment3DState) -> None:
        """Set what this module owns."""
        at = _between(self._at, self._site * (HOURS + 1), state.hour)
        x = state.memory["weather.fast"]
        state.air_temperature = at[:, 0] + _SUB.temperature_sigma * x[:, 0]
        state.dew_point = np.minimum(at[:, 1] + _SUB.dew_sigma * x[:, 1], state.air_temperature)
        state.pressure = at[:, 2]
        sigma = world_number(state, WIND_SIGMA)
        state.wind_speed = at[:, 3] * np.exp(sigma * (x[:, 2] - 0.5 * sigma))
        state.wind_from = np.arctan2(at[:, 4], at[:, 5])
        state.cloud = at[:, 6]
        self._radiation(state, x[:, 3])
        self._air(state)

    def _radiation(self, state: Environment3DState, flicker: Float) -> None:
        """Sun, short-wave and long-wave radiation, and rain."""
        mid = _between(self._mid, self._site * (HOURS + 1), np.mod(state.hour - 0.5, HOURS))
        table = _between(self._sun, self._site * (HOURS * SUN_STEPS + 1), state.hour * SUN_STEPS)
        state.rain = mid[:, 2]
        state.sun = table[:, :3] / np.sqrt(np.sum(table[:, :3] ** 2, axis=1, keepdims=True))
        broken = 4.0 * state.cloud * (1.0 - state.cloud) * world_number(state, SUN_SIGMA)
        index = clip(mid[:, 0] * np.exp(broken * (flicker - 0.5 * broken)), 0.0, 1.35)
        ghi, up = table[:, 3] * index, clip(state.sun[:, 2], 0.0, None)
        state.dhi = np.minimum(table[:, 3] * mid[:, 0] * mid[:, 1], ghi)
        state.dni = clip((ghi - state.dhi) / clip(up, 0.03, None), 0.0, 1100.0)
        shade = state.causes["sun_factor"]
        state.dhi, state.dni = state.dhi * shade, state.dni * shade
        state.ghi = state.dhi + state.dni * up
        air, vapour = state.air_temperature, atmosphere.saturation_pressure(state.dew_point)
        emissivity = atmosphere.brutsaert_emissivity(air, vapour, state.cloud)
        state.sky_temperature = air * np.sqrt(np.sqrt(emissivity))
        window = atmosphere.sky_window_exitance(air, emissivity, np.interp(air, _AIR, _BLACK))
        state.sky_window = np.asarray(window, np.float64)
        state.background[:, INDEX["H2O"]] = 1e9 * vapour / state.pressure

    def _air(self, state: Environment3DState) -> None:
        """The clean-air background with slow factors, the road's increments and ozone's day."""
        g, water = state.memory["weather.air"], state.background[:, INDEX["H2O"]].copy()
        logarithm = (g[:, :, None] * self._load).sum(axis=1)
        scale = np.where(self._reactive, world_number(state, AIR_SCALE)[:, None], 1.0)
        near = np.exp(-self._road / world_number(state, ROAD_DECAY)) * world_number(state, ROAD_SCALE)
        near *= rush_hour(state.hour) * 3.0 / (1.0 + state.wind_speed)
        air = self._base * scale * np.exp(logarithm)
        clock = np.mod(state.hour, 24.0)
        ozone = air[:, INDEX["O3"]] * (0.65 + 0.7 * clip(np.sin(np.pi * (clock - 8.0) / 14.0), 0.0, None))
        air += near[:, None] * self._increment
        titrated = 0.6 * near * self._increment[INDEX["NO"]]
        air[:, INDEX["O3"]] = clip(ozone - titrated, 1.0, None)
        air[:, INDEX["H2O"]] = water
        state.background = air


def _between(table: Float, offset: Int, index: Float) -> Float:
    """(n, V) linear interpolation of a flat table (sites x rows, V) at fractional rows ``index`` (n,) of each site."""
    low = np.floor(index)
    share = (index - low)[:, None]
    row = offset + low.astype(np.int64)
    out: Float = table[row] * (1.0 - share) + table[row + 1] * share
    return out


@lru_cache(maxsize=16)
def _tables(sites: tuple[Site, ...]) -> tuple[Float, Float, Float]:
    """The tables of :func:`_site_tables` of all sites, one after the other; read-only."""
    tables = tuple(np.concatenate(x) for x in zip(*map(_site_tables, sites), strict=True))
    for table in tables:
        table.flags.writeable = False
    at, mid, sun = tables
    return at, mid, sun


def _site_tables(site: Site) -> tuple[Float, Float, Float]:
    """A site's tables with their first row repeated at the end: at the hour, mid-hour and sun.

    Returns:
        (8761, 7) temperature, dew point, pressure, wind speed, sine and cosine of where it comes from, cloud;
        (8761, 3) clear-sky index, diffuse share and rain at half past; (52561, 4) sun and clear-sky GHI.
    """
    table, sun = load_weather(site), sun_table(site)
    direction = table["wind_from"]
    columns = [table[k] for k in ("temperature", "dew_point", "pressure", "wind_speed")]
    at = np.column_stack([*columns, np.sin(direction), np.cos(direction), table["cloud"]])
    clear = np.append(sun[:, 3], sun[:1, 3])
    mean = (0.5 * (clear[:-1] + clear[1:])).reshape(HOURS, SUN_STEPS).mean(axis=1)
    light, hours = np.flatnonzero(mean > 30.0), np.arange(HOURS)
    index = clip(table["ghi"][light] / mean[light], 0.0, 1.3)
    share = clip(table["dhi"][light] / clip(table["ghi"][light], 1.0, None), 0.02, 1.0)
    index, share = (np.interp(hours, light, x, period=HOURS) for x in (index, share))
    mid = np.column_stack([index, share, table["rain"]])
    return np.vstack([at, at[:1]]), np.vstack([mid, mid[:1]]), np.vstack([sun, sun[:1]])
