"""Spectra and levels of the sound field: identities, sums of shares, worked examples, parity."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import sound
from gg_gym.parameters.arcs import ARC
from gg_gym.parameters.sound import BANDS, SOUND, SOUND_PRIORS

LOW, HIGH = np.array(BANDS[:-1]), np.array(BANDS[1:])


def a(*values: float) -> Any:
    return np.array(values, dtype=float)


def test_ratio_is_the_level_without_its_logarithm_and_silence_is_zero() -> None:
    power, distance, loss = a(1e-6, 1e-3, 1.0), a(1.0, 10.0, 300.0), a(0.0, 0.01, 1.3)
    ratio = sound.received_ratio(power, distance, loss)
    np.testing.assert_allclose(sound.level(ratio, 1e-300), sound.received_level(power, distance, loss), rtol=1e-12)
    assert sound.received_ratio(a(0.0), a(1.0), a(0.1))[0] == 0.0
    np.testing.assert_allclose(sound.level(a(0.0)), -60.0)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-9, 1e3), st.floats(0.1, 1e4), st.floats(0.0, 3.0))
def test_ac5_twice_the_distance_costs_6_db_and_the_air(power: float, distance: float, loss: float) -> None:
    near, far = sound.received_level(a(power, power), a(distance, 2 * distance), a(loss, loss))
    np.testing.assert_allclose(near - far, 6.0206 + loss * distance, rtol=1e-5)


def test_two_equal_sources_are_3_db_louder() -> None:
    one = sound.received_ratio(a(1e-4), a(5.0), a(0.1))
    np.testing.assert_allclose(sound.level(2 * one) - sound.level(one), 3.0103, atol=1e-4)


def test_centres_of_the_bands() -> None:
    centre = sound.band_centre(LOW, HIGH)
    assert np.all((centre > LOW) & (centre < HIGH))
    np.testing.assert_allclose(centre[1], 200.0)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 20.0), st.floats(5 / 3, 7 / 3))
def test_shares_of_wind_noise_fall_and_add_up_to_the_tail(corner: float, slope: float) -> None:
    share = sound.falling_share(LOW, HIGH, np.full(8, corner), slope)
    assert np.all(share > 0) and share[0] > share[1] > share[3]
    whole = sound.falling_share(a(corner), a(1e12), a(corner), slope)
    np.testing.assert_allclose(whole, 1.0 / slope, rtol=1e-6)
    assert share.sum() < whole[0] + 1e-12


def test_the_steep_end_goes_on_where_the_fall_ends() -> None:
    one = np.ones(8)
    broken = sound.broken_share(LOW, HIGH, one, 500.0)
    plain = sound.falling_share(LOW, HIGH, one)
    np.testing.assert_allclose(broken[:2], plain[:2])
    assert np.all(broken[2:] < plain[2:]) and np.all(np.diff(broken) < 0)
    np.testing.assert_allclose(sound.broken_share(LOW, HIGH, one, 500.0, 2.0, 2.0), plain, rtol=1e-9)


def test_the_bands_are_those_of_the_arcs() -> None:
    assert ARC.bands == BANDS


def test_wind_and_rain_levels_at_worked_points() -> None:
    np.testing.assert_allclose(sound.wind_noise_level(a(1.0, 10.0)), [79.0, 119.0])
    np.testing.assert_allclose(sound.rain_level(a(1.0, 10.0)), [40.0, 57.0])


def test_thunder_peaks_where_few_says() -> None:
    got = sound.thunder_peak_frequency(a(4.7e5, 1.9e6, 1e5), np.full(3, 343.0), np.full(3, 101325.0))
    np.testing.assert_allclose(got, [100.0, 50.0, 218.0], rtol=0.005)


@settings(max_examples=25, deadline=None)
@given(st.floats(10.0, 500.0))
def test_thunder_spectrum_is_one_in_all_and_highest_at_its_peak(peak: float) -> None:
    np.testing.assert_allclose(sound.peaked_share(a(0.0), a(1e12), a(peak)), 1.0, atol=1e-9)
    f = peak * np.linspace(0.2, 5.0, 481)
    density = sound.peaked_share(f, f * 1.0001, np.full(481, peak)) / f
    np.testing.assert_allclose(f[np.argmax(density)], peak, rtol=0.02)


def test_shares_of_the_parameters_are_whole_and_priors_are_tagged() -> None:
    for shares in (SOUND.hum, SOUND.rattle, SOUND.rain):
        np.testing.assert_allclose(sum(shares), 1.0, atol=1e-3)
    np.testing.assert_allclose(10 * np.log10(sum(SOUND.vehicle) / 1e-12), 100.0, atol=0.1)
    assert all(median > 0 and spread > 0 and source for _, median, spread, _, source in SOUND_PRIORS)


CASES: list[tuple[Any, Any]] = [
    (sound.band_centre, (a(20.0, 100.0), a(100.0, 400.0))),
    (sound.received_ratio, (a(1e-3), a(5.0), a(0.3))),
    (sound.level, (a(1e3, 0.0),)),
    (sound.wind_noise_level, (a(0.3, 9.0),)),
    (sound.rain_level, (a(0.3, 9.0),)),
    (sound.falling_share, (a(20.0, 400.0), a(100.0, 2000.0), a(1.0, 1.0))),
    (lambda x, y, z: sound.broken_share(x, y, z, 500.0), (a(20.0, 400.0), a(100.0, 2000.0), a(1.0, 1.0))),
    (sound.thunder_peak_frequency, (a(6e5), a(340.0), a(1e5))),
    (sound.peaked_share, (a(20.0), a(100.0), a(80.0))),
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
