"""Surface wetness: dew, drizzle, fog, drying, snow; exact for any step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.physics import surface_wetness as sw
from gg_gym.physics.engine import ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Conditions, Site, draw_world
from gg_gym.physics.state import Environment3DState

SITE = Site("field", 40.0, 0.0, 100.0, 0.0, 0.03, 500e3, 2000.0, "light", "climate")
PRODUCT = load_product("grid_guardian")
GEOMETRY: Geometry = PRODUCT.geometry


def engine(n: Any = 1, dt: Any = 60.0, *, first: Any = 0, worlds: bool = False, **values: Any) -> Any:
    seeds = (np.arange(n) + first).astype(np.uint64)
    zero = np.zeros(n)
    conditions = Conditions(seeds, np.zeros(n, np.int64), zero, zero + 1, seeds, zero, seeds)
    world = draw_world(sw.SurfaceWetness.priors(), seeds) if worlds else {}
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.wind_speed[:] = 2.0
    for name, value in values.items():
        getattr(state, name)[...] = value
    built = ModularPhysicsEngine(("surface_wetness",), PhysicsContext(GEOMETRY, (SITE,), conditions, world), dt)
    built.start(state)
    return built, state


def run(built: Any, state: Any, dt: Any, steps: Any) -> Any:
    for index in range(steps):
        built.step(state, dt, 3, index, coarse=True)


def test_dew_falls_on_what_is_colder_than_the_dew_point_and_on_nothing_else() -> None:
    built, state = engine(dew_point=283.0, air_temperature=285.0)
    state.temperature[:] = 284.0
    state.temperature[0, 3] = 281.0
    run(built, state, 60.0, 60)
    wet = sw.film(state)[0] > 0.0
    assert wet[3] and wet.sum() == 1
    assert 0.01 < sw.film(state)[0, 3] < 0.15  # 0.01 to 0.1 mm an hour


def test_drizzle_wets_and_sun_dries() -> None:
    built, state = engine(rain=0.5, dew_point=285.0, air_temperature=286.0)
    state.temperature[:] = 286.0
    run(built, state, 60.0, 60)
    assert (sw.wet_share(state) > 0.5).all()
    state.rain[:], state.temperature[:] = 0.0, 300.0
    run(built, state, 60.0, 60)
    assert (sw.wet_share(state) < 0.05).all()


def test_fog_wets_without_rain() -> None:
    built, state = engine(wind_speed=2.0, dew_point=280.0, air_temperature=280.0)
    state.temperature[:] = 280.0
    run(built, state, 600.0, 6)
    assert not sw.film(state).any()
    state.memory["weather.fog"] = np.full(1, 0.3)
    run(built, state, 600.0, 6)
    assert (sw.film(state) > 0.02).all()


def test_snow_lies_and_melts_to_water() -> None:
    built, state = engine(rain=1.0, air_temperature=268.0, dew_point=267.0)
    state.temperature[:] = 268.0
    run(built, state, 600.0, 12)
    assert sw.snow_load(state) == pytest.approx(2.0, rel=0.01)
    assert (sw.film(state) < 0.01).all() and sw.snowfall(state) == pytest.approx(1.0, abs=0.01)
    state.rain[:], state.air_temperature[:], state.temperature[:], state.dew_point[:] = 0.0, 276.0, 274.0, 273.0
    before = sw.snow_load(state).copy()
    run(built, state, 3600.0, 2)
    assert sw.snow_load(state) == pytest.approx(before - 2 * 3600 * 3.0 / 86400 * (276.0 - 273.15), rel=1e-9)
    assert (sw.film(state) > 0.0).all()


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0])
@pytest.mark.parametrize("warm", [281.0, 295.0])
def test_the_film_does_not_depend_on_the_step(dt: Any, warm: Any) -> None:
    """One step is as many steps: exact under constant weather."""
    values: Any = dict(rain=0.2, dew_point=284.0, air_temperature=286.0)
    one, a = engine(dt=dt, **values)
    many, b = engine(dt=dt, **values)
    a.temperature[:] = b.temperature[:] = warm
    run(one, a, dt, 1)
    run(many, b, dt / 8, 8)
    np.testing.assert_allclose(sw.film(a), sw.film(b), rtol=1e-9, atol=1e-15)


def test_no_number_leaves_its_range_in_any_weather() -> None:
    rng = np.random.default_rng(1)
    n = 2000
    air = rng.uniform(230.0, 320.0, n)
    built, state = engine(
        n, worlds=True, air_temperature=air, dew_point=air - rng.exponential(5.0, n), wind_speed=rng.uniform(0, 40, n),
        rain=rng.exponential(5.0, n), inverse_obukhov=rng.uniform(-0.3, 0.3, n), roughness=rng.uniform(0.01, 1.0, n),
    )  # fmt: skip
    state.temperature[:] = air[:, None] + rng.uniform(-8.0, 400.0, state.temperature.shape)
    for h in (0.02, 60.0, 3600.0):
        run(built, state, h, 2)
        for values in (sw.film(state), sw.snow_load(state), sw.snowfall(state)):
            assert np.isfinite(values).all() and (values >= 0.0).all()
        assert (sw.wet_share(state) <= 1.0 + 1e-12).all()


def test_a_row_does_not_depend_on_the_batch() -> None:
    values: Any = dict(rain=0.4, dew_point=284.0, air_temperature=284.5)
    many, big = engine(17, worlds=True, **values)
    one, small = engine(1, first=9, worlds=True, **values)
    run(many, big, 600.0, 3)
    run(one, small, 600.0, 3)
    np.testing.assert_array_equal(sw.film(small)[0], sw.film(big)[9])


def test_without_the_module_only_rain_wets_and_with_it_no_reading_changes() -> None:
    """Readers of the film are left out: insulators and discharges, and rain on the electric-field plates."""
    state = Environment3DState.neutral(GEOMETRY, 2)
    assert not sw.film(state).any() and not sw.snow_load(state).any() and not sw.wet_share(state).any()
    state.rain[:] = 2.0
    assert (sw.wet_share(state) > 0.99).all() and (sw.falling_water(state) == 2.0).all()
    others = [m for m in PRODUCT.physics if m not in ("surface_wetness", "insulators", "discharges")]
    operation = {**PRODUCT.operation.model_dump(), "spin_up_hours": 2, "lead_in": 120.0}
    short = PRODUCT.replace(operation=operation, physics=others)
    with_it = short.replace(physics=[*others, "surface_wetness"])
    runs = []
    for product in (short, with_it):
        twin = Twin(product, thermal=False)
        # the worlds of the two products agree in every number that both have
        runs.append(twin.run(twin.draw([5]), [ScenarioDefinition(family="baseline_operation")]))
    for key, values in runs[0].readings.items():
        np.testing.assert_array_equal(values, runs[1].readings[key], err_msg=key)
