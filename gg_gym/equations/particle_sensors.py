"""Optical particle counters: water on particles, what is seen, how it is counted, and how true units are."""

from __future__ import annotations

from typing import Any

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Second, Unitless


def humid_mass(activity: Unitless[A], kappa: Unitless[A], density: float = 1.65, cap: float = 0.95) -> Unitless[A]:
    """Mass of a particle with its water over its dry mass; shapes broadcast.

    Args:
        activity: relative humidity, 0 to 1 [1]; held at ``cap``.
        kappa: hygroscopicity [1].
        density: of the dry particle [g/cm3].
        cap: largest water activity [1].

    Source: kappa-Koehler growth as in Crilley et al., Atmos. Meas. Tech. 11, 709 (2018), eq. 3 (recalled).
    """
    water = clip(activity, 1e-6, cap)
    mass: A = 1.0 + (kappa / density) / (1.0 / water - 1.0)
    return mass


def lognormal_number(diameter: A, median: float, spread: float) -> Unitless[A]:
    """Number per logarithm of the diameter [um] of a lognormal mode of number 1, any shape.

    Source: Seinfeld and Pandis, Atmospheric Chemistry and Physics, 2nd ed., eq. 8.33 (recalled).
    """
    xp = namespace(diameter)
    width = xp.log(spread + 0.0 * diameter)
    score = xp.log(diameter / median) / width
    number: A = xp.exp(-0.5 * score * score) / (width * 2.5066282746310002)
    return number


def seen_share(diameter: A, cut: float, order: float) -> Unitless[A]:
    """Share of particles of a diameter [um] that a counter with an upper ``cut`` [um] sees, any shape.

    Source: logistic in the logarithm (assumption); the cut after Kuula et al., Atmos. Meas. Tech. 13 (2020), recalled.
    """
    share: A = 1.0 / (1.0 + (diameter / cut) ** order)
    return share


def counted(number: A, score: Unitless[A], volume: Any) -> A:
    """Number concentration that comes of counting, (...,): mean and variance of a Poisson count, never negative.

    Args:
        number: true [1/cm3], not below 0.
        score: standard normal.
        volume: counted air [cm3].

    Source: gamma of the count's mean and variance by the cube of Wilson and Hilferty (1931), recalled.
    """
    count = clip(number * volume, 0.05, None)
    cube = clip(1.0 - 1.0 / (9.0 * count) + score / (3.0 * count**0.5), 0.0, None)
    seen: A = number * cube**3
    return seen


def averaging_time(number: A, enough: float, shortest: float, longest: float) -> Second[A]:
    """Time constant [s] of a counter that averages until it has counted enough, any shape.

    Args:
        number: [1/cm3], not below 0.
        enough: time constant times number [s/cm3].
        shortest: [s].
        longest: [s].

    Source: form of the SPS30's start-up times against number, a fourth of them (recalled).
    """
    time: A = clip(enough / clip(number, 1e-6, None), shortest, longest)
    return time


def coincidence_loss(number: A, volume: float) -> A:
    """Number [1/cm3] left when particles closer than a sensing ``volume`` [cm3] count as one, any shape.

    Source: non-paralysable dead time (Knoll, Radiation Detection and Measurement, section 4.7, recalled).
    """
    left: A = number / (1.0 + volume * number)
    return left


def precision_ratio(value: A, flat: Any, share: Any, fade: Any) -> Unitless[A]:
    """Relative error of one sd of a counter that is true to ``flat`` at low and to ``share`` at high values, any shape.

    Args:
        value: concentration, not below 0.
        flat: absolute error at low values [as value].
        share: relative error at high values [1].
        fade: value below which the absolute error vanishes in proportion: no particles, no counts [as value].

    Source: form of the SPS30's specification, table 1 (read); the fade is an assumption.
    """
    xp = namespace(value)
    x = clip(value / fade, 1e-6, None)
    low = (flat / fade) * -xp.expm1(-x) / x
    ratio: A = xp.maximum(low, share + 0.0 * value)
    return ratio
