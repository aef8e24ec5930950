"""Turbulence: the exact Ornstein-Uhlenbeck step, standard deviations and spectra."""

from __future__ import annotations

import math

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Meter, MeterPerSecond, PerMeter, Second, Unitless


def ou_decay(h: float, tau: Second[A]) -> Unitless[A]:
    """What remains of an OU process after ``h`` seconds, exp(-h/tau); any shape. Source: Gardiner, exact solution."""
    xp = namespace(tau)
    decay: A = xp.exp(-h / tau)
    return decay


def ou_step(x: A, h: float, tau: Second[A], sigma: A, noise: A) -> A:
    """OU process after ``h`` seconds, exact for any h, with stationary standard deviation ``sigma``; shapes broadcast.

    Source: Gardiner, exact solution of the Ornstein-Uhlenbeck equation. ``noise`` is standard normal.
    """
    xp = namespace(tau)
    decay = ou_decay(h, tau)
    out: A = decay * x + sigma * xp.sqrt(1.0 - decay * decay) * noise
    return out


def mixing_factor(inverse_obukhov: PerMeter[A], mixing_height: Meter[A]) -> Unitless[A]:
    """Convective over friction velocity, w*/u* = (zi / (-k L))^(1/3), 0 when stable; shapes broadcast.

    Source: Deardorff's velocity scale; the cube root is taken of the non-negative part.
    """
    cube: A = clip(-inverse_obukhov * mixing_height / 0.40, 0.0, None)
    return cube ** (1.0 / 3.0)


def velocity_deviations(ustar: MeterPerSecond[A], convective: Unitless[A], zeta: Unitless[A]) -> tuple[A, A, A]:
    """Standard deviations [m/s] along, across and up; ``convective`` is w*/u*, ``zeta`` z/L; shapes broadcast.

    Source: Panofsky and Dutton (2.39, 1.92, 1.25; horizontal + 0.35 w*^2; vertical (1 - 3 z/L)^(1/3)), recalled.
    """
    xp = namespace(ustar)
    w2 = 0.35 * convective**2
    along: A = ustar * xp.sqrt(2.39**2 + w2)
    across: A = ustar * xp.sqrt(1.92**2 + w2)
    up: A = 1.25 * ustar * (1.0 - 3.0 * clip(zeta, None, 0.0)) ** (1.0 / 3.0)
    return along, across, up


def kaimal(n: Unitless[A], component: str) -> Unitless[A]:
    """Kaimal spectrum f S / u*^2 at reduced frequency ``n`` = f z / U of "along", "across" or "up".

    Source: Kaimal et al. 1972, neutral, recalled; integrals checked (TUR-1).
    """
    if component == "along":
        return 105.0 * n / (1.0 + 33.0 * n) ** (5.0 / 3.0)
    if component == "across":
        return 17.0 * n / (1.0 + 9.5 * n) ** (5.0 / 3.0)
    return 2.1 * n / (1.0 + 5.3 * n ** (5.0 / 3.0))


def von_karman(frequency: A, sigma: MeterPerSecond[A], length: Meter[A], speed: MeterPerSecond[A]) -> A:
    """Von Karman spectrum of the wind along the mean [m2/s] at ``frequency`` [Hz]; shapes broadcast.

    Source: von Karman 1948, S = 4 sigma^2 (L/U) / (1 + 70.8 (fL/U)^2)^(5/6).
    """
    reduced: A = frequency * length / speed
    return 4.0 * sigma**2 * (length / speed) / (1.0 + 70.8 * reduced**2) ** (5.0 / 6.0)


def iec_deviation(speed: MeterPerSecond[A], intensity: float = 0.16) -> MeterPerSecond[A]:
    """Normal turbulence model [m/s]: I (0.75 U + 5.6). Source: IEC 61400-1, recalled; classes A to C: .16, .14, .12."""
    return intensity * (0.75 * speed + 5.6)


def taylor_spread(time: Second[A], sigma: MeterPerSecond[A], scale: Second[A]) -> Meter[A]:
    """Standard deviation [m] of particles ``time`` after release; ``scale`` is the Lagrangian time; shapes broadcast.

    Source: Taylor 1921 with an exponential correlation.
    """
    xp = namespace(time)
    s = time / scale
    spread: A = math.sqrt(2.0) * sigma * scale * xp.sqrt(clip(s + xp.expm1(-s), 0.0, None))
    return spread


def rational_spread_squared(time: Second[A], sigma: MeterPerSecond[A], scale: Second[A]) -> A:
    """Square of :func:`taylor_spread` [m2] without an exponential: both limits kept, the root within 7 %.

    Source: (sigma t)^2 / (1 + t / 2T), the form of Draxler 1976 with Taylor's limits.
    """
    return (sigma * time) ** 2 / (1.0 + 0.5 * time / scale)
