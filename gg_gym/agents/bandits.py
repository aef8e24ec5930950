"""A bandit over families: epsilon-greedy with a constant step, for rewards that drift as the detector learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from gg_gym.agents.base import AgentContext, Infos, Observation, Options, SamplerBase
from gg_gym.units import Float, Float32


class EpsilonGreedyOptions(Options):
    """Options of the family bandit.

    Attributes:
        epsilon: share of uniform choices.
        step: weight of a new reward in a family's value (constant: the rewards are not stationary).
    """

    epsilon: float = Field(default=0.2, ge=0.0, le=1.0)
    step: float = Field(default=0.1, gt=0.0, le=1.0)


class EpsilonGreedySampler(SamplerBase):
    """Plays the family of the highest value, or any with probability epsilon; parameters are drawn by the space.

    Values follow Q <- Q + step (r - Q) (Sutton and Barto, Reinforcement Learning, 2nd ed., equation 2.5).
    """

    key: ClassVar[str] = "epsilon_greedy"

    def __init__(self, context: AgentContext, options: EpsilonGreedyOptions | None = None) -> None:
        super().__init__(context)
        self.options = options or EpsilonGreedyOptions()
        self.values: Float = np.zeros(len(self.space.families))

    def ask(self, n: int, observation: Observation | None = None) -> Float32:
        """Return n actions (n, K + D)."""
        count = len(self.values)
        noise = self.rng.random((n, count))
        greedy = np.lexsort((noise, np.broadcast_to(self.values, (n, count))))[:, -1]
        families = np.where(self.rng.random(n) < self.options.epsilon, self.rng.integers(0, count, n), greedy)
        return self.draw(np.asarray(families, np.int64))

    def tell(self, actions: Float32, rewards: Float, infos: Infos, observation: Observation | None = None) -> None:
        """Move the values of the played families, row by row."""
        super().tell(actions, rewards, infos, observation)
        for family, reward in zip(self.space.family_of(actions), rewards, strict=True):
            self.values[family] += self.options.step * (float(reward) - self.values[family])

    def state_dict(self) -> dict[str, Any]:
        """Return the state with the family values."""
        return {**super().state_dict(), "values": self.values.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state."""
        super().load_state_dict(state)
        self.values = np.asarray(state["values"], np.float64).copy()
