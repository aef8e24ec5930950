"""Checkpoints of agents: one safetensors file for arrays, one JSON file for the rest. Never a pickle."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gg_gym.agents.base import Sampler
from gg_gym.errors import InputError

_ARRAY = "__array__"
_LIMIT = 256 * 2**20


def _split(value: Any, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Replace arrays by references to ``arrays``, recursively."""
    if isinstance(value, np.ndarray):
        arrays[path] = np.ascontiguousarray(value)
        return {_ARRAY: path}
    if isinstance(value, dict):
        return {str(k): _split(v, f"{path}/{k}", arrays) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_split(v, f"{path}/{i}", arrays) for i, v in enumerate(value)]
    return value


def _join(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Undo :func:`_split`."""
    if isinstance(value, dict):
        if set(value) == {_ARRAY}:
            return arrays[value[_ARRAY]]
        return {k: _join(v, arrays) for k, v in value.items()}
    if isinstance(value, list):
        return [_join(v, arrays) for v in value]
    return value


def _replace(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, sync it and rename it."""
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def save_sampler(sampler: Sampler, folder: str | Path) -> Path:
    """Write a sampler's state to ``folder/sampler.json`` and ``folder/sampler.safetensors``; the JSON comes last."""
    from safetensors.numpy import save

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {}
    tree = _split(sampler.state_dict(), "state", arrays)
    _replace(folder / "sampler.safetensors", save(arrays))
    _replace(folder / "sampler.json", (json.dumps(tree, sort_keys=True) + "\n").encode())
    return folder


def read_state(folder: str | Path) -> dict[str, Any]:
    """Read the state that :func:`save_sampler` wrote.

    Raises:
        InputError: a missing, oversized or unreadable checkpoint.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    paths = [Path(folder) / "sampler.json", Path(folder) / "sampler.safetensors"]
    for path in paths:
        if not path.is_file():
            raise InputError(str(path), "no such file", "a folder written by save_sampler")
        if path.stat().st_size > _LIMIT:
            raise InputError(str(path), f"{path.stat().st_size} bytes", f"at most {_LIMIT}")
    try:
        arrays = load(paths[1].read_bytes())
        state: dict[str, Any] = _join(json.loads(paths[0].read_text()), arrays)
    except (ValueError, KeyError, SafetensorError) as error:
        raise InputError(str(folder), f"unreadable checkpoint: {error}", "files written by save_sampler") from None
    return state


def load_sampler(sampler: Sampler, folder: str | Path) -> Sampler:
    """Load a checkpoint into a sampler of the same kind and return it.

    Raises:
        InputError: a missing or unreadable checkpoint, or one of another kind of sampler.
    """
    sampler.load_state_dict(read_state(folder))
    return sampler
