"""Rewards: what a run was worth to the detector. All raw scores are in nats; scaling and penalties are one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gg_gym.detection import uncertainty as u
from gg_gym.errors import InputError
from gg_gym.units import Float

#: Raw scores: name -> what it is.
REWARDS: dict[str, str] = {
    "default": "predictive entropy of the ensemble, less one and a half times the reference detector's",
    "mi_floor": "scenario mutual information minus the aleatoric floor of the reference detector",
    "bald": "mean mutual information of the windows",
    "entropy": "mean predictive entropy of the windows",
    "scenario_mi": "scenario mutual information",
    "epig": "expected information about the windows of the reference batch",
    "reducible_loss": "loss of the ensemble minus loss of the reference detector",
}
#: The default score is (total - floor) - NOISE_AVERSION * floor: what can still be learnt, less a price for noise.
NOISE_AVERSION = 0.5
#: Weight of implausibility and of duplication.
IMPLAUSIBILITY, DUPLICATION = 0.5, 0.3


def check_reward(name: str) -> None:
    """Check a reward's name.

    Raises:
        InputError: unknown.
    """
    if name not in REWARDS:
        raise InputError("reward", f"unknown {name!r}", ", ".join(REWARDS))


def raw_score(name: str, p: Float, reference: Float, labels: Float, targets: Float | None = None) -> Float:
    """(S,) raw scores of runs.

    Args:
        name: a key of :data:`REWARDS`.
        p: (M, S, R, K) probabilities of the ensemble for S runs of R windows or replicates.
        reference: (1, S, R, K) probabilities of the reference detector.
        labels: (S,) event classes.
        targets: (M, N, K) probabilities for the reference batch (EPIG).
    """
    m, s, r, k = p.shape
    if name == "default":
        return u.scenario_entropy(p) - (1.0 + NOISE_AVERSION) * u.scenario_entropy(reference)
    if name == "mi_floor":
        return u.above_floor(p, reference)
    if name == "scenario_mi":
        return u.scenario_mutual_information(p)
    flat = p.reshape(m, s * r, k)
    if name == "bald":
        score = u.bald(flat)
    elif name == "entropy":
        score = u.predictive_entropy(flat)
    elif name == "epig":
        score = u.epig(flat, p.reshape(m, -1, k) if targets is None else targets)
    else:
        return u.reducible_loss(p, reference, labels.astype(np.int64))
    out: Float = score.reshape(s, r).mean(axis=1)
    return out


@dataclass(frozen=True)
class Scale:
    """How raw scores become z: the 20th percentile of a fixed reference batch is 0, the 80th is 1."""

    low: float
    high: float

    @classmethod
    def of(cls, raw: Float) -> Scale:
        """The scale of a reference batch's raw scores (N,)."""
        low, high = np.percentile(raw, [20.0, 80.0])
        return cls(float(low), float(max(high, low + 1e-3)))

    def z(self, raw: Float) -> Float:
        """Scaled scores (S,)."""
        out: Float = (raw - self.low) / (self.high - self.low)
        return out


def combine(z: Float, weight: Float, similarity: Float) -> tuple[Float, dict[str, Float]]:
    """The reward r = z - 0.5 (1 - w) - 0.3 dup and its terms, each (S,).

    Args:
        z: scaled scores.
        weight: prior density relative to its mode, in [0, 1].
        similarity: kernel similarity to the episode's earlier runs, in [0, 1].
    """
    implausibility, duplicate = -IMPLAUSIBILITY * (1.0 - weight), -DUPLICATION * similarity
    terms = {"z": z, "implausibility": implausibility, "duplicate": duplicate}
    return z + implausibility + duplicate, terms


def probabilities(detector: Any, batch: dict[str, np.ndarray], runs: int) -> Float:
    """(M, S, R, K) probabilities of S runs whose windows are rows r * S + s of ``batch``."""
    p = np.asarray(detector.predict(batch).probabilities, dtype=np.float64)
    m, total, k = p.shape
    out: Float = p.reshape(m, total // runs, runs, k).swapaxes(1, 2)
    return out
