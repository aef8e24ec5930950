"""A toy Selection environment: the interface of the real one, no physics, microseconds a run.

For the contract tests of agents, and for whoever writes one. A run's score is a smooth bump around a corner of one
family's slots; rewards equal the score plus addressed noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from gg_gym.streams import uniforms
from gg_gym.units import Float, Float32, Int


@dataclass(frozen=True)
class ToySlot:
    """A slot whose value is its coordinate in [0, 1]."""

    name: str

    def value(self, u: float) -> float:
        """Value at coordinate u."""
        return u

    def coordinate(self, value: float) -> float:
        """Coordinate of a value."""
        return value


class ToySpace:
    """K families with D uniform slots each.

    Args:
        families: names.
        slots: D.
    """

    def __init__(self, families: tuple[str, ...] = ("quiet", "arc", "smoke"), slots: int = 4) -> None:
        self.families, self.n_slots = families, slots
        self.width = len(families) + slots
        self.slots = tuple(tuple(ToySlot(f"slot_{i}") for i in range(slots)) for _ in families)

    def family_of(self, actions: Float32) -> Int:
        """(n,) index of the largest logit."""
        return np.asarray(np.argmax(actions[:, : len(self.families)], axis=1), np.int64)

    def at(self, family: Int, p: Float) -> Float32:
        """(n, K + D) actions at quantiles p (n, D)."""
        logits = np.full((len(family), len(self.families)), -1.0)
        logits[np.arange(len(family)), family] = 1.0
        return np.concatenate([logits, 2.0 * p - 1.0], axis=1).astype(np.float32)

    def sample(self, n: int, seed: int, families: Any = None) -> Float32:
        """(n, K + D) uniform actions; families (n,) or uniform ones."""
        u = uniforms(seed, "toy.space", n * (1 + self.n_slots)).reshape(n, -1)
        pick = np.minimum((u[:, 0] * len(self.families)).astype(np.int64), len(self.families) - 1)
        return self.at(pick if families is None else np.resize(np.asarray(families, np.int64), n), u[:, 1:])

    def prior_weight(self, actions: Float32) -> Float:
        """(n,) ones: every toy scenario is as plausible as any other."""
        return np.ones(len(actions))


class ToySelection(VectorEnv[Any, Any, Any]):
    """Selection environment on :class:`ToySpace`; ``attach`` moves the corner, as retraining moves the score.

    Args:
        num_envs: rows.
        budget: runs per row and episode.
        sink: callable that gets (actions, rewards) of each step, or None.
        noise: standard deviation of the reward noise.
        family: the family that pays.
    """

    def __init__(
        self, num_envs: int = 8, budget: int = 4, sink: Any = None, noise: float = 0.05, family: int = 1
    ) -> None:
        self.space = ToySpace()
        self.num_envs, self.budget, self.sink, self.noise, self.family = num_envs, budget, sink, noise, family
        self.metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.DISABLED}
        context = spaces.Box(-1.0, 1.0, (3,), np.float32)
        frame = spaces.Box(0, 255, (1, 60, 80), np.uint8)
        self.single_observation_space = spaces.Dict(
            {"air": spaces.Box(-50.0, 150.0, (2,), np.float32), "context": context, "thermal": frame}
        )
        self.single_action_space = spaces.Box(-1.0, 1.0, (self.space.width,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.steps, self.calls, self.seed_value, self.corner = 0, 0, 0, 1.0
        self.attached: list[Any] = []

    def attach(self, detector: Any, reference: Any = None, card: Any = None) -> None:
        """Remember what was attached."""
        self.attached.append(detector)

    def _observe(self) -> dict[str, Any]:
        """One batched observation."""
        u = uniforms(self.seed_value, "toy.observation", 5 * self.num_envs, self.steps).reshape(self.num_envs, 5)
        air = (100.0 * u[:, :2]).astype(np.float32)
        frame = np.zeros((self.num_envs, 1, 60, 80), np.uint8)
        return {"air": air, "context": (2.0 * u[:, 2:] - 1.0).astype(np.float32), "thermal": frame}

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode in all rows."""
        self.seed_value, self.steps = int(seed or 0), 0
        return self._observe(), {}

    def scores(self, actions: Float32) -> Float:
        """(n,) scores: a bump of width 0.6 around the upper corner of the paying family's slots."""
        slots = np.clip(actions[:, len(self.space.families) :].astype(np.float64), -1.0, 1.0)
        bump = np.exp(-((slots - self.corner) ** 2).mean(axis=1) / (2.0 * 0.6**2))
        return np.asarray(np.where(self.space.family_of(actions) == self.family, bump, 0.05 * bump), np.float64)

    def step(self, actions: Any) -> tuple[Any, Float, Any, Any, dict[str, Any]]:
        """Run one scenario per row."""
        actions = np.asarray(actions, np.float32)
        raw = self.scores(actions)
        u = uniforms(self.seed_value, "toy.noise", self.num_envs, self.steps)
        rewards = raw + self.noise * np.sqrt(12.0) * (u - 0.5)
        self.steps, self.calls = self.steps + 1, self.calls + 1
        done = np.full(self.num_envs, self.steps >= self.budget)
        infos = {
            "reward_terms": {"raw": raw, "z": rewards, "implausibility": 0.0 * raw, "duplicate": 0.0 * raw},
            "event_class": self.space.family_of(actions),
            "run_id": np.array([f"{self.seed_value:x}-{self.steps}-{i}" for i in range(self.num_envs)], dtype=object),
        }
        if self.sink is not None:
            self.sink(actions, rewards)
        return self._observe(), rewards, done, np.zeros(self.num_envs, bool), infos
