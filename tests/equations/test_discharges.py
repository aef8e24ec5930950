"""Laws of corona at hardware, gap discharges and partial discharges."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import corona
from gg_gym.equations import discharges as eq


def a(*values: float) -> Any:
    return np.array(values)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-4, 1e-2), st.floats(0.05, 2.0), st.floats(1e2, 1e5))
def test_a_sharper_tip_has_a_higher_field_and_field_goes_with_voltage(r: float, d: float, v: float) -> None:
    field = eq.tip_field(a(v, v, 2 * v), a(r, r / 2, r), a(d, d, d))
    assert field[1] > field[0] > v / d
    np.testing.assert_allclose(field[2], 2 * field[0], rtol=1e-12)


def test_hardware_worked_example() -> None:
    """7.2 kV on a 1 mm tip 20 cm from ground: 3.05 MV/m, below Peek's onset when dry, above it in rain."""
    peak, radius = a(12470.0 * math.sqrt(2.0 / 3.0)), a(0.7e-3)
    field = eq.tip_field(peak, a(1e-3), a(0.2))
    np.testing.assert_allclose(field, 3.044e6, rtol=2e-3)
    dry = corona.onset_gradient(radius, a(1.0), 0.8)
    wet = corona.onset_gradient(radius, a(1.0), 0.8 * eq.wet_onset_factor(a(1.0), a(0.65)))
    assert dry > eq.tip_field(peak, radius, a(0.2)) > wet


def test_corona_current_starts_at_onset() -> None:
    current = eq.corona_current(a(5e3, 7e3, 10e3), a(7e3, 7e3, 7e3), a(1e-12, 1e-12, 1e-12))
    np.testing.assert_allclose(current, [0.0, 0.0, 3e-5])


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 10.0), st.floats(0.0, 1.0))
def test_gap_pulses_are_one_to_ten_in_a_half_cycle_or_none(stress: float, wet: float) -> None:
    left = eq.dry_gap_stress(a(stress), a(wet))
    per_half = eq.gap_pulse_rate(left, 60.0, 10.0) / 120.0
    assert (per_half[0] == 0.0) == (left[0] <= 1.0) and per_half[0] <= 10.0
    assert per_half[0] == 0.0 or per_half[0] > 2.0
    assert eq.dry_gap_stress(a(stress), a(1.0))[0] == 0.0


def test_ageing_is_one_at_nominal_and_follows_the_power_law() -> None:
    one = eq.ageing_factor(a(1.0, 1.2, 1.0), a(298.15, 298.15, 306.15), a(10.0, 10.0, 10.0), a(8e4, 8e4, 8e4))
    np.testing.assert_allclose(one[:2], [1.0, 1.2**10], rtol=1e-9)
    assert 2.0 < one[2] < 2.5
    assert eq.ageing_factor(a(0.0), a(300.0), a(10.0), a(8e4))[0] < 1e-20


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-13, 1e-8), st.floats(1.0, 3.0), st.floats(0.0, 5.0), st.floats(0.02, 7e5), st.floats(0.02, 7e5))
def test_growth_is_exact_for_any_split(q: float, per_day: float, ageing: float, h: float, k: float) -> None:
    rest = a(per_day), a(ageing)
    once = eq.grown_charge(a(q), *rest, h + k, a(1e-6))
    twice = eq.grown_charge(eq.grown_charge(a(q), *rest, h, a(1e-6)), *rest, k, a(1e-6))
    np.testing.assert_allclose(twice, once, rtol=1e-9)
    assert q <= once[0] * (1 + 1e-12) and once[0] <= 1e-6


def test_growth_worked_example() -> None:
    np.testing.assert_allclose(eq.grown_charge(a(1e-11), a(2.0), a(1.0), 3 * 86400.0, a(1e-6)), 8e-11, rtol=1e-12)


def test_weibull_hazard_is_one_at_the_life_and_adds_up() -> None:
    assert eq.weibull_hazard(a(5.0), a(5.0), a(2.0))[0] == 1.0
    assert eq.weibull_hazard(a(0.0), a(5.0), a(2.0))[0] == 0.0


def test_ri1_cigre_radio_noise() -> None:
    level = eq.fair_weather_radio_noise(a(15e5, 15e5), a(0.015, 0.015), a(20.0, 40.0))
    np.testing.assert_allclose(level, [40.5, 30.6], atol=0.1)


def test_radio_power_adds_incoherently() -> None:
    np.testing.assert_allclose(eq.radio_power(a(1e-9), a(120.0), a(3.0)), 9.0)
    np.testing.assert_allclose(eq.radio_power(a(2e-9), a(240.0), a(3.0)), 72.0)


def test_mean_surface_gradient_of_an_isolated_conductor() -> None:
    """12.47 kV: 1.7 kV/cm for a 10.1 mm conductor at 10 m."""
    eps, r, h = 8.8541878128e-12, 5.05e-3, 10.0
    charge = a(7200.0 * 2 * math.pi * eps / math.log(2 * h / r))
    np.testing.assert_allclose(eq.mean_surface_gradient(charge, a(r)), 1.72e5, rtol=5e-3)


def test_power_of_pulses_is_charge_times_rate_times_voltage() -> None:
    np.testing.assert_allclose(eq.power_of_pulses(a(1e-7), a(500.0), a(2e3)), 0.1)


CASES: list[tuple[Any, Any]] = [
    (eq.tip_field, (a(1e4), a(1e-3), a(0.2))),
    (eq.wet_onset_factor, (a(0.4), a(0.65))),
    (lambda v, o, k: 1e6 * eq.corona_current(v, o, k), (a(1e4, 5e3), a(7e3, 7e3), a(1e-12, 1e-12))),
    (lambda s: eq.gap_pulse_rate(s, 60.0, 10.0), (a(0.5, 1.5, 20.0),)),
    (eq.dry_gap_stress, (a(1.5), a(0.2))),
    (eq.ageing_factor, (a(1.02), a(310.0), a(10.0), a(8e4))),
    (lambda q, g, f, m: 1e9 * eq.grown_charge(q, g, f, 3600.0, m), (a(1e-11), a(2.0), a(1.2), a(1e-6))),
    (eq.weibull_hazard, (a(1e5), a(2e6), a(2.0))),
    (eq.radio_power, (a(1e-9), a(600.0), a(3.0))),
    (eq.fair_weather_radio_noise, (a(15e5), a(0.015), a(30.0))),
    (eq.mean_surface_gradient, (a(1e-7), a(5e-3))),
    (eq.power_of_pulses, (a(1e-7), a(500.0), a(2e3))),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_parity(case: int) -> None:
    function, args = CASES[case]
    exact = function(*args)
    single = function(*[x.astype(np.float32) for x in args])
    tensor = function(*[torch.tensor(x, dtype=torch.float32) for x in args])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, exact, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(tensor.numpy(), exact, rtol=1e-4, atol=1e-6)
