from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import heat as law
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.heat import Heat
from gg_gym.physics.site import Conditions, draw_world
from gg_gym.physics.state import Environment3DState

LINE = Line(12470.0, 60.0, 200.0, (-1.12, 0.4, 1.12), (10.0, 10.3, 10.0), (0.00505,) * 3, (0.0, -120.0, 120.0))
PARTS = (
    Component("king_bolt", "bolt", (0.0, 0.0, 9.9), 0.05, 0.9, 0.7, 800.0, 0.03),
    Component("joint_a", "joint", (-1.1, 0.3, 10.1), 0.015, 0.5, 0.6, 400.0, 0.02, phase=0),
    Component("joint_b", "joint", (0.4, 0.3, 10.3), 0.015, 0.5, 0.6, 400.0, 0.02, phase=1),
    Component("cutout", "cutout", (0.5, 0.2, 9.0), 0.05, 0.92, 0.6, 3000.0, 0.1),
    Component("transformer", "transformer", (0.4, 0.3, 8.0), 0.25, 0.92, 0.5, 2e5, 2.5, internal_heat=600.0),
)
PLACES = {"wood": ("king_bolt",), "arc": ("cutout",), "joint": ("joint_a", "joint_b")}
GEOMETRY = Geometry(12.0, 0.15, PARTS, (), LINE, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)), PLACES)
BOLT, JOINT_A, JOINT_B, CUTOUT, TRANSFORMER = range(5)


def build(
    n: int = 1, dt: float = 10.0, first: int = 0, **values: Any
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    """An engine with the heat module alone and its started state; ``values`` overwrite attributes before the start."""
    serial = np.arange(first, first + n, dtype=np.uint64)
    zero = np.zeros(n)
    conditions = Conditions(serial, np.zeros(n, np.int64), zero, zero + 1.0, serial, zero, serial)
    world = dict(draw_world(Heat.priors(), serial))
    engine = ModularPhysicsEngine(["heat"], PhysicsContext(GEOMETRY, (), conditions, world), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.wind10[..., 0] = 2.0
    for name, value in values.items():
        getattr(state, name)[...] = value
    engine.start(state)
    return engine, state


def run(engine: ModularPhysicsEngine, state: Environment3DState, dt: float, steps: int) -> None:
    for index in range(steps):
        engine.step(state, dt, RECORD, index)


def test_start_is_stationary() -> None:
    engine, state = build(3, ghi=600.0, dni=700.0, dhi=100.0, sun=(0.0, 0.6, 0.8))
    before = state.temperature.copy()
    run(engine, state, 600.0, 20)
    np.testing.assert_allclose(state.temperature, before, atol=1e-3)


def test_sun_warms_and_clear_sky_cools() -> None:
    _, night = build()
    _, day = build(ghi=600.0, dni=700.0, dhi=100.0, sun=(0.0, 0.6, 0.8))
    assert (day.temperature > night.temperature + 1.0).all()
    assert night.temperature[0, BOLT] < night.air_temperature_at(GEOMETRY.positions())[0, BOLT]


def test_wind_cools_a_sunlit_part() -> None:
    _, calm = build(ghi=600.0, dni=700.0, dhi=100.0, sun=(0.0, 0.6, 0.8), wind10=0.0)
    _, windy = build(ghi=600.0, dni=700.0, dhi=100.0, sun=(0.0, 0.6, 0.8), wind10=(6.0, 0.0, 0.0))
    assert (windy.temperature < calm.temperature).all()


def test_load_warms_transformer_and_joints_with_its_square() -> None:
    _, idle = build()
    rises = []
    for amperes in (100.0, 200.0):
        engine, state = build()
        state.current[:, :, 0] = amperes
        run(engine, state, 3600.0, 40)
        rises.append(state.temperature - idle.temperature)
    ratio = rises[1] / np.where(rises[0] > 0.0, rises[0], np.inf)
    assert ((ratio[0, [JOINT_A, TRANSFORMER]] > 2.5) & (ratio[0, [JOINT_A, TRANSFORMER]] < 4.2)).all()
    np.testing.assert_array_equal(rises[1][:, [BOLT, CUTOUT]], rises[0][:, [BOLT, CUTOUT]])


def test_bad_joint_heats_only_its_own_joint() -> None:
    temperatures = []
    for factor in (1.0, 20.0):
        engine, state = build()
        state.current[:, :, 0] = 200.0
        state.causes["joint_factor"][:], state.causes["joint_place"][:] = factor, 1.0
        run(engine, state, 60.0, 120)
        temperatures.append(state.temperature)
    difference = (temperatures[1] - temperatures[0])[0]
    assert difference[JOINT_B] > 15.0
    assert np.count_nonzero(difference) == 1


def test_arc_heats_the_place_where_it_burns() -> None:
    engine, state = build()
    cold = state.temperature.copy()
    state.arc_power[:] = 2000.0
    run(engine, state, 10.0, 3)
    difference = (state.temperature - cold)[0]
    share = state.world["heat_arc_fraction"][0]
    assert difference[CUTOUT] == pytest.approx(share * 2000.0 * 30.0 / 3000.0, rel=0.05)
    assert np.abs(np.delete(difference, CUTOUT)).max() < 1e-3


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([0.02, 1.0, 10.0, 60.0, 3600.0]),
    st.floats(0.0, 1000.0),
    st.floats(0.0, 12.0),
    st.floats(0.0, 400.0),
    st.floats(1.0, 50.0),
    st.floats(0.0, 10e3),
)
def test_energy_closes_and_stays_bounded(dt: Any, sun: Any, wind: Any, amperes: Any, factor: Any, arc: Any) -> None:
    engine, state = build(2, dt, wind10=(wind, 0.0, 0.0), dni=sun, ghi=sun, dhi=0.1 * sun, sun=(0.0, 0.6, 0.8))
    state.current[:, :, 0], state.arc_power[:] = amperes, arc
    state.causes["joint_factor"][:] = factor
    first = state.temperature.copy()
    run(engine, state, dt, 12)
    memory = state.memory
    stored = (state.temperature - first) * np.array([c.heat_capacity for c in PARTS])
    throughput = np.abs(memory["heat.in"]) + np.abs(memory["heat.out"])
    assert (np.abs(memory["heat.in"] - memory["heat.out"] - stored) <= 1e-6 * throughput).all()
    assert (np.abs(memory["heat.stored"] - stored) <= 1e-6 * throughput).all()
    assert (state.temperature > 200.0).all() and (state.temperature < 3500.0).all()


def nonlinear_rate(state: Environment3DState, temperature: np.ndarray, gained: np.ndarray) -> np.ndarray:
    """dT/dt [K/s] of the cut-out by the unlinearised balance with its film at ``temperature``."""
    air = state.air_temperature_at(GEOMETRY.positions())[:, CUTOUT]
    part, film = PARTS[CUTOUT], 0.5 * (temperature + air)
    density, viscosity = law.air_density(film, state.pressure), law.air_viscosity(film)
    diameter = np.full_like(film, 2.0 * part.radius)
    speed = state.wind(np.array([part.position]))[:, 0, 0, 0]
    forced = law.nusselt_forced_cylinder(law.reynolds_number(speed, diameter, density, viscosity))
    rayleigh = law.rayleigh_number(temperature - air, diameter, film, density, viscosity)
    nusselt = law.nusselt_mixed(forced, law.nusselt_natural_cylinder(rayleigh))
    h = law.heat_transfer_coefficient(nusselt, law.air_conductivity(film), diameter)
    sky = 0.5 * (law.radiated(state.sky_temperature) + law.radiated(state.air_temperature))
    loss = h * (temperature - air) + part.emissivity * (law.radiated(temperature) - sky)
    rate: np.ndarray = (gained - part.area * loss) / part.heat_capacity
    return rate


@pytest.mark.parametrize("dt", [1.0, 10.0, 60.0])
def test_course_is_that_of_the_nonlinear_balance(dt: Any) -> None:
    engine, state = build(1, dt)
    reference, power = state.temperature[:, CUTOUT].copy(), 900.0
    gained = np.array([power * state.world["heat_arc_fraction"][0]])
    state.arc_power[:] = power
    run(engine, state, dt, int(600 / dt))
    for _ in range(6000):
        reference = reference + 0.1 * nonlinear_rate(state, reference, gained)
    assert reference[0] > 320.0
    assert state.temperature[0, CUTOUT] == pytest.approx(reference[0], abs=0.03 * (reference[0] - 293.15))


def test_rows_do_not_depend_on_the_batch() -> None:
    def course(n: int, first: int) -> Environment3DState:
        engine, state = build(n, 10.0, first, dni=500.0, ghi=400.0, dhi=60.0, sun=(0.0, 0.6, 0.8))
        row = np.arange(first, first + n)
        state.current[:, :, 0] = (50.0 + row)[:, None]
        state.wind10[..., 0] = (0.1 * row)[:, None]
        state.causes["joint_factor"][:] = 1.0 + row % 7
        run(engine, state, 10.0, 5)
        return state

    batch = course(130, 0)
    for row in (0, 1, 77, 129):
        np.testing.assert_array_equal(course(1, row).temperature[0], batch.temperature[row])


def test_taken_rows_go_on_alike() -> None:
    engine, state = build(4, ghi=500.0, dni=500.0, sun=(0.0, 0.6, 0.8))
    state.current[:, :, 0] = 150.0
    taken = state.take([2, 2, 0, 1])
    run(engine, state, 10.0, 3)
    run(engine, taken, 10.0, 3)
    np.testing.assert_array_equal(taken.temperature, state.temperature[[2, 2, 0, 1]])
