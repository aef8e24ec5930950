"""Cases of the line's fields: published lateral profiles and identities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gg_gym.equations import electromagnetics as em
from gg_gym.fidelity.case import Case, absolute, relative

_FOOT, _INCH = 0.3048, 0.0254
_FIELDS = "program FIELDS, input and output files in github.com/markmbaum/emf"
_KILOVOLTS = 115e3 / math.sqrt(3.0)
#: Magnetic columns [mG] (horizontal, vertical, product, maximum), electric columns [kV/m] (the same).
_EM1_X = (-81.0, -41.0, -21.0, -1.0, 19.0, 59.0, 99.0)
_EM1_B = (
    6.448, 26.150, 15.104, 18.626, 10.456, 3.069, 1.343, 6.733, 16.478, 31.591, 12.039, 5.851, 3.150, 1.711,
    9.322, 30.908, 35.016, 22.178, 11.982, 4.398, 2.175, 7.204, 26.447, 31.592, 20.029, 10.664, 3.823, 1.865,
)  # fmt: skip
_EM1_E = (
    0.024, 0.091, 0.183, 0.048, 0.039, 0.009, 0.003, 0.209, 0.943, 0.690, 0.665, 0.388, 0.112, 0.045,
    0.211, 0.947, 0.714, 0.667, 0.390, 0.112, 0.045, 0.210, 0.944, 0.692, 0.666, 0.390, 0.112, 0.045,
)  # fmt: skip
_EM2_X = (-100.0, -50.0, -25.0, 0.0, 25.0, 50.0, 100.0)
_EM2_B = (
    6.008, 26.842, 46.736, 59.773, 71.072, 36.075, 6.111, 5.946, 26.752, 46.679, 59.618, 70.148, 36.074, 6.110,
)  # fmt: skip
_EM2_E = (
    0.154, 0.713, 0.130, 1.490, 0.285, 0.992, 0.117, 0.155, 0.713, 0.240, 1.494, 0.455, 0.996, 0.117,
    0.155, 0.713, 0.239, 1.492, 0.384, 0.996, 0.117,
)  # fmt: skip


def _columns(field: Any, first: int) -> list[Any]:
    """Horizontal, vertical, product and largest component of phasors (P, 2), from the ``first`` of them on."""
    parts = (field.real, field.imag)
    return [np.abs(field[:, 0]), np.abs(field[:, 1]), em.resultant(*parts), em.ellipse_maximum(*parts)][first:]


def magnetic_profile(x: Any, z: Any, conductor_x: Any, height: Any, angle: Any, current: Any, first: int) -> list[Any]:
    """Flux density [T] at points x, z [m], column by column; currents [A], phase angles [deg]."""
    phasors = (current * np.exp(1j * np.deg2rad(angle)))[None, :, None]
    field = em.field_phasors(em.magnetic_map(x, z + 0.0 * x, conductor_x, height), phasors)[0, :, :, 0]
    return _columns(field, first)


def electric_profile(
    x: Any, z: Any, conductor_x: Any, height: Any, radius: Any, angle: Any, volts: Any, first: int
) -> list[Any]:
    """Electric field [V/m] at points x, z [m], column by column; phase voltages [V], phase angles [deg]."""
    matrix = em.capacitance_matrix(em.potential_coefficients(conductor_x, height, radius))
    charge = matrix @ (volts * np.exp(1j * np.deg2rad(angle)))
    field = em.field_phasors(em.electric_map(x, z + 0.0 * x, conductor_x, height), charge[None, :, None])[0, :, :, 0]
    return _columns(field, first)


def single_wire(current: Any, dx: Any, dz: Any) -> Any:
    """Flux density [T] beside one endless wire, at offsets [m]."""
    zero = np.zeros(1)
    return np.hypot(*em.magnetic_map(dx + zero, dz + zero, zero, zero)[0, :, 0]) * current


def _feet(*values: float) -> tuple[float, ...]:
    return tuple(_FOOT * value for value in values)


_EM1 = {
    "x": _feet(*_EM1_X),
    "z": 0.9144,
    "conductor_x": _feet(-32.58, -17.41, -32.58, -25.0),
    "height": _feet(28.50, 34.50, 40.50, 54.83),
    "angle": (240.0, 0.0, 120.0, 0.0),
}
_EM2 = {
    "x": _feet(*_EM2_X),
    "z": 0.9144,
    "conductor_x": _feet(-37.5, -25.0, -12.5, 13.5, 25.0, 36.5, -31.25, -18.75, 30.75),
    "height": _feet(33.0, 33.0, 33.0, 25.0, 25.0, 25.0, 47.5, 47.5, 40.75),
    "angle": (240.0, 0.0, 120.0, 120.0, 240.0, 0.0, 0.0, 0.0, 0.0),
}
_EM4 = {
    "x": (0.5, 5.0, 20.0),
    "z": 8.0,
    "conductor_x": (-1.12, 0.4, 1.12),
    "height": (10.0, 10.3, 10.0),
    "angle": (0.0, -120.0, 120.0),
}
_RADII_1 = (*(0.5 * 1.29 * _INCH,) * 3, 0.5 * _INCH)
_RADII_2 = (*(0.5 * 0.52 * _INCH,) * 6, *(0.5 * _INCH,) * 3)

CASES: tuple[Case, ...] = (
    Case("EM-1.B", "115 kV line 17P: flux density, four columns", _FIELDS, "code-to-code",
         {**_EM1, "current": (301.0, 301.0, 301.0, 0.0), "first": 0}, tuple(1e-7 * b for b in _EM1_B), relative(5e-3),
         "T", magnetic_profile),
    Case("EM-1.E", "115 kV line 17P: electric field, four columns", _FIELDS, "code-to-code",
         {**_EM1, "radius": _RADII_1, "volts": (*(_KILOVOLTS,) * 3, 0.0), "first": 0}, tuple(1e3 * e for e in _EM1_E),
         absolute(3.0), "V/m", electric_profile),
    Case("EM-2.B", "two 115 kV circuits 18E: flux density, product and maximum", _FIELDS, "code-to-code",
         {**_EM2, "current": (301.0, 301.0, 301.0, 316.0, 316.0, 316.0, 0.0, 0.0, 0.0), "first": 2},
         tuple(1e-7 * b for b in _EM2_B), relative(5e-3), "T", magnetic_profile),
    Case("EM-2.E", "two 115 kV circuits 18E: electric field, vertical, product, maximum", _FIELDS, "code-to-code",
         {**_EM2, "radius": _RADII_2, "volts": (*(_KILOVOLTS,) * 6, 0.0, 0.0, 0.0), "first": 1},
         tuple(1e3 * e for e in _EM2_E), absolute(3.0), "V/m", electric_profile),
    Case("EM-3", "200 A in one wire, 10 m away", "Biot-Savart", "identity", {"current": 200.0, "dx": 6.0, "dz": 8.0},
         4e-6, relative(1e-6), "T", single_wire),
    Case("EM-4.E", "12.47 kV line of the default pole: largest electric field", "computed by an independent script",
         "own regression", {**_EM4, "radius": (5.05e-3,) * 3, "volts": (12470.0 / math.sqrt(3.0),) * 3, "first": 3},
         (412.5, 79.2, 5.05), relative(5e-3), "V/m", electric_profile),
    Case("EM-4.B", "12.47 kV line of the default pole: largest flux density", "computed by an independent script",
         "own regression", {**_EM4, "current": (200.0, 200.0, 200.0), "first": 3}, (14.54e-6, 2.772e-6, 0.196e-6),
         relative(5e-3), "T", magnetic_profile),
)  # fmt: skip
