"""Lightning: how often, how strong, what field, what voltage on a line, and when the thunder comes."""

from __future__ import annotations

import math
from typing import Annotated, Any

from scipy.special import erfc

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.equations.sound import sound_speed
from gg_gym.units import A, Ampere, Kelvin, Meter, Second, Unitless, Volt, VoltPerMeter

#: Flashes to ground per km2 and year; flashes per 100 km and year.
FlashDensity = Annotated[A, "1/(km2.a)"]
LineFlashes = Annotated[A, "1/(100.km.a)"]
Coulomb = Annotated[A, "C"]
MU0, EPSILON0 = 4e-7 * math.pi, 8.8541878128e-12


def flash_density(thunder_days: Unitless[A]) -> FlashDensity[A]:
    """Ground flash density ``0.04 Td^1.25`` of thunder days a year (...); recalled (IEEE 1410, CIGRE)."""
    return 0.04 * thunder_days**1.25


def density_at_latitude(latitude: A) -> FlashDensity[A]:
    """A prior of the ground flash density at a latitude (...) [deg], ``6 exp(-((|lat| - 20)/18)^2)`` above 20 degrees.

    Source: an estimate; the United States have 0.1 to 15 (recalled). A site's own number is a factor of its world.
    """
    xp = namespace(latitude)
    far = clip(xp.abs(latitude) - 20.0, 0.0, None) / 18.0
    out: A = 6.0 * xp.exp(-(far**2))
    return out


def line_flashes(density: FlashDensity[A], height: Meter[A], width: Meter[A]) -> LineFlashes[A]:
    """Flashes to a line per 100 km and year, ``Ng (28 h^0.6 + b) / 10``.

    Args:
        density: (...) ground flash density [1/(km2.a)].
        height: (...) of the conductors [m].
        width: (...) between the outer conductors [m].

    Source: Eriksson 1987, in IEEE 1410.
    """
    return density * (28.0 * height**0.6 + width) / 10.0


def exceedance_ieee(current: Ampere[A], median: float = 31e3, exponent: float = 2.6) -> Unitless[A]:
    """Probability that a first stroke's peak current exceeds (...) [A], ``1 / (1 + (I/31 kA)^2.6)``, 2 to 200 kA.

    Source: IEEE 1243 and 1410 (Anderson), recalled.
    """
    return 1.0 / (1.0 + (current / median) ** exponent)


def exceedance_lognormal(x: A, median: float, sigma: float) -> Unitless[A]:
    """Probability that a lognormal number exceeds ``x`` (...), above 0. Source: definition."""
    xp = namespace(x)
    z = xp.log(x / median) / (sigma * math.sqrt(2.0))
    tail: Any = erfc if xp.__name__ == "numpy" else xp.erfc
    out: A = 0.5 * tail(z)
    return out


def exceedance_cigre(current: Ampere[A]) -> Unitless[A]:
    """Probability that a first stroke exceeds a current (...) [A]: lognormal in two parts that meet at 20 kA.

    Source: CIGRE 63 (61.1 kA, 1.33 up to 20 kA; 33.3 kA, 0.605 above), recalled.
    """
    xp = namespace(current)
    low, high = exceedance_lognormal(current, 61.1e3, 1.33), exceedance_lognormal(current, 33.3e3, 0.605)
    out: A = xp.where(current <= 20e3, low, high)
    return out


def correlated_lognormals(
    z1: A, z2: A, first: tuple[Any, Any], second: tuple[float, float], correlation: float
) -> tuple[A, A]:
    """Two lognormal numbers whose logarithms are correlated, such as peak current and front time of a stroke.

    Args:
        z1: (...) standard normals.
        z2: (...) standard normals, independent of the first.
        first: median and sigma of the logarithm of the first; numbers, or arrays (...).
        second: the same of the second.
        correlation: of the logarithms [1].

    Source: the laws of CIGRE's first strokes, rho(I, tf) = 0.47 (as used by distlines).
    """
    xp = namespace(z1)
    mixed = correlation * z1 + math.sqrt(1.0 - correlation**2) * z2
    return first[0] * xp.exp(first[1] * z1), second[0] * xp.exp(second[1] * mixed)


def radiation_field(current: Ampere[A], distance: Meter[A], speed: float = 1.5e8) -> VoltPerMeter[A]:
    """Radiated vertical field of a return stroke over ground, ``mu0 v I / (2 pi D)``.

    Args:
        current: (...) peak current [A].
        distance: (...) above 0 [m].
        speed: of the return stroke, 1 to 1.5e8 [m/s].

    Source: transmission-line model, Uman and McLain 1969.
    """
    return MU0 * speed / (2.0 * math.pi) * current / distance


def electrostatic_field(charge: Coulomb[A], distance: Meter[A], height: float = 5e3) -> VoltPerMeter[A]:
    """Change of the vertical field at the ground as a charge at ``height`` [m] is drained.

    ``H Q / (2 pi e0 (H^2 + D^2)^1.5)``, a point charge and its image.

    Args:
        charge: (...) [C].
        distance: (...) horizontal [m].
        height: of the charge [m].
    """
    return height * charge / (2.0 * math.pi * EPSILON0) / (height**2 + distance**2) ** 1.5


def rusck_voltage(current: Ampere[A], height: Meter[A], distance: Meter[A]) -> Volt[A]:
    """Highest voltage that a nearby stroke induces on a line, ``38.8 I h / y``.

    Args:
        current: (...) peak current [A].
        height: (...) of the line [m].
        distance: (...) between stroke and line, above 0 [m].

    Source: Rusck 1958, simplified form of IEEE 1410; recalled.
    """
    out: A = 38.8 * current * height / distance
    return out


def thunder_delay(distance: Meter[A], temperature: Kelvin[A]) -> Second[A]:
    """Time from flash to thunder [s] over a distance (...) [m] in air (...) [K]. Source: definition."""
    return distance / sound_speed(temperature)


def wrap(x: Meter[A], half: float) -> Meter[A]:
    """Coordinate (...) brought into a square of half side ``half`` that goes on periodically. Source: definition."""
    xp = namespace(x)
    out: A = xp.remainder(x + half, 2.0 * half) - half
    return out


def convection(temperature: Kelvin[A], cloud: Unitless[A], rain: Unitless[A], clock: A) -> Unitless[A]:
    """How much the weather favours a thunderstorm, to within a factor: warm, cloudy, raining, in the afternoon.

    Args:
        temperature: (...) [K].
        cloud: (...) [1].
        rain: (...) [mm/h].
        clock: (...) hour of the day [h].

    Source: an estimate; the module scales it to the site's flashes a year.
    """
    xp = namespace(temperature)
    warm = xp.exp(clip((temperature - 293.0) / 6.0, -12.0, 2.0))
    day = 1.0 + 0.7 * xp.cos((clock - 17.0) * (2.0 * math.pi / 24.0))
    out: A = warm * day * cloud**2 * (0.02 + clip(rain, 0.0, 5.0))
    return out


def newest_ages(logarithms: A, count: A) -> Unitless[A]:
    """Ages of the newest K of ``count`` events spread evenly over a span, as shares of the span.

    Args:
        logarithms: (..., K) logarithms of uniforms.
        count: (...) events, at or above 0; entries beyond it mean nothing.

    Returns:
        (..., K), rising. Source: order statistics of uniforms, one after the other (Devroye 1986, V.3).
    """
    xp = namespace(logarithms)
    rank = xp.cumsum(xp.ones_like(logarithms), -1) - 1.0
    left = clip(count[..., None] - rank, 1.0, None)
    out: A = -xp.expm1(xp.cumsum(logarithms / left, -1))
    return out
