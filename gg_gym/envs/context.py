"""The context of Selection: budget, the detector's card and this episode so far, as numbers in [-1, 1]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.envs.spaces import CONTEXT_HEAD
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.units import Bool, Float


def _signed(share: Any) -> Any:
    """A share in [0, 1] as a number in [-1, 1]."""
    return 2.0 * np.clip(share, 0.0, 1.0) - 1.0


class EpisodeLog:
    """What happened in the rows' present episodes.

    Args:
        space: the scenario space.
        num_envs: rows.
        budget: runs of an episode.

    Attributes:
        done: (n,) runs of the present episodes.
    """

    def __init__(self, space: ScenarioSpace, num_envs: int, budget: int) -> None:
        self.space, self.budget = space, budget
        self.done = np.zeros(num_envs, np.int64)
        self._actions: list[list[np.ndarray]] = [[] for _ in range(num_envs)]
        k = space.n_families
        self._count, self._reward = np.zeros((num_envs, k)), np.zeros((num_envs, k))
        self._last = np.zeros((num_envs, 2 + space.n_slots))

    def restart(self, mask: Bool) -> None:
        """Forget the episodes of rows ``mask``."""
        self.done[mask] = 0
        for array in (self._count, self._reward, self._last):
            array[mask] = 0.0
        for row in np.flatnonzero(mask):
            self._actions[row] = []

    def add(self, live: Bool, actions: np.ndarray, reward: Float, info: Mapping[str, Any]) -> None:
        """Add one run in rows ``live``."""
        family, slots = self.space.family_of(actions), 2.0 * self.space.coordinates(actions) - 1.0
        for row in np.flatnonzero(live):
            self._actions[row].append(np.array(actions[row]))
            self._count[row, family[row]] += 1
            self._reward[row, family[row]] += reward[row]
            self._last[row] = [np.tanh(reward[row]), 2.0 * info["error"][row] - 1.0, *slots[row]]
        self.done[live] += 1

    def similarity(self, actions: np.ndarray) -> Float:
        """(n,) similarity of actions (n, K+D) to the rows' earlier runs of this episode."""
        return np.array(
            [
                float(self.space.similarity(actions[i : i + 1], np.array(past))[0]) if past else 0.0
                for i, past in enumerate(self._actions)
            ]
        )

    def context(self, card: Mapping[str, float], round_: int) -> np.ndarray:
        """(n, 10 + 3K + D) float32 context.

        Losses go through tanh, shares and probabilities are mapped from [0, 1] to [-1, 1].
        """
        n, k = self._count.shape
        head = {
            "budget_left": _signed(1.0 - self.done / self.budget),
            "round": np.full(n, np.tanh(round_ / 10.0)),
            "last_reward": self._last[:, 0],
            "last_error": self._last[:, 1],
        }
        bounded = {"auprc": _signed, "ece": _signed}
        for name in CONTEXT_HEAD[2:-2]:
            head[name] = np.full(n, bounded.get(name, np.tanh)(card.get(name, 0.0)))
        total = np.maximum(self._count.sum(axis=1, keepdims=True), 1.0)
        mean = np.tanh(self._reward / np.maximum(self._count, 1.0))
        error = np.broadcast_to([_signed(card.get(f"error.{f}", 0.5)) for f in self.space.families], (n, k))
        parts = [np.stack([head[name] for name in CONTEXT_HEAD], axis=1), _signed(self._count / total), mean, error]
        return np.concatenate([*parts, self._last[:, 2:]], axis=1).astype(np.float32)
