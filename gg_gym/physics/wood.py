"""Module "wood": the hot spot in a pole, its pyrolysis, and what it gives to the air."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gg_gym.equations import heat as law
from gg_gym.equations.bounds import clip
from gg_gym.equations.pyrolysis import arrhenius, char_yield, sequential_decay
from gg_gym.parameters import pyrolysis as kinetics
from gg_gym.parameters import wood as constants
from gg_gym.parameters.pyrolysis import LIGNIN
from gg_gym.parameters.wood import HOT_SPOT
from gg_gym.physics.causes import NEUTRAL, Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import place_index
from gg_gym.physics.heat import node_temperature, world_number
from gg_gym.physics.insulators import wood_heat
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Float, Int

WOOD_LIGNIN = register_cause(
    Cause("wood_lignin", "1", LIGNIN, "mass share of lignin in the heated wood (brown rot leaves, white rot eats it)")
)
JOINT_WOOD = register_cause(Cause("joint_wood", "W/K", 0.0, "conductance from the bad joint into the wood's hot spot"))

_PRIORS = (*constants.PRIORS, *kinetics.PRIORS)
_MEDIANS = {prior[0]: prior[1] for prior in _PRIORS}
_YIELD = np.array(kinetics.PINE.solid_yield)
_HEAT = np.array(kinetics.PINE.heat)
_FACTOR, _ENERGY = 10.0 ** np.array(kinetics.PINE.log_factor), np.array(kinetics.PINE.energy)
_CHAR = char_yield(kinetics.PINE.solid_yield)
_RELEASE = kinetics.release_matrix(SPECIES)
_TILTED = [name for name in SPECIES if f"wood_yield_{name}" in _MEDIANS]
#: Columns of the release matrix that come from lignin, and those from cellulose and hemicellulose.
_LIGNIN = np.array([*(INDEX[name] for name in ("PHENOL", "BTEX")), len(SPECIES) + 1])
_CARBOHYDRATE = np.array([*(INDEX[name] for name in ("FURAN", "HOAc")), len(SPECIES)])
_EDGES = np.array(HOT_SPOT.shell_edges)
#: Volumes of core and shells, and radii of the nodes, for a core of radius 1.
_VOLUMES = 4.0 / 3.0 * np.pi * np.array([1.0, *np.diff(_EDGES**3)])
_RADII = np.array([1.0, *np.sqrt(_EDGES[:-1] * _EDGES[1:])])
#: 4 pi over the difference of inverse radii: between nodes, and from the last to far away.
_SHAPE = 4.0 * np.pi / (1.0 / _RADII - np.array([*(1.0 / _RADII[1:]), 0.0]))
#: Largest conductance from a joint into wood: less than the joint loses to the air, so that both balances are stable.
MOST_CONTACT = 0.1
#: Longest number of internal steps of one step.
_MAX_SUBSTEPS = 12


@dataclass
class Spot:
    """The hot spots of k rows while they are stepped.

    Attributes:
        power: heat into the core [W], (k,).
        radius: of the core [m], (k,).
        boundary: temperature of the wood far away [K], (k,).
        nodes: (k, 3) core and two shells [K].
        solid: (k, 2, 6) masses of the scheme's solids in the shells [kg].
        latent: (k, 2) heat that the shells' moisture still takes up [J].
        debt: (k, 2) reaction heat not yet taken from the shells [J].
        world: key -> (k,) world numbers.
        reacted: (k, 5) masses that entered each step of the scheme [kg].
        glow: (k, 2) heat that burning char and flame set free in the shells [W].
        contact: (k,) conductance from the bad joint into the core [W/K].
        hot: (k,) temperature of that joint [K].
        drawn: (k,) heat taken from it [J].
    """

    power: Float
    radius: Float
    boundary: Float
    nodes: Float
    solid: Float
    latent: Float
    debt: Float
    world: dict[str, Float]
    reacted: Float
    glow: Float
    contact: Float
    hot: Float
    drawn: Float

    def advance(self, h: float) -> None:
        """One internal step of h seconds: conduction, drying, then pyrolysis at the new temperatures."""
        mass = np.ascontiguousarray(self.solid).sum(axis=-1)
        capacity = np.empty_like(self.nodes)
        capacity[:, 0] = self.world["wood_core_capacity"] * _VOLUMES[0] * self.radius**3
        capacity[:, 1:] = mass * HOT_SPOT.heat_capacity
        self._conduct(capacity, mass, h)
        self._dry(capacity[:, 1:])
        decay = self._rates() * h
        solid, reacted = sequential_decay(self.solid, decay, kinetics.PINE.solid_yield)
        self.solid = np.asarray(solid, np.float64)
        self._react(capacity[:, 1:], np.asarray(reacted, np.float64))

    def _conduct(self, capacity: Float, mass: Float, h: float) -> None:
        """Implicit conduction; conductivity with radiation in pores and cracks, evaluated twice."""
        cracked = clip((1.0 - mass / self._initial()) / (1.0 - _CHAR), 0.0, 1.0)
        between = np.stack([cracked[:, 0], 0.5 * (cracked[:, 0] + cracked[:, 1]), cracked[:, 1]], -1)
        pore = HOT_SPOT.pore + between * (self.world["wood_char_pore"][:, None] - HOT_SPOT.pore)
        rate = capacity / h
        right = rate * self.nodes
        right[:, 0] += self.power + self.contact * self.hot
        right[:, 1:] += self.glow
        ceiling = self._ceiling(pore[:, 0])
        nodes = self.nodes
        for _ in range(2):
            outer = np.concatenate([nodes[:, 1:], self.boundary[:, None]], axis=1)
            middle = np.minimum(0.5 * (nodes + outer), ceiling[:, None])
            k = self.world["wood_conductivity"][:, None] + law.pore_conductivity(middle, pore)
            links = k * _SHAPE * self.radius[:, None]
            diagonal = rate + links
            diagonal[:, 0] += self.contact
            diagonal[:, 1:] += links[:, :2]
            full = right.copy()
            full[:, 2] += links[:, 2] * self.boundary
            nodes = np.asarray(law.solve_chain(diagonal, links[:, :2], full), np.float64)
        self.nodes = nodes
        self.drawn = self.drawn + h * self.contact * (self.hot - nodes[:, 0])

    def _ceiling(self, pore: Float) -> Float:
        """(k,) upper bounds [K] of the steady core: radiation in pores alone carries the power."""
        hottest = np.maximum(np.maximum(self.nodes.max(axis=1), self.boundary), np.sign(self.contact) * self.hot)
        power = self.power + (self.glow[:, 0] + self.glow[:, 1])
        power = power + self.contact * clip(self.hot - self.boundary, 0.0, None)
        carried = power / (4.0 * np.pi * self.radius * pore * (4.0 / 3.0 * law.STEFAN_BOLTZMANN))
        ceiling: Float = np.sqrt(np.sqrt(carried + hottest * hottest * hottest * hottest))
        return ceiling

    def _initial(self) -> Float:
        """(k, 2) initial dry masses of the shells [kg]."""
        return shell_mass(self.world["wood_density"], self.radius)

    def _dry(self, capacity: Float) -> None:
        """Hold wet shells at the boiling point while their moisture takes up heat."""
        shells = self.nodes[:, 1:]
        taken = clip(capacity * (shells - HOT_SPOT.boiling), 0.0, self.latent)
        self.latent = self.latent - taken
        self.nodes[:, 1:] = shells - taken / capacity

    def _rates(self) -> Float:
        """(k, 2, 5) rates [1/s] at the shells' temperatures; worlds differ below 280 Cel."""
        shells = np.ascontiguousarray(self.nodes[:, 1:])
        rates = arrhenius(shells[:, :, None], _FACTOR, _ENERGY)
        span = kinetics.AGREEMENT - kinetics.LOW_TEMPERATURE
        share = clip((kinetics.AGREEMENT - shells) / span, 0.0, 1.0)
        scale = np.exp(share * np.log(self.world["wood_low_temperature_rate"])[:, None])
        return np.asarray(rates * scale[:, :, None], np.float64)

    def _react(self, capacity: Float, reacted: Float) -> None:
        """Take the reaction heat from the shells, at most some kelvin a step; the rest is owed."""
        owed = self.debt + (reacted * _HEAT).sum(axis=-1)
        limit = HOT_SPOT.heat_clip * capacity
        taken = clip(owed, -limit, limit)
        self.debt = owed - taken
        self.nodes[:, 1:] -= taken / capacity
        self.reacted = self.reacted + reacted[:, 0] + reacted[:, 1]


def _leakage(state: Environment3DState) -> Float:
    """(n,) heat [W] of leakage at the hot spot: the cause ``leak_power`` and what wet insulators let through."""
    power: Float = clip(state.causes["leak_power"], 0.0, None) + wood_heat(state)
    return power


def shell_mass(density: Float, radius: Float) -> Float:
    """(k, 2) dry masses [kg] of the shells around cores of ``radius`` (k,) [m] in wood of ``density`` (k,) [kg/m3]."""
    mass: Float = (density * radius * radius * radius)[:, None] * _VOLUMES[1:]
    return mass


def released_species(gas: Float, world: dict[str, Float], lignin: Float | None = None) -> Float:
    """Masses (k, S) [kg] of the species in the gas (k, 5) [kg] of the scheme's steps; row sums are equal.

    Shares of single species are tilted by the world's multipliers and normalised again; levoglucosan and heavy lignin
    tar condense to particles but for their vapour shares. Wood with another mass share of ``lignin`` (k,) than pine's
    gives as much more of what comes from lignin, and less of what comes from cellulose and hemicellulose.
    """
    weight = np.ones((len(gas), _RELEASE.shape[1]))
    for name in _TILTED:
        weight[:, INDEX[name]] = world[f"wood_yield_{name}"]
    if lignin is not None:
        share = clip(lignin, 0.01, 0.99)[:, None]
        weight[:, _LIGNIN] *= share / kinetics.LIGNIN
        weight[:, _CARBOHYDRATE] *= (1.0 - share) / (1.0 - kinetics.LIGNIN)
    norm = (weight[:, None, :] @ np.ascontiguousarray(_RELEASE.T))[:, 0]
    lumps = ((gas / norm)[:, None, :] @ _RELEASE)[:, 0] * weight
    out = np.ascontiguousarray(lumps[:, : len(SPECIES)])
    condensed = np.zeros(len(gas))
    for column, vapour, target in ((-2, "wood_tar_vapour", "TAR"), (-1, "wood_lignin_vapour", "PHENOL")):
        kept = np.minimum(world[vapour], 1.0) * lumps[:, column]
        out[:, INDEX[target]] += kept
        condensed += lumps[:, column] - kept
    for name, share in kinetics.PM_SHARES.items():
        out[:, INDEX[name]] += share * condensed
    return out


@PHYSICS.register("wood")
class Wood(PhysicsModule):
    """Hot spot of leakage current at the interface of metal and wood.

    Its heat is the cause ``leak_power`` and, where the cause ``leak_coupling`` lets the leakage of the insulators
    through the wood, theirs. Radius and place are those at onset. Before onset, and without a cause, every node is the
    wood's own temperature.
    Memory: "wood.on" (n,), "wood.radius" (n,), "wood.place" (n,), "wood.nodes" (n, 3) K, "wood.solid" (n, 2, 6) kg,
    "wood.latent" and "wood.debt" (n, 2) J, "wood.glow" (n, 2) W, which the module "smoulder" sets, "wood.drawn" (n,) W
    that the joint of the cause ``joint_wood`` gives to the wood (the module "heat" takes it from the joint).
    """

    key: ClassVar[str] = "wood"
    after: ClassVar[tuple[str, ...]] = ("heat", "line", "insulators")
    longest_step: ClassVar[float] = 60.0

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._positions = context.geometry.positions()
        self._places, self._joints = context.geometry.place("wood"), context.geometry.place("joint")

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(Uncertain(*prior) for prior in _PRIORS)

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """No hot spot; nothing lost."""
        n, memory = state.n, state.memory
        memory["wood.on"] = np.zeros(n, bool)
        memory["wood.radius"] = np.full(n, NEUTRAL["leak_radius"])
        memory["wood.place"] = np.full(n, int(NEUTRAL["leak_place"]), np.int64)
        memory["wood.nodes"], memory["wood.solid"] = np.zeros((n, 3)), np.zeros((n, 2, 6))
        memory["wood.latent"], memory["wood.debt"] = np.zeros((n, 2)), np.zeros((n, 2))
        memory["wood.glow"], memory["wood.drawn"] = np.zeros((n, 2)), np.zeros(n)
        density = world_number(state, "wood_density", _MEDIANS)
        state.dry_mass[:] = shell_mass(density, memory["wood.radius"]).sum(axis=1)
        state.char_mass[:] = state.dry_mass
        for array in (
            state.mass_lost,
            state.mass_rate,
            state.emitted,
            state.source_rate[:, 0],
            state.source_heat[:, 0],
        ):
            array[:] = 0.0
        if self._places.size:
            self._publish(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance hot spots by h seconds: internal steps of at most 10 s, implicit beyond a minute."""
        if not self._places.size:
            return
        if "wood.on" not in state.memory:
            self.start(state, draws)
        memory, base = state.memory, node_temperature(state, self._positions)
        self._ignite(state, base)
        component = self._places[memory["wood.place"]]
        boundary = np.take_along_axis(base, component[:, None], axis=1)[:, 0]
        memory["wood.nodes"] = np.where(memory["wood.on"][:, None], memory["wood.nodes"], boundary[:, None])
        state.mass_rate[:], state.source_rate[:, 0], state.source_heat[:, 0] = 0.0, 0.0, 0.0
        if memory["wood.drawn"].any():
            memory["wood.drawn"] = np.zeros(state.n)
        rows = np.flatnonzero(memory["wood.on"])
        if rows.size:
            self._burn(state, rows, boundary[rows], h)
        self._publish(state)

    def _ignite(self, state: Environment3DState, base: Float) -> None:
        """Start hot spots where leakage begins: nodes at the wood's temperature, fresh wood in the shells."""
        memory = state.memory
        heated = (_leakage(state) > 0.0) | (state.causes["joint_wood"] > 0.0)
        rows = np.flatnonzero(heated & ~memory["wood.on"])
        if not rows.size:
            return
        place = place_index(state.causes["leak_place"][rows], self._places.size)
        radius = state.causes["leak_radius"][rows]
        mass = shell_mass(world_number(state, "wood_density", _MEDIANS)[rows], radius)
        moisture = world_number(state, "wood_moisture", _MEDIANS)[rows]
        memory["wood.on"][rows], memory["wood.radius"][rows], memory["wood.place"][rows] = True, radius, place
        memory["wood.nodes"][rows] = base[rows, self._places[place]][:, None]
        memory["wood.solid"][rows, :, 0] = mass
        memory["wood.latent"][rows] = moisture[:, None] * mass * HOT_SPOT.latent_heat
        state.dry_mass[rows] = mass.sum(axis=1)

    def _burn(self, state: Environment3DState, rows: Int, boundary: Float, h: float) -> None:
        """Step the hot spots of some rows and book what they lose."""
        memory = state.memory
        world = {key: world_number(state, key, _MEDIANS)[rows] for key in _MEDIANS}
        parts = {name: memory[f"wood.{name}"][rows] for name in ("radius", "nodes", "solid", "latent", "debt", "glow")}
        power = _leakage(state)[rows]
        contact, hot = self._contact(state, rows)
        spot = Spot(
            power=power, boundary=boundary, world=world, reacted=np.zeros((rows.size, 5)), contact=contact, hot=hot,
            drawn=np.zeros(rows.size), **parts,
        )  # fmt: skip
        count = min(max(1, int(np.ceil(h / HOT_SPOT.longest_substep - 1e-9))), _MAX_SUBSTEPS)
        for _ in range(count):
            spot.advance(h / count)
        for name in ("nodes", "solid", "latent", "debt"):
            memory[f"wood.{name}"][rows] = getattr(spot, name)
        memory["wood.drawn"][rows] = spot.drawn / h
        gas = spot.reacted * (1.0 - _YIELD)
        species, lost = released_species(gas, world, state.causes["wood_lignin"][rows]), gas.sum(axis=1)
        state.emitted[rows] += species
        state.mass_lost[rows] += lost
        state.mass_rate[rows] = lost / h
        state.char_mass[rows] = spot.solid.sum(axis=-1).sum(axis=-1)
        state.source_rate[rows, 0] = species / h
        warmth = clip(spot.nodes[:, 1] - boundary, 0.0, None)
        state.source_heat[rows, 0] = lost / h * kinetics.VAPOUR_HEAT_CAPACITY * warmth

    def _contact(self, state: Environment3DState, rows: Int) -> tuple[Float, Float]:
        """Conductance (r,) [W/K] from the bad joint into the hot spot, and the joint's temperature [K]."""
        contact = clip(state.causes["joint_wood"][rows], 0.0, MOST_CONTACT)
        if not self._joints.size or "heat.node" not in state.memory:
            return 0.0 * contact, 0.0 * contact
        joint = self._joints[place_index(state.causes["joint_place"][rows], self._joints.size)]
        return contact, state.memory["heat.node"][rows, joint]

    def _publish(self, state: Environment3DState) -> None:
        """Write the visible temperature, the hot spot and the place of source 0."""
        memory = state.memory
        component = self._places[memory["wood.place"]]
        state.source_position[:, 0] = self._positions[component]
        state.source_size[:, 0] = memory["wood.radius"]
        row = np.arange(state.n)
        own = node_temperature(state, self._positions)
        state.temperature[row, component] = np.maximum(own[row, component], memory["wood.nodes"][:, 0])
        wood = own[:, self._places].max(axis=1)
        state.hot_spot[:] = np.maximum(wood, memory["wood.nodes"].max(axis=1))
