"""A lightning sensor: detection over distance, signal energy, dead time, noise at its antenna."""

from __future__ import annotations

from typing import Annotated

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Ampere, Hertz, Meter, Unitless

Microvolt = Annotated[A, "uV"]


def detection_efficiency(
    distance: Meter[A], watchdog: Unitless[A], rejection: float, threshold: Unitless[A], reach: float
) -> Unitless[A]:
    """Probability that a flash is told as lightning, ``0.6 exp(-(d t / reach)^2)``, halved per 3 steps of rejection.

    Args:
        distance: (...) [m].
        watchdog: (...) watchdog threshold, 0 to 15 [1].
        rejection: spike rejection, 0 to 15 [1].
        threshold: (...) noise threshold over the default one [1].
        reach: [m].

    Source: the part's datasheet plots curves on an axis of 0-60 %; reach and halving are estimates.
    """
    xp = namespace(distance)
    steps = clip(watchdog - 1.0 + rejection, 0.0, None) / 3.0
    out: A = 0.6 * xp.exp(-((distance * threshold / reach) ** 2)) * 2.0**-steps
    return out


def stroke_energy(current: Ampere[A], distance: Meter[A], at_ten: float) -> Unitless[A]:
    """The part's energy (...), a pure number: ``at_ten`` for 30 kA at 10 km, as the square of the radiated field.

    Args:
        current: (...) [A].
        distance: (...) above 0 [m].
        at_ten: [1].

    Source: radiated field goes as I/d; the scale is an estimate, the part saturates at 2^21 - 1.
    """
    out: A = clip(at_ten * (current / 3e4) ** 2 * (1e4 / distance) ** 2, 0.0, 2097151.0)
    return out


def dead_time_rate(rate: Hertz[A], dead: float) -> Hertz[A]:
    """Rate (...) of counts where each one deafens for ``dead`` seconds, ``r / (1 + r dead)`` (not extended).

    Source: Knoll, Radiation Detection and Measurement, section 4.7.
    """
    return rate / (1.0 + rate * dead)


def antenna_noise(level: A, distance: Meter[A], height: Meter[A], own: Microvolt[A]) -> Microvolt[A]:
    """Noise (...) at the antenna [uV], rms: discharges of a ``level`` [dB(uV/m)] at 20 m, and the unit's ``own``.

    Args:
        level: (...) [dB(uV/m)].
        distance: (...) of the antenna from the source, above 0 [m].
        height: (...) effective height of the antenna [m].
        own: (...) of converters in the unit [uV].

    Source: far field falls as 1/d; uncorrelated noises add in power.
    """
    xp = namespace(level)
    field = 10.0 ** (level / 20.0) * 20.0 / distance
    out: A = xp.sqrt((height * field) ** 2 + own**2)
    return out
