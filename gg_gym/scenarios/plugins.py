"""Families of other packages: entry points of the group ``gg_gym.scenarios``, and only those that are named.

A package declares ``name = "package.module:Family"`` in that group. It is loaded where ``GG_GYM_PLUGINS`` (names,
separated by commas) or the caller names it; worker processes inherit the variable. Nothing else is ever imported: a
definition names registry keys.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from gg_gym.errors import InputError
from gg_gym.scenarios.base import SCENARIOS, BaseScenario

GROUP = "gg_gym.scenarios"
#: Environment variable that holds the allow-list.
VARIABLE = "GG_GYM_PLUGINS"


def allowed() -> tuple[str, ...]:
    """Names of entry points that the environment allows."""
    return tuple(dict.fromkeys(n.strip() for n in os.environ.get(VARIABLE, "").split(",") if n.strip()))


def load_plugins(names: Sequence[str] | None = None) -> tuple[str, ...]:
    """Load the families of the named entry points; returns the registry keys they added.

    Args:
        names: entry points that may be loaded; those of ``GG_GYM_PLUGINS`` by default.

    Raises:
        InputError: no installed package has the entry point, it does not load, or it takes another family's key.
    """
    wanted = allowed() if names is None else tuple(names)
    if not wanted:
        return ()
    from importlib.metadata import entry_points

    found = {e.name: e for e in entry_points(group=GROUP)}
    before = set(SCENARIOS)
    for name in wanted:
        if name not in found:
            known = ", ".join(sorted(found)) or "none is installed"
            raise InputError(VARIABLE, f"no entry point {name!r} in group {GROUP}", known)
        _register(name, found[name])
    return tuple(sorted(set(SCENARIOS) - before))


def _register(name: str, entry: Any) -> None:
    """Load one entry point: a family, or a module that registers its families."""
    try:
        loaded = entry.load()
        if isinstance(loaded, type) and issubclass(loaded, BaseScenario):
            SCENARIOS.add(loaded.key, loaded)
    except Exception as error:
        what = f"entry point {name!r} ({entry.value}) does not load: {type(error).__name__}: {error}"
        raise InputError(VARIABLE, what, "a scenario family, or a module that registers some") from None
