"""Moist air, pressure, daily temperature and the sky's long-wave radiation."""

from __future__ import annotations

import math
from typing import Any

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Kelvin, KilogramPerCubicMeter, Meter, Pascal, Unitless, WattPerSquareMeter

ZERO_CELSIUS = 273.15
#: Stefan-Boltzmann constant [W/(m2.K4)].
STEFAN_BOLTZMANN = 5.670374419e-8


def saturation_pressure(temperature: Kelvin[A]) -> Pascal[A]:
    """Saturation vapour pressure over water [Pa] at ``temperature`` [K], any shape.

    Source: Alduchov and Eskridge 1996, Magnus form (eq. 21), -40 to 50 Cel, error below 0.4 %.
    """
    xp = namespace(temperature)
    t = temperature - ZERO_CELSIUS
    e: A = 610.94 * xp.exp(17.625 * t / (243.04 + t))
    return e


def dew_point(temperature: Kelvin[A], relative_humidity: Unitless[A]) -> Kelvin[A]:
    """Dew point [K] from ``temperature`` [K] and relative humidity over water in (0, 1]; shapes broadcast.

    Source: inverse of the Magnus form of Alduchov and Eskridge 1996.
    """
    xp = namespace(temperature)
    t = temperature - ZERO_CELSIUS
    gamma: A = xp.log(relative_humidity) + 17.625 * t / (243.04 + t)
    return 243.04 * gamma / (17.625 - gamma) + ZERO_CELSIUS


def relative_humidity(temperature: Kelvin[A], dew_point_: Kelvin[A]) -> Unitless[A]:
    """Relative humidity over water [1] from temperature and dew point [K]; at most 1."""
    ratio: A = clip(saturation_pressure(dew_point_) / saturation_pressure(temperature), None, 1.0)
    return ratio


def mixing_ratio(vapour_pressure: Pascal[A], pressure: Pascal[A]) -> Unitless[A]:
    """Water vapour per dry air [kg/kg]. Source: ratio of molar masses 0.622, ideal gases."""
    return 0.622 * vapour_pressure / (pressure - vapour_pressure)


def air_density(temperature: Kelvin[A], pressure: Pascal[A], vapour_pressure: Pascal[A]) -> KilogramPerCubicMeter[A]:
    """Density of moist air [kg/m3] at ``temperature`` [K] and pressures [Pa]; shapes broadcast.

    Source: ideal gases with R = 287.05 and 461.5 J/(kg.K).
    """
    density: A = (pressure - vapour_pressure) / (287.05 * temperature) + vapour_pressure / (461.5 * temperature)
    return density


def geopotential_height(height: Meter[A]) -> Meter[A]:
    """Geopotential height [m] of a geometric ``height`` [m]. Source: US Standard Atmosphere 1976."""
    return 6356766.0 * height / (6356766.0 + height)


def standard_temperature(height: Meter[A]) -> Kelvin[A]:
    """Temperature [K] at a geopotential ``height`` [m] below 11 km. Source: US Standard Atmosphere 1976."""
    return 288.15 - 6.5e-3 * height


def standard_pressure(height: Meter[A], sea_level: float = 101325.0) -> Pascal[A]:
    """Pressure [Pa] at a geopotential ``height`` [m] below 11 km. Source: US Standard Atmosphere 1976."""
    base: A = 1.0 - 6.5e-3 * height / 288.15
    return sea_level * base**5.25588


def semidiurnal_tide(latitude: float, hour: A) -> Pascal[A]:
    """Pressure tide [Pa] at solar ``hour`` of the day [h] and ``latitude`` [deg]. Source: Haurwitz, recalled."""
    xp = namespace(hour)
    amplitude = 116.0 * math.cos(math.radians(latitude)) ** 3
    tide: A = amplitude * xp.cos(4.0 * math.pi * (hour - 9.7) / 24.0)
    return tide


def daytime_temperature(hours: A, low: Kelvin[A], high: Kelvin[A], day_length: A, lag: float = 1.86) -> Kelvin[A]:
    """Temperature [K] ``hours`` after the minimum, by day; ``day_length`` and ``lag`` [h].

    Source: Parton and Logan 1981, day part, recalled.
    """
    xp = namespace(hours)
    value: A = low + (high - low) * xp.sin(math.pi * hours / (day_length + 2.0 * lag))
    return value


def nighttime_temperature(
    hours: A, sunset: Kelvin[A], low: Kelvin[A], night_length: A, decay: float = 2.2
) -> Kelvin[A]:
    """Temperature [K] ``hours`` after sunset falling from ``sunset`` to ``low`` [K] at the end of the night [h].

    Source: Parton and Logan 1981, night part, recalled; shifted so that the minimum is met exactly.
    """
    xp = namespace(hours)
    end = math.exp(-decay)
    share = (xp.exp(-decay * hours / night_length) - end) / (1.0 - end)
    value: A = low + (sunset - low) * share
    return value


def swinbank_sky(temperature: Kelvin[A]) -> Kelvin[A]:
    """Clear-sky radiative temperature [K] from air ``temperature`` [K]. Source: Swinbank 1963."""
    return 0.0552 * temperature**1.5


def brutsaert_emissivity(temperature: Kelvin[A], vapour_pressure: Pascal[A], cloud: Unitless[A]) -> Unitless[A]:
    """Emissivity of the sky [1] from air temperature [K], vapour pressure [Pa] and cloud fraction; at most 1.

    Source: Brutsaert 1975 with the cloud factor 1 + 0.22 c^2.75, recalled.
    """
    clear = 1.24 * (0.01 * vapour_pressure / temperature) ** (1.0 / 7.0)
    emissivity: A = clip(clear * (1.0 + 0.22 * cloud**2.75), None, 1.0)
    return emissivity


def sky_window_exitance(
    temperature: Kelvin[A], emissivity: Unitless[A], black: WattPerSquareMeter[A]
) -> WattPerSquareMeter[A]:
    """Sky's 8-14 um exitance [W/m2]: all that a sky of broadband ``emissivity`` lacks is missing in the window.

    ``black`` is :func:`~gg_gym.equations.radiometry.band_exitance` at the air ``temperature`` [K]; shapes broadcast.

    Source: air opaque outside the window; floor of a tenth of the black body (assumption).
    """
    share = black / (STEFAN_BOLTZMANN * temperature**4)
    seen: A = black * clip(1.0 - (1.0 - emissivity) / share, 0.1, None)
    return seen


def wet_bulb(temperature: Kelvin[A], relative_humidity_: Unitless[A]) -> Kelvin[A]:
    """Wet-bulb temperature [K] at sea-level pressure; humidity 5-99 %, -20 to 50 Cel, error below 1 K.

    Source: Stull 2011 (recalled; its example: 20 Cel and 50 % give 13.7 Cel).
    """
    xp = namespace(temperature)
    t, h = temperature - ZERO_CELSIUS, 100.0 * relative_humidity_
    first = t * xp.arctan(0.151977 * xp.sqrt(h + 8.313659)) + xp.arctan(t + h) - xp.arctan(h - 1.676331)
    second = 0.00391838 * h * xp.sqrt(h) * xp.arctan(0.023101 * h) - 4.686035
    wet: A = first + second + ZERO_CELSIUS
    return wet


def snow_share(wet_bulb_: Kelvin[A], half: float, width: float) -> Unitless[A]:
    """Share of precipitation that falls as snow [1], a logistic of the wet-bulb temperature [K] about ``half``.

    Source: form of Jennings et al. 2018, recalled.
    """
    xp = namespace(wet_bulb_)
    share: A = 1.0 / (1.0 + xp.exp(clip((wet_bulb_ - half) / width, -60.0, 60.0)))
    return share


def vapour_density(vapour_pressure: Pascal[A], temperature: Kelvin[A]) -> KilogramPerCubicMeter[A]:
    """Density of water vapour [kg/m3]. Source: ideal gas, R = 461.5 J/(kg.K)."""
    return vapour_pressure / (461.5 * temperature)


def fog_visibility(liquid: A) -> Meter[A]:
    """Visibility [m] in fog of ``liquid`` water [g/m3] (positive). Source: Kunkel 1984, 0.027 w^-0.88 km, recalled."""
    visibility: A = 27.0 * liquid**-0.88
    return visibility


def fog_liquid(depression: Kelvin[A], speed: A, dense: A, dry: float, lifting: float) -> A:
    """Liquid water of fog [g/m3] from the dew-point depression [K] and wind [m/s]; ``dense`` at saturation and calm.

    Source: linear to none at ``dry`` [K], lifted by wind beyond ``lifting`` [m/s] (assumption).
    """
    xp = namespace(depression)
    saturated = clip(1.0 - depression / dry, 0.0, 1.0)
    liquid: A = dense * saturated * xp.exp(-((speed / lifting) ** 2))
    return liquid


def temperature_scale(heat: WattPerSquareMeter[A], ustar: A) -> Kelvin[A]:
    """Turbulent temperature scale [K], heat flux over density, heat capacity and friction velocity [m/s].

    Source: definition of theta* with rho c_p = 1.2 kJ/(m3.K) (Monin-Obukhov similarity).
    """
    scale: A = heat / (1200.0 * ustar)
    return scale


def vapour_exchange(h: float, film: A, gain: A, loss: A, capacity: Any) -> A:
    """Water film [kg/m2] after ``h`` seconds of ``gain`` [kg/(m2.s)] and of the ``loss`` from a fully wet surface.

    The wet share of the surface is film over ``capacity``, so the film relaxes; what exceeds the capacity runs off.

    Source: exact solution of dW/dt = g - e W/W_max; the linear form of Deardorff 1978 (his power is 2/3).
    """
    xp = namespace(film)
    x = loss * (h / capacity)
    small = x < 1e-6
    safe = xp.where(small, xp.ones_like(x), x)
    share = xp.where(small, 1.0 - 0.5 * x, -xp.expm1(-safe) / safe)
    new: A = clip(film * xp.exp(-x) + gain * h * share, 0.0, capacity)
    return new
