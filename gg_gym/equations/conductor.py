"""Bare overhead conductor: steady heat balance of IEEE Std 738-2012 (facts 5.1; equation numbers recalled)."""

from __future__ import annotations

import math

from gg_gym.arrays import namespace
from gg_gym.units import A, Ampere, Celsius, Meter, MeterPerSecond, Radian, Unitless, WattPerMeter, WattPerSquareMeter

#: Coefficients of the clear-atmosphere solar flux [W/m2] in the sun's altitude [deg], constant term first.
CLEAR_SKY = (-42.2391, 63.8044, -1.9220, 3.46921e-2, -3.61118e-4, 1.94318e-6, -4.07608e-9)


def film_viscosity(film: Celsius[A]) -> A:
    """Dynamic viscosity of air [Pa.s] at the film temperature [Cel], any shape (IEEE 738 eq. 13; TH-4)."""
    viscosity: A = 1.458e-6 * (film + 273.0) ** 1.5 / (film + 383.4)
    return viscosity


def film_density(film: Celsius[A], elevation: Meter[A]) -> A:
    """Density of air [kg/m3] at the film temperature [Cel] and elevation [m]; shapes broadcast (IEEE 738 eq. 14)."""
    return (1.293 - 1.525e-4 * elevation + 6.379e-9 * elevation * elevation) / (1.0 + 0.00367 * film)


def film_conductivity(film: Celsius[A]) -> A:
    """Thermal conductivity of air [W/(m.K)] at the film temperature [Cel], any shape (IEEE 738 eq. 15; TH-4)."""
    conductivity: A = 2.424e-2 + 7.477e-5 * film - 4.407e-9 * film * film
    return conductivity


def reynolds_number(diameter: Meter[A], density: A, speed: MeterPerSecond[A], viscosity: A) -> Unitless[A]:
    """Reynolds number [1] D rho V/mu; shapes broadcast (IEEE 738 eq. 2c)."""
    number: A = diameter * density * speed / viscosity
    return number


def wind_direction_factor(angle: Radian[A]) -> Unitless[A]:
    """Factor K_angle [1] for the angle [rad] between wind and conductor axis, any shape (IEEE 738 eq. 4a; TH-4)."""
    xp = namespace(angle)
    factor: A = 1.194 - xp.cos(angle) + 0.194 * xp.cos(2.0 * angle) + 0.368 * xp.sin(2.0 * angle)
    return factor


def direction_factor(cosine: Unitless[A]) -> Unitless[A]:
    """:func:`wind_direction_factor` from the cosine (0 to 1) of the angle, any shape (IEEE 738 eq. 4a)."""
    xp = namespace(cosine)
    square = cosine * cosine
    factor: A = 1.0 - cosine + 0.388 * square + 0.736 * cosine * xp.sqrt(1.0 - square)
    return factor


def forced_convection(reynolds: Unitless[A], conductivity: A, direction: Unitless[A], rise: A) -> WattPerMeter[A]:
    """Forced convective loss [W/m]: the larger of the low and high wind forms; shapes broadcast (IEEE 738 eq. 3a, 3b).

    Args:
        reynolds: [1].
        conductivity: of air at the film temperature [W/(m.K)].
        direction: K_angle [1].
        rise: conductor minus air temperature [K].
    """
    xp = namespace(reynolds)
    low = 1.01 + 1.347 * reynolds**0.52
    high = 0.754 * reynolds**0.6
    loss: A = direction * xp.maximum(low, high) * conductivity * rise
    return loss


def natural_convection(density: A, diameter: Meter[A], rise: A) -> WattPerMeter[A]:
    """Natural convective loss [W/m] for a rise [K] above air, zero below; shapes broadcast (IEEE 738 eq. 5a)."""
    xp = namespace(rise)
    loss: A = 3.645 * density**0.5 * diameter**0.75 * xp.clip(rise, 0.0, None) ** 1.25
    return loss


def radiative_loss(diameter: Meter[A], emissivity: A, surface: Celsius[A], air: Celsius[A]) -> WattPerMeter[A]:
    """Heat [W/m] radiated by a surface to surroundings at air temperature; shapes broadcast (IEEE 738 eq. 7a)."""
    return 17.8 * diameter * emissivity * (((surface + 273.0) / 100.0) ** 4 - ((air + 273.0) / 100.0) ** 4)


def solar_declination(day: A) -> A:
    """Declination of the sun [deg] on a day of the year, any shape (IEEE 738 eq. 16b)."""
    xp = namespace(day)
    declination: A = 23.46 * xp.sin(math.tau * (284.0 + day) / 365.0)
    return declination


def solar_altitude(latitude: Radian[A], declination: Radian[A], hour_angle: Radian[A]) -> Radian[A]:
    """Altitude of the sun [rad]; shapes broadcast (IEEE 738 eq. 16a)."""
    xp = namespace(latitude)
    vertical = xp.sin(latitude) * xp.sin(declination)
    altitude: A = xp.arcsin(xp.cos(latitude) * xp.cos(declination) * xp.cos(hour_angle) + vertical)
    return altitude


def solar_azimuth(latitude: Radian[A], declination: Radian[A], hour_angle: Radian[A]) -> Radian[A]:
    """Azimuth of the sun from north through east, in (0, 2 pi) [rad]; shapes broadcast (IEEE 738 eq. 17a)."""
    xp = namespace(latitude)
    east = -xp.sin(hour_angle) * xp.cos(declination)
    swing = xp.cos(declination) * xp.cos(hour_angle)
    north = xp.cos(latitude) * xp.sin(declination) - xp.sin(latitude) * swing
    azimuth: A = xp.arctan2(east, north)
    turned: A = xp.where(azimuth < 0.0, azimuth + math.tau, azimuth)
    return turned


def clear_sky_flux(altitude: A) -> WattPerSquareMeter[A]:
    """Solar flux [W/m2], clear atmosphere, for the sun's altitude [deg]; zero at night (IEEE 738 eq. 18; TH-4)."""
    xp = namespace(altitude)
    flux: A = xp.full_like(altitude, CLEAR_SKY[-1])
    for coefficient in CLEAR_SKY[-2::-1]:
        flux = flux * altitude + coefficient
    day: A = xp.where(altitude > 0.0, xp.clip(flux, 0.0, None), 0.0)
    return day


def elevation_factor(elevation: Meter[A]) -> Unitless[A]:
    """Factor K_solar [1] for the elevation [m], any shape (IEEE 738 eq. 20; TH-4)."""
    return 1.0 + 1.148e-4 * elevation - 1.108e-8 * elevation * elevation


def solar_gain(absorptivity: A, flux: A, altitude: Radian[A], azimuth: Radian[A], line: Radian[A], diameter: A) -> A:
    """Solar heat gain [W/m] of a conductor; shapes broadcast (IEEE 738 eq. 8 and 9).

    Args:
        absorptivity: [1].
        flux: elevation-corrected solar flux [W/m2].
        altitude: of the sun [rad].
        azimuth: of the sun [rad].
        line: azimuth of the line [rad].
        diameter: [m].
    """
    xp = namespace(flux)
    gain: A = absorptivity * flux * xp.sin(xp.arccos(xp.cos(altitude) * xp.cos(azimuth - line))) * diameter
    return gain


def resistance(temperature: Celsius[A], r_low: float, r_high: float, t_low: float = 25.0, t_high: float = 75.0) -> A:
    """Resistance [Ohm/m] at ``temperature`` [Cel], linear between two tabulated values (IEEE 738 eq. 10)."""
    return r_low + (r_high - r_low) / (t_high - t_low) * (temperature - t_low)


def ampacity(convection: A, radiation: A, solar: A, resistance_: A) -> Ampere[A]:
    """Current [A] that keeps a conductor at its temperature, at least zero (IEEE 738 eq. 1b; TH-1).

    Args:
        convection: loss [W/m].
        radiation: loss [W/m].
        solar: gain [W/m].
        resistance_: at the conductor's temperature [Ohm/m].
    """
    xp = namespace(convection)
    current: A = xp.sqrt(xp.clip(convection + radiation - solar, 0.0, None) / resistance_)
    return current
