"""Evaluation of a detector on a fixed dataset: windows, calibration, alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from gg_gym.scenarios.labels import ANOMALIES
from gg_gym.units import Bool, Float, Int

#: Classes that call for an alarm.
ALARMING = ANOMALIES


@dataclass(frozen=True)
class PreparedWindows:
    """The windows of a dataset, ready for any detector of one specification.

    Attributes:
        windows: prepared set of N windows.
        run: (N,) index into ``headers``.
        end: (N,) samples seen.
        headers: run headers.
        spec: the detector's specification.
    """

    windows: Any
    run: Int
    end: Int
    headers: tuple[Any, ...]
    spec: Any

    @property
    def last(self) -> Bool:
        """(N,) whether a window ends with its run."""
        samples = np.array([header.samples for header in self.headers])
        return np.asarray(self.end == samples[self.run], np.bool_)

    def at_end(self) -> Any:
        """The prepared windows that end with their run."""
        import torch

        return self.windows.subset(torch.from_numpy(np.flatnonzero(self.last)))

    def probabilities(self, detector: Any) -> Float:
        """(N, K) calibrated mean probabilities."""
        logits = self.windows.logits(detector.network).numpy()
        return np.asarray(detector.calibrate(logits).mean(0), np.float64)

    @property
    def labels(self) -> Int:
        """(N,) class of each window."""
        return np.asarray(self.windows.event_class.numpy(), np.int64)


def prepare_windows(dataset: Any, loader: Any, spec: Any) -> PreparedWindows:
    """Read a dataset once.

    Args:
        dataset: window dataset.
        loader: its DataLoader.
        spec: the detector's specification.
    """
    from gg_gym.detection.networks import StackedNetwork
    from gg_gym.detection.prepared import prepare_set
    from gg_gym.studies.workshop import batches

    facts: dict[str, list[Any]] = {}
    ready = prepare_set(batches(loader, facts), StackedNetwork(spec, 1))
    run, end = (np.concatenate(facts[key]).astype(np.int64) for key in ("run", "end"))
    return PreparedWindows(ready, run, end, tuple(dataset.headers), spec)


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """The finite numbers, as plain floats."""
    return {name: float(value) for name, value in metrics.items() if isfinite(value)}


def evaluate(detector: Any, data: PreparedWindows, alarm: tuple[float, int, int]) -> dict[str, float]:
    """Metrics on a dataset.

    Args:
        detector: ensemble.
        data: prepared windows of several ends per run.
        alarm: threshold of the alarming probability, k and n of the alarm rule.

    Returns:
        window metrics of whole runs (macro AUPRC, recall per class, ECE, NLL, ...) and alarm metrics (delay, false
        alarms per pole-year with their bound, ...); finite numbers only.
    """
    from gg_gym.detection.alarms import AlarmPolicy, alarm_report, group_streams
    from gg_gym.detection.metrics import classification_metrics

    p, classes = data.probabilities(detector), list(data.spec.classes)
    out = classification_metrics(p[data.last], data.labels[data.last], classes)
    codes = [classes.index(name) for name in ALARMING if name in classes]
    score = p[:, codes].sum(axis=1)
    headers = [data.headers[i] for i in data.run]
    time = np.array([end * header.dt for end, header in zip(data.end, headers, strict=True)])
    onset = np.array([header.onset_s if header.event_class in codes else np.inf for header in headers])
    length = max(header.samples * header.dt for header in data.headers)
    threshold, k, n = alarm
    policy = AlarmPolicy(threshold, k, n, merge_gap=length, refractory=length)
    report = alarm_report(group_streams(data.run, time, score, onset, length), policy)
    return finite({**out, **report.metrics()})


def card(detector: Any, data: PreparedWindows, before: Mapping[str, float] | None) -> dict[str, float]:
    """Numbers about a detector for the environment's context.

    Args:
        detector: ensemble.
        data: prepared windows of the validation set.
        before: the card of the detector before, for the change.

    Returns:
        "validation_loss", "auprc", "auprc_change", "ece", and "error.FAMILY": one minus the mean probability of the
        true class over the family's runs.
    """
    from gg_gym.detection.metrics import macro_auprc, negative_log_likelihood, top_label_ece

    last = data.last
    p, y = data.probabilities(detector)[last], data.labels[last]
    auprc = macro_auprc(p, y)
    out = {
        "validation_loss": negative_log_likelihood(p, y),
        "auprc": auprc,
        "auprc_change": auprc - float((before or {}).get("auprc", auprc)),
        "ece": top_label_ece(p, y),
    }
    families = np.array([data.headers[i].family for i in data.run[last]])
    miss = 1.0 - p[np.arange(len(y)), y]
    return finite({**out, **{f"error.{name}": float(miss[families == name].mean()) for name in np.unique(families)}})
