"""SB3VecEnv: a Scenario vector environment as a stable-baselines3 VecEnv, with every channel brought to its scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvIndices, VecEnvObs, VecEnvStepReturn

from gg_gym.envs.spaces import scaling
from gg_gym.errors import InputError

#: Scaled channels stay in this range.
SPAN = 10.0


class SB3VecEnv(VecEnv):
    """Adapter from same-step autoreset vector environments to SB3.

    Raw units do not learn: ppb in thousands beside radians. Each instrument's channels become (value - centre) / scale,
    clipped to [-10, 10], with the product's fixed centre and scale.

    Args:
        env: a Selection or Steering vector environment in SAME_STEP mode.

    Raises:
        InputError: another autoreset mode.
    """

    def __init__(self, env: Any) -> None:
        self.env = env.unwrapped
        if self.env.metadata["autoreset_mode"] is not AutoresetMode.SAME_STEP:
            raise InputError("autoreset_mode", str(self.env.metadata["autoreset_mode"]), "AutoresetMode.SAME_STEP")
        self.render_mode = self.env.render_mode
        self._scaling = scaling(self.env.twin)
        parts: dict[str, spaces.Space[Any]] = dict(self.env.single_observation_space.spaces)
        for key, (centre, _) in self._scaling.items():
            parts[key] = spaces.Box(-SPAN, SPAN, centre.shape, np.float32)
        super().__init__(self.env.num_envs, spaces.Dict(parts), self.env.single_action_space)
        self._actions = np.zeros((self.num_envs, *self.env.single_action_space.shape), np.float32)

    def scaled(self, obs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Observations with scaled channels; works on batches and single rows."""
        out = dict(obs)
        for key, (centre, scale) in self._scaling.items():
            out[key] = np.clip((obs[key] - centre) / scale, -SPAN, SPAN).astype(np.float32)
        return out

    def reset(self) -> VecEnvObs:
        """Reset all rows; the seed given to :meth:`seed` is used once."""
        seed = next((s for s in self._seeds if s is not None), None)
        obs, _ = self.env.reset(seed=seed)
        self._reset_seeds()
        self._reset_options()
        self.reset_infos = [{} for _ in range(self.num_envs)]
        return self.scaled(obs)

    def step_async(self, actions: np.ndarray) -> None:
        """Remember the actions."""
        self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Step all rows."""
        obs, reward, terminated, truncated, info = self.env.step(self._actions)
        done = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(done):
            infos[i] = {
                "terminal_observation": self.scaled(info["final_obs"][i]),
                "TimeLimit.truncated": bool(truncated[i] and not terminated[i]),
            }
        return self.scaled(obs), reward.astype(np.float32), done, infos

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """The shared attribute, once a row."""
        return [getattr(self.env, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute of the shared environment."""
        setattr(self.env, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any) -> list[Any]:
        """Call a method of the shared environment; one result a row."""
        result = getattr(self.env, method_name)(*args, **kwargs)
        return [result] * len(list(self._get_indices(indices)))

    def env_is_wrapped(self, wrapper_class: type[Any], indices: VecEnvIndices = None) -> list[bool]:
        """No row is wrapped."""
        return [False] * len(list(self._get_indices(indices)))

    def get_images(self) -> Sequence[np.ndarray | None]:
        """Pictures of the rows."""
        return list(self.env.render() or [])
