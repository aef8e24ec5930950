"""Below an hour: fronts, fog, causes, eddies; and the sub-hour structure does not depend on dt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gg_gym.parameters.atmosphere import FrontAndFog, SubHour
from gg_gym.physics import weather_sources as ws
from gg_gym.physics.engine import ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, Site, draw_world
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import FAST, Weather, fog_liquid, front_edges

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))
GREENSBORO = Site("greensboro", 36.1, -79.95, 273.0, -5.0, 0.1, 300e3, 2000.0, "light", "tmy3:723170TYA.CSV")
SUB, FRONT = SubHour(), FrontAndFog()


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GG_GYM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def engine(
    hours: Any, *, dt: Any = 10.0, worlds: bool = False, modules: Any = ("weather",), site: Any = GREENSBORO
) -> Any:
    n = len(hours)
    seeds, zero = np.arange(n).astype(np.uint64), np.zeros(n)
    conditions = Conditions(seeds, np.zeros(n, np.int64), np.asarray(hours, float), zero + 1, seeds, zero, seeds)
    world = draw_world(Weather.priors(), seeds) if worlds else {}
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.hour = conditions.hour.copy()
    built = ModularPhysicsEngine(modules, PhysicsContext(GEOMETRY, (site,), conditions, world), dt)
    built.start(state)
    return built, state


def silence(built: Any, state: Any) -> None:
    """The table alone: no perturbations."""
    state.memory["weather.fast"][:] = 0.0
    built.modules[0]._update(state)


def test_a_recorded_front_passes_in_minutes_and_meets_the_record_at_the_hours() -> None:
    table = ws.load_weather(GREENSBORO)
    edges = front_edges(GREENSBORO, table["temperature"], table["wind_from"], table["wind_speed"])
    fronts = np.flatnonzero(edges[:, 1] > 1.0)
    assert 10 < fronts.size < 200  # a front every few days, thunderstorms besides
    hour = int(fronts[0])
    built, state = engine(hour + np.linspace(0.0, 1.0, 61))
    silence(built, state)
    t = state.air_temperature
    assert t[0] == pytest.approx(table["temperature"][hour]) and t[-1] == pytest.approx(table["temperature"][hour + 1])
    share = (t - t[0]) / (t[-1] - t[0])
    assert np.count_nonzero((share > 0.01) & (share < 0.99)) <= 7  # six minutes of sixty
    assert (edges[np.setdiff1d(np.arange(8760), fronts)] == [0.0, 1.0]).all()


def test_the_front_cause_cools_dries_veers_and_is_exact() -> None:
    quiet, a = engine(np.full(3, 4000.0))
    one, b = engine(np.full(3, 4000.0))
    b.causes["front"][:] = 1.0
    quiet.step(a, 1200.0, 3, 0, coarse=True)
    one.step(b, 1200.0, 3, 0, coarse=True)
    share = 1.0 - np.exp(-1200.0 / FRONT.passage)
    assert b.air_temperature - a.air_temperature == pytest.approx(-8.0 * share, abs=1.0)  # eddies follow the wind
    assert b.wind_from - a.wind_from == pytest.approx(1.2 * share)
    assert (b.pressure > a.pressure + 150.0).all() and (b.wind_speed > a.wind_speed).all()
    many, c = engine(np.full(3, 4000.0))
    c.causes["front"][:] = 1.0
    for i in range(20):
        many.step(c, 60.0, 3, i, coarse=True)
    np.testing.assert_allclose(b.memory["weather.front"], c.memory["weather.front"], rtol=1e-9)


def test_fog_and_rain_causes() -> None:
    built, state = engine(np.full(4, 4000.0))
    state.causes["fog"][:2], state.causes["rain_rate"][:] = 1.0, 2.5
    built.step(state, 3600.0, 3, 0, coarse=True)
    np.testing.assert_allclose(state.dew_point[:2], state.air_temperature[:2], rtol=0, atol=1e-3)
    assert (fog_liquid(state)[:2] > 0.0).all() and (state.rain >= 2.5).all()


def test_fog_is_for_calm_saturated_air_and_mostly_at_night() -> None:
    _, state = engine(np.arange(0.0, 8760.0, 0.5))
    liquid = fog_liquid(state)
    foggy = liquid > 0.02
    assert 0.005 < foggy.mean() < 0.2
    assert (state.air_temperature - state.dew_point)[foggy].max() < FRONT.depression
    assert state.ghi[foggy].mean() < 0.5 * state.ghi.mean()
    assert not fog_liquid(Environment3DState.neutral(GEOMETRY, 2)).any()


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0])
def test_deviations_are_the_same_for_any_step(dt: Any) -> None:
    built, state = engine(np.full(3000, 5000.0), dt=dt)
    start = {k: getattr(state, k).std() for k in ("air_temperature", "pressure", "wind_speed", "wind_from")}
    hour = state.hour.copy()
    for index in range(3):
        built.step(state, dt, 3, index, coarse=True)
    state.hour[:] = hour
    built.modules[0]._update(state)
    for key, value in start.items():
        assert getattr(state, key).std() == pytest.approx(value, rel=0.12), key


def test_random_steps_add_up() -> None:
    rng = np.random.default_rng(4)
    built, state = engine(np.full(3000, 5000.0))
    before, total = state.memory["weather.fast"].copy(), 0.0
    for index, h in enumerate(rng.exponential(40.0, 6)):
        built.step(state, float(h), 3, index, coarse=True)
        total += float(h)
    after = state.memory["weather.fast"]
    expected = np.exp(-total / np.array(list(FAST.values())))
    found = [np.mean(before[:, i] * after[:, i]) for i in range(len(FAST))]
    assert found == pytest.approx(expected, abs=0.08)


def test_motions_are_larger_in_light_wind_and_eddies_under_the_sun() -> None:
    table = ws.load_weather(GREENSBORO)
    speed = table["wind_speed"]
    calm, windy = int(np.argmin(np.abs(speed - 1.5))), int(np.argmax(speed))
    spread = [engine(np.full(2000, float(h)))[1].wind_from.std() for h in (calm, windy)]
    assert spread[0] > 1.2 * spread[1]
    noon, night = 24 * 180 + 13, 24 * 180 + 2
    warm = [engine(np.full(2000, float(h)))[1].air_temperature.std() for h in (noon, night)]
    assert warm[0] > warm[1]


def test_the_end_of_the_year_is_no_edge() -> None:
    """An hour that is a rounding below or at 8760 finds a row."""
    hours = np.array([0.0, 0.5 - 1e-16, 8760.0, 8760.0 - 1e-12, 8759.9999, 0.49999999999999994])
    _, state = engine(hours)
    assert np.isfinite(state.air_temperature).all() and np.isfinite(state.ghi).all()


def test_no_parameter_in_range_gives_a_value_that_is_not_finite() -> None:
    built, state = engine(np.linspace(0.0, 8759.0, 4000), worlds=True, modules=("weather", "airflow"))
    for index, h in enumerate((0.02, 60.0, 3600.0)):
        built.step(state, h, 3, index, coarse=True)
        for name in ("air_temperature", "dew_point", "pressure", "wind_speed", "wind_from", "sigma_w", "wind10", "ghi"):
            assert np.isfinite(getattr(state, name)).all(), name
        assert (state.dew_point <= state.air_temperature).all() and (state.wind_speed >= 0.0).all()


def test_neutral_causes_change_nothing() -> None:
    """Writing the neutral values of front, fog and rain is bit-equal to not having them."""
    one, a = engine(np.linspace(0.0, 8000.0, 50))
    for key in ("front", "fog", "rain_rate"):
        assert not a.causes[key].any()
    module = one.modules[0]
    x, at = a.memory["weather.fast"], module._hourly(a.hour)
    dew = a.dew_point.copy()
    module._moist(a, at, x, np.zeros(50))
    np.testing.assert_array_equal(dew, a.dew_point)
