"""Records: runs as data. What is written round-trips or raises."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gg_gym.records.reader import DatasetReader
    from gg_gym.records.run import RunData, RunHeader
    from gg_gym.records.writer import DatasetWriter

__all__ = ["DatasetReader", "DatasetWriter", "RunData", "RunHeader"]

_HOME = {"DatasetReader": "reader", "DatasetWriter": "writer", "RunData": "run", "RunHeader": "run"}


def __getattr__(name: str) -> Any:
    """Load public names when they are first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
