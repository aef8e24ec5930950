"""Weather at the rows' sites: a typical year between its hours, the sub-hour on top, and the clean air."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from gg_gym.equations import atmosphere
from gg_gym.equations.bounds import clip
from gg_gym.equations.radiometry import band_exitance_fast
from gg_gym.equations.turbulence import ou_step
from gg_gym.parameters.atmosphere import BACKGROUND, FrontAndFog, SubHour
from gg_gym.physics import weather_events as events
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.groups import Travelling
from gg_gym.physics.site import Site, Uncertain
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather_sources import HOURS, SUN_STEPS, load_weather, sun_table
from gg_gym.streams import Draws, consumer_code, uniforms
from gg_gym.units import Float, Int

_SUB, _FRONT = SubHour(), FrontAndFog()
#: Perturbations, in their order in ``memory["weather.fast"]``.
FAST: dict[str, float] = {
    "temperature": _SUB.temperature_tau, "dew": _SUB.dew_tau, "wind": _SUB.wind_tau, "sun": _SUB.sun_tau,
    "pressure": _SUB.pressure_tau, "eddy": _SUB.eddy_tau, "eddy_dew": _SUB.eddy_dew_tau, "gust": _SUB.gust_tau,
    "activity": _SUB.activity_tau, "turn": _SUB.wind_tau, "quick_wind": _SUB.quick_tau, "quick_turn": _SUB.quick_tau,
}  # fmt: skip
_TAU = np.array(list(FAST.values()))
_AT = {name: i for i, name in enumerate(FAST)}
_OWN = np.sqrt(1.0 - _SUB.correlation**2)
_LEFT = np.sqrt(1.0 - _SUB.gust_correlation**2)
_SLOW, _QUICK = np.sqrt(1.0 - _SUB.quick_share), np.sqrt(_SUB.quick_share)
_BACKGROUND_TAU = np.full(5, _SUB.background_tau)
_ONE = np.ones(1)

_FIT = "structure functions of four winter days, one place"
WIND_SIGMA = Uncertain("weather.wind_sigma", _SUB.wind_sigma, 0.3, "1", _FIT)
TEMPERATURE_SIGMA = Uncertain("weather.temperature_sigma", _SUB.temperature_sigma, 0.3, "K", _FIT)
DEW_SIGMA = Uncertain("weather.dew_sigma", _SUB.dew_sigma, 0.3, "K", _FIT)
PRESSURE_SIGMA = Uncertain("weather.pressure_sigma", _SUB.pressure_sigma, 0.3, "Pa", _FIT)
SUN_SIGMA = Uncertain("weather.sun_sigma", _SUB.sun_sigma, 0.3, "1", "estimate")
FOG_LIQUID = Uncertain("weather.fog_liquid", _FRONT.liquid, 0.5, "g/m3", "recalled: 0.05-0.5 g/m3")
ROAD_SCALE = Uncertain("weather.road_scale", 1.0, 0.5, "1", "estimate: increments beside a busy road")
ROAD_DECAY = Uncertain("weather.road_decay", 150.0, 0.4, "m", "recalled: near-road gradients fall within 100-300 m")
AIR_SCALE = Uncertain("weather.air_scale", 1.0, 0.2, "1", "estimate: level of reactive gases and particles")

#: Perturbations that all poles of a group have, each after its travel time; eddies and quick gusts are a pole's own.
REGIONAL = tuple(_AT[k] for k in ("temperature", "dew", "wind", "sun", "pressure", "activity", "turn"))


def world_number(state: Environment3DState, prior: Uncertain) -> Float:
    """(n,) an uncertain number of the rows' worlds; its median where the world does not say."""
    return state.number(prior.key, prior.median)


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
        self._at, self._mid, self._sun, edges = _tables(context.sites)
        self._begin, self._slope = edges.T
        self._site = np.asarray(context.conditions.site, dtype=np.int64)
        self._rows: dict[str, tuple[Int, Float, Float]] = {}
        self._road = np.array([s.distance_to_road for s in context.sites])[self._site]
        base, road, load = np.zeros(len(SPECIES)), np.zeros(len(SPECIES)), np.zeros((5, len(SPECIES)))
        for name, (level, increment, loadings) in BACKGROUND.items():
            base[INDEX[name]], road[INDEX[name]], load[:, INDEX[name]] = level, increment, loadings
        self._base, self._increment, self._load = base * np.exp(-0.5 * np.sum(load**2, axis=0)), road, load
        self._reactive = (base > 0.0) & (base < 500.0)
        self._regional = Travelling(context.conditions, "weather.regional", REGIONAL)
        self._clean = Travelling(context.conditions, "weather.clean", range(5))
        late = np.asarray(context.conditions.delay, np.float64) / 3600.0
        self._late = late if late.any() else None

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this module."""
        sub_hour = (WIND_SIGMA, TEMPERATURE_SIGMA, DEW_SIGMA, PRESSURE_SIGMA, SUN_SIGMA)
        return *sub_hour, FOG_LIQUID, ROAD_SCALE, ROAD_DECAY, AIR_SCALE

    def lanes(self, m: int) -> dict[str, int]:
        """The perturbations of the weather and five slow factors of the clean air."""
        return {"weather.fast": len(FAST), "weather.air": 5}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Stationary perturbations at the state's hour."""
        state.memory["weather.fast"] = draws.normal("weather.fast").copy()
        state.memory["weather.air"] = draws.normal("weather.air").copy()
        state.memory["weather.front"] = state.causes["front"].copy()
        events.start(state)
        self._share(state)
        self._update(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the perturbations by h seconds and set the weather at the state's hour."""
        memory = state.memory
        memory["weather.fast"] = ou_step(memory["weather.fast"], h, _TAU, _ONE, draws.normal("weather.fast"))
        memory["weather.air"] = ou_step(memory["weather.air"], h, _BACKGROUND_TAU, _ONE, draws.normal("weather.air"))
        memory["weather.front"] = self._passing(memory["weather.front"], state.causes["front"], h)
        events.advance(state, h)
        self._share(state)
        self._update(state)

    def _share(self, state: Environment3DState) -> None:
        """Poles of a group have the region's weather and clean air, each after its travel time."""
        memory = state.memory
        memory["weather.fast"] = self._regional.put(memory["weather.fast"], state.time, _TAU[list(REGIONAL)])
        memory["weather.air"] = self._clean.put(memory["weather.air"], state.time, _BACKGROUND_TAU)

    @staticmethod
    def _passing(front: Float, target: Float, h: float) -> Float:
        """(n,) strength of the front that has passed, after h seconds; exact."""
        passed: Float = target + (front - target) * np.exp(-h / _FRONT.passage)
        return passed

    def _update(self, state: Environment3DState) -> None:
        """Set what this module owns."""
        event = events.acting(state)
        at = self._at_day(state, event, self._hourly, self._arrived(state.hour))
        x, front = state.memory["weather.fast"], state.memory["weather.front"]
        state.cloud = at[:, 6]
        speed = clip(at[:, 3], 0.0, None)
        self._wind(state, speed, np.arctan2(at[:, 4], at[:, 5]), x, front)
        self._radiation(state, x[:, _AT["sun"]])
        self._moist(state, at, x, front)
        self._sky(state)
        self._air(state)

    def _arrived(self, hour: Float) -> Float:
        """(n,) hour of the record whose weather has reached the poles."""
        return hour if self._late is None else np.mod(hour - self._late, HOURS)

    @staticmethod
    def _at_day(state: Environment3DState, event: Float | None, look: Callable[[Float], Float], hour: Float) -> Float:
        """What ``look`` finds at hours (n,), on its way to another day's where a cause moves the season."""
        here, moved = look(hour), events.season(state, event)
        if moved is None:
            return here
        share, later = moved
        return here + share * (look(np.mod(hour + later, HOURS)) - here)

    def _hourly(self, hour: Float) -> Float:
        """(n, 7) the table between its hours: linear, but where a front passes, the change takes minutes."""
        low = np.floor(hour)
        row = self._site * (HOURS + 1) + np.where(hour >= HOURS, 0.0, low).astype(np.int64)
        share = clip((hour - low - self._begin[row]) * self._slope[row], 0.0, 1.0)[:, None]
        return self._blend("at", self._at, row, share)

    def _between(self, name: str, table: Float, rows: int, index: Float) -> Float:
        """(n, V) linear interpolation of a flat table (sites x rows, V) at fractional ``index`` (n,) of its site."""
        low = np.floor(index)
        row = self._site * (rows + 1) + np.where(index >= rows, 0.0, low).astype(np.int64)
        return self._blend(name, table, row, (index - low)[:, None])

    def _blend(self, name: str, table: Float, row: Int, share: Float) -> Float:
        """(n, V) a ``share`` (n, 1) of the way from ``row`` (n,) to the next; rows that stay are looked up once."""
        known = self._rows.get(name)
        if known is None or not np.array_equal(known[0], row):
            known = self._rows[name] = row, table[row], table[row + 1] - table[row]
        out: Float = known[1] + known[2] * share
        return out

    def _wind(self, state: Environment3DState, speed: Float, bearing: Float, x: Float, front: Float) -> None:
        """Mean wind and direction with their slow and quick motions, larger in light wind (submeso)."""
        light = np.sqrt(1.0 + (_SUB.submeso_wind / clip(speed, 0.3, None)) ** 2)
        sigma = np.minimum(world_number(state, WIND_SIGMA) * light, _SUB.largest_sigma)
        quick = _SUB.gust_correlation * x[:, _AT["eddy"]] + _LEFT * x[:, _AT["quick_wind"]]
        along = _SLOW * x[:, _AT["wind"]] + _QUICK * quick
        across = _SLOW * x[:, _AT["turn"]] + _QUICK * x[:, _AT["quick_turn"]]
        state.wind_speed = speed * np.exp(sigma * (along - 0.5 * sigma) + _FRONT.gust * front)
        state.wind_from = bearing + sigma * across + _FRONT.veer * front
        if (event := events.acting(state)) is not None:
            state.wind_speed = events.blown(event, state.wind_speed)

    def _moist(self, state: Environment3DState, at: Float, x: Float, front: Float) -> None:
        """Temperature, dew point and pressure with what is below an hour; fog."""
        active = np.exp(_SUB.activity_sigma * (x[:, _AT["activity"]] - _SUB.activity_sigma))
        heat = _SUB.heat_share * state.ghi + _SUB.heat_clear * (1.0 - state.cloud) + _SUB.heat_least
        eddy = _SUB.eddy_share * atmosphere.temperature_scale(heat, 0.07 * (state.wind_speed + 0.5))
        warm = world_number(state, TEMPERATURE_SIGMA) * active
        damp = world_number(state, DEW_SIGMA) * active
        slow = _SUB.correlation * x[:, _AT["temperature"]] + _OWN * x[:, _AT["dew"]]
        quick = _SUB.correlation * x[:, _AT["eddy"]] + _OWN * x[:, _AT["eddy_dew"]]
        air = at[:, 0] + warm * x[:, _AT["temperature"]] + eddy * active * x[:, _AT["eddy"]]
        dew = at[:, 1] + damp * slow + active * (_SUB.eddy_dew + _SUB.eddy_dew_ratio * eddy) * quick
        air, dew, event = air + _FRONT.temperature * front, dew + _FRONT.dew_point * front, events.acting(state)
        if event is not None:
            air, dew = events.moved(event, air, dew)
            air, dew = events.saturated(event, air, np.minimum(dew, air))
        state.air_temperature, state.dew_point = air, np.minimum(dew, air)
        gust = _SUB.gust_pressure * 0.6 * state.wind_speed**2
        state.pressure = at[:, 2] + world_number(state, PRESSURE_SIGMA) * x[:, _AT["pressure"]]
        state.pressure += gust * x[:, _AT["gust"]] + _FRONT.pressure * front
        depression, dense = state.air_temperature - state.dew_point, world_number(state, FOG_LIQUID)
        fog = atmosphere.fog_liquid(depression, state.wind_speed, dense, _FRONT.depression, _FRONT.lifting)
        state.memory["weather.fog"] = np.asarray(fog, np.float64)

    def _radiation(self, state: Environment3DState, flicker: Float) -> None:
        """Sun, short-wave radiation, and rain."""
        event = events.acting(state)
        past = np.mod(self._arrived(state.hour) - 0.5, HOURS)
        mid = self._at_day(state, event, lambda hour: self._between("mid", self._mid, HOURS, hour), past)
        table = self._at_day(state, event, self._sky_light, state.hour)
        state.rain = mid[:, 2] + state.causes["rain_rate"]
        x, y, z = table[:, 0], table[:, 1], table[:, 2]
        state.sun = table[:, :3] / np.sqrt(x * x + y * y + z * z)[:, None]
        broken = 4.0 * state.cloud * (1.0 - state.cloud) * world_number(state, SUN_SIGMA)
        index = clip(mid[:, 0] * np.exp(broken * (flicker - 0.5 * broken)), 0.0, 1.35)
        ghi, up = table[:, 3] * index, clip(state.sun[:, 2], 0.0, None)
        state.dhi = np.minimum(table[:, 3] * mid[:, 0] * mid[:, 1], ghi)
        state.dni = clip((ghi - state.dhi) / clip(up, 0.03, None), 0.0, 1100.0)
        if event is not None:
            events.clouded(state, event)
        shade = state.causes["sun_factor"]
        state.dhi, state.dni = state.dhi * shade, state.dni * shade
        state.ghi = state.dhi + state.dni * up

    def _sky_light(self, hour: Float) -> Float:
        """(n, 4) sun and clear-sky irradiance."""
        return self._between("sun", self._sun, HOURS * SUN_STEPS, hour * SUN_STEPS)

    def _sky(self, state: Environment3DState) -> None:
        """Long-wave radiation of the sky, and water vapour."""
        air, vapour = state.air_temperature, atmosphere.saturation_pressure(state.dew_point)
        emissivity = atmosphere.brutsaert_emissivity(air, vapour, state.cloud)
        state.sky_temperature = air * np.sqrt(np.sqrt(emissivity))
        window = atmosphere.sky_window_exitance(air, emissivity, band_exitance_fast(air))
        state.sky_window = np.asarray(window, np.float64)
        state.background[:, INDEX["H2O"]] = 1e9 * vapour / state.pressure

    def _air(self, state: Environment3DState) -> None:
        """The clean-air background with slow factors, the road's increments and ozone's day."""
        g, water = state.memory["weather.air"], state.background[:, INDEX["H2O"]].copy()
        logarithm = g[:, :1] * self._load[0]
        for i in range(1, len(self._load)):
            logarithm += g[:, i : i + 1] * self._load[i]
        sources = tuple(state.world.get(prior.key) for prior in (AIR_SCALE, ROAD_DECAY, ROAD_SCALE))
        base, beside = self.kept("air", (state.n, *sources), lambda: self._levels(state))
        near = beside * rush_hour(state.hour) / (1.0 + state.wind_speed)
        air = base * np.exp(logarithm)
        clock = np.mod(state.hour, 24.0)
        ozone = air[:, INDEX["O3"]] * (0.65 + 0.7 * clip(np.sin(np.pi * (clock - 8.0) / 14.0), 0.0, None))
        air += near[:, None] * self._increment
        titrated = 0.6 * near * self._increment[INDEX["NO"]]
        air[:, INDEX["O3"]] = clip(ozone - titrated, 1.0, None)
        air[:, INDEX["H2O"]] = water
        state.background = air

    def _levels(self, state: Environment3DState) -> tuple[Float, Float]:
        """(n, S) levels of the clean air, and (n,) share of the road's increments that comes at 2 m/s in rush hours."""
        scale = np.where(self._reactive, world_number(state, AIR_SCALE)[:, None], 1.0)
        near = np.exp(-self._road / world_number(state, ROAD_DECAY)) * world_number(state, ROAD_SCALE)
        return self._base * scale, 3.0 * near


def fog_liquid(state: Environment3DState) -> Float:
    """(n,) liquid water of fog in the air [g/m3]; none without the weather module."""
    liquid: Float | None = state.memory.get("weather.fog")
    return np.zeros(state.n) if liquid is None else liquid


@lru_cache(maxsize=16)
def _tables(sites: tuple[Site, ...]) -> tuple[Float, Float, Float, Float]:
    """The tables of :func:`_site_tables` of all sites, one after the other; read-only."""
    tables = tuple(np.concatenate(x) for x in zip(*map(_site_tables, sites), strict=True))
    for table in tables:
        table.flags.writeable = False
    at, mid, sun, edges = tables
    return at, mid, sun, edges


def _site_tables(site: Site) -> tuple[Float, Float, Float, Float]:
    """A site's tables with their first row repeated at the end: at the hour, mid-hour and sun.

    Returns:
        (8761, 7) temperature, dew point, pressure, wind speed, sine and cosine of where it comes from, cloud;
        (8761, 3) clear-sky index, diffuse share and rain at half past; (52561, 4) sun and clear-sky GHI;
        (8761, 2) share of the hour at which its change begins, and one over the share that it takes.
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
    edges = front_edges(site, table["temperature"], direction, table["wind_speed"])
    return np.vstack([at, at[:1]]), np.vstack([mid, mid[:1]]), np.vstack([sun, sun[:1]]), np.vstack([edges, edges[:1]])


def front_edges(site: Site, temperature: Float, direction: Float, speed: Float) -> Float:
    """Where in each hour the change to the next one happens (8760, 2): its beginning, and one over its length.

    An hour in which the wind turns and the temperature falls or rises beyond the limits of ``FrontAndFog`` is a
    front's: its change takes six minutes, at a moment that belongs to the site and the hour.
    """
    turn = np.abs(np.angle(np.exp(1j * (np.roll(direction, -1) - direction))))
    change = np.abs(np.roll(temperature, -1) - temperature)
    windy = np.minimum(speed, np.roll(speed, -1)) > 1.5
    front = (turn > _FRONT.turn) & (change > _FRONT.change) & windy
    moment = uniforms(int(consumer_code(f"weather.{site.key}")), "weather.front", HOURS) * (1.0 - _FRONT.width)
    return np.column_stack([np.where(front, moment, 0.0), np.where(front, 1.0 / _FRONT.width, 1.0)])
