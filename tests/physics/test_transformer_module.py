from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.heat import Heat
from gg_gym.physics.site import Conditions, draw_world
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.transformer import Transformer, hot_spot, over_temperature

LINE = Line(12470.0, 60.0, 200.0, (-1.0, 0.4, 1.0), (10.0, 10.3, 10.0), (0.00505,) * 3, (0.0, -120.0, 120.0))
PARTS = (
    Component("cutout", "cutout", (0.5, 0.2, 9.0), 0.05, 0.92, 0.6, 3000.0, 0.1),
    Component("tank", "transformer", (0.4, 0.3, 2.0), 0.25, 0.92, 0.5, 90e3, 1.4, phase=1, internal_heat=300.0),
)
GEOMETRY = Geometry(12.0, 0.15, PARTS, (), LINE, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)), {})


def build(
    n: int = 1, dt: float = 60.0, *, median: bool = True, keys: Any = ("transformer",), **values: Any
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    """An engine and its started state; ``values`` overwrite attributes before the start."""
    serial = np.arange(n, dtype=np.uint64)
    zero = np.zeros(n)
    conditions = Conditions(serial, np.zeros(n, np.int64), zero, zero + 1.0, serial, zero, serial)
    world = {} if median else dict(draw_world([*Transformer.priors(), *Heat.priors()], serial))
    engine = ModularPhysicsEngine(list(keys), PhysicsContext(GEOMETRY, (), conditions, world), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.wind10[..., 0] = 2.0
    for name, value in values.items():
        getattr(state, name)[...] = value
    engine.start(state)
    return engine, state


def run(engine: ModularPhysicsEngine, state: Environment3DState, dt: float, steps: int) -> None:
    for index in range(steps):
        engine.step(state, dt, RECORD, index)


def test_th_7_in_the_module() -> None:
    """Case TH-7 with its own numbers in the world: rated rise 80 K, H g 25.3 K, loss ratio 5, oil time 180 min."""
    engine, state = build()
    state.world = {
        "transformer_oil_rise": np.array([80.0]), "transformer_gradient": np.array([1.1 * 23.0 / 1.2]),
        "transformer_loss_ratio": np.array([5.0]), "transformer_oil_time": np.array([10800.0]),
    }  # fmt: skip
    state.memory["transformer.top_oil"][:], state.memory["transformer.rise"][:] = 293.15, 0.0
    oils, spots = [], []
    for step in range(9):
        state.current[:, :, 0] = 200.0 * 1000.0 / 1500.0 if step < 7 else 0.0
        engine.step(state, 10800.0, RECORD, step)
        oils.append(state.memory["transformer.top_oil"][0, 0] - 273.15)
        spots.append(hot_spot(state)[0, 0] - 273.15)
    np.testing.assert_allclose(oils[:3], [50.7534, 62.0670, 66.2290], atol=1e-3)
    np.testing.assert_allclose(spots[:3], [63.9778, 75.2913, 79.4533], atol=1e-3)
    np.testing.assert_allclose([oils[7:], spots[7:]], [[49.9420, 43.0757]] * 2, atol=1e-3)


def test_rated_load_and_idle_rises() -> None:
    _, idle = build()
    oil = idle.memory["transformer.top_oil"][0, 0] - 293.15
    assert oil == pytest.approx(50.0 * 0.2**0.8, rel=1e-6) and hot_spot(idle)[0, 0] == pytest.approx(293.15 + oil)
    engine, state = build()
    state.current[:, 1, 0] = 200.0
    run(engine, state, 3600.0, 60)
    assert state.memory["transformer.top_oil"][0, 0] - 293.15 == pytest.approx(50.0, abs=0.01)
    assert hot_spot(state)[0, 0] - 293.15 == pytest.approx(50.0 + 1.2 * 22.0, abs=0.01)


@pytest.mark.parametrize("dt", [1.0, 600.0, 3600.0])
def test_over_temperature_is_the_difference_from_the_same_part_under_its_ordinary_load(dt: float) -> None:
    built = [build(3, dt, median=False) for _ in range(2)]
    for index in range(6):
        for (engine, state), load in zip(built, (1.0, 1.6 if index < 4 else 1.0), strict=True):
            state.current[:, 1, 0] = 150.0 + 20.0 * index
            state.causes["transformer_load"][:] = load
            engine.step(state, dt, RECORD, index)
        sound, hot = (hot_spot(state)[:, 0] for _, state in built)
        np.testing.assert_allclose(over_temperature(built[1][1]), hot - sound, atol=1e-9)
        assert np.all(over_temperature(built[0][1]) == 0.0) and np.all(hot > sound)
    assert np.all(over_temperature(Environment3DState.neutral(GEOMETRY, 2)) == 0.0)


def test_only_its_own_phase_and_the_cause_load_it() -> None:
    engine, state = build()
    first = state.memory["transformer.top_oil"].copy()
    state.current[:, 0, 0] = 200.0
    run(engine, state, 3600.0, 5)
    np.testing.assert_array_equal(state.memory["transformer.top_oil"], first)
    state.current[:, 1, 0], state.causes["transformer_load"][:] = 100.0, 1.5
    run(engine, state, 3600.0, 60)
    share = (1.0 + 4.0 * 0.75**2) / 5.0
    assert state.memory["transformer.top_oil"][0, 0] - 293.15 == pytest.approx(50.0 * share**0.8, abs=0.01)


def test_overload_uses_life_faster() -> None:
    used = []
    for amperes in (100.0, 200.0, 300.0):
        engine, state = build(air_temperature=303.15)
        state.current[:, 1, 0] = amperes
        run(engine, state, 3600.0, 48)
        used.append(state.memory["transformer.life"][0, 0])
    assert used[0] < 0.5 and 0.5 < used[1] < 48.0 and used[2] > 20.0 * used[1]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([0.02, 1.0, 60.0, 3600.0]), st.floats(0.0, 600.0), st.integers(1, 6))
def test_steps_of_any_length_are_exact_under_steady_load(dt: Any, amperes: Any, count: Any) -> None:
    (engine, once), (_, many) = (build(2, median=False) for _ in range(2))
    for state in (once, many):
        state.current[:, 1, 0] = amperes
    run(engine, once, dt, 1)
    run(engine, many, dt / count, count)
    for key in ("transformer.top_oil", "transformer.rise"):
        np.testing.assert_allclose(many.memory[key], once.memory[key], rtol=1e-12, atol=1e-12)


def test_the_tank_follows_the_oil() -> None:
    rises = []
    for keys in (("heat",), ("heat", "transformer")):
        engine, state = build(keys=keys)
        state.current[:, 1, 0] = 200.0
        run(engine, state, 3600.0, 60)
        rises.append(state.temperature[0, 1] - state.air_temperature_at(GEOMETRY.positions())[0, 1])
    oil = state.memory["transformer.wall_oil"][0, 0] - 293.15
    assert 0.5 * oil < rises[1] < oil
    assert rises[1] > rises[0]
    memory = state.memory
    throughput = np.abs(memory["heat.in"]) + np.abs(memory["heat.out"])
    assert (np.abs(memory["heat.in"] - memory["heat.out"] - memory["heat.stored"]) <= 1e-6 * throughput).all()


def test_heat_without_transformers_is_unmoved_by_the_module() -> None:
    bare = Geometry(12.0, 0.15, PARTS[:1], (), LINE, GEOMETRY.mount, {})
    outcomes = []
    for keys in (["heat"], ["heat", "transformer"]):
        serial, zero = np.arange(1, dtype=np.uint64), np.zeros(1)
        conditions = Conditions(serial, np.zeros(1, np.int64), zero, zero + 1.0, serial, zero, serial)
        engine = ModularPhysicsEngine(keys, PhysicsContext(bare, (), conditions, {}), 60.0)
        state = Environment3DState.neutral(bare, 1, 60.0)
        engine.start(state)
        run(engine, state, 60.0, 3)
        outcomes.append(state.temperature)
    np.testing.assert_array_equal(outcomes[0], outcomes[1])
