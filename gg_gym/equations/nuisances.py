"""What passers-by do to the air, the field and the ground around a pole: rotor wash, a floating body, shaken soil."""

from __future__ import annotations

import math
from typing import Any

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, KilogramPerCubicMeter, Meter, MeterPerSecond, Second, Unitless


def rotor_wash(thrust: A, radius: Meter[A], density: KilogramPerCubicMeter[A]) -> MeterPerSecond[A]:
    """Velocity [m/s] of the air far below a hovering rotor of ``thrust`` [N]: 2 sqrt(T / (2 rho pi R^2)).

    Source: momentum theory of the hovering rotor (Rankine, Froude), e.g. Leishman, "Principles of Helicopter
    Aerodynamics", section 2.2; recalled. Shapes broadcast.
    """
    xp = namespace(thrust)
    velocity: A = 2.0 * xp.sqrt(thrust / (2.0 * math.pi * density * radius**2))
    return velocity


def jet_velocity(start: MeterPerSecond[A], diameter: Meter[A], along: Meter[A], off: Meter[A]) -> MeterPerSecond[A]:
    """Mean velocity [m/s] in a round turbulent jet, ``along`` from its start and ``off`` its axis; 0 upstream of it.

    On the axis U = 6 U0 d/x beyond the core, Gaussian across with a standard deviation of 0.08 x (half width 0.094 x).
    Source: Pope 2000, "Turbulent Flows", section 5.1 (B = 6, S = 0.094); recalled. Shapes broadcast.
    """
    xp = namespace(start)
    reach = clip(along, 1e-6, None)
    axis = start * clip(6.0 * diameter / reach, None, 1.0)
    width = xp.sqrt((0.4 * diameter) ** 2 + (0.08 * reach) ** 2)
    velocity: A = xp.where(along > 0.0, axis * xp.exp(-0.5 * (off / width) ** 2), 0.0 * axis)
    return velocity


def vortex(speed: MeterPerSecond[A], share: Unitless[A], density: KilogramPerCubicMeter[A]) -> tuple[A, A]:
    """Tangential velocity [m/s] and pressure [Pa] below the surroundings, at ``share`` of a vortex' core radius.

    2 v s/(1 + s^2), greatest (``speed``) at s = 1, and 2 rho v^2/(1 + s^2), which balances it; shapes broadcast.
    Source: Kaufmann (Scully) vortex, Vatistas 1991 with n = 1, as used for dust devils (Lorenz 2014); recalled.
    """
    spread = 1.0 + share * share
    velocity: A = 2.0 * speed * share / spread
    deficit: A = 2.0 * density * speed * speed / spread
    return velocity, deficit


def plume_velocity(rise: A, air: A, height: Meter[A]) -> MeterPerSecond[A]:
    """Upward velocity [m/s] where a fire's plume is ``rise`` K warmer than ``air`` [K], ``height`` above the fire.

    1.13 sqrt(g dT/T z). Source: Heskestad, SFPE Handbook, "Fire plumes": dT = 9.1 (...) and u = 3.4 (...) on the axis,
    whose heat release cancels; recalled. Shapes broadcast.
    """
    xp = namespace(rise)
    velocity: A = 3.4 / 9.1**0.5 * xp.sqrt(9.80665 * rise / air * height)
    return velocity


def floating_sphere(field: Any, radius: Meter[A], offset: Meter[A]) -> Any:
    """What an insulated conducting sphere adds to a uniform field: (a/d)^3 (3 (E.n) n - E) at ``offset`` from it.

    Args:
        field: (n, 3, H) field without the sphere (real parts or complex phasors) [V/m].
        radius: (n,) of the sphere [m].
        offset: (n, 3) from its centre to the point; a point inside counts as on the surface [m].

    Returns:
        (n, 3, H) [V/m].

    Source: Jackson, "Classical Electrodynamics", section 2.5 (induced dipole 4 pi eps0 a^3 E).
    """
    xp = namespace(radius)
    distance = xp.sqrt((offset * offset).sum(-1))
    share = (radius / xp.maximum(distance, radius)) ** 3
    unit = (offset / clip(distance, 1e-9, None)[:, None])[:, :, None]
    along = (field * unit).sum(1)[:, None]
    return share[:, None, None] * (3.0 * along * unit - field)


def ground_velocity(near: MeterPerSecond[A], distance: Meter[A], power: float = 1.1) -> MeterPerSecond[A]:
    """Velocity [m/s] of the ground ``distance`` from a machine that gives ``near`` at 1 m: near d^-power, d >= 0.5.

    Source: Caltrans, "Transportation and Construction Vibration Guidance Manual" 2013, equation 12 (n 1.0 to 1.4,
    1.1 suggested); recalled. Shapes broadcast.
    """
    velocity: A = near * clip(distance, 0.5, None) ** -power
    return velocity


def decaying_shots(rate: A, mass: A, ages: Second[A], count: Unitless[A], time: Second[A]) -> A:
    """Emission rate [kg/s] after shots of ``mass`` [kg], each given off as exp(-age/time)/time.

    Args:
        rate: (n,) what is left of earlier shots [kg/s].
        mass: (n,) of a shot [kg].
        ages: (n, K) ages of the newest shots of the step; infinite is none [s].
        count: (n,) shots of the step: those beyond the K known ones are taken to be alike.
        time: (n,) decay time [s].

    Source: superposition of exponentials (shot noise), exact while count is at most K.
    """
    xp = namespace(rate)
    kept = xp.where(ages < 1e9, xp.ones_like(ages), xp.zeros_like(ages)).sum(-1)
    more = clip(count, 0.0, None) / clip(kept, 1.0, None)
    fresh = xp.exp(-clip(ages, 0.0, 1e9) / time[:, None]).sum(-1)
    total: A = rate + mass / time * fresh * clip(more, 1.0, None)
    return total
