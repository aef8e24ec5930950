from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import conductor as line_law
from gg_gym.equations import heat as law
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.heat import Heat, conductor_temperature, view_shares
from gg_gym.physics.joints import joint_resistance, joint_rise
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
    others = rises[1][0, [BOLT, CUTOUT]]
    assert (others > 0.0).all() and (others < 0.5).all()  # the warm tank in their view, and no current of their own


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


def test_conductor_balance_is_that_of_ieee_738() -> None:
    """The default conductor in 0.61 m/s across the line, no sun, sky and ground at air temperature: the standard's."""
    engine, state = build(air_temperature=313.15, sky_temperature=313.15, wind10=(0.0, 0.0, 0.0))
    state.world.update({f"heat_line_{key}": np.array([v]) for key, v in (("emissivity", 0.8), ("resistance", 1.0))})
    ratio = state.wind(np.array([[0.0, 0.0, 10.0]]))  # still air: direction only
    assert (ratio == 0.0).all()
    state.wind10[..., 0], state.current[:, :, 0] = 0.61, 200.0
    run(engine, state, 3600.0, 6)
    surface, air = conductor_temperature(state)[0, :1] - 273.15, np.array([40.0 - 0.0098 * 8.0])
    film, d = 0.5 * (surface + air), np.array([0.0101])
    density, conductivity = line_law.film_density(film, np.zeros(1)), line_law.film_conductivity(film)
    reynolds = line_law.reynolds_number(d, density, np.array([0.61]), line_law.film_viscosity(film))
    one = np.ones(1)
    convection = line_law.forced_convection(reynolds, conductivity, one, surface - air)
    radiation = line_law.radiative_loss(d, 0.8 * one, surface, air)
    current = line_law.ampacity(convection, radiation, 0.0 * one, line_law.resistance(surface, 5.40e-4, 6.46e-4))
    assert surface[0] > 60.0
    assert current[0] == pytest.approx(200.0, rel=2e-3)


def test_conductors_warm_with_load_and_sun_and_cool_across_the_wind() -> None:
    sun: dict[str, Any] = {"dni": 800.0, "dhi": 100.0, "ghi": 700.0, "sun": (0.6, 0.0, 0.8)}
    _, dark = build()
    _, lit = build(**sun)
    _, across = build(wind10=(4.0, 0.0, 0.0), **sun)
    _, along = build(wind10=(0.0, 4.0, 0.0), **sun)
    rise = [conductor_temperature(s)[0, 0] - s.air_temperature[0] for s in (dark, across, along, lit)]
    assert rise[0] < 0.0 < rise[1] < rise[2] and rise[1] < rise[3]


def test_conductors_ledger_closes() -> None:
    for dt in (1.0, 60.0, 3600.0):
        engine, state = build(2, dt, dni=500.0, dhi=80.0, ghi=400.0, sun=(0.5, 0.5, 0.7))
        state.current[:, :, 0] = 150.0
        first = conductor_temperature(state).copy()
        run(engine, state, dt, 10)
        memory = state.memory
        residual = memory["heat.line_in"] - memory["heat.line_out"] - memory["heat.line_stored"]
        assert (np.abs(residual) <= 1e-6 * memory["heat.line_in"]).all()
        stored = 173.0 * (conductor_temperature(state) - first)
        np.testing.assert_allclose(memory["heat.line_stored"], stored, atol=1e-6)


def test_joint_runs_away_at_high_load_and_not_at_low() -> None:
    grown = []
    for amperes in (60.0, 300.0):
        engine, state = build()
        state.memory["heat.joint_growth"][:] = 0.0
        state.world = {"heat_joint_recovery": np.array([1e-12])}
        state.current[:, :, 0], state.causes["joint_factor"][:] = amperes, 12.0
        rates = []
        for _ in range(100):
            before = state.memory["heat.joint_growth"][0, 0]
            run(engine, state, 86400.0, 1)
            rates.append(state.memory["heat.joint_growth"][0, 0] - before)
        grown.append((state.memory["heat.joint_growth"][0, 0], rates[-1] / rates[5]))
    assert grown[0][0] < 0.01 and grown[0][1] < 1.1
    assert grown[1][0] > 0.5 and grown[1][1] > 5.0  # growth that hastens itself
    assert joint_resistance(state)[0, 0] * 300.0 <= 0.3 * (1.0 + 1e-9)


def test_joint_growth_does_not_depend_on_the_step() -> None:
    ends = []
    for dt in (60.0, 600.0, 3600.0):
        engine, state = build(1, dt)
        state.current[:, :, 0], state.causes["joint_factor"][:] = 250.0, 15.0
        state.world = {}
        run(engine, state, 60.0, 120)
        state.memory["heat.joint_growth"][:] = 0.3
        run(engine, state, dt, round(86400.0 / dt))
        ends.append(state.memory["heat.joint_growth"][0, 0] - 0.3)
    assert ends[0] > 1e-3
    np.testing.assert_allclose(ends, ends[0], rtol=0.1)


@pytest.mark.parametrize("dt", [1.0, 60.0, 3600.0])
def test_contact_recovers_at_its_rate_at_any_step(dt: Any) -> None:
    n, rate, tau = 2000, 1.0 / 3600.0, 1800.0
    engine, state = build(n, dt)
    state.world["heat_joint_recovery"] = np.full(n, 1e-12)
    state.world["heat_joint_recovery_time"] = np.full(n, tau)
    state.causes["joint_fretting"][:] = rate
    state.memory["heat.joint_recovered"][:] = 0.7
    run(engine, state, dt, {1.0: 1, 60.0: 240, 3600.0: 8}[dt])
    x = state.memory["heat.joint_recovered"][:, 0]
    if dt == 1.0:
        assert np.count_nonzero(x == 0.7 * np.exp(-1.0 / tau)) > 0.98 * n
    else:  # stationary: 0.7 exp(-S/tau), S exponential, has the mean 0.7 rate tau/(1 + rate tau)
        assert x.mean() == pytest.approx(0.7 * rate * tau / (1.0 + rate * tau), abs=0.02)
    assert (state.memory["heat.joint_recovered"][:, 1] < 0.71).all()


def test_recovery_lowers_a_bad_joint_and_leaves_a_new_one() -> None:
    engine, state = build()
    state.memory["heat.joint_growth"][:] = 0.0
    state.current[:, :, 0], state.causes["joint_factor"][:] = 100.0, 20.0
    run(engine, state, 10.0, 1)
    bad = joint_resistance(state).copy()
    state.memory["heat.joint_recovered"][:] = 0.7
    run(engine, state, 10.0, 1)
    ratio = joint_resistance(state)[0] / bad[0]
    assert ratio[0] == pytest.approx(20.0**-0.7, rel=0.02) and ratio[1] == pytest.approx(1.0, rel=1e-3)


def test_joints_begin_with_a_past() -> None:
    _, state = build(400)
    growth = state.memory["heat.joint_growth"]
    assert (growth >= 0.0).all() and (growth <= 3.0).all()
    assert 0.02 < np.median(growth) < 1.5 and np.percentile(growth, 95) > 2.0 * np.median(growth)


def test_a_warm_neighbour_is_seen_and_a_far_one_is_not() -> None:
    parts = [
        Component("hot", "insulator", (0.0, 0.0, 9.0), 0.1, 0.9, 0.5, 5e6, 0.1),
        Component("near", "insulator", (0.2, 0.0, 9.0), 0.05, 0.9, 0.5, 2000.0, 0.05),
        Component("far", "insulator", (3.0, 0.0, 9.0), 0.05, 0.9, 0.5, 2000.0, 0.05),
    ]
    index, share = view_shares(tuple(parts))
    assert index[1, 0] == 0 and share[1, 0] == pytest.approx(0.1 / (16 * np.pi * 0.04)) and (share[2] == 0.0).all()
    geometry = Geometry(12.0, 0.15, tuple(parts), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)), {})
    zero, serial = np.zeros(1), np.zeros(1, np.uint64)
    conditions = Conditions(serial, np.zeros(1, np.int64), zero, zero + 1.0, serial, zero, serial)
    engine = ModularPhysicsEngine(["heat"], PhysicsContext(geometry, (), conditions, {}), 60.0)
    state = Environment3DState.neutral(geometry, 1, 60.0)
    engine.start(state)
    cold = state.temperature.copy()
    state.memory["heat.node"][:, 0] = 500.0
    run(engine, state, 60.0, 30)
    rise = (state.temperature - cold)[0]
    assert rise[1] > 1.0 and rise[2] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("dt", [1.0, 10.0, 600.0])
def test_the_rise_of_a_bad_joint_is_its_own_over_the_sound_one(dt: Any) -> None:
    """The rise is the difference of two engines that differ in the cause alone; ageing over hours is not in it."""
    ends = []
    for factor in (1.0, 25.0):
        engine, state = build(3, dt)
        state.current[:, :, 0] = 200.0
        state.causes["joint_factor"][:], state.causes["joint_place"][:] = (1.0, factor, 0.5), 1.0
        run(engine, state, dt, min(int(3600 / dt), 200))
        ends.append((state, engine))
    (sound, _), (bad, engine) = ends
    rise = joint_rise(bad)
    assert rise[0] == 0.0 == joint_rise(sound).max(initial=0.0, where=np.array([True, True, False]))
    assert rise[2] == 0.0 and bad.memory["heat.joint_excess"][2, 1] < 0.0  # a better joint than the sound one
    difference = (bad.temperature - sound.temperature)[1, JOINT_B]
    assert rise[1] > (5.0 if dt == 1.0 else 15.0) and rise[1] == pytest.approx(difference, rel=1e-3)
    bad.causes["joint_factor"][:] = 1.0
    run(engine, bad, dt, int(40000 / dt) if dt > 10.0 else 1)
    assert joint_rise(bad)[1] < (0.01 if dt > 10.0 else rise[1])


def test_the_rise_starts_with_the_cause_and_only_in_its_row() -> None:
    batch, single = build(4), build(1, first=2)
    for engine, state in (batch, single):
        state.current[:, :, 0] = 150.0
        state.causes["joint_factor"][:] = 1.0
        state.causes["joint_factor"][state.n // 2 :] = 9.0
        run(engine, state, 10.0, 6)
    assert (joint_rise(batch[1])[:2] == 0.0).all() and (joint_rise(batch[1])[2:] > 0.0).all()
    assert joint_rise(single[1])[0] == joint_rise(batch[1])[2]
