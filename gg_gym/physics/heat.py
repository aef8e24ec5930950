"""Module "heat": temperatures of parts and conductors under sun, sky, wind, neighbours, load, contacts and arcs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gg_gym.equations import conductor as line_law
from gg_gym.equations import heat as law
from gg_gym.equations.bounds import clip
from gg_gym.equations.wind import profile_ratio
from gg_gym.parameters.conductor import CONDUCTOR, CONDUCTOR_PRIORS, JOINT, JOINT_PRIORS
from gg_gym.parameters.heat import LEAST_VIEW, MOST_VIEW, NEIGHBOURS, PRIORS, PROJECTED_SHARE, SKY_VIEW
from gg_gym.parameters.transformer import TRANSFORMER_PRIORS
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import Component, Geometry
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws, uniforms
from gg_gym.units import Float, Int

register_cause(Cause("joint_fretting", "1/s", 0.0, "rate at which the bad joint makes good contact for a while"))
_OWN = (*PRIORS, *CONDUCTOR_PRIORS, *JOINT_PRIORS)
_MEDIANS = {prior[0]: prior[1] for prior in (*_OWN, *TRANSFORMER_PRIORS)}
#: Heights of components are rounded to this for the wind profile [m].
_HEIGHT_STEP = 0.5
#: Time over which a stationary start relaxes [s], and how often.
_SETTLE, _SETTLE_STEPS = 1e7, 8
_ZERO = 273.15


def world_number(state: Environment3DState, key: str, medians: dict[str, float]) -> Float:
    """(n,) values of a world number, its median where the state's worlds do not name it."""
    return state.number(key, medians[key])


def node_temperature(state: Environment3DState, positions: Float) -> Float:
    """(n, C) temperatures [K] of the components' own nodes; of the air at ``positions`` without this module."""
    node: Float | None = state.memory.get("heat.node")
    return state.air_temperature_at(positions) if node is None else node


def place_index(cause: Float, size: int) -> Int:
    """(n,) valid indices among ``size`` places from a cause (n,), clipped."""
    index: Int = clip(cause.astype(np.int64), 0, max(size - 1, 0))
    return index


def conductor_temperature(state: Environment3DState) -> Float:
    """(n, k) temperatures [K] of the conductors, 10 m from any joint."""
    temperature: Float = state.memory["heat.line"]
    return temperature


def joint_resistance(state: Environment3DState) -> Float:
    """(n, J) contact resistances [Ohm] of the joints in the last step: ageing, cause, recovery and voltage limit."""
    resistance: Float = state.memory["heat.joint_resistance"]
    return resistance


def view_shares(parts: tuple[Component, ...]) -> tuple[Int, Float]:
    """Neighbours of every part and the share of its view they fill: (C, K) indices and (C, K) shares [1].

    At most :data:`MOST_VIEW`, alone or together; below :data:`LEAST_VIEW` none (share 0). Nothing hides a neighbour.
    """
    place = np.array([c.position for c in parts], float).reshape(-1, 3)
    area = np.array([c.area for c in parts])
    square = np.sum((place[:, None] - place[None]) ** 2, axis=-1) + np.diag(np.full(len(parts), np.inf))
    share = np.minimum(law.view_share(area, np.maximum(square, 1e-6)), MOST_VIEW)
    share = np.where(share < LEAST_VIEW, 0.0, share)
    kept = np.argsort(-share, axis=1, kind="stable")[:, : min(NEIGHBOURS, len(parts))]
    largest = np.take_along_axis(share, kept, axis=1)
    return kept, largest * np.minimum(1.0, MOST_VIEW / np.maximum(largest.sum(axis=1, keepdims=True), 1e-12))


@PHYSICS.register("heat")
class Heat(PhysicsModule):
    """Heat balance of every component and of the conductors.

    C dT/dt = sun + long-wave in + internal + contact + arc - convection - conduction - emission. Emission is
    linearised at the mean temperature of a first pass, and the linear balance is solved exactly, so that a step of any
    length is stable and the ledger closes: ``memory["heat.in"]``, ``["heat.out"]`` and ``["heat.stored"]`` are
    (n, C) heats in J since the start. Nodes are ``memory["heat.node"]`` (n, C) in K, copied to ``state.temperature``.
    Conductors (IEEE 738, per metre) are ``["heat.line"]`` (n, k) [K] with ``["heat.line_in"]``, ``["heat.line_out"]``,
    ``["heat.line_stored"]`` [J/m]. Joints age: ``["heat.joint_growth"]`` (n, J) is the logarithm of resistance over
    that of the new joint, ``["heat.joint_recovered"]`` (n, J) the share that a recovery takes away now.
    """

    key: ClassVar[str] = "heat"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow", "line", "arcs", "transformer")

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
        self._tanks = np.array(geometry.of_kind("transformer"), np.int64)
        self._no_tanks = np.array([c.internal_heat if c.kind != "transformer" else 0.0 for c in parts])
        index, share = view_shares(parts)
        self._views = [(i, s) for i, s in zip(index.T, share.T, strict=True) if s.any()]
        self._arcs = geometry.place("arc")
        self._place_line(geometry)
        self._place_joints(geometry)
        heights = np.concatenate([self._positions[:, 2], self._line_points[:, 2]])
        levels = np.maximum(np.round(heights / _HEIGHT_STEP), 1.0) * _HEIGHT_STEP
        self._levels, self._level_of = np.unique(levels, return_inverse=True)

    def _place_line(self, geometry: Geometry) -> None:
        """Where the conductors are, and how large."""
        line, context = geometry.line, self.context
        heights = line.height if line else ()
        self._line_points = np.array([(x, 0.0, z) for x, z in zip(line.x if line else (), heights, strict=True)])
        self._line_points = self._line_points.reshape(-1, 3)
        radius = np.array(line.radius if line else ())
        self._line_diameter, self._line_scale = 2.0 * radius, (radius / CONDUCTOR.radius) ** 2
        self._rated = line.rated_current if line else 1.0
        altitude = np.array([site.altitude for site in context.sites])
        site = np.asarray(context.conditions.site, np.int64)
        self._elevation = (altitude[site] if altitude.size else np.zeros(1))[:, None]

    def _place_joints(self, geometry: Geometry) -> None:
        """Which joints are there, and which conductor each carries."""
        parts, conductors = geometry.components, len(self._line_points)
        self._joints = geometry.place("joint")[: None if conductors else 0]
        phases = [parts[int(i)].phase for i in self._joints]
        self._joint_live = np.array([p is not None and p < conductors for p in phases], bool)
        self._joint_phase = np.array([p if p is not None and p < conductors else 0 for p in phases], np.int64)
        self._joint_number = np.arange(self._joints.size)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(Uncertain(*prior) for prior in _OWN)

    def lanes(self, m: int) -> dict[str, int]:
        """One draw per joint: the time since its contact last recovered."""
        return {"heat.fretting": self._joints.size} if self._joints.size else {}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Bring every node to its balance with the first weather; joints have their past; the ledger starts at zero."""
        self._begin(state, state.air_temperature_at(self._positions))
        for _ in range(_SETTLE_STEPS):
            self._advance(state, _SETTLE)
        self._clear(state)

    def _begin(self, state: Environment3DState, node: Float) -> None:
        """Set the nodes [K], conductors as warm as the air, joints with their past."""
        memory, joints = state.memory, (state.n, self._joints.size)
        memory["heat.node"], memory["heat.line"] = node, state.air_temperature_at(self._line_points)
        memory["heat.joint_growth"], memory["heat.joint_recovered"] = self._past(state), np.zeros(joints)
        memory["heat.joint_resistance"] = np.zeros(joints)
        self._clear(state)

    def _clear(self, state: Environment3DState) -> None:
        """Start the ledgers at zero."""
        for name in ("in", "out", "stored"):
            state.memory[f"heat.{name}"] = np.zeros((state.n, len(self._area)))
            state.memory[f"heat.line_{name}"] = np.zeros((state.n, len(self._line_points)))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the nodes by h seconds (any h), age the joints, and keep the ledger."""
        if "heat.node" not in state.memory:
            self._begin(state, state.temperature.copy())
        if self._joints.size:
            self._recover(state, h, draws.uniform("heat.fretting"))
        old = state.memory["heat.node"]
        mean = self._advance(state, h)
        if self._joints.size:
            self._age(state, old, mean, h)

    def _advance(self, state: Environment3DState, h: float) -> Float:
        """One exact step of the balances, linearised twice; returns the mean temperatures (n, C) [K]."""
        memory, old = state.memory, state.memory["heat.node"]
        square = self._currents(state)
        wind, along = self._wind(state)
        self._advance_line(state, square, wind[:, len(self._area) :], along, h)
        air, gained = state.air_temperature_at(self._positions), self._gains(state, square)
        link, far, capacity = self._links(state, air)
        emitted = np.maximum(state.emissivity * (self._area * law.STEFAN_BOLTZMANN), 1e-15)
        forced, per_kelvin, gain = self._film(state, old, air, wind[:, : len(self._area)])
        about = old
        for _ in range(2):
            natural = law.nusselt_natural_cylinder(per_kelvin * np.abs(about - air))
            convection = gain * law.nusselt_mixed(forced, natural)
            loss = convection + link, convection * air + link * far
            new, mean, lost, about = law.balance_step(old, about, gained, loss, emitted, h / capacity)
        memory["heat.in"] = memory["heat.in"] + h * gained
        memory["heat.out"] = memory["heat.out"] + h * lost
        memory["heat.stored"] = memory["heat.stored"] + law.stored_heat(capacity, old, new)
        memory["heat.node"] = new
        state.temperature[:] = new
        return np.asarray(mean, float)

    def _advance_line(self, state: Environment3DState, square: Float, wind: Float, along: Float, h: float) -> None:
        """One step of the conductors' balance, IEEE 738 with sky, ground and sun of the state, per metre."""
        memory, old, d = state.memory, state.memory["heat.line"], self._line_diameter
        if not d.size:
            return
        air = state.air_temperature_at(self._line_points)
        film = 0.5 * (old + air) - _ZERO
        density = line_law.film_density(film, self._elevation)
        reynolds = line_law.reynolds_number(d, density, wind, line_law.film_viscosity(film))
        direction = line_law.wind_direction_factor(np.arccos(along))[:, None]
        forced = line_law.forced_convection(reynolds, line_law.film_conductivity(film), direction, np.ones_like(old))
        shade, warm = self._line_gains(state)
        emitted = np.pi * law.STEFAN_BOLTZMANN * d * world_number(state, "heat_line_emissivity", _MEDIANS)[:, None]
        ohmic = square * world_number(state, "heat_line_resistance", _MEDIANS)[:, None] / self._line_scale
        about, capacity = old, CONDUCTOR.capacity * self._line_scale
        still = line_law.natural_convection(density, d, np.ones_like(old))
        for _ in range(2):
            convection = np.maximum(forced, still * np.sqrt(np.sqrt(np.abs(about - air))))
            resistance = np.maximum(line_law.resistance(about - _ZERO, CONDUCTOR.r_low, CONDUCTOR.r_high), 1e-5)
            gained = shade + warm * emitted + ohmic * resistance
            loss = convection, convection * air
            new, _, lost, about = law.balance_step(old, about, gained, loss, emitted, h / capacity)
        memory["heat.line_in"] = memory["heat.line_in"] + h * gained
        memory["heat.line_out"] = memory["heat.line_out"] + h * lost
        memory["heat.line_stored"] = memory["heat.line_stored"] + law.stored_heat(capacity, old, new)
        memory["heat.line"] = new

    def _line_gains(self, state: Environment3DState) -> tuple[Float, Float]:
        """Sun taken up by the conductors (n, k) [W/m], and long-wave surroundings (n, 1) as a fourth power [K4]."""
        albedo, d = world_number(state, "heat_albedo", _MEDIANS), self._line_diameter
        across = np.sqrt(np.maximum(1.0 - state.sun[:, 1] ** 2, 0.0))
        beam = np.where(state.sun[:, 2] > 0.0, state.dni, 0.0) * across
        diffuse = np.pi * (SKY_VIEW * state.dhi + (1.0 - SKY_VIEW) * albedo * state.ghi)
        taken = (beam + diffuse) * world_number(state, "heat_line_absorptivity", _MEDIANS)
        return taken[:, None] * d, self._surroundings(state)[:, None] / law.STEFAN_BOLTZMANN

    def _surroundings(self, state: Environment3DState) -> Float:
        """(n,) long-wave irradiance by sky and ground, the ground as warm as the air [W/m2]."""
        sky, ground = law.radiated(state.sky_temperature), law.radiated(state.air_temperature)
        around: Float = SKY_VIEW * sky + (1.0 - SKY_VIEW) * ground
        return around

    def _links(self, state: Environment3DState, air: Float) -> tuple[Float, Float, Float]:
        """Conduction to what is not a component: joints to conductors, tanks to oil.

        Returns:
            (n, C) conductances [W/K], (n, C) temperatures at the far end [K], (n, C) or (C,) heat capacities [J/K].
        """
        link, far, capacity = np.zeros_like(air), air.copy(), self._capacity
        if self._joints.size:
            link[:, self._joints] = world_number(state, "heat_joint_conduction", _MEDIANS)[:, None]
            far[:, self._joints] = np.take(state.memory["heat.line"], self._joint_phase, axis=1)
        oil = state.memory.get("transformer.wall_oil")
        if oil is not None and self._tanks.size:
            film = world_number(state, "transformer_oil_film", _MEDIANS)[:, None]
            link[:, self._tanks], far[:, self._tanks] = film * self._area[self._tanks], oil
            capacity = np.repeat(capacity[None], state.n, axis=0)
            capacity[:, self._tanks] *= np.minimum(world_number(state, "transformer_steel", _MEDIANS), 1.0)[:, None]
        return link, far, capacity

    def _film(self, state: Environment3DState, surface: Float, air: Float, wind: Float) -> tuple[Float, Float, Float]:
        """Convection of cylinders with ``surface`` [K] in ``air`` [K] and ``wind`` [m/s], each (n, C).

        Returns the forced Nusselt number, the Rayleigh number per kelvin, and area times conductivity over diameter
        [W/K], all with the properties of the film at the start of the step.
        """
        film = 0.5 * (surface + air)
        density, viscosity = law.air_density(film, state.pressure[:, None]), law.air_viscosity(film)
        reynolds = law.reynolds_number(wind, self._diameter, density, viscosity)
        rayleigh = law.rayleigh_number(np.ones_like(film), self._diameter, film, density, viscosity)
        gain = law.heat_transfer_coefficient(self._area, law.air_conductivity(film), self._diameter)
        forced = law.nusselt_forced_cylinder(reynolds)
        return np.asarray(forced, float), np.asarray(rayleigh, float), np.asarray(gain, float)

    def _wind(self, state: Environment3DState) -> tuple[Float, Float]:
        """(n, C + k) mean wind over the fine steps at parts and conductors [m/s], (n,) its cosine with the line [1]."""
        w = state.wind10
        speed = np.sqrt(w[..., 0] ** 2 + w[..., 1] ** 2 + w[..., 2] ** 2).mean(axis=1)
        along = np.abs(w[..., 1]).mean(axis=1) / np.maximum(speed, 1e-9)
        ratio = profile_ratio(self._levels[None, :], 10.0, state.roughness[:, None], state.inverse_obukhov[:, None])
        return np.take(speed[:, None] * ratio, self._level_of, axis=1), np.minimum(along, 1.0)

    def _gains(self, state: Environment3DState, square: Float) -> Float:
        """(n, C) heat taken up by each component: sun, long-wave, load, contacts, arc [W]."""
        albedo = world_number(state, "heat_albedo", _MEDIANS)
        beam = np.where(state.sun[:, 2] > 0.0, state.dni, 0.0) * PROJECTED_SHARE
        diffuse = SKY_VIEW * state.dhi + (1.0 - SKY_VIEW) * albedo * state.ghi
        gained: Float = (beam + diffuse)[:, None] * self._absorption
        gained += self._long_wave(state) * (state.emissivity * self._area)
        load = square.mean(axis=1) / self._rated**2 if square.shape[1] else np.zeros(state.n)
        gained += load[:, None] * (self._internal if "transformer.wall_oil" not in state.memory else self._no_tanks)
        self._add_contacts(state, square, gained)
        self._add_arc(state, gained)
        return gained

    def _long_wave(self, state: Environment3DState) -> Float:
        """(n, C) long-wave irradiance [W/m2]: sky and ground, and neighbours (at the step's start) in front of them."""
        around = self._surroundings(state)[:, None]
        excess = state.emissivity * (law.radiated(state.memory["heat.node"]) - around)
        incoming: Float = around + np.zeros_like(excess)
        for index, share in self._views:
            incoming += share * np.take(excess, index, axis=1)
        return incoming

    def _currents(self, state: Environment3DState) -> Float:
        """(n, k) squared rms currents of the conductors, all harmonics [A2]."""
        current = state.current
        squares: Float = (current.real**2 + current.imag**2).sum(axis=-1)
        return squares

    def _at_bad_joint(self, state: Environment3DState, cause: str, elsewhere: float) -> Float:
        """(n, J) a cause at the joint that ``joint_place`` names, and ``elsewhere`` at the others."""
        own = self._joint_number == place_index(state.causes["joint_place"], self._joints.size)[:, None]
        return np.where(own, state.causes[cause][:, None], elsewhere)

    def _add_contacts(self, state: Environment3DState, square: Float, gained: Float) -> None:
        """Add I^2 R of every joint [W]: aged, multiplied by the cause, and limited by the voltage of a contact."""
        if self._joints.size:
            memory = state.memory
            factor = np.maximum(self._at_bad_joint(state, "joint_factor", 1.0), 1e-3)
            excess = (memory["heat.joint_growth"] + np.log(factor)) * (1.0 - memory["heat.joint_recovered"])
            resistance = world_number(state, "heat_joint_resistance", _MEDIANS)[:, None] * np.exp(excess)
            squares = np.take(square, self._joint_phase, axis=1)
            amperes = np.sqrt(np.maximum(squares, 1e-12))
            limit = world_number(state, "heat_joint_voltage", _MEDIANS)[:, None]
            memory["heat.joint_resistance"] = law.contact_limit(resistance, amperes, limit)
            heat = law.contact_heat(amperes, memory["heat.joint_resistance"])
            gained[:, self._joints] += np.where(self._joint_live & (squares > 0.0), heat, 0.0)

    def _add_arc(self, state: Environment3DState, gained: Float) -> None:
        """Add the arc's share that enters the component where it burns [W]."""
        if self._arcs.size:
            component = self._arcs[place_index(state.causes["arc_place"], self._arcs.size)]
            share = np.minimum(world_number(state, "heat_arc_fraction", _MEDIANS), 1.0)
            gained[np.arange(state.n), component] += share * state.arc_power

    def _growth(self, state: Environment3DState, temperature: Float) -> Float:
        """(n, J) growth [1/s] of the logarithm of contact resistance at a temperature (n, J) [K]."""
        tau, activation = (
            world_number(state, f"heat_joint_{key}", _MEDIANS)[:, None] for key in ("ageing_time", "activation")
        )
        return np.asarray(law.contact_ageing_rate(temperature, tau, activation, JOINT.reference), float)

    def _past(self, state: Environment3DState) -> Float:
        """(n, J) logarithm of growth before the run: joints of an age drawn per unit, under the run's mean load."""
        size, conditions = self._joints.size, self.context.conditions
        growth = np.zeros((state.n, size))
        if not size:
            return growth
        age = JOINT.oldest * uniforms(np.asarray(conditions.unit, np.uint64), "heat.joint_age", size)
        amperes = (np.sqrt(JOINT.past_load) * self._rated * np.asarray(conditions.load, float))[:, None]
        fresh = world_number(state, "heat_joint_resistance", _MEDIANS)[:, None]
        limit = world_number(state, "heat_joint_voltage", _MEDIANS)[:, None]
        for _ in range(JOINT.past_steps):
            resistance = law.contact_limit(fresh * np.exp(growth), np.maximum(amperes, 1e-6), limit)
            warm = law.contact_heat(amperes, resistance) / JOINT.past_conductance
            rate = self._growth(state, world_number(state, "heat_joint_service", _MEDIANS)[:, None] + warm)
            growth = np.minimum(growth + rate * (age / JOINT.past_steps), JOINT.past_limit)
        return growth

    def _age(self, state: Environment3DState, old: Float, mean: Float, h: float) -> None:
        """Let contacts grow worse over a step at its mean temperature, and by the change of temperature in it."""
        memory = state.memory
        change = np.abs(memory["heat.node"] - old)[:, self._joints]
        seconds = h + world_number(state, "heat_joint_cycling", _MEDIANS)[:, None] * change
        grown = memory["heat.joint_growth"] + self._growth(state, mean[:, self._joints]) * seconds
        memory["heat.joint_growth"] = np.minimum(grown, JOINT.limit)

    def _recover(self, state: Environment3DState, h: float, u: Float) -> None:
        """Let contacts recover at random times and grow bad again: the time since the last recovery is exponential."""
        rate = world_number(state, "heat_joint_recovery", _MEDIANS)[:, None]
        rate = rate + np.maximum(self._at_bad_joint(state, "joint_fretting", 0.0), 0.0)
        tau = world_number(state, "heat_joint_recovery_time", _MEDIANS)[:, None]
        since = -np.log1p(-u) / rate
        recent = JOINT.recovered * np.exp(-np.minimum(since, h) / tau)
        before = state.memory["heat.joint_recovered"] * np.exp(-h / tau)
        state.memory["heat.joint_recovered"] = np.where(since < h, recent, before)
