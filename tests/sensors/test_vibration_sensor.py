"""Laws of the accelerometers: noise of a band, axes, tilt and its temperature, clipping in a blow, silent faults."""

import numpy as np
import pytest

from gg_gym.parameters.adxl355 import ADXL355
from gg_gym.parameters.iis3dwb import IIS3DWB
from gg_gym.physics.vibration import MODES, features, tilt
from gg_gym.sensors import SensorConfiguration, SensorSuite, Status
from gg_gym.sensors.vibration import FLOOR, GRAVITY, TILT

N = 400
PART = {"key": "adxl355_iis3dwb", "name": "vibration", "rate": 1.0, "faults": {"offset": 0.0}}
HEALTHY = {"fault_stuck": 0.0, "fault_dropout": 0.0, "fault_loose": 0.0, "fault_axis": 0.0}


def suite(kit, n=N, dt=10.0, first=0, others=(), age=0.0, **parameters):
    config = SensorConfiguration(**PART, position=kit.place, parameters={**HEALTHY, **parameters})
    return SensorSuite([*kit.configs(*others), config] if others else [config], kit.geometry(),
                       kit.conditions(n, first, age=age), {}, dt)  # fmt: skip


def swaying(kit, n=N, dt=10.0, amplitude=1.0, high=0.0, peak=0.0, **values):
    """A pole whose modes are at ``amplitude`` deviations, with energy above 500 Hz [m/s2] and a blow's peak [m/s2]."""
    state = kit.state(kit.geometry(), n, dt, **{"wind": (6.0, 4.0, 0.0), **values})
    state.memory["vibration.gust"] = np.full((n, 2, MODES + 1, 2), amplitude)
    state.memory["vibration.ring"] = np.zeros((n, 2, MODES, 2))
    state.memory["vibration.high"] = np.full((n, 2), high**2)
    state.memory["vibration.blow_age"], state.memory["vibration.peak"] = np.zeros(n), np.full(n, peak)
    return state


def read(kit, state, steps=2, **how):
    return kit.record(suite(kit, state.n, **how), state, steps)[-1]


def test_a_still_pole_reads_the_noise_of_the_parts(kit):
    out = read(kit, kit.state(kit.geometry(), N, wind=(0.0, 0.0, 0.0))).reading[:, :18].reshape(N, 3, 6)
    width = np.array([1.8, 48.0, 450.0, 5500.0])
    density = np.array([ADXL355.density] * 2 + [IIS3DWB.density] * 2)
    assert np.median(out[:, :, :4], axis=(0, 1)) == pytest.approx(density * np.sqrt(width), rel=0.03)
    np.testing.assert_allclose(FLOOR, density * np.sqrt(width))
    assert np.median(out[:, :, 5]) == pytest.approx(3.0, abs=0.05)


def test_ideal_readings_are_the_physics(kit):
    state = swaying(kit, 5, high=0.3)
    out = read(kit, state)
    true = features(state)
    assert out.ideal[:, :18].reshape(5, 3, 6)[:, :, :5] == pytest.approx(true[:, :, :5] / GRAVITY)
    assert out.ideal[:, TILT] == pytest.approx(np.rad2deg(tilt(state)))


def test_signal_and_noise_add_in_squares(kit):
    state = swaying(kit, high=0.1)
    out = read(kit, state).reading[:, 3]
    true = features(state)[0, 0, 3] / GRAVITY
    assert np.median(out) == pytest.approx(np.hypot(true, FLOOR[3]), rel=0.02)


def test_a_strong_axis_shows_in_the_weak_ones(kit):
    state = swaying(kit, 2000, high=30.0)
    out = read(kit, state).reading[:, :18].reshape(2000, 3, 6)
    leak = np.sqrt(out[:, 2, 3] ** 2 - FLOOR[3] ** 2) / out[:, 0, 3]
    assert np.sqrt((leak**2).mean()) == pytest.approx(np.sqrt(2) * ADXL355.cross_axis, rel=0.2)


def test_the_zero_of_the_tilt_moves_with_temperature(kit):
    cold, warm = (
        read(kit, kit.state(kit.geometry(), 2000, wind=(0, 0, 0), air_temperature=t), 2).reading[:, TILT]
        for t in (273.15, 313.15)
    )
    assert (warm - cold).std() == pytest.approx(np.rad2deg(40.0 * ADXL355.offset_tempco), rel=0.15)
    assert cold.std() == pytest.approx(ADXL355.mount_tilt, rel=0.2)


def test_a_blow_beyond_the_range_clips_and_is_flagged(kit):
    out = read(kit, swaying(kit, high=40.0, peak=400.0))
    assert (out.status[:, 0] & Status.SAT_HIGH).all()
    assert (out.reading[:, 4] == IIS3DWB.limit).mean() > 0.95
    # half of the peak is lost, so about half of the ringing
    free = features(swaying(kit, 1, high=40.0, peak=400.0))[0, 0, 3] / GRAVITY
    assert np.median(out.reading[:, 3]) == pytest.approx(free * IIS3DWB.limit * GRAVITY / 400.0, rel=0.05)
    small = read(kit, swaying(kit, high=5.0, peak=60.0))
    assert not (small.status & int(Status.SAT_HIGH)).any()
    narrow = read(kit, swaying(kit, high=5.0, peak=60.0), range=4.0)
    assert (narrow.status & int(Status.SAT_HIGH)).all()


def test_loose_mounts_and_stuck_axes_are_silent(kit):
    state = swaying(kit, high=0.5)
    good, loose = read(kit, state, age=2.0), read(kit, state, age=2.0, fault_loose=1e6)
    assert np.median(loose.reading[:, 3] / good.reading[:, 3]) == pytest.approx(IIS3DWB.loose_gain, rel=0.05)
    assert np.median(loose.reading[:, 5]) > 8.0 and np.array_equal(loose.status, good.status)
    dead = read(kit, state, age=2.0, fault_axis=1e6).reading[:, :18].reshape(N, 3, 6)
    assert ((dead[:, :, 0] == 0.0).sum(axis=1) == 1).all()
    assert np.array_equal(loose.ideal, good.ideal)


def test_faults_come_with_age(kit):
    state = swaying(kit, 4000)
    share = [(read(kit, state, age=a, fault_axis=0.2).reading[:, :18].reshape(-1, 3, 6)[:, :, 0] == 0).any(1).mean()
             for a in (1.0, 5.0)]  # fmt: skip
    assert share[0] == pytest.approx(1 - np.exp(-0.2), abs=0.03)
    assert share[1] == pytest.approx(1 - np.exp(-1.0), abs=0.03)


@pytest.mark.parametrize("dt", [0.02, 600.0])
def test_nothing_but_the_peak_of_a_blow_depends_on_the_step(kit, dt):
    a = kit.record(suite(kit, dt=dt), swaying(kit, dt=dt, high=0.2), 60 if dt < 1 else 2, dt)[-1]
    b = kit.record(suite(kit), swaying(kit, high=0.2), 2)[-1]
    assert a.ideal == pytest.approx(b.ideal, rel=1e-9, abs=1e-12)
    assert np.median(a.reading, axis=0) == pytest.approx(np.median(b.reading, axis=0), rel=0.05, abs=2e-3)


def test_row_of_a_batch_is_that_of_a_batch_of_one_and_nobody_else_moves(kit):
    state = swaying(kit, 6, high=0.2, peak=200.0)
    state.memory["vibration.high"] *= np.arange(6)[:, None]
    whole = kit.record(suite(kit, 6, others=("t_rh",), age=1.5), state, 3)
    bare = kit.record(kit.suite(("t_rh",), 6), state, 3)
    for row in (0, 5):
        alone = kit.record(suite(kit, 1, first=row, others=("t_rh",), age=1.5), state.take([row]), 3)
        for a, b in zip(whole, alone, strict=True):
            assert np.array_equal(a.reading[row], b.reading[0]) and np.array_equal(a.ideal[row], b.ideal[0])
    for a, b in zip(whole, bare, strict=True):
        assert np.array_equal(a.reading[:, :2], b.reading)


def test_off_is_missing(kit):
    part, state = suite(kit, 2), swaying(kit, 2)
    part.start(state, 3, 0)
    part.disable("vibration")
    assert (part.read(state, 10.0, 3, 1).status & int(Status.COMM)).all()
