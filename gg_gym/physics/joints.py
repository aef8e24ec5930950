"""Joints of the conductors: contacts that age, recover, are limited by the voltage at which they melt, and heat.

The module "heat" holds one :class:`Joints` and solves the balance of their nodes.
"""

from __future__ import annotations

import numpy as np

from gg_gym.equations import heat as law
from gg_gym.parameters.conductor import JOINT, JOINT_PRIORS
from gg_gym.parameters.heat import PRIORS
from gg_gym.physics.engine import PhysicsContext
from gg_gym.physics.geometry import columns, place_index
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import uniforms
from gg_gym.units import Float

_MEDIANS = {prior[0]: prior[1] for prior in (*PRIORS, *JOINT_PRIORS)}


def joint_resistance(state: Environment3DState) -> Float:
    """(n, J) contact resistances [Ohm] of the joints in the last step: ageing, cause, recovery and voltage limit."""
    resistance: Float = state.memory["heat.joint_resistance"]
    return resistance


def joint_rise(state: Environment3DState) -> Float:
    """(n,) how much a joint is hotter than it would be with the cause ``joint_factor`` at 1, the most of all [K].

    The sound joint stands in the same weather, load and neighbourhood, and is as old; 0 without joints.
    """
    excess: Float | None = state.memory.get("heat.joint_excess")
    if excess is None:
        return np.zeros(state.n)
    rise: Float = np.max(excess, axis=1, initial=0.0)
    return rise


class Joints:
    """The joints of a geometry and the conductors that they carry; arrays are (n, J).

    Owns ``memory["heat.joint_growth"]``, ``["heat.joint_recovered"]``, ``["heat.joint_resistance"]`` and
    ``["heat.joint_excess"]``.

    Attributes:
        size: J.
        nodes: (J,) indices of their components, ``at`` the same as columns of an array.
        of: columns of their conductors.
    """

    def __init__(self, context: PhysicsContext) -> None:
        geometry, self._conditions = context.geometry, context.conditions
        conductors, parts = len(geometry.line.x) if geometry.line else 0, geometry.components
        self._rated = geometry.line.rated_current if geometry.line else 1.0
        self.nodes = geometry.place("joint")[: None if conductors else 0]
        self.size = self.nodes.size
        phases = [parts[int(i)].phase for i in self.nodes]
        self._live = np.array([p is not None and p < conductors for p in phases], bool)
        self._number = np.arange(self.size)
        self.at = columns(self.nodes)
        self.of = columns(np.array([p if p is not None and p < conductors else 0 for p in phases], np.int64))

    def begin(self, state: Environment3DState) -> None:
        """Give the joints their past; none is bad or has recovered."""
        memory, shape = state.memory, (state.n, self.size)
        memory["heat.joint_growth"], memory["heat.joint_recovered"] = self._past(state), np.zeros(shape)
        memory["heat.joint_resistance"], memory["heat.joint_excess"] = np.zeros(shape), np.zeros(shape)

    def _at_bad_joint(self, state: Environment3DState, cause: Float, elsewhere: float) -> Float:
        """(n, J) a cause (n,) at the joint that ``joint_place`` names, and ``elsewhere`` at the others."""
        own = self._number == place_index(state.causes["joint_place"], self.size)[:, None]
        return np.where(own, cause[:, None], elsewhere)

    def heat(self, state: Environment3DState, square: Float, gained: Float) -> Float | None:
        """Add I^2 R of every joint [W]: aged, multiplied by the cause, and limited by the voltage of a contact.

        Returns:
            (n, J) the part of it that the cause adds, None where no row has the cause.
        """
        memory, factor = state.memory, np.maximum(state.causes["joint_factor"], 1e-3)
        squares = square[:, self.of]
        amperes = np.sqrt(np.maximum(squares, 1e-12))
        live, share = self._live & (squares > 0.0), 1.0 - memory["heat.joint_recovered"]
        new = _number(state, "resistance")[:, None]
        limit = _number(state, "voltage")[:, None]
        resistance = law.contact_limit(new * np.exp(memory["heat.joint_growth"] * share), amperes, limit)
        heat, extra = np.where(live, law.contact_heat(amperes, resistance), 0.0), None
        if (factor != 1.0).any():
            worse = (memory["heat.joint_growth"] + np.log(self._at_bad_joint(state, factor, 1.0))) * share
            resistance = law.contact_limit(new * np.exp(worse), amperes, limit)
            sound, heat = heat, np.where(live, law.contact_heat(amperes, resistance), 0.0)
            extra = heat - sound
        memory["heat.joint_resistance"] = resistance
        gained[:, self.at] += heat
        return extra

    def _growth(self, state: Environment3DState, temperature: Float) -> Float:
        """(n, J) growth [1/s] of the logarithm of contact resistance at a temperature (n, J) [K]."""
        tau, activation = (_number(state, key)[:, None] for key in ("ageing_time", "activation"))
        return np.asarray(law.contact_ageing_rate(temperature, tau, activation, JOINT.reference), float)

    def _past(self, state: Environment3DState) -> Float:
        """(n, J) logarithm of growth before the run: joints of an age drawn per unit, under the run's mean load."""
        size, conditions = self.size, self._conditions
        growth = np.zeros((state.n, size))
        if not size:
            return growth
        age = JOINT.oldest * uniforms(np.asarray(conditions.unit, np.uint64), "heat.joint_age", size)
        amperes = (np.sqrt(JOINT.past_load) * self._rated * np.asarray(conditions.load, float))[:, None]
        fresh = _number(state, "resistance")[:, None]
        limit = _number(state, "voltage")[:, None]
        for _ in range(JOINT.past_steps):
            resistance = law.contact_limit(fresh * np.exp(growth), np.maximum(amperes, 1e-6), limit)
            warm = law.contact_heat(amperes, resistance) / JOINT.past_conductance
            rate = self._growth(state, _number(state, "service")[:, None] + warm)
            growth = np.minimum(growth + rate * (age / JOINT.past_steps), JOINT.past_limit)
        return growth

    def age(self, state: Environment3DState, old: Float, mean: Float, h: float) -> None:
        """Let contacts grow worse over a step at its mean temperature, and by the change of temperature in it."""
        memory = state.memory
        change = np.abs(memory["heat.node"][:, self.at] - old[:, self.at])
        seconds = h + _number(state, "cycling")[:, None] * change
        grown = memory["heat.joint_growth"] + self._growth(state, mean[:, self.at]) * seconds
        memory["heat.joint_growth"] = np.minimum(grown, JOINT.limit)

    def recover(self, state: Environment3DState, h: float, u: Float) -> None:
        """Let contacts recover at random times and grow bad again: the time since the last recovery is exponential."""
        rate, fretting = _number(state, "recovery")[:, None], state.causes["joint_fretting"]
        if fretting.any():
            rate = rate + np.maximum(self._at_bad_joint(state, fretting, 0.0), 0.0)
        tau = _number(state, "recovery_time")[:, None]
        since = -np.log1p(-u) / rate
        recent = JOINT.recovered * np.exp(-np.minimum(since, h) / tau)
        before = state.memory["heat.joint_recovered"] * np.exp(-h / tau)
        state.memory["heat.joint_recovered"] = np.where(since < h, recent, before)


def _number(state: Environment3DState, key: str) -> Float:
    """(n,) a number of the joints in the rows' worlds, or its median."""
    key = f"heat_joint_{key}"
    return state.number(key, _MEDIANS[key])
