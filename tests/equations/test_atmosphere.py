"""Moist air, standard air, the day's course and the sky: published cases ATM-1 to 7b, RAD-1, 2 and 4."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import atmosphere as a
from gg_gym.equations.radiometry import band_exitance, planck_fraction


def kelvin(celsius: Any) -> Any:
    return np.asarray(celsius, dtype=np.float64) + 273.15


def test_atm_1_saturation_pressure() -> None:
    es = a.saturation_pressure(kelvin([5.0, 20.0, 25.0]))
    assert es == pytest.approx([871.6, 2333.4, 3161.7], rel=1e-4)
    assert es == pytest.approx([872.5, 2338.8, 3169.2], rel=3e-3)  # ASHRAE


@pytest.mark.parametrize(("t", "rh", "td"), [(21.0, 0.80, 17.42), (30.0, 0.40, 14.936)])
def test_atm_2_3_dew_point(t: Any, rh: Any, td: Any) -> None:
    assert a.dew_point(kelvin(t), np.array(rh)) == pytest.approx(td + 273.15, abs=0.02)


@settings(max_examples=25, deadline=None)
@given(t=st.floats(-40.0, 50.0), rh=st.floats(0.05, 1.0))
def test_dew_point_inverts_relative_humidity(t: Any, rh: Any) -> None:
    td = a.dew_point(kelvin(t), np.array(rh))
    assert a.relative_humidity(kelvin(t), td) == pytest.approx(rh, rel=1e-9)


def test_atm_4_moist_air() -> None:
    e = 0.5 * a.saturation_pressure(kelvin(20.0))
    assert a.mixing_ratio(e, np.array(101325.0)) == pytest.approx(0.007262, rel=3e-3)
    assert a.air_density(kelvin(20.0), np.array(101325.0), e) == pytest.approx(1.1990, rel=3e-3)


@pytest.mark.parametrize(
    ("z", "t", "p", "rho"),
    [
        (0.0, 288.15, 101325.0, 1.2250),
        (500.0, 284.90, 95461.0, 1.16727),
        (1000.0, 281.65, 89876.0, 1.11166),
        (2000.0, 275.154, 79501.0, 1.00655),
        (5000.0, 255.676, 54048.0, 0.73643),
    ],
)
def test_atm_5_6_standard_air(z: Any, t: Any, p: Any, rho: Any) -> None:
    h = a.geopotential_height(np.array(z))
    pressure, temperature = a.standard_pressure(h), a.standard_temperature(h)
    assert temperature == pytest.approx(t, rel=5e-4)
    assert pressure == pytest.approx(p, rel=5e-4)
    assert a.air_density(temperature, pressure, np.array(0.0)) == pytest.approx(rho, rel=5e-4)


def test_atm_7b_parton_logan() -> None:
    t = a.daytime_temperature(np.array([9.36, 15.17]), kelvin(10.0), kelvin(25.0), np.array(15.0))
    assert t - 273.15 == pytest.approx([25.00, 18.42], abs=0.02)


def test_night_falls_from_sunset_to_the_minimum() -> None:
    t = a.nighttime_temperature(np.linspace(0.0, 9.0, 10), kelvin(18.0), kelvin(10.0), np.array(9.0))
    assert t[[0, -1]] == pytest.approx(kelvin([18.0, 10.0]))
    assert (np.diff(t) < 0.0).all()


def test_tide_peaks_before_ten() -> None:
    hours = np.arange(0.0, 24.0, 0.1)
    tide = a.semidiurnal_tide(40.0, hours)
    assert tide.max() == pytest.approx(52.0, abs=1.0)
    assert hours[np.argmax(tide)] % 12.0 == pytest.approx(9.7, abs=0.11)


def test_rad_4_sky() -> None:
    assert a.swinbank_sky(np.array(293.15)) == pytest.approx(277.06, abs=0.01)
    sky = a.brutsaert_emissivity(np.array(293.15), np.array(1000.0), np.array(0.0))
    assert sky == pytest.approx(0.7653, abs=1e-3)


def test_rad_1_2_window() -> None:
    w = band_exitance(np.array([273.15, 293.15, 313.15, 373.15, 473.15]))
    assert w == pytest.approx([110.43, 155.11, 209.27, 429.70, 978.4], rel=5e-4)
    f = [float(planck_fraction(np.array(float(x)))) for x in (2898, 4000, 6000)]
    assert f == pytest.approx([0.25011, 0.48087, 0.73779], abs=1e-4)


def test_window_of_clear_sky_is_colder_than_broadband_and_overcast_is_air() -> None:
    air, grid = np.array(293.15), np.linspace(190.0, 300.0, 2000)
    black = band_exitance(air)
    apparent = []
    for e in (500.0, 1000.0, 2000.0):
        emissivity = a.brutsaert_emissivity(air, np.array(e), np.array(0.0))
        seen = a.sky_window_exitance(air, emissivity, black)
        apparent.append(np.interp(seen, band_exitance(grid), grid) - 273.15)
    assert apparent == pytest.approx([-62.0, -33.0, -11.0], abs=1.0)
    assert a.sky_window_exitance(air, np.array(1.0), black) == pytest.approx(black)


def test_parity_with_torch() -> None:
    t, e, c = np.linspace(250.0, 310.0, 7), np.linspace(100.0, 2000.0, 7), np.linspace(0.0, 1.0, 7)
    tt, te, tc = (torch.as_tensor(x) for x in (t, e, c))
    for ours, theirs in (
        (a.saturation_pressure(t), a.saturation_pressure(tt)),
        (a.brutsaert_emissivity(t, e, c), a.brutsaert_emissivity(tt, te, tc)),
        (a.dew_point(t, 0.1 + 0.8 * c), a.dew_point(tt, 0.1 + 0.8 * tc)),
    ):
        np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-12)
