"""Module "heat": one lumped temperature per component under sun, sky, wind, load, contacts and arcs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gg_gym.equations import heat as law
from gg_gym.equations.bounds import clip
from gg_gym.equations.wind import profile_ratio
from gg_gym.parameters.heat import PRIORS, PROJECTED_SHARE, SKY_VIEW
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

_MEDIANS = {prior[0]: prior[1] for prior in PRIORS}
#: Heights of components are rounded to this for the wind profile [m].
_HEIGHT_STEP = 0.5
#: Time over which a stationary start relaxes [s], and how often.
_SETTLE, _SETTLE_STEPS = 1e7, 8


def world_number(state: Environment3DState, key: str, medians: dict[str, float]) -> Float:
    """(n,) values of a world number, its median where the state's worlds do not name it."""
    value = state.world.get(key)
    return np.full(state.n, medians[key]) if value is None else value


def node_temperature(state: Environment3DState, positions: Float) -> Float:
    """(n, C) temperatures [K] of the components' own nodes; of the air at ``positions`` without this module."""
    node: Float | None = state.memory.get("heat.node")
    return state.air_temperature_at(positions) if node is None else node


def place_index(cause: Float, size: int) -> Int:
    """(n,) valid indices among ``size`` places from a cause (n,), clipped."""
    index: Int = clip(cause.astype(np.int64), 0, max(size - 1, 0))
    return index


@PHYSICS.register("heat")
class Heat(PhysicsModule):
    """Lumped heat balance of every component.

    C dT/dt = sun + long-wave in + internal + contact + arc - convection - conduction - emission. Emission is
    linearised at the mean temperature of a first pass, and the linear balance is solved exactly, so that a step of any
    length is stable and the ledger closes: ``memory["heat.in"]``, ``["heat.out"]`` and ``["heat.stored"]`` are
    (n, C) heats in J since the start. Nodes are ``memory["heat.node"]`` (n, C) in K, copied to ``state.temperature``.
    """

    key: ClassVar[str] = "heat"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow", "line", "arcs")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        geometry = context.geometry
        parts = geometry.components
        self._positions = geometry.positions()
        self._area = np.array([c.area for c in parts])
        self._capacity = np.array([c.heat_capacity for c in parts])
        self._diameter = np.array([2.0 * c.radius for c in parts])
        self._absorption = np.array([c.absorptivity * c.area for c in parts])
        self._internal = np.array([c.internal_heat for c in parts])
        levels = np.maximum(np.round(self._positions[:, 2] / _HEIGHT_STEP), 1.0) * _HEIGHT_STEP
        self._levels, self._level_of = np.unique(levels, return_inverse=True)
        conductors = len(geometry.line.x) if geometry.line else 0
        self._arcs = geometry.place("arc")
        self._joints = geometry.place("joint")[: None if conductors else 0]
        phases = [parts[int(i)].phase for i in self._joints]
        self._joint_live = np.array([p is not None and p < conductors for p in phases], bool)
        self._joint_phase = np.array([p if p is not None and p < conductors else 0 for p in phases], np.int64)
        self._joint_number = np.arange(self._joints.size)
        self._rated = geometry.line.rated_current if geometry.line else 1.0
        self._on_line = np.zeros(len(parts))
        self._on_line[self._joints] = 1.0

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(Uncertain(*prior) for prior in PRIORS)

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Bring every node to its balance with the first weather; the ledger starts at zero."""
        self._clear(state, state.air_temperature_at(self._positions))
        for _ in range(_SETTLE_STEPS):
            self._advance(state, _SETTLE)
        self._clear(state, state.memory["heat.node"])

    def _clear(self, state: Environment3DState, node: Float) -> None:
        """Set the nodes [K] and start the ledger at zero."""
        state.memory["heat.node"] = node
        for name in ("in", "out", "stored"):
            state.memory[f"heat.{name}"] = np.zeros((state.n, len(self._area)))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the nodes by h seconds (any h) and keep the ledger."""
        if "heat.node" not in state.memory:
            self._clear(state, state.temperature.copy())
        self._advance(state, h)

    def _advance(self, state: Environment3DState, h: float) -> None:
        """One exact step of the balance, linearised twice."""
        memory, old = state.memory, state.memory["heat.node"]
        square = self._currents(state)
        load = square.mean(axis=1) / self._rated**2 if square.shape[1] else np.zeros(state.n)
        air = state.air_temperature_at(self._positions)
        gained = self._gains(state, square, load)
        to_line = self._on_line * world_number(state, "heat_joint_conduction", _MEDIANS)[:, None]
        rise = world_number(state, "heat_line_rise", _MEDIANS) * load
        emitted = np.maximum(state.emissivity * (self._area * law.STEFAN_BOLTZMANN), 1e-15)
        forced, per_kelvin, gain = self._film(state, old, air)
        about = old
        for _ in range(2):
            natural = law.nusselt_natural_cylinder(per_kelvin * np.abs(about - air))
            convection = gain * law.nusselt_mixed(forced, natural)
            source = convection * air + to_line * (air + rise[:, None])
            slope = 4.0 * emitted * about * about * about
            conductance, constant = convection + to_line + slope, source + 0.75 * slope * about
            target, steps = (gained + constant) / conductance, conductance * (h / self._capacity)
            mean = law.relax_mean(old, target, steps)
            about = np.minimum(mean, np.maximum(old, np.sqrt(np.sqrt((gained + source) / emitted))))
        new = law.relax(old, target, steps)
        memory["heat.in"] = memory["heat.in"] + h * gained
        memory["heat.out"] = memory["heat.out"] + h * (conductance * mean - constant)
        memory["heat.stored"] = memory["heat.stored"] + law.stored_heat(self._capacity, old, new)
        memory["heat.node"] = new
        state.temperature[:] = new

    def _film(self, state: Environment3DState, surface: Float, air: Float) -> tuple[Float, Float, Float]:
        """Convection of cylinders with ``surface`` [K] in ``air`` [K], each (n, C).

        Returns the forced Nusselt number, the Rayleigh number per kelvin, and area times conductivity over diameter
        [W/K], all with the properties of the film at the start of the step.
        """
        film = 0.5 * (surface + air)
        density, viscosity = law.air_density(film, state.pressure[:, None]), law.air_viscosity(film)
        reynolds = law.reynolds_number(self._wind(state), self._diameter, density, viscosity)
        rayleigh = law.rayleigh_number(np.ones_like(film), self._diameter, film, density, viscosity)
        gain = law.heat_transfer_coefficient(self._area, law.air_conductivity(film), self._diameter)
        forced = law.nusselt_forced_cylinder(reynolds)
        return np.asarray(forced, float), np.asarray(rayleigh, float), np.asarray(gain, float)

    def _wind(self, state: Environment3DState) -> Float:
        """(n, C) mean wind speed over the fine steps at the components [m/s]."""
        w = state.wind10
        speed = np.sqrt(w[..., 0] ** 2 + w[..., 1] ** 2 + w[..., 2] ** 2).mean(axis=1)
        ratio = profile_ratio(self._levels[None, :], 10.0, state.roughness[:, None], state.inverse_obukhov[:, None])
        return np.take(speed[:, None] * ratio, self._level_of, axis=1)

    def _gains(self, state: Environment3DState, square: Float, load: Float) -> Float:
        """(n, C) heat taken up by each component: sun, long-wave, load, contacts, arc [W]."""
        albedo = world_number(state, "heat_albedo", _MEDIANS)
        beam = np.where(state.sun[:, 2] > 0.0, state.dni, 0.0) * PROJECTED_SHARE
        diffuse = SKY_VIEW * state.dhi + (1.0 - SKY_VIEW) * albedo * state.ghi
        longwave = SKY_VIEW * law.radiated(state.sky_temperature) + (1.0 - SKY_VIEW) * law.radiated(
            state.air_temperature
        )
        gained: Float = (beam + diffuse)[:, None] * self._absorption + longwave[:, None] * (
            state.emissivity * self._area
        )
        gained += load[:, None] * self._internal
        self._add_contacts(state, square, gained)
        self._add_arc(state, gained)
        return gained

    def _currents(self, state: Environment3DState) -> Float:
        """(n, k) squared rms currents of the conductors, all harmonics [A2]."""
        current = state.current
        squares: Float = (current.real**2 + current.imag**2).sum(axis=-1)
        return squares

    def _add_contacts(self, state: Environment3DState, square: Float, gained: Float) -> None:
        """Add I^2 R of every joint [W]; the cause multiplies the resistance of one."""
        if self._joints.size:
            bad = place_index(state.causes["joint_place"], self._joints.size)
            own = self._joint_number == bad[:, None]
            factor = np.where(own, state.causes["joint_factor"][:, None], 1.0)
            resistance = world_number(state, "heat_joint_resistance", _MEDIANS)[:, None] * factor
            squares = np.take(square, self._joint_phase, axis=1)
            gained[:, self._joints] += np.where(self._joint_live, squares * resistance, 0.0)

    def _add_arc(self, state: Environment3DState, gained: Float) -> None:
        """Add the arc's share that enters the component where it burns [W]."""
        if self._arcs.size:
            component = self._arcs[place_index(state.causes["arc_place"], self._arcs.size)]
            share = np.minimum(world_number(state, "heat_arc_fraction", _MEDIANS), 1.0)
            gained[np.arange(state.n), component] += share * state.arc_power
