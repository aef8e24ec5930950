"""Char that burns in air: oxygen-limited rate, oxygen uptake, product split, front, hazard of flame."""

from __future__ import annotations

import math

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Kilogram, KilogramPerSecond, Meter, MeterPerSecond, PerSecond, Second, Unitless

#: Molar masses [kg/mol] of carbon, oxygen (O2), CO and CO2; their sums are exact so that books close.
CARBON, OXYGEN = 12.011e-3, 31.998e-3
MONOXIDE, DIOXIDE = CARBON + 0.5 * OXYGEN, CARBON + OXYGEN


def oxygen_per_carbon(co_share: Unitless[A]) -> Unitless[A]:
    """Kg of oxygen taken up per kg of carbon burnt, a molar share ``co_share`` of it to CO; any shape.

    Source: stoichiometry, C + (1 - x/2) O2 -> x CO + (1 - x) CO2.
    """
    return (1.0 - 0.5 * co_share) * (OXYGEN / CARBON)


def carbon_products(co_share: Unitless[A]) -> tuple[Unitless[A], Unitless[A]]:
    """Kg of CO and of CO2 per kg of carbon burnt; their sum is 1 + :func:`oxygen_per_carbon`. Source: stoichiometry."""
    return co_share * (MONOXIDE / CARBON), (1.0 - co_share) * (DIOXIDE / CARBON)


def oxygen_supply(access: MeterPerSecond[A], wind: MeterPerSecond[A], gain: Unitless[A], density: A, share: float) -> A:
    """Flux of oxygen to the front [kg/(m2.s)] through cracks of conductance ``access``; shapes broadcast.

    Source: mass transfer across a film, rho Y g (1 + gain sqrt(u)); the root is that of a laminar film.
    """
    xp = namespace(access)
    flux: A = density * share * access * (1.0 + gain * xp.sqrt(clip(wind, 0.0, None)))
    return flux


def series_rate(kinetic: KilogramPerSecond[A], diffusive: KilogramPerSecond[A]) -> KilogramPerSecond[A]:
    """Rate of a reaction that kinetics and supply limit in series [kg/s]: k d / (k + d); shapes broadcast.

    Source: shrinking-core regime switch, e.g. Turns, "An Introduction to Combustion", one-film model; recalled.
    """
    rate: A = kinetic * (diffusive / clip(kinetic + diffusive, 1e-30, None))
    return rate


def burnt_mass(available: Kilogram[A], rate: KilogramPerSecond[A], h: float) -> Kilogram[A]:
    """Mass burnt in ``h`` seconds at a ``rate`` that falls with what is left: m (1 - exp(-r h / m)); any h, <= m.

    Source: exact solution of dm/dt = -(r/m0) m over a step.
    """
    xp = namespace(available)
    left = clip(available, 1e-30, None)
    burnt: A = -available * xp.expm1(-clip(rate * h / left, 0.0, 700.0))
    return burnt


def front_radius(core: Meter[A], burnt: Kilogram[A], density: A) -> Meter[A]:
    """Radius [m] of a spherical front that started at ``core`` and has consumed ``burnt`` [kg] of wood of ``density``.

    Source: volume of a spherical shell; shapes broadcast.
    """
    cube: A = core**3 + 3.0 * burnt / (4.0 * math.pi * density)
    return cube ** (1.0 / 3.0)


def flame_hazard(base: PerSecond[A], wind: MeterPerSecond[A], area: Unitless[A]) -> PerSecond[A]:
    """Rate [1/s] at which smouldering turns to flame: base (u / 1 m/s)^2 times the relative front ``area``, at most 1.

    Source: assumption of facts section 3.5 (hazard rising with wind once the front is large); shapes broadcast.
    """
    rate: A = base * wind**2 * clip(area, 0.0, 1.0)
    return rate


def event_probability(rate: PerSecond[A], h: float) -> Unitless[A]:
    """Probability of an event within ``h`` seconds at a constant rate, 1 - exp(-rate h). Source: Poisson process."""
    xp = namespace(rate)
    probability: A = -xp.expm1(-rate * h)
    return probability


def smoulder_time(depth: Meter[A], speed: MeterPerSecond[A]) -> Second[A]:
    """Time [s] in which a front of ``speed`` crosses ``depth`` (definition); speeds 0.01 to 0.3 mm/s, facts 3.5."""
    return depth / speed


def kept_heat(rise: A, heat: A, oxygen: float, utilisation: Unitless[A], capacity: float = 1150.0) -> Unitless[A]:
    """Share of the heat that stays in the front where its gas leaves ``rise`` K above the air that came; any shape.

    ``heat`` is set free per kg of oxygen [J/kg], ``oxygen`` its mass share in air, ``utilisation`` the share of it that
    reacts, ``capacity`` of the gas [J/(kg.K)]. Zero at the adiabatic temperature. Source: enthalpy balance of the gas.
    """
    share: A = clip(1.0 - clip(rise, 0.0, None) * capacity / (heat * oxygen * utilisation), 0.0, 1.0)
    return share
