"""Worked examples of textbooks (COR-1..5, AN-1..3) and parity."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from gg_gym.equations import corona

CMHG = 1333.224


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


def density(b: float, t: float) -> Any:
    return corona.relative_air_density(a(b * CMHG), a(273.0 + t))


def test_density_is_one_at_25_celsius_and_76_cmhg() -> None:
    np.testing.assert_allclose(density(76.0, 25.0), 1.0, rtol=1e-3)


def test_cor1_wadhwa_6_1() -> None:
    v0 = corona.disruptive_critical_voltage(a(0.0052), a(2.5), density(73.6, 21.0), 0.85)
    np.testing.assert_allclose(v0 * math.sqrt(3), 97.89e3, rtol=0.003)


def test_cor2_wadhwa_6_1_visual() -> None:
    local = corona.visual_critical_voltage(a(0.0052), a(2.5), density(73.6, 21.0), 0.7, 0.3)
    general = corona.visual_critical_voltage(a(0.0052), a(2.5), density(73.6, 21.0), 0.8, 0.3)
    np.testing.assert_allclose(local, 66.09e3, rtol=0.005)
    np.testing.assert_allclose(general * math.sqrt(3), 130.83e3, rtol=0.005)


def test_cor3_wadhwa_6_5() -> None:
    r, spacing, delta = a(0.00518), a(2.44), density(73.15, 26.67)
    v0 = corona.disruptive_critical_voltage(r, spacing, delta, 0.85)
    np.testing.assert_allclose(v0, 54.72e3, rtol=0.005)
    np.testing.assert_allclose(corona.visual_critical_voltage(r, spacing, delta, 0.72), 66e3, rtol=0.005)
    np.testing.assert_allclose(corona.peek_loss(a(63.5e3), v0, r, spacing, delta, 50.0), 0.672, rtol=0.005)


def test_cor4_chakrabarti_8_3() -> None:
    r, spacing, delta = a(0.00585), a(3.0), density(72.0, 20.0)
    np.testing.assert_allclose(delta, 0.9633, rtol=1e-3)
    v0 = corona.disruptive_critical_voltage(r, spacing, delta, 0.96)
    np.testing.assert_allclose(v0, 71.23e3, rtol=0.005)
    phase = a(132e3 / math.sqrt(3))
    np.testing.assert_allclose(corona.peek_loss(phase, v0, r, spacing, delta, 50.0, 244.0), 0.208, rtol=0.005)
    np.testing.assert_allclose(corona.peek_loss(phase, 0.8 * v0, r, spacing, delta, 50.0, 244.0), 3.10, rtol=0.005)


def test_cor5_mehta_8_13() -> None:
    v0 = corona.disruptive_critical_voltage(a(0.01), a(1.0), a(0.952), 0.9) * (30 / math.sqrt(2) / 21.1)
    np.testing.assert_allclose(v0, 83.7e3, rtol=0.003)


def test_onset_gradient_is_the_visual_voltage_over_r_ln() -> None:
    r, spacing, delta = a(0.001, 0.01), a(1.0, 1.0), a(0.95, 0.95)
    visual = corona.visual_critical_voltage(r, spacing, delta, 0.8)
    peak = corona.onset_gradient(r, delta, 0.8)
    np.testing.assert_allclose(visual / (r * np.log(spacing / r)) * 30 / 21.1, peak, rtol=1e-12)
    assert peak[0] > peak[1]


def test_no_loss_below_the_critical_voltage() -> None:
    assert corona.peek_loss(a(10e3), a(50e3), a(0.005), a(2.0), a(1.0), 60.0)[0] == 0.0


def test_audible_noise_an1_an2_an3() -> None:
    e, d, r = a(15e5), a(0.0281), a(20.0)
    bpa = corona.bpa_audible_noise(e, d, r, a(300.0))
    np.testing.assert_allclose(bpa, 35.58, atol=0.01)
    np.testing.assert_allclose(corona.bpa_audible_noise(e, d, r, a(0.0)), bpa - 1.0)
    np.testing.assert_allclose(corona.epri_audible_noise(e, d, r), 44.70, atol=0.01)
    np.testing.assert_allclose(corona.bpa_audible_noise(e, d, 2 * r, a(300.0)) - bpa, -3.43, atol=0.01)
    np.testing.assert_allclose(
        corona.epri_audible_noise(e, d, r, 2) - corona.epri_audible_noise(e, d, r), 1.12, atol=0.01
    )


CASES: list[tuple[Any, Any]] = [
    (corona.relative_air_density, (a(95e3), a(293.0))),
    (lambda r, d, n: corona.disruptive_critical_voltage(r, d, n, 0.8), (a(0.005), a(2.0), a(0.95))),
    (lambda r, d, n: corona.visual_critical_voltage(r, d, n, 0.8), (a(0.005), a(2.0), a(0.95))),
    (lambda r, n: corona.onset_gradient(r, n, 0.8), (a(0.005), a(0.95))),
    (lambda v, c, r, d, n: corona.peek_loss(v, c, r, d, n, 60.0), (a(9e4), a(5e4), a(0.005), a(2.0), a(0.95))),
    (lambda e, d, r, h: corona.bpa_audible_noise(e, d, r, h, 4), (a(15e5), a(0.028), a(20.0), a(100.0))),
    (corona.epri_audible_noise, (a(15e5), a(0.028), a(20.0))),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_parity(case: int) -> None:
    function, args = CASES[case]
    exact = function(*args)
    single = function(*[x.astype(np.float32) for x in args])
    tensor = function(*[torch.tensor(x, dtype=torch.float32) for x in args])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, exact, rtol=2e-5)
    np.testing.assert_allclose(tensor.numpy(), exact, rtol=2e-5)
