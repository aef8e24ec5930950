"""ISO 9613-1 tables (AC-1..5) and parity."""

from typing import Any

import numpy as np
import pytest
import torch

from gg_gym.equations import sound


def midband(*nominal: float) -> Any:
    return 1000.0 * 10.0 ** (np.round(10 * np.log10(np.array(nominal, dtype=float) / 1000.0)) / 10)


def per_km(frequency: Any, celsius: float, percent: float) -> Any:
    one = np.ones_like(frequency)
    return 1000.0 * sound.absorption(frequency, (273.15 + celsius) * one, 101325.0 * one, percent / 100.0 * one)


OCTAVES = midband(63, 125, 250, 500, 1000, 2000, 4000, 8000)


def test_ac1_iso_9613_1_table() -> None:
    want = [0.0426, 0.167, 0.631, 2.95, 6.35, 10.7, 21.1, 59.8, 89.6]
    got = per_km(midband(50, 100, 200, 500, 1000, 2000, 4000, 8000, 10000), 25.0, 80.0)
    np.testing.assert_allclose(got, want, rtol=0.005)


def test_ac2_iso_9613_2_table_20_celsius() -> None:
    want = [0.1, 0.3, 1.1, 2.8, 5.0, 9.0, 22.9, 76.6]
    np.testing.assert_allclose(per_km(OCTAVES, 20.0, 70.0), want, atol=0.05)


def test_ac3_iso_9613_2_table_10_celsius() -> None:
    want = [0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0]
    np.testing.assert_allclose(per_km(OCTAVES, 10.0, 70.0), want, atol=0.05, rtol=0.01)


def test_ac4_ultrasound() -> None:
    got = per_km(np.array([20e3, 40e3, 100e3]), 20.0, 50.0) / 1000.0
    np.testing.assert_allclose(got, [0.524, 1.318, 3.280], rtol=0.01)


def test_ac5_doubling_the_distance_and_the_power() -> None:
    power, none = np.array([1e-3, 1e-3, 2e-3]), np.zeros(3)
    level = sound.received_level(power, np.array([10.0, 20.0, 10.0]), none)
    np.testing.assert_allclose(level[1:] - level[0], [-6.0206, 3.0103], atol=1e-4)
    ground = sound.received_level(power, np.array([10.0, 20.0, 10.0]), none, hemisphere=True)
    np.testing.assert_allclose(ground - level, 3.0)


def test_speed_of_sound() -> None:
    np.testing.assert_allclose(sound.sound_speed(np.array([273.15, 293.15])), [331.3, 343.2], rtol=1e-3)


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


CASES: list[tuple[Any, Any]] = [
    (lambda *x: sound.relaxation_frequencies(*x)[0], (a(280.0), a(1e5), a(1.2))),
    (lambda *x: sound.relaxation_frequencies(*x)[1], (a(280.0), a(1e5), a(1.2))),
    (sound.molar_humidity, (a(280.0), a(1e5), a(0.6))),
    (sound.absorption, (a(100.0, 4e4), a(280.0, 300.0), a(1e5, 9e4), a(0.6, 0.2))),
    (sound.received_level, (a(1e-3), a(5.0), a(0.3))),
    (sound.sound_speed, (a(280.0),)),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_parity(case: int) -> None:
    function, args = CASES[case]
    exact = function(*args)
    single = function(*[x.astype(np.float32) for x in args])
    tensor = function(*[torch.tensor(x, dtype=torch.float32) for x in args])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(single, exact, rtol=5e-5)
    np.testing.assert_allclose(tensor.numpy(), exact, rtol=5e-5)
