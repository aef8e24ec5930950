"""Evaluate an ensemble: window metrics on whole runs, alarm metrics on the stream of windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gg_gym.detection.alarms import AlarmPolicy, AlarmReport, alarm_report, group_streams
from gg_gym.detection.ensemble import Ensemble, raw_batches
from gg_gym.detection.metrics import classification_metrics
from gg_gym.detection.uncertainty import aleatoric_entropy, bald, predictive_entropy
from gg_gym.errors import InputError
from gg_gym.units import Float, Int

#: Classes that raise no alarm.
HARMLESS = ("normal", "nuisance")
_KEPT = ("event_class", "severity", "anomaly", "run", "end")


@dataclass(frozen=True)
class Scores:
    """What an ensemble says of N windows, beside their labels.

    Attributes:
        probabilities: (M, N, K).
        severity, anomaly: (N,) means over the members.
        labels: "event_class" (N,), and "severity", "anomaly", "run", "end" where the data has them.
    """

    probabilities: Float
    severity: Float
    anomaly: Float
    labels: dict[str, Any]

    @property
    def mean(self) -> Float:
        """(N, K) averaged over the members."""
        out: Float = self.probabilities.mean(0)
        return out

    @property
    def last(self) -> Int:
        """Rows of the latest window of each run; all rows if the data knows no runs."""
        if "run" not in self.labels or "end" not in self.labels:
            return np.arange(self.probabilities.shape[1])
        order = np.lexsort((self.labels["end"], self.labels["run"]))
        runs = self.labels["run"][order]
        return np.sort(order[np.append(runs[1:] != runs[:-1], True)])


def score(ensemble: Ensemble, data: Any) -> Scores:
    """Score all windows, batch by batch.

    Args:
        ensemble: the ensemble.
        data: a dict of tensors, a window dataset or a DataLoader; with "event_class".

    Raises:
        InputError: no window, no "event_class", wrong shapes.
    """
    parts: list[list[Any]] = []
    labels: dict[str, list[Any]] = {}
    for batch in raw_batches(data):
        prediction = ensemble.predict(batch)
        parts.append([prediction.probabilities, prediction.severity.mean(0), prediction.anomaly.mean(0)])
        for key in _KEPT:
            if key in batch:
                labels.setdefault(key, []).append(np.asarray(batch[key]))
    if not parts or "event_class" not in labels:
        raise InputError("data", "no window" if not parts else "no 'event_class'", "labelled windows")
    probabilities = np.concatenate([p[0] for p in parts], axis=1)
    severity, anomaly = (np.concatenate([p[i] for p in parts]) for i in (1, 2))
    joined = {key: np.concatenate(values) for key, values in labels.items()}
    return Scores(probabilities, severity, anomaly, joined)


def hazard(probabilities: Float, classes: Sequence[str], harmless: Sequence[str] = HARMLESS) -> Float:
    """Score for alarms (N,): probability of the classes that are not harmless, from (N, K)."""
    rows = [k for k, name in enumerate(classes) if name not in harmless]
    out: Float = probabilities[:, rows].sum(1)
    return out


def hazard_onsets(headers: Sequence[Any], classes: Sequence[str], harmless: Sequence[str] = HARMLESS) -> Float:
    """Onset of each run's hazard (runs,) [s]; inf where nothing happens or what happens is harmless.

    Args:
        headers: have ``onset_s`` and ``event_class``, as :class:`gg_gym.records.run.RunHeader`.
        classes: names of the classes.
        harmless: classes that are no hazard.
    """
    quiet = {k for k, name in enumerate(classes) if name in harmless}
    return np.array([np.inf if int(h.event_class) in quiet else float(h.onset_s) for h in headers])


def window_metrics(scores: Scores, classes: Sequence[str]) -> dict[str, float]:
    """Metrics of the latest window of each run: classes, severity, anomaly, uncertainty."""
    rows = scores.last
    y, p = scores.labels["event_class"][rows], scores.probabilities[:, rows]
    out = classification_metrics(p.mean(0), y, classes)
    if "severity" in scores.labels:
        out["severity_mae"] = float(np.abs(scores.severity[rows] - scores.labels["severity"][rows]).mean())
    if "anomaly" in scores.labels:
        wrong = (scores.anomaly[rows] >= 0.5) != (scores.labels["anomaly"][rows] > 0.5)
        out["anomaly_error"] = float(wrong.mean())
    out["mutual_information"] = float(bald(p).mean())
    out["predictive_entropy"] = float(predictive_entropy(p).mean())
    out["aleatoric_entropy"] = float(aleatoric_entropy(p).mean())
    return out


def alarm_metrics(
    scores: Scores, onsets: Any, dt: float, samples: int, classes: Sequence[str], policy: AlarmPolicy
) -> AlarmReport:
    """Alarm report of all windows (see :mod:`gg_gym.detection.alarms`).

    Args:
        scores: with "run" and "end" in the labels.
        onsets: (runs,) [s] after the first sample, indexed by "run"; inf for never.
        dt: sample interval [s]; a window that ends after n samples is known at n dt.
        samples: samples of a run.
        classes: names of the classes.
        policy: the policy.
    """
    if "run" not in scores.labels or "end" not in scores.labels:
        raise InputError("data", "no 'run' or no 'end'", "windows that know their run and end")
    run = scores.labels["run"].astype(np.int64)
    time, onset = scores.labels["end"] * float(dt), np.asarray(onsets, dtype=np.float64)[run]
    streams = group_streams(run, time, hazard(scores.mean, classes), onset, samples * float(dt))
    return alarm_report(streams, policy)


def evaluate(
    ensemble: Ensemble,
    data: Any,
    *,
    policy: AlarmPolicy | None = None,
    onsets: Any = None,
    dt: float | None = None,
    samples: int | None = None,
) -> dict[str, float]:
    """All metrics of an ensemble on a labelled set in one flat dictionary of finite numbers.

    Window metrics use the latest window of each run, alarm metrics all windows. Alarm metrics are there if a policy is
    given and onsets are known: from ``onsets``, or from the dataset's ``headers``.

    Args:
        ensemble: the ensemble.
        data: a dict of tensors, a window dataset (several ``ends`` for alarm metrics) or a DataLoader.
        policy: alarm policy.
        onsets: (runs,) onset of the hazard in each run [s], inf for never; default: from ``data.headers``.
        dt: sample interval [s]; default: from ``data.headers``.
        samples: samples of a run; default: from ``data.headers``.

    Raises:
        InputError: malformed data, or a policy without onsets.
    """
    classes, scores = ensemble.spec.classes, score(ensemble, data)
    out = window_metrics(scores, classes)
    if policy is None:
        return out
    headers = getattr(data, "headers", None)
    if onsets is None and headers:
        onsets = hazard_onsets(headers, classes)
    if headers:
        dt, samples = dt or float(headers[0].dt), samples or int(headers[0].samples)
    if onsets is None or dt is None or samples is None:
        raise InputError("evaluate", "a policy without onsets, dt and samples", "give them, or a dataset with headers")
    return out | alarm_metrics(scores, onsets, dt, samples, classes, policy).metrics()
