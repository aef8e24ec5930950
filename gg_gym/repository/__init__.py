"""A durable home for scenario definitions: SQLite by default, PostgreSQL by a URL."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gg_gym.repository.base import ScenarioRepository
    from gg_gym.repository.store import SQLScenarioRepository
    from gg_gym.repository.values import (
        ConflictError,
        Draft,
        Origin,
        Page,
        Query,
        Revision,
        StoredScenario,
        StoreError,
        Where,
    )

__all__ = [
    "ConflictError", "Draft", "Origin", "Page", "Query", "Revision", "SQLScenarioRepository", "ScenarioRepository",
    "StoreError", "StoredScenario", "Where",
]  # fmt: skip

_HOME = {"ScenarioRepository": "base", "SQLScenarioRepository": "store"}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'values')}"), name)
