"""Accelerometers: noise in a band, spread of a band's rms, clipping."""

from __future__ import annotations

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Hertz, Unitless


def band_noise(density: A, low: Hertz[A], high: Hertz[A]) -> A:
    """Noise of a band, ``ND sqrt(BW)``, of a one-sided density (...) per root hertz. Source: definition.

    Args:
        density: (...) [unit/Hz^0.5].
        low: (...) [Hz].
        high: (...) [Hz].
    """
    xp = namespace(density)
    out: A = density * xp.sqrt(high - low)
    return out


def rms_spread(low: Hertz[A], high: Hertz[A], span: A) -> Unitless[A]:
    """Relative standard deviation (...) of the rms of Gaussian noise of a band over a span [s], ``1/(2 sqrt(BT))``.

    Source: Bendat and Piersol, section 8.5.
    """
    xp = namespace(low)
    out: A = 0.5 / xp.sqrt((high - low) * span)
    return out


def in_squares(value: A, other: A) -> A:
    """``sqrt(a^2 + b^2)`` of rms values (...) of independent signals. Source: definition."""
    xp = namespace(value)
    out: A = xp.sqrt(value**2 + other**2)
    return out


def clipped_rms(rms: A, peak: A, limit: float) -> A:
    """Rms (...) of a signal of a given peak (...) whose samples are clipped at ``limit``: scaled with the peak.

    Source: an estimate; exact where the signal is a square wave, high by at most a factor 2 for a decaying sine.
    """
    out: A = rms * clip(limit / clip(peak, limit, None), 0.0, 1.0)
    return out
