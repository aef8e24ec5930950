"""gg_gym.envs (the root folder ``envs`` is a link to it): the Gymnasium environments."""

from __future__ import annotations

from importlib import import_module
from typing import Any

if __name__ != "gg_gym.envs":
    raise ImportError("import gg_gym.envs, not the link envs at the root of the repository")

_PUBLIC = {
    "RunSink": "sink",
    "SB3VecEnv": "sb3",
    "ScenarioSelectionEnv": "single",
    "ScenarioSelectionVectorEnv": "selection",
    "ScenarioSteeringEnv": "single",
    "ScenarioSteeringVectorEnv": "steering",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name lazily."""
    if name in _PUBLIC:
        return getattr(import_module(f"gg_gym.envs.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'gg_gym.envs' has no attribute {name!r}")
