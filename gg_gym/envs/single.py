"""Single environments: one row of the vector ones, so that there is one implementation of each."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode

from gg_gym.envs.selection import ScenarioSelectionVectorEnv
from gg_gym.envs.steering import ScenarioSteeringVectorEnv

Observation = dict[str, np.ndarray]


def first_row(infos: dict[str, Any]) -> dict[str, Any]:
    """Row 0 of vector infos, without the masks."""
    out: dict[str, Any] = {}
    for key, value in infos.items():
        if key.startswith("_"):
            continue
        if isinstance(value, dict):
            out[key] = first_row(value)
        elif isinstance(value, np.ndarray):
            out[key] = value[0].copy() if value.ndim > 1 else value[:1].tolist()[0]
        else:
            out[key] = value[0]
    return out


class _Single(gymnasium.Env[Observation, np.ndarray]):
    """One row of a vector environment."""

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 2}  # noqa: RUF012
    vector_class: type[Any]

    def __init__(self, *, render_mode: str | None = None, **kwargs: Any) -> None:
        self.render_mode = render_mode
        self.vector = self.vector_class(1, autoreset_mode=AutoresetMode.DISABLED, render_mode=render_mode, **kwargs)
        self.observation_space = self.vector.single_observation_space
        self.action_space = self.vector.single_action_space
        self._started = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; the same seed gives the same episode."""
        super().reset(seed=seed)
        if seed is None and not self._started:
            seed = int(self.np_random.integers(2**62))
        self._started = True
        obs, infos = self.vector.reset(seed=seed)
        return {k: v[0] for k, v in obs.items()}, first_row(infos)

    def step(self, action: np.ndarray) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one action (see the vector environment)."""
        if not self._started:
            raise gymnasium.error.ResetNeeded("reset() first")
        self.vector.autoreset.restarted(np.ones(1, bool))
        obs, reward, terminated, truncated, infos = self.vector.step(np.asarray(action)[None])
        row = {k: v[0] for k, v in obs.items()}
        return row, float(reward[0]), bool(terminated[0]), bool(truncated[0]), first_row(infos)

    def attach(self, detector: Any, reference: Any = None, card: dict[str, float] | None = None) -> None:
        """Attach a retrained detector; it acts at the next reset."""
        self.vector.attach(detector, reference, card)

    def render(self) -> np.ndarray | None:
        """A picture (H, W, 3) uint8, or None without a render mode."""
        pictures = self.vector.render()
        return None if pictures is None else pictures[0]


class ScenarioSelectionEnv(_Single):
    """Choose what happens next, one row (see :class:`~gg_gym.envs.selection.ScenarioSelectionVectorEnv`)."""

    vector_class = ScenarioSelectionVectorEnv


class ScenarioSteeringEnv(_Single):
    """Steer one run while it goes on (see :class:`~gg_gym.envs.steering.ScenarioSteeringVectorEnv`)."""

    vector_class = ScenarioSteeringVectorEnv
