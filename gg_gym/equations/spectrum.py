"""Spectra of power-frequency waveforms: synthesis, harmonics by projection, leakage, sequence components.

Phasors are rms; complex ones enter as real and imaginary parts, so that both array libraries do the same.
"""

from __future__ import annotations

import math

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Hertz, Radian, Unitless

_ROOT2 = math.sqrt(2.0)


def periodic_wave(real: A, imag: A, orders: A, phase: Radian[A]) -> A:
    """Waveform of rms phasors, ``sqrt(2) sum Re(X_k exp(j k phase))``.

    Args:
        real: (..., H) real parts, in any unit.
        imag: (..., H) imaginary parts.
        orders: (H,) harmonic orders [1].
        phase: (S,) phase of the fundamental [rad].

    Returns:
        (..., S) in the unit of the phasors. Source: definition of a phasor.
    """
    xp = namespace(real)
    angle = orders[:, None] * phase
    out: A = _ROOT2 * (real[..., None] * xp.cos(angle) - imag[..., None] * xp.sin(angle)).sum(-2)
    return out


def harmonic_phasors(wave: A, orders: A, phase: Radian[A]) -> tuple[A, A]:
    """Real and imaginary parts (..., H) of the rms phasors of a waveform over whole periods.

    Args:
        wave: (..., S) samples, evenly spread over whole periods.
        orders: (H,) harmonic orders, above 0 and below S / 2 [1].
        phase: (S,) phase of the fundamental [rad].

    Source: discrete Fourier projection.
    """
    xp = namespace(wave)
    angle = orders[:, None] * phase
    scale = _ROOT2 / wave.shape[-1]
    real: A = scale * (wave[..., None, :] * xp.cos(angle)).sum(-1)
    imag: A = -scale * (wave[..., None, :] * xp.sin(angle)).sum(-1)
    return real, imag


def distortion(fundamental: A, harmonics: A) -> Unitless[A]:
    """Total harmonic distortion (...) of rms values (...) and (..., H), ``sqrt(sum X_k^2) / X_1``.

    The fundamental is held above 1e-30. Source: IEC 61000-4-7, 3.3.2, recalled.
    """
    xp = namespace(fundamental)
    out: A = xp.sqrt((harmonics**2).sum(-1)) / clip(fundamental, 1e-30, None)
    return out


def leakage(offset: Unitless[A], away: Unitless[A]) -> Unitless[A]:
    """Share of a line that a rectangular window puts into a bin ``away`` bins from it.

    Args:
        offset: (...) how far the line is off its own bin, below 0.5 [bins].
        away: (...) distance of the other bin, above 1 [bins].

    Source: Dirichlet kernel for long windows, ``|sin(pi d)| / (pi m)``; -40 dB beside a line 0.01 bins off, as
    IEC 61000-4-7 windows of 200 ms show.
    """
    xp = namespace(offset)
    out: A = xp.abs(xp.sin(math.pi * offset)) / (math.pi * away)
    return out


def high_pass(frequency: Hertz[A], corner: Hertz[A]) -> Unitless[A]:
    """Gain (...) of a first-order high pass, ``f / sqrt(f^2 + fc^2)``. Source: definition."""
    xp = namespace(frequency)
    out: A = frequency / xp.sqrt(frequency**2 + corner**2)
    return out


def low_pass(frequency: Hertz[A], corner: Hertz[A]) -> Unitless[A]:
    """Gain (...) of a second-order Butterworth low pass, ``1 / sqrt(1 + (f/fc)^4)``. Source: definition."""
    xp = namespace(frequency)
    out: A = 1.0 / xp.sqrt(1.0 + (frequency / corner) ** 4)
    return out


def sequence_components(real: A, imag: A) -> tuple[A, A, A]:
    """Magnitudes (...) of the zero, positive and negative sequence of three phasors (..., 3).

    The second phase lags the first by 120 degrees in a positive sequence. Source: Fortescue 1918.
    """
    xp = namespace(real)
    out = []
    for turn in (0.0, 1.0, -1.0):
        c = xp.asarray([math.cos(2.0 * math.pi / 3.0 * turn * k) for k in range(3)], dtype=real.dtype)
        s = xp.asarray([math.sin(2.0 * math.pi / 3.0 * turn * k) for k in range(3)], dtype=real.dtype)
        a, b = (real * c - imag * s).sum(-1), (real * s + imag * c).sum(-1)
        out.append(xp.sqrt(a**2 + b**2) / 3.0)
    return out[0], out[1], out[2]
