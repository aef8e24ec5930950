"""Module "heat": temperatures of parts and conductors under sun, sky, wind, neighbours, load, contacts and arcs."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from gg_gym.equations import conductor as line_law
from gg_gym.equations import heat as law
from gg_gym.equations.wind import profile_ratio
from gg_gym.parameters.conductor import CONDUCTOR, CONDUCTOR_PRIORS, JOINT_PRIORS
from gg_gym.parameters.heat import LEAST_VIEW, MOST_VIEW, NEIGHBOURS, PRIORS, PROJECTED_SHARE, SKY_VIEW
from gg_gym.parameters.transformer import TRANSFORMER_PRIORS
from gg_gym.physics.airflow import mean_speed
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import Component, Geometry, columns, place_index
from gg_gym.physics.joints import Joints
from gg_gym.physics.joints import joint_resistance as joint_resistance
from gg_gym.physics.joints import joint_rise as joint_rise
from gg_gym.physics.protection import arrester_heat
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

register_cause(Cause("joint_fretting", "1/s", 0.0, "rate at which the bad joint makes good contact for a while"))
_OWN = (*PRIORS, *CONDUCTOR_PRIORS, *JOINT_PRIORS)
_MEDIANS = {prior[0]: prior[1] for prior in (*_OWN, *TRANSFORMER_PRIORS)}
#: Heights of components are rounded to this for the wind profile [m].
_HEIGHT_STEP = 0.5
#: Time over which a stationary start relaxes [s], and how often.
_SETTLE, _SETTLE_STEPS = 1e7, 8
_ZERO = 273.15
#: A joint closer to its sound self than this is that [K].
_SOUND = 1e-9
_ONE = np.ones(1)


def world_number(state: Environment3DState, key: str, medians: dict[str, float]) -> Float:
    """(n,) values of a world number, its median where the state's worlds do not name it."""
    return state.number(key, medians[key])


def node_temperature(state: Environment3DState, positions: Float) -> Float:
    """(n, C) temperatures [K] of the components' own nodes; of the air at ``positions`` without this module."""
    node: Float | None = state.memory.get("heat.node")
    return state.air_temperature_at(positions) if node is None else node


def conductor_temperature(state: Environment3DState) -> Float:
    """(n, k) temperatures [K] of the conductors, 10 m from any joint."""
    temperature: Float = state.memory["heat.line"]
    return temperature


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
    that of the new joint, ``["heat.joint_recovered"]`` (n, J) the share that a recovery takes away now, and
    ``["heat.joint_excess"]`` (n, J) how far the joint is above itself without the cause ``joint_factor`` [K].
    """

    key: ClassVar[str] = "heat"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow", "line", "arcs", "transformer", "protection")

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
        kept = share.any(axis=0)
        self._view_of, self._view_share = index.T[kept].reshape(-1), share.T[kept]
        self._arcs = geometry.place("arc")
        self._place_line(geometry)
        self.joints = Joints(context)
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

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(Uncertain(*prior) for prior in _OWN)

    def lanes(self, m: int) -> dict[str, int]:
        """One draw per joint: the time since its contact last recovered."""
        return {"heat.fretting": self.joints.size} if self.joints.size else {}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Bring every node to its balance with the first weather; joints have their past; the ledger starts at zero."""
        self._begin(state, state.air_temperature_at(self._positions))
        for _ in range(_SETTLE_STEPS):
            self._advance(state, _SETTLE)
        self._clear(state)

    def _begin(self, state: Environment3DState, node: Float) -> None:
        """Set the nodes [K], conductors as warm as the air, joints with their past."""
        memory = state.memory
        memory["heat.node"], memory["heat.line"] = node, state.air_temperature_at(self._line_points)
        self.joints.begin(state)
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
        if self.joints.size:
            self.joints.recover(state, h, draws.uniform("heat.fretting"))
        old = state.memory["heat.node"]
        mean = self._advance(state, h)
        if self.joints.size:
            self.joints.age(state, old, mean, h)

    def _advance(self, state: Environment3DState, h: float) -> Float:
        """One exact step of the balances, linearised twice; returns the mean temperatures (n, C) [K]."""
        memory, old = state.memory, state.memory["heat.node"]
        square = self._currents(state)
        wind, along = self._wind(state)
        parts = len(self._area)
        self._advance_line(state, square, wind[:, parts:], along, h)
        air = state.air_temperature_at(self._positions)
        gained, extra = self._gains(state, square)
        link, far, capacity = self._links(state, air)
        emitted = np.maximum(state.emissivity * (self._area * law.STEFAN_BOLTZMANN), 1e-15)
        film = self._film(old, air, wind[:, :parts], state.pressure[:, None], slice(None))
        rate = h / capacity
        new, mean, lost = self._balance(old, air, gained, (link, far), emitted, film, rate)
        for name, heat in (("in", h * gained), ("out", h * lost), ("stored", law.stored_heat(capacity, old, new))):
            memory[f"heat.{name}"] = memory[f"heat.{name}"] + heat
        memory["heat.node"] = new
        state.temperature[:] = new
        if self.joints.size:
            self._follow_sound(state, old, (air, wind, gained, link, far, emitted, rate), extra)
        return mean

    @staticmethod
    def _balance(
        old: Float, air: Float, gained: Float, link: tuple[Float, Float], emitted: Float, film: tuple[Float, ...],
        rate: Float,
    ) -> tuple[Float, Float, Float]:  # fmt: skip
        """Balance of bodies over a step, linearised at the start and then at the mean of that first pass.

        Returns:
            Temperatures after and their means [K], and the mean heat lost [W], all (n, C).
        """
        forced, per_kelvin, gain = film
        conducted, about = link[0] * link[1], old
        for last in (False, True):
            natural = law.nusselt_natural_cylinder(per_kelvin * np.abs(about - air))
            convection = gain * law.nusselt_mixed(forced, natural)
            loss = convection + link[0], convection * air + conducted
            new, mean, lost = law.balance_step(old, about, gained, loss, emitted, rate)
            if not last:
                about = np.minimum(mean, law.emission_bound(old, gained + loss[1], emitted))
        return np.asarray(new, float), np.asarray(mean, float), np.asarray(lost, float)

    def _follow_sound(
        self, state: Environment3DState, old: Float, shared: tuple[Float, ...], extra: Float | None
    ) -> None:
        """Keep ``heat.joint_excess``: how far each joint is above the same joint without the cause ``joint_factor``.

        The sound joint has a balance of its own in the same weather, load and age; it is stepped only in rows where it
        differs from the joint that there is. ``shared`` is what its balance needs besides, ``extra`` the heat of the
        cause (n, J) [W], None where no row has one.
        """
        memory, at = state.memory, self.joints.at
        excess = memory["heat.joint_excess"]
        if extra is None:
            if not excess.any():
                return
            extra = np.zeros_like(excess)
        rows = np.flatnonzero(((np.abs(excess) > _SOUND) | (extra != 0.0)).any(axis=1))
        air, wind, gained, link, far, emitted, rate = (x[rows][:, at] if x.ndim == 2 else x[at] for x in shared)
        before = old[rows][:, at] - excess[rows]
        film = self._film(before, air, wind, state.pressure[rows, None], at)
        sound = self._balance(before, air, gained - extra[rows], (link, far), emitted, film, rate)[0]
        memory["heat.joint_excess"] = np.zeros_like(excess)
        memory["heat.joint_excess"][rows] = memory["heat.node"][rows][:, at] - sound

    def _advance_line(self, state: Environment3DState, square: Float, wind: Float, along: Float, h: float) -> None:
        """One step of the conductors' balance, IEEE 738 with sky, ground and sun of the state, per metre."""
        memory, old, d = state.memory, state.memory["heat.line"], self._line_diameter
        if not d.size:
            return
        air = state.air_temperature_at(self._line_points)
        film = 0.5 * (old + air) - _ZERO
        density = line_law.film_density(film, self._elevation)
        reynolds = line_law.reynolds_number(d, density, wind, line_law.film_viscosity(film))
        direction = line_law.direction_factor(along)[:, None]
        forced = line_law.forced_convection(reynolds, line_law.film_conductivity(film), direction, _ONE)
        shade, warm = self._line_gains(state)
        emitted = np.pi * law.STEFAN_BOLTZMANN * d * world_number(state, "heat_line_emissivity", _MEDIANS)[:, None]
        ohmic = square * world_number(state, "heat_line_resistance", _MEDIANS)[:, None] / self._line_scale
        about, capacity = old, CONDUCTOR.capacity * self._line_scale
        still = line_law.natural_convection(density, d, _ONE)
        for last in (False, True):
            convection = np.maximum(forced, still * np.sqrt(np.sqrt(np.abs(about - air))))
            resistance = np.maximum(line_law.resistance(about - _ZERO, CONDUCTOR.r_low, CONDUCTOR.r_high), 1e-5)
            gained = shade + warm * emitted + ohmic * resistance
            loss = convection, convection * air
            new, mean, lost = law.balance_step(old, about, gained, loss, emitted, h / capacity)
            if not last:
                about = np.minimum(mean, law.emission_bound(old, gained + loss[1], emitted))
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
        oil, far = state.memory.get("transformer.wall_oil"), air.copy()
        if self.joints.size:
            far[:, self.joints.at] = state.memory["heat.line"][:, self.joints.of]
        if oil is not None and self._tanks.size:
            far[:, columns(self._tanks)] = oil
        keys = ("heat_joint_conduction", "transformer_oil_film", "transformer_steel")
        sources = (oil is None, *(state.world.get(key) for key in keys))
        link, capacity = self.kept("links", sources, lambda: self._conductances(state, oil is not None))
        return link, far, capacity

    def _conductances(self, state: Environment3DState, oil: bool) -> tuple[Float, Float]:
        """Conductances to what is not a component (n, C) [W/K], and heat capacities (n, C) or (C,) [J/K]."""
        link, capacity = np.zeros((state.n, len(self._area))), self._capacity
        if self.joints.size:
            link[:, self.joints.nodes] = world_number(state, "heat_joint_conduction", _MEDIANS)[:, None]
        if oil and self._tanks.size:
            film = world_number(state, "transformer_oil_film", _MEDIANS)[:, None]
            link[:, self._tanks] = film * self._area[self._tanks]
            capacity = np.repeat(capacity[None], state.n, axis=0)
            capacity[:, self._tanks] *= np.minimum(world_number(state, "transformer_steel", _MEDIANS), 1.0)[:, None]
        return link, capacity

    def _film(self, surface: Float, air: Float, wind: Float, pressure: Float, at: Any) -> tuple[Float, ...]:
        """Convection of cylinders with ``surface`` [K] in ``air`` [K], ``wind`` [m/s], ``pressure`` [Pa], each (n, C).

        Returns the forced Nusselt number, the Rayleigh number per kelvin, and area times conductivity over diameter
        [W/K], all with the properties of the film at the start of the step; ``at`` are the components' columns.
        """
        diameter, film = self._diameter[at], 0.5 * (surface + air)
        density, viscosity = law.air_density(film, pressure), law.air_viscosity(film)
        reynolds = law.reynolds_number(wind, diameter, density, viscosity)
        rayleigh = law.rayleigh_number(_ONE, diameter, film, density, viscosity)
        gain = law.heat_transfer_coefficient(self._area[at], law.air_conductivity(film), diameter)
        return np.asarray(law.nusselt_forced_cylinder(reynolds), float), rayleigh, gain

    def _wind(self, state: Environment3DState) -> tuple[Float, Float]:
        """(n, C + k) mean wind over the fine steps at parts and conductors [m/s], (n,) its cosine with the line [1]."""
        speed = mean_speed(state)
        along = np.abs(state.wind10[..., 1]).mean(axis=1) / np.maximum(speed, 1e-9)
        ratio = profile_ratio(self._levels[None, :], 10.0, state.roughness[:, None], state.inverse_obukhov[:, None])
        return np.take(speed[:, None] * ratio, self._level_of, axis=1), np.minimum(along, 1.0)

    def _gains(self, state: Environment3DState, square: Float) -> tuple[Float, Float | None]:
        """(n, C) heat taken up by each component: sun, long-wave, load, contacts, arc [W]; and that of bad contacts."""
        albedo = world_number(state, "heat_albedo", _MEDIANS)
        beam = np.where(state.sun[:, 2] > 0.0, state.dni, 0.0) * PROJECTED_SHARE
        diffuse = SKY_VIEW * state.dhi + (1.0 - SKY_VIEW) * albedo * state.ghi
        gained: Float = (beam + diffuse)[:, None] * self._absorption
        gained += self._long_wave(state) * (state.emissivity * self._area)
        load = square.mean(axis=1) / self._rated**2 if square.shape[1] else np.zeros(state.n)
        gained += load[:, None] * (self._internal if "transformer.wall_oil" not in state.memory else self._no_tanks)
        extra = self.joints.heat(state, square, gained) if self.joints.size else None
        self._add_arc(state, gained)
        self._add_foreign(state, gained)
        return gained, extra

    def _long_wave(self, state: Environment3DState) -> Float:
        """(n, C) long-wave irradiance [W/m2]: sky and ground, and neighbours (at the step's start) in front of them."""
        around = self._surroundings(state)[:, None]
        excess = state.emissivity * (law.radiated(state.memory["heat.node"]) - around)
        seen = np.take(excess, self._view_of, axis=1).reshape(state.n, *self._view_share.shape)
        seen *= self._view_share
        incoming: Float = around + seen.sum(axis=1)
        return incoming

    def _currents(self, state: Environment3DState) -> Float:
        """(n, k) squared rms currents of the conductors, all harmonics [A2]."""
        parts = np.ascontiguousarray(state.current).view(np.float64)
        squares: Float = (parts * parts).sum(axis=-1)
        return squares

    def _add_arc(self, state: Environment3DState, gained: Float) -> None:
        """Add the arc's share that enters the component where it burns [W]."""
        if self._arcs.size and state.arc_power.any():
            component = self._arcs[place_index(state.causes["arc_place"], self._arcs.size)]
            share = np.minimum(world_number(state, "heat_arc_fraction", _MEDIANS), 1.0)
            gained[np.arange(state.n), component] += share * state.arc_power

    def _add_foreign(self, state: Environment3DState, gained: Float) -> None:
        """Add the heat of a leaking arrester where arcs burn, and take from a bad joint what it gives to wood [W]."""
        heat, drawn = arrester_heat(state), state.memory.get("wood.drawn")
        if self._arcs.size and heat.any():
            component = self._arcs[place_index(state.causes["arc_place"], self._arcs.size)]
            gained[np.arange(state.n), component] += heat
        if drawn is not None and self.joints.size and drawn.any():
            joint = self.joints.nodes[place_index(state.causes["joint_place"], self.joints.size)]
            gained[np.arange(state.n), joint] -= drawn
