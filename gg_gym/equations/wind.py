"""Wind with height, stability, and the stress of the surface."""

from __future__ import annotations

import math

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Meter, MeterPerSecond, PerMeter, Unitless, WattPerSquareMeter

KARMAN = 0.40
#: Pasquill classes A to F as numbers 0 to 5; A-B is 0.5. Rows: wind bins; columns: insolation, then night.
_PASQUILL = (
    (0.0, 0.5, 1.0, 5.0, 5.0),
    (0.5, 1.0, 2.0, 4.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 4.0),
    (2.0, 2.5, 3.0, 3.0, 3.0),
    (2.0, 3.0, 3.0, 3.0, 3.0),
)
#: Monin-Obukhov length of the classes: L = a z0^b; 1/a is given, 0 for the neutral class.
_INVERSE_A = (-1 / 11.4, -1 / 26.0, -1 / 123.0, 0.0, 1 / 123.0, 1 / 26.0)
_EXPONENT_B = (0.10, 0.17, 0.30, 0.0, 0.30, 0.17)
#: Power-law exponents of the classes A to F.
POWER_LAW = (0.108, 0.112, 0.120, 0.142, 0.203, 0.253)


def stability_correction(zeta: Unitless[A]) -> Unitless[A]:
    """Integrated momentum correction psi(z/L), any shape; stable z/L is capped at 1.

    Source: Businger-Dyer with Dyer's 16 (k = 0.40) unstable, -5 z/L stable.
    """
    xp = namespace(zeta)
    x2: A = xp.sqrt(1.0 - 16.0 * clip(zeta, None, 0.0))
    x = xp.sqrt(x2)
    unstable = xp.log((0.5 + 0.5 * x) ** 2 * (0.5 + 0.5 * x2)) - 2.0 * xp.arctan(x) + 0.5 * math.pi
    psi: A = unstable - 5.0 * clip(zeta, 0.0, 1.0)
    return psi


def stability_corrections(*zeta: Unitless[A]) -> list[A]:
    """:func:`stability_correction` of several z/L, each (..., k): where their leading axes agree, in one evaluation."""
    xp = namespace(zeta[0])
    shapes = [tuple(getattr(z, "shape", ())) for z in zeta]
    if () in shapes or len({shape[:-1] for shape in shapes}) > 1:
        return [stability_correction(z) for z in zeta]
    psi, out, start = stability_correction(xp.concat(zeta, -1)), [], 0
    for z in zeta:
        out.append(psi[..., start : start + z.shape[-1]])
        start += z.shape[-1]
    return out


def profile(height: Meter[A], roughness: Meter[A], inverse_obukhov: PerMeter[A]) -> Unitless[A]:
    """Wind over friction velocity times k: ln(z/z0) - psi(z/L) + psi(z0/L); shapes broadcast.

    Source: Monin-Obukhov similarity (Businger-Dyer). ``inverse_obukhov`` 0 is neutral.
    """
    xp = namespace(inverse_obukhov)
    upper, lower = stability_corrections(height * inverse_obukhov, roughness * inverse_obukhov)
    out: A = xp.log(height / roughness) - (upper - lower)
    return out


def profile_ratio(
    height: Meter[A], reference_height: float, roughness: Meter[A], inverse_obukhov: PerMeter[A]
) -> Unitless[A]:
    """Wind at ``height`` over wind at ``reference_height`` [m]; shapes broadcast.

    Source: Monin-Obukhov similarity (Businger-Dyer); 1/L = 0 is the logarithmic law.
    """
    xp = namespace(inverse_obukhov)
    zeta = (height * inverse_obukhov, reference_height * inverse_obukhov, roughness * inverse_obukhov)
    upper, middle, lower = stability_corrections(*zeta)
    ratio: A = (xp.log(height / roughness) - (upper - lower)) / (
        xp.log(reference_height / roughness) - (middle - lower)
    )
    return ratio


def friction_velocity(
    speed: MeterPerSecond[A], height: float, roughness: Meter[A], inverse_obukhov: PerMeter[A]
) -> MeterPerSecond[A]:
    """Friction velocity [m/s] of wind ``speed`` [m/s] at ``height`` [m]. Source: as :func:`profile`."""
    return KARMAN * speed / profile(height + 0.0 * roughness, roughness, inverse_obukhov)


def power_law(
    speed: MeterPerSecond[A], height: Meter[A], reference_height: float, exponent: Unitless[A]
) -> MeterPerSecond[A]:
    """Wind [m/s] at ``height`` [m] by the power law (Hellmann); shapes broadcast."""
    out: A = speed * (height / reference_height) ** exponent
    return out


def pasquill_class(speed: MeterPerSecond[A], ghi: WattPerSquareMeter[A], cloud: Unitless[A]) -> Unitless[A]:
    """Stability class as a number, A = 0 to F = 5, halves between; arguments (n,): wind at 10 m, insolation, cloud.

    Source: Pasquill's table as in "Fundamentals of Air Pollution" 3e p. 302; strong, moderate and slight insolation at
    700 and 350 W/m2, night below 10 W/m2, overcast (always D) from 0.9 (recalled bins); still nights are F.
    """
    xp = namespace(speed)
    row = 0 * (speed > 0)
    for edge in (2.0, 3.0, 5.0, 6.0):
        row = row + (speed >= edge)
    night = 4 - 1 * (cloud >= 0.5)
    column = xp.where(ghi < 10.0, night, 2 - 1 * (ghi >= 350.0) - 1 * (ghi >= 700.0))
    looked_up: A = xp.asarray(_PASQUILL, dtype=speed.dtype)[row, column]
    return xp.where(cloud >= 0.9, xp.full_like(looked_up, 3.0), looked_up)  # type: ignore[no-any-return]


def inverse_obukhov(stability: Unitless[A], roughness: Meter[A]) -> PerMeter[A]:
    """Inverse Monin-Obukhov length [1/m] of a class number (n,) and roughness (n,) [m]; linear between classes.

    Source: fits to Golder 1972 quoted by Pasquill 1974, as in GasDispersion.jl.
    """
    xp = namespace(roughness)
    a = xp.asarray(_INVERSE_A, dtype=roughness.dtype)
    b = xp.asarray(_EXPONENT_B, dtype=roughness.dtype)
    low = clip(xp.floor(stability), 0.0, 4.0)
    i = xp.asarray(low, dtype=xp.int64)
    share = stability - low
    value: A = (1.0 - share) * a[i] * roughness ** -b[i] + share * a[i + 1] * roughness ** -b[i + 1]
    return value
