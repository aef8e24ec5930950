"""Gymnasium's three autoreset modes for vector environments, in one place."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode

from gg_gym.errors import InputError
from gg_gym.streams import derive
from gg_gym.units import Bool, Int, UInt64


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
        self._started = np.zeros(num_envs, bool)

    def reset_mask(self, options: dict[str, Any] | None) -> Bool:
        """Rows (n,) that a reset asks for.

        Raises:
            InputError: a mask of another type or shape, without a row, or without a row that was never reset.
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
        if not (self._started | mask).all():
            raise InputError("reset_mask", "leaves out rows that were never reset", "a full reset first")
        return mask

    def restarted(self, mask: Bool) -> None:
        """Rows of ``mask`` are in a new episode."""
        self._done[mask] = False
        self._started[mask] = True

    def waiting(self) -> Bool:
        """Rows (n,) that get their reset in this step.

        Raises:
            ResetNeeded: before the first reset.
            InputError: DISABLED and a row is over.
        """
        if not self._started.all():
            raise ResetNeeded("reset() first")
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
        ended: dict[str, Any] = {"final_obs": final, "_final_obs": done.copy()}
        ended |= {"final_info": masked_infos(infos, done), "_final_info": done.copy()}
        return env._observation(), {**masked_infos(infos, ~done), **ended}


def row_seeds(seed: int | Sequence[int | None] | None, num_envs: int) -> list[int | None]:
    """One seed a row as Gymnasium has it: seed + i, or the list's own; None leaves a row to go on with its own.

    Raises:
        InputError: a list of another length, or a seed that is no integer in [0, 2**64).
    """
    if seed is None:
        return [None] * num_envs
    given: list[int | None]
    given = [int(seed) + i for i in range(num_envs)] if isinstance(seed, (int, np.integer)) else list(seed)
    if len(given) != num_envs:
        raise InputError("seed", f"{len(given)} seeds", f"a number, or {num_envs} of them")
    for value in given:
        if value is not None and not (isinstance(value, (int, np.integer)) and 0 <= value < 2**64):
            raise InputError("seed", f"got {value!r}", "integers from 0 to 2**64 - 1, or None")
    return given


def seed_rows(seed: int | Sequence[int | None] | None, mask: Bool, base: UInt64, episode: Int) -> None:
    """Seed the rows of ``mask`` in place; unseeded ones go on with their own stream, or start a random one.

    Args:
        seed: as for reset.
        mask: (n,) rows.
        base: (n,) what a row's runs derive from.
        episode: (n,) number of the row's episode; -1 where it has not begun.

    Raises:
        InputError: a bad seed.
    """
    fresh = secrets.randbits(62)
    for row, value in enumerate(row_seeds(seed, len(base))):
        if mask[row] and (value is not None or episode[row] < 0):
            base[row], episode[row] = derive(fresh + row if value is None else int(value), "environment"), -1


def masked_infos(infos: dict[str, Any], rows: Bool) -> dict[str, Any]:
    """Vector infos that hold for some rows only: every mask is narrowed to ``rows``."""
    out: dict[str, Any] = {}
    for key, value in infos.items():
        if isinstance(value, dict):
            out[key] = masked_infos(value, rows)
        else:
            out[key] = value & rows if key.startswith("_") else value
    return out


def batched_infos(info: dict[str, Any], live: Bool) -> dict[str, Any]:
    """Gymnasium's vector infos: every key has a mask ``_key`` of the rows it holds for."""
    out: dict[str, Any] = {}
    for key, value in info.items():
        out[key] = batched_infos(value, live) if isinstance(value, dict) else value
        out[f"_{key}"] = live.copy()
    return out
