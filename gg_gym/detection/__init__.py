"""Detection: networks, ensemble, uncertainty, training, metrics and the model interface.

Public names load lazily, so importing the package costs no torch.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "AlarmPolicy": "alarms",
    "ChannelSpec": "spec",
    "DetectorSpec": "spec",
    "Ensemble": "ensemble",
    "LocalModelInterface": "interface",
    "MLTrainingPipeline": "pipeline",
    "ModelInterface": "interface",
    "Prediction": "ensemble",
    "TrainingOptions": "training",
    "TrainingReport": "training",
    "evaluate": "evaluation",
    "train": "training",
    "train_reference": "training",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
