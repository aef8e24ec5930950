from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.physics.engine import RECORD, SPIN_UP, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Mount
from gg_gym.physics.heat import Heat
from gg_gym.physics.site import Conditions, draw_world
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.wood import Wood, released_species

PARTS = (
    Component("crossarm", "wood", (0.0, 0.1, 10.0), 0.06, 0.9, 0.7, 4e4, 1.2),
    Component("king_bolt", "bolt", (0.0, 0.0, 9.9), 0.05, 0.9, 0.7, 800.0, 0.03),
    Component("pin_a", "insulator", (-1.1, 0.0, 10.1), 0.05, 0.92, 0.5, 2500.0, 0.08),
)
GEOMETRY = Geometry(
    12.0, 0.15, PARTS, (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)), {"wood": ("king_bolt", "pin_a")}
)
CROSSARM, BOLT, PIN = range(3)
PRIORS = (*Heat.priors(), *Wood.priors())
OWNED = ("mass_rate", "mass_lost", "char_mass", "dry_mass", "emitted", "hot_spot", "temperature", "source_position",
         "source_rate", "source_size", "source_heat")  # fmt: skip


def build(
    n: int = 1, dt: float = 10.0, first: int = 0, median: bool = False, modules: Any = ("heat", "wood")
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    """An engine with heat and wood, and its started state."""
    serial, zero = np.arange(first, first + n, dtype=np.uint64), np.zeros(n)
    conditions = Conditions(serial, np.zeros(n, np.int64), zero, zero + 1.0, serial, zero, serial)
    world = {p.key: np.full(n, p.median) for p in PRIORS} if median else dict(draw_world(PRIORS, serial))
    engine = ModularPhysicsEngine(list(modules), PhysicsContext(GEOMETRY, (), conditions, world), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.wind10[..., 0] = 2.0
    engine.start(state)
    return engine, state


def leak(state: Environment3DState, power: Any, radius: Any = 0.01, place: Any = 0.0) -> None:
    state.causes["leak_power"][:], state.causes["leak_radius"][:], state.causes["leak_place"][:] = power, radius, place


def run(engine: ModularPhysicsEngine, state: Environment3DState, dt: float, steps: int, coarse: bool = False) -> None:
    for index in range(steps):
        engine.step(state, dt, RECORD, index, coarse)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.0, 40.0), min_size=3, max_size=3),
    st.lists(st.floats(0.004, 0.020), min_size=3, max_size=3),
    st.sampled_from([0.02, 0.5, 10.0, 60.0, 600.0, 3600.0]),
    st.integers(0, 1000),
    st.booleans(),
)
def test_pyr_7_mass_law(powers: Any, radii: Any, dt: Any, first: Any, coarse: Any) -> None:
    engine, state = build(3, dt, first)
    leak(state, powers, radii, [0.0, 1.0, 0.0])
    lost = np.zeros(3)
    for index in range(2 if dt > 100.0 else 6):
        engine.step(state, dt, SPIN_UP, index, coarse=coarse)
        assert (state.mass_lost >= lost).all() and (state.mass_rate >= 0.0).all()
        lost = state.mass_lost.copy()
    np.testing.assert_allclose(state.emitted.sum(axis=1), state.mass_lost, rtol=1e-6)
    np.testing.assert_allclose(state.char_mass + state.mass_lost, state.dry_mass, rtol=1e-6)
    assert (state.emitted >= 0.0).all()
    assert np.isfinite(state.temperature).all()
    assert (state.hot_spot > 230.0).all() and (state.hot_spot < 4000.0).all()


def test_rates_add_up_to_the_loss() -> None:
    engine, state = build(2, median=True)
    leak(state, [15.0, 25.0])
    total, species = np.zeros(2), np.zeros((2, len(SPECIES)))
    for index in range(120):
        engine.step(state, 10.0, RECORD, index)
        total += 10.0 * state.mass_rate
        species += 10.0 * state.source_rate[:, 0]
    np.testing.assert_allclose(total, state.mass_lost, rtol=1e-9)
    np.testing.assert_allclose(species, state.emitted, rtol=1e-9, atol=1e-25)


def test_without_a_cause_nothing_happens() -> None:
    engine, state = build(4)
    before = {name: getattr(state, name).copy() for name in OWNED}
    other_engine, other = build(4, modules=("heat",))
    run(engine, state, 10.0, 20)
    run(other_engine, other, 10.0, 20)
    np.testing.assert_array_equal(state.temperature, other.temperature)
    np.testing.assert_array_equal(state.hot_spot, state.temperature[:, [BOLT, PIN]].max(axis=1))
    for name in ("mass_rate", "mass_lost", "emitted", "source_rate", "source_heat"):
        assert not getattr(state, name).any()
    for name in ("dry_mass", "char_mass", "source_position", "source_size"):
        np.testing.assert_array_equal(getattr(state, name), before[name])


def test_event_equals_its_null_twin_before_onset() -> None:
    courses = []
    for power in (0.0, 20.0):
        engine, state = build(2)
        course = []
        for index in range(20):
            if index == 12:
                leak(state, power, 0.006, 1.0)
            engine.step(state, 10.0, RECORD, index)
            course.append({name: getattr(state, name).copy() for name in OWNED})
        courses.append(course)
    for null, event in zip(courses[0][:12], courses[1][:12], strict=True):
        for name in OWNED:
            np.testing.assert_array_equal(null[name], event[name])
    assert (courses[1][-1]["mass_lost"] > 0.0).all() and not courses[0][-1]["mass_lost"].any()
    assert (courses[1][-1]["temperature"][:, PIN] > courses[0][-1]["temperature"][:, PIN]).all()
    np.testing.assert_array_equal(courses[1][-1]["temperature"][:, BOLT], courses[0][-1]["temperature"][:, BOLT])


def test_shells_start_at_the_temperature_of_the_wood() -> None:
    engine, state = build(1, 0.02)
    run(engine, state, 10.0, 5)
    own = state.memory["heat.node"][0, BOLT]
    leak(state, 10.0)
    engine.step(state, 0.02, RECORD, 9)
    np.testing.assert_allclose(state.memory["wood.nodes"][0], own, atol=0.05)
    assert 0.0 < state.mass_lost[0] < 1e-9


def test_a_fire_that_is_switched_off_cools_by_itself() -> None:
    engine, state = build(1, median=True)
    leak(state, 25.0)
    run(engine, state, 60.0, 30)
    hot, lost = state.hot_spot[0], state.mass_lost[0]
    leak(state, 0.0)
    engine.step(state, 10.0, RECORD, 0)
    assert state.hot_spot[0] > hot - 60.0 and state.mass_lost[0] > lost
    run(engine, state, 3600.0, 20, coarse=True)
    assert state.hot_spot[0] - state.memory["heat.node"][0, BOLT] < 5.0


def test_steady_rise_is_that_of_a_sphere() -> None:
    engine, state = build(1, median=True)
    leak(state, 3.0, 0.02)
    run(engine, state, 3600.0, 60, coarse=True)
    rise = state.memory["wood.nodes"][0, 0] - state.memory["heat.node"][0, BOLT]
    assert rise == pytest.approx(3.0 / (4.0 * np.pi * 0.13 * 0.02), rel=0.03)


def test_seven_and_a_half_watts_at_two_centimetres() -> None:
    engine, state = build(1, median=True)
    leak(state, 7.5, 0.02)
    run(engine, state, 3600.0, 24, coarse=True)
    rise = state.memory["wood.nodes"][0, 0] - state.memory["heat.node"][0, BOLT]
    assert 185.0 < rise < 235.0


def test_ten_to_twenty_watts_char_wood_within_minutes() -> None:
    engine, state = build(2, median=True)
    leak(state, [10.0, 20.0])
    run(engine, state, 10.0, 180)
    assert (state.hot_spot > 573.15).all() and (state.hot_spot < 900.0).all()
    assert (state.mass_lost > 0.2e-3).all()


@pytest.mark.parametrize("dt", [1.0, 60.0])
def test_course_does_not_depend_on_dt(dt: Any) -> None:
    ends = []
    for step in (10.0, dt):
        engine, state = build(3, step, median=True)
        leak(state, [8.0, 15.0, 25.0], [0.01, 0.01, 0.015])
        run(engine, state, step, round(1800.0 / step))
        ends.append(state)
    np.testing.assert_allclose(ends[1].hot_spot, ends[0].hot_spot, atol=4.0)
    np.testing.assert_allclose(ends[1].mass_lost, ends[0].mass_lost, rtol=0.10)
    np.testing.assert_allclose(ends[1].emitted[:, INDEX["CO"]], ends[0].emitted[:, INDEX["CO"]], rtol=0.10)


def test_species_follow_the_storyline() -> None:
    world = {p.key: np.full(5, p.median) for p in PRIORS}
    species = released_species(np.eye(5), world)
    np.testing.assert_allclose(species.sum(axis=1), 1.0, rtol=1e-12)
    assert (species >= 0.0).all()
    particles = species[:, [INDEX[name] for name in ("PM1", "PM2.5", "PM10")]]
    assert particles.sum(axis=1).argmax() == 2 and (particles[:, 0] > particles[:, 1:].sum(axis=1))[1:].all()
    assert species[:, INDEX["HOAc"]].argmax() == 1
    assert species[:, INDEX["FURAN"]].argmax() == 1
    assert species[:, INDEX["PHENOL"]].argmax() == 3
    assert species[:, INDEX["H2"]].argmax() == 4 and species[:, INDEX["BTEX"]].argmax() == 4


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_every_world_releases_what_it_lost(first: Any) -> None:
    serial = np.arange(first, first + 5, dtype=np.uint64)
    species = released_species(np.eye(5), dict(draw_world(PRIORS, serial)))
    np.testing.assert_allclose(species.sum(axis=1), 1.0, rtol=1e-12)
    assert (species >= 0.0).all()


def test_worlds_disagree_at_low_temperature_and_agree_above() -> None:
    spreads = []
    for power in (4.0, 25.0):
        engine, state = build(2, median=True)
        state.world["wood_low_temperature_rate"][:] = (0.05, 1.0)
        leak(state, power)
        run(engine, state, 60.0, 60)
        spreads.append(state.mass_lost[1] / state.mass_lost[0])
    assert spreads[0] > 8.0 and spreads[1] < 1.5


def test_rows_do_not_depend_on_the_batch() -> None:
    def course(n: int, first: int) -> Environment3DState:
        engine, state = build(n, 10.0, first)
        row = np.arange(first, first + n)
        for index in range(40):
            leak(state, np.where(index > row % 5, row % 41, 0.0), 0.004 + 0.016 * row / 130.0, row % 2)
            engine.step(state, 10.0, RECORD, index)
        return state

    batch = course(130, 0)
    for row in (0, 1, 38, 77, 129):
        single = course(1, row)
        for name in OWNED:
            np.testing.assert_array_equal(getattr(single, name)[0], getattr(batch, name)[row])


def test_taken_rows_go_on_alike() -> None:
    engine, state = build(4)
    leak(state, [0.0, 10.0, 20.0, 30.0])
    run(engine, state, 10.0, 10)
    rows = [3, 1, 3, 0]
    taken = state.take(rows)
    for name in ("wood_low_temperature_rate", "wood_density"):
        np.testing.assert_array_equal(taken.world[name], state.world[name][rows])
    run(engine, state, 10.0, 5)
    run(engine, taken, 10.0, 5)
    np.testing.assert_array_equal(taken.mass_lost, state.mass_lost[rows])
    np.testing.assert_array_equal(taken.temperature, state.temperature[rows])


def test_without_the_heat_module_the_wood_is_at_air_temperature() -> None:
    engine, state = build(1, modules=("wood",))
    run(engine, state, 10.0, 3)
    np.testing.assert_array_equal(
        state.hot_spot,
        state.air_temperature_at(GEOMETRY.positions())[:, BOLT].clip(
            min=state.air_temperature_at(GEOMETRY.positions())[:, PIN]
        ),
    )
    leak(state, 10.0)
    run(engine, state, 10.0, 60)
    assert state.temperature[0, BOLT] == state.memory["wood.nodes"][0, 0] > 350.0


def test_a_geometry_without_wood_is_left_alone() -> None:
    bare = Geometry(12.0, 0.15, PARTS, (), None, GEOMETRY.mount, {})
    zero = np.zeros(1)
    conditions = Conditions(
        zero.astype(np.uint64), zero.astype(np.int64), zero, zero, zero.astype(np.uint64), zero, zero.astype(np.uint64)
    )
    engine = ModularPhysicsEngine(["wood"], PhysicsContext(bare, (), conditions, {}), 10.0)
    state = Environment3DState.neutral(bare, 1)
    engine.start(state)
    leak(state, 20.0)
    run(engine, state, 10.0, 3)
    assert not state.mass_lost.any()
