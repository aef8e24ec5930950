"""Metrics of a classifier on windows: ranking, recall, calibration. NumPy float64, no surprises at ties or at 1.0.

N windows, K classes. A class without a window has no AUPRC and no recall; it is left out, never counted as 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gg_gym.detection.uncertainty import cross_entropy
from gg_gym.errors import InputError
from gg_gym.units import Float, Int

#: Bins of the calibration errors.
BINS = 15


def checked(probabilities: Any, labels: Any) -> tuple[Float, Int]:
    """Return probabilities (N, K) float64 and labels (N,) int64.

    Raises:
        InputError: shapes that do not match, no window, or labels out of range.
    """
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(labels).astype(np.int64)
    if p.ndim != 2 or y.shape != p.shape[:1] or not y.size:
        raise InputError("metrics", f"shapes {p.shape} and {y.shape}", "(N, K) and (N,) with N at least 1")
    if y.min() < 0 or y.max() >= p.shape[1]:
        raise InputError("labels", f"{y.min()}..{y.max()}", f"0..{p.shape[1] - 1}")
    return p, y


def average_precision(positive: Any, score: Any) -> float:
    """Area under the precision-recall curve as a step sum: sum of (R_i - R_{i-1}) P_i over distinct thresholds.

    Windows of equal score enter together, so their order does not matter. The definition is scikit-learn's
    ``average_precision_score``.

    Args:
        positive: (N,) bool.
        score: (N,) larger is more positive.

    Returns:
        0..1, or NaN without a positive.
    """
    y, s = np.asarray(positive, dtype=bool), np.asarray(score, dtype=np.float64)
    if not y.any():
        return float("nan")
    order = np.argsort(-s, kind="stable")
    s, hits = s[order], np.cumsum(y[order])
    last = np.flatnonzero(np.append(np.diff(s) != 0, True))
    precision, recall = hits[last] / (last + 1), hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def class_average_precision(probabilities: Any, labels: Any) -> Float:
    """One-against-rest average precision of each class (K,); NaN for a class without a window."""
    p, y = checked(probabilities, labels)
    return np.array([average_precision(y == k, p[:, k]) for k in range(p.shape[1])])


def macro_auprc(probabilities: Any, labels: Any) -> float:
    """Mean average precision over the classes that occur."""
    return float(np.nanmean(class_average_precision(probabilities, labels)))


def class_recall(probabilities: Any, labels: Any) -> Float:
    """Share of each class's windows whose highest probability is theirs (K,); NaN for a class without a window."""
    p, y = checked(probabilities, labels)
    hit = p.argmax(1) == y
    return np.array([hit[y == k].mean() if (y == k).any() else np.nan for k in range(p.shape[1])])


def calibration_bins(confidence: Any, correct: Any, bins: int = BINS) -> tuple[Float, Float, Float]:
    """Equal-mass bins: quantiles of the confidence as edges, the last bin closed, equal values in one bin.

    Args:
        confidence: (N,) in 0..1.
        correct: (N,) bool.
        bins: number of bins.

    Returns:
        mean confidence, share correct and share of the windows of each bin that is not empty.
    """
    c, y = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    edges = np.quantile(c, np.linspace(0.0, 1.0, bins + 1))
    index = np.clip(np.searchsorted(edges, c, side="right") - 1, 0, bins - 1)
    mass = np.bincount(index, minlength=bins)
    full = mass > 0
    sums = [np.bincount(index, weights=v, minlength=bins)[full] / mass[full] for v in (c, y)]
    return sums[0], sums[1], mass[full] / c.size


def calibration_error(confidence: Any, correct: Any, bins: int = BINS) -> float:
    """Expected calibration error: mass-weighted mean of |share correct - mean confidence| over the bins."""
    mean, share, mass = calibration_bins(confidence, correct, bins)
    return float(np.sum(mass * np.abs(mean - share)))


def top_label_ece(probabilities: Any, labels: Any, bins: int = BINS) -> float:
    """Calibration error of the highest probability."""
    p, y = checked(probabilities, labels)
    return calibration_error(p.max(1), p.argmax(1) == y, bins)


def class_wise_ece(probabilities: Any, labels: Any, bins: int = BINS) -> float:
    """Mean over the classes of the calibration error of each class's own probability."""
    p, y = checked(probabilities, labels)
    return float(np.mean([calibration_error(p[:, k], y == k, bins) for k in range(p.shape[1])]))


def negative_log_likelihood(probabilities: Any, labels: Any) -> float:
    """Mean of -log p[label] in nats, each window at most -log(1e-12)."""
    p, y = checked(probabilities, labels)
    return float(cross_entropy(p, y, floor=1e-12).mean())


def brier(probabilities: Any, labels: Any) -> float:
    """Mean squared distance to the one-hot label, summed over the classes: 0..2."""
    p, y = checked(probabilities, labels)
    return float(np.square(p - np.eye(p.shape[1])[y]).sum(1).mean())


def classification_metrics(probabilities: Any, labels: Any, classes: Sequence[str]) -> dict[str, float]:
    """All window metrics in one flat dictionary, finite numbers only.

    Keys: ``macro_auprc``, ``nll``, ``brier``, ``ece``, ``ece_classwise``, ``recall_mean``, and for each class that
    occurs ``auprc/<class>`` and ``recall/<class>``.
    """
    p, y = checked(probabilities, labels)
    if len(classes) != p.shape[1]:
        raise InputError("classes", f"{len(classes)} names", f"{p.shape[1]} names")
    areas, recalls = class_average_precision(p, y), class_recall(p, y)
    out = {
        "macro_auprc": float(np.nanmean(areas)),
        "nll": negative_log_likelihood(p, y),
        "brier": brier(p, y),
        "ece": top_label_ece(p, y),
        "ece_classwise": class_wise_ece(p, y),
        "recall_mean": float(np.nanmean(recalls)),
    }
    for k in np.unique(y):
        out[f"auprc/{classes[k]}"], out[f"recall/{classes[k]}"] = float(areas[k]), float(recalls[k])
    return out
