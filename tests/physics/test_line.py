"""Laws of the module "line": linearity, phases, imbalance, load statistics, row equality."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from gg_gym.equations import electromagnetics as em
from gg_gym.errors import InputError
from gg_gym.parameters.line import LINE
from gg_gym.physics import line as line_module
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.site import Conditions, draw_world
from gg_gym.physics.state import HARMONICS, Environment3DState

UNIT = np.array([[0.3, -1.6, 8.4]])
CONDUCTORS = Line(12470.0, 60.0, 200.0, (-1.12, 0.4, 1.12), (10.0, 10.3, 10.0), (5.05e-3,) * 3, (0.0, -120.0, 120.0))
GEOMETRY = Geometry(
    12.0, 0.15,
    (
        Component("crossarm", "wood", (0.0, 0.0, 10.0), 0.1, 0.9, 0.7, 5e3, 0.5),
        Component("joint_a", "joint", (-1.12, 0.2, 10.0), 0.03, 0.5, 0.5, 300.0, 0.01, phase=0),
        Component("insulator_a", "insulator", (-1.12, 0.0, 9.9), 0.06, 0.9, 0.5, 800.0, 0.05, phase=0),
    ),
    (), CONDUCTORS, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)),
    {"joint": ("joint_a",), "arc": ("insulator_a",), "wood": ("crossarm",)},
)  # fmt: skip


def conditions(n: int, load: float = 0.5, hour: float = 12.0) -> Conditions:
    one = np.ones(n)
    seeds = np.arange(n, dtype=np.uint64) + np.uint64(77)
    return Conditions(seeds, np.zeros(n, np.int64), hour * one, load * one, seeds, one, seeds % np.uint64(3))


def started(
    n: int = 4, dt: float = 10.0, geometry: Geometry = GEOMETRY, world: dict[str, Any] | None = None
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    c = conditions(n)
    engine = ModularPhysicsEngine(("line",), PhysicsContext(geometry, (), c, world or {}), dt)
    state = Environment3DState.neutral(geometry, n, dt, world)
    state.hour = c.hour.copy()
    engine.start(state)
    return engine, state


def test_doubling_the_current_doubles_b_and_leaves_e() -> None:
    _, state = started()
    b, e = state.magnetic_field(UNIT), state.electric_field(UNIT)
    state.current = 2 * state.current
    np.testing.assert_allclose(state.magnetic_field(UNIT), 2 * b, rtol=1e-12)
    np.testing.assert_array_equal(state.electric_field(UNIT), e)
    state.voltage = 3 * state.voltage
    np.testing.assert_allclose(state.electric_field(UNIT), 3 * e, rtol=1e-12)


def test_turning_all_phases_turns_the_fields_and_keeps_their_size() -> None:
    _, state = started()
    b, e = state.magnetic_field(UNIT), state.electric_field(UNIT)
    turn = np.exp(0.7j)
    state.current, state.voltage = turn * state.current, turn * state.voltage
    np.testing.assert_allclose(state.magnetic_field(UNIT), turn * b, rtol=1e-12)
    np.testing.assert_allclose(np.abs(state.electric_field(UNIT)), np.abs(e), rtol=1e-12)


def test_fields_have_no_component_along_the_line_and_do_not_depend_on_y() -> None:
    _, state = started()
    points = np.array([[0.5, -3.0, 8.0], [0.5, 40.0, 8.0]])
    for field in (state.magnetic_field(points), state.electric_field(points)):
        assert field.shape == (4, 2, 3, len(HARMONICS))
        np.testing.assert_array_equal(field[:, :, 1], 0.0)
        np.testing.assert_array_equal(field[:, 0], field[:, 1])


def test_em4_through_the_state() -> None:
    """Balanced 200 A and 12.47 kV: the published-method numbers of the default line at 8 m height."""
    _, state = started(1)
    phasor = np.exp(1j * np.deg2rad([0.0, -120.0, 120.0]))
    state.voltage[:], state.current[:] = 0.0, 0.0
    state.voltage[0, :, 0], state.current[0, :, 0] = 12470 / math.sqrt(3) * phasor, 200.0 * phasor
    points = np.array([[0.5, 0, 8.0], [5.0, 0, 8.0], [20.0, 0, 8.0]])
    e, b = state.electric_field(points)[0, :, :, 0], state.magnetic_field(points)[0, :, :, 0]
    np.testing.assert_allclose(em.ellipse_maximum(e.real, e.imag), [412.5, 79.2, 5.05], rtol=0.005)
    np.testing.assert_allclose(em.ellipse_maximum(b.real, b.imag) * 1e6, [14.54, 2.772, 0.196], rtol=0.005)


def test_zero_sequence_current_is_5_to_15_percent_and_far_b_falls_as_1_over_r() -> None:
    _, state = started(200)
    one = state.memory["line.current"][:, :, 0]
    zero = np.abs(one.sum(1)) / 3
    assert 0.05 <= zero.min() < 0.06 and 0.14 < zero.max() <= 0.15
    far = np.abs(state.magnetic_field(np.array([[300.0, 0, 10.0], [600.0, 0, 10.0]]))[:, :, 2, 0])
    np.testing.assert_allclose(far[:, 0] / far[:, 1], 2.0, rtol=0.15)


def test_voltage_and_harmonics_stay_in_their_range() -> None:
    _, state = started(300)
    nominal = 12470 / math.sqrt(3)
    size = np.abs(state.voltage[:, :, 0]) / nominal
    assert size.min() > 0.93 and size.max() < 1.06
    thd = np.sqrt((np.abs(state.current[:, 0, 1:]) ** 2).sum(-1)) / np.abs(state.current[:, 0, 0])
    assert 0.02 < np.median(thd) < 0.08
    assert np.all(np.abs(state.voltage[:, :, 1:]) < 0.06 * nominal)
    lag = np.angle(state.voltage[:, 1, 0] / state.current[:, 1, 0])
    assert lag.min() > 0.1 and lag.max() < 0.5


def test_load_has_two_daily_peaks_a_weekend_and_a_mean_of_one() -> None:
    state = Environment3DState.neutral(GEOMETRY, 24 * 7)
    state.hour = np.arange(24.0 * 7)
    state.air_temperature[:] = 290.0
    course = line_module.load_course(state, LINE)
    day = course[24:48]
    peaks = [h for h in range(24) if day[h] > day[h - 1] and day[h] > day[(h + 1) % 24]]
    assert len(peaks) == 2 and 5 <= peaks[0] <= 11 and 17 <= peaks[1] <= 21
    np.testing.assert_allclose(course[:96].mean(), 1.0, rtol=0.01)
    np.testing.assert_allclose(course[6 * 24 - 12] / course[12], 0.9, rtol=1e-6)


def test_hot_and_cold_air_raise_the_load() -> None:
    state = Environment3DState.neutral(GEOMETRY, 3)
    state.hour = np.full(3, 15.0)
    state.air_temperature = np.array([290.0, 308.0, 260.0])
    mild, hot, cold = line_module.load_course(state, LINE)
    assert hot > 1.2 * mild and cold > 1.2 * mild


def test_load_factor_scales_current_only() -> None:
    engine, state = started()
    other_engine, other = started()
    other.causes["load_factor"][:] = 0.5
    engine.step(state, 10.0, RECORD, 0)
    other_engine.step(other, 10.0, RECORD, 0)
    np.testing.assert_allclose(other.current, 0.5 * state.current, rtol=1e-12)
    assert np.all(np.abs(other.voltage[:, :, 0]) > np.abs(state.voltage[:, :, 0]))


@pytest.mark.parametrize("dt", [1.0, 10.0, 60.0])
def test_load_noise_does_not_depend_on_dt(dt: float) -> None:
    """Standard deviation and correlation over 60 s of the logarithm of the load, at any step."""
    n, per = 3000, round(60 / dt)
    engine, state = started(n, dt)
    state.hour[:] = 0.0
    first = np.log(state.memory["line.load"])
    course0 = np.log(line_module.load_course(state, LINE))
    for i in range(per):
        engine.step(state, dt, RECORD, i)
    second = np.log(state.memory["line.load"])
    course = np.log(line_module.load_course(state, LINE))
    a, b = first - course0, second - course
    np.testing.assert_allclose(b.std(), 0.04, rtol=0.06)
    np.testing.assert_allclose(np.corrcoef(a, b)[0, 1], math.exp(-60 / 600), atol=0.02)


def test_row_of_a_batch_is_bit_equal_to_a_batch_of_one() -> None:
    worlds = draw_world(line_module.LineModule.priors(), conditions(130).world)
    engine, state = started(130, world=dict(worlds))
    row = 77
    c = conditions(130).take(np.array([row]))
    alone = ModularPhysicsEngine(("line",), PhysicsContext(GEOMETRY, (), c, {}), 10.0)
    single = Environment3DState.neutral(GEOMETRY, 1, 10.0, {k: v[[row]] for k, v in worlds.items()})
    single.hour = c.hour.copy()
    alone.start(single)
    for i in range(3):
        engine.step(state, 10.0, RECORD, i)
        alone.step(single, 10.0, RECORD, i)
    for name in ("current", "voltage", "interharmonic"):
        assert getattr(state, name)[[row]].tobytes() == getattr(single, name).tobytes()
    assert state.magnetic_field(UNIT)[[row]].tobytes() == single.magnetic_field(UNIT).tobytes()
    assert state.electric_field(UNIT)[[row]].tobytes() == single.electric_field(UNIT).tobytes()


def test_stable_for_any_step_and_worlds_differ() -> None:
    engine, state = started(50, 3600.0)
    for i in range(48):
        engine.step(state, 3600.0, 1, i, coarse=True)
    assert np.all(np.isfinite(state.current)) and np.all(state.memory["line.load"] > 0)
    assert {p.key for p in line_module.LineModule.priors()} == set(line_module._MEDIAN)


def test_a_geometry_without_a_line_is_refused() -> None:
    with pytest.raises(InputError, match="no line"):
        started(geometry=dataclasses.replace(GEOMETRY, line=None))
