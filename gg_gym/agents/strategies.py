"""Prioritisation strategies: which finished runs point at a weakness of the detector. Ranks live here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gg_gym.registry import Registry
from gg_gym.units import Float, Float32, Int


@dataclass(frozen=True)
class RoundResult:
    """What happened in one round: N runs in the order in which they were stepped.

    Attributes:
        index: round number.
        actions: (N, K + D).
        families: (N,) family indices.
        rewards: (N,).
        terms: reward terms, each (N,).
        event_class: (N,) class of each run, as the environment reported it.
        run_ids: N identifiers ("" where none was reported).
        simulated: runs stepped for the agent up to the end of this round.
    """

    index: int
    actions: Float32
    families: Int
    rewards: Float
    terms: Mapping[str, Float] = field(default_factory=dict)
    event_class: Int | None = None
    run_ids: tuple[str, ...] = ()
    simulated: int = 0

    def shares(self, families: tuple[str, ...]) -> dict[str, float]:
        """Share of the runs per family name."""
        counts = np.bincount(self.families, minlength=len(families))
        return {name: float(count) / max(len(self.families), 1) for name, count in zip(families, counts, strict=True)}

    def rows(self, families: tuple[str, ...]) -> list[dict[str, Any]]:
        """One plain dictionary per run, for tables and tracking."""
        return [
            {
                "run": i,
                "run_id": self.run_ids[i] if self.run_ids else "",
                "family": families[int(self.families[i])],
                "event_class": int(self.event_class[i]) if self.event_class is not None else -1,
                "reward": float(self.rewards[i]),
                "terms": {name: float(values[i]) for name, values in self.terms.items()},
                "action": [float(x) for x in self.actions[i]],
            }
            for i in range(len(self.rewards))
        ]


def ranks(values: NDArray[Any]) -> Float:
    """Ranks scaled to [0, 1] (0 for the lowest), ties share their mean rank; a single value ranks 1."""
    from scipy.stats import rankdata

    x = np.asarray(values, np.float64)
    return np.ones(len(x)) if len(x) < 2 else (rankdata(x) - 1.0) / (len(x) - 1.0)


class PrioritizationStrategy(Protocol):
    """Orders finished runs by how much they tell about a weakness."""

    def priorities(self, result: RoundResult, recall: Mapping[int, float] | None = None) -> Float:
        """Priorities (N,) in [0, 1] of the runs of a round; ``recall`` is the detector's recall per class."""
        ...


class UncertaintyPriority:
    """Rank of the raw scenario score within the round (raw scores shrink as the detector learns; ranks do not)."""

    def priorities(self, result: RoundResult, recall: Mapping[int, float] | None = None) -> Float:
        """Priorities (N,) in [0, 1]."""
        return ranks(result.terms.get("raw", result.rewards))


class DeficitPriority:
    """Rank of the raw score, weighted by what the detector misses of the run's class."""

    def priorities(self, result: RoundResult, recall: Mapping[int, float] | None = None) -> Float:
        """Priorities (N,) in [0, 1]; without recalls or classes as :class:`UncertaintyPriority`."""
        base = UncertaintyPriority().priorities(result)
        if recall is None or result.event_class is None:
            return base
        deficit = np.array([1.0 - recall.get(int(c), 1.0) for c in result.event_class])
        return base * (0.5 + 0.5 * deficit)


#: Registry key to strategy.
STRATEGIES: Registry[type[UncertaintyPriority] | type[DeficitPriority]] = Registry("prioritisation strategy")
STRATEGIES.add("uncertainty", UncertaintyPriority)
STRATEGIES.add("deficit", DeficitPriority)
