"""Gymnasium's three autoreset modes for vector environments, in one place."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from gymnasium.vector import AutoresetMode

from gg_gym.errors import InputError
from gg_gym.units import Bool


class Resettable(Protocol):
    """What :class:`Autoreset` asks of an environment."""

    num_envs: int

    def _prepare(self) -> None: ...

    def _observation(self) -> dict[str, np.ndarray]: ...

    def _new_episodes(self, mask: np.ndarray) -> None: ...


class Autoreset:
    """Which rows wait for a reset, and when they get it.

    Args:
        mode: NEXT_STEP (the step after the end ignores the action and returns the first observation), SAME_STEP (the
            ending step returns the next episode's first observation and ``final_obs``), or DISABLED.
        num_envs: rows.
    """

    def __init__(self, mode: AutoresetMode, num_envs: int) -> None:
        self.mode, self.num_envs = mode, num_envs
        self._done = np.zeros(num_envs, bool)

    def reset_mask(self, options: dict[str, Any] | None) -> Bool:
        """Rows (n,) that a reset asks for.

        Raises:
            InputError: a mask of another type or shape, or without a row.
        """
        if not options or "reset_mask" not in options:
            return np.ones(self.num_envs, bool)
        mask = options["reset_mask"]
        if (
            not isinstance(mask, np.ndarray)
            or mask.dtype != np.bool_
            or mask.shape != (self.num_envs,)
            or not mask.any()
        ):
            raise InputError("reset_mask", f"got {mask!r}", f"a bool array of shape ({self.num_envs},) with a True")
        return mask

    def restarted(self, mask: Bool) -> None:
        """Rows of ``mask`` are in a new episode."""
        self._done[mask] = False

    def waiting(self) -> Bool:
        """Rows (n,) that get their reset in this step.

        Raises:
            InputError: DISABLED and a row is over.
        """
        if self.mode == AutoresetMode.DISABLED and self._done.any():
            raise InputError("step", f"rows {np.flatnonzero(self._done).tolist()} are over", "reset them first")
        return self._done.copy()

    def finish(
        self, env: Resettable, done: Bool, infos: dict[str, Any]
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Prepare the next observations after a step in which rows ``done`` ended."""
        self._done |= done
        env._prepare()
        obs = env._observation()
        if self.mode != AutoresetMode.SAME_STEP or not done.any():
            return obs, infos
        final = np.full(self.num_envs, None, dtype=object)
        for row in np.flatnonzero(done):
            final[row] = {k: v[row].copy() for k, v in obs.items()}
        env._new_episodes(done)
        env._prepare()
        return env._observation(), {**infos, "final_obs": final, "_final_obs": done.copy(), "final_info": dict(infos)}


def batched_infos(info: dict[str, Any], live: Bool) -> dict[str, Any]:
    """Gymnasium's vector infos: every key has a mask ``_key`` of the rows it holds for."""
    out: dict[str, Any] = {}
    for key, value in info.items():
        out[key] = batched_infos(value, live) if isinstance(value, dict) else value
        out[f"_{key}"] = live.copy()
    return out
