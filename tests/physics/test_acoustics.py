"""Laws of the module "acoustics": spreading, sources of all modules, weather, thunder in time, any step, neutral."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.physics import acoustics
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.site import Conditions, Site, draw_world
from gg_gym.physics.state import Environment3DState

CONDUCTORS = Line(12470.0, 60.0, 200.0, (-1.12, 0.4, 1.12), (10.0, 10.3, 10.0), (5.05e-3,) * 3, (0.0, -120.0, 120.0))
TANK = Component("transformer", "transformer", (0.0, 0.45, 8.7), 0.25, 0.9, 0.7, 9e4, 1.4, phase=2)
GEOMETRY = Geometry(10.4, 0.13, (TANK,), (), CONDUCTORS, Mount((0.0, -0.7, 7.2), (0.0, 0.0, 9.85)))
SITE = Site("plains", 39.7, -100.0, 700.0, -5.0, 0.03, 1e6, 60.0, "very_light", "climate")
POINT = np.array([[0.0, -0.7, 7.2]])
FAR = np.array([[0.0, -0.7, 7.2], [0.0, -300.0, 7.2]])


def started(
    n: int = 3, dt: float = 10.0, keys: tuple[str, ...] = ("acoustics",), world: dict[str, Any] | None = None,
    hour: float = 3.0, road: float = 1e6,
) -> tuple[ModularPhysicsEngine, Environment3DState]:  # fmt: skip
    one, seeds = np.ones(n), np.arange(n, dtype=np.uint64) + np.uint64(3)
    c = Conditions(seeds, np.zeros(n, np.int64), hour * one, one, seeds, one, seeds)
    site = Site(**{**vars(SITE), "distance_to_road": road})
    engine = ModularPhysicsEngine(keys, PhysicsContext(GEOMETRY, (site,), c, world or {}), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.hour = c.hour.copy()
    engine.start(state)
    return engine, state


def quiet(state: Environment3DState) -> None:
    state.memory["acoustics.background"] = np.zeros((state.n, 8))
    state.memory["acoustics.sound_power"] = np.zeros((state.n, 8))


def test_a_quiet_night_is_about_31_and_a_day_about_41_dba() -> None:
    weight = np.array([-33.0, -11.0, -1.0, 1.0, -3.0, -12.0, -30.0, -50.0])
    for height, want in ((-1.0, 31.0), (1.0, 41.0)):
        engine, state = started(400)
        state.air_temperature[:], state.sun[:, 2] = 270.0, height
        engine.step(state, 10.0, RECORD, 0)
        level = acoustics.sound_level(state, POINT)[:, 0]
        assert level.shape == (400, 8)
        weighted = 10 * np.log10((10 ** (0.1 * (level + weight))).sum(1))
        assert abs(np.median(weighted) - want) < 2.0


def test_insects_sing_on_warm_nights_only() -> None:
    levels = []
    for temperature, height in ((300.0, -1.0), (300.0, 1.0), (275.0, -1.0)):
        _, state = started(1)
        engine, state = started(50)
        state.air_temperature[:], state.sun[:, 2] = temperature, height
        engine.step(state, 10.0, RECORD, 0)
        levels.append(np.median(acoustics.sound_level(state, POINT)[:, 0, 3]))
    assert levels[0] > 40.0 and levels[0] > levels[1] + 4.0 and levels[0] > levels[2] + 15.0


def test_the_road_is_loud_in_the_morning_and_near() -> None:
    seen = {}
    for road in (25.0, 250.0):
        for hour in (3.0, 8.0):
            engine, state = started(200, road=road, hour=hour)
            engine.step(state, 10.0, RECORD, 0)
            seen[road, hour] = np.median(acoustics.sound_level(state, POINT)[:, 0, 2])
    assert seen[25.0, 8.0] > seen[25.0, 3.0] + 8.0 and abs(seen[25.0, 8.0] - 66.0) < 3.0
    assert abs(seen[25.0, 8.0] - seen[250.0, 8.0] - 15.0) < 2.0


def test_ac5_an_arc_spreads_and_its_ultrasound_dies_in_the_air() -> None:
    _, state = started(1)
    quiet(state)
    state.memory["arcs.sound_power"] = np.full((1, 8), 1e-3)
    state.arc_position[:] = (0.0, 0.0, 9.9)
    points = np.array([[10.0, 0.0, 9.9], [20.0, 0.0, 9.9]])
    level = acoustics.sound_level(state, points)[0]
    np.testing.assert_allclose(level[0, 2], 90.0 - 20.0 - 11.0, atol=0.1)
    loss = level[0] - level[1] - 6.0206
    np.testing.assert_allclose(loss[1:], 10.0 * acoustics.absorption(state)[0, 1:], rtol=0.05, atol=0.05)
    assert loss[6] > 10.0 > 1.0 > loss[2]


def test_rain_and_wind_are_heard_where_the_microphone_is() -> None:
    _, state = started(3)
    quiet(state)
    state.rain[:] = (0.0, 1.0, 10.0)
    rain = acoustics.rain_ratio(state)
    assert not rain[0].any()
    np.testing.assert_allclose(10 * np.log10(rain[1:].sum(1)), [40.0, 57.0], atol=0.01)
    state.wind10[:, :, 0] = np.array([0.0, 4.0, 8.0])[:, None]
    state.rain[:] = 0.0
    level = acoustics.sound_level(state, np.array([[0.0, 0.0, 10.0]]))[:, 0]
    np.testing.assert_allclose(level[2, :3] - level[1, :3], 40 * np.log10(2) + 10 * np.log10(2), atol=0.2)
    assert np.all(np.diff(level[2, :4]) < 0) and 60.0 < level[2, 0] < 90.0 and level[2, 4] < 50.0


def test_a_transformer_hums_while_it_is_energised() -> None:
    engine, state = started(2, keys=("line", "acoustics"))
    engine.step(state, 10.0, RECORD, 0)
    power = state.memory["acoustics.sound_power"]
    assert np.all(power[:, 1] > 5e-7) and not power[:, [0, 3, 4, 5, 6, 7]].any()
    state.voltage[0] = 0.0
    engine.modules[-1].step(state, 10.0, engine.streams(state.substeps).draw(phase=RECORD, index=1))
    power = state.memory["acoustics.sound_power"]
    assert power[0].sum() == 0.0 < power[1].sum()


def test_a_vehicle_is_loud_near_its_pipe_and_any_module_can_be_a_source() -> None:
    _, state = started(2)
    quiet(state)
    state.causes["exhaust_fuel"] = np.array([0.0, 1e-3])
    state.causes["exhaust_x"][:], state.causes["exhaust_height"][:] = 5.0, 4.0
    level = acoustics.sound_level(state, FAR)
    assert np.all(level[0, :, 1] < 5.0) and level[1, 0, 1] > 65.0 and level[1, 0, 1] > level[1, 1, 1] + 25.0
    before = acoustics.sound_ratio(state, POINT)
    state.memory["test_source.sound_power"] = np.full((2, 8), 1e-6)
    state.memory["test_source.sound_position"] = np.tile([0.0, 0.0, 8.0], (2, 1))
    assert np.all(acoustics.sound_ratio(state, POINT) > before)


@pytest.mark.parametrize("distance", [500.0, 2000.0, 4000.0])
def test_thunder_comes_when_sound_has_travelled_and_rolls_on(distance: float) -> None:
    engine, state = started(1, 0.5, keys=("lightning", "acoustics"))
    state.causes["strike_current"][:], state.causes["strike_distance"][:] = 31.1e3, distance
    loud = []
    for i in range(60):
        engine.step(state, 0.5, RECORD, i)
        quiet(state)
        loud.append(acoustics.sound_level(state, np.array([[0.0, 0.0, 7.2]]))[0, 0, 0] > 40.0)
    age = 30.0 - 0.5 * (59 - np.arange(60)) - (30.0 - state.memory["lightning.age"][0, 0])
    heard = age[np.array(loud)]
    assert 0.0 <= heard[0] - distance / 343.2 <= 0.5
    assert 4.0 <= heard[-1] - heard[0] <= 30.0


def test_thunder_at_1_km_is_110_to_120_db_and_falls_by_6_db_a_doubling() -> None:
    _, state = started(3, keys=("lightning", "acoustics"))
    quiet(state)
    distance = np.array([1000.0, 2000.0, 24000.0])
    state.memory["lightning.x"][:, 0], state.memory["lightning.current"][:, 0] = distance, 31.1e3
    state.memory["lightning.age"][:, 0] = distance / 343.0 + 0.1
    level = 10 * np.log10(acoustics.thunder_ratio(state, np.zeros((1, 3))).sum(-1)[:, 0])
    assert 110.0 < level[0] < 120.0
    assert 6.0 < level[0] - level[1] < 7.5 and 30.0 < level[2] < 80.0


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0, 7.3])
def test_wander_of_the_surroundings_does_not_depend_on_dt(dt: float) -> None:
    engine, state = started(4000, dt)
    for i in range(4):
        engine.step(state, dt, RECORD, i)
    wander = state.memory["acoustics.wander"]
    np.testing.assert_allclose(wander.std(0), 1.0, rtol=0.04)
    np.testing.assert_allclose(wander.mean(0), 0.0, atol=0.05)


def test_wander_keeps_its_correlation_for_any_step() -> None:
    for steps in ([60.0], [10.0] * 6, [0.5, 59.5]):
        engine, state = started(4000)
        first = state.memory["acoustics.wander"].copy()
        for i, h in enumerate(steps):
            engine.step(state, h, RECORD, i)
        got = (first * state.memory["acoustics.wander"]).mean(0)
        np.testing.assert_allclose(got, np.exp(-60.0 / np.array([300.0, 60.0, 15.0])), atol=0.05)


def test_row_of_a_batch_is_bit_equal_to_a_batch_of_one() -> None:
    product = load_product("grid_guardian")
    product = product.replace(physics=[*product.physics, "lightning", "vibration", "acoustics"])
    twin = Twin(product, thermal=False)
    levels = []
    for rows in (np.arange(32), np.array([9])):
        c = twin.draw(rows)
        world = draw_world(twin.priors, c.world)
        engine = ModularPhysicsEngine(
            product.physics, PhysicsContext(product.geometry, product.site_objects, c, world), 10.0
        )
        state = Environment3DState.neutral(product.geometry, len(rows), 10.0, world)
        state.hour = c.hour.copy()
        engine.start(state)
        state.causes["flash_rate"][:], state.causes["impact_impulse"][:] = 0.05, 100.0
        for i in range(4):
            engine.step(state, 10.0, RECORD, i)
        levels.append(acoustics.sound_level(state, FAR))
    assert levels[0][[9]].tobytes() == levels[1].tobytes()


@settings(max_examples=20, deadline=None)
@given(
    st.floats(0.02, 3600.0), st.floats(230.0, 320.0), st.floats(0.0, 30.0), st.floats(0.0, 45.0), st.floats(0.0, 200.0),
    st.integers(0, 1000),
)  # fmt: skip
def test_levels_are_finite(dt: float, air: float, depression: float, wind: float, rain: float, seed: int) -> None:
    keys = ("lightning", "vibration", "acoustics")
    from gg_gym.physics.engine import PHYSICS

    priors = [p for k in keys for p in PHYSICS[k].priors()]
    world = dict(draw_world(priors, np.arange(6, dtype=np.uint64) + np.uint64(seed)))
    engine, state = started(6, dt, keys, world)
    state.air_temperature[:], state.dew_point[:], state.rain[:] = air, air - depression, rain
    state.wind10[:, :, 0] = wind
    state.causes["flash_rate"][:], state.causes["loose_hardware"][:] = 0.1, 1.0
    state.causes["exhaust_fuel"][:] = 1e-3
    for i in range(3):
        engine.step(state, dt, RECORD, i)
    level = acoustics.sound_level(state, FAR)
    assert np.isfinite(level).all() and level.max() < 180.0


def test_readings_of_the_product_stay_bit_equal_with_the_modules() -> None:
    product = load_product("grid_guardian")
    short = product.replace(operation={**product.operation.model_dump(), "spin_up_hours": 2, "lead_in": 600.0})
    more = short.replace(physics=[*short.physics, "lightning", "vibration", "acoustics"])
    event = ScenarioDefinition(family="vehicle_exhaust", parameters={"severity": 1.0})
    a, b = (Twin(p, thermal=False).run(Twin(p, thermal=False).draw([3, 4]), [event] * 2) for p in (short, more))
    for group in ("readings", "labels", "physics"):
        for key, value in getattr(a, group).items():
            assert np.array_equal(value, getattr(b, group)[key]), key
