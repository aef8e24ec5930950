"""Module "smoulder": char that burns in the air that reaches it, and the change from smouldering to flame.

Works on the hot spots of the module "wood". Oxygen taken up is booked: what is emitted is the fuel lost plus that
oxygen, and fuel lost plus residue is the initial dry mass. The heat goes to the wood's shells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from gg_gym.equations import combustion as law
from gg_gym.equations.atmosphere import air_density
from gg_gym.equations.bounds import clip
from gg_gym.equations.pyrolysis import arrhenius, char_yield
from gg_gym.parameters import combustion as constants
from gg_gym.parameters.combustion import CHAR
from gg_gym.parameters.pyrolysis import PINE
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsModule
from gg_gym.physics.heat import world_number
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.wood import shell_mass
from gg_gym.streams import Draws
from gg_gym.units import Bool, Float, Int

TREATMENT = register_cause(Cause("pole_treatment", "1", 0.0, "preservative of the wood: 0 none, 1 CCA, 2 creosote"))
ACCESS = register_cause(Cause("char_access", "1", 1.0, "multiplier of the air's access to char; 0 is sealed"))
CCA, CREOSOTE = 1.0, 2.0

_MEDIANS = {prior[0]: prior[1] for prior in constants.PRIORS}
_SMOULDER = np.array(constants.shares(constants.SMOULDER, SPECIES))
_FLAMING = np.array(constants.shares(constants.FLAMING, SPECIES))
_TARRY = [INDEX[name] for name in ("PHENOL", "BTEX", "PM1", "PM2.5", "PM10")]
_CHAR_YIELD = char_yield(PINE.solid_yield)
#: Span below glowing ignition over which oxidation fades in [K].
_LIT_WIDTH = 30.0


@PHYSICS.register("smoulder")
class Smoulder(PhysicsModule):
    """Oxidation of char in the wood's hot spots.

    Causes: ``pole_treatment``, ``char_access``. Memory: "smoulder.burnt" (n, 2) char burnt in each shell [kg],
    "smoulder.oxygen" (n,) oxygen taken up [kg], "smoulder.flaming" (n,), "smoulder.heat" (n,) heat set free
    by char [J]. Sets "wood.glow", the heat that the wood takes up in its next step. Adds to the wood's mass,
    emissions and source 0.
    """

    key: ClassVar[str] = "smoulder"
    after: ClassVar[tuple[str, ...]] = ("wood", "airflow")
    longest_step: ClassVar[float] = 60.0

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(Uncertain(*prior) for prior in constants.PRIORS)

    def lanes(self, m: int) -> Mapping[str, int]:
        """One uniform a step: whether a flame starts."""
        return {"smoulder.transition": 1}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Nothing has burnt."""
        memory, n = state.memory, state.n
        memory["smoulder.burnt"], memory["smoulder.flaming"] = np.zeros((n, 2)), np.zeros(n, bool)
        for name in ("oxygen", "heat"):
            memory[f"smoulder.{name}"] = np.zeros(n)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Burn char in the hot spots for h seconds."""
        if "wood.on" not in state.memory or h <= 0.0:
            return
        if "smoulder.burnt" not in state.memory:
            self.start(state, draws)
        rows = np.flatnonzero(state.memory["wood.on"])
        if rows.size:
            world = {key: world_number(state, key, _MEDIANS)[rows] for key in _MEDIANS}
            self._burn(state, rows, world, h, draws.uniform("smoulder.transition")[rows, 0])

    def _burn(self, state: Environment3DState, rows: Int, world: dict[str, Float], h: float, u: Float) -> None:
        """One step of some rows: oxidation, flame, emissions, heat."""
        memory, wind = state.memory, np.sqrt(np.sum(state.wind10[rows, -1, :2] ** 2, axis=1))
        nodes, gas = memory["wood.nodes"][rows], state.source_rate[rows, 0] * h
        volume = shell_mass(np.ones(rows.size), memory["wood.radius"][rows])
        density = state.dry_mass[rows] / volume.sum(axis=1)
        consumed = memory["smoulder.burnt"][rows].sum(axis=1) / _CHAR_YIELD
        front = law.front_radius(memory["wood.radius"][rows], consumed, density)
        area = 4.0 * np.pi * front * front
        flaming = self._flame(state, rows, world, nodes.max(axis=1), area, wind, h, u)
        lit = self._lit(state, rows, world, nodes)
        supply = self._supply(state, rows, world, wind) * area
        burnt = self._oxidise(state, rows, world, lit, supply, CHAR.ash * density[:, None] * volume, h)
        lost, uptake = burnt.sum(axis=1), burnt.sum(axis=1) * law.oxygen_per_carbon(world["smoulder_co_share"])
        change = self._vapours(state, rows, world, gas, np.where(flaming, 1.0, lit[:, 0]), flaming)
        memory["smoulder.oxygen"][rows] += uptake + change.sum(axis=1)
        monoxide, dioxide = law.carbon_products(world["smoulder_co_share"])
        change[:, INDEX["CO"]] += monoxide * lost
        change[:, INDEX["CO2"]] += dioxide * lost
        heat, flame = uptake * world["smoulder_heat"], np.where(flaming, gas.sum(axis=1) / h * CHAR.fuel_heat, 0.0)
        state.emitted[rows] += change
        state.source_rate[rows, 0] += change / h
        state.source_heat[rows, 0] += CHAR.convective * flame
        state.mass_lost[rows] += lost
        state.mass_rate[rows] += lost / h
        state.char_mass[rows] = memory["wood.solid"][rows].sum(axis=-1).sum(axis=-1)
        memory["smoulder.burnt"][rows] += burnt
        memory["smoulder.heat"][rows] += heat
        rise = nodes[:, 1:] - state.air_temperature[rows, None]
        perkg, used = world["smoulder_heat"][:, None], world["smoulder_utilisation"][:, None]
        kept = law.kept_heat(rise, perkg, CHAR.oxygen, used)
        glow = kept * heat[:, None] / h * burnt / clip(lost, 1e-300, None)[:, None]
        glow[:, 0] += np.where(flaming, np.minimum(CHAR.flame_flux * area, CHAR.feedback * flame), 0.0)
        memory["wood.glow"][rows] = glow + (memory["wood.glow"][rows] - glow) * np.exp(-h / CHAR.lag)

    def _lit(self, state: Environment3DState, rows: Int, world: dict[str, Float], nodes: Float) -> Float:
        """(r, 2) how far the shells are above glowing ignition, 0 to 1 within 30 K; CCA lowers it."""
        cca = state.causes["pole_treatment"][rows] == CCA
        glow = world["smoulder_ignition"] - np.where(cca, world["smoulder_cca_threshold"], 0.0)
        lit: Float = clip((nodes[:, 1:] - glow[:, None]) / _LIT_WIDTH + 1.0, 0.0, 1.0)
        return lit

    def _supply(self, state: Environment3DState, rows: Int, world: dict[str, Float], wind: Float) -> Float:
        """(r,) char that the oxygen which reaches the front can burn [kg/(m2.s)]."""
        density = air_density(state.air_temperature[rows], state.pressure[rows], 0.0 * wind)
        access = world["smoulder_access"] * clip(state.causes["char_access"][rows], 0.0, None)
        flux = law.oxygen_supply(access, wind, world["smoulder_wind"], density, CHAR.oxygen)
        out: Float = flux / law.oxygen_per_carbon(world["smoulder_co_share"])
        return out

    def _oxidise(
        self, state: Environment3DState, rows: Int, world: dict[str, Float], lit: Float, supply: Float, ash: Float,
        h: float,
    ) -> Float:  # fmt: skip
        """(r, 2) char burnt in the shells [kg]: the inner one has the first claim on the oxygen; ash stays."""
        solid, nodes = state.memory["wood.solid"][rows], state.memory["wood.nodes"][rows]
        faster = np.where(state.causes["pole_treatment"][rows] == CCA, world["smoulder_cca_rate"], 1.0)
        burnt = np.zeros((rows.size, 2))
        for i in range(2):
            char = solid[:, i, CHAR.first :].sum(axis=1)
            free = clip(char - ash[:, i], 0.0, None)
            rate = faster * arrhenius(nodes[:, i + 1], 10.0**CHAR.log_factor * CHAR.oxygen, CHAR.energy)
            burnt[:, i] = law.burnt_mass(free, law.series_rate(lit[:, i] * rate * free, supply), h)
            supply = clip(supply - burnt[:, i] / h, 0.0, None)
            solid[:, i, CHAR.first :] *= (1.0 - burnt[:, i] / clip(char, 1e-300, None))[:, None]
        state.memory["wood.solid"][rows] = solid
        return burnt

    def _flame(
        self, state: Environment3DState, rows: Int, world: dict[str, Float], hottest: Float, area: Float, wind: Float,
        h: float, u: Float,
    ) -> Bool:  # fmt: skip
        """(r,) whether the vapours burn as a flame: begins by a hazard that rises with wind, dies for lack of fuel."""
        hazard = law.flame_hazard(world["smoulder_flame_hazard"], wind, area / world["smoulder_flame_area"])
        fed = (state.mass_rate[rows] / area > world["smoulder_critical_flux"]) & (wind < CHAR.blow_off)
        hot = hottest > world["smoulder_flame_surface"]
        begins = fed & hot & (u < law.event_probability(hazard, h))
        now: Bool = (state.memory["smoulder.flaming"][rows] & fed) | begins
        state.memory["smoulder.flaming"][rows] = now
        return now

    def _vapours(
        self, state: Environment3DState, rows: Int, world: dict[str, Float], gas: Float, lit: Float, flaming: Bool
    ) -> Float:
        """(r, S) change of the vapours' species [kg] where they burn; the row sum is the oxygen they take up.

        Smouldering: a share of them on the way through the front; flaming: all. Creosote gives more phenols, aromatics
        and particles, at the cost of carbon dioxide.
        """
        share = np.where(flaming, 1.0, lit * clip(world["smoulder_converted"], 0.0, 1.0))[:, None]
        table: Float = np.where(flaming[:, None], _FLAMING, _SMOULDER)
        tarry = np.where(state.causes["pole_treatment"][rows] == CREOSOTE, world["smoulder_creosote"], 1.0)
        made = table.copy()
        made[:, _TARRY] = np.minimum(table[:, _TARRY] * tarry[:, None], np.maximum(table[:, _TARRY], 0.05))
        made[:, INDEX["CO2"]] += (table - made)[:, _TARRY].sum(axis=1)
        change: Float = share * (gas.sum(axis=1)[:, None] * made - gas)
        return change
