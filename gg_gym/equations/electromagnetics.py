"""Fields of parallel conductors above ground: charge simulation with images, Biot-Savart, field ellipses.

Conductors run along y at ``(x, height)``. Phasors are rms; a complex phasor enters the ellipse functions as its
real and imaginary parts, everything else is real and linear, so a map is computed once per geometry.
Source: recalled textbook forms (charge simulation with images), verified against the published profiles of the
utility program FIELDS (input and output files in github.com/markmbaum/emf, ``working-files/fields``).
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from gg_gym.arrays import namespace
from gg_gym.units import A, Meter, VoltPerMeter

EPSILON_0 = 8.8541878128e-12  #: F/m
MU_0 = 4e-7 * math.pi  #: H/m
CoulombPerMeter = Annotated[A, "C/m"]
FaradPerMeter = Annotated[A, "F/m"]
MeterPerFarad = Annotated[A, "m/F"]
TeslaPerAmpere = Annotated[A, "T/A"]
VoltPerCoulomb = Annotated[A, "V/C"]


def potential_coefficients(x: Meter[A], height: Meter[A], radius: Meter[A]) -> MeterPerFarad[A]:
    """Maxwell's potential coefficients with images.

    ``P_ii = ln(2 h_i / r_i) / (2 pi e0)``, ``P_ij = ln(D'_ij / D_ij) / (2 pi e0)``.

    Args:
        x: (..., k) places [m].
        height: (..., k) heights above ground [m].
        radius: (..., k) radii [m].

    Returns:
        (..., k, k) coefficients [m/F].
    """
    xp = namespace(x)
    across = (x[..., :, None] - x[..., None, :]) ** 2
    direct = across + (height[..., :, None] - height[..., None, :]) ** 2
    image = across + (height[..., :, None] + height[..., None, :]) ** 2
    own = (radius**2)[..., :, None] + 0.0 * direct
    out: A = xp.log(image / xp.where(direct == 0.0, own, direct)) / (4.0 * math.pi * EPSILON_0)
    return out


def capacitance_matrix(coefficients: MeterPerFarad[A]) -> FaradPerMeter[A]:
    """Maxwell's capacitance matrix: the inverse of the potential coefficients; line charges are ``C @ V``.

    Args:
        coefficients: (..., k, k) [m/F].

    Returns:
        (..., k, k) [F/m].
    """
    xp = namespace(coefficients)
    scale = 2.0 * math.pi * EPSILON_0
    out: A = scale * xp.linalg.inv(scale * coefficients)
    return out


def electric_map(x: Meter[A], z: Meter[A], conductor_x: Meter[A], conductor_height: Meter[A]) -> VoltPerCoulomb[A]:
    """Electric field per line charge at points, with images.

    ``Ex = q/(2 pi e0) [(x-xi)/r^2 - (x-xi)/r'^2]``, ``Ez = q/(2 pi e0) [(z-hi)/r^2 - (z+hi)/r'^2]``.

    Args:
        x: (..., P) places of the points [m].
        z: (..., P) heights of the points [m].
        conductor_x: (..., k) places of the conductors [m].
        conductor_height: (..., k) heights of the conductors [m].

    Returns:
        (..., P, 2, k) field (x, z) per line charge [(V/m)/(C/m)].
    """
    xp = namespace(x)
    dx = x[..., :, None] - conductor_x[..., None, :]
    down = z[..., :, None] - conductor_height[..., None, :]
    up = z[..., :, None] + conductor_height[..., None, :]
    direct, image = dx**2 + down**2, dx**2 + up**2
    out: A = xp.stack([dx / direct - dx / image, down / direct - up / image], -2) / (2.0 * math.pi * EPSILON_0)
    return out


def magnetic_map(x: Meter[A], z: Meter[A], conductor_x: Meter[A], conductor_height: Meter[A]) -> TeslaPerAmpere[A]:
    """Magnetic flux density per conductor current at points (Biot-Savart, endless straight wires, no image).

    ``Bx = -mu0 I (z-hi) / (2 pi r^2)``, ``Bz = mu0 I (x-xi) / (2 pi r^2)``; the earth return lies
    ``658 sqrt(rho/f)`` m deep and is left out within some 50 m.

    Args:
        x: (..., P) places of the points [m].
        z: (..., P) heights of the points [m].
        conductor_x: (..., k) places of the conductors [m].
        conductor_height: (..., k) heights of the conductors [m].

    Returns:
        (..., P, 2, k) flux density (x, z) per current [T/A].
    """
    xp = namespace(x)
    dx = x[..., :, None] - conductor_x[..., None, :]
    dz = z[..., :, None] - conductor_height[..., None, :]
    out: A = xp.stack([-dz, dx], -2) / (dx**2 + dz**2)[..., None, :] * (MU_0 / (2.0 * math.pi))
    return out


def field_phasors(linear_map: Any, phasors: Any) -> Any:
    """Complex field phasors of a linear map, summed conductor by conductor (so a row never depends on the batch).

    Args:
        linear_map: (P, 2, k) real map, per volt, coulomb per metre or ampere.
        phasors: (n, k, H) complex phasors.

    Returns:
        (n, P, 2, H) complex.
    """
    out = linear_map[None, :, :, 0, None] * phasors[:, None, None, 0]
    for k in range(1, phasors.shape[1]):
        out = out + linear_map[None, :, :, k, None] * phasors[:, None, None, k]
    return out


def resultant(real: A, imag: A) -> A:
    """Resultant "product" of a field phasor, ``sqrt(sum |F|^2)``: what a three-axis rms meter reads.

    Args:
        real: (..., axes) real parts.
        imag: (..., axes) imaginary parts.

    Returns:
        (...) in the unit of the field.
    """
    xp = namespace(real)
    out: A = xp.sqrt((real**2 + imag**2).sum(-1))
    return out


def ellipse_maximum(real: A, imag: A) -> A:
    """Largest rms component of a rotating field: ``sqrt((A + |B|)/2)``, ``A = sum |F|^2``, ``B = sum F^2``.

    Args:
        real: (..., axes) real parts.
        imag: (..., axes) imaginary parts.

    Returns:
        (...) in the unit of the field; what a single-axis meter turned for its maximum reads.
    """
    xp = namespace(real)
    total = (real**2 + imag**2).sum(-1)
    turning = xp.hypot((real**2 - imag**2).sum(-1), 2.0 * (real * imag).sum(-1))
    out: A = xp.sqrt(0.5 * (total + turning))
    return out


def surface_gradient(charge: CoulombPerMeter[A], radius: Meter[A]) -> VoltPerMeter[A]:
    """Average surface gradient of a conductor, ``q / (2 pi e0 r)`` [V/m], of charge (...) and radius (...)."""
    return charge / (2.0 * math.pi * EPSILON_0 * radius)


def bundle_diameter(bundle: Meter[A], diameter: Meter[A], count: int) -> Meter[A]:
    """Equivalent diameter of a bundle, ``D_b (n d / D_b)^(1/n)`` [m].

    Args:
        bundle: (...) diameter of the circle through the subconductors [m].
        diameter: (...) diameter of a subconductor [m].
        count: number of subconductors.
    """
    return bundle * (count * diameter / bundle) ** (1.0 / count)
