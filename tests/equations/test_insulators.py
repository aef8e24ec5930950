"""Laws of insulators: INS-1 to INS-4, exact steps, wetting, Obenaus' minimum."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from gg_gym.equations import insulators as eq

POSITIVE = st.floats(1e-3, 1e3)


def a(*values: float) -> Any:
    return np.array(values)


@pytest.mark.parametrize(
    ("constant", "exponent", "current", "voltage", "length"),
    [(12480.0, 0.409, 0.2283, 6850.0, 0.2129), (6300.0, 0.5, 0.1583, 4750.0, 0.20)],
)
def test_ins1_and_ins2_obenaus(constant: float, exponent: float, current: float, voltage: float, length: float) -> None:
    resistance, creepage = a(1e5), a(0.3)
    np.testing.assert_allclose(eq.critical_current(a(constant), resistance, exponent), current, rtol=1e-3)
    np.testing.assert_allclose(eq.critical_voltage(a(constant), resistance, creepage, exponent), voltage, rtol=1e-3)
    np.testing.assert_allclose(eq.critical_length(creepage, exponent), length, rtol=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e3, 3e4), st.floats(1e3, 1e8), st.floats(0.05, 2.0), st.floats(0.3, 0.8))
def test_critical_voltage_is_the_saddle_of_obenaus_voltage(c: float, r: float, length: float, n: float) -> None:
    """The highest, over arc lengths, of the lowest voltage, over currents, that keeps the arc burning."""

    def lowest(arc: float) -> float:
        return float(minimize_scalar(lambda q: voltage(arc, math.exp(q)), bounds=(-25.0, 12.0), method="bounded").fun)

    def voltage(arc: float, current: float) -> float:
        return float(eq.obenaus_voltage(a(arc), a(current), a(c), a(r), a(length), n)[0])

    found = minimize_scalar(lambda x: -lowest(x), bounds=(1e-6, length * (1 - 1e-6)), method="bounded")
    np.testing.assert_allclose(-found.fun, eq.critical_voltage(a(c), a(r), a(length), n)[0], rtol=1e-5)
    np.testing.assert_allclose(found.x, eq.critical_length(a(length), n)[0], rtol=2e-2)


def test_ins3_slope_of_the_flashover_voltage() -> None:
    n, deposit = 0.409, a(0.1, 0.1 * 1.0001)
    sigma = eq.layer_conductivity(deposit)
    volts = eq.critical_voltage(a(12480.0, 12480.0), 1.0 / sigma, a(0.3, 0.3), n)
    slope = np.diff(np.log(volts))[0]
    np.testing.assert_allclose(slope / np.diff(np.log(sigma))[0], -n / (n + 1.0), atol=1e-6)
    np.testing.assert_allclose(slope / np.diff(np.log(deposit))[0], -0.287, atol=1e-3)


def test_ins4_surge_and_continuous_current() -> None:
    voltage = a(22e3 / math.sqrt(3.0)).repeat(2)
    sigma = eq.layer_conductivity(a(0.1, 0.1))
    surge = eq.surge_current(voltage, eq.layer_conductance(sigma, a(1.0, 1.0), a(3.0, 1.0)))
    np.testing.assert_allclose(surge, [0.158, 0.474], rtol=0.05)
    behind = eq.resistive_leakage(surge, a(1.0, 1.0), a(0.02, 0.05))
    assert np.all((behind > 2.9e-3) & (behind < 24.5e-3))
    dry = eq.humidity_wetness(a(0.3, 0.64, 0.65), a(0.8, 0.8, 0.8), a(0.05, 0.05, 0.05))
    np.testing.assert_array_equal(dry, 0.0)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.72, 0.9), st.floats(0.01, 0.12))
def test_wetness_rises_with_humidity_and_film_between_0_and_1(x: float, y: float, centre: float, width: float) -> None:
    low, high = sorted((x, y))
    humid = eq.humidity_wetness(a(low, high, 1.0), a(centre), a(width))
    assert 0.0 <= humid[0] <= humid[1] <= humid[2] and math.isclose(humid[2], 1.0)
    wet = eq.wetness(humid, a(0.0, 0.0, 0.0), a(0.02))
    np.testing.assert_allclose(wet, humid)
    assert eq.wetness(a(0.0), a(0.1), a(0.02))[0] > 0.99


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.0, 1.0), st.floats(0.0, 1e-6), st.floats(1e-8, 1e-2), st.floats(0.02, 3600.0), st.floats(0.02, 7200.0)
)
def test_deposit_step_is_exact_for_any_split(start: float, growth: float, loss: float, h: float, k: float) -> None:
    rest, rate = (a(0.01), a(growth)), a(loss)
    once = eq.deposit_step(a(start), rest[0], rest[1], rate, h + k)
    twice = eq.deposit_step(eq.deposit_step(a(start), *rest, rate, h), *rest, rate, k)
    np.testing.assert_allclose(twice, once, rtol=1e-9)
    assert once[0] >= min(start, 0.01) - 1e-12


def test_rain_washes_within_ten_minutes_and_drizzle_hardly() -> None:
    rate = eq.wash_rate(a(0.2, 5.0, 30.0), a(600.0, 600.0, 600.0), a(3.0, 3.0, 3.0))
    assert 1.0 / rate[0] > 86400.0 and 1.0 / rate[1] < 800.0 and 1.0 / rate[2] < 602.0


def test_conductivity_falls_with_cold_as_in_the_standard() -> None:
    """IEC 60507: b = .03156, .02817, .02277, .01905 at 5, 10, 20, 30 Cel."""
    celsius, b = a(5.0, 10.0, 20.0, 30.0), a(0.03156, 0.02817, 0.02277, 0.01905)
    np.testing.assert_allclose(eq.conductivity_factor(celsius + 273.15), 1.0 / (1.0 - b * (celsius - 20.0)), rtol=1e-3)
    every = eq.conductivity_factor(np.linspace(230.0, 330.0, 200))
    assert np.all(np.diff(every) >= 0.0) and every[0] > 0.2 and every[-1] < 1.7


@settings(max_examples=25, deadline=None)
@given(st.floats(1e3, 1e7), st.floats(0.1, 2.0), st.floats(0.5, 3.0), st.floats(1.05, 4.0))
def test_crowding_raises_the_flashover_voltage_less_on_slim_insulators(
    r: float, length: float, form: float, slimmer: float
) -> None:
    radius = eq.arc_radius(eq.critical_current(a(12480.0), a(r), 0.409))
    wide, slim = (eq.concentration(a(length), a(f), radius, 0.409) for f in (form, slimmer * form))
    assert wide[0] >= slim[0] >= 1.0
    assert eq.concentrated_voltage(a(9e3), wide, 0.409)[0] >= eq.concentrated_voltage(a(9e3), a(1.0), 0.409)[0] == 9e3


def test_a_cap_and_pin_disc_flashes_over_at_the_published_voltage() -> None:
    """Disc of 26.8 cm, creepage 33 cm, F = 0.79: 22, 13 and 8.5 kV at .02, .10 and .30 mg/cm2 (recalled, Topalis)."""
    creepage, form, width, deposit = 0.33, 0.79, 0.268, a(0.02, 0.10, 0.30)
    even = 1.0 / (math.pi * width * eq.layer_conductivity(deposit))
    radius = eq.arc_radius(eq.critical_current(a(12480.0), even, 0.409))
    factor = eq.concentration(a(creepage), a(form), radius, 0.409)
    layer = factor * math.pi * width * form / creepage  # the disc's layer over that of an even strip of width pi D
    plain = eq.critical_voltage(a(12480.0), even, a(creepage), 0.409)
    np.testing.assert_allclose(eq.concentrated_voltage(plain, layer, 0.409), [22e3, 13e3, 8.5e3], rtol=0.12)


def test_salt_comes_with_wind_from_the_sea_and_with_winter_from_the_road() -> None:
    far, near = a(1e6), a(300.0)
    calm = eq.growth_factor(a(2.0), a(290.0), a(0.0), near, far)
    storm = eq.growth_factor(a(15.0), a(290.0), a(0.0), near, far)
    assert calm[0] == storm[0] == 1.0 and storm[1] > 7 * calm[1] and storm[1] < 9.0
    summer, winter = (eq.growth_factor(a(2.0), a(t), a(0.0), far, a(10.0))[2] for t in (295.0, 270.0))
    assert winter > 0.7 > 1e-3 > summer
    assert max(float(x[0]) for x in eq.growth_factor(a(15.0), a(270.0), a(2.0), near, near)) < 1e-6


@settings(max_examples=25, deadline=None)
@given(POSITIVE, POSITIVE, POSITIVE)
def test_heat_behind_an_insulator_is_that_of_a_divider(voltage: float, own: float, behind: float) -> None:
    heat = eq.series_heat(a(voltage), a(voltage / own), a(behind))
    np.testing.assert_allclose(heat, behind * (voltage / (own + behind)) ** 2, rtol=1e-9)
    assert heat[0] <= voltage**2 / (4.0 * own) * (1 + 1e-9)


def test_the_figure_of_the_field_is_met() -> None:
    """7.5 W are 5 mA through 300 kOhm, when the insulator's own resistance dominates."""
    np.testing.assert_allclose(eq.series_heat(a(1e9), a(5e-3), a(3e5)), 7.5, rtol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.floats(0.0, 50.0))
def test_dry_bands_and_currents_are_bounded_and_monotone(x: float, y: float, rain: float) -> None:
    low, high = sorted((x, y))
    bands = eq.dry_band_target(a(low, high), a(10.0), a(rain), a(5.0))
    assert 0.0 <= bands[0] <= bands[1] <= 1.0
    current = eq.resistive_leakage(a(1.0, 1.0), bands, a(0.033))
    assert 0.033 <= current[1] <= current[0] <= 1.0
    assert eq.total_leakage(current, a(0.2, 0.2))[0] > current[0]


def test_withstand_score_is_zero_at_the_critical_voltage() -> None:
    score = eq.withstand_score(a(10e3, 11e3, 0.0), a(10e3, 10e3, 10e3), a(0.05, 0.05, 0.05))
    assert score[0] == 0.0 and 1.9 < score[1] < 1.92 and score[2] < -100.0


LAYER = (a(1e5, 2e6), a(0.3, 0.25))
CASES: list[tuple[Any, Any]] = [
    (eq.layer_conductivity, (a(0.01, 0.3),)),
    (lambda *x: eq.growth_factor(*x)[1], (a(3.0), a(280.0), a(0.05), a(500.0), a(20.0))),
    (lambda *x: eq.growth_factor(*x)[2], (a(3.0), a(280.0), a(0.05), a(500.0), a(20.0))),
    (eq.wash_rate, (a(1.0, 8.0), a(600.0, 600.0), a(3.0, 3.0))),
    (lambda c, r, g, k: eq.deposit_step(c, r, g, k, 600.0), (a(0.05), a(0.01), a(1e-8), a(1e-3))),
    (eq.humidity_wetness, (a(0.7, 0.95), a(0.8, 0.8), a(0.05, 0.05))),
    (eq.conductivity_factor, (a(265.0, 300.0),)),
    (eq.arc_radius, (a(0.02, 0.5),)),
    (lambda x, f, r: eq.concentration(x, f, r, 0.409), (a(0.3, 0.4), a(0.8, 2.0), a(2e-3, 4e-3))),
    (lambda v, k: eq.concentrated_voltage(v, k, 0.409), (a(9e3), a(1.7))),
    (eq.wetness, (a(0.3), a(0.01), a(0.02))),
    (eq.layer_conductance, (a(1e-5), a(0.7), a(2.0))),
    (eq.surge_current, (a(7200.0), a(1e-5))),
    (eq.dry_band_target, (a(20.0), a(10.0), a(1.0), a(5.0))),
    (eq.resistive_leakage, (a(0.1), a(0.6), a(0.03))),
    (eq.total_leakage, (a(1e-3), a(1e-4))),
    (eq.series_heat, (a(7200.0), a(5e-3), a(3e5))),
    (lambda r, _: eq.critical_current(0.0 * r + 12480.0, r, 0.409), LAYER),
    (lambda r, x: eq.critical_voltage(0.0 * r + 12480.0, r, x, 0.409), LAYER),
    (lambda _, x: eq.critical_length(x, 0.409), LAYER),
    (lambda r, x: eq.obenaus_voltage(0.5 * x, 0.0 * x + 0.1, 0.0 * r + 12480.0, r, x, 0.409), LAYER),
    (eq.withstand_score, (a(9e3), a(10e3), a(0.065))),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_parity(case: int) -> None:
    function, args = CASES[case]
    exact = function(*args)
    single = function(*[x.astype(np.float32) for x in args])
    tensor = function(*[torch.tensor(x, dtype=torch.float32) for x in args])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, exact, rtol=5e-5, atol=1e-9)
    np.testing.assert_allclose(tensor.numpy(), exact, rtol=5e-5, atol=1e-9)
