"""Laws of lightning: worked examples LI-1 to LI-6, limits, parity."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import lightning as eq
from gg_gym.parameters.lightning import LIGHTNING


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


def test_li1_probability_of_more_than_50_kiloampere() -> None:
    np.testing.assert_allclose(eq.exceedance_ieee(a(50e3)), 0.2239, atol=1e-4)
    np.testing.assert_allclose(eq.exceedance_lognormal(a(50e3), 31.1e3, 0.484), 0.1633, atol=1e-4)
    np.testing.assert_allclose(eq.exceedance_cigre(a(50e3)), 0.2508, atol=1e-4)


def test_cigre_parts_meet_at_20_kiloampere() -> None:
    np.testing.assert_allclose(eq.exceedance_cigre(a(20e3, 20.001e3)), [0.799, 0.800], atol=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.floats(2e3, 2e5), st.floats(1.01, 3.0))
def test_exceedance_falls_from_1_to_0(current: float, factor: float) -> None:
    for law in (eq.exceedance_ieee, lambda x: eq.exceedance_lognormal(x, 31.1e3, 0.484)):
        more, less = law(a(current, current * factor))
        assert 1.0 >= more > less >= 0.0


def test_li2_field_at_100_km() -> None:
    np.testing.assert_allclose(eq.radiation_field(a(30e3), a(100e3), 1.5e8), 9.0, rtol=1e-9)


def test_li3_flashes_to_a_line() -> None:
    got = eq.line_flashes(np.ones(3), a(8.0, 10.0, 12.0), np.zeros(3))
    np.testing.assert_allclose(got, [9.7502, 11.1470, 12.4356], rtol=1e-4)


def test_li4_thunder_delay() -> None:
    got = eq.thunder_delay(a(1000.0, 1609.344), a(293.15, 293.15))
    np.testing.assert_allclose(got, [2.914, 4.689], atol=1e-3)


def test_li5_rusck() -> None:
    np.testing.assert_allclose(eq.rusck_voltage(a(30e3), a(10.0), a(100.0)), 116.4e3, rtol=1e-9)


def test_li6_sampled_currents_and_front_times() -> None:
    z = np.random.default_rng(3).standard_normal((2, 100_000))
    fronts = (LIGHTNING.front_median, LIGHTNING.front_sigma)
    current, front = eq.correlated_lognormals(z[0], z[1], (31.1e3, 0.484), fronts, LIGHTNING.front_correlation)
    for x, median, sigma in ((current, 31.1e3, 0.484), (front, 3.83e-6, 0.55)):
        np.testing.assert_allclose(np.median(x), median, rtol=0.02)
        np.testing.assert_allclose(np.log(x).std(), sigma, rtol=0.02)
    np.testing.assert_allclose(np.corrcoef(np.log(current), np.log(front))[0, 1], 0.47, atol=0.03)


def test_density_of_thunder_days_and_of_latitude() -> None:
    np.testing.assert_allclose(eq.flash_density(a(1.0, 30.0)), [0.04, 0.04 * 30**1.25])
    density = eq.density_at_latitude(a(10.0, 28.0, 36.1, -36.1, 55.3, 70.0))
    assert np.all(np.diff(density[[0, 1, 2, 4, 5]]) < 0) and density[2] == density[3]
    assert 1.0 < density[2] < 5.0 and density[4] < 0.3


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1e5), st.floats(0.1, 50.0))
def test_electrostatic_field_is_that_of_charge_and_image(distance: float, charge: float) -> None:
    """Coulomb: two charges at +-H give 2 k Q H / r^3."""
    h, k = 5e3, 8.9875517923e9
    want = 2.0 * k * charge * h / (h**2 + distance**2) ** 1.5
    np.testing.assert_allclose(eq.electrostatic_field(a(charge), a(distance), h), want, rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(-1e7, 1e7))
def test_wrapping_keeps_the_place_in_the_square(x: float) -> None:
    y = eq.wrap(a(x), 50e3)[0]
    assert -50e3 <= y <= 50e3
    np.testing.assert_allclose(np.cos(np.pi * y / 50e3), np.cos(np.pi * x / 50e3), atol=1e-6)


def test_storms_like_warm_wet_afternoons() -> None:
    base = eq.convection(a(303.0), a(1.0), a(3.0), a(17.0))[0]
    others = ((278.0, 1.0, 3.0, 17.0), (303.0, 0.3, 3.0, 17.0), (303.0, 1.0, 0.0, 17.0), (303.0, 1.0, 3.0, 5.0))
    for other in others:
        assert 0.0 <= eq.convection(*(a(x) for x in other))[0] < base


@pytest.mark.parametrize("count", [1, 3, 10])
def test_newest_ages_are_order_statistics(count: int) -> None:
    rng, k = np.random.default_rng(5), 4
    got = eq.newest_ages(np.log(rng.uniform(size=(40_000, k))), np.full(40_000, float(count)))
    m = min(k, count)
    assert np.all(np.diff(got[:, :m], axis=1) >= 0) and got[:, :m].min() >= 0 and got[:, :m].max() <= 1
    np.testing.assert_allclose(got[:, :m].mean(0), (np.arange(m) + 1) / (count + 1), atol=0.01)
    i = np.arange(m) + 1.0
    want = np.sqrt(i * (count + 1 - i) / ((count + 1) ** 2 * (count + 2)))
    np.testing.assert_allclose(got[:, :m].std(0), want, rtol=0.03)


CASES: list[tuple[Any, Any]] = [
    (eq.flash_density, (a(30.0),)),
    (eq.density_at_latitude, (a(36.0, -55.0),)),
    (eq.line_flashes, (a(2.0), a(10.0), a(2.2))),
    (eq.exceedance_ieee, (a(2e4, 8e4),)),
    (lambda x: eq.exceedance_lognormal(x, 31.1e3, 0.484), (a(2e4, 8e4),)),
    (eq.exceedance_cigre, (a(1e4, 8e4),)),
    (lambda x, y: eq.correlated_lognormals(x, y, (3e4, 0.5), (4e-6, 0.5), 0.47)[1], (a(0.3), a(-1.0))),
    (eq.radiation_field, (a(3e4), a(1e5))),
    (eq.electrostatic_field, (a(5.0), a(1e4))),
    (eq.rusck_voltage, (a(3e4), a(10.0), a(90.0))),
    (eq.thunder_delay, (a(1e3), a(290.0))),
    (lambda x: eq.wrap(x, 50e3), (a(6e4, -7e4),)),
    (eq.convection, (a(300.0), a(0.8), a(2.0), a(15.0))),
    (lambda x, n: eq.newest_ages(x[None], n), (a(-0.5, -1.0, -2.0), a(7.0))),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_parity(case: int) -> None:
    function, args = CASES[case]
    exact = function(*args)
    single = function(*[x.astype(np.float32) for x in args])
    tensor = function(*[torch.tensor(x, dtype=torch.float32) for x in args])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, exact, rtol=1e-4)
    np.testing.assert_allclose(tensor.numpy(), exact, rtol=1e-4)
