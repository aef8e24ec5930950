"""The climate model: a typical year of weather as a function of the site alone."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtr

from gg_gym.equations import atmosphere, sun
from gg_gym.parameters.atmosphere import ClimateParameters
from gg_gym.physics.site import Site
from gg_gym.physics.weather_sun import sun_table
from gg_gym.physics.weather_table import COLUMNS, HOURS, SUN_STEPS, blend
from gg_gym.streams import consumer_code, normals
from gg_gym.units import Float

_CLIMATE = ClimateParameters()


def ou_series(site: Site, name: str, tau: float) -> Float:
    """A stationary standard OU series (8760,) with time ``tau`` [h], the same for every site of this key."""
    noise = normals(int(consumer_code(f"climate.{site.key}")), f"climate.{name}", HOURS)
    a = np.exp(-1.0 / tau)
    drive = np.sqrt(1.0 - a * a) * noise
    drive[0] = noise[0]
    series: Float = lfilter([1.0], [1.0, -a], drive)
    return blend(series, np.array([0]))


def climate_year(site: Site) -> Float:
    """A year (8760, 10) of the climate model, in the columns of a weather table; a function of the site alone.

    Source: harmonic year, Parton-Logan day, OU weather; numbers in ``parameters.atmosphere.ClimateParameters``.
    """
    p = _CLIMATE
    hour = np.arange(HOURS, dtype=np.float64)
    inland = 1.0 - np.exp(-site.distance_to_coast / p.inland_distance)
    cloud = ndtr(p.cloud_slope * ou_series(site, "cloud", p.cloud_tau) + p.cloud_shift)
    summer = np.cos(2.0 * np.pi * (hour / 24.0 - p.warmest_day) / 365.0) * np.sign(site.latitude + 1e-9)
    mean = _climate_mean(site, inland, summer)
    temperature = _climate_day(site, inland, mean, cloud)
    temperature += p.temperature_sigma * ou_series(site, "temperature", p.temperature_tau)
    depression = p.coast_depression + (p.inland_depression - p.coast_depression) * inland
    dew = mean - depression + p.dew_sigma * ou_series(site, "dew", p.dew_tau)
    dew += 0.7 * p.temperature_sigma * ou_series(site, "temperature", p.temperature_tau)
    speed, direction = _climate_wind(site, inland, hour)
    ghi, dni, dhi = _climate_sun(site, cloud)
    wet = ou_series(site, "rain", p.rain_tau) - p.rain_threshold + (cloud - 1.0) * 2.0
    columns = {
        "temperature": temperature, "dew_point": np.minimum(dew, temperature), "pressure": climate_pressure(site),
        "wind_speed": speed, "wind_from": direction, "cloud": cloud, "ghi": ghi, "dni": dni, "dhi": dhi,
        "rain": p.rain_scale * np.clip(wet, 0.0, None) * np.exp(np.clip(wet, 0.0, None)),
    }  # fmt: skip
    return np.column_stack([columns[k] for k in COLUMNS])


def _climate_mean(site: Site, inland: float, summer: Float) -> Float:
    """Daily mean temperature (8760,) [K]."""
    p, latitude = _CLIMATE, abs(site.latitude)
    level = p.equator_temperature - p.latitude_slope * latitude - p.lapse * site.altitude
    swing = (p.coast_range + (p.inland_range - p.coast_range) * inland) * min(latitude / 45.0, 1.5)
    mean: Float = level + swing * summer
    return mean


def _climate_day(site: Site, inland: float, mean: Float, cloud: Float) -> Float:
    """Temperature (8760,) [K]: the daily course about the daily mean, smaller under cloud."""
    p = _CLIMATE
    daily_mean, daily_cloud = mean.reshape(-1, 24)[:, 12], cloud.reshape(-1, 24).mean(axis=1)
    half = (p.coast_daily + (p.inland_daily - p.coast_daily) * inland) * (1.0 - p.cloud_damping * daily_cloud)
    solar = np.arange(HOURS) + site.longitude / 15.0 - site.utc_offset
    declination = np.deg2rad(23.44) * np.sin(2.0 * np.pi * (np.arange(365) - 80.0) / 365.0)
    length = 24.0 / np.pi * np.arccos(np.clip(-np.tan(np.deg2rad(site.latitude)) * np.tan(declination), -0.95, 0.95))
    day = np.mod(np.floor(solar / 24.0).astype(np.int64), 365)
    since = np.mod(solar, 24.0) - (12.0 - 0.5 * length[day] - 0.17)
    today = np.where(since < 0.0, np.mod(day - 1, 365), day)
    since = np.where(since < 0.0, np.mod(solar, 24.0) + 24.0 - (12.0 - 0.5 * length[today] - 0.17), since)
    low, high, next_low = daily_mean - half, daily_mean + half, np.roll(daily_mean - half, -1)
    sunset = length + 0.17
    by_day = atmosphere.daytime_temperature(since, low[today], high[today], length[today])
    at_sunset = atmosphere.daytime_temperature(sunset, low, high, length)
    after = np.clip(since - sunset[today], 0.0, None)
    by_night = atmosphere.nighttime_temperature(after, at_sunset[today], next_low[today], 24.0 - sunset[today])
    course: Float = np.where(since <= sunset[today], by_day, by_night)
    return course


def climate_pressure(site: Site) -> Float:
    """Pressure (8760,) [Pa]: standard air, OU weather stronger in winter, semidiurnal tide."""
    p, hour = _CLIMATE, np.arange(HOURS, dtype=np.float64)
    winter = 0.5 - 0.5 * np.cos(2.0 * np.pi * (hour / 24.0 - p.warmest_day) / 365.0) * np.sign(site.latitude + 1e-9)
    sigma = p.pressure_summer + (p.pressure_winter - p.pressure_summer) * winter
    level = atmosphere.standard_pressure(atmosphere.geopotential_height(np.array(site.altitude)))
    solar = hour + site.longitude / 15.0 - site.utc_offset
    out: Float = level + sigma * ou_series(site, "pressure", p.pressure_tau)
    out = out + atmosphere.semidiurnal_tide(site.latitude, solar)
    return out


def _climate_wind(site: Site, inland: float, hour: Float) -> tuple[Float, Float]:
    """Wind speed (8760,) [m/s], Weibull, stronger by day; direction it comes from [rad]."""
    p = _CLIMATE
    scale = p.coast_wind + (p.inland_wind - p.coast_wind) * inland
    rank = ndtr(ou_series(site, "wind", p.wind_tau))
    daily = 1.0 - p.wind_daily * np.cos(2.0 * np.pi * (hour - 3.0) / 24.0)
    speed = scale * daily * (-np.log1p(-np.clip(rank, 1e-9, 1.0 - 1e-9))) ** (1.0 / p.wind_shape)
    prevailing = float(np.deg2rad(p.prevailing))
    east = p.steadiness * np.sin(prevailing) + ou_series(site, "east", p.direction_tau)
    north = p.steadiness * np.cos(prevailing) + ou_series(site, "north", p.direction_tau)
    return speed, np.arctan2(east, north)


def _climate_sun(site: Site, cloud: Float) -> tuple[Float, Float, Float]:
    """Global, direct normal and diffuse irradiance (8760,) [W/m2] under cloud: Kasten-Czeplak and Erbs."""
    p, table = _CLIMATE, sun_table(site).reshape(HOURS, SUN_STEPS, 4)
    clear, up = table[..., 3].mean(axis=1), np.clip(table[..., 2], 0.0, None).mean(axis=1)
    ghi = clear * (1.0 - p.cloud_share * cloud**p.cloud_power)
    outside = sun.extraterrestrial(1.0 + np.arange(HOURS) // 24) * up
    dhi = ghi * sun.erbs_diffuse(np.clip(ghi / np.clip(outside, 1.0, None), 0.0, 1.0))
    dni = np.where(up > 0.02, (ghi - dhi) / np.clip(up, 0.02, None), 0.0)
    return ghi, np.clip(dni, 0.0, 1100.0), dhi
