"""Laws of the module "lightning": flashes a year, exact for any step, causes, row equality, neutral elsewhere."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym import Twin, load_product
from gg_gym.physics import lightning
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, Site, draw_world
from gg_gym.physics.state import Environment3DState

GEOMETRY = Geometry(10.4, 0.13, (), (), None, Mount((0.0, -0.7, 7.2), (0.0, 0.0, 9.85)))
SITE = Site("plains", 39.7, -100.0, 700.0, -5.0, 0.03, 1e6, 60.0, "very_light", "climate")
RATE, SPREAD, LIFE = 3.0 / 60.0, 0.7, 2400.0


def started(n: int, dt: float, world: dict[str, Any] | None = None, sites: tuple[Site, ...] = (SITE,)) -> Any:
    one, seeds = np.ones(n), np.arange(n, dtype=np.uint64) + np.uint64(11)
    c = Conditions(seeds, np.zeros(n, np.int64), 17.0 * one, one, seeds, one, seeds)
    engine = ModularPhysicsEngine(("lightning",), PhysicsContext(GEOMETRY, sites, c, world or {}), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    favour(state, engine)
    engine.start(state)
    return engine, state


def favour(state: Any, engine: Any, occupied: float = 0.4) -> None:
    """Weather in which a storm is there for a set share of the time."""
    from gg_gym.equations.lightning import convection

    state.hour = np.full(state.n, 17.0)
    state.air_temperature, state.cloud, state.rain = np.full(state.n, 293.0), np.ones(state.n), np.ones(state.n)
    base = convection(*(np.array([x]) for x in (293.0, 1.0, 1.0, 17.0)))[0]
    scale = engine.modules[0]._scale
    mean = RATE * np.exp(0.5 * SPREAD**2)
    state.causes["storm_factor"] = occupied * mean / (np.maximum(scale, 1e-30) * base)


def walk(engine: Any, state: Any, steps: list[float]) -> None:
    for i, h in enumerate(steps):
        state.hour = np.full(state.n, 17.0) - h / 3600.0
        engine.step(state, h, RECORD, i)


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0, 437.3])
def test_share_of_time_with_a_storm_does_not_depend_on_dt(dt: float) -> None:
    engine, state = started(4000, dt)
    walk(engine, state, [dt] * 3)
    assert abs(state.memory["lightning.storm"].mean() - 0.4) < 0.03
    place = state.memory["lightning.place"][state.memory["lightning.storm"]]
    assert np.abs(place).max() <= 50e3
    np.testing.assert_allclose(place.std(0), 50e3 / np.sqrt(3.0), rtol=0.05)


def test_counts_of_a_stretch_have_the_same_mean_and_spread_for_any_step() -> None:
    total, n, seen = 1200.0, 3000, []
    rng = np.random.default_rng(1)
    ragged = rng.dirichlet(np.ones(12)) * total
    for steps in ([30.0] * 40, [1200.0], list(ragged)):
        engine, state = started(n, steps[0])
        walk(engine, state, steps)
        count = state.memory["lightning.count"]
        seen.append((count.mean(), count.std(), (count == 0).mean()))
    want = 0.4 * RATE * np.exp(0.5 * SPREAD**2) * total
    for mean, spread, none in seen:
        np.testing.assert_allclose(mean, want, rtol=0.10)
        np.testing.assert_allclose(spread, seen[0][1], rtol=0.12)
        assert abs(none - seen[0][2]) < 0.04


def test_a_year_of_the_sites_weather_has_the_sites_flashes() -> None:
    """Climate of the plains: 1.8 flashes/(km2.a) at the median; two-hour strides through the year."""
    n = 96
    one, seeds = np.ones(n), np.arange(n, dtype=np.uint64)
    c = Conditions(seeds, np.zeros(n, np.int64), 8760.0 * (np.arange(n) + 0.5) / n, one, seeds, one, seeds)
    engine = ModularPhysicsEngine(("weather", "lightning"), PhysicsContext(GEOMETRY, (SITE,), c, {}), 3600.0)
    state = Environment3DState.neutral(GEOMETRY, n, 3600.0)
    state.hour = c.hour - 0.5 * 8760.0 / n
    engine.start(state)
    for i in range(int(8760 / n)):
        engine.step(state, 3600.0, RECORD, i)
    density, _ = lightning.site_numbers(SITE)
    total = state.memory["lightning.count"].sum() / (8760 // n * n) * 8760
    assert 1.0 < density < 3.0
    np.testing.assert_allclose(total, density * 100.0**2, rtol=0.35)


def test_flashes_are_spread_evenly_and_have_the_laws_of_currents() -> None:
    engine, state = started(6000, 600.0)
    walk(engine, state, [600.0])
    flash = lightning.flashes(state)
    known = np.isfinite(flash["age"])
    assert known.sum() > 5000 and np.all((flash["age"][known] >= 0) & (flash["age"][known] <= 600.0))
    distance = lightning.flash_distance(state)
    assert np.all(np.isinf(distance) == ~known)
    assert abs((distance[known] < 20e3).mean() - np.pi * 20.0**2 / 100.0**2) < 0.02
    current = flash["current"][known]
    assert abs((current < 0).mean() - 0.07) < 0.02
    negative = current[current > 0]
    np.testing.assert_allclose(np.median(negative), 31.1e3, rtol=0.03)
    np.testing.assert_allclose(np.log(negative).std(), 0.484, rtol=0.03)
    front = flash["front"][known][current > 0]
    np.testing.assert_allclose(np.corrcoef(np.log(negative), np.log(front))[0, 1], 0.47, atol=0.04)
    assert abs(flash["strokes"][known].mean() - 3.5) < 0.15 and flash["strokes"][known].min() == 1.0


def test_newest_flashes_come_first_and_grow_older() -> None:
    engine, state = started(300, 10.0, sites=())
    state.causes["flash_rate"][:] = 0.1
    walk(engine, state, [10.0] * 8)
    age = lightning.flashes(state)["age"]
    assert np.all(np.diff(np.where(np.isinf(age), 1e9, age), axis=1) >= -1e-9)
    before = age.copy()
    state.causes["flash_rate"][:] = 0.0
    walk(engine, state, [5.0])
    np.testing.assert_allclose(lightning.flashes(state)["age"], before + 5.0)


@pytest.mark.parametrize("dt", [1.0, 60.0])
def test_flashes_of_a_cause_are_poisson_at_their_distance(dt: float) -> None:
    engine, state = started(1500, dt, sites=())
    state.causes["flash_rate"][:], state.causes["flash_distance"][:] = 0.02, 3000.0
    walk(engine, state, [dt] * round(60.0 / dt))
    count = state.memory["lightning.count"]
    np.testing.assert_allclose([count.mean(), count.var()], 1.2, rtol=0.1)
    distance = lightning.flash_distance(state)
    np.testing.assert_allclose(distance[np.isfinite(distance)], 3000.0)


def test_one_strike_as_the_cause_sets_in() -> None:
    engine, state = started(50, 10.0, sites=())
    for i in range(6):
        on = i in (1, 2, 3, 5)
        state.causes["strike_current"][:], state.causes["strike_distance"][:] = 60e3 * on, 150.0
        engine.step(state, 10.0, RECORD, i)
    assert np.all(state.memory["lightning.count"] == 2.0)
    flash = lightning.flashes(state)
    np.testing.assert_array_equal(flash["current"][:, :2], 60e3)
    assert np.all(flash["age"][:, 0] < 10.0) and np.all((flash["age"][:, 1] > 40.0) & (flash["age"][:, 1] < 50.0))
    np.testing.assert_allclose(lightning.flash_distance(state)[:, 0], 150.0)
    field = lightning.flash_field(state)
    assert np.all(field[:, 0] > 1e4) and np.all(field[:, 2:] == 0)
    volts = lightning.induced_voltage(state, 10.0)
    assert np.all((volts[:, 0] > 1e5) & (volts[:, 0] < 1e6)) and np.all(volts[:, 2:] == 0)


def test_field_far_away_is_that_of_the_law() -> None:
    engine, state = started(1, 10.0, sites=())
    state.causes["strike_current"][:], state.causes["strike_distance"][:] = 31.1e3, 100e3
    engine.step(state, 10.0, RECORD, 0)
    assert 7.0 < lightning.flash_field(state)[0, 0] < 9.5


def test_poisson_numbers_by_inversion() -> None:
    from scipy.stats import poisson

    u = np.linspace(0.0005, 0.9995, 1999)
    for mean in (1e-6, 0.3, 4.0, 300.0):
        got = lightning.poisson(u, np.full(u.size, mean))
        np.testing.assert_array_equal(got, poisson.ppf(u, mean))
    assert lightning.poisson(np.array([0.999999]), np.zeros(1))[0] == 0.0


def test_row_of_a_batch_is_bit_equal_to_a_batch_of_one_and_a_copy_goes_on_alike() -> None:
    n, row = 64, 17
    seeds = np.arange(n, dtype=np.uint64)
    worlds = dict(draw_world(lightning.LightningModule.priors(), seeds))
    one = np.ones(n)
    c = Conditions(seeds, np.zeros(n, np.int64), 17.0 * one, one, seeds, one, seeds)
    runs = []
    for rows in (np.arange(n), np.array([row])):
        world = {k: v[rows] for k, v in worlds.items()}
        engine = ModularPhysicsEngine(("lightning",), PhysicsContext(GEOMETRY, (SITE,), c.take(rows), world), 60.0)
        state = Environment3DState.neutral(GEOMETRY, len(rows), 60.0, world)
        favour(state, engine, 0.6)
        engine.start(state)
        state.causes["flash_rate"][:] = 0.01
        walk(engine, state, [600.0, 60.0, 10.0, 10.0])
        runs.append((engine, state))
    for key, value in runs[0][1].memory.items():
        assert value[[row]].tobytes() == runs[1][1].memory[key].tobytes(), key
    engine, state = runs[0]
    other = state.take(np.arange(n))
    engine.step(state, 10.0, RECORD, 9)
    engine.step(other, 10.0, RECORD, 9)
    for key, value in state.memory.items():
        np.testing.assert_array_equal(value, other.memory[key])


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.02, 3600.0), st.floats(0.0, 1.0), st.floats(0.0, 5e4), st.floats(0.0, 2e5), st.floats(0.0, 100.0),
    st.integers(0, 50),
)  # fmt: skip
def test_everything_is_finite(
    dt: float, rate: float, distance: float, current: float, factor: float, seed: int
) -> None:
    world = dict(draw_world(lightning.LightningModule.priors(), np.arange(8, dtype=np.uint64) + np.uint64(seed)))
    engine, state = started(8, dt, world)
    for key, value in (("flash_rate", rate), ("flash_distance", distance), ("strike_current", current),
                       ("strike_distance", distance), ("storm_factor", factor)):  # fmt: skip
        state.causes[key][:] = value
    walk(engine, state, [dt, dt])
    for key, value in state.memory.items():
        assert key == "lightning.age" or np.isfinite(value).all(), key
    assert not np.isnan(state.memory["lightning.age"]).any() and (state.memory["lightning.age"] >= 0).all()
    assert np.isfinite(lightning.flash_field(state)).all() and np.isfinite(lightning.induced_voltage(state, 10.0)).all()


def test_readings_of_the_product_stay_bit_equal_with_the_module() -> None:
    product = load_product("grid_guardian")
    short = product.replace(operation={**product.operation.model_dump(), "spin_up_hours": 2, "lead_in": 600.0})
    more = short.replace(physics=[*short.physics, "lightning"])
    from gg_gym import ScenarioDefinition

    event = ScenarioDefinition(family="arcing_event", parameters={"severity": 1.0})
    a, b = (Twin(p, thermal=False).run(Twin(p, thermal=False).draw([3, 4]), [event] * 2) for p in (short, more))
    for group in ("readings", "labels", "physics"):
        for key, value in getattr(a, group).items():
            assert np.array_equal(value, getattr(b, group)[key]), key
