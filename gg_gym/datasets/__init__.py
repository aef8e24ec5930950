"""Datasets: records made from a manifest, and windows over records, for detectors."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gg_gym.datasets.generation import GenerationManifest, MLDataGenerator
    from gg_gym.datasets.splits import split_by
    from gg_gym.datasets.streaming import ResumableSampler, WindowStream
    from gg_gym.datasets.windows import WindowDataset

__all__ = ["GenerationManifest", "MLDataGenerator", "ResumableSampler", "WindowDataset", "WindowStream", "split_by"]

_HOME = {
    "GenerationManifest": "generation",
    "MLDataGenerator": "generation",
    "ResumableSampler": "streaming",
    "WindowDataset": "windows",
    "WindowStream": "streaming",
    "split_by": "splits",
}


def __getattr__(name: str) -> Any:
    """Load public names when they are first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
