"""Vibration: modes of a tapered pole, its answer to gusts, blows and vortices."""

from __future__ import annotations

import math
from typing import Annotated, Any

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Hertz, Kilogram, Meter, MeterPerSecond, Second, Unitless

NewtonPerMeter = Annotated[A, "N/m"]
KilogramPerMeter = Annotated[A, "kg/m"]
NewtonSquareMeter = Annotated[A, "N.m2"]
MeterPerSquareSecond = Annotated[A, "m/s2"]
RadianPerSecond = Annotated[A, "rad/s"]
#: Roots of ``cos b cosh b = -1``: the first three modes of a uniform cantilever.
CANTILEVER = (1.8751041, 4.6940911, 7.8547574)
#: Stiffness and consistent mass of a beam element of length 1, unknowns (w, L w') at both ends.
_STIFFNESS = ((12.0, 6.0, -12.0, 6.0), (6.0, 4.0, -6.0, 2.0), (-12.0, -6.0, 12.0, -6.0), (6.0, 2.0, -6.0, 4.0))
_MASS = ((156.0, 22.0, 54.0, -13.0), (22.0, 4.0, 13.0, -3.0), (54.0, 13.0, 156.0, -22.0), (-13.0, -3.0, -22.0, 4.0))


def vortex_frequency(speed: MeterPerSecond[A], diameter: Meter[A], strouhal: float = 0.2) -> Hertz[A]:
    """Frequency at which vortices leave a cylinder, ``St U / D``; 0.2 holds for Reynolds numbers 4e2 to 1e5.

    Args:
        speed: (...) of the wind across the axis [m/s].
        diameter: (...) [m].
        strouhal: 0.185 to 0.21 [1].

    Source: Strouhal's law; EPRI conductor-motion reference book, recalled.
    """
    return strouhal * speed / diameter


def cantilever_frequency(
    mode: int, length: Meter[A], stiffness: NewtonSquareMeter[A], mass: KilogramPerMeter[A]
) -> Hertz[A]:
    """Frequency of a uniform cantilever, ``b^2 / (2 pi L^2) sqrt(EI / (rho A))``.

    Args:
        mode: 0, 1 or 2.
        length: (...) [m].
        stiffness: (...) EI [N.m2].
        mass: (...) per length [kg/m].

    Source: Euler and Bernoulli's beam.
    """
    xp = namespace(length)
    out: A = CANTILEVER[mode] ** 2 / (2.0 * math.pi * length**2) * xp.sqrt(stiffness / mass)
    return out


def circle_section(
    diameter: Meter[A], modulus: float, density: float
) -> tuple[NewtonSquareMeter[A], KilogramPerMeter[A]]:
    """Bending stiffness [N.m2] and mass per length [kg/m] of a solid round section.

    Args:
        diameter: (...) [m].
        modulus: of elasticity [Pa].
        density: [kg/m3].

    Source: definition, ``I = pi d^4 / 64``.
    """
    return math.pi / 64.0 * modulus * diameter**4, 0.25 * math.pi * density * diameter**2


def beam_matrices(
    stiffness: NewtonSquareMeter[A], mass: KilogramPerMeter[A], added: Kilogram[A], length: float
) -> tuple[A, A]:
    """Stiffness and mass of a cantilever of N equal beam elements, clamped at its foot.

    Args:
        stiffness: (N,) EI of each element [N.m2].
        mass: (N,) per length of each element [kg/m].
        added: (N,) point mass at the upper end of each element [kg].
        length: of one element [m].

    Returns:
        Two (2 N, 2 N); unknowns are deflection and slope times ``length`` at each upper end.
        Source: Euler-Bernoulli element with consistent mass (Przemieniecki 1968, chapters 5 and 11).
    """
    xp, n = namespace(stiffness), len(stiffness)
    element = [xp.asarray(m, dtype=stiffness.dtype) for m in (_STIFFNESS, _MASS)]
    full = [xp.zeros((2 * n + 2, 2 * n + 2), dtype=stiffness.dtype) for _ in element]
    for i in range(n):
        at = slice(2 * i, 2 * i + 4)
        full[0][at, at] += stiffness[i] / length**3 * element[0]
        full[1][at, at] += mass[i] * length / 420.0 * element[1]
        full[1][2 * i + 2, 2 * i + 2] += added[i]
    return full[0][2:, 2:], full[1][2:, 2:]


def beam_modes(stiffness: Any, mass: Any, count: int = 3) -> tuple[Any, Any]:
    """Lowest modes of ``K v = w^2 M v``; double precision is needed.

    Args:
        stiffness: (D, D) of :func:`beam_matrices`.
        mass: (D, D).
        count: number of modes J.

    Returns:
        (J,) frequencies [Hz] and (D / 2, J) deflections of mass-normalised modes [kg^-1/2], positive at the tip.
        Source: Cholesky reduction to a symmetric eigenproblem (Golub and Van Loan, section 8.7).
    """
    xp = namespace(stiffness)
    root = xp.linalg.inv(xp.linalg.cholesky(mass))
    values, vectors = xp.linalg.eigh(root @ stiffness @ root.T)
    shape = (root.T @ vectors[:, :count])[::2]
    return xp.sqrt(values[:count]) / (2.0 * math.pi), shape * xp.sign(shape[-1])


def sdof_step(
    x: Meter[A], v: MeterPerSecond[A], force: A, h: float, omega: RadianPerSecond[A], damping: Unitless[A]
) -> tuple[Meter[A], MeterPerSecond[A]]:
    """Oscillator ``x'' + 2 zeta w x' + w^2 x = force`` after h seconds of constant force; exact, shapes broadcast.

    Args:
        x: deflection [m].
        v: velocity [m/s].
        force: per mass, held over the step [m/s2].
        h: step [s].
        omega: [rad/s].
        damping: zeta, 0 to below 1 [1].

    Source: exact solution, zero-order hold (Clough and Penzien, section 8.2).
    """
    xp = namespace(omega)
    still = force / omega**2
    damped = omega * xp.sqrt(1.0 - damping**2)
    decay, c, s = xp.exp(-damping * omega * h), xp.cos(damped * h), xp.sin(damped * h)
    off = x - still
    drive = (v + damping * omega * off) / damped
    out = still + decay * (off * c + drive * s)
    return out, decay * (v * c - (damping * omega * drive + damped * off) * s)


def half_sine_factor(phase: Unitless[A]) -> Unitless[A]:
    """Share of a half-sine blow's impulse that rings an oscillator, ``cos(p/2) / (1 - (p/pi)^2)``, p = w td (...).

    At ``p = pi`` the limit is pi/4. Source: Fourier transform of a half-sine.
    """
    xp = namespace(phase)
    turn = phase / math.pi
    near = xp.abs(1.0 - turn) < 1e-4
    safe = xp.where(near, xp.zeros_like(turn), turn)
    out: A = xp.where(near, xp.full_like(turn, 0.25 * math.pi), xp.cos(0.5 * math.pi * safe) / (1.0 - safe**2))
    return out


def half_sine_amplification(ratio: Unitless[A]) -> Unitless[A]:
    """Highest deflection under a half-sine force over the static one, undamped; ``ratio`` (...) is td / T, above 0.

    After the blow when it is short (td below T/2); else the highest of the maxima during it.
    Source: Biggs 1964, shock spectrum of the half-sine.
    """
    xp = namespace(ratio)
    phase = 2.0 * math.pi * ratio
    after = xp.abs(2.0 * phase / math.pi * half_sine_factor(phase))
    slow = 0.5 / clip(ratio, 0.501, None)
    best = xp.zeros_like(ratio)
    for k in range(1, 9):
        angle = 2.0 * math.pi * k / (1.0 + slow)
        peak = (xp.sin(slow * angle) - slow * xp.sin(angle)) / (1.0 - slow**2)
        best = xp.where(slow * angle <= math.pi, xp.maximum(best, peak), best)
    out: A = xp.where(ratio <= 0.5, after, best)
    return out


def aerodynamic_damping(
    area: A, speed: MeterPerSecond[A], omega: RadianPerSecond[A], mass: Kilogram[A], density: float = 1.2
) -> Unitless[A]:
    """Damping ratio that drag adds in wind, ``rho Cd A U / (2 m w)`` (shapes broadcast).

    Args:
        area: drag coefficient times area [m2].
        speed: mean wind [m/s].
        omega: [rad/s].
        mass: modal [kg].
        density: of air [kg/m3].

    Source: linearised drag (Simiu and Scanlan).
    """
    out: A = 0.5 * density * area * speed / (mass * omega)
    return out


def admittance(frequency: Hertz[A], area: A, speed: MeterPerSecond[A]) -> Unitless[A]:
    """Vickery's aerodynamic admittance (for amplitude) of an ``area`` [m2], ``1 / (1 + (2 f sqrt(A) / U)^(4/3))``.

    Source: Vickery 1965, recalled; shapes broadcast.
    """
    xp = namespace(frequency)
    out: A = 1.0 / (1.0 + (2.0 * frequency * xp.sqrt(area) / speed) ** (4.0 / 3.0))
    return out


def resonant_variance(spectrum: A, frequency: Hertz[A], damping: Unitless[A]) -> A:
    """Variance of a lightly damped mode's acceleration under a broad force, ``S pi f / (4 zeta)``; shapes broadcast.

    Args:
        spectrum: one-sided spectrum at ``frequency`` of force over modal mass [(m/s2)^2/Hz].
        frequency: [Hz].
        damping: zeta [1].

    Source: white-noise approximation (Davenport 1967; Clough and Penzien, section 22.5).
    """
    out: A = spectrum * (0.25 * math.pi) * frequency / damping
    return out


def shot_kurtosis(rate: A, decay: Second[A]) -> Unitless[A]:
    """Kurtosis of ringing blows that come at random, ``3 + 3 / (2 rate tau)``; shapes broadcast.

    Args:
        rate: of blows, above 0 [1/s].
        decay: time in which a blow's ringing falls to 1/e [s].

    Source: Campbell's theorem for equal blows ``exp(-t/tau) cos(w t + phi)`` of fast carrier; derived here.
    """
    return 3.0 + 1.5 / (rate * decay)
