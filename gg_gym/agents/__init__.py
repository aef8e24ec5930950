"""Agents: ask/tell samplers and the manager that runs the rounds (the root folder ``agents`` is a link to it)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

if __name__ != "gg_gym.agents":
    raise ImportError("import gg_gym.agents, not the link agents at the root of the repository")

_PUBLIC = {
    "AGENTS": "catalogue",
    "ActiveLearningManager": "manager",
    "AgentContext": "base",
    "PrioritizationStrategy": "strategies",
    "Sampler": "base",
    "load_sampler": "checkpoint",
    "make_sampler": "catalogue",
    "save_sampler": "checkpoint",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
