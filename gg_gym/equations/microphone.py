"""A MEMS microphone: response of its port, noise and crest in a band, overload, modulation of an envelope."""

from __future__ import annotations

from typing import Annotated

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Hertz, Second, Unitless

Decibel = Annotated[A, "dB"]


def port_response(frequency: Hertz[A], resonance: Hertz[A], quality: float, lead: float) -> Unitless[A]:
    """Power gain ``(1 + lead r^2) / ((1 - r^2)^2 + (r/Q)^2)``, r = f / f0, of capsule and port; 1 at low frequency.

    Args:
        frequency: (...) [Hz].
        resonance: (...) f0 [Hz].
        quality: Q [1].
        lead: weight of the zero that keeps the response up beyond the resonance [1].

    Source: Helmholtz resonator with a leading zero; chosen so that the peak and the fall of the part are met.
    """
    square = (frequency / resonance) ** 2
    out: A = (1.0 + lead * square) / ((1.0 - square) ** 2 + square / quality**2)
    return out


def band_floor(density: float, low: Hertz[A], high: Hertz[A]) -> Unitless[A]:
    """Mean square over (20 uPa)^2 of a flat noise density in a band (...); ``density`` in dB re 20 uPa per root hertz.

    Source: definition.
    """
    out: A = 10.0 ** (0.1 * density) * (high - low)
    return out


def gaussian_crest(low: Hertz[A], high: Hertz[A], span: float) -> Decibel[A]:
    """Typical peak over rms [dB] of Gaussian noise of a band (...) in ``span`` seconds, ``10 log10(2 ln(2 B T))``.

    Source: extreme values of N = 2 B T independent samples (Cramer 1946, section 28.6, leading term).
    """
    xp = namespace(low)
    out: A = 10.0 * xp.log10(2.0 * xp.log(clip(2.0 * (high - low) * span, 3.0, None)))
    return out


def level_spread(low: Hertz[A], high: Hertz[A], span: float) -> Decibel[A]:
    """Standard deviation [dB] of the level of Gaussian noise of a band (...) over ``span`` seconds, ``4.34/sqrt(BT)``.

    Source: chi-square of 2 B T degrees of freedom (Bendat and Piersol, section 8.5).
    """
    xp = namespace(low)
    out: A = 4.342944819032518 / xp.sqrt((high - low) * span)
    return out


def overload(total: Unitless[A], limit: float) -> Unitless[A]:
    """Factor (...) on the energy of a signal of mean square ``total`` (...) that a soft limit passes, ``1/(1+x)``.

    ``limit`` is the mean square at which half the energy is lost. Source: our choice of a smooth saturation.
    """
    return 1.0 / (1.0 + total / limit)


def mixed_kurtosis(share: Unitless[A], kurtosis: Unitless[A]) -> Unitless[A]:
    """Kurtosis (...) of Gaussian noise with a ``share`` (...) of the energy from an independent source of ``kurtosis``.

    Source: fourth cumulants of independent sums add.
    """
    return 3.0 + share**2 * (kurtosis - 3.0)


def pulse_kurtosis(rate: Hertz[A], decay: Second[A]) -> Unitless[A]:
    """Kurtosis of ringing pulses at random, ``3 + 3/(2 rate tau)``; at most 3000. Source: Campbell's theorem.

    Args:
        rate: (...) of pulses, above 0 [1/s].
        decay: (...) time in which a pulse falls to 1/e [s].
    """
    out: A = clip(3.0 + 1.5 / (rate * decay), None, 3000.0)
    return out


def modulation_index(share: Unitless[A], depth: float, floor: float) -> Unitless[A]:
    """Index (...) at twice the mains frequency of a band's squared envelope: ``depth`` of the modulated ``share``.

    ``floor`` is the estimate's own noise, added in squares. Source: definition.
    """
    xp = namespace(share)
    out: A = clip(xp.sqrt((depth * share) ** 2 + floor**2), 0.0, 1.0)
    return out


def clog_loss(frequency: Hertz[A], depth: Decibel[A], corner: float) -> Decibel[A]:
    """Loss [dB] of a clogged port: ``depth`` at high frequency, half of it at ``corner`` [Hz]; an estimate.

    Args:
        frequency: (...) [Hz].
        depth: (...) [dB].
        corner: [Hz].
    """
    out: A = depth * frequency / (frequency + corner)
    return out


def phase_lock(phase: A) -> A:
    """Rate factor (...) of discharges at the mains phase (...) [rad], mean 1: ``2 sin^2``; both half-waves alike.

    Source: corona lights up around both crests; the square of the sine has all its modulation at twice the mains.
    """
    xp = namespace(phase)
    out: A = 2.0 * xp.sin(phase) ** 2
    return out
