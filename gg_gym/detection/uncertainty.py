"""Uncertainty of an ensemble, in nats, NumPy float64.

Axes: M members, S scenarios, R replicates or windows of a scenario, N windows, K classes. The decomposition is
that of deep ensembles: total = entropy of the mean, aleatoric = mean of the entropies, epistemic = their
difference, the mutual information of label and member (Houlsby et al. 2011, BALD, arXiv:1112.5745; recalled).
EPIG: Bickford Smith et al., AISTATS 2023, arXiv:2304.08151. Reducible loss: Mindermann et al. 2022, arXiv:2206.07137.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import rel_entr, xlogy

from gg_gym.errors import InputError
from gg_gym.units import Float, Int


def _probabilities(p: Any, axes: int, where: str) -> Float:
    """Check and return probabilities as float64 with ``axes`` axes, renormalised over the last one."""
    q = np.asarray(p, dtype=np.float64)
    if q.ndim != axes or q.shape[-1] < 2:
        raise InputError(where, f"shape {q.shape}", f"{axes} axes, the last one at least 2 classes")
    if not np.isfinite(q).all() or (q < 0).any() or (np.abs(q.sum(-1) - 1.0) > 1e-4).any():
        raise InputError(where, "values that are no probabilities", "0..1, summing to 1 over the last axis")
    out: Float = q / q.sum(-1, keepdims=True)
    return out


def entropy(p: Float) -> Float:
    """Entropy over the last axis (..., K) -> (...), in nats; 0 log 0 = 0."""
    out: Float = -xlogy(p, p).sum(-1)
    return out


def predictive_entropy(p: Any) -> Float:
    """Total uncertainty of windows: entropy of the members' mean. (M, N, K) -> (N,)."""
    return entropy(_probabilities(p, 3, "predictive_entropy").mean(0))


def aleatoric_entropy(p: Any) -> Float:
    """Uncertainty that more data does not remove: mean of the members' entropies. (M, N, K) -> (N,)."""
    out: Float = entropy(_probabilities(p, 3, "aleatoric_entropy")).mean(0)
    return out


def _disagreement(q: Float) -> Float:
    """Mutual information (M, ..., K) -> (...) as the mean relative entropy to the mean: never below 0 by rounding."""
    out: Float = rel_entr(q, q.mean(0)).sum(-1).mean(0)
    return np.maximum(out, 0.0)


def bald(p: Any) -> Float:
    """Epistemic uncertainty of windows: mutual information of label and member. (M, N, K) -> (N,), 0..log K."""
    return _disagreement(_probabilities(p, 3, "bald"))


def scenario_mutual_information(p: Any) -> Float:
    """Epistemic uncertainty of scenarios: each member is averaged over the replicates *before* members are compared.

    Noise that moves single windows averages out, disagreement about the scenario stays; by convexity it is at most
    the mean of :func:`bald` over the replicates. (M, S, R, K) -> (S,), 0..log K.
    """
    return _disagreement(_probabilities(p, 4, "scenario_mutual_information").mean(2))


def scenario_entropy(p: Any) -> Float:
    """Mean predictive entropy over a scenario's windows. (M, S, R, K) -> (S,). Of a reference: the aleatoric floor."""
    out: Float = entropy(_probabilities(p, 4, "scenario_entropy").mean(0)).mean(1)
    return out


def above_floor(p: Any, reference: Any) -> Float:
    """Scenario mutual information minus the aleatoric floor. (M, S, R, K), (Mref, S, R, K) -> (S,)."""
    return scenario_mutual_information(p) - scenario_entropy(reference)


def epig(p: Any, targets: Any, block: int = 64) -> Float:
    """Expected information about the labels of target windows: mean over the targets of I(y; y_target).

    Args:
        p: (M, N, K) candidate windows.
        targets: (M, Nt, K) windows of the distribution that matters, same members.
        block: candidates at a time; the memory is block * Nt * K * K numbers.

    Returns:
        (N,), 0..log K.
    """
    q, t = _probabilities(p, 3, "epig"), _probabilities(targets, 3, "epig targets")
    if q.shape[0] != t.shape[0]:
        raise InputError("epig", f"{q.shape[0]} and {t.shape[0]} members", "the same members")
    out, target_mean = np.empty(q.shape[1]), t.mean(0)
    for start in range(0, q.shape[1], block):
        part = q[:, start : start + block]
        joint = np.einsum("mik,mjl->ijkl", part, t, optimize=True) / q.shape[0]
        product = part.mean(0)[:, None, :, None] * target_mean[None, :, None, :]
        out[start : start + block] = rel_entr(joint, product).sum((2, 3)).mean(1)
    return np.maximum(out, 0.0)


def cross_entropy(p: Any, labels: Any, floor: float = 1e-6) -> Float:
    """Loss -log p[label] of probabilities (N, K) and labels (N,) -> (N,), at most -log ``floor``."""
    q, y = _probabilities(p, 2, "cross_entropy"), np.asarray(labels, dtype=np.int64)
    if y.shape != q.shape[:1] or (y.size and (y.min() < 0 or y.max() >= q.shape[1])):
        raise InputError("labels", f"shape {y.shape}", f"({q.shape[0]},) integers in 0..{q.shape[1] - 1}")
    out: Float = -np.log(np.maximum(np.take_along_axis(q, y[:, None], 1)[:, 0], floor))
    return out


def reducible_loss(p: Any, reference: Any, labels: Any) -> Float:
    """How much worse the ensemble is than a reference that has seen enough: mean loss difference, at least 0.

    Args:
        p: (M, S, R, K) of the ensemble.
        reference: (Mref, S, R, K) of the reference detector.
        labels: (S,) or (S, R) event classes.

    Returns:
        (S,).
    """
    q, ref = (_probabilities(a, 4, "reducible_loss").mean(0) for a in (p, reference))
    if q.shape != ref.shape:
        raise InputError("reducible_loss", f"shapes {q.shape} and {ref.shape}", "the same scenarios and windows")
    y: Int = np.asarray(labels, dtype=np.int64)
    y = np.broadcast_to(y[:, None] if y.ndim == 1 else y, q.shape[:2]).reshape(-1)
    losses = [cross_entropy(a.reshape(-1, a.shape[-1]), y).reshape(q.shape[:2]) for a in (q, ref)]
    out: Float = np.maximum((losses[0] - losses[1]).mean(1), 0.0)
    return out
