"""The sun's place and the clear sky, in plain arithmetic."""

from __future__ import annotations

import math

from gg_gym.arrays import namespace
from gg_gym.units import A, Radian, Unitless, WattPerSquareMeter


def sun_angles(days: A, latitude: float, longitude: float) -> tuple[Radian[A], Radian[A]]:
    """Unrefracted zenith and azimuth (from north over east) [rad] ``days`` after JD 2451545.0 (2000-01-01 12 h UTC).

    Source: USNO low-precision formulas; latitude and longitude in degrees, east positive.
    """
    xp = namespace(days)
    g = xp.deg2rad(357.529 + 0.98560028 * days)
    lam = xp.deg2rad(280.459 + 0.98564736 * days + 1.915 * xp.sin(g) + 0.020 * xp.sin(2.0 * g))
    tilt = xp.deg2rad(23.439 - 3.6e-7 * days)
    ascension = xp.arctan2(xp.cos(tilt) * xp.sin(lam), xp.cos(lam))
    sin_dec = xp.sin(tilt) * xp.sin(lam)
    cos_dec = xp.sqrt(1.0 - sin_dec**2)
    angle = xp.deg2rad(15.0 * (18.697374558 + 24.06570982441908 * days) + longitude) - ascension
    sin_lat, cos_lat = math.sin(math.radians(latitude)), math.cos(math.radians(latitude))
    up = sin_lat * sin_dec + cos_lat * cos_dec * xp.cos(angle)
    north = cos_lat * sin_dec - sin_lat * cos_dec * xp.cos(angle)
    east = -cos_dec * xp.sin(angle)
    zenith: A = xp.arctan2(xp.sqrt(east**2 + north**2), up)
    azimuth: A = xp.arctan2(east, north) % (2.0 * math.pi)
    return zenith, azimuth


def haurwitz(cos_zenith: Unitless[A]) -> WattPerSquareMeter[A]:
    """Clear-sky global horizontal irradiance [W/m2]; 0 at night. Source: Haurwitz 1945."""
    xp = namespace(cos_zenith)
    up: A = xp.clip(cos_zenith, 1e-9, None)
    day: A = xp.asarray(cos_zenith > 0.0, dtype=cos_zenith.dtype)
    ghi: A = 1098.0 * up * xp.exp(-0.059 / up) * day
    return ghi


def extraterrestrial(day_of_year: A) -> WattPerSquareMeter[A]:
    """Irradiance normal to the sun above the air [W/m2]. Source: Spencer 1971 with 1366.1 W/m2; 1 January is day 1."""
    xp = namespace(day_of_year)
    x = 2.0 * math.pi * (day_of_year - 1.0) / 365.0
    first = 0.034221 * xp.cos(x) + 0.00128 * xp.sin(x)
    flux: A = 1366.1 * (1.00011 + first + 0.000719 * xp.cos(2.0 * x) + 0.000077 * xp.sin(2.0 * x))
    return flux


def air_mass(cos_zenith: Unitless[A], pressure_ratio: float = 1.0) -> Unitless[A]:
    """Pressure-corrected optical air mass above the horizon. Source: Kasten and Young 1989."""
    xp = namespace(cos_zenith)
    up: A = xp.clip(cos_zenith, 0.0, 1.0)
    elevation = 90.0 - xp.rad2deg(xp.arccos(up))
    mass: A = pressure_ratio / (up + 0.50572 * (elevation + 6.07995) ** -1.6364)
    return mass


def ineichen(
    cos_zenith: Unitless[A], mass: Unitless[A], normal: A, turbidity: float, altitude: float
) -> tuple[A, A, A]:
    """Clear-sky global, direct normal and diffuse irradiance [W/m2] from the extraterrestrial ``normal`` [W/m2].

    Source: Ineichen and Perez 2002; Linke ``turbidity``, ``altitude`` [m], pressure-corrected air ``mass``.
    """
    xp = namespace(cos_zenith)
    fh1, fh2 = math.exp(-altitude / 8000.0), math.exp(-altitude / 1250.0)
    cg1, cg2 = 5.09e-5 * altitude + 0.868, 3.92e-5 * altitude + 0.0387
    up: A = xp.clip(cos_zenith, 1e-6, None)
    day: A = xp.asarray(cos_zenith > 0.0, dtype=cos_zenith.dtype)
    ghi: A = day * cg1 * normal * up * xp.exp(-cg2 * mass * (fh1 + fh2 * (turbidity - 1.0)))
    beam: A = day * (0.664 + 0.163 / fh1) * normal * xp.exp(-0.09 * mass * (turbidity - 1.0))
    limit = ghi * (1.0 - (0.1 - 0.2 * math.exp(-turbidity)) / (0.1 + 0.882 / fh1)) / up
    dni: A = xp.minimum(beam, limit)
    return ghi, dni, ghi - dni * up


def erbs_diffuse(clearness: Unitless[A]) -> Unitless[A]:
    """Diffuse share of global irradiance from the clearness index. Source: Erbs, Klein and Duffie 1982, recalled."""
    xp = namespace(clearness)
    k = clearness
    middle = 0.9511 - 0.1604 * k + 4.388 * k**2 - 16.638 * k**3 + 12.336 * k**4
    share: A = xp.where(k <= 0.22, 1.0 - 0.09 * k, xp.where(k <= 0.8, middle, 0.165 + 0.0 * k))
    return share
