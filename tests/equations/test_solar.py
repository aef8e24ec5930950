import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import solar as law
from gg_gym.equations import sun

U = np.random.default_rng(5).uniform(0.1, 1.0, (4, 3))
CASES: dict[str, Any] = {
    "incidence_cosine": lambda u: law.incidence_cosine(u, 0.5 - u),
    "plane_irradiance": lambda u: law.plane_irradiance(900 * u, 100 * u, 700 * u, u, u, 0.2 * u),
    "sapm": lambda u: law.cell_temperature_sapm(900 * u, 20 * u, 5 * u),
    "faiman": lambda u: law.cell_temperature_faiman(900 * u, 20 * u, 5 * u),
    "panel_power": lambda u: law.panel_power(900 * u, 60 * u, 100 * u, -0.004),
    "combined_loss": lambda u: law.combined_loss(0.1 * u, 0.2 * u, 0.3 * u),
    "soiling_step": lambda u: law.soiling_step(0.1 * u, 1e-7 * u, 0.3 * u, 1e-5 * u, 3600.0),
    "snow_cover_step": lambda u: law.snow_cover_step(u, 1e-5 * (u - 0.5), 1e-4 * u, 0.01, 600.0),
    "snow_sliding": lambda u: law.snow_sliding(20 * u - 15, 300 * u, u),
}


@pytest.mark.parametrize("name", CASES)
def test_numpy_and_torch_agree(name: str) -> None:
    function = CASES[name]
    oracle = function(U)
    single, tensor = function(U.astype(np.float32)), function(torch.tensor(U, dtype=torch.float32))
    assert single.dtype == np.float32 and tensor.dtype == torch.float32
    np.testing.assert_allclose(function(torch.tensor(U)).numpy(), oracle, rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(single, oracle, rtol=3e-4, atol=1e-7)
    np.testing.assert_allclose(tensor.numpy(), oracle, rtol=3e-4, atol=1e-7)


def test_sol_2_pvwatts_power() -> None:
    power = law.panel_power(np.array([900.0]), np.array([30.0]), np.array([100.0]), -0.003)
    assert power[0] == pytest.approx(88.65, rel=1e-9)


def test_sol_3_default_losses() -> None:
    losses = [np.array([x]) / 100.0 for x in (2, 3, 0, 2, 2, 0.5, 1.5, 1, 0, 3)]
    assert 100.0 * law.combined_loss(*losses)[0] == pytest.approx(14.0757, rel=1e-4)


def test_sol_4_cell_temperatures() -> None:
    arguments = (np.array([900.0]), np.array([20.0]), np.array([5.0]))
    assert law.cell_temperature_sapm(*arguments)[0] == pytest.approx(43.509, abs=1e-3)
    assert law.cell_temperature_faiman(*arguments)[0] == pytest.approx(35.203, abs=1e-3)


#: The place of SOL-5 to 7.
LATITUDE, LONGITUDE, ALTITUDE = 39.742, -105.18, 1830.0


def _days(year: int, month: int, day: int, hour: float) -> np.ndarray:
    number = np.datetime64(f"{year}-{month:02d}-{day:02d}") - np.datetime64("2000-01-01")
    return np.array([float(number / np.timedelta64(1, "D")) - 0.5 + hour / 24.0])


@pytest.mark.parametrize(
    ("when", "zenith", "azimuth"),
    [((2025, 6, 21, 19), 16.315, 177.84), ((2025, 12, 21, 19), 63.183, 180.24), ((2025, 3, 20, 16), 58.293, 120.71)],
)
def test_sol_5_place_of_the_sun(when: Any, zenith: float, azimuth: float) -> None:
    z, a = sun.sun_angles(_days(*when), LATITUDE, LONGITUDE)
    assert np.rad2deg(z)[0] == pytest.approx(zenith, abs=0.03)
    assert np.rad2deg(a)[0] == pytest.approx(azimuth, abs=0.03)


def _vector(zenith: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Unit vectors (n, 3): x east, y north, z up."""
    return np.stack([np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth), np.cos(zenith)], axis=1)


def clear_day(month: int, minutes: int = 10) -> dict[str, np.ndarray]:
    """Clear sky of the 21st of a month of 2025 at the place of SOL-5, local standard time, turbidity 3."""
    hours = (np.arange(24 * 60 // minutes) + 0.5) * minutes / 60.0
    zenith, azimuth = sun.sun_angles(_days(2025, month, 21, 7.0) + hours / 24.0, LATITUDE, LONGITUDE)
    number = (np.datetime64(f"2025-{month:02d}-21") - np.datetime64("2025-01-01")).astype(int) + 1.0
    normal = sun.extraterrestrial(np.full_like(hours, number))
    cosine = np.cos(zenith)
    pressure = (1.0 - 2.25577e-5 * ALTITUDE) ** 5.25588
    ghi, dni, dhi = sun.ineichen(cosine, sun.air_mass(cosine, pressure), normal, 3.0, ALTITUDE)
    return {"hours": hours, "ghi": ghi, "dni": dni, "dhi": dhi, "sun": _vector(zenith, azimuth)}


@pytest.mark.parametrize(("month", "ghi", "dni", "dhi"), [(6, 1085.7, 988.2, 137.3), (12, 479.6, 892.9, 76.4)])
def test_sol_6_clear_sky(month: int, ghi: float, dni: float, dhi: float) -> None:
    day = clear_day(month, 1)
    noon = slice(719, 721)  # the two minutes around 12:00
    for key, value in (("ghi", ghi), ("dni", dni), ("dhi", dhi)):
        assert day[key][noon].mean() == pytest.approx(value, rel=5e-3)


@pytest.mark.parametrize(("month", "energy", "light"), [(6, 62.5, 7.72), (12, 45.3, 5.56)])
def test_sol_7_day_of_a_ten_watt_panel(month: int, energy: float, light: float) -> None:
    day, tilt = clear_day(month), math.radians(45.0)
    normal = np.array([0.0, -math.sin(tilt), math.cos(tilt)])
    incidence = np.where(day["sun"][:, 2] > 0.0, law.incidence_cosine(day["sun"], normal), 0.0)
    albedo = np.full_like(incidence, 0.25)
    slope = np.full_like(albedo, math.cos(tilt))
    plane = law.plane_irradiance(day["dni"], day["dhi"], day["ghi"], incidence, slope, albedo)
    cell = law.cell_temperature_sapm(plane, np.full_like(plane, 15.0), np.full_like(plane, 2.0))
    power = law.panel_power(plane, cell, np.full_like(plane, 10.0), -0.004) * (1.0 - 0.1408)
    step = day["hours"][1] - day["hours"][0]
    assert plane.sum() * step / 1000.0 == pytest.approx(light, rel=0.02)
    assert power.sum() * step == pytest.approx(energy, rel=0.02)


def test_pvlib_gives_the_same() -> None:
    pvlib = pytest.importorskip("pvlib")
    rng = np.random.default_rng(1)
    light, air, wind, cell = (rng.uniform(a, b, 50) for a, b in ((0, 1100), (-20, 40), (0, 12), (-20, 70)))
    ours = law.cell_temperature_sapm(light, air, wind)
    np.testing.assert_allclose(ours, pvlib.temperature.sapm_cell(light, air, wind, -3.47, -0.0594, 3.0), rtol=1e-12)
    faiman = law.cell_temperature_faiman(light, air, wind)
    np.testing.assert_allclose(faiman, pvlib.temperature.faiman(light, air, wind), rtol=1e-12)
    theirs = pvlib.pvsystem.pvwatts_dc(light, cell, 100.0, -0.004)
    np.testing.assert_allclose(law.panel_power(light, cell, np.full(50, 100.0), -0.004), theirs, rtol=1e-12)
    assert 100.0 * law.combined_loss(*(np.array([x]) for x in (0.02, 0.03, 0.0, 0.02, 0.02, 0.005, 0.015, 0.01)))[
        0
    ] == pytest.approx(pvlib.pvsystem.pvwatts_losses(availability=0.0), rel=1e-9)


def test_pvlib_gives_the_same_plane_irradiance() -> None:
    irradiance = pytest.importorskip("pvlib").irradiance
    rng = np.random.default_rng(2)
    zenith, azimuth, tilt, facing = (rng.uniform(a, b, 60) for a, b in ((0, 89), (0, 360), (0, 90), (0, 360)))
    dni, dhi, ghi = (rng.uniform(0, b, 60) for b in (1000, 400, 1000))
    z, a, t, f = map(np.deg2rad, (zenith, azimuth, tilt, facing))
    cosine = law.incidence_cosine(_vector(z, a), _vector(t, f))
    ours = law.plane_irradiance(dni, dhi, ghi, cosine, np.cos(t), np.full(60, 0.25))
    theirs = irradiance.get_total_irradiance(tilt, facing, zenith, azimuth, dni, ghi, dhi, model="isotropic")
    np.testing.assert_allclose(ours, theirs["poa_global"], rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.25), st.floats(0, 1e-6), st.floats(0, 1e-3), st.floats(0.02, 1e5), st.integers(2, 9))
def test_soiling_does_not_depend_on_the_number_of_steps(dirt: Any, rate: Any, wash: Any, h: Any, count: Any) -> None:
    state, r, limit, w = (np.array([x]) for x in (dirt, rate + 1e-12, 0.25, wash))
    once = law.soiling_step(state, r, limit, w, h)
    for _ in range(count):
        state = law.soiling_step(state, r, limit, w, h / count)
    np.testing.assert_allclose(state, once, atol=1e-10)
    assert 0.0 <= once[0] <= 0.25 + 1e-12


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1e-5), st.floats(0, 1e-4), st.floats(0.02, 1e5), st.integers(2, 9))
def test_snow_does_not_depend_on_the_number_of_steps(cover: Any, fall: Any, slide: Any, h: Any, count: Any) -> None:
    state, snowfall, sliding = (np.array([x]) for x in (cover, fall, slide))
    once = law.snow_cover_step(state, snowfall, sliding, 0.01, h)
    for _ in range(count):
        state = law.snow_cover_step(state, snowfall, sliding, 0.01, h / count)
    np.testing.assert_allclose(state, once, atol=1e-10)
    assert 0.0 <= once[0] <= 1.0


def test_rain_washes_and_warm_snow_slides() -> None:
    one = np.ones(1)
    washed = law.soiling_step(0.1 * one, 1e-8 * one, 0.25 * one, 0.77 / 3600 * 3.0 * one, 3600.0)
    assert washed[0] < 0.012
    cold, warm = (law.snow_sliding(t * one, 100.0 * one, one) for t in (-5.0, 2.0))
    assert cold[0] == 0.0 and warm[0] == pytest.approx(0.197 / 3600.0)
