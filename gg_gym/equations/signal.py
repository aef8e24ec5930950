"""Signals: exact discrete forms of lags, drifts, flicker and two-state chains; quantisers, clipping and shadows.

All forms are exact for any step, so a reading's statistics do not depend on dt. Shapes broadcast.
"""

from __future__ import annotations

from math import pi
from typing import Any

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import (
    A,
    Celsius,
    Hertz,
    Kelvin,
    MeterPerSecond,
    PerSecond,
    Radian,
    Second,
    Unitless,
    WattPerSquareMeter,
)


def hold_weights(h: float, tau: Second[A]) -> tuple[A, A, A]:
    """Weights (old output, old input, new input) of a first-order lag whose input is linear over the step.

    Args:
        h: step [s], above 0.
        tau: time constants [s], above 0. Use float64: in float32 the weights lose digits for h below 1e-3 tau.

    Source: exact solution of tau y' = x - y for a ramp ("first-order hold"; Franklin, Powell and Workman, Digital
    Control of Dynamic Systems, section 4.3.2, recalled).
    """
    xp = namespace(tau)
    r = h / tau
    a: A = xp.exp(-r)
    g: A = -xp.expm1(-r) / r
    return a, g - a, 1.0 - g


def lag_step(y: A, x0: A, x1: A, rise: tuple[A, A, A], fall: tuple[A, A, A]) -> A:
    """One step of a lag with different time constants up and down.

    Args:
        y: output before the step.
        x0: input at the beginning.
        x1: input at the end.
        rise: :func:`hold_weights` while the input is above the output.
        fall: the same for below.
    """
    xp = namespace(y)
    up = x1 >= y
    a = xp.where(up, rise[0], fall[0])
    b0 = xp.where(up, rise[1], fall[1])
    b1 = xp.where(up, rise[2], fall[2])
    out: A = a * y + b0 * x0 + b1 * x1
    return out


def ou_weights(h: float, tau: Second[A]) -> tuple[A, A]:
    """Weights (old value, stationary sd times a standard normal) of an Ornstein-Uhlenbeck step of h seconds.

    Source: Gillespie, Phys. Rev. E 54, 2084 (1996), eq. 2.7 (recalled); exact for any step.
    """
    xp = namespace(tau)
    keep: A = xp.exp(-h / tau)
    fresh: A = xp.sqrt(-xp.expm1(-2.0 * h / tau))
    return keep, fresh


def spectral_ou(age: A, frequency: A, phase: A) -> A:
    """A stationary unit-variance process along ``age`` as a sum of J random cosines, (..., J) to (...).

    With ``frequency`` = tan(pi (u - 1/2)) / tau the covariance over draws is that of an Ornstein-Uhlenbeck process.
    Source: Rahimi and Recht, NIPS 2007, section 3 (Laplacian kernel, Cauchy frequencies).
    """
    xp = namespace(age)
    waves: A = (2.0 / frequency.shape[-1]) ** 0.5 * xp.cos(frequency * age[..., None] + phase).sum(-1)
    return waves


def flicker_sigma(floor: Unitless[A], decades_per_pole: float = 1.0) -> A:
    """Stationary sd of each pole of a 1/f bank whose Allan deviation is flat at ``floor``.

    Source: S(f) = h/f with h = floor**2 / (2 ln 2) (IEEE Std 1139, table of power laws, recalled); one relaxation
    pole per ``decades_per_pole`` decades carries h ln(10**decades).
    """
    sigma: A = floor * (decades_per_pole * 2.302585092994046 / (2.0 * 0.6931471805599453)) ** 0.5
    return sigma


def pole_time(corner: Hertz[A]) -> Second[A]:
    """Time constant [s] of a pole with corner frequency ``corner`` [Hz]."""
    return 1.0 / (2.0 * pi * corner)


def telegraph_probability(state: Unitless[A], h: float, up: PerSecond[A], down: PerSecond[A]) -> Unitless[A]:
    """Probability that a two-state chain is in state 1 after h seconds (exact).

    Args:
        state: 1.0 where it is in state 1 now.
        h: step [s].
        up: rate 0 to 1 [1/s].
        down: rate 1 to 0 [1/s]; up + down above 0.

    Source: Kolmogorov equations of a two-state Markov chain (Norris, Markov Chains, example 2.1.2, recalled).
    """
    xp = namespace(state)
    rate = up + down
    share = up / rate
    out: A = share + (state - share) * xp.exp(-rate * h)
    return out


def quantise(x: A, lsb: A) -> A:
    """Round to the nearest multiple of ``lsb`` (above 0)."""
    xp = namespace(x)
    out: A = xp.round(x / lsb) * lsb
    return out


def soft_knee(x: A, knee: A) -> A:
    """Response that bends: x / (1 + abs(x) / knee), half of linear at ``knee`` (above 0; infinite is linear).

    Source: saturating (Michaelis-Menten) form; the size is each part's linearity limit.
    """
    out: A = x / (1.0 + abs(x) / knee)
    return out


def clipped_sine(peak: A, limit: float, order: int) -> A:
    """Amplitude of an odd harmonic of a sine of amplitude ``peak`` clipped at +-``limit``.

    Source: Fourier integral of the clipped sine over a quarter period (describing function of saturation;
    Gelb and Vander Velde 1968, section 2.3, recalled).
    """
    xp = namespace(peak)
    theta = xp.arcsin(clip(limit / clip(peak, limit, None), 0.0, 1.0))
    up, down = order + 1, order - 1
    first = theta if order == 1 else xp.sin(down * theta) / down
    inside = 0.5 * peak * (first - xp.sin(up * theta) / up)
    out: A = (4.0 / pi) * (inside + limit * xp.cos(order * theta) / order)
    return out


def shield_error(irradiance: WattPerSquareMeter[A], wind: MeterPerSecond[A], full_sun: Any) -> Kelvin[A]:
    """Heating of a naturally ventilated radiation shield [K].

    Args:
        irradiance: global horizontal [W/m2].
        wind: speed at the shield [m/s].
        full_sun: error in 1000 W/m2 and calm air [K] (an estimate: 2 K).

    Source: form of Nakamura and Mahrt, J. Atmos. Oceanic Technol. 22, 1046 (2005), recalled; numbers estimated.
    """
    error: A = full_sun * (irradiance / 1000.0) / (1.0 + wind / 0.8)
    return error


def wake_factor(offset: Radian[A], depth: float, width: float) -> Unitless[A]:
    """Speed ratio behind a pole: 1 - depth exp(-(offset/width)**2), offset in rad from the wake's axis (estimated)."""
    xp = namespace(offset)
    ratio: A = 1.0 - depth * xp.exp(-((offset / width) ** 2))
    return ratio


def wake_turn(offset: Radian[A], turn: float, width: float) -> Radian[A]:
    """Deflection [rad] at the edges of the wake, extreme ``turn`` at offset width/sqrt(2) (estimated)."""
    xp = namespace(offset)
    x = offset / width
    bias: A = turn * (2.0 * 2.718281828459045) ** 0.5 * x * xp.exp(-(x**2))
    return bias


def enclosure_rise(irradiance: WattPerSquareMeter[A], wind: MeterPerSecond[A], own: float, full_sun: Any) -> Celsius[A]:
    """Steady heating of the unit's box above air [K]: its own power plus sun, less in wind (numbers estimated)."""
    rise: A = own + full_sun * (irradiance / 1000.0) / (1.0 + wind / 5.0)
    return rise
