"""What the commands hand to libraries that may not import each other: the tracker gets its exporter here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gg_gym.tracking import Exported, MlflowTracker


def install_seconds() -> float | None:
    """How long the installation took, if ``make`` said so."""
    try:
        return float(os.environ["GG_GYM_INSTALL_SECONDS"])
    except (KeyError, ValueError):
        return None


def make_tracker(root: Path) -> MlflowTracker:
    """An MLflow tracker that can register detectors."""
    from gg_gym.tracking import MlflowTracker

    return MlflowTracker(root, exporter=export_detector)


def export_detector(folder: Path) -> Exported:
    """A saved ensemble in the form MLflow stores.

    Raises:
        InputError: the folder holds no detector, or a damaged one.
    """
    import torch

    from gg_gym.detection.ensemble import Ensemble
    from gg_gym.tracking import Exported

    ensemble = Ensemble.load(folder)
    module, inputs = ensemble.export_module(), ensemble.example_inputs(4)
    with torch.no_grad():
        outputs = module(*inputs)
    return Exported(
        module,
        {name: x.numpy() for name, x in zip(("x", "mask", "thermal", "tmask"), inputs, strict=True)},
        {name: y.numpy() for name, y in zip(("probabilities", "severity", "anomaly"), outputs, strict=True)},
        f"torch=={torch.__version__.split('+')[0]}",
    )
