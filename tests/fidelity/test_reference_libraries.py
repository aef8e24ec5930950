"""Maintained libraries over random inputs: extra `test-ref`. Each test skips where its library is absent."""

import math
from typing import Any

import numpy as np
import pytest

from gg_gym.equations import atmosphere, conductor, heat, solar, sun, transformer

RNG = np.random.default_rng(20)


def library(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: pip install gg-gym[test-ref]")


def spread(low: float, high: float, count: int = 200) -> Any:
    return RNG.uniform(low, high, count)


@pytest.fixture(scope="module")
def moments() -> tuple[Any, Any]:
    """Random moments of 2000 to 2040 as days since 2000-01-01 12 h UTC and as time stamps."""
    pandas = library("pandas")
    seconds = np.sort(RNG.integers(0, 40 * 365 * 86400, 300))
    stamps = pandas.Timestamp("2000-01-01 12:00", tz="UTC") + pandas.to_timedelta(seconds, unit="s")
    return seconds / 86400.0, pandas.DatetimeIndex(stamps)


@pytest.mark.parametrize(("latitude", "longitude"), [(39.7, -105.2), (-33.9, 151.2), (64.1, -21.9), (1.3, 103.8)])
def test_the_sun_against_pvlib(moments: tuple[Any, Any], latitude: float, longitude: float) -> None:
    pvlib = library("pvlib")
    days, stamps = moments
    table = pvlib.solarposition.spa_python(stamps, latitude, longitude)
    zenith, azimuth = (np.rad2deg(x) for x in sun.sun_angles(days, latitude, longitude))
    np.testing.assert_allclose(zenith, table["zenith"], atol=0.03)
    off = (azimuth - table["azimuth"].to_numpy() + 180.0) % 360.0 - 180.0
    assert np.abs(off * np.sin(np.deg2rad(zenith))).max() < 0.03


def test_extraterrestrial_and_air_mass_against_pvlib() -> None:
    pvlib = library("pvlib")
    day, zenith = np.arange(1.0, 366.0), spread(0.0, 88.0)
    np.testing.assert_allclose(
        sun.extraterrestrial(day), pvlib.irradiance.get_extra_radiation(day.astype(int)), rtol=2e-4
    )
    theirs = pvlib.atmosphere.get_relative_airmass(zenith, "kastenyoung1989")
    np.testing.assert_allclose(sun.air_mass(np.cos(np.deg2rad(zenith))), theirs, rtol=1e-6)


def test_clear_sky_against_pvlib() -> None:
    pvlib, pandas = library("pvlib"), library("pandas")
    zenith, altitude, turbidity = spread(0.0, 85.0), 1200.0, 3.4
    up = np.cos(np.deg2rad(zenith))
    mass = sun.air_mass(up, 0.87)
    theirs = pvlib.clearsky.ineichen(
        pandas.Series(zenith), pandas.Series(mass), turbidity, altitude=altitude, dni_extra=1366.0
    )
    ghi, dni, dhi = sun.ineichen(up, mass, np.full(200, 1366.0), turbidity, altitude)
    for ours, name in ((ghi, "ghi"), (dni, "dni"), (dhi, "dhi")):
        np.testing.assert_allclose(ours, theirs[name], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        sun.haurwitz(up), pvlib.clearsky.haurwitz(pandas.Series(zenith))["ghi"], rtol=1e-4, atol=1e-6
    )


def test_erbs_against_pvlib() -> None:
    pvlib = library("pvlib")
    zenith, ghi = spread(0.0, 75.0), spread(50.0, 1000.0)
    theirs = pvlib.irradiance.erbs(ghi, zenith, 172)
    share = sun.erbs_diffuse(np.asarray(theirs["kt"], dtype=float))
    inside = np.asarray(theirs["kt"]) < 1.0
    np.testing.assert_allclose((share * ghi)[inside], np.asarray(theirs["dhi"])[inside], rtol=1e-6)


def test_panel_against_pvlib() -> None:
    pvlib = library("pvlib")
    light, air, wind = spread(0.0, 1100.0), spread(-20.0, 40.0), spread(0.0, 15.0)
    cell = solar.cell_temperature_sapm(light, air, wind)
    np.testing.assert_allclose(cell, pvlib.temperature.sapm_cell(light, air, wind, -3.47, -0.0594, 3.0), rtol=1e-9)
    np.testing.assert_allclose(
        solar.cell_temperature_faiman(light, air, wind), pvlib.temperature.faiman(light, air, wind), rtol=1e-9
    )
    np.testing.assert_allclose(
        solar.panel_power(light, cell, np.full(200, 10.0), -0.004),
        pvlib.pvsystem.pvwatts_dc(light, cell, 10.0, -0.004),
        rtol=1e-9,
    )


def test_tilted_plane_against_pvlib() -> None:
    pvlib = library("pvlib")
    zenith, azimuth, tilt = spread(0.0, 89.0), spread(0.0, 360.0), spread(0.0, 90.0)
    dni, dhi = spread(0.0, 900.0), spread(20.0, 400.0)
    ghi = dni * np.cos(np.deg2rad(zenith)) + dhi
    theirs = pvlib.irradiance.get_total_irradiance(
        tilt, 180.0, zenith, azimuth, dni, ghi, dhi, albedo=0.25, model="isotropic"
    )
    z, a, t = (np.deg2rad(x) for x in (zenith, azimuth, tilt))
    place = np.stack([np.sin(z) * np.sin(a), np.sin(z) * np.cos(a), np.cos(z)], -1)
    normal = np.stack([0.0 * t, -np.sin(t), np.cos(t)], -1)
    ours = solar.plane_irradiance(dni, dhi, ghi, solar.incidence_cosine(place, normal), np.cos(t), np.full(200, 0.25))
    np.testing.assert_allclose(ours, theirs["poa_global"], rtol=1e-9)


def test_moist_air_against_psychrolib() -> None:
    psychrolib = library("psychrolib")
    psychrolib.SetUnitSystem(psychrolib.SI)
    celsius, humidity, pressure = spread(1.0, 45.0), spread(0.05, 0.99), spread(8e4, 1.04e5)
    kelvin = celsius + 273.15
    vapour = humidity * atmosphere.saturation_pressure(kelvin)
    ratio = atmosphere.mixing_ratio(vapour, pressure)
    density = atmosphere.air_density(kelvin, pressure, vapour)
    dew = atmosphere.dew_point(kelvin, humidity) - 273.15
    for i, (t, h, p) in enumerate(zip(celsius, humidity, pressure, strict=True)):
        w = psychrolib.GetHumRatioFromRelHum(t, h, p)
        assert ratio[i] == pytest.approx(w, rel=5e-3)
        assert density[i] == pytest.approx(psychrolib.GetMoistAirDensity(t, w, p), rel=3e-3)
        if psychrolib.GetTDewPointFromRelHum(t, h) > 0.5:
            assert dew[i] == pytest.approx(psychrolib.GetTDewPointFromRelHum(t, h), abs=0.06)


def test_saturation_against_metpy() -> None:
    calc, units = library("metpy.calc"), library("metpy.units").units
    kelvin = spread(274.0, 318.0)
    theirs = calc.saturation_vapor_pressure(kelvin * units.kelvin).to("Pa").magnitude
    # At 45 Cel MetPy 1.7's own formula falls 0.44 % below ASHRAE's (psychrolib), which ours meets within 0.03 %;
    # its dew point inverts another formula (Bolton) and is up to 0.14 K away, psychrolib's up to 0.06 K.
    np.testing.assert_allclose(atmosphere.saturation_pressure(kelvin), theirs, rtol=5e-3)
    humidity = spread(0.1, 0.99)
    dew = calc.dewpoint_from_relative_humidity(kelvin * units.kelvin, humidity * units.dimensionless)
    np.testing.assert_allclose(atmosphere.dew_point(kelvin, humidity), dew.to("kelvin").magnitude, atol=0.2)


def test_standard_atmosphere_against_fluids() -> None:
    fluids = library("fluids")
    for height in spread(0.0, 10000.0, 50):
        theirs, level = fluids.ATMOSPHERE_1976(height), atmosphere.geopotential_height(np.array(height))
        temperature, pressure = atmosphere.standard_temperature(level), atmosphere.standard_pressure(level)
        assert float(temperature) == pytest.approx(theirs.T, rel=1e-4)
        assert float(pressure) == pytest.approx(theirs.P, rel=5e-4)
        assert float(atmosphere.air_density(temperature, pressure, 0.0 * pressure)) == pytest.approx(
            theirs.rho, rel=6e-4
        )


def test_convection_against_ht() -> None:
    ht = library("ht")
    reynolds, rayleigh = 10.0 ** spread(0.0, 6.5), 10.0 ** spread(0.0, 11.0)
    forced, natural = heat.nusselt_forced_cylinder(reynolds, 0.70), heat.nusselt_natural_cylinder(rayleigh, 0.70)
    for i in range(200):
        assert forced[i] == pytest.approx(ht.Nu_cylinder_Churchill_Bernstein(reynolds[i], 0.70), rel=1e-6)
        assert natural[i] == pytest.approx(
            ht.conv_free_immersed.Nu_horizontal_cylinder_Churchill_Chu(0.70, rayleigh[i] / 0.70), rel=1e-3
        )


def test_conductors_against_linerate() -> None:
    """Stored versions of linerate print 1.35 where we use 1.347: half a percent of convection."""
    theirs = library("linerate.equations.ieee738.convective_cooling")
    light = library("linerate.equations.ieee738.solar_heating")
    film, elevation, speed = spread(0.0, 90.0), spread(0.0, 2000.0), spread(0.05, 15.0)
    angle, diameter, rise = spread(0.0, math.pi / 2), spread(0.005, 0.04), spread(1.0, 80.0)
    density, viscosity = conductor.film_density(film, elevation), conductor.film_viscosity(film)
    conductivity, factor = conductor.film_conductivity(film), conductor.wind_direction_factor(angle)
    np.testing.assert_allclose(density, theirs.compute_air_density(film, elevation), rtol=1e-9)
    np.testing.assert_allclose(viscosity, theirs.compute_dynamic_viscosity_of_air(film), rtol=1e-9)
    np.testing.assert_allclose(conductivity, theirs.compute_thermal_conductivity_of_air(film), rtol=1e-9)
    np.testing.assert_allclose(factor, theirs.compute_wind_direction_factor(angle), rtol=1e-9)
    reynolds = conductor.reynolds_number(diameter, density, speed, viscosity)
    forced = theirs.compute_forced_convection(factor, reynolds, conductivity, film + rise, film)
    np.testing.assert_allclose(conductor.forced_convection(reynolds, conductivity, factor, rise), forced, rtol=5e-3)
    natural = theirs.compute_natural_convection(density, diameter, film + rise, film)
    np.testing.assert_allclose(conductor.natural_convection(density, diameter, rise), natural, rtol=1e-9)
    altitude = spread(1.0, 89.0)
    flux = light.compute_total_heat_flux_density(np.sin(np.deg2rad(altitude)), True)
    np.testing.assert_allclose(conductor.clear_sky_flux(altitude), flux, rtol=1e-6)
    factor = light.compute_solar_altitude_correction_factor(elevation)
    np.testing.assert_allclose(conductor.elevation_factor(elevation), factor, rtol=1e-9)


def test_transformer_against_transformer_thermal_model() -> None:
    library("transformer_thermal_model")
    models, schemas = library("transformer_thermal_model.model"), library("transformer_thermal_model.schemas")
    kinds = library("transformer_thermal_model.transformer")
    tools = library("transformer_thermal_model.toolbox.temp_sim_profile_tools")
    pandas = library("pandas")
    load, air = spread(0.0, 1500.0, 48), spread(-10.0, 35.0, 48)
    load[0] = 0.0
    frame = pandas.DataFrame(
        {
            "timestamp": pandas.Timestamp("2025-01-01") + pandas.to_timedelta(np.arange(48) * 15, unit="min"),
            "load": load,
            "ambient_temperature": air,
        }
    )
    specification = schemas.UserTransformerSpecifications(
        load_loss=1000, nom_load_sec_side=1500, no_load_loss=200, amb_temp_surcharge=0, hot_spot_fac=1.2
    )
    profile = tools.create_temp_sim_profile_from_df(frame)
    kind = kinds.DistributionTransformer(user_specs=specification)
    result = models.Model(temperature_profile=profile, transformer=kind).run()
    oil, winding, ours = np.array([air[0]]), np.array([0.0]), [air[0]]
    for k, t in zip(load[1:, None] / 1500.0, air[1:], strict=True):
        target = transformer.top_oil_target(t, transformer.loss_share(k, 200.0, 1000.0), 60.0, 0.8)
        oil = transformer.approach(oil, target, 15.0, 180.0)
        winding = transformer.approach(winding, transformer.winding_rise_targets(k, 1.2 * 23.0, 1.6, 1.0)[0], 15.0, 8.0)
        ours.append((oil + winding)[0])
    np.testing.assert_allclose(ours, np.asarray(result.hot_spot_temp_profile), atol=1e-3)
