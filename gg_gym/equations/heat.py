"""Heat: convection on cylinders and plates, lumped relaxation, spherical conduction, contacts.

Sections 5.2 to 5.5 of the physics facts; "recalled" marks laws whose source was not opened.
"""

from __future__ import annotations

import math

from gg_gym.arrays import cube_root, namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import (
    A,
    Ampere,
    Joule,
    Kelvin,
    KilogramPerCubicMeter,
    Meter,
    MeterPerSecond,
    Ohm,
    Pascal,
    Second,
    Unitless,
    Volt,
    Watt,
    WattPerMeterKelvin,
    WattPerSquareMeter,
    WattPerSquareMeterKelvin,
)

#: Stefan-Boltzmann constant [W/(m2.K4)] (CODATA 2018).
STEFAN_BOLTZMANN = 5.670374419e-8
#: Gas constant of dry air [J/(kg.K)] and standard gravity [m/s2].
R_AIR, GRAVITY = 287.05, 9.80665
#: Lorenz number [V2/K2].
LORENZ = 2.45e-8
#: Prandtl number of air between 250 and 500 K [1] (Incropera, table A.4, recalled).
PRANDTL_AIR = 0.70


def air_viscosity(temperature: Kelvin[A]) -> A:
    """Dynamic viscosity of air [Pa.s] at ``temperature`` [K] (any shape): Sutherland's law, IEEE 738-2012 eq. (13)."""
    xp = namespace(temperature)
    viscosity: A = 1.458e-6 * temperature * xp.sqrt(temperature) / (temperature + 110.4)
    return viscosity


def air_conductivity(temperature: Kelvin[A]) -> WattPerMeterKelvin[A]:
    """Thermal conductivity of air [W/(m.K)] at ``temperature`` [K] (any shape). Source: IEEE 738-2012 eq. (15)."""
    t = temperature - 273.15
    conductivity: A = 2.424e-2 + 7.477e-5 * t - 4.407e-9 * t * t
    return conductivity


def air_density(temperature: Kelvin[A], pressure: Pascal[A]) -> KilogramPerCubicMeter[A]:
    """Density of dry air [kg/m3]: ideal gas, R = 287.05 J/(kg.K). Shapes broadcast."""
    return pressure / (R_AIR * temperature)


def reynolds_number(speed: MeterPerSecond[A], diameter: Meter[A], density: A, viscosity: A) -> Unitless[A]:
    """Reynolds number [1] of a cylinder of ``diameter`` [m] in cross flow; shapes broadcast (definition)."""
    number: A = speed * diameter * density / viscosity
    return number


def rayleigh_number(difference: Kelvin[A], diameter: Meter[A], film: A, density: A, viscosity: A) -> Unitless[A]:
    """Rayleigh number [1] of air around a body; shapes broadcast.

    g beta |dT| D^3 Pr / nu^2 with beta = 1/T_film and Pr = 0.70 (definition; Incropera section 9.3, recalled).

    Args:
        difference: surface minus air temperature, sign ignored [K].
        diameter: characteristic length [m].
        film: film temperature [K].
        density: of air at the film temperature [kg/m3].
        viscosity: dynamic, at the film temperature [Pa.s].
    """
    xp = namespace(difference)
    kinematic = viscosity / density
    number: A = GRAVITY * PRANDTL_AIR * xp.abs(difference) * diameter**3 / (film * kinematic * kinematic)
    return number


def nusselt_forced_cylinder(reynolds: Unitless[A], prandtl: float = PRANDTL_AIR) -> Unitless[A]:
    """Nusselt number [1] of a cylinder in cross flow, any shape; valid for Re Pr > 0.2.

    Source: Churchill and Bernstein, J. Heat Transfer 99 (1977) 300; facts section 5.5 (case CNV-1).
    """
    xp = namespace(reynolds)
    factor = 0.62 * prandtl ** (1.0 / 3.0) / (1.0 + (0.4 / prandtl) ** (2.0 / 3.0)) ** 0.25
    nusselt: A = 0.3 + factor * xp.sqrt(reynolds) * (1.0 + (reynolds / 282000.0) ** 0.625) ** 0.8
    return nusselt


def nusselt_natural_cylinder(rayleigh: Unitless[A], prandtl: float = PRANDTL_AIR) -> Unitless[A]:
    """Nusselt number [1] of a horizontal cylinder in still air, any shape; Ra < 1e12.

    Source: Churchill and Chu, Int. J. Heat Mass Transfer 18 (1975) 1049; facts section 5.5 (case CNV-2).
    """
    factor = 0.387 / (1.0 + (0.559 / prandtl) ** (9.0 / 16.0)) ** (8.0 / 27.0)
    root = 0.6 + factor * rayleigh ** (1.0 / 6.0)
    nusselt: A = root * root
    return nusselt


def nusselt_natural_plate(rayleigh: Unitless[A], prandtl: float = PRANDTL_AIR) -> Unitless[A]:
    """Nusselt number [1] of a vertical plate in still air, any shape; Ra < 1e12.

    Source: Churchill and Chu, Int. J. Heat Mass Transfer 18 (1975) 1323 (constants recalled).
    """
    factor = 0.387 / (1.0 + (0.492 / prandtl) ** (9.0 / 16.0)) ** (8.0 / 27.0)
    root = 0.825 + factor * rayleigh ** (1.0 / 6.0)
    nusselt: A = root * root
    return nusselt


def nusselt_mixed(forced: Unitless[A], natural: Unitless[A]) -> Unitless[A]:
    """Nusselt number [1] of mixed convection: cubic blend. Source: Churchill, AIChE J. 23 (1977) 10; facts 5.5."""
    cubes: A = forced * forced * forced + natural * natural * natural
    mixed: A = cube_root(cubes)
    return mixed


def heat_transfer_coefficient(nusselt: A, conductivity: A, diameter: Meter[A]) -> WattPerSquareMeterKelvin[A]:
    """Coefficient of heat transfer [W/(m2.K)] from a Nusselt number (definition); shapes broadcast."""
    coefficient: A = nusselt * conductivity / diameter
    return coefficient


def radiated(temperature: Kelvin[A]) -> WattPerSquareMeter[A]:
    """Black-body exitance [W/m2] at ``temperature`` [K] (any shape): Stefan-Boltzmann law."""
    square = temperature * temperature
    return STEFAN_BOLTZMANN * square * square


def radiation_slope(temperature: Kelvin[A]) -> WattPerSquareMeterKelvin[A]:
    """Slope 4 sigma T^3 [W/(m2.K)] of black-body exitance: linearised radiation (derivative of Stefan-Boltzmann)."""
    slope: A = 4.0 * STEFAN_BOLTZMANN * temperature * temperature * temperature
    return slope


def relax(value: A, target: A, steps: A) -> A:
    """Exact solution of dx/dt = (target - x)/tau after ``steps`` = dt/tau time constants; shapes broadcast."""
    xp = namespace(value)
    relaxed: A = target + (value - target) * xp.exp(-steps)
    return relaxed


def relax_mean(value: A, target: A, steps: A) -> A:
    """Time average of :func:`relax` over the step; ``steps`` > 0. With it a lumped energy balance closes exactly."""
    xp = namespace(value)
    mean: A = target - (value - target) * xp.expm1(-steps) / steps
    return mean


def balance_step(
    old: Kelvin[A], about: Kelvin[A], gained: Watt[A], loss: tuple[A, A], emitted: A, rate: A
) -> tuple[A, A, A]:
    """Step C dT/dt = gained + source - loss T - emitted T^4, emission linearised at ``about``; shapes broadcast.

    The linear balance is solved exactly (a Rosenbrock-Euler step where ``about`` is ``old``).

    Args:
        old: temperature before [K].
        about: where emission is linearised [K].
        gained: heat that comes in whatever the temperature [W].
        loss: conductance to outside [W/K], and conductance times outside temperature [W].
        emitted: emissivity times area times Stefan-Boltzmann constant [W/K4].
        rate: step over heat capacity [s.K/J].

    Returns:
        Temperature after [K], its mean [K], and mean heat lost [W].
    """
    xp = namespace(old)
    cubed = emitted * about * about * about
    conductance, constant = loss[0] + 4.0 * cubed, loss[1] + 3.0 * cubed * about
    target, steps = (gained + constant) / conductance, conductance * rate
    gap, gone = old - target, xp.expm1(-steps)
    change = gap * gone
    mean = target - change / steps
    return old + change, mean, conductance * mean - constant


def emission_bound(old: Kelvin[A], income: Watt[A], emitted: A) -> Kelvin[A]:
    """Highest temperature [K] of a body that only emits: its own, or where emission is all of its ``income`` [W].

    ``emitted`` is as in :func:`balance_step`; shapes broadcast. Source: Stefan-Boltzmann law.
    """
    xp = namespace(old)
    highest: A = xp.maximum(old, xp.sqrt(xp.sqrt(income / emitted)))
    return highest


def view_share(area: A, square: A) -> Unitless[A]:
    """Share [1] of a small body's view that a convex body of ``area`` [m2] fills at squared distance [m2], at random.

    Area/4 is its mean projection (Cauchy), over 4 pi d^2; shapes broadcast; for distances beyond its size.
    """
    share: A = area / (16.0 * math.pi * square)
    return share


def sphere_conductance(conductivity: WattPerMeterKelvin[A], radius: Meter[A]) -> A:
    """Conductance [W/K] from a sphere of ``radius`` [m] into endless material: 4 pi k a (Carslaw and Jaeger 9.2)."""
    return 4.0 * math.pi * conductivity * radius


def shell_conductance(conductivity: WattPerMeterKelvin[A], inner: Meter[A], outer: Meter[A]) -> A:
    """Conductance [W/K] between two concentric radii [m], 4 pi k / (1/r1 - 1/r2); shapes broadcast."""
    conductance: A = 4.0 * math.pi * conductivity / (1.0 / inner - 1.0 / outer)
    return conductance


def sphere_rise(power: Watt[A], conductivity: WattPerMeterKelvin[A], radius: Meter[A]) -> Kelvin[A]:
    """Steady rise [K] of a sphere that releases ``power`` [W] in endless material, P/(4 pi k a) (case PYR-9)."""
    rise: A = power / sphere_conductance(conductivity, radius)
    return rise


def pore_conductivity(temperature: Kelvin[A], pore: Meter[A]) -> WattPerMeterKelvin[A]:
    """Radiative conductivity [W/(m.K)] of pores of size ``pore`` [m]: Rosseland form 16/3 sigma d T^3 (recalled)."""
    cube: A = temperature * temperature * temperature
    conductivity: A = 16.0 / 3.0 * STEFAN_BOLTZMANN * pore * cube
    return conductivity


def contact_heat(current: Ampere[A], resistance: Ohm[A]) -> Watt[A]:
    """Heat [W] set free in a contact: Joule's law; shapes broadcast (case TH-5)."""
    heat: A = current * current * resistance
    return heat


def contact_temperature(bulk: Kelvin[A], voltage: Volt[A]) -> Kelvin[A]:
    """Temperature [K] of a contact spot at contact ``voltage`` [V]: Kohlrausch's relation (recalled; TH-6)."""
    xp = namespace(bulk)
    spot: A = xp.sqrt(bulk * bulk + voltage * voltage / (4.0 * LORENZ))
    return spot


def contact_ageing_rate(temperature: Kelvin[A], tau: A, activation: A, reference: float) -> A:
    """Growth [1/s] of the logarithm of a contact's resistance: Arrhenius; shapes broadcast (recalled, facts 5.2).

    Args:
        temperature: of the contact [K].
        tau: time of e-fold growth at the reference temperature [s].
        activation: energy [J/mol].
        reference: temperature [K].
    """
    xp = namespace(temperature)
    rate: A = xp.exp(activation / 8.314462618 * (1.0 / reference - 1.0 / temperature)) / tau
    return rate


def contact_limit(resistance: Ohm[A], current: Ampere[A], voltage: Volt[A]) -> Ohm[A]:
    """Resistance [Ohm] of a contact that melts, and grows, where I R would exceed ``voltage`` [V] (Holm, recalled)."""
    xp = namespace(resistance)
    limited: A = xp.minimum(resistance, voltage / current)
    return limited


def solve_chain(diagonal: A, coupling: A, right: A) -> A:
    """Solve three nodes in a chain in closed form (Thomas' algorithm for a symmetric 3 x 3 matrix).

    Args:
        diagonal: (..., 3) diagonal, dominant.
        coupling: (..., 2) conductances between neighbours; the off-diagonals are their negatives.
        right: (..., 3) right-hand side.

    Returns:
        (..., 3) solution.
    """
    xp = namespace(diagonal)
    r0 = coupling[..., 0] / diagonal[..., 0]
    d1 = diagonal[..., 1] - r0 * coupling[..., 0]
    b1 = right[..., 1] + r0 * right[..., 0]
    r1 = coupling[..., 1] / d1
    x2 = (right[..., 2] + r1 * b1) / (diagonal[..., 2] - r1 * coupling[..., 1])
    x1 = (b1 + coupling[..., 1] * x2) / d1
    x0 = (right[..., 0] + coupling[..., 0] * x1) / diagonal[..., 0]
    solution: A = xp.stack([x0, x1, x2], -1)
    return solution


def stored_heat(capacity: A, before: Kelvin[A], after: Kelvin[A]) -> Joule[A]:
    """Heat [J] taken up by a body of ``capacity`` [J/K] (definition); shapes broadcast."""
    return capacity * (after - before)


def thick_ignition_time(net_flux: WattPerSquareMeter[A], rise: Kelvin[A], inertia: float) -> Second[A]:
    """Time [s] until a thick solid's surface rises by ``rise`` [K]; infinite without net heating.

    pi/4 k rho c (dT/q)^2. Source: thermally thick ignition theory, facts section 3.5 (cases IGN-1, IGN-2).

    Args:
        net_flux: absorbed minus lost flux [W/m2], any shape.
        rise: ignition minus initial temperature [K].
        inertia: k rho c [J2/(m4.K2.s)].
    """
    xp = namespace(net_flux)
    safe = clip(net_flux, 1e-9, None)
    time: A = xp.where(net_flux > 0.0, 0.25 * math.pi * inertia * (rise / safe) ** 2, math.inf)
    return time
