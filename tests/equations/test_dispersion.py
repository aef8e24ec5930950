"""Plumes, puffs, rise and settling: published cases DIS-1 to 9, 12 and 13."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gg_gym.equations import dispersion as d


def arr(x: Any) -> Any:
    return np.asarray(x, dtype=np.float64)


def plume(rate: Any, u: Any, sy: Any, sz: Any, y: Any, z: Any, h: Any) -> Any:
    return d.gaussian_plume(*(arr(x) for x in (rate, u, sy, sz, y, z, h)))


def test_dis_1_2_briggs() -> None:
    near = [d.briggs_sigmas(arr(1.2), k) for k in range(6)]
    across = [0.2639842, 0.1919885, 0.1319921, 0.0959942, 0.0719957, 0.0479971]
    up = [0.24, 0.144, 0.0959885, 0.0719353, 0.0359870, 0.0191931]
    assert [float(x[0]) for x in near] == pytest.approx(across, rel=1e-6)
    assert [float(x[1]) for x in near] == pytest.approx(up, rel=2e-6)
    sy, sz = d.briggs_sigmas(arr([10.0, 50.0, 100.0, 1000.0]), 3)
    assert sy == pytest.approx([0.7996, 3.990, 7.960, 76.277], rel=1e-3)
    assert sz == pytest.approx([0.5956, 2.8935, 5.595, 37.947], rel=1e-3)


def test_dis_3_4_5_published_plume_and_puff() -> None:
    assert plume(0.1, 2.0, 18.1023, 8.49736, 0.0, 0.0, 0.0) == pytest.approx(1.03467e-4, rel=1e-4)
    puff = d.gaussian_puff(*(arr(x) for x in (1.0, 5.04793, 5.04793, 2.214837, 0.0, 0.0, 0.0, 0.0)))
    assert puff == pytest.approx(2.25005e-3, rel=1e-4)
    assert plume(3.0, 7.0, 190.0, 65.0, 0.0, 0.0, 0.0) == pytest.approx(1.1e-5, rel=0.02)


@pytest.mark.parametrize(("x", "expected"), [(5.0, 1.646e-3), (20.0, 1.963e-2)])
def test_dis_6_small_source(x: Any, expected: Any) -> None:
    sy, sz = d.briggs_sigmas(arr(x), 3)
    assert plume(1.0, 3.0, sy, sz, 0.0, 8.0, 9.0) == pytest.approx(expected, rel=1e-3)


def test_dis_7_mass_flux() -> None:
    sy, sz = d.briggs_sigmas(arr(20.0), 3)
    y, z = np.linspace(-8.0, 8.0, 401)[:, None], np.linspace(0.0, 20.0, 801)[None]
    c = plume(1.0, 3.0, sy, sz, y, z, 9.0)
    assert np.trapezoid(np.trapezoid(3.0 * c, z[0], axis=1), y[:, 0]) == pytest.approx(1.0, rel=5e-3)


def test_dis_8_reflection() -> None:
    free = 1.0 / (2.0 * np.pi * 2.0 * 0.5 * 0.5)
    assert plume(1.0, 2.0, 0.5, 0.5, 0.0, 9.0, 9.0) == pytest.approx(free, rel=1e-9)
    assert plume(1.0, 2.0, 0.5, 0.5, 0.0, 0.0, 0.0) == pytest.approx(2.0 * free, rel=1e-9)


def test_dis_9_rise() -> None:
    assert d.briggs_rise(arr(50.0), arr(50.0), arr(4.0)) == pytest.approx(20.0, rel=1e-3)


def test_buoyancy_flux_of_a_watt() -> None:
    assert d.buoyancy_flux(arr(1.0), arr(293.15), arr(1.2)) == pytest.approx(8.8e-6, rel=0.02)


def test_calm_rise_has_the_speed_of_a_plume() -> None:
    """The derivative is the top-hat plume's c F^(1/3) z^(-1/3)."""
    flux, time = arr(8.8e-3), arr([2.0, 2.001])
    z = d.calm_rise(flux, time)
    speed = (z[1] - z[0]) / 0.001
    assert speed == pytest.approx(3.735 * flux ** (1 / 3) * z[0] ** (-1 / 3), rel=2e-3)


def test_dis_12_filament() -> None:
    assert d.filament_size(arr(10.0), arr(0.0316), 0.001) ** 2 == pytest.approx(0.0110, rel=1e-3)


def test_dis_13_settling() -> None:
    assert d.settling_velocity(arr([0.1e-6, 1e-6, 10e-6])) == pytest.approx([8.7e-7, 3.5e-5, 3.06e-3], rel=0.02)


def test_mass_of_a_ppb() -> None:
    """ug/m3 per ppb at 25 Cel and 1 atm."""
    mass = 1e9 / d.ppb_per_concentration(arr([0.02801, 0.002016, 0.03003]), arr(298.15), arr(101325.0))
    assert mass == pytest.approx([1.145, 0.0824, 1.227], rel=1e-3)


def test_closest_time_limits() -> None:
    windy = d.closest_time(arr(3.0 * 6.0), arr(6.0), arr(3.0), arr(1e-6))
    calm = d.closest_time(arr(0.0), arr(6.0), arr(0.0), arr(0.1))
    assert windy == pytest.approx(2.0, rel=1e-5)
    assert calm == pytest.approx(6.0 / (3.0**0.5 * 0.1))


def test_gamma_shape_has_the_intensity() -> None:
    assert 1.0 / np.sqrt(d.gamma_shape(arr(0.7))) == pytest.approx(0.7)


def test_parity_with_torch() -> None:
    x = np.linspace(0.2, 3.0, 9)
    y = torch.as_tensor(x)
    pairs = (
        (d.gaussian_plume(x, x, x, x, x, x, x), d.gaussian_plume(y, y, y, y, y, y, y)),
        (d.briggs_rise(x, x, x), d.briggs_rise(y, y, y)),
        (d.calm_rise(x, x), d.calm_rise(y, y)),
        (d.closest_time(x, x, x, x), d.closest_time(y, y, y, y)),
        (d.settling_velocity(x * 1e-6), d.settling_velocity(y * 1e-6)),
    )
    for ours, theirs in pairs:
        np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-12)
