"""Laws of particle counters, barometers and fuel gauges."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import fuel_gauge, particle_sensors, pressure_sensors

QUICK = settings(max_examples=25, deadline=None)
X = np.linspace(0.05, 3.0, 40)
CASES: dict[str, Any] = {
    "humid_mass": (particle_sensors.humid_mass, (X / 3.1, X)),
    "lognormal_number": (lambda d: particle_sensors.lognormal_number(d, 0.2, 1.8), (X,)),
    "seen_share": (lambda d: particle_sensors.seen_share(d, 1.3, 8.0), (X,)),
    "counted": (lambda n, z: particle_sensors.counted(n, z, 5.0), (X * 10, X - 1.5)),
    "averaging_time": (lambda n: particle_sensors.averaging_time(n, 400.0, 2.0, 16.0), (X * 100,)),
    "coincidence_loss": (lambda n: particle_sensors.coincidence_loss(n, 0.1), (X,)),
    "precision_ratio": (lambda c: particle_sensors.precision_ratio(c, 5.0, 0.05, 30.0), (X * 200,)),
    "pressure_at": (lambda p, t: pressure_sensors.pressure_at(p, t, 7.0), (1e5 * X, 280.0 + X)),
    "dynamic_pressure": (pressure_sensors.dynamic_pressure, (X, X, X)),
    "filter_noise": (lambda s: pressure_sensors.filter_noise(s, 3.0), (X,)),
    "counted_charge": (lambda s, i, c: fuel_gauge.counted_charge(s, i, c, 60.0), (X / 3, X, 10 * X)),
    "rest_share": (lambda i: fuel_gauge.rest_share(i, 0.6), (X,)),
    "voltage_pull": (lambda e, s, r: fuel_gauge.voltage_pull(e, s, r, 3600.0), (0.01 * X, X, 1e-4 * X)),
    "charge_error": (lambda t, a: fuel_gauge.charge_error(t, a, 2.0, 0.18, 0.5), (20.0 * X - 10.0, X)),
}


@pytest.mark.parametrize("name", CASES)
def test_numpy_and_torch_agree(name):
    law, arguments = CASES[name]
    exact = law(*arguments)
    single = law(*(np.float32(a) for a in arguments))
    other = law(*(torch.tensor(a, dtype=torch.float32) for a in arguments))
    assert single == pytest.approx(exact, rel=2e-4, abs=1e-6)
    assert other.numpy() == pytest.approx(exact, rel=2e-4, abs=1e-6)


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_particles_never_shrink_in_damp_and_more_hygroscopic_ones_grow_more(activity, kappa):
    a, k = np.array([activity]), np.array([kappa])
    mass = particle_sensors.humid_mass(a, k)
    assert mass[0] >= 1.0
    assert particle_sensors.humid_mass(a, k + 0.1)[0] > mass[0]


def test_growth_at_half_humidity_by_hand():
    assert particle_sensors.humid_mass(np.array([0.5]), np.array([0.33])) == pytest.approx([1.2])


def test_a_lognormal_mode_counts_to_one():
    d = np.geomspace(1e-3, 10.0, 4000)
    total = particle_sensors.lognormal_number(d, 0.2, 1.8).sum() * np.log(d[1] / d[0])
    assert total == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("number", [1.0, 10.0, 1000.0])
def test_counts_have_the_mean_and_variance_of_poisson(number):
    z = np.random.default_rng(1).standard_normal(200_000)
    seen = particle_sensors.counted(np.full(z.size, number), z, 2.0)
    assert seen.mean() == pytest.approx(number, rel=0.02) and (seen >= 0).all()
    assert seen.var() == pytest.approx(number / 2.0, rel=0.06)


@QUICK
@given(st.floats(0.0, 1e6))
def test_coincidence_only_loses_and_keeps_the_order(number):
    n = np.array([number, number * 1.01 + 1.0])
    left = particle_sensors.coincidence_loss(n, 1e-4)
    assert (left <= n).all() and left[1] > left[0]


def test_the_part_averages_a_fourth_of_its_start_up_times():
    time = particle_sensors.averaging_time(np.array([0.0, 10.0, 50.0, 100.0, 200.0, 3000.0]), 400.0, 2.0, 16.0)
    assert time == pytest.approx([16.0, 16.0, 8.0, 4.0, 2.0, 2.0])


def test_precision_is_flat_at_low_and_a_share_at_high_values():
    ratio = particle_sensors.precision_ratio(np.array([1e-9, 99.0, 1000.0]), 5.0, 0.05, 30.0)
    assert ratio == pytest.approx([5.0 / 30.0, 0.05, 0.05], rel=0.05)


@QUICK
@given(st.floats(0.0, 60.0), st.floats(0.1, 1.0))
def test_dynamic_pressure_goes_with_the_square(speed, coefficient):
    args = np.array([1.2]), np.array([speed]), np.array([coefficient])
    one = pressure_sensors.dynamic_pressure(*args)
    two = pressure_sensors.dynamic_pressure(args[0], 2 * args[1], args[2])
    assert two == pytest.approx(4 * one)


def test_pressure_worked_examples():
    assert pressure_sensors.dynamic_pressure(np.array([1.2]), np.array([10.0]), np.array([1.0])) == pytest.approx(
        [60.0]
    )
    fall = 1e5 - pressure_sensors.pressure_at(np.array([1e5]), np.array([288.15]), 10.0)
    assert fall == pytest.approx([118.5], abs=0.3)


def test_filter_noise_gives_the_systems_the_datasheet_lists():
    """16 times with a coefficient of 3: 5 cm (0.6 Pa); 8 times with 1: 11 cm (1.32 Pa); 1 without: 55 cm (6.6 Pa)."""
    noise = [pressure_sensors.filter_noise(6.6 / np.sqrt(o), c) for o, c in ((16, 3), (8, 1), (1, 0))]
    assert noise == pytest.approx([0.6, 1.32, 6.6], rel=0.06)


def test_the_filters_time_constant_is_that_of_its_decay():
    tau = pressure_sensors.filter_time(3.0, 25.0)
    assert np.exp(-0.04 / tau) == pytest.approx(0.75)
    assert pressure_sensors.filter_time(0.0, 25.0) < 1e-3


@QUICK
@given(st.floats(-0.5, 0.5), st.floats(1e-3, 20.0), st.floats(0.02, 3600.0))
def test_the_pull_never_overshoots_and_adds_up(error, slope, step):
    e, s, rate = np.array([error]), np.array([slope]), np.array([1.0 / 21600.0])
    once = fuel_gauge.voltage_pull(e, s, rate, step)
    half = fuel_gauge.voltage_pull(e, s, rate, step / 2)
    twice = half + fuel_gauge.voltage_pull(e - s * half, s, rate, step / 2)
    assert abs(once[0]) <= abs(error / slope) + 1e-12
    assert once == pytest.approx(twice, rel=1e-9, abs=1e-12)


def test_gauge_worked_examples():
    after = fuel_gauge.counted_charge(np.array([0.5]), np.array([1.2]), np.array([12.0]), 3600.0)
    assert after == pytest.approx([0.4])
    assert fuel_gauge.rest_share(np.array([0.0, 0.6]), 0.6) == pytest.approx([1.0, 0.5])
    sd = fuel_gauge.charge_error(np.array([25.0, 0.0, -40.0]), np.array([0.0, 0.0, 2.0]), 2.0, 0.18, 0.5)
    assert sd == pytest.approx([2.0, 6.5, 9.3])
