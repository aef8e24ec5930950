"""Laws of the module "discharges": wet corona, dry gap discharges, growth and failure, sound, gas and radio."""

import dataclasses
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym import Twin, load_product
from gg_gym.equations.arcs import telegraph_average_moments
from gg_gym.errors import InputError
from gg_gym.parameters.arcs import ARC
from gg_gym.parameters.discharges import ARC_KINDS, DISCHARGE
from gg_gym.physics.causes import NEUTRAL
from gg_gym.physics.discharges import SLOT, Discharges, arc_causes, gradient_map, radio_level, sound_power
from gg_gym.physics.engine import PHYSICS, RECORD, ModularPhysicsEngine, PhysicsContext
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
POWERS = ("corona", "gap", "pd", "dry_band")
NAMES = (*POWERS, "corona_excess", "conductor_excess", "pd_charge", "pd_age", "failed", "gap_on", "gap_rate", "radio",
         "sound_power")  # fmt: skip


def conditions(n: int) -> Conditions:
    one, seeds = np.ones(n), np.arange(n, dtype=np.uint64) + np.uint64(5)
    return Conditions(seeds, np.zeros(n, np.int64), 12.0 * one, 0.5 * one, seeds, one, seeds % np.uint64(3))


def started(
    n: int = 4,
    dt: float = 10.0,
    keys: tuple[str, ...] = ("line", "discharges"),
    geometry: Geometry = GEOMETRY,
    world: dict[str, Any] | None = None,
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    engine = ModularPhysicsEngine(keys, PhysicsContext(geometry, (), conditions(n), world or {}), dt)
    state = Environment3DState.neutral(geometry, n, dt, world)
    engine.start(state)
    return engine, state


def of(state: Environment3DState, name: str) -> Any:
    return state.memory[f"discharges.{name}"]


def test_rain_turns_gap_discharge_off_and_wet_corona_on() -> None:
    engine, state = started(300, 60.0)
    state.causes["gap_stress"][:], state.causes["sharp_radius"][:] = 1.6, 0.7e-3
    seen = []
    for i, rain in enumerate((0.0, 4.0, 0.0)):
        state.rain[:] = rain
        engine.step(state, 60.0, RECORD, i)
        seen.append(((of(state, "gap") > 0).mean(), (of(state, "corona") > 0).mean(), radio_level(state).mean()))
    assert seen[0][0] > 0.6 and seen[0][1] == 0.0
    assert seen[1][0] == 0.0 and seen[1][1] == 1.0
    assert seen[2][0] > 0.6 and seen[2][1] == 0.0
    assert seen[0][2] > 40.0 and seen[1][2] > 10.0


def test_no_conductor_corona_at_distribution_voltage_in_fair_weather_nor_in_rain() -> None:
    engine, state = started(300, world=dict(draw_world(Discharges.priors(), conditions(300).world)))
    for i, rain in enumerate((0.0, 30.0)):
        state.rain[:] = rain
        engine.step(state, 10.0, RECORD, i)
        assert of(state, "conductor_excess").max() < 0.5
    ratio = np.abs(state.voltage[0, :, 0] @ gradient_map(CONDUCTORS)) / 1.72e5  # a conductor alone: 1.7 kV/cm
    assert 1.2 < ratio.min() < ratio.max() < 1.7


def test_a_transmission_line_has_conductor_corona_in_rain_only_and_it_is_heard_and_received() -> None:
    high = dataclasses.replace(CONDUCTORS, voltage=161e3, x=(-6.0, 0.0, 6.0), radius=(8e-3,) * 3)
    engine, state = started(3, geometry=dataclasses.replace(GEOMETRY, line=high))
    excess = []
    for i, rain in enumerate((0.0, 20.0)):
        state.rain[:] = rain
        engine.step(state, 10.0, RECORD, i)
        excess.append(of(state, "conductor_excess").copy())
    assert excess[0].max() < 1.0 < excess[1].min()
    assert of(state, "corona").min() > 1.0 and np.all(np.isfinite(radio_level(state)))


def test_sound_hardware_is_silent_and_everything_neutral_is_zero() -> None:
    engine, state = started(50)
    for i in range(3):
        engine.step(state, 10.0, RECORD, i)
    assert all(of(state, name).sum() == 0.0 for name in (*POWERS, "radio", "sound_power", "pd_charge"))
    assert state.source_rate[:, SLOT].sum() == 0.0 and radio_level(state).max() == 0.0


def test_thin_air_brings_corona_on() -> None:
    powers = []
    for pressure in (101325.0, 70000.0):
        engine, state = started(1, keys=("discharges",))
        state.pressure[:], state.causes["sharp_radius"][:] = pressure, 0.45e-3
        engine.step(state, 10.0, RECORD, 0)
        powers.append(of(state, "corona")[0])
    assert powers[1] > powers[0]


@pytest.mark.parametrize("dt", [0.5, 10.0, 60.0, 600.0, np.nan])
def test_energy_of_gap_discharges_has_the_same_moments_for_any_step(dt: float) -> None:
    n, total = 2000, 600.0
    engine, state = started(n, 10.0, keys=("discharges",), world=dict.fromkeys(("nothing",), np.zeros(n)))
    state.causes["gap_stress"][:] = 1.5
    steps = np.full(round(total / dt), dt) if np.isfinite(dt) else np.diff([0.0, 0.02, 4.0, 250.0, 251.0, 600.0])
    if dt == 0.5:
        steps, total = steps[:100], 50.0
    energy = np.zeros(n)
    for i, h in enumerate(steps):
        engine.step(state, float(h), RECORD, i, coarse=True)
        energy += of(state, "gap") * h
    density = 3.92 / 1333.224 * 101325.0 / 293.15
    power = 3e-8 * 2e3 * 120.0 * 2 * 1.5 / density
    mean, variance = telegraph_average_moments(np.array([0.2]), np.array([0.1]), total)
    np.testing.assert_allclose(energy.mean(), power * total * mean[0], rtol=0.03)
    np.testing.assert_allclose(energy.std(), power * total * np.sqrt(variance[0]), rtol=0.08)


def test_partial_discharges_grow_as_told_for_any_step() -> None:
    charge = []
    for dt in (10.0, 600.0, 3600.0, 86400.0):
        engine, state = started(2, keys=("discharges",))
        state.causes["pd_level"][:], state.causes["pd_growth"][:] = 1e-11, 2.0
        for i in range(round(86400.0 / dt)):
            engine.step(state, dt, RECORD, i, coarse=True)
        charge.append(of(state, "pd_charge")[0])
    np.testing.assert_allclose(charge, charge[0], rtol=1e-9)
    np.testing.assert_allclose(charge[0], 2e-11, rtol=0.5)
    state.causes["pd_level"][:] = 0.0
    engine.step(state, 10.0, RECORD, 99999)
    assert of(state, "pd_charge").max() == of(state, "pd").max() == 0.0


def test_below_inception_nothing_grows_and_dead_lines_do_not_age() -> None:
    engine, state = started(2, keys=("discharges",))
    state.causes["pd_level"][:], state.causes["pd_growth"][:], state.causes["de_energise"][:] = 1e-11, 3.0, 0.5
    engine.step(state, 86400.0, RECORD, 0, coarse=True)
    assert np.all(of(state, "pd_charge") == 1e-11) and not of(state, "pd").any() and not of(state, "pd_age").any()


@pytest.mark.parametrize("parts", [1, 10, 100])
def test_failure_follows_weibull_for_any_step(parts: int) -> None:
    n, span = 3000, 3e6
    engine, state = started(n, keys=("discharges",), world={"discharge_pd_activation": np.full(n, 1e-6)})
    state.causes["pd_level"][:] = 1e-11
    for i in range(parts):
        engine.step(state, span / parts, RECORD, i, coarse=True)
    expected = -np.expm1(-((span / 2.6e6) ** 2))
    np.testing.assert_allclose(of(state, "failed").mean(), expected, atol=0.03)


def test_gas_sound_and_radio_follow_from_power_at_the_place() -> None:
    engine, state = started(200)
    state.causes["gap_stress"][:], state.causes["discharge_place"][:] = 2.0, 1.0
    engine.step(state, 60.0, RECORD, 0)
    power = of(state, "gap")
    assert 0.01 < np.median(power) < 1.0
    np.testing.assert_allclose(state.source_rate[:, SLOT, INDEX["NO"]], 5e-10 * power)
    np.testing.assert_allclose(state.source_rate[:, SLOT, INDEX["O3"]], 5e-10 * power)
    np.testing.assert_array_equal(state.source_position[:, SLOT], np.tile([0.6, 0.1, 9.5], (200, 1)))
    np.testing.assert_allclose(sound_power(state).sum(-1), 1e-5 * power)
    assert sound_power(state).shape[1] == len(ARC.band_shares)
    level = 10 * np.log10(np.median(sound_power(state).sum(-1)) / 1e-12) - 11.0
    assert 25.0 < level < 60.0
    for shares in (DISCHARGE.corona_bands, DISCHARGE.spark_bands):
        np.testing.assert_allclose(sum(shares), 1.0)


def test_wet_corona_gives_ozone_of_the_known_order() -> None:
    engine, state = started(1)
    state.causes["sharp_radius"][:], state.rain[:] = 0.5e-3, 5.0
    engine.step(state, 10.0, RECORD, 0)
    assert 0.01 < of(state, "corona")[0] < 5.0
    rate = state.source_rate[0, SLOT]
    assert 1e-10 < rate[INDEX["O3"]] / of(state, "corona")[0] < 3e-9 and rate[INDEX["O3"]] > rate[INDEX["NO2"]] > 0


def test_a_dead_line_does_not_discharge() -> None:
    engine, state = started(5)
    for key, value in (("gap_stress", 3.0), ("sharp_radius", 3e-4), ("pd_level", 1e-9), ("de_energise", 1.0)):
        state.causes[key][:] = value
    engine.step(state, 10.0, RECORD, 0)
    assert np.abs(state.voltage).max() == np.abs(state.current).max() == 0.0
    assert all(of(state, name).sum() == 0.0 for name in (*POWERS, "radio", "sound_power"))


def test_a_dead_line_feeds_no_arc() -> None:
    engine, state = started(5, keys=("line", "arcs"))
    for key, value in (*arc_causes("parallel", 1.0).items(), ("de_energise", 1.0)):
        state.causes[key][:] = value
    engine.step(state, 60.0, RECORD, 0)
    assert state.arc_power.sum() == 0.0 and np.abs(state.current).max() == 0.0


def test_sparks_raise_the_broadband_of_their_rows_only() -> None:
    (engine, state), (null_engine, null) = started(40), started(40)
    state.causes["gap_stress"][::2] = 2.0
    engine.step(state, 60.0, RECORD, 0)
    null_engine.step(null, 60.0, RECORD, 0)
    assert np.all(state.interharmonic[::2] >= null.interharmonic[::2])
    np.testing.assert_array_equal(state.interharmonic[1::2], null.interharmonic[1::2])
    np.testing.assert_array_equal(state.current, null.current)


@pytest.mark.parametrize("kind", list(ARC_KINDS))
def test_kinds_of_arcs_are_causes_of_the_module_arcs(kind: str) -> None:
    mild, severe = arc_causes(kind, 0.0, 1), arc_causes(kind, 1.0, 1)
    assert set(mild) <= set(NEUTRAL) and severe["arc_current"] > mild["arc_current"] and mild["arc_place"] == 1.0
    energy = []
    for causes in (mild, severe):
        engine, state = started(200, keys=("line", "arcs"))
        for key, value in causes.items():
            state.causes[key][:] = value
        total = np.zeros(200)
        for i in range(30):
            engine.step(state, 60.0, RECORD, i)
            total += state.arc_energy
        energy.append(total.mean())
    assert energy[1] > 10 * energy[0] > 0.0


def test_high_impedance_arcs_are_weaker_than_faults() -> None:
    assert arc_causes("vegetation", 1.0)["arc_current"] < arc_causes("parallel", 0.0)["arc_current"]
    with pytest.raises(InputError, match="kind of arc"):
        arc_causes("plasma", 0.5)
    with pytest.raises(InputError, match="severity"):
        arc_causes("series", 1.5)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.02, 3600.0), st.floats(0.0, 80.0), st.floats(250.0, 315.0), st.floats(5e4, 1.06e5),
    st.floats(0.0, 100.0), st.floats(0.0, 0.1), st.floats(0.0, 1e-6), st.floats(0.0, 20.0), st.floats(0.0, 1.0),
)  # fmt: skip
def test_finite_for_any_weather_world_cause_and_step(
    h: float, rain: float, air: float, pressure: float, gap: float, sharp: float, pd: float, growth: float, dead: float
) -> None:
    worlds = draw_world(Discharges.priors(), conditions(8).world)
    extreme = {k: v * np.where(np.arange(8) % 2, 3.0, 0.34) for k, v in worlds.items()}
    engine, state = started(8, keys=("insulators", "line", "discharges"), world=extreme)
    state.rain[:], state.air_temperature[:], state.pressure[:] = rain, air, pressure
    values = {"gap_stress": gap, "sharp_radius": sharp, "pd_level": pd, "pd_growth": growth, "de_energise": dead}
    for key, value in values.items():
        state.causes[key][:] = value
    for i in range(3):
        engine.step(state, h, RECORD, i, coarse=True)
    for name in NAMES:
        assert np.all(np.isfinite(of(state, name))) and np.all(of(state, name) >= 0), name
    assert np.all(np.isfinite(state.source_rate)) and np.all(np.isfinite(state.interharmonic))


def test_row_of_a_batch_is_bit_equal_to_a_batch_of_one() -> None:
    n, row, keys = 60, 33, ("line", "insulators", "discharges")
    worlds = dict(draw_world(Discharges.priors(), conditions(n).world))
    engine, state = started(n, keys=keys, world=worlds)
    c = conditions(n).take(np.array([row]))
    alone = ModularPhysicsEngine(keys, PhysicsContext(GEOMETRY, (), c, {}), 10.0)
    single = Environment3DState.neutral(GEOMETRY, 1, 10.0, {k: v[[row]] for k, v in worlds.items()})
    alone.start(single)
    sparked = 0.0
    for i in range(6):
        gap = np.where(np.arange(n) % 3 == 0, 1.7, 0.0)
        for s, g in ((state, gap), (single, gap[[row]])):
            s.causes["gap_stress"], s.causes["pd_level"] = g.copy(), 1e-11 * g
            s.causes["sharp_radius"] = 2e-4 * g
            s.rain[:] = 0.02 * i
        engine.step(state, 10.0, RECORD, i)
        alone.step(single, 10.0, RECORD, i)
        for name in NAMES:
            assert of(state, name)[[row]].tobytes() == of(single, name).tobytes(), name
        for field in ("source_rate", "interharmonic", "voltage"):
            assert getattr(state, field)[[row]].tobytes() == getattr(single, field).tobytes()
        sparked += of(single, "gap")[0]
    assert sparked > 0 and of(single, "corona")[0] > 0


def test_a_copy_goes_on_alike() -> None:
    engine, state = started(20)
    state.causes["gap_stress"][:] = 1.5
    for i in range(5):
        engine.step(state, 3600.0, 1, i, coarse=True)
    other = state.take(np.arange(20))
    engine.step(state, 10.0, RECORD, 0)
    engine.step(other, 10.0, RECORD, 0)
    for name in NAMES:
        np.testing.assert_array_equal(of(other, name), of(state, name))


def test_a_geometry_without_arc_places_is_refused() -> None:
    with pytest.raises(InputError, match="no place of kind 'arc'"):
        started(geometry=dataclasses.replace(GEOMETRY, places={}))


def test_in_the_twin_a_gap_reaches_the_gas_array_and_neutral_causes_change_nothing_in_dry_weather() -> None:
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 2, "lead_in": 600.0}
    assert {"insulators", "discharges"} <= set(PHYSICS)
    with_, without = (
        Twin(product.replace(operation=operation, physics=physics), thermal=False)
        for physics in (product.physics, [m for m in product.physics if m not in ("insulators", "discharges")])
    )
    runs = []
    for twin, gap in ((without, 0.0), (with_, 0.0), (with_, 4.0)):
        session = twin.begin(twin.draw(np.arange(6)))
        causes = session.course.layers[0].causes
        causes["gap_stress"][:], causes["sharp_radius"][:] = gap, 1e-4 * gap
        session.course.layers[0].onset[:] = -300.0
        runs.append((twin.record(session), session.state))
    quiet = np.flatnonzero((runs[1][1].memory["insulators.surge"].max(axis=1) < 1e-3) & (runs[1][1].rain == 0.0))
    assert quiet.size >= 2
    for key, values in runs[0][0].readings.items():
        np.testing.assert_array_equal(runs[1][0].readings[key][quiet], values[quiet])
    changed = runs[2][0].truth["voc"][quiet] != runs[1][0].truth["voc"][quiet]
    assert changed.any()


def test_cost_of_a_step() -> None:
    n = 4096
    engine, state = started(n)
    for gap in (0.0, 1.5):
        state.causes["gap_stress"][:] = gap
        engine.step(state, 10.0, RECORD, 0)
        draws = engine.streams(state.substeps).draw(phase=RECORD, index=99)
        best = np.inf
        for _ in range(5):
            begin = time.perf_counter()
            engine.modules[-1].step(state, 10.0, draws)
            best = min(best, time.perf_counter() - begin)
        print(f"discharges, gap stress {gap}: {1e6 * best / n:.2f} us per instance-step")
        assert best / n < 30e-6
