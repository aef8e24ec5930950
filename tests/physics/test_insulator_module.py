"""Laws of the module "insulators": deposit, washing, onset of wetting, pulses and flashovers for any step."""

import dataclasses
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from gg_gym import Twin, load_product
from gg_gym.errors import InputError
from gg_gym.parameters.insulators import CLASSES, INSULATOR
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.insulators import (
    Insulators,
    band_power,
    deposit_history,
    flash_energy,
    flashed,
    leak_power,
    leakage_harmonics,
    poisson_count,
    pollution,
    wood_heat,
)
from gg_gym.physics.site import Conditions, Site, draw_world
from gg_gym.physics.state import Environment3DState

CONDUCTORS = Line(12470.0, 60.0, 200.0, (-1.12, 0.4, 1.12), (10.0, 10.3, 10.0), (5.05e-3,) * 3, (0.0, -120.0, 120.0))
GEOMETRY = Geometry(
    12.0, 0.15,
    tuple(
        Component(f"insulator_{k}", "insulator", (x, 0.0, 9.9), 0.06, 0.9, 0.5, 800.0, 0.05, phase=i)
        for i, (k, x) in enumerate((("a", -1.12), ("b", 0.4), ("c", 1.12)))
    ),
    (), CONDUCTORS, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)), {"arc": ("insulator_a", "insulator_b")},
)  # fmt: skip
SITE = Site("here", 40.0, -100.0, 300.0, -6.0, 0.05, 1e6, 200.0, "medium", "climate")
KEYS = ("esdd", "wetness", "bands", "surge", "leakage", "stress", "pulses", "pulse_peak", "flashovers", "flash_energy",
        "arc_power", "leak_power", "wood_heat", "pulse_rate")  # fmt: skip
WET = ("surface_wetness", "insulators")


def conditions(n: int, first: int = 5) -> Conditions:
    one, seeds = np.ones(n), np.arange(n, dtype=np.uint64) + np.uint64(first)
    return Conditions(seeds, np.zeros(n, np.int64), 12.0 * one, 0.5 * one, seeds, one, seeds % np.uint64(3))


def started(
    n: int = 4,
    dt: float = 10.0,
    keys: tuple[str, ...] = WET,
    sites: tuple[Site, ...] = (),
    world: dict[str, Any] | None = None,
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    engine = ModularPhysicsEngine(keys, PhysicsContext(GEOMETRY, sites, conditions(n), world or {}), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.wind_speed[:] = 2.0
    engine.start(state)
    return engine, state


def of(state: Environment3DState, name: str) -> Any:
    return state.memory[f"insulators.{name}"]


def humid(state: Environment3DState, depression: float = -0.5) -> None:
    """Air whose dew point is above the surfaces: dew gathers on them."""
    state.dew_point = state.air_temperature - depression


def run(engine: ModularPhysicsEngine, state: Environment3DState, span: float, dt: float, first: int = 0) -> None:
    for i in range(round(span / dt)):
        engine.step(state, dt, RECORD, first + i)


def test_dry_weeks_gather_salt_by_class() -> None:
    weeks = 4
    gained = []
    for name in ("very_light", "heavy"):
        engine, state = started(2, sites=(dataclasses.replace(SITE, pollution_class=name),))
        before = of(state, "level") * CLASSES[name][1]
        of(state, "esdd")[:] = before
        for i in range(weeks * 168):
            engine.step(state, 3600.0, 1, i, coarse=True)
        kept = -np.expm1(-weeks * 604800.0 / INSULATOR.erosion) * INSULATOR.erosion / (weeks * 604800.0)
        gained.append((of(state, "esdd") - before) / (of(state, "level") * weeks * kept))
    np.testing.assert_allclose(np.mean(gained[0]), 0.0005, rtol=0.05)
    np.testing.assert_allclose(np.mean(gained[1]), 0.005, rtol=0.05)


def test_heavy_rain_washes_and_drizzle_does_not() -> None:
    left = []
    for rain in (0.0, 0.3, 10.0):
        engine, state = started(3)
        before = of(state, "esdd").copy()
        state.rain[:] = rain
        run(engine, state, 3600.0, 60.0)
        left.append((of(state, "esdd") / before).max())
    assert left[0] >= 1.0 and left[1] > 0.99 and left[2] < 0.65


def test_leakage_peaks_at_the_onset_of_wetting() -> None:
    engine, state = started(50)
    run(engine, state, 600.0, 10.0)
    dry = of(state, "leakage").copy()
    humid(state)
    state.rain[:] = 8.0
    course = []
    for i in range(180):
        engine.step(state, 10.0, RECORD, 100 + i)
        course.append(of(state, "leakage").copy())
    peak = np.argmax(course, axis=0)
    assert np.all(np.max(course, axis=0) > 100 * dry)
    assert np.all(peak < 30) and np.all(course[-1] < 0.5 * np.max(course, axis=0))


def test_in_dry_air_only_the_capacitive_current_flows() -> None:
    engine, state = started(3)
    run(engine, state, 60.0, 10.0)
    np.testing.assert_allclose(of(state, "leakage"), 15e-6, rtol=0.02)
    assert of(state, "pulses").sum() == flashed(state).sum() == of(state, "arc_power").sum() == 0.0


def test_magnitudes_in_fog_are_those_of_the_field() -> None:
    """Surge some tens to hundreds of milliamperes, continuous 1 to 50 mA on a medium deposit, pulses 10 to 500 mA."""
    engine, state = started(200)
    of(state, "esdd")[:] = 0.05
    humid(state)
    run(engine, state, 3600.0, 10.0)
    surge, leakage, peak = (of(state, k) for k in ("surge", "leakage", "pulse_peak"))
    assert 0.03 < np.median(surge) < 0.3 and 1e-3 < np.median(leakage) < 50e-3
    assert 0.01 < np.median(peak[peak > 0]) < 0.5 and np.all(peak <= np.sqrt(2.0) * surge.max(axis=1) * (1 + 1e-12))
    assert 0.3 < np.median(of(state, "stress")) < 1.0


def test_deterministic_states_converge_in_dt() -> None:
    """Constant weather: deposit, wetness and dry bands are exact for any step."""
    seen = []
    for dt in (1.0, 10.0, 60.0, 1800.0, 3600.0):
        engine, state = started(3, dt)
        humid(state)
        state.rain[:] = 1.0
        for i in range(round(3600.0 / dt)):
            engine.step(state, dt, RECORD, i, coarse=True)
        seen.append([of(state, k) for k in ("esdd", "wetness", "surge")])
    for other in seen[1:]:
        for x, y in zip(seen[0], other, strict=True):
            np.testing.assert_allclose(y, x, rtol=1e-9)


def test_wetness_and_bands_converge_in_changing_weather() -> None:
    seen = []
    for dt in (2.0, 60.0):
        engine, state = started(3, dt)
        for i in range(round(7200.0 / dt)):
            state.dew_point = state.air_temperature - 6.0 * np.cos(2 * np.pi * (i + 1) * dt / 7200.0)
            engine.step(state, dt, RECORD, i)
        seen.append(np.concatenate([of(state, k).ravel() for k in ("wetness", "bands", "leakage")]))
    np.testing.assert_allclose(seen[1], seen[0], rtol=0.05, atol=1e-4)


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0, np.nan])
def test_pulse_counts_are_poisson_for_any_step(dt: float) -> None:
    """Mean and variance of the count over a span are rate times span; NaN stands for random steps."""
    n, span = 1500, (2.0 if dt < 0.1 else 3600.0)
    world = {"insulator_pulses": np.full(n, 2.0 if span < 10 else 0.005)}
    engine, state = started(n, 60.0, world=world)
    state.causes["wetting"][:] = 0.3
    of(state, "esdd")[:] = 0.02
    run(engine, state, 7200.0, 3600.0)
    before, rate = of(state, "pulses").copy(), of(state, "pulse_rate").copy()
    steps = np.full(round(span / dt), dt) if np.isfinite(dt) else np.diff([0.0, 0.05, 7.0, 900.0, 901.0, 3600.0])
    if dt == 1.0:
        steps, span = steps[:300], 300.0
    for i, h in enumerate(steps):
        engine.step(state, float(h), RECORD, 1000 + i, coarse=True)
    count = of(state, "pulses") - before
    mean = rate.mean() * span
    np.testing.assert_allclose(count.mean(), mean, rtol=0.02, atol=4 * np.sqrt(mean / n))
    np.testing.assert_allclose(count.var(), mean, rtol=0.15)
    np.testing.assert_allclose(of(state, "pulse_rate"), rate, rtol=1e-2)


@pytest.mark.parametrize("parts", [1, 6, 60])
def test_highest_pulse_and_flashover_of_an_hour_have_their_exact_laws(parts: int) -> None:
    """Mean of the highest of Poisson many lognormal pulses, and the chance of a flashover, for any number of steps."""
    n = 3000
    engine, state = started(n, 60.0, world={"insulator_pulses": np.full(n, 3e-4)})
    state.causes["wetting"][:] = 0.3
    of(state, "esdd")[:] = 0.25
    run(engine, state, 7200.0, 3600.0)
    before, highest, mean = flashed(state).copy(), np.zeros(n), of(state, "pulse_rate").mean() * 3600.0
    for i in range(parts):
        engine.step(state, 3600.0 / parts, RECORD, 1000 + i, coarse=True)
        highest = np.maximum(highest, of(state, "pulse_peak") / of(state, "surge").max(axis=1))
    x = (np.arange(4000) + 0.5) / 4000 * np.sqrt(2.0)
    above = -np.expm1(-mean * ndtr(-np.log(x / (0.4 * np.sqrt(2.0))) / 0.6))
    np.testing.assert_allclose(highest.mean(), above.mean() * np.sqrt(2.0), rtol=0.03)
    hazard = 3.85e-4 * ndtr(np.log(of(state, "stress")) / 0.065) * 3600.0
    expected = -np.expm1(-hazard.sum(axis=1)).mean()
    assert 0.1 < expected < 0.9
    np.testing.assert_allclose((flashed(state) > before).mean(), expected, atol=0.035)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-6, 200.0), st.integers(0, 2**31))
def test_poisson_quantiles_have_the_mean_and_the_variance(mean: float, seed: int) -> None:
    u = (np.random.default_rng(seed).permutation(4000) + 0.5) / 4000
    count = poisson_count(np.full(4000, mean), u)
    assert np.all(count >= 0) and np.all(count == np.rint(count))
    np.testing.assert_allclose(count.mean(), mean, rtol=0.01, atol=2e-4)
    np.testing.assert_allclose(count.var(), mean, rtol=0.05, atol=3e-4)


def test_salt_step_adds_once_and_rain_takes_it_away() -> None:
    engine, state = started(2)
    before = of(state, "esdd").copy()
    state.causes["salt_step"][:] = 0.1
    run(engine, state, 100.0, 10.0)
    np.testing.assert_allclose(of(state, "esdd") - before, 0.1, rtol=1e-3)
    state.causes["salt_step"][:] = 0.0
    state.rain[:] = 20.0
    run(engine, state, 7200.0, 60.0, first=100)
    assert np.all(of(state, "esdd") < before)


def test_broken_sheds_and_voltage_change_the_stress() -> None:
    stress = []
    for factor, dead in ((1.0, 0.0), (0.5, 0.0), (1.0, 1.0)):
        engine, state = started(3)
        humid(state)
        state.causes["creepage_factor"][:], state.causes["de_energise"][:] = factor, dead
        run(engine, state, 600.0, 10.0)
        stress.append(of(state, "stress"))
    ratio = stress[1] / stress[0]  # less than twice: on a shorter path the current crowds more at the arc's foot
    assert np.all((ratio > 1.4) & (ratio < 2.0))
    assert np.all(stress[2] == 0.0) and of(state, "leakage").sum() == of(state, "arc_power").sum() == 0.0


def test_leakage_heats_wood_only_through_its_cause() -> None:
    engine, state = started(100)
    of(state, "esdd")[:] = 0.05
    humid(state)
    run(engine, state, 3600.0, 60.0)
    np.testing.assert_array_equal(wood_heat(state), 0.0)
    np.testing.assert_array_equal(state.causes["leak_power"], 0.0)
    power = leak_power(state)
    assert 20.0 < np.median(power) < 500.0 and np.all(band_power(state) <= 0.2 * power)
    state.causes["leak_coupling"][:] = 1.0
    engine.step(state, 10.0, RECORD, 99)
    assert 0.3 < np.median(wood_heat(state)) < 60.0 and state.hot_spot.max() == 293.15
    bare = Environment3DState.neutral(GEOMETRY, 2)
    assert not any(of_bare(bare).any() for of_bare in (leak_power, wood_heat, band_power, flash_energy, flashed))


def test_without_the_wetness_module_only_rain_and_humid_air_wet() -> None:
    engine, state = started(3, keys=("insulators",))
    seen: list[Any] = []
    for rain, depression in ((0.0, 15.0), (2.0, 15.0), (0.0, 0.5)):
        state.rain[:] = rain
        humid(state, depression=depression)
        engine.step(state, 60.0, RECORD, len(seen))
        seen.append(of(state, "wetness").copy())
    assert np.all(seen[0] == 0.0) and np.all(seen[1] > 0.95) and np.all(seen[2] > 0.5)


def test_a_flashover_sets_free_the_energy_of_a_power_arc() -> None:
    engine, state = started(200)
    state.causes["salt_step"][:], state.causes["creepage_factor"][:] = 1.0, 0.3
    humid(state)
    run(engine, state, 3 * 3600.0, 3600.0)
    count = flashed(state)
    assert count.sum() > 100
    energy = flash_energy(state)
    np.testing.assert_array_equal(energy > 0, count > 0)
    each = energy[count > 0] / count[count > 0]
    assert np.all((each > 5e3) & (each < 2e5)) and np.all(state.arc_power == 0.0)


def test_clipped_half_cycles_have_a_strong_third_and_fifth() -> None:
    engine, state = started(20)
    of(state, "esdd")[:] = 0.1
    np.testing.assert_allclose(leakage_harmonics(state)[..., 1:], 0.0, atol=1e-3)
    humid(state)
    run(engine, state, 3600.0, 60.0)
    shares = np.abs(leakage_harmonics(state))
    assert np.all(shares[..., 0] == 1.0) and shares[..., 1].min() > 0.1 and shares[..., 2].min() > 0.02


def test_the_site_and_its_year_set_the_first_deposit() -> None:
    table, mean = deposit_history(SITE, 6e6)
    assert table.shape == (8760, 3) and np.all(table >= 0) and table[:, 0].max() < 30
    assert np.diff(table[:, 0]).min() < -0.1 and table[:, 2].max() < 1.0
    np.testing.assert_allclose(mean[0], 1.0)
    assert mean[1] < 1e-3
    coast, _ = deposit_history(dataclasses.replace(SITE, distance_to_coast=300.0, distance_to_road=5.0), 6e6)
    assert coast[:, 1].mean() > 10 * table[:, 1].mean() and coast[:, 2].max() > table[:, 2].max()
    with pytest.raises(InputError, match="pollution_class"):
        pollution(dataclasses.replace(SITE, pollution_class="grim"))


def test_a_geometry_without_insulators_is_refused() -> None:
    bare = dataclasses.replace(GEOMETRY, components=(dataclasses.replace(GEOMETRY.components[0], kind="bolt"),))
    with pytest.raises(InputError, match="no insulator"):
        Insulators(PhysicsContext(bare, (), conditions(1), {}))


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.02, 3600.0), st.floats(0.0, 80.0), st.floats(250.0, 315.0), st.floats(-5.0, 30.0),
    st.floats(0.0, 40.0), st.floats(0.0, 5.0), st.floats(0.0, 2.0),
)  # fmt: skip
def test_finite_for_any_weather_world_and_step(
    h: float, rain: float, air: float, depression: float, wind: float, salt: float, factor: float
) -> None:
    worlds = draw_world(Insulators.priors(), conditions(16).world)
    extreme = {k: v * np.where(np.arange(16) % 2, 3.0, 0.34) for k, v in worlds.items() if "centre" not in k}
    engine, state = started(16, world=extreme)
    state.rain[:], state.air_temperature[:], state.wind_speed[:] = rain, air, wind
    humid(state, depression)
    state.causes["salt_step"][:], state.causes["creepage_factor"][:] = salt, factor
    for i in range(4):
        engine.step(state, h, RECORD, i, coarse=True)
    for name in KEYS:
        assert np.all(np.isfinite(of(state, name))) and np.all(of(state, name) >= 0), name


def test_row_of_a_batch_is_bit_equal_to_a_batch_of_one() -> None:
    n, row = 64, 41
    worlds = dict(draw_world(Insulators.priors(), conditions(n).world))
    engine, state = started(n, sites=(SITE,), world=worlds)
    c = conditions(n).take(np.array([row]))
    alone = ModularPhysicsEngine(WET, PhysicsContext(GEOMETRY, (SITE,), c, {}), 10.0)
    single = Environment3DState.neutral(GEOMETRY, 1, 10.0, {k: v[[row]] for k, v in worlds.items()})
    single.wind_speed[:] = 2.0
    alone.start(single)
    for i in range(20):
        rain = np.where(np.arange(n) % 3 == 0, 0.0, 5.0)
        for s, r in ((state, rain), (single, rain[[row]])):
            s.rain = r
            humid(s)
        engine.step(state, 60.0, RECORD, i)
        alone.step(single, 60.0, RECORD, i)
        for name in KEYS:
            assert of(state, name)[[row]].tobytes() == of(single, name).tobytes(), name
    assert of(single, "pulses")[0] > 0


def test_in_the_twin_it_changes_no_reading_and_a_dead_line_has_no_field() -> None:
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 2, "lead_in": 600.0}
    fewer = [m for m in product.physics if m not in ("insulators", "discharges")]
    plain = Twin(product.replace(operation=operation, physics=fewer), thermal=False)
    whole = Twin(product.replace(operation=operation, physics=[*fewer, "insulators"]), thermal=False)
    runs = []
    for twin, dead in ((plain, 0.0), (whole, 0.0), (whole, 1.0)):
        session = twin.begin(twin.draw([1, 2]))
        session.course.layers[0].causes["de_energise"][:] = dead
        session.course.layers[0].onset[:] = -300.0
        runs.append(twin.record(session))
    for key, values in runs[0].readings.items():
        np.testing.assert_array_equal(runs[1].readings[key], values)
    emf = {c.name: i for i, c in enumerate(whole.channels[whole.slices["emf"]])}
    field = [emf["B_x"], emf["E_z"]]
    assert runs[1].truth["emf"][..., field].min() > 0.0 and not runs[2].truth["emf"][..., field].any()


def test_cost_of_a_step() -> None:
    n = 4096
    engine, state = started(n)
    humid(state)
    run(engine, state, 600.0, 60.0)
    draws = engine.streams(state.substeps).draw(phase=RECORD, index=99)
    best = np.inf
    for _ in range(5):
        begin = time.perf_counter()
        engine.modules[0].step(state, 10.0, draws)
        best = min(best, time.perf_counter() - begin)
    print(f"insulators: {1e6 * best / n:.2f} us per instance-step")
    assert best / n < 20e-6
