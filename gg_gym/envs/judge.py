"""Judge: the frozen detector of a round, its reference, and the scale of its scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.detection.commission import ReferenceBatch, commission, reference_batch
from gg_gym.detection.ensemble import Ensemble
from gg_gym.envs.rewards import Scale, probabilities, raw_score
from gg_gym.scenarios.base import EVENT_CLASSES
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.twin import Twin
from gg_gym.units import Float


@dataclass
class Judge:
    """Scores runs for the reward.

    Attributes:
        name: name of the raw score.
        detector: the ensemble, or None: everything is worth 0.
        reference: the reference detector.
        batch: the fixed reference batch that scales scores.
        scale: from raw scores to z.
        card: numbers about the detector for the context.
    """

    name: str
    detector: Ensemble | None
    reference: Ensemble | None
    batch: ReferenceBatch | None
    scale: Scale = field(default_factory=lambda: Scale(0.0, 1.0))
    card: dict[str, float] = field(default_factory=dict)

    @property
    def paying(self) -> bool:
        """Whether there is a detector."""
        return self.detector is not None

    def score(self, batch: dict[str, np.ndarray], runs: int, labels: Float) -> tuple[Float, Float]:
        """Raw scores (S,) and the ensemble's belief (S, K) for S runs whose replicates are rows r * S + s."""
        if self.detector is None or self.reference is None:
            return np.zeros(runs), np.full((runs, len(EVENT_CLASSES)), 1.0 / len(EVENT_CLASSES))
        p = probabilities(self.detector, batch, runs)
        q = probabilities(self.reference, batch, runs)
        return raw_score(self.name, p, q, labels), p.mean(axis=(0, 2))


def _load(source: Any) -> Ensemble:
    return Ensemble.load(source) if isinstance(source, (str, Path)) else source


def make_judge(
    twin: Twin,
    space: ScenarioSpace,
    detector: Any,
    reference: Any,
    name: str,
    card: Mapping[str, float] | None = None,
    batch: ReferenceBatch | None = None,
) -> Judge:
    """Build the judge of a detector.

    Args:
        twin: the twin the runs come from.
        space: the scenario space.
        detector: "none", "commission", a folder, or an ensemble.
        reference: a folder or an ensemble; needed unless commissioned.
        name: name of the raw score.
        card: numbers about the detector for the context.
        batch: the fixed reference batch, if there is one already.

    Raises:
        InputError: a folder that does not hold a detector.
    """
    if isinstance(detector, str) and detector == "none":
        return Judge(name, None, None, None)
    batch = batch or reference_batch(twin, space)
    if isinstance(detector, str) and detector == "commission":
        ensemble, taught = commission(twin, space, batch)
        reference = taught if reference is None else reference
    else:
        ensemble = _load(detector)
        reference = commission(twin, space, batch)[1] if reference is None else reference
    judge = Judge(name, ensemble, _load(reference), batch)
    raw, _ = judge.score(batch.windows, len(batch.labels), batch.labels.astype(np.float64))
    judge.scale = Scale.of(raw)
    numbers = {"reference_mean": float(raw.mean()), "reference_p90": float(np.percentile(raw, 90))}
    judge.card = {**numbers, **dict(card or {})}
    return judge
