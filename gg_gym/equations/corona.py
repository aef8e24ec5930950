"""Corona: Peek's onset and loss, and the audible noise formulas of BPA and EPRI.

Source: F. W. Peek, "Dielectric Phenomena in High Voltage Engineering" (onset and fair-weather loss, as printed in the
textbooks whose worked examples the tests reproduce); audible noise as implemented in ETH's hvlbuzz (formulas read).
Peek's numbers are in kV and cm; arguments here are SI.
"""

from __future__ import annotations

import math
from typing import Annotated

from gg_gym.arrays import namespace
from gg_gym.units import A, Kelvin, Meter, Pascal, Unitless, Volt, VoltPerMeter, WattPerMeter

Decibel = Annotated[A, "dB"]
#: Critical gradient of air, rms and peak [V/m] (21.1 kV/cm and 30 kV/cm).
GRADIENT_RMS, GRADIENT_PEAK = 21.1e5, 30.0e5


def relative_air_density(pressure: Pascal[A], temperature: Kelvin[A]) -> Unitless[A]:
    """Peek's relative air density, ``3.92 b / (273 + t)`` with b in cmHg; 1.000 at 76 cmHg and 25 Cel.

    Args:
        pressure: (...) [Pa].
        temperature: (...) [K].
    """
    return 3.92 / 1333.224 * pressure / temperature


def disruptive_critical_voltage(
    radius: Meter[A], spacing: Meter[A], density: Unitless[A], surface: Unitless[A] | float
) -> Volt[A]:
    """Disruptive critical voltage, ``21.1 m0 delta r ln(D/r)`` (Peek), rms per phase [V].

    Args:
        radius: (...) conductor radius [m].
        spacing: (...) distance of the conductors' axes [m].
        density: (...) relative air density [1].
        surface: roughness m0: polished 1, weathered 0.93-0.98, stranded 0.80-0.87 [1].
    """
    xp = namespace(radius)
    out: A = GRADIENT_RMS * surface * density * radius * xp.log(spacing / radius)
    return out


def visual_critical_voltage(
    radius: Meter[A],
    spacing: Meter[A],
    density: Unitless[A],
    surface: Unitless[A] | float,
    coefficient: float = 0.301,
) -> Volt[A]:
    """Visual corona onset of parallel wires, ``V0 (1 + 0.301/sqrt(delta r))``, r in cm (Peek), rms per phase [V].

    Args:
        radius: (...) [m].
        spacing: (...) [m].
        density: (...) relative air density [1].
        surface: mv: polished 1, local 0.72, general 0.82 [1].
        coefficient: 0.301 for parallel wires, 0.308 for concentric cylinders; textbooks round to 0.3 [cm^0.5].
    """
    xp = namespace(radius)
    factor = 1.0 + coefficient / xp.sqrt(density * radius * 100.0)
    out: A = disruptive_critical_voltage(radius, spacing, density, surface) * factor
    return out


def onset_gradient(radius: Meter[A], density: Unitless[A], surface: Unitless[A] | float) -> VoltPerMeter[A]:
    """Visual onset gradient, ``30 m delta (1 + 0.301/sqrt(delta r))`` kV/cm peak (Peek), here [V/m] peak.

    Args:
        radius: (...) [m].
        density: (...) relative air density [1].
        surface: roughness factor [1].
    """
    xp = namespace(radius)
    out: A = GRADIENT_PEAK * surface * density * (1.0 + 0.301 / xp.sqrt(density * radius * 100.0))
    return out


def peek_loss(
    voltage: Volt[A],
    critical: Volt[A],
    radius: Meter[A],
    spacing: Meter[A],
    density: Unitless[A],
    frequency: float,
    coefficient: float = 241.0,
) -> WattPerMeter[A]:
    """Peek's corona loss per phase, ``241e-5 (f+25)/delta sqrt(r/D) (V - V0)^2`` kW/km; valid above ``1.8 V0``.

    Args:
        voltage: (...) rms phase voltage [V].
        critical: (...) disruptive critical voltage [V].
        radius: (...) [m].
        spacing: (...) [m].
        density: (...) relative air density [1].
        frequency: [Hz].
        coefficient: 241, in some editions 244.

    Returns:
        (...) loss, 0 below the critical voltage [W/m].
    """
    xp = namespace(voltage)
    excess = xp.clip(1e-3 * (voltage - critical), 0.0, None)
    out: A = 1e-5 * coefficient * (frequency + 25.0) / density * xp.sqrt(radius / spacing) * excess**2
    return out


def bpa_audible_noise(
    gradient: VoltPerMeter[A], diameter: Meter[A], distance: Meter[A], altitude: Meter[A], count: int = 1
) -> Decibel[A]:
    """BPA's L50 of audible noise in wet conditions; fair weather is 25 dB lower (hvlbuzz, ``sound``).

    Args:
        gradient: (...) average-maximum surface gradient, rms [V/m].
        diameter: (...) subconductor diameter [m].
        distance: (...) slant distance [m].
        altitude: (...) above sea level [m]; +1 dB per 300 m, zero at 300 m.
        count: subconductors per bundle.

    Returns:
        (...) sound level of one phase [dB(A)].
    """
    xp = namespace(gradient)
    slope, constant = (0.0, -115.4) if count < 3 else (26.4, -128.4)
    bundle = slope * math.log10(count) + constant
    level = 120.0 * xp.log10(1e-5 * gradient) + 55.0 * xp.log10(100.0 * diameter) - 11.4 * xp.log10(distance)
    out: A = level + bundle + (altitude - 300.0) / 300.0
    return out


def epri_audible_noise(gradient: VoltPerMeter[A], diameter: Meter[A], distance: Meter[A], count: int = 1) -> Decibel[A]:
    """EPRI's L5 of audible noise in heavy rain, for one or two subconductors (hvlbuzz, ``sound``).

    ``A5 = 20 log n + 44 log d - 665/E + K - 39.1``, ``L = A5 + 114.3 - 10 log R - 0.02 R``.

    Args:
        gradient: (...) average-maximum surface gradient, rms [V/m].
        diameter: (...) subconductor diameter [m].
        distance: (...) slant distance [m].
        count: 1 or 2 subconductors.

    Returns:
        (...) sound level of one phase [dB(A)].
    """
    xp = namespace(gradient)
    constant = {1: 7.5, 2: 2.6 + 6.0206}[count] - 39.1
    power = 44.0 * xp.log10(100.0 * diameter) - 665.0 / (1e-5 * gradient) + constant
    out: A = power + 114.3 - 10.0 * xp.log10(distance) - 0.02 * distance
    return out
