"""Laws of the climate probe and the sonic."""

import numpy as np
import pytest

from gg_gym.sensors import Status

N = 200


def test_sun_warms_the_shield_and_dries_its_air(kit):
    suite = kit.suite(("t_rh",), N)
    night = kit.record(suite, kit.state(kit.geometry(), N, wind=(0.2, 0, 0)), 30)[-1]
    day = kit.record(suite, kit.state(kit.geometry(), N, ghi=1000.0, wind=(0.2, 0, 0)), 30)[-1]
    assert np.median(night.reading[:, 0] - night.ideal[:, 0]) == pytest.approx(0.0, abs=0.02)
    assert np.median(day.reading[:, 0] - day.ideal[:, 0]) == pytest.approx(2.0 / 1.25, abs=0.15)
    assert np.median(day.reading[:, 1] / night.reading[:, 1]) == pytest.approx(1 - 0.06 * 1.6, abs=0.02)


def test_temperature_follows_with_the_lag_of_the_shield(kit):
    suite = kit.suite(("t_rh",), N)
    suite.start(kit.state(kit.geometry(), N, air_temperature=290.0), 3, 0)
    warm = kit.state(kit.geometry(), N, air_temperature=300.0)
    for i in range(4):
        out = suite.read(warm, 10.0, 3, i + 1)
    # input ramps over the first fine step of 2.5 s, then holds
    share = np.median(suite.chain.m["lag"][:, 0] - 290 + 273.15 + 0.0098 * 6.4) / 10
    assert share == pytest.approx(1 - np.exp(-(40 - 1.25) / 45.0), abs=0.03)
    assert out.reading.shape == (N, 2)


def test_quanta_of_the_part(kit):
    out = kit.record(kit.suite(("t_rh",), N), kit.state(kit.geometry(), N), 1)[-1].reading
    ticks = out / np.array([175 / 65535, 125 / 65535])
    assert np.abs(ticks - np.round(ticks)).max() < 1e-6


def test_long_damp_makes_humidity_creep(kit):
    suite = kit.suite(("t_rh",), N, seed=1)
    damp = kit.state(kit.geometry(), N, dt=3600.0, dew_point=291.0)
    suite.start(damp, 3, 0)
    first = suite.read(damp, 3600.0, 3, 1).reading[:, 1]
    for i in range(100):
        last = suite.read(damp, 3600.0, 3, i + 2).reading[:, 1]
    assert np.median(last - first) == pytest.approx(0.7, abs=0.15)


def sonic(kit, wind, n=N, steps=3, **values):
    out = kit.record(kit.suite(("wind",), n), kit.state(kit.geometry(), n, wind=wind, **values), steps)[-1]
    return out


def test_free_wind_is_read_in_the_meteorological_sense(kit):
    out = sonic(kit, (5.0, 0.0, 0.0))  # from the west
    assert np.median(out.reading[:, 1]) == pytest.approx(-1.0, abs=0.01)
    assert np.median(out.reading[:, 0]) == pytest.approx(out.ideal[0, 0], rel=0.03)
    assert (out.reading[:, 1] ** 2 + out.reading[:, 2] ** 2) == pytest.approx(1.0, abs=1e-5)


def test_the_pole_shadows_wind_that_comes_over_it(kit):
    x, y = kit.place[:2]
    toward = np.array([x, y]) / np.hypot(x, y)
    behind = sonic(kit, (*(5 * toward), 0.0))
    before = sonic(kit, (*(-5 * toward), 0.0))
    assert np.median(behind.reading[:, 0] / behind.ideal[:, 0]) == pytest.approx(0.65, abs=0.03)
    assert np.median(before.reading[:, 0] / before.ideal[:, 0]) == pytest.approx(1.0, abs=0.02)


def test_calm_repeats_the_last_direction_and_says_below_limit(kit):
    suite = kit.suite(("wind",), N)
    suite.start(kit.state(kit.geometry(), N, wind=(3, 0, 0)), 3, 0)
    before = suite.read(kit.state(kit.geometry(), N, wind=(3, 0, 0)), 10.0, 3, 1)
    after = suite.read(kit.state(kit.geometry(), N, wind=(0, 0, 0)), 10.0, 3, 2)
    calm = after.reading[:, 0] < 0.05
    assert calm.any()
    assert np.array_equal(after.reading[calm, 1:], before.reading[calm, 1:])
    assert (after.status[calm, 0] & Status.BELOW_LOD).all()


def test_direction_and_speed_are_rounded(kit):
    out = sonic(kit, (3.0, 2.0, 0.0)).reading
    degrees = np.rad2deg(np.arctan2(out[:, 1], out[:, 2]))
    assert np.abs(degrees - np.round(degrees)).max() < 1e-3
    assert np.abs(out[:, 0] * 100 - np.round(out[:, 0] * 100)).max() < 1e-6


def test_rain_and_ice_block_the_path_and_are_flagged(kit):
    wet = sonic(kit, (3, 0, 0), 2000, rain=50.0)
    blocked = (wet.status[:, 0] & Status.PATH_BLOCKED) > 0
    assert blocked.mean() == pytest.approx(0.1, abs=0.03)
    assert ((wet.status[blocked, 0] & Status.COMM) > 0).all()
    suite = kit.suite(("wind",), 4)
    kit.record(suite, kit.state(kit.geometry(), 4, air_temperature=270.0, rain=1.0), 2)
    cold = suite.read(kit.state(kit.geometry(), 4, air_temperature=273.5), 10.0, 3, 9)
    thaw = suite.read(kit.state(kit.geometry(), 4, air_temperature=276.0), 10.0, 3, 10)
    assert (cold.status[:, 0] & Status.PATH_BLOCKED).all() and not (thaw.status[:, 0] & Status.PATH_BLOCKED).any()
