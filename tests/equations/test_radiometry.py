from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import radiometry as law
from gg_gym.equations.heat import radiated
from gg_gym.parameters.lepton_optics import LEPTON_OPTICS

RBFO = (LEPTON_OPTICS.r, LEPTON_OPTICS.b, LEPTON_OPTICS.f, LEPTON_OPTICS.o)
T_RAD_1 = np.array([273.15, 293.15, 313.15, 373.15, 473.15])


def test_rad_1_band_exitance() -> None:
    band = law.band_exitance(T_RAD_1)
    np.testing.assert_allclose(band, [110.43, 155.11, 209.27, 429.70, 978.4], rtol=5e-4)
    np.testing.assert_allclose(band / radiated(T_RAD_1), [0.3499, 0.3704, 0.3838, 0.3909, 0.3443], rtol=5e-4)
    slope = (np.log(law.band_exitance(T_RAD_1 + 0.01)) - np.log(band)) / np.log((T_RAD_1 + 0.01) / T_RAD_1)
    np.testing.assert_allclose(slope, [4.95, 4.67, 4.41, 3.81, 3.15], atol=0.01)


def test_rad_2_planck_fractions() -> None:
    fractions = law.planck_fraction(np.array([2898.0, 4000.0, 6000.0]))
    np.testing.assert_allclose(fractions, [0.25011, 0.48087, 0.73779], atol=1e-4)


def test_the_series_is_the_planck_integral() -> None:
    wave = np.linspace(8.0, 14.0, 20001)
    for temperature in (250.0, 600.0, 2000.0):
        spectrum = 3.741771852e8 / wave**5 / np.expm1(law.C2 / (wave * temperature))
        integral = ((spectrum[1:] + spectrum[:-1]) * 0.5 * np.diff(wave)).sum()
        assert law.band_exitance(np.array([temperature]))[0] == pytest.approx(integral, rel=1e-6)


def test_rad_3_path_transmission() -> None:
    d = np.array([1.0, 10.0, 50.0, 100.0])
    np.testing.assert_allclose(
        law.path_transmission(d, np.full(4, 20.0), np.full(4, 0.5)), [0.99394, 0.98070, 0.95624, 0.93745], atol=1e-4
    )
    assert law.path_transmission(np.array([50.0]), np.array([30.0]), np.array([0.8]))[0] == pytest.approx(
        0.92511, abs=1e-4
    )


def test_rad_4_sky() -> None:
    air = np.array([293.15])
    assert law.swinbank_sky(air)[0] == pytest.approx(277.06, abs=0.01)
    assert law.brutsaert_emissivity(air, np.array([1000.0]), np.array([0.0]))[0] == pytest.approx(0.7653, abs=1e-3)
    assert law.brutsaert_emissivity(air, np.array([1500.0]), np.array([1.0]))[0] <= 1.0


@settings(max_examples=25, deadline=None)
@given(st.floats(200.0, 1000.0))
def test_rad_5_round_trip(temperature: Any) -> None:
    t = np.array([temperature])
    assert law.band_temperature(law.band_exitance_fast(t))[0] == pytest.approx(temperature, abs=0.001)
    assert law.band_temperature(law.band_exitance(t))[0] == pytest.approx(temperature, abs=0.02)


@pytest.mark.parametrize(("emissivity", "apparent"), [(0.2, 287.68), (0.8, 355.97)])
def test_rad_6_hot_connector_that_mirrors_the_sky(emissivity: Any, apparent: Any) -> None:
    body, sky = law.band_exitance(np.array([373.15])), law.band_exitance(np.array([250.0]))
    seen = law.pixel_exitance(np.array([emissivity]), np.array([1.0]), body, sky, body)
    assert law.band_temperature(seen)[0] == pytest.approx(apparent, abs=0.05)


@pytest.mark.parametrize(("pressure", "celsius"), [(500.0, -62.0), (1000.0, -33.0), (2000.0, -11.0)])
def test_clear_sky_in_the_window_is_colder_than_broadband(pressure: Any, celsius: Any) -> None:
    air = np.array([293.15])
    emissivity = law.brutsaert_emissivity(air, np.array([pressure]), np.array([0.0]))
    apparent = law.band_temperature(law.sky_window_exitance(air, emissivity, law.band_exitance(air)))[0] - 273.15
    assert apparent == pytest.approx(celsius, abs=1.0)


@settings(max_examples=25, deadline=None)
@given(st.floats(230.0, 720.0))
def test_lepton_counts_round_trip(temperature: Any) -> None:
    counts = law.lepton_counts(np.array([temperature]), *RBFO)
    assert law.lepton_kelvin(counts, *RBFO)[0] == pytest.approx(temperature, abs=1e-9)


def test_one_count_is_18_6_millikelvin_at_25_celsius() -> None:
    low, high = law.lepton_counts(np.array([298.0, 298.3]), *RBFO)
    assert 0.3 / (high - low) == pytest.approx(LEPTON_OPTICS.count_kelvin, rel=0.02)


def test_fill_factor_of_a_hot_object_in_a_pixel() -> None:
    hot, cold = law.lepton_counts(np.array([353.15, 298.15]), *RBFO)
    share = np.array([1.0, 0.5, 0.1, 0.03])
    seen = law.lepton_kelvin(share * hot + (1.0 - share) * cold, *RBFO) - 273.15
    np.testing.assert_allclose(seen, [80.0, 55.4, 31.7, 27.1], atol=0.1)


RNG = np.random.default_rng(6)
T, U = RNG.uniform(230.0, 700.0, (4, 3)), RNG.uniform(0.1, 0.9, (4, 3))
CASES: list[tuple[str, Any, tuple[np.ndarray, ...]]] = [
    ("planck_fraction", law.planck_fraction, (10.0 * T,)),
    ("band_exitance", law.band_exitance, (T,)),
    ("band_exitance_fast", law.band_exitance_fast, (T,)),
    ("band_temperature", law.band_temperature, (1000.0 * U,)),
    ("pixel_exitance", law.pixel_exitance, (U, U, T, T, T)),
    ("path_transmission", law.path_transmission, (50 * U, 30 * U, U)),
    ("lepton_counts", lambda t: law.lepton_counts(t, *RBFO), (T,)),
    ("lepton_kelvin", lambda u: law.lepton_kelvin(1000 + 15000 * u, *RBFO), (U,)),
]


@pytest.mark.parametrize(("name", "function", "arguments"), CASES, ids=[case[0] for case in CASES])
def test_numpy_and_torch_agree(name: Any, function: Any, arguments: Any) -> None:
    oracle = function(*arguments)
    single = function(*[a.astype(np.float32) for a in arguments])
    tensor = function(*[torch.tensor(a, dtype=torch.float32) for a in arguments])
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(function(*[torch.tensor(a) for a in arguments]).numpy(), oracle, rtol=1e-10)
    for other in (single, tensor.numpy()):
        np.testing.assert_allclose(other, oracle, rtol=3e-4)
