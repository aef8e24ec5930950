"""Weather of a region: light under cloud, processes that travel with the wind, and the time they need."""

from __future__ import annotations

import math

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Meter, MeterPerSecond, Radian, Second, Unitless


def cloud_transmission(cloud: Unitless[A]) -> Unitless[A]:
    """Global irradiance over that of a clear sky [1] under a cloud cover in [0, 1], any shape.

    Source: Kasten and Czeplak 1980, 1 - 0.75 N^3.4 (recalled).
    """
    passed: A = 1.0 - 0.75 * clip(cloud, 0.0, 1.0) ** 3.4
    return passed


def covered(cloud: Unitless[A], share: Unitless[A]) -> Unitless[A]:
    """Cloud cover [1] when a ``share`` of the clear part of the sky clouds over; shapes broadcast. Definition."""
    cover: A = cloud + share * (1.0 - cloud)
    return cover


def random_cosines(time: Unitless[A], rate: Unitless[A], phase: Radian[A]) -> Unitless[A]:
    """Sum of J cosines over the last axis, of mean square 1 over the phases.

    With Cauchy rates (:func:`cauchy_rate`) the correlation over the draws is exp(-|lag|), that of an
    Ornstein-Uhlenbeck process, at any times whatever their spacing.

    Args:
        time: times over the correlation time, broadcast against the rates but for their last axis, (..., 1).
        rate: (..., J) angular rates times the correlation time.
        phase: (..., J) uniform in [0, 2 pi).

    Source: spectral representation, Shinozuka and Deodatis 1991 (recalled); the correlation is the characteristic
    function of the Cauchy distribution.
    """
    xp = namespace(phase)
    total: A = xp.cos(rate * time + phase).sum(axis=-1)
    return total * math.sqrt(2.0 / phase.shape[-1])


def cauchy_rate(quantile: Unitless[A]) -> Unitless[A]:
    """Rate of a cosine [1] at a quantile in (0, 1) of the Cauchy distribution, any shape: tan(pi (q - 1/2))."""
    xp = namespace(quantile)
    rate: A = xp.tan(math.pi * (quantile - 0.5))
    return rate


def travel_time(
    east: Meter[A], north: Meter[A], speed: MeterPerSecond[A], wind_from: Radian[A], least: float = 1.0
) -> Second[A]:
    """Time that weather needs from the origin to a place [s], negative where the place lies upwind.

    The place's distance along the wind over the wind's speed, of at least ``least`` [m/s] (a front does not stand
    still); shapes broadcast. ``wind_from`` is from north by east. Source: Taylor's frozen hypothesis.
    """
    xp = namespace(wind_from)
    along = -(east * xp.sin(wind_from) + north * xp.cos(wind_from))
    time: A = along / clip(speed, least, None)
    return time
