"""Laws of the barometer."""

import numpy as np
import pytest

from gg_gym.parameters.bmp390 import BMP390
from gg_gym.sensors import SensorConfiguration, SensorSuite, Status

N = 400
SOUND = {"stuck": 0.0, "dropout": 0.0, "clock": 0.0}


def build(kit, n=N, world=None, age=0.0, **parameters):
    config = SensorConfiguration(
        key="bmp390", name="baro", position=kit.place, rate=25.0, parameters=parameters, faults=SOUND
    )
    return SensorSuite([config], kit.geometry(), kit.conditions(n, age=age), world or {}, 10.0)


def read(kit, steps=3, n=N, world=None, age=0.0, parameters=None, **values):
    suite = build(kit, n, world, age, **(parameters or {}))
    return kit.record(suite, kit.state(kit.geometry(), n, **{"wind": (0, 0, 0), **values}), steps)


def test_the_truth_is_the_air_at_the_height_of_the_part(kit):
    truth = read(kit, 1, n=1)[0].ideal[0, 0]
    assert 101325.0 - truth == pytest.approx(1.2 * 9.81 * (kit.place[2] - 2.0), rel=0.02)


@pytest.mark.parametrize("speed", [5.0, 10.0, 20.0])
def test_wind_adds_its_dynamic_pressure_times_the_coefficient_of_the_port(kit, speed):
    world = {"sensor.baro_port": np.array(0.3)}
    calm, windy = (read(kit, world=world, wind=(v, 0.0, 0.0)) for v in (0.0, speed))
    added = np.median(windy[-1].reading - calm[-1].reading)
    at_port = speed * np.log(kit.place[2] / 0.03) / np.log(10 / 0.03)
    assert added == pytest.approx(0.3 * 0.5 * 1.2 * at_port**2, rel=0.1, abs=0.3)
    assert np.array_equal(windy[-1].ideal, calm[-1].ideal)


def test_noise_is_that_of_oversampling_and_filter(kit):
    for parameters, sigma in (({"oversampling": 1, "filter": 0}, 6.6), ({"oversampling": 16, "filter": 3}, 0.62)):
        rows = np.array([r.hidden["noise"][:, 0] for r in read(kit, 30, n=64, parameters=parameters)])
        white = np.diff(rows, axis=0).std() / np.sqrt(2)
        assert white == pytest.approx(np.hypot(sigma, 0.46), rel=0.15)  # 0.46: the flicker floor over 10 s


@pytest.mark.parametrize(("oversampling", "quantum"), [(1, 2.64), (16, 0.165), (24, 0.165), (32, 0.0825)])
def test_quantum_halves_with_each_doubling_of_oversampling(kit, oversampling, quantum):
    ticks = read(kit, 2, n=64, parameters={"oversampling": oversampling})[-1].reading / quantum
    assert np.abs(ticks - np.round(ticks)).max() < 1e-6


def test_units_differ_by_trim_and_solder(kit):
    out = read(kit)[-1]
    assert (out.reading - out.ideal).std() == pytest.approx(np.hypot(25.0, 50.0), rel=0.15)


def test_the_zero_drifts_with_age(kit):
    error = [(o.reading - o.ideal)[:, 0] for o in (read(kit, age=a)[-1] for a in (0.0, 0.2, 4.0))]
    near, far = ((error[i] - error[0]).std() for i in (1, 2))
    assert near < far == pytest.approx(np.sqrt(2) * BMP390.drift, rel=0.3)


def test_a_hot_box_moves_the_zero_of_each_unit_its_own_way(kit):
    cool, hot = (read(kit, air_temperature=t)[-1] for t in (283.15, 313.15))
    moved = (hot.reading - hot.ideal - cool.reading + cool.ideal)[:, 0]
    assert moved.std() / 30.0 == pytest.approx(BMP390.per_kelvin, rel=0.2)
    assert abs(np.median(moved)) < 2.0


def test_frost_beyond_the_range_is_said_by_the_inside_temperature(kit):
    inside = SensorConfiguration(key="tmp117", name="t_int", position=kit.place, rate=1.0)
    baro = SensorConfiguration(key="bmp390", name="baro", position=kit.place, rate=25.0, needs=("t_int",))
    suite = SensorSuite([inside, baro], kit.geometry(), kit.conditions(2), {}, 10.0)
    for kelvin, expected in ((225.0, True), (290.0, False)):
        out = kit.record(suite, kit.state(kit.geometry(), 2, air_temperature=kelvin, dew_point=220.0), 2)[-1]
        assert bool((out.status[:, 1] & Status.OUT_OF_SPEC_ENV).all()) == expected
