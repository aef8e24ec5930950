"""Module "lightning": storms come with the weather, flashes with the storms; their places, currents and times are kept.

A storm is a two-state Markov process of the whole square around the pole, so exact for any step. Its place moves in a
square that goes on periodically, so the flash density is the same everywhere in it. Flashes in a stretch of time are
Poisson in the share of it that had a storm. The newest flashes are kept in a list until they are forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import betaincinv, ndtri, pdtrik

from gg_gym.equations import arcs as telegraph
from gg_gym.equations import lightning as eq
from gg_gym.equations.bounds import clip
from gg_gym.parameters.lightning import LIGHTNING, LIGHTNING_PRIORS, LightningParameters
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.site import Site, Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather_sources import load_weather
from gg_gym.streams import Draws, uniforms
from gg_gym.units import Bool, Float, Int, UInt64

#: Flashes that are kept, the newest first.
KEPT = 12
#: Fields of a kept flash besides its age [s]: place [m], current [A] (negative flashes: above 0), front
#: time [s], strokes.
FIELDS = ("x", "y", "current", "front", "strokes")
_YEAR = 8760.0 * 3600.0
_MEDIAN = {key: median for key, median, *_ in LIGHTNING_PRIORS}

STORM_FACTOR = register_cause(Cause("storm_factor", "1", 1.0, "multiplier of how often thunderstorms begin"))
FLASH_RATE = register_cause(
    Cause("flash_rate", "1/s", 0.0, "flashes to ground at flash_distance, beside the weather's")
)
FLASH_DISTANCE = register_cause(Cause("flash_distance", "m", 5000.0, "distance of those flashes"))
STRIKE_CURRENT = register_cause(Cause("strike_current", "A", 0.0, "one flash of this current as the cause sets in"))
STRIKE_DISTANCE = register_cause(Cause("strike_distance", "m", 200.0, "distance of that flash"))


@PHYSICS.register("lightning")
class LightningModule(PhysicsModule):
    """Thunderstorms within 50 km and their ground flashes.

    Owns the memory keys "lightning.*": ``age`` (n, K) [s] (infinite: no flash), the (n, K) of :data:`FIELDS`,
    ``count`` (n,) flashes since the run began, ``storm`` (n,) whether there is a storm, ``place`` (n, 2) and
    ``velocity`` (n, 2) of it, ``rate`` (n,) [1/s]. Ask through :func:`flashes`, :func:`flash_field`,
    :func:`induced_voltage`. Causes: ``storm_factor``, ``flash_rate``, ``flash_distance``, ``strike_current``,
    ``strike_distance``.
    """

    key = "lightning"
    after = ("weather",)
    shared = ("lightning.storm", "lightning.address")

    def __init__(self, context: PhysicsContext, parameters: LightningParameters = LIGHTNING) -> None:
        super().__init__(context)
        self._p = parameters
        numbers = np.array([site_numbers(s) for s in context.sites]).reshape(-1, 2)
        site = np.asarray(context.conditions.site, np.int64)
        area = (2e-3 * parameters.half) ** 2
        #: (n,) flashes a second in the square, and over the mean of the weather's favour.
        self._flashes = numbers[site, 0] * area / _YEAR if len(numbers) else np.zeros(len(site))
        self._scale = self._flashes / numbers[site, 1] if len(numbers) else np.zeros(len(site))

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in LIGHTNING_PRIORS)

    def lanes(self, m: int) -> Mapping[str, int]:
        """Three uniforms of the storm, one of the count; two that address all draws of rows with flashes."""
        return {"lightning.storm": 4, "lightning.address": 2}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """A storm or none, as often as the weather at the start has one; no flash is known."""
        memory, n = state.memory, state.n
        memory["lightning.age"] = np.full((n, KEPT), np.inf)
        for name in FIELDS:
            memory[f"lightning.{name}"] = np.zeros((n, KEPT))
        memory["lightning.count"], memory["lightning.struck"] = np.zeros(n), np.zeros(n, bool)
        memory["lightning.place"], memory["lightning.velocity"] = np.zeros((n, 2)), np.zeros((n, 2))
        memory["lightning.rate"] = np.zeros(n)
        on, off = self._rates(state)
        memory["lightning.storm"] = draws.uniform("lightning.storm")[:, 0] < on / (on + off)
        rows = np.flatnonzero(memory["lightning.storm"])
        if rows.size:
            self._born(state, rows, address(draws)[rows])

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance storms and flashes by h seconds."""
        memory, u, key = state.memory, draws.uniform("lightning.storm"), address(draws)
        on, off = self._rates(state)
        was = memory["lightning.storm"].astype(np.float64)
        now = (u[:, 0] < telegraph.telegraph_transition(was, on, off, h)).astype(np.float64)
        stay = telegraph.telegraph_stay_probability(was, now, on, off, h)
        moved = u[:, 1] >= stay
        share = np.where(moved, 0.0, was)
        rows = np.flatnonzero(moved)
        if rows.size:
            share[rows] = _share(was[rows], now[rows], on[rows], off[rows], h, stay[rows], u[rows, 2])
        memory["lightning.place"] = eq.wrap(memory["lightning.place"] + memory["lightning.velocity"] * h, self._p.half)
        rows = np.flatnonzero(moved & (share > 0.0) & (was <= now))  # where one only ends, it is still the known one
        if rows.size:
            self._born(state, rows, key[rows])
        memory["lightning.storm"] = now > 0.5
        memory["lightning.age"] = memory["lightning.age"] + h
        self._strike(state, h, share, now, u[:, 3], key)

    def _rates(self, state: Environment3DState) -> tuple[Float, Float]:
        """Rates (n,) at which storms begin and end, so that a year has the site's flashes [1/s]."""
        p, life = self._p, world(state, "lightning_life")
        clock = np.mod(state.hour, 24.0)
        favour = eq.convection(state.air_temperature, state.cloud, state.rain, clock) * state.causes["storm_factor"]
        mean = world(state, "lightning_rate") / 60.0 * np.exp(0.5 * p.rate_spread**2)
        occupied = clip(self._scale * world(state, "lightning_density") * favour / mean, 1e-12, p.occupied)
        off = 1.0 / (life * np.ones(state.n))
        return off * occupied / (1.0 - occupied), off

    def _born(self, state: Environment3DState, rows: Int, key: UInt64) -> None:
        """Give rows a new storm: place (at the step's end), velocity and rate."""
        p, u = self._p, uniforms(key, "lightning.born", 5)
        state.memory["lightning.place"][rows] = p.half * (2.0 * u[:, :2] - 1.0)
        turn, speed = 2.0 * np.pi * u[:, 2], p.speed[0] + (p.speed[1] - p.speed[0]) * u[:, 3]
        state.memory["lightning.velocity"][rows] = np.stack([speed * np.cos(turn), speed * np.sin(turn)], axis=1)
        rate = world(state, "lightning_rate", rows) / 60.0
        state.memory["lightning.rate"][rows] = rate * np.exp(p.rate_spread * ndtri(u[:, 4]))

    def _strike(
        self, state: Environment3DState, h: float, share: Float, now: Float, chance: Float, key: UInt64
    ) -> None:
        """Draw the step's flashes and put them before those known."""
        memory, causes = state.memory, state.causes
        current = causes["strike_current"]
        single = (current > 0.0) & ~memory["lightning.struck"]
        memory["lightning.struck"] = current > 0.0
        storm, local = memory["lightning.rate"] * share * h, causes["flash_rate"] * h
        rows = np.flatnonzero((chance > np.exp(-storm - local)) | single)
        if not rows.size:
            return
        storm, local = storm[rows], local[rows]
        count = poisson(chance[rows], storm + local) + single[rows]
        memory["lightning.count"][rows] += count
        u = uniforms(key[rows], "lightning.flashes", 1 + 9 * KEPT)
        draw = u[:, 1:].reshape(len(rows), 9, KEPT)
        ages = eq.newest_ages(np.log(draw[:, 0]), count)
        here = draw[:, 1] < (local / np.maximum(storm + local, 1e-300))[:, None]
        ended = np.where(now[rows] > 0.5, 0.0, (1.0 - share[rows]) * h)
        ages = np.where(here, ages * h, ended[:, None] + ages * (share[rows] * h)[:, None])
        fresh = self._flash(state, rows, draw, ages, here)
        first = single[rows]
        turn, ring = 2.0 * np.pi * u[:, 0], np.maximum(causes["strike_distance"][rows], self._p.nearest)
        for name, value in (
            ("age", draw[:, 0, 0] * h), ("current", current[rows]),
            ("x", ring * np.cos(turn)), ("y", ring * np.sin(turn)),
        ):  # fmt: skip
            fresh[name][:, 0] = np.where(first, value, fresh[name][:, 0])
        self._keep(state, rows, fresh, np.minimum(count, KEPT))

    def _flash(self, state: Environment3DState, rows: Int, u: Float, age: Float, here: Bool) -> dict[str, Float]:
        """Places, currents, front times and strokes (r, K) of flashes of some age; ``here`` those of the cause."""
        p, memory = self._p, state.memory
        z = ndtri(u[:, 2:6])
        centre = (
            memory["lightning.place"][rows][:, :, None] - memory["lightning.velocity"][rows][:, :, None] * age[:, None]
        )
        scattered = eq.wrap(centre + p.scatter * z[:, :2], p.half)
        turn, ring = 2.0 * np.pi * u[:, 6], np.maximum(state.causes["flash_distance"][rows], p.nearest)[:, None]
        x = np.where(here, ring * np.cos(turn), scattered[:, 0])
        y = np.where(here, ring * np.sin(turn), scattered[:, 1])
        distance = np.maximum(np.hypot(x, y), 1e-6)
        outwards = np.maximum(distance, p.nearest) / distance
        median, spread = (column(world(state, f"lightning_{k}", rows)) for k in ("current", "spread"))
        fronts = (p.front_median, p.front_sigma)
        negative, front = eq.correlated_lognormals(z[:, 2], z[:, 3], (median, spread), fronts, p.front_correlation)
        positive = -p.positive_median * np.exp(p.positive_sigma * z[:, 2])
        current = np.where(u[:, 7] < p.positive, positive, negative)
        strokes = 1.0 + np.floor(np.log(u[:, 8]) / np.log(1.0 - 1.0 / p.strokes))
        return {
            "age": age,
            "x": x * outwards,
            "y": y * outwards,
            "current": current,
            "front": front,
            "strokes": strokes,
        }

    def _keep(self, state: Environment3DState, rows: Int, fresh: dict[str, Float], count: Float) -> None:
        """Put ``count`` (r,) fresh flashes before the known ones; the oldest are forgotten."""
        place, new = np.arange(KEPT)[None, :], count.astype(np.int64)[:, None]
        index = np.where(place < new, place, KEPT + place - new)
        for name in ("age", *FIELDS):
            both = np.concatenate([fresh[name], state.memory[f"lightning.{name}"][rows]], axis=1)
            state.memory[f"lightning.{name}"][rows] = np.take_along_axis(both, index, axis=1)


def flashes(state: Environment3DState) -> dict[str, Float]:
    """The newest flashes: "age" (n, K) [s], infinite where there is none, and the fields of :data:`FIELDS` (n, K).

    A flash belongs to the last sample if its age is below dt; more than K in a step are counted but not kept.
    """
    return {name: state.memory[f"lightning.{name}"] for name in ("age", *FIELDS)}


def flash_distance(state: Environment3DState, points: Float | None = None, rows: Any = slice(None)) -> Float:
    """(n, K) distance [m] of the kept flashes from the pole's foot, or (n, P, K) from points (P, 3); inf without.

    ``rows`` picks some of the n.
    """
    memory = state.memory
    x, y, missing = memory["lightning.x"][rows], memory["lightning.y"][rows], np.isinf(memory["lightning.age"][rows])
    if points is None:
        return np.where(missing, np.inf, np.hypot(x, y))
    dx = x[:, None, :] - points[None, :, 0, None]
    dy = y[:, None, :] - points[None, :, 1, None]
    return np.where(missing[:, None, :], np.inf, np.hypot(dx, dy))


def flash_field(state: Environment3DState, rows: Int | None = None) -> Float:
    """(n, K) highest vertical field [V/m] at the pole of the kept flashes: radiated, and the drained charge's.

    Above 0 where negative charge is lowered; 0 where there is no flash. ``rows`` picks some of the n.
    """
    some = slice(None) if rows is None else rows
    current = state.memory["lightning.current"][some]
    distance = flash_distance(state, rows=some)
    near = np.where(np.isinf(distance), 1e9, distance)
    speed, moved, median = (column(world(state, f"lightning_{k}", rows)) for k in ("speed", "charge", "current"))
    radiated = speed / 1.5e8 * eq.radiation_field(current, near)
    charge = moved * current / median
    total = radiated + eq.electrostatic_field(charge, near, LIGHTNING.height)
    return np.where(np.isinf(distance), 0.0, total)


def induced_voltage(state: Environment3DState, height: float) -> Float:
    """(n, K) voltage [V] that the kept flashes induced on a line along y at a height [m]; 0 where there is none.

    Rusck's law holds for strokes beside the line, so the distance is at least three heights.
    """
    across = np.maximum(np.abs(state.memory["lightning.x"]), 3.0 * height)
    voltage = eq.rusck_voltage(np.abs(state.memory["lightning.current"]), np.float64(height), across)
    return np.where(np.isinf(state.memory["lightning.age"]), 0.0, voltage)


@lru_cache(maxsize=64)
def site_numbers(site: Site) -> tuple[float, float]:
    """Ground flash density [1/(km2.a)] at the median, and the mean over a year of how the weather favours storms."""
    table = load_weather(site)
    clock = np.mod(np.arange(len(table["temperature"])), 24.0)
    favour = eq.convection(table["temperature"], table["cloud"], table["rain"], clock)
    density = eq.density_at_latitude(np.array([site.latitude]))
    return float(density[0]), max(float(favour.mean()), 1e-9)


def poisson(u: Float, mean: Float) -> Float:
    """Poisson numbers (r,) by inverse distribution function of uniforms (r,)."""
    some, out = np.flatnonzero(u > np.exp(-mean)), np.zeros(len(u))
    if some.size:
        out[some] = np.maximum(np.ceil(pdtrik(u[some], mean[some]) - 1e-9), 1.0)
    return out


def address(draws: Draws, consumer: str = "lightning.address") -> UInt64:
    """(n,) 64-bit seeds for draws that few rows need, from the 32 bits each of a consumer's two uniforms."""
    words = np.floor(draws.uniform(consumer) * 2.0**32).astype(np.uint64)
    out: UInt64 = (words[:, 0] << np.uint64(32)) | words[:, 1]
    return out


def _share(was: Float, now: Float, on: Float, off: Float, h: float, stay: Float, u: Float) -> Float:
    """Share (r,) of a step with a storm, given both ends and that it changed: Beta with the exact two moments."""
    first, second = telegraph.telegraph_bridge_moments(was, now, on, off, h)
    changed = np.maximum(1.0 - stay, 1e-12)
    mean = clip((first - stay * was) / changed, 1e-9, 1.0 - 1e-9)
    spread = mean * (1.0 - mean)
    size = spread / clip((second - stay * was) / changed - mean**2, 1e-9 * spread, (1.0 - 1e-6) * spread) - 1.0
    out: Float = betaincinv(mean * size, (1.0 - mean) * size, u)
    return out


def column(value: Any) -> Any:
    """A number as it is, an array (r,) as (r, 1)."""
    return value[:, None] if isinstance(value, np.ndarray) else value


def world(state: Environment3DState, key: str, rows: Int | None = None) -> Any:
    """A number of the rows' worlds (of some rows), or the prior's median."""
    value = state.world.get(key)
    if value is None:
        return _MEDIAN[key]
    return value if rows is None else value[rows]
