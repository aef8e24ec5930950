"""Module "traffic": a vehicle's exhaust near the pole, a nuisance that smells of combustion."""

from __future__ import annotations

import numpy as np

from gg_gym.parameters.exhaust import EMISSION_FACTORS, EXHAUST, EXHAUST_PRIORS
from gg_gym.physics.engine import PHYSICS, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Float

#: Slot of the exhaust among the state's sources.
SLOT = 2
_MEDIAN = {key: median for key, median, *_ in EXHAUST_PRIORS}
_COLUMNS = np.array([INDEX[name] for name in EMISSION_FACTORS])


@PHYSICS.register("traffic")
class TrafficModule(PhysicsModule):
    """Exhaust as a gas source: fuel burnt times the emission factors of the rows' worlds.

    Owns source slot 2. Causes: ``exhaust_fuel`` [kg/s], ``exhaust_x``, ``exhaust_y`` [m].
    """

    key = "traffic"

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in EXHAUST_PRIORS)

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Gather the worlds' emission factors and set the source."""
        factors = [
            np.ones(state.n) * state.world.get(f"exhaust_{name}", _MEDIAN[f"exhaust_{name}"])
            for name in EMISSION_FACTORS
        ]
        state.memory["traffic.factors"] = np.stack(factors, axis=1)
        self.step(state, 0.0, draws)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Set rate, place, size and heat of the source from the causes in force."""
        fuel: Float = state.causes["exhaust_fuel"]
        state.source_rate[:, SLOT, _COLUMNS] = state.memory["traffic.factors"] * fuel[:, None]
        state.source_position[:, SLOT, 0] = state.causes["exhaust_x"]
        state.source_position[:, SLOT, 1] = state.causes["exhaust_y"]
        state.source_position[:, SLOT, 2] = state.causes["exhaust_height"]
        state.source_size[:, SLOT] = EXHAUST.size
        state.source_heat[:, SLOT] = fuel * state.world.get("exhaust_heat", _MEDIAN["exhaust_heat"])
