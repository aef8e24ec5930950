"""Smoke, stoves, dust, pollen and farming as causes on top of the clean air; soiling of the unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.parameters.combustion import REGIONAL, STOVE
from gg_gym.physics.background import Background, Soiling, course, profile, soiling
from gg_gym.physics.engine import RECORD, SPIN_UP, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, Site, draw_world
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState

GEOMETRY = Geometry(10.4, 0.13, (), (), None, Mount((0.3, -0.7, 7.2), (0.0, 0.0, 9.7)))
SITE = Site("field", 40.0, 0.0, 100.0, 0.0, 0.03, 500e3, 2000.0, "light", "climate")
CAUSES = ("regional_smoke", "stove_smoke", "dust", "pollen", "agriculture")


def build(n: Any = 1, dt: Any = 10.0, modules: Any = ("background",), hour: Any = 20.0, **values: Any) -> Any:
    seeds, zero = np.arange(n).astype(np.uint64), np.zeros(n)
    conditions = Conditions(seeds, np.zeros(n, np.int64), zero, zero + 1, seeds, zero, seeds)
    state = Environment3DState.uniform(GEOMETRY, n, dt, **values)
    state.hour[:] = hour
    built = ModularPhysicsEngine(modules, PhysicsContext(GEOMETRY, (SITE,), conditions, {}), dt)
    built.start(state)
    return built, state


def test_ratios_of_smoke() -> None:
    """GFED temperate, aged: CO over PM2.5 of 88/12.9 by mass is 6 ppb per ug/m3."""
    assert profile(REGIONAL)[INDEX["CO"]] == pytest.approx(88.0 / 12.9 / 1.145, rel=2e-3)
    stove = profile(STOVE)
    assert stove[INDEX["PM1"]] + stove[INDEX["PM2.5"]] == pytest.approx(1.0)
    assert stove[INDEX["FURAN"]] > 0.0 == profile(REGIONAL)[INDEX["FURAN"]]


@pytest.mark.parametrize("modules", [("weather",), ("weather", "airflow")])
def test_without_a_cause_the_air_is_bit_equal(modules: Any) -> None:
    courses = []
    for keys in (modules, (*modules, "background")):
        built, state = build(5, modules=keys)
        for index in range(6):
            built.step(state, 600.0, RECORD, index)
        courses.append(state.background)
    np.testing.assert_array_equal(*courses)


@pytest.mark.parametrize("weather", [True, False])
def test_each_cause_adds_what_it_should_and_nothing_piles_up(weather: bool) -> None:
    signs = {"regional_smoke": "CO", "stove_smoke": "FURAN", "dust": "PM10", "pollen": "PM10", "agriculture": "NH3"}
    modules = ("weather", "background") if weather else ("background",)
    for key, species in signs.items():
        values = {} if weather else {"wind_speed": 5.0, "air_temperature": 283.15, "dew_point": 270.0}
        built, state = build(40, modules=modules, hour=12.5 if key == "pollen" else 20.5, **values)
        for index in range(3):
            built.step(state, 10.0, RECORD, index)
        before = state.background[:, INDEX[species]].mean()
        state.causes[key][:] = 30.0
        levels = []
        for index in range(3, 23):
            built.step(state, 10.0, RECORD, index)
            levels.append(state.background[:, INDEX[species]].mean())
        state.causes[key][:] = 0.0
        built.step(state, 10.0, RECORD, 23)
        after = state.background[:, INDEX[species]].mean()
        if not (weather and key in ("dust", "pollen", "stove_smoke")):  # the climate may be wet, or warm
            assert levels[0] > before
        assert levels[-1] < 2.0 * levels[0] + 1.0 and after == pytest.approx(before, rel=0.05, abs=0.05)


def test_course_of_the_day_and_weather() -> None:
    _, state = build(4, wind_speed=2.0, air_temperature=275.15, dew_point=265.0)
    state.hour[:] = (20.5, 13.0, 20.5, 20.5)
    state.air_temperature[2], state.rain[3] = 298.15, 2.0
    evening, noon, warm, wet = course(state)
    assert evening[1] > 2.0 * noon[1] and warm[1] == 0.0
    assert noon[3] > 5.0 * evening[3] and wet[2] == wet[3] == 0.0
    assert warm[4] > evening[4]


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0])
def test_level_does_not_depend_on_dt(dt: Any) -> None:
    built, state = build(4000, dt, wind_speed=3.0)
    state.causes["regional_smoke"][:] = 20.0
    clean = state.memory["background.clean"][:, INDEX["PM1"]].copy()
    found = []
    for index in range(1, 3):  # index 0 of the spin-up is the start's own draw
        built.step(state, dt, SPIN_UP, index, coarse=True)
        found.append(state.background[:, INDEX["PM1"]] - clean)
    level = found[-1]
    assert level.mean() == pytest.approx(20.0 * 11.5 / 12.9, rel=0.04)
    assert np.log(level).std() == pytest.approx(0.5, rel=0.06)
    correlation = np.corrcoef(np.log(found[0]), np.log(found[1]))[0, 1]
    assert correlation == pytest.approx(np.exp(-dt / 3600.0), abs=0.05)


def test_creosote_smells_when_it_is_hot() -> None:
    built, state = build(3, wind_speed=1.0)
    state.causes["pole_treatment"][:] = (0.0, 2.0, 2.0)
    state.air_temperature[:] = (313.15, 293.15, 313.15)
    before = state.background[0, INDEX["BTEX"]]
    built.step(state, 10.0, RECORD, 0)
    none, cool, hot = state.background[:, INDEX["BTEX"]] - before
    assert none == 0.0 and hot == pytest.approx(4.0 * cool, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.0, 500.0), min_size=5, max_size=5), st.floats(230.0, 320.0), st.floats(0.0, 30.0),
    st.floats(0.0, 50.0), st.floats(0.0, 8760.0), st.integers(0, 1000),
)  # fmt: skip
def test_finite_for_any_weather_and_world(causes: Any, air: Any, wind: Any, rain: Any, hour: Any, world: Any) -> None:
    built, state = build(1, 60.0, ("background", "soiling"), hour, air_temperature=air, wind_speed=wind, rain=rain)
    state.dew_point[:] = air - 5.0
    priors = (*Background.priors(), *Soiling.priors())
    state.world.update(draw_world(priors, np.array([world], np.uint64)))
    for key, value in zip(CAUSES, causes, strict=True):
        state.causes[key][:] = value
    built.step(state, 3600.0, SPIN_UP, 0, coarse=True)
    assert np.isfinite(state.background).all() and (state.background >= 0.0).all()
    assert np.isfinite(soiling(state)).all() and (soiling(state) >= 0.0).all()


def test_particles_pile_up_and_rain_takes_them() -> None:
    """10 ug/m3 of PM1 at 1 mm/s for a day are 0.86 mg/m2; 10 mm of rain leave a twentieth."""
    built, state = build(2, modules=("soiling",), concentration={"PM1": 10.0})
    for index in range(24):
        built.step(state, 3600.0, SPIN_UP, index, coarse=True)
    assert soiling(state)[0] == pytest.approx([8.64e-7, 0.0, 0.0])
    other = state.take([0, 1])
    state.background[:], state.rain[1] = 0.0, 10.0
    built.step(state, 3600.0, SPIN_UP, 24, coarse=True)
    assert soiling(state)[:, 0] == pytest.approx([8.64e-7, 8.64e-7 * np.exp(-3.0)])
    other.background[:], other.rain[1] = 0.0, 10.0
    for index in range(360):
        built.step(other, 10.0, RECORD, index)
    np.testing.assert_allclose(soiling(other), soiling(state), rtol=1e-9)


def test_rows_do_not_depend_on_the_batch() -> None:
    found = []
    for n in (9, 2):
        built, state = build(n, modules=("weather", "background"))
        state.causes["stove_smoke"][:] = 40.0
        for index in range(4):
            built.step(state, 60.0, RECORD, index)
        found.append(state.background)
    np.testing.assert_array_equal(found[0][:2], found[1])
