"""Module "enclosure": temperatures of the unit's shell and of the air inside, under sun, sky, wind and own heat."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gg_gym.equations import enclosure as law
from gg_gym.equations.heat import STEFAN_BOLTZMANN, radiated
from gg_gym.parameters.enclosure import BOX, ENCLOSURE_PRIORS
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Float

register_cause(Cause("enclosure_heat", "W", 0.0, "extra heat set free inside the unit's box"))
_PRIOR = {prior[0]: Uncertain(*prior) for prior in ENCLOSURE_PRIORS}
#: Steps that settle a start [s], and how often.
_SETTLE, _SETTLE_STEPS = 1e6, 6


def internal_temperature(state: Environment3DState) -> Float:
    """(n,) temperature inside the unit's box [K]; of the outer air at the unit without this module."""
    inside: Float | None = state.memory.get("enclosure.air")
    if inside is None:
        return state.air_temperature_at(np.array([state.geometry.mount.position]))[:, 0]
    return inside


@PHYSICS.register("enclosure")
class Enclosure(PhysicsModule):
    """A box of two nodes; the shell's emission is linearised at the step's mean, then the pair is solved exactly.

    Owns ``memory["enclosure.shell"]`` and ``["enclosure.air"]`` (n,) [K], and the ledger ``["enclosure.in"]``,
    ``["enclosure.out"]``, ``["enclosure.stored"]`` (n,) in J since the start. The heat inside is
    ``memory["power.heat"]`` where the power module runs, else :attr:`Box.draw`, plus the cause ``enclosure_heat``.
    """

    key: ClassVar[str] = "enclosure"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow", "power")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._place = np.array([context.geometry.mount.position])
        self._height = np.maximum(self._place[:, 2], 1.0)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(_PRIOR.values())

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Steady temperatures under the first weather; the ledger starts at zero."""
        air = state.air_temperature_at(self._place)[:, 0]
        state.memory["enclosure.shell"], state.memory["enclosure.air"] = air, air
        self._clear(state)
        for _ in range(_SETTLE_STEPS):
            self.step(state, _SETTLE, draws)
        self._clear(state)

    def _clear(self, state: Environment3DState) -> None:
        """Start the ledger at zero."""
        for name in ("in", "out", "stored"):
            state.memory[f"enclosure.{name}"] = np.zeros(state.n)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the two nodes by h seconds (any h) and keep the ledger."""
        memory = state.memory
        shell, inside = memory["enclosure.shell"], memory["enclosure.air"]
        outer, link = self._film(state), BOX.area * world_number(state, _PRIOR["enclosure_inner"])
        air = state.air_temperature_at(self._place)[:, 0]
        gained, heat = self._gains(state), self._heat(state)
        emitted, capacity = (
            np.full(state.n, BOX.emissivity * BOX.area * STEFAN_BOLTZMANN),
            _arrays((BOX.shell, BOX.inner), shell),
        )
        about = shell
        for _ in range(2):
            slope = 4.0 * emitted * about * about * about
            loss, constant = outer + slope, outer * air + 0.75 * slope * about
            goal = law.steady(loss, link, gained + constant, heat)
            change = law.change((shell - goal[0], inside - goal[1]), loss, link, capacity, h)
            mean = goal[0] + law.mean_gap(change, loss, link, capacity, h)[0]
            about = np.maximum(mean, 0.5 * shell)
        memory["enclosure.in"] = memory["enclosure.in"] + h * (gained + heat)
        memory["enclosure.out"] = memory["enclosure.out"] + h * (loss * mean - constant)
        memory["enclosure.stored"] = memory["enclosure.stored"] + BOX.shell * change[0] + BOX.inner * change[1]
        memory["enclosure.shell"], memory["enclosure.air"] = shell + change[0], inside + change[1]

    def _film(self, state: Environment3DState) -> Float:
        """(n,) convective conductance from shell to air [W/K]."""
        w = state.wind10
        speed = np.sqrt(w[..., 0] ** 2 + w[..., 1] ** 2 + w[..., 2] ** 2).mean(axis=1)
        ratio = law.neutral_ratio(self._height, 10.0, state.roughness)
        coefficient = law.outer_coefficient(np.maximum(speed * ratio, BOX.calm))
        conductance: Float = BOX.area * world_number(state, _PRIOR["enclosure_outer"]) * coefficient
        return conductance

    def _gains(self, state: Environment3DState) -> Float:
        """(n,) sun and long-wave radiation taken up by the shell [W]."""
        albedo = world_number(state, _PRIOR["enclosure_albedo"])
        beam = np.where(state.sun[:, 2] > 0.0, state.dni, 0.0) * BOX.sunlit
        diffuse = BOX.area * (BOX.sky * state.dhi + (1.0 - BOX.sky) * albedo * state.ghi)
        around = BOX.sky * radiated(state.sky_temperature) + (1.0 - BOX.sky) * radiated(state.air_temperature)
        taken = np.minimum(world_number(state, _PRIOR["enclosure_absorptivity"]), 1.0) * (beam + diffuse)
        gained: Float = taken + BOX.emissivity * BOX.area * around
        return gained

    def _heat(self, state: Environment3DState) -> Float:
        """(n,) heat set free inside [W]."""
        own = state.memory.get("power.heat")
        heat: Float = (np.full(state.n, BOX.draw) if own is None else own) + state.causes["enclosure_heat"]
        return heat


def _arrays(values: tuple[float, float], like: Float) -> tuple[Float, Float]:
    """Two numbers as arrays like ``like``."""
    return np.full_like(like, values[0]), np.full_like(like, values[1])
