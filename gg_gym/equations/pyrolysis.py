"""Pyrolysis of wood: Arrhenius rates, sequential first-order steps, peaks, yields.

Section 3 of the physics facts.
"""

from __future__ import annotations

from collections.abc import Sequence

from gg_gym.arrays import namespace
from gg_gym.units import A, Kelvin, Kilogram, PerSecond, Unitless

#: Molar gas constant [J/(mol.K)] (CODATA 2018).
GAS_CONSTANT = 8.314462618
#: Molar masses of CO2 and CO [g/mol].
_CO2, _CO = 44.009, 28.010


def arrhenius(temperature: Kelvin[A], factor: A | float, energy: A | float) -> PerSecond[A]:
    """First-order rate [1/s] at ``temperature`` [K] (any shape): A exp(-E/(R T)); shapes broadcast.

    Args:
        temperature: [K].
        factor: pre-exponential factor A [1/s].
        energy: activation energy E [J/mol].
    """
    xp = namespace(temperature)
    rate: A = factor * xp.exp(-energy / (GAS_CONSTANT * temperature))
    return rate


def sequential_decay(mass: Kilogram[A], decay: A, solid_yield: Sequence[float]) -> tuple[A, A]:
    """Sequential first-order steps X_i -> nu_i X_(i+1) + (1 - nu_i) gas, split in order 1..k, each exact.

    Source: the five-step scheme of MaCFP matl-db, Wood_UMD_FSRI-DM.json; facts section 3.1 (cases PYR-1 to PYR-3).

    Args:
        mass: (..., k+1) masses of the solids [kg].
        decay: (..., k) rates times the step, k_i dt [1].
        solid_yield: k solid yields nu_i, per kg that reacts [1].

    Returns:
        (..., k+1) masses after the step and (..., k) masses that reacted in each step [kg]; the gas of step i is
        (1 - nu_i) times the latter.
    """
    xp = namespace(mass)
    gone = -xp.expm1(-decay)
    left: list[A] = []
    reacted: list[A] = []
    pool = mass[..., 0]
    for i, solid in enumerate(solid_yield):
        part = pool * gone[..., i]
        left.append(pool - part)
        reacted.append(part)
        pool = mass[..., i + 1] + solid * part
    return xp.stack([*left, pool], -1), xp.stack(reacted, -1)


def char_yield(solid_yield: Sequence[float]) -> float:
    """Char [1] left of the reactive mass when every sequential step is complete: the product of the yields."""
    total = 1.0
    for solid in solid_yield:
        total *= solid
    return total


def kissinger_peak(heating_rate: A, factor: float, energy: float) -> Kelvin[A]:
    """Temperature [K] at which one first-order reaction peaks under linear heating.

    Solves E beta/(R T^2) = A exp(-E/(R T)) by fixed point. Source: Kissinger, Anal. Chem. 29 (1957) 1702; case PYR-5.

    Args:
        heating_rate: beta, any shape [K/s].
        factor: A [1/s].
        energy: E [J/mol].
    """
    xp = namespace(heating_rate)
    reduced = energy / GAS_CONSTANT
    temperature: A = xp.full_like(heating_rate, 600.0)
    for _ in range(40):
        temperature = reduced / xp.log(factor * temperature * temperature / (reduced * heating_rate))
    return temperature


def competing_split(temperature: Kelvin[A], steps: Sequence[tuple[float, float]]) -> tuple[PerSecond[A], Unitless[A]]:
    """Total rate and shares of parallel first-order reactions of one solid.

    Source: Di Blasi and Branca, Ind. Eng. Chem. Res. 40 (2001) 5547; facts section 3.2 (case PYR-4).

    Args:
        temperature: (...) [K].
        steps: (A [1/s], E [J/mol]) of each reaction.

    Returns:
        (...) total rate [1/s] and (..., len(steps)) shares that sum to 1.
    """
    xp = namespace(temperature)
    rates: A = xp.stack([arrhenius(temperature, a, e) for a, e in steps], -1)
    total: A = xp.sum(rates, axis=-1)
    return total, rates / total[..., None]


def modified_combustion_efficiency(co2: A, co: A) -> Unitless[A]:
    """Molar CO2/(CO2 + CO) [1] from emission factors [g/kg]; shapes broadcast. Facts section 3.4 (case PYR-10)."""
    return (co2 / _CO2) / (co2 / _CO2 + co / _CO)
