"""The door between a model and the manager: feedback on a dataset, whatever the model is."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.detection.ensemble import Ensemble, raw_batches
from gg_gym.detection.evaluation import Scores, score, window_metrics
from gg_gym.detection.metrics import classification_metrics
from gg_gym.detection.spec import DetectorSpec
from gg_gym.detection.uncertainty import bald, cross_entropy, predictive_entropy
from gg_gym.errors import InputError
from gg_gym.feedback import FeatureSummary, MisclassifiedSample, ModelPerformanceData, UncertainSample
from gg_gym.units import Float, Int


class ModelInterface(ABC):
    """A model that can be asked how it fares."""

    @abstractmethod
    def get_model_performance_feedback(self, dataset: Any, version_tag: str | None = None) -> ModelPerformanceData:
        """Evaluate the model on a dataset.

        Args:
            dataset: path of a dataset folder, or windows in memory.
            version_tag: version of the model; None is the current one.

        Raises:
            InputError: an unknown version, or a dataset that cannot be read.
        """


def feature_summary(batch: Mapping[str, Any], row: int, spec: DetectorSpec, most: int) -> tuple[FeatureSummary, ...]:
    """The channels of a window that stray most from their centres, most unusual first.

    Args:
        batch: with "x" and "mask" (B, C, T).
        row: the window.
        spec: channels.
        most: at most so many.
    """
    x, valid = np.asarray(batch["x"][row], np.float64), np.asarray(batch["mask"][row]) > 0
    found = []
    for channel, values, there in zip(spec.channels, x, valid, strict=True):
        seen = values[there & np.isfinite(values)]
        if seen.size:
            importance = float(np.abs((seen - channel.centre) / channel.scale).mean())
            path = f"{channel.instrument}/{channel.name}"
            found.append(FeatureSummary(path, float(seen.mean()), channel.unit, importance))
    return tuple(sorted(found, key=lambda f: (-f.importance, f.path))[:most])


class LocalModelInterface(ModelInterface):
    """Feedback of an ensemble stored in a local folder.

    Args:
        folder: a detector folder, or a folder of detector folders named by their version tags.
        limit: at most so many uncertain and so many misclassified samples.
        features: at most so many features per sample.
    """

    def __init__(self, folder: str | Path, limit: int = 32, features: int = 5) -> None:
        self.folder, self.limit, self.features = Path(folder), limit, features

    def load(self, version_tag: str | None = None) -> Ensemble:
        """Load the ensemble of a version.

        Raises:
            InputError: a tag that is no plain name, no such version, or a damaged detector.
        """
        if version_tag is None:
            return Ensemble.load(self.folder)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", version_tag):
            raise InputError("version_tag", repr(version_tag), "letters, digits, dots, dashes, underscores")
        if not (self.folder / version_tag).is_dir():
            known = sorted(p.parent.name for p in self.folder.glob("*/detector.json"))
            raise InputError("version_tag", repr(version_tag), ", ".join(known) or f"no version in {self.folder}")
        return Ensemble.load(self.folder / version_tag)

    def get_model_performance_feedback(self, dataset: Any, version_tag: str | None = None) -> ModelPerformanceData:
        """Evaluate the stored ensemble on a dataset folder, a window dataset, a DataLoader or a dict of tensors.

        A DataLoader must give its windows in the same order each time.

        Raises:
            InputError: an unknown version, or a dataset that cannot be read.
        """
        ensemble = self.load(version_tag)
        data = _opened(dataset)
        scores = score(ensemble, data)
        rows = scores.last
        unsure, wrong = self._ranked(scores, rows)
        summaries = self._summaries(data, {*unsure, *wrong}, ensemble.spec)
        names = _run_names(data, scores)
        overall = window_metrics(scores, ensemble.spec.classes)
        return ModelPerformanceData(
            model_version=version_tag or ensemble.digest()[:16],
            n_samples=len(rows),
            overall_metrics={k: v for k, v in overall.items() if "/" not in k},
            per_class_metrics=_per_class(overall, scores, rows, ensemble.spec),
            uncertain_samples=_uncertain(scores, unsure, names, ensemble.spec, summaries),
            misclassified_samples=_misclassified(scores, wrong, names, ensemble.spec, summaries),
            sensor_specific_metrics=_by_sensor(ensemble, data, scores, rows),
        )

    def _ranked(self, scores: Scores, rows: Int) -> tuple[list[int], list[int]]:
        """Rows by mutual information, and misclassified rows by loss, both highest first."""
        p, y = scores.probabilities[:, rows], scores.labels["event_class"][rows]
        loss = np.where(p.mean(0).argmax(1) != y, cross_entropy(p.mean(0), y), -np.inf)
        unsure = rows[np.argsort(-bald(p), kind="stable")[: self.limit]]
        order = np.argsort(-loss, kind="stable")[: self.limit]
        return [int(r) for r in unsure], [int(r) for r in rows[order[np.isfinite(loss[order])]]]

    def _summaries(self, data: Any, rows: set[int], spec: DetectorSpec) -> dict[int, tuple[FeatureSummary, ...]]:
        """Feature summaries of some rows, in one more pass over the data."""
        out: dict[int, tuple[FeatureSummary, ...]] = {}
        start = 0
        for batch in raw_batches(data):
            count = len(batch["x"])
            for row in sorted(r for r in rows if start <= r < start + count):
                out[row] = feature_summary(batch, row - start, spec, self.features)
            start += count
        return out


def _opened(dataset: Any) -> Any:
    """Open a path as a window dataset; leave anything else as it is."""
    if not isinstance(dataset, str | Path):
        return dataset
    from gg_gym.datasets.windows import WindowDataset

    return WindowDataset(str(dataset))


def _run_names(data: Any, scores: Scores) -> list[str]:
    """Run id of each window, or its run index, or its row."""
    count = scores.probabilities.shape[1]
    runs = scores.labels.get("run", np.arange(count))
    headers = getattr(data, "headers", None)
    return [str(headers[int(r)].run_id) if headers else str(int(r)) for r in runs]


def _per_class(
    overall: Mapping[str, float], scores: Scores, rows: Int, spec: DetectorSpec
) -> dict[str, dict[str, float]]:
    """Metrics of each class; the count is there for all."""
    counts = np.bincount(scores.labels["event_class"][rows].astype(np.int64), minlength=len(spec.classes))
    out: dict[str, dict[str, float]] = {c: {"count": float(n)} for c, n in zip(spec.classes, counts, strict=True)}
    for name, value in overall.items():
        metric, slash, label = name.partition("/")
        if slash:
            out[label][metric] = value
    return out


def _uncertain(
    scores: Scores, rows: list[int], names: list[str], spec: DetectorSpec, summaries: Mapping[int, Any]
) -> tuple[UncertainSample, ...]:
    """Uncertain samples of some rows."""
    p = scores.probabilities[:, rows]
    total, information, mean = predictive_entropy(p), bald(p), p.mean(0)
    return tuple(
        UncertainSample(
            sample=row,
            run=names[row],
            predicted=spec.classes[int(mean[i].argmax())],
            confidence=_confidence(mean[i]),
            predictive_entropy=float(total[i]),
            mutual_information=float(information[i]),
            sample_features_summary=summaries[row],
        )
        for i, row in enumerate(rows)
    )


def _misclassified(
    scores: Scores, rows: list[int], names: list[str], spec: DetectorSpec, summaries: Mapping[int, Any]
) -> tuple[MisclassifiedSample, ...]:
    """Misclassified samples of some rows."""
    mean, y = scores.mean[rows], scores.labels["event_class"][rows].astype(np.int64)
    loss = cross_entropy(mean, y)
    return tuple(
        MisclassifiedSample(
            sample=row,
            run=names[row],
            actual=spec.classes[int(y[i])],
            predicted=spec.classes[int(mean[i].argmax())],
            confidence=_confidence(mean[i]),
            loss=float(loss[i]),
            sample_features_summary=summaries[row],
        )
        for i, row in enumerate(rows)
    )


def _confidence(p: Float) -> float:
    """Highest probability, not above 1 by rounding."""
    return min(1.0, float(p.max()))


def _without(batch: Mapping[str, Any], part: str) -> dict[str, Any]:
    """A batch without its scalars or without its camera."""
    out = dict(batch)
    if part == "scalars":
        out["mask"] = np.zeros(np.shape(batch["mask"]), np.float32)
    else:
        out.pop("thermal", None)
        out.pop("tmask", None)
    return out


def _by_sensor(ensemble: Ensemble, data: Any, scores: Scores, rows: Int) -> dict[str, dict[str, float]]:
    """What the camera alone, the scalars alone, and both are good for; "fused" alone without a camera."""
    y, classes = scores.labels["event_class"][rows], ensemble.spec.classes
    out = {"fused": classification_metrics(scores.mean[rows], y, classes)}
    if not any("thermal" in batch for batch in raw_batches(data)):
        return {name: _short(values) for name, values in out.items()}
    for name, dropped in (("scalars", "thermal"), ("thermal", "scalars")):
        p = [ensemble.predict(_without(batch, dropped)).mean for batch in raw_batches(data)]
        out[name] = classification_metrics(np.concatenate(p)[rows], y, classes)
    return {name: _short(values) for name, values in out.items()}


def _short(values: Mapping[str, float]) -> dict[str, float]:
    """Macro AUPRC, recall and loss."""
    return {k: values[k] for k in ("macro_auprc", "recall_mean", "nll")}
