"""Arcs: voltage of free arcs, Mayr's and Cassie's black boxes, the on/off telegraph, harmonics of a symmetric arc."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from gg_gym.arrays import namespace
from gg_gym.units import A, Ampere, Meter, PerSecond, Radian, Second, Unitless, Volt, Watt

Siemens = Annotated[A, "S"]
SiemensPerSecond = Annotated[A, "S/s"]


def stokes_oppenlander_voltage(gap: Meter[A], current: Ampere[A]) -> Volt[A]:
    """Voltage of a free vertical arc in air, ``(20 + 0.534 G) I^0.12``, G in mm; valid for ``I > 10 + 0.2 G``.

    Args:
        gap: (...) length of the gap [m].
        current: (...) rms current [A].

    Returns:
        (...) [V]. Source: A. D. Stokes and W. T. Oppenlander 1991, "Electric arcs in open air", J. Phys. D 24, 26-35.
    """
    return (20.0 + 534.0 * gap) * current**0.12


def stokes_oppenlander_limit(gap: Meter[A]) -> Ampere[A]:
    """Lowest current at which Stokes and Oppenlander's law holds, ``10 + 0.2 G``, G in mm [A]; gap (...) [m]."""
    return 10.0 + 200.0 * gap


def arc_voltage(gap: Meter[A], current: Ampere[A], falling: float = 0.15) -> Volt[A]:
    """Stokes and Oppenlander's voltage, continued below its limit by a falling characteristic of Ayrton's form.

    Below the limit ``I_v``: ``V(I_v) (1 - falling + falling I_v / I)``, continuous at ``I_v``.

    Args:
        gap: (...) [m].
        current: (...) rms current, above 0 [A].
        falling: share of the voltage at the limit that varies as 1/I (a recalled prior: Ayrton's 0.08-0.16) [1].

    Returns:
        (...) [V].
    """
    xp = namespace(gap)
    limit = stokes_oppenlander_limit(gap)
    below = stokes_oppenlander_voltage(gap, limit) * (1.0 - falling + falling * limit / current)
    out: A = xp.where(current < limit, below, stokes_oppenlander_voltage(gap, current))
    return out


def mayr_rate(conductance: Siemens[A], power: Watt[A], cooling: Watt[A], tau: float) -> SiemensPerSecond[A]:
    """Mayr's arc equation, ``dg/dt = (g/tau)(v i / P0 - 1)`` (recalled); steady at ``v i = P0``.

    Args:
        conductance: (...) g [S].
        power: (...) electrical power v i [W].
        cooling: (...) cooling power P0 [W].
        tau: time constant [s].
    """
    return conductance / tau * (power / cooling - 1.0)


def cassie_rate(conductance: Siemens[A], voltage: Volt[A], steady: Volt[A], tau: float) -> SiemensPerSecond[A]:
    """Cassie's arc equation, ``dg/dt = (g/tau)(v^2/Uc^2 - 1)`` (recalled); steady at ``|v| = Uc``.

    Args:
        conductance: (...) g [S].
        voltage: (...) v [V].
        steady: (...) Uc [V].
        tau: time constant [s].
    """
    return conductance / tau * ((voltage / steady) ** 2 - 1.0)


def mayr_voltage(current: Ampere[A], cooling: Watt[A]) -> Volt[A]:
    """Steady voltage of Mayr's arc, ``P0 / i`` [V], of current (...) [A] and cooling power (...) [W]."""
    return cooling / current


def mayr_free_decay(conductance: Siemens[A], time: Second[A], tau: float) -> Siemens[A]:
    """Conductance of Mayr's arc without current, ``g0 exp(-t/tau)`` [S]; g0 (...), time (...) [s], tau [s]."""
    xp = namespace(conductance)
    out: A = conductance * xp.exp(-time / tau)
    return out


def telegraph_on_probability(on_rate: PerSecond[A], off_rate: PerSecond[A]) -> Unitless[A]:
    """Stationary probability that a two-state Markov process is on, of its rates (...) [1/s]."""
    return on_rate / (on_rate + off_rate)


def telegraph_transition(
    start: Unitless[A], on_rate: PerSecond[A], off_rate: PerSecond[A], time: Second[A] | float
) -> Unitless[A]:
    """Probability that a two-state Markov process is on after ``time``, exactly.

    Args:
        start: (...) state now, 0 or 1.
        on_rate: (...) rate from off to on [1/s].
        off_rate: (...) rate from on to off [1/s].
        time: a number or (...) [s].
    """
    xp = namespace(start)
    stationary = telegraph_on_probability(on_rate, off_rate)
    out: A = stationary + (start - stationary) * xp.exp(-(on_rate + off_rate) * time)
    return out


def simplex_factors(x: Unitless[A]) -> tuple[A, A]:
    """``2 (x - 1 + e^-x)/x^2`` and ``2 (1 - e^-x (1 + x))/x^2``: means of ``e^-xs`` and ``e^-x(1-s)`` over a simplex.

    Args:
        x: (...) at or above 0; both factors are 1 at 0 (series below 0.02).
    """
    xp = namespace(x)
    small = x < 0.02
    safe = xp.where(small, xp.ones_like(x), x)
    decay = xp.exp(-safe)
    one = xp.where(small, 1.0 - x / 3.0 + x**2 / 12.0 - x**3 / 60.0, 2.0 * (safe - 1.0 + decay) / safe**2)
    two = xp.where(small, 1.0 - 2 * x / 3.0 + x**2 / 4.0 - x**3 / 15.0, 2.0 * (1.0 - decay * (1.0 + safe)) / safe**2)
    return one, two


def telegraph_average_moments(
    on_rate: PerSecond[A], off_rate: PerSecond[A], time: Second[A] | float
) -> tuple[Unitless[A], Unitless[A]]:
    """Mean and variance of the share of ``time`` that a stationary two-state Markov process is on, exactly.

    ``var = p (1 - p) 2 (x - 1 + e^-x)/x^2``, ``x = (on + off) time``.

    Args:
        on_rate: (...) [1/s].
        off_rate: (...) [1/s].
        time: a number or (...) [s].
    """
    p = telegraph_on_probability(on_rate, off_rate)
    return p, p * (1.0 - p) * simplex_factors((on_rate + off_rate) * time)[0]


def telegraph_bridge_moments(
    start: Unitless[A], end: Unitless[A], on_rate: PerSecond[A], off_rate: PerSecond[A], time: Second[A] | float
) -> tuple[Unitless[A], Unitless[A]]:
    """First and second moment of the share of ``time`` spent on, given the states at both ends, exactly.

    Integrals of ``p(start, on; s) p(on, on; u) p(on, end; v)`` over ``s + u + v = time`` (derived here).

    Args:
        start: (...) state at the beginning, 0 or 1.
        end: (...) state at the end, 0 or 1.
        on_rate: (...) [1/s].
        off_rate: (...) [1/s].
        time: above 0, a number or (...) [s].
    """
    xp = namespace(start)
    x = (on_rate + off_rate) * time
    p, decay = telegraph_on_probability(on_rate, off_rate), xp.exp(-x)
    one, two = simplex_factors(x)
    q, a, sign = 1.0 - p, start - p, 2.0 * end - 1.0
    b, c = sign * q, end * p + (1.0 - end) * q
    norm = c + sign * a * decay
    first = (p * c - (p * b + c * a) * xp.expm1(-x) / x + a * b * decay) / norm
    order1, order2 = p * (c * a + q * c + p * b), q * a * c + p * a * b + p * q * b
    return first, (p * p * c + order1 * one + order2 * two + a * q * b * decay) / norm


def telegraph_stay_probability(
    start: Unitless[A], end: Unitless[A], on_rate: PerSecond[A], off_rate: PerSecond[A], time: Second[A] | float
) -> Unitless[A]:
    """Probability that nothing happened between equal ends; 0 for different ends.

    Args:
        start: (...) state at the beginning, 0 or 1.
        end: (...) state at the end, 0 or 1.
        on_rate: (...) [1/s].
        off_rate: (...) [1/s].
        time: a number or (...) [s].
    """
    xp = namespace(start)
    leave = start * off_rate + (1.0 - start) * on_rate
    on = telegraph_transition(start, on_rate, off_rate, time)
    back = start * on + (1.0 - start) * (1.0 - on)
    out: A = (1.0 - xp.abs(start - end)) * xp.exp(-leave * time) / back
    return out


def symmetric_arc_harmonics(dead_angle: Radian[A], orders: Sequence[int]) -> Unitless[A]:
    """Odd harmonics of the current through a flat-topped arc, relative to the fundamental, with sign.

    Current ``sin(wt) - sin(dead_angle)`` while the source exceeds the arc voltage, zero during the dead time,
    the same with opposite sign in the other half cycle; sine series about the source's zero crossing (derived here).

    Args:
        dead_angle: (...) ``asin(arc voltage / source peak)``, 0 to below pi/2 [rad].
        orders: (H,) odd harmonic orders; the first is 1.

    Returns:
        (..., H) shares; 1 for order 1.
    """
    xp = namespace(dead_angle)
    sine, cosine = xp.sin(dead_angle), xp.cos(dead_angle)
    base = 0.5 * (0.5 * math.pi - dead_angle) + 0.25 * xp.sin(2.0 * dead_angle) - sine * cosine
    h, angle = xp.asarray(orders[1:], dtype=dead_angle.dtype), dead_angle[..., None]
    source = 0.5 * (xp.sin((h + 1.0) * angle) / (h + 1.0) - xp.sin((h - 1.0) * angle) / (h - 1.0))
    shares = (source - sine[..., None] * xp.cos(h * angle) / h) / base[..., None]
    out: A = xp.concat([xp.ones_like(angle), shares], -1)
    return out
