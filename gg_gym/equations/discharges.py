"""Discharges that are not arcs: corona at sharp hardware, gap discharges, partial discharges.

Onset is Peek's (:mod:`gg_gym.equations.corona`). The laws below are recalled textbook forms; the numbers that enter
them are priors.
"""

from __future__ import annotations

import math
from typing import Annotated

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Ampere, Kelvin, Meter, PerSecond, Second, Unitless, Volt, VoltPerMeter, Watt

AmperePerSquareVolt = Annotated[A, "A/V2"]
Coulomb = Annotated[A, "C"]
Decibel = Annotated[A, "dB"]
#: Gas constant [J/(mol.K)] and the temperature of reference of ageing laws [K].
GAS, REFERENCE = 8.314462618, 298.15


def tip_field(voltage: Volt[A], radius: Meter[A], distance: Meter[A]) -> VoltPerMeter[A]:
    """Field at a sharp tip opposite a plane, ``2 V / (r ln(1 + 4 d / r))`` (Mason 1955, recalled) [V/m].

    Args:
        voltage: (...) [V].
        radius: (...) of the tip [m].
        distance: (...) to ground [m].
    """
    xp = namespace(voltage)
    out: A = 2.0 * voltage / (radius * xp.log(1.0 + 4.0 * distance / radius))
    return out


def wet_onset_factor(wet: Unitless[A], factor: Unitless[A]) -> Unitless[A]:
    """Multiplier of the onset gradient: 1 on dry metal, ``factor`` (.6 to .8, Peek's storm factor .8) under drops.

    Source: facts of Peek's rain factors; linear in between (estimate).

    Args:
        wet: (...) share of wet surface [1].
        factor: (...) [1].
    """
    return 1.0 - (1.0 - factor) * wet


def corona_current(voltage: Volt[A], onset: Volt[A], constant: AmperePerSquareVolt[A]) -> Ampere[A]:
    """Corona current of a tip, ``K V (V - V0)`` above onset, else 0 (Townsend 1914, recalled) [A].

    Args:
        voltage: (...) peak [V].
        onset: (...) V0, peak [V].
        constant: (...) K [A/V2].
    """
    out: A = constant * voltage * clip(voltage - onset, 0.0, None)
    return out


def gap_pulse_rate(stress: Unitless[A], frequency: float, most: float) -> PerSecond[A]:
    """Pulses of a gap in series with a capacitance, ``2 f min(2 s, most)`` above ``s = 1``, else 0 (abc model).

    Between two pulses the voltage across the gap climbs by twice its breakdown voltage. Source: recalled.

    Args:
        stress: (...) peak voltage across the unbroken gap over its breakdown voltage [1].
        frequency: of the line [Hz].
        most: most pulses in a half cycle [1].
    """
    xp = namespace(stress)
    half = clip(2.0 * stress, None, most)
    out: A = xp.where(stress > 1.0, 2.0 * frequency * half, 0.0 * half)
    return out


def dry_gap_stress(stress: Unitless[A], wet: Unitless[A]) -> Unitless[A]:
    """Stress left on a gap when water bridges it, ``s (1 - wet)``: gap discharges vanish in rain (recalled) [1].

    Args:
        stress: (...) in dry weather [1].
        wet: (...) share of wet surface [1].
    """
    return stress * (1.0 - wet)


def ageing_factor(stress: Unitless[A], temperature: Kelvin[A], exponent: Unitless[A], activation: A) -> Unitless[A]:
    """Ageing relative to nominal voltage at 25 Cel: inverse power law and Arrhenius (recalled) [1].

    Args:
        stress: (...) voltage over nominal [1].
        temperature: (...) [K].
        exponent: (...) 9 to 12 [1].
        activation: (...) energy [J/mol].
    """
    xp = namespace(stress)
    heat = activation / GAS * (1.0 / REFERENCE - 1.0 / temperature)
    power = exponent * xp.log(clip(stress, 1e-6, 10.0))
    out: A = xp.exp(clip(power + heat, -60.0, 20.0))
    return out


def grown_charge(
    charge: Coulomb[A], per_day: Unitless[A], ageing: Unitless[A], time: float, most: Coulomb[A]
) -> Coulomb[A]:
    """Apparent charge of partial discharges: times ``per_day`` (1.5 to 3) for each day of ageing (recalled).

    Args:
        charge: (...) now [C].
        per_day: (...) factor a day at nominal conditions, at least 1 [1].
        ageing: (...) of :func:`ageing_factor` [1].
        time: [s].
        most: (...) bound [C].
    """
    xp = namespace(charge)
    days = xp.log(per_day) * ageing * (time / 86400.0)
    out: A = clip(charge * xp.exp(clip(days, None, 60.0)), None, most)
    return out


def weibull_hazard(age: Second[A], life: Second[A], shape: Unitless[A]) -> Unitless[A]:
    """Cumulative hazard of a Weibull life, ``(age / life)^shape`` [1] (definition).

    Args:
        age: (...) equivalent age [s].
        life: (...) at which 63 % have failed [s].
        shape: (...) [1].
    """
    out: A = (clip(age, 0.0, None) / life) ** shape
    return out


def radio_power(charge: Coulomb[A], rate: PerSecond[A], per_nanocoulomb: A) -> A:
    """Square of the radio noise at 20 m and 0.5 MHz [uV2/m2] of pulses: incoherent, so charge squared times rate.

    Source: shot noise; scaled to ``per_nanocoulomb`` uV/m for 1 nC at 120 pulses a second (prior).

    Args:
        charge: (...) of a pulse [C].
        rate: (...) [1/s].
        per_nanocoulomb: (...) [uV/m].
    """
    out: A = (per_nanocoulomb * charge * 1e9) ** 2 * rate / 120.0
    return out


def fair_weather_radio_noise(gradient: VoltPerMeter[A], radius: Meter[A], distance: Meter[A]) -> Decibel[A]:
    """Fair-weather radio noise of a line, ``3.5 g + 12 r - 30 - 33 log10(D / 20)`` (CIGRE, recalled) [dB(uV/m)].

    g is in kV/cm and r in cm inside; holds for g of 12 to 20 kV/cm; 17 to 24 dB more in heavy rain.

    Args:
        gradient: (...) largest surface gradient, rms [V/m].
        radius: (...) of the conductor [m].
        distance: (...) from the conductor [m].
    """
    xp = namespace(gradient)
    out: A = 3.5e-5 * gradient + 1200.0 * radius - 30.0 - 33.0 * xp.log10(distance / 20.0)
    return out


def mean_surface_gradient(charge: A, radius: Meter[A], permittivity: float = 8.8541878128e-12) -> VoltPerMeter[A]:
    """Mean surface gradient of a conductor, ``q / (2 pi eps0 r)`` (Gauss) [V/m]; q (...) [C/m], r (...) [m]."""
    out: A = charge / (2.0 * math.pi * permittivity * radius)
    return out


def power_of_pulses(charge: Coulomb[A], rate: PerSecond[A], voltage: Volt[A]) -> Watt[A]:
    """Power of discharges, ``q rate V`` [W] (definition); q (...) [C], rate (...) [1/s], voltage (...) [V]."""
    out: A = charge * rate * voltage
    return out
