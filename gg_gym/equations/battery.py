"""A LiFePO4 cell: half-cell potentials, one-RC Thevenin circuit, cold (facts section 8.2)."""

from __future__ import annotations

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Ampere, Celsius, Kelvin, Ohm, Unitless, Volt, Watt

#: Gas constant [J/(mol.K)].
GAS = 8.314462618
#: Stoichiometries at empty and full: negative electrode, positive electrode (full: read; empty: chosen, facts 8.2).
NEGATIVE, POSITIVE = (0.014, 0.81), (0.95, 0.0038)
#: Temperature at which resistances and capacity are stated [K].
REFERENCE = 298.15


def positive_potential(s: Unitless[A]) -> Volt[A]:
    """Potential [V] of LiFePO4 at stoichiometry s, any shape. Afshar 2017 as in PyBaMM's Prada2013 set (BAT-1)."""
    xp = namespace(s)
    potential: A = 3.4077 - 0.020269 * s + 0.5 * xp.exp(-150.0 * s) - 0.9 * xp.exp(-30.0 * (1.0 - s))
    return potential


def negative_potential(x: Unitless[A]) -> Volt[A]:
    """Potential [V] of graphite at stoichiometry x, any shape. Source: PyBaMM's Prada2013 set (facts 8.2)."""
    xp = namespace(x)
    first = 1.9793 * xp.exp(-39.3631 * x) + 0.2482 - 0.0909 * xp.tanh(29.8538 * (x - 0.1234))
    potential: A = first - 0.04478 * xp.tanh(14.9159 * (x - 0.2769)) - 0.0205 * xp.tanh(30.4444 * (x - 0.6103))
    return potential


def open_circuit(charge: Unitless[A]) -> Volt[A]:
    """Open-circuit voltage [V] of a cell at state of charge 0 to 1, any shape (facts 8.2, half cells of Prada2013)."""
    x = NEGATIVE[0] + (NEGATIVE[1] - NEGATIVE[0]) * charge
    s = POSITIVE[0] + (POSITIVE[1] - POSITIVE[0]) * charge
    voltage: A = positive_potential(s) - negative_potential(x)
    return voltage


def usable_share(temperature: Celsius[A], centre: A, width: A) -> Unitless[A]:
    """Share [1] of the charge at 25 Cel that can be drawn at ``temperature`` [Cel]; shapes broadcast.

    A logistic curve, 1 from 25 Cel up; with centre -23.5 Cel and width 11.5 K it passes 0.90, 0.78 and 0.58 at 0, -10
    and -20 Cel, inside the ranges of the facts, section 8.2 (recalled; the form is ours).
    """
    xp = namespace(temperature)
    at, warm = (1.0 / (1.0 + xp.exp(-(t - centre) / width)) for t in (temperature, 25.0 + 0.0 * temperature))
    share: A = clip(at / warm, None, 1.0)
    return share


def resistance(at_reference: Ohm[A], temperature: Kelvin[A], activation: A) -> Ohm[A]:
    """Resistance [Ohm] at ``temperature`` [K], shapes broadcast: Arrhenius from 25 Cel with ``activation`` [J/mol]."""
    xp = namespace(temperature)
    value: A = at_reference * xp.exp(activation / GAS * (1.0 / temperature - 1.0 / REFERENCE))
    return value


def polarisation_step(voltage: Volt[A], current: Ampere[A], resistance_: Ohm[A], tau: A, step: float) -> Volt[A]:
    """Voltage [V] over the RC pair after ``step`` seconds of constant ``current`` [A]: exact; shapes broadcast (BAT-3).

    Args:
        voltage: before [V].
        current: discharge positive [A].
        resistance_: R1 [Ohm].
        tau: R1 C1 [s].
        step: [s].
    """
    xp = namespace(voltage)
    target = current * resistance_
    after: A = target + (voltage - target) * xp.exp(-step / tau)
    return after


def current_for_power(power: Watt[A], source: Volt[A], resistance_: Ohm[A]) -> Ampere[A]:
    """Current [A] of a source with inner resistance that gives ``power`` [W] (negative: takes it); shapes broadcast.

    The smaller root of P = I (E - I R); a demand above E^2/(4 R) gets the current of that highest power.
    """
    xp = namespace(power)
    root = xp.sqrt(clip(source * source - 4.0 * resistance_ * power, 0.0, None))
    largest = source * source / (4.0 * resistance_)
    current: A = 2.0 * xp.minimum(power, largest) / (source + root)
    return current


def terminal_voltage(open_: Volt[A], current: Ampere[A], resistance_: Ohm[A], polarisation: Volt[A]) -> Volt[A]:
    """Voltage [V] at a cell's terminals, OCV - I R0 - V1; shapes broadcast (facts 8.2)."""
    voltage: A = open_ - current * resistance_ - polarisation
    return voltage


def charge_change(current: Ampere[A], efficiency: float, step: float) -> A:
    """Charge [C] a cell gains in ``step`` seconds: -I t on discharge, -eta I t on charge (I < 0); any shape (BAT-2)."""
    xp = namespace(current)
    gained: A = -step * xp.where(current > 0.0, current, efficiency * current)
    return gained
