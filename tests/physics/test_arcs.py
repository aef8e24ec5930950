"""Laws of the module "arcs": exact bursts for any step, null twin before onset, magnitudes, geometry."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import arcs as eq
from gg_gym.errors import InputError
from gg_gym.physics.arcs import SLOT, ArcModule, advance_telegraph
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.site import Conditions, draw_world
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState

CONDUCTORS = Line(12470.0, 60.0, 200.0, (-1.12, 0.4, 1.12), (10.0, 10.3, 10.0), (5.05e-3,) * 3, (0.0, -120.0, 120.0))
GEOMETRY = Geometry(
    12.0, 0.15,
    (
        Component("insulator_a", "insulator", (-1.12, 0.0, 9.9), 0.06, 0.9, 0.5, 800.0, 0.05, phase=0),
        Component("cutout", "cutout", (0.6, 0.1, 9.5), 0.06, 0.9, 0.5, 900.0, 0.06, phase=1),
    ),
    (), CONDUCTORS, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)), {"arc": ("insulator_a", "cutout")},
)  # fmt: skip
FIELDS = ("current", "voltage", "interharmonic", "arc_on", "arc_power", "arc_energy", "arc_position",
          "source_rate", "source_position", "source_size", "source_heat")  # fmt: skip


def conditions(n: int) -> Conditions:
    one, seeds = np.ones(n), np.arange(n, dtype=np.uint64) + np.uint64(5)
    return Conditions(seeds, np.zeros(n, np.int64), 12.0 * one, 0.5 * one, seeds, one, seeds % np.uint64(3))


def started(
    n: int = 4,
    dt: float = 10.0,
    keys: tuple[str, ...] = ("line", "arcs"),
    geometry: Geometry = GEOMETRY,
    world: dict[str, Any] | None = None,
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    c = conditions(n)
    engine = ModularPhysicsEngine(keys, PhysicsContext(geometry, (), c, world or {}), dt)
    state = Environment3DState.neutral(geometry, n, dt, world)
    state.hour = c.hour.copy()
    engine.start(state)
    return engine, state


def set_arc(
    state: Environment3DState,
    gap: float = 0.005,
    current: float = 10.0,
    on: float = 0.5,
    off: float = 1.5,
    place: float = 0.0,
) -> None:
    for key, value in zip(
        ("gap", "current", "on_rate", "off_rate", "place"), (gap, current, on, off, place), strict=True
    ):
        state.causes[f"arc_{key}"] = np.full(state.n, value)


@pytest.mark.parametrize("dt", [1.0, 10.0, 60.0])
def test_energy_of_an_hour_has_the_same_mean_and_variance_for_any_step(dt: float) -> None:
    """Exact: mean P p T, variance P^2 T^2 p(1-p) 2(x-1+e^-x)/x^2; 6 minutes of slow bursts here."""
    n, total, on, off = 3000, 360.0, 0.02, 0.05
    engine, state = started(n, dt, keys=("arcs",))
    set_arc(state, on=on, off=off)
    energy = np.zeros(n)
    for i in range(round(total / dt)):
        engine.step(state, dt, RECORD, i)
        energy += state.arc_energy
    power = eq.arc_voltage(np.array([0.005]), np.array([10.0]))[0] * 10.0 * 0.9003163
    mean, variance = eq.telegraph_average_moments(np.array([on]), np.array([off]), total)
    np.testing.assert_allclose(energy.mean(), power * total * mean[0], rtol=0.03)
    np.testing.assert_allclose(energy.std(), power * total * np.sqrt(variance[0]), rtol=0.05)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 20.0), st.floats(0.02, 20.0), st.floats(0.02, 3600.0), st.integers(0, 2**31))
def test_shares_are_finite_between_0_and_1_for_any_rates_and_step(on: float, off: float, h: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 2, 64).astype(float)
    end, share = advance_telegraph(start, np.full(64, on), np.full(64, off), (h,), rng.uniform(size=(64, 3)))
    assert np.all((share >= 0) & (share <= 1)) and set(np.unique(end)) <= {0.0, 1.0}


@pytest.mark.parametrize(("on", "off", "h"), [(0.5, 1.5, 0.05), (0.5, 1.5, 1.0), (3.0, 0.3, 10.0)])
def test_share_has_the_exact_moments(on: float, off: float, h: float) -> None:
    rng, n = np.random.default_rng(1), 60000
    p = on / (on + off)
    start = (rng.uniform(size=n) < p).astype(float)
    end, share = advance_telegraph(start, np.full(n, on), np.full(n, off), (h,), rng.uniform(size=(n, 3)))
    mean, variance = eq.telegraph_average_moments(np.array([on]), np.array([off]), h)
    np.testing.assert_allclose(end.mean(), p, atol=0.01)
    assert share.shape == (1, n)
    np.testing.assert_allclose(share.mean(), mean[0], atol=0.01)
    np.testing.assert_allclose(share.var(), variance[0], rtol=0.03)


def test_before_onset_and_without_a_gap_everything_equals_the_null_twin() -> None:
    (engine, state), (null_engine, null) = started(6), started(6)
    for i in range(12):
        set_arc(state, gap=0.004 if 4 <= i < 8 else 0.0)
        engine.step(state, 10.0, RECORD, i)
        null_engine.step(null, 10.0, RECORD, i)
        same = [np.array_equal(getattr(state, f), getattr(null, f)) for f in FIELDS if f != "source_size"]
        assert all(same) == (not 4 <= i < 8)
    assert null.arc_power.sum() == 0.0 and not null.arc_on.any() and null.source_rate[:, SLOT].sum() == 0.0


def test_bursts_start_stationary_and_do_not_remember_an_earlier_gap() -> None:
    n = 4000
    engine, state = started(n, 0.02, keys=("arcs",))
    for i, gap in enumerate((0.0, 0.005, 0.0, 0.005)):
        set_arc(state, gap=gap, on=0.5, off=1.5)
        engine.step(state, 0.02, RECORD, i)
        if gap:
            assert abs(state.arc_on.mean() - 0.25) < 0.03
        if i == 1:
            first = state.arc_on.copy()
    assert abs(np.corrcoef(first, state.arc_on)[0, 1]) < 0.05


def test_power_and_gases_follow_the_cause() -> None:
    engine, state = started(1, 10.0)
    set_arc(state, gap=0.02, current=10.0, on=1e6, off=1e-6)
    engine.step(state, 10.0, RECORD, 0)
    assert state.arc_on[0] and 300.0 < state.arc_power[0] < 1000.0
    np.testing.assert_allclose(state.arc_energy, 10.0 * state.arc_power)
    np.testing.assert_allclose(state.source_rate[0, SLOT, INDEX["NO"]], 2e-9 * state.arc_power[0])
    np.testing.assert_allclose(state.source_rate[0, SLOT].sum(), 2.3e-9 * state.arc_power[0])
    np.testing.assert_allclose(state.memory["arcs.sound_power"].sum(-1), 1e-6 * state.arc_power)


def test_energy_is_set_back_at_each_sample_and_power_is_not() -> None:
    engine, state = started(2, 10.0)
    set_arc(state, on=1e6, off=1e-6)
    for i in range(3):
        engine.step(state, 10.0, RECORD, i)
        np.testing.assert_allclose(state.arc_energy, 10.0 * state.arc_power)


def test_harmonics_appear_on_the_arcs_phase_only_and_broadband_rises_10_to_20_db() -> None:
    (engine, state), (null_engine, null) = started(300), started(300)
    set_arc(state, gap=0.003, current=10.0, on=1e6, off=1e-6, place=1.0)
    engine.step(state, 10.0, RECORD, 0)
    null_engine.step(null, 10.0, RECORD, 0)
    added = state.current - null.current
    np.testing.assert_array_equal(added[:, (0, 2)], 0.0)
    third = np.abs(added[:, 1, 1]) / np.abs(added[:, 1, 0])
    assert np.all((third > 0.02) & (third < 0.30))
    assert np.abs(added[:, 1]).max() < 10.0
    rise = 20 * np.log10(state.interharmonic / null.interharmonic)
    assert 10.0 < np.median(rise) < 20.0
    np.testing.assert_array_equal(state.arc_position, np.tile([0.6, 0.1, 9.5], (300, 1)))
    point = np.array([[0.3, -1.6, 8.4]])
    np.testing.assert_array_equal(state.electric_field(point), null.electric_field(point))
    assert np.all(state.magnetic_field(point)[:, 0, 0, 1] != null.magnetic_field(point)[:, 0, 0, 1])


def test_meter_window_statistics_do_not_depend_on_dt() -> None:
    """Mean and spread of the broadband over the last second, at steps of 1, 10 and 60 s."""
    seen = []
    for dt in (1.0, 10.0, 60.0):
        (engine, state), (null_engine, null) = started(4000, dt), started(4000, dt)
        set_arc(state, on=0.5, off=1.0)
        engine.step(state, dt, RECORD, 0)
        null_engine.step(null, dt, RECORD, 0)
        rise = np.log(state.interharmonic / null.interharmonic)
        seen.append((rise.mean(), rise.std()))
    np.testing.assert_allclose(seen[1], seen[0], rtol=0.07)
    np.testing.assert_allclose(seen[2], seen[0], rtol=0.07)


def test_arc_voltage_never_exceeds_the_supply() -> None:
    engine, state = started(1)
    set_arc(state, gap=0.5, current=0.01, on=1e6, off=1e-6)
    engine.step(state, 10.0, RECORD, 0)
    assert state.arc_power[0] <= 0.9 * np.abs(state.voltage[0, 0, 0]) * 0.01


def test_row_of_a_batch_is_bit_equal_to_a_batch_of_one() -> None:
    n, row = 200, 123
    worlds = draw_world(ArcModule.priors(), conditions(n).world)
    engine, state = started(n, world=dict(worlds))
    c = conditions(n).take(np.array([row]))
    alone = ModularPhysicsEngine(("line", "arcs"), PhysicsContext(GEOMETRY, (), c, {}), 10.0)
    single = Environment3DState.neutral(GEOMETRY, 1, 10.0, {k: v[[row]] for k, v in worlds.items()})
    single.hour = c.hour.copy()
    alone.start(single)
    for i in range(6):
        set_arc(state)
        state.causes["arc_gap"] = np.where(np.arange(n) % 3 == 0, state.causes["arc_gap"], 0.0)
        set_arc(single, gap=state.causes["arc_gap"][row])
        engine.step(state, 10.0, RECORD, i)
        alone.step(single, 10.0, RECORD, i)
        for name in FIELDS:
            assert getattr(state, name)[[row]].tobytes() == getattr(single, name).tobytes()
    assert single.arc_power[0] > 0


def test_stable_in_coarse_steps_and_a_copy_goes_on_alike() -> None:
    engine, state = started(20)
    set_arc(state)
    for i in range(48):
        engine.step(state, 3600.0, 1, i, coarse=True)
    assert np.all(np.isfinite(state.arc_power)) and np.all(state.arc_power > 0)
    other = state.take(np.arange(20))
    engine.step(state, 10.0, RECORD, 0)
    engine.step(other, 10.0, RECORD, 0)
    np.testing.assert_array_equal(other.arc_energy, state.arc_energy)


def test_a_geometry_without_arc_places_is_refused() -> None:
    with pytest.raises(InputError, match="no place of kind 'arc'"):
        started(geometry=dataclasses.replace(GEOMETRY, places={}))
