"""Laws of the module "vibration": modes, soil, gusts for any step, blows, vortices, hum, row equality."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.parameters.vibration import IMPACTS
from gg_gym.physics import vibration
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.site import Conditions, Site, draw_world
from gg_gym.physics.state import Environment3DState

CONDUCTORS = Line(12470.0, 60.0, 200.0, (-1.12, 0.4, 1.12), (10.0, 10.3, 10.0), (5.05e-3,) * 3, (0.0, -120.0, 120.0))
TANK = Component("transformer", "transformer", (0.0, 0.45, 8.7), 0.25, 0.9, 0.7, 9e4, 1.4, phase=2)
GEOMETRY = Geometry(10.36, 0.1355, (TANK,), (), CONDUCTORS, Mount((0.0, -0.7, 7.2), (0.0, 0.0, 9.85)))
BARE = Geometry(10.36, 0.1355, (), (), None, Mount((0.0, -0.7, 7.2), (0.0, 0.0, 9.85)))
SITE = Site("plains", 39.7, -100.0, 700.0, -5.0, 0.03, 1e6, 60.0, "very_light", "climate")
COLUMN = {name: i for i, name in enumerate(vibration.FEATURES)}


def started(
    n: int = 3, dt: float = 10.0, world: dict[str, Any] | None = None, geometry: Geometry = GEOMETRY,
    keys: tuple[str, ...] = ("vibration",),
) -> tuple[ModularPhysicsEngine, Environment3DState]:  # fmt: skip
    one, seeds = np.ones(n), np.arange(n, dtype=np.uint64) + np.uint64(3)
    c = Conditions(seeds, np.zeros(n, np.int64), 12.0 * one, one, seeds, one, seeds)
    engine = ModularPhysicsEngine(keys, PhysicsContext(geometry, (SITE,), c, world or {}), dt)
    state = Environment3DState.neutral(geometry, n, dt, world)
    state.hour = c.hour.copy()
    engine.start(state)
    return engine, state


def blow(state: Environment3DState, kind: str, rate: float = 0.0) -> None:
    for key, value in zip(("impulse", "duration", "height"), IMPACTS[kind], strict=True):
        state.causes[f"impact_{key}"][:] = value
    state.causes["impact_rate"][:] = rate


def windy(
    state: Environment3DState, speed: float, intensity: float = 0.2, towards: tuple[float, float] = (1.0, 0.0)
) -> None:
    state.wind_speed[:], state.sigma_w[:] = speed, intensity * speed
    state.wind_from[:] = np.arctan2(-towards[0], -towards[1])
    state.wind10[:, :, 0], state.wind10[:, :, 1] = speed * towards[0], speed * towards[1]


def test_vib4_bare_pole_of_class_4() -> None:
    _, state = started(1, geometry=BARE, world={"vibration_soil": np.ones(1)})
    np.testing.assert_allclose(vibration.mode_frequencies(state)[0], [1.7951, 8.5363, 22.0186], rtol=0.005)


def test_a_transformer_and_soft_soil_lower_the_frequencies() -> None:
    soils = {"rock": 0.97, "clay": 0.63, "sand": 0.48}
    first = {}
    for name, soil in soils.items():
        _, state = started(1, world={"vibration_soil": np.array([soil])})
        first[name] = vibration.mode_frequencies(state)[0]
    assert first["rock"][0] > first["clay"][0] > first["sand"][0]
    np.testing.assert_allclose(first["sand"][0] / first["rock"][0], 0.48 / 0.97)
    assert 0.8 < first["rock"][0] < 1.2
    _, state = started(2)
    state.causes["pole_stiffness"] = np.array([1.0, 0.49])
    np.testing.assert_allclose(np.divide(*vibration.mode_frequencies(state)[::-1]), 0.7)


def test_gusts_shake_more_in_stronger_wind_and_mostly_along_it() -> None:
    _, state = started(2000)
    windy(state, 5.0)
    weak = vibration.features(state)[:, :, :2].mean(0)
    windy(state, 15.0)
    strong = vibration.features(state)[:, :, :2].mean(0)
    assert np.all(strong[:2] > 5.0 * weak[:2]) and strong[0, 0] > 1.3 * strong[1, 0]
    assert 1e-3 < strong[0, 0] < 1.0
    lean = vibration.tilt(state)
    assert np.all(lean[:, 0] > 1e-4) and np.all(lean[:, 0] < 0.05) and np.allclose(lean[:, 1], 0.0)


def test_tilt_turns_with_the_wind_and_grows_with_its_square() -> None:
    _, state = started(1, geometry=BARE)
    windy(state, 4.0)
    east = vibration.tilt(state)
    windy(state, 8.0, towards=(0.0, -1.0))
    south = vibration.tilt(state)
    np.testing.assert_allclose(south[0], [0.0, -4.0 * east[0, 0]], atol=1e-12)


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0, 13.7])
def test_sway_has_the_same_spread_for_any_step(dt: float) -> None:
    engine, state = started(3000, dt)
    windy(state, 10.0)
    want = np.sqrt((vibration.gust_deviation(state)[0] ** 2).sum(-1))
    for i in range(4):
        engine.step(state, dt, RECORD, i)
    got = np.sqrt((vibration.features(state)[:, :2, :2] ** 2).sum(-1).mean(0))
    np.testing.assert_allclose(state.memory["vibration.gust"].std(), 1.0, rtol=0.01)
    np.testing.assert_allclose(got[0], want[0], rtol=0.05)


def test_sway_keeps_its_correlation_for_any_step() -> None:
    seen = []
    for steps in ([4.0], [1.0] * 4, [0.1, 3.9]):
        engine, state = started(4000)
        windy(state, 10.0)
        first = state.memory["vibration.gust"][..., 0].copy()
        for i, h in enumerate(steps):
            engine.step(state, h, RECORD, i)
        seen.append((first * state.memory["vibration.gust"][..., 0]).mean(0))
    omega, damping = vibration.modal(state)
    want = np.exp(-4.0 * damping[0] * omega[0])
    for got in seen:
        np.testing.assert_allclose(got[:, :3], want, atol=0.06)


def test_a_blow_rings_once_as_the_cause_sets_in_and_dies_away() -> None:
    engine, state = started(20, 1.0)
    heard = []
    for i in range(30):
        blow(state, "tree")
        if not 3 <= i < 25:
            state.causes["impact_impulse"][:] = 0.0
        engine.step(state, 1.0, RECORD, i)
        heard.append(vibration.features(state)[:, 0])
    features = np.array(heard)
    assert not state.memory["vibration.ring"][:, 1].any()
    assert np.all(state.memory["vibration.blows"] == 1.0)
    peak = features[:, :, COLUMN["peak"]]
    assert np.all(peak[3] > 5.0 * peak[2]) and np.all(features[3, :, COLUMN["rms_high"]] > 0)
    sway = features[:, :, :2].max(-1)
    assert np.all(sway[3] > 3.0 * sway[2]) and np.all(sway[20] < sway[3])
    assert np.all(features[5:, :, COLUMN["rms_high"]] == 0)


def test_repeated_blows_have_the_same_ringing_for_any_step() -> None:
    """Below the number of blows that are followed: power of the rings against Campbell's theorem."""
    for dt in (1.0, 5.0, 20.0):
        engine, state = started(1200, dt)
        blow(state, "tree", rate=0.05)
        for i in range(round(200.0 / dt)):
            engine.step(state, dt, RECORD, i)
        power = (state.memory["vibration.ring"][:, 0] ** 2).sum(-1).mean(0)
        omega, damping = vibration.modal(state)
        causes = {k: v[:1] for k, v in state.causes.items()}
        size = engine.modules[0]._blow_size(causes, omega[:1])[0]  # type: ignore[attr-defined]
        want = 0.05 * size**2 / (2.0 * damping[0, 0] * omega[0])
        np.testing.assert_allclose(power[:2], want[:2], rtol=0.15)
        np.testing.assert_allclose(state.memory["vibration.blows"].mean(), 11.0, rtol=0.05)


def test_kinds_of_blows_differ() -> None:
    seen = {}
    for kind in IMPACTS:
        engine, state = started(1, 1.0)
        blow(state, kind)
        engine.step(state, 1.0, RECORD, 0)
        row = vibration.features(state)[0, 0]
        seen[kind] = row[:2].max(), row[COLUMN["rms_high"]]
    assert seen["vehicle"][0] > 10 * seen["vehicle_passing"][0]
    assert seen["hammer"][1] > seen["tree"][1] > seen["vehicle_passing"][1]


def test_conductors_sing_in_smooth_wind_across_the_line_only() -> None:
    _, state = started(400)
    windy(state, 3.0, 0.05)
    frequency, sound = vibration.aeolian_line(state)
    np.testing.assert_allclose(frequency, 0.2 * 3.0 / 0.0101)
    assert np.median(sound) > 1e-3 and sound.max() < 50.0
    for speed, intensity, towards in ((3.0, 0.3, (1.0, 0.0)), (3.0, 0.05, (0.0, 1.0)), (20.0, 0.05, (1.0, 0.0)),
                                      (0.3, 0.05, (1.0, 0.0))):  # fmt: skip
        windy(state, speed, intensity, towards)
        assert np.median(vibration.aeolian_line(state)[1]) < 1e-4
    assert not vibration.aeolian_line(started(2, geometry=BARE)[1])[1].any()


def test_hum_follows_the_voltage() -> None:
    engine, state = started(2, keys=("line", "vibration"))
    engine.step(state, 10.0, RECORD, 0)
    state.voltage[0] = 0.0
    hum = vibration.features(state)[:, 2, COLUMN["rms_hum"]]
    assert hum[0] == 0.0 and 0.002 < hum[1] < 0.1


def test_loose_hardware_rattles_with_the_wind() -> None:
    _, state = started(3)
    windy(state, 6.0)
    state.causes["loose_hardware"] = np.array([0.0, 1.0, 3.0])
    row = vibration.features(state)[:, 0]
    assert row[0, COLUMN["rms_high"]] == 0.0 and np.all(np.diff(row[:, COLUMN["rms_high"]]) > 0)
    assert row[0, COLUMN["kurtosis"]] == 3.0 < row[1, COLUMN["kurtosis"]]


def test_row_of_a_batch_is_bit_equal_to_a_batch_of_one_and_a_copy_goes_on_alike() -> None:
    n, row, seeds = 40, 13, np.arange(40, dtype=np.uint64)
    worlds = dict(draw_world(vibration.VibrationModule.priors(), seeds))
    one = np.ones(n)
    c = Conditions(seeds, np.zeros(n, np.int64), one, one, seeds, one, seeds)
    runs = []
    for rows in (np.arange(n), np.array([row])):
        world = {k: v[rows] for k, v in worlds.items()}
        engine = ModularPhysicsEngine(("vibration",), PhysicsContext(GEOMETRY, (SITE,), c.take(rows), world), 10.0)
        state = Environment3DState.neutral(GEOMETRY, len(rows), 10.0, world)
        engine.start(state)
        windy(state, 7.0)
        blow(state, "tree", 0.2)
        for i in range(5):
            engine.step(state, 10.0, RECORD, i)
        runs.append((engine, state))
    for key, value in runs[0][1].memory.items():
        assert value[[row]].tobytes() == runs[1][1].memory[key].tobytes(), key
    assert vibration.features(runs[0][1])[[row]].tobytes() == vibration.features(runs[1][1]).tobytes()
    engine, state = runs[0]
    other = state.take(np.arange(n))
    engine.step(state, 10.0, RECORD, 9)
    engine.step(other, 10.0, RECORD, 9)
    for key, value in state.memory.items():
        np.testing.assert_array_equal(value, other.memory[key])


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.02, 3600.0), st.floats(0.0, 45.0), st.floats(0.0, 1.0), st.floats(0.0, 5000.0), st.floats(1e-4, 1.0),
    st.floats(0.0, 12.0), st.floats(0.0, 1.0), st.floats(0.1, 2.0), st.integers(0, 1000),
)  # fmt: skip
def test_everything_is_finite(
    dt: float, wind: float, intensity: float, impulse: float, duration: float, height: float, rate: float,
    stiffness: float, seed: int,
) -> None:  # fmt: skip
    world = dict(draw_world(vibration.VibrationModule.priors(), np.arange(8, dtype=np.uint64) + np.uint64(seed)))
    engine, state = started(8, dt, world)
    windy(state, wind, intensity)
    for key, value in (("impact_impulse", impulse), ("impact_duration", duration), ("impact_height", height),
                       ("impact_rate", rate), ("pole_stiffness", stiffness), ("loose_hardware", rate)):  # fmt: skip
        state.causes[key][:] = value
    for i in range(3):
        engine.step(state, dt, RECORD, i)
    assert np.isfinite(vibration.features(state)).all() and np.isfinite(vibration.tilt(state)).all()
    assert (vibration.features(state) >= 0).all()
