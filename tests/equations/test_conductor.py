from typing import Any

import numpy as np
import pytest
import torch

from gg_gym.equations import conductor as law


def one(value: float) -> np.ndarray:
    return np.array([value])


def balance(coating: float) -> tuple[float, float, float, float, float]:
    """The Drake worked example of IEEE 738: convection, radiation, sun [W/m], resistance [Ohm/m], current [A]."""
    air, surface, diameter = one(40.0), one(100.0), one(0.0281)
    film = 0.5 * (air + surface)
    density, conductivity = law.film_density(film, one(0.0)), law.film_conductivity(film)
    reynolds = law.reynolds_number(diameter, density, one(0.61), law.film_viscosity(film))
    forced = law.forced_convection(reynolds, conductivity, law.wind_direction_factor(one(np.pi / 2)), surface - air)
    convection = np.maximum(forced, law.natural_convection(density, diameter, surface - air))
    radiation = law.radiative_loss(diameter, one(coating), surface, air)
    latitude, hour = np.deg2rad(one(30.0)), np.deg2rad(one(-15.0))
    declination = np.deg2rad(law.solar_declination(one(161.0)))
    altitude, azimuth = law.solar_altitude(latitude, declination, hour), law.solar_azimuth(latitude, declination, hour)
    assert np.rad2deg(altitude)[0] == pytest.approx(74.89, abs=0.05)
    assert np.rad2deg(azimuth)[0] == pytest.approx(113.95, abs=0.3)
    flux = law.elevation_factor(one(0.0)) * law.clear_sky_flux(np.rad2deg(altitude))
    sun = law.solar_gain(one(coating), flux, altitude, azimuth, one(np.pi / 2), diameter)
    resistance = law.resistance(surface, 7.283e-5, 8.688e-5)
    current = law.ampacity(convection, radiation, sun, resistance)
    return convection[0], radiation[0], sun[0], resistance[0], current[0]


def test_th_1_drake_ampacity() -> None:
    convection, radiation, sun, resistance, current = balance(0.8)
    assert convection == pytest.approx(81.93, rel=3e-3)
    assert radiation == pytest.approx(39.1, rel=3e-3)
    assert sun == pytest.approx(22.44, rel=3e-3)
    assert resistance == pytest.approx(9.390e-5, rel=1e-3)
    assert current == pytest.approx(1025.0, rel=3e-3)


def test_th_1_drake_with_half_emissivity() -> None:
    _, radiation, sun, _, current = balance(0.5)
    assert radiation == pytest.approx(24.41, rel=3e-3)
    assert sun == pytest.approx(14.02, rel=3e-3)
    assert current == pytest.approx(991.0, rel=3e-3)


def test_th_3_parrot_solar_gain() -> None:
    latitude, hour = np.deg2rad(one(65.0)), one(0.0)
    declination = np.deg2rad(law.solar_declination(one(172.0)))
    altitude, azimuth = law.solar_altitude(latitude, declination, hour), law.solar_azimuth(latitude, declination, hour)
    flux = law.clear_sky_flux(np.rad2deg(altitude))
    gain = law.solar_gain(one(0.9), flux, altitude, azimuth, one(np.pi / 2), one(1.508 * 0.0254))
    assert gain[0] == pytest.approx(33.03, abs=0.5)


def test_th_4_auxiliary_values() -> None:
    assert law.film_viscosity(one(0.0))[0] == pytest.approx(1.715337e-5, rel=1e-6)
    np.testing.assert_allclose(law.film_conductivity(np.array([10.0, 23.5])), [0.0249872593, 0.02599466], rtol=1e-6)
    altitude = np.rad2deg(np.arcsin(one(0.7885372342)))
    assert law.clear_sky_flux(altitude)[0] == pytest.approx(974.545, abs=1e-3)
    assert law.elevation_factor(one(250.0))[0] == pytest.approx(1.0280075, rel=1e-6)
    assert law.wind_direction_factor(one(0.0))[0] == pytest.approx(0.388, rel=1e-6)
    angle = np.linspace(0.0, np.pi / 2, 9)
    np.testing.assert_allclose(law.direction_factor(np.cos(angle)), law.wind_direction_factor(angle), rtol=1e-12)


def test_no_sun_at_night() -> None:
    assert law.clear_sky_flux(np.array([-30.0, 0.0])).tolist() == [0.0, 0.0]


RNG = np.random.default_rng(2)
U = RNG.uniform(0.1, 1.0, (4, 3))
CASES: list[tuple[str, Any]] = [
    ("film_viscosity", lambda u: law.film_viscosity(50 * u)),
    ("film_density", lambda u: law.film_density(50 * u, 900 * u)),
    ("film_conductivity", lambda u: law.film_conductivity(50 * u)),
    ("reynolds_number", lambda u: law.reynolds_number(u, u, u, 1e-2 * u)),
    ("wind_direction_factor", law.wind_direction_factor),
    ("direction_factor", law.direction_factor),
    ("forced_convection", lambda u: law.forced_convection(3000 * u, u, u, 50 * u)),
    ("natural_convection", lambda u: law.natural_convection(u, u, 50 * u - 20)),
    ("radiative_loss", lambda u: law.radiative_loss(u, u, 100 * u, 30 * u)),
    ("solar_declination", lambda u: law.solar_declination(365 * u)),
    ("solar_altitude", lambda u: law.solar_altitude(u, 0.4 * u, u)),
    ("solar_azimuth", lambda u: law.solar_azimuth(u, 0.4 * u, 2 * u - 1)),
    ("clear_sky_flux", lambda u: law.clear_sky_flux(120 * u - 30)),
    ("elevation_factor", lambda u: law.elevation_factor(900 * u)),
    ("solar_gain", lambda u: law.solar_gain(u, 900 * u, u, 2 * u, u, 0.03 * u)),
    ("resistance", lambda u: law.resistance(100 * u, 7e-5, 9e-5)),
    ("ampacity", lambda u: law.ampacity(80 * u, 30 * u, 50 * u * u, 1e-4 * u)),
]


@pytest.mark.parametrize(("name", "function"), CASES, ids=[case[0] for case in CASES])
def test_numpy_and_torch_agree(name: Any, function: Any) -> None:
    oracle = function(U)
    single, tensor = function(U.astype(np.float32)), function(torch.tensor(U, dtype=torch.float32))
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(function(torch.tensor(U)).numpy(), oracle, rtol=1e-10)
    np.testing.assert_allclose(single, oracle, rtol=3e-4, atol=1e-4)
    np.testing.assert_allclose(tensor.numpy(), oracle, rtol=3e-4, atol=1e-4)
