"""Weak spots: regions of the scenario space as feedback, and scenarios drawn inside them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gg_gym.agents.strategies import RoundResult
from gg_gym.feedback import ModelPerformanceData, WeakSpot
from gg_gym.scenarios.base import EVENT_CLASSES
from gg_gym.units import Float32

#: Event classes by code.
CLASSES = EVENT_CLASSES
#: Half width of a weak spot's region, in coordinates of the unit interval.
HALF_WIDTH = 0.1
#: A class of a smaller recall is a weak spot.
LOW_RECALL = 0.5


def recalls(performance: ModelPerformanceData | None, classes: Sequence[str]) -> dict[int, float] | None:
    """Recall per class code, of the classes that have one."""
    if performance is None:
        return None
    table = performance.per_class_metrics
    return {i: float(table[c]["recall"]) for i, c in enumerate(classes) if "recall" in table.get(c, {})}


def spot_id(*parts: object) -> str:
    """A derived id: the same evidence gives the same id."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def run_spot(result: RoundResult, row: int, priority: float, space: Any, classes: Sequence[str]) -> WeakSpot:
    """The surroundings of one run as a weak spot: its family, and every parameter within a tenth of its range.

    Args:
        result: a round.
        row: the run.
        priority: rank in [0, 1]; the spot's score.
        space: scenario space; its ``slots`` turn coordinates into named parameters.
        classes: names of the event classes.
    """
    k = int(result.families[row])
    u = (result.actions[row, len(space.families) :].astype(np.float64) + 1.0) / 2.0
    region: dict[str, tuple[float, float]] = {}
    for slot, x in zip(space.slots[k], u, strict=False):
        ends = [float(slot.value(float(np.clip(x + d, 0.0, 1.0)))) for d in (-HALF_WIDTH, HALF_WIDTH)]
        region[slot.name] = (min(ends), max(ends))
    code = -1 if result.event_class is None else int(result.event_class[row])
    name = result.run_ids[row] if result.run_ids else f"{result.index}/{row}"
    return WeakSpot(
        weak_spot_id=spot_id("uncertain", result.index, row, name),
        kind="uncertain",
        score=priority,
        event_class=classes[code] if 0 <= code < len(classes) else "",
        family=space.families[k],
        parameters=region,
        samples=(row,),
        description=f"run {name} of round {result.index} ranks {priority:.2f} in uncertainty",
    )


def missed_classes(
    result: RoundResult, recall: Mapping[int, float] | None, space: Any, classes: Sequence[str]
) -> list[WeakSpot]:
    """Classes that the detector misses, each with the family that brought it most often in this round; worst first."""
    spots = []
    for code, value in sorted((recall or {}).items(), key=lambda item: item[1]):
        if value >= LOW_RECALL or result.event_class is None:
            continue
        rows = np.flatnonzero(result.event_class == code)
        counts = np.bincount(result.families[rows], minlength=len(space.families))
        runs = (result.run_ids[row] for row in rows) if result.run_ids else ()
        spots.append(
            WeakSpot(
                weak_spot_id=spot_id("low_recall", result.index, code, *runs),
                kind="low_recall",
                score=1.0 - value,
                event_class=classes[code],
                family=space.families[int(counts.argmax())] if rows.size else "",
                samples=tuple(int(row) for row in rows),
                description=f"recall of {classes[code]} is {value:.2f}",
            )
        )
    return spots


def vary(spots: Sequence[WeakSpot], space: Any, rng: np.random.Generator) -> Float32:
    """One scenario inside each weak spot: uniform inside its region, from the prior where it names none.

    Args:
        spots: n weak spots; one without a family gets any family.
        space: scenario space.
        rng: generator.

    Returns:
        Actions (n, K + D) in [-1, 1].
    """
    count = len(space.families)
    names = list(space.families)
    families = np.array([names.index(s.family) if s.family else int(rng.integers(count)) for s in spots], np.int64)
    actions = np.array(space.sample(len(spots), int(rng.integers(2**62)), families=families), np.float32)
    for row, spot in enumerate(spots):
        for i, slot in enumerate(space.slots[families[row]]):
            if slot.name in spot.parameters:
                ends = [slot.coordinate(value) for value in spot.parameters[slot.name]]
                actions[row, count + i] = 2.0 * rng.uniform(min(ends), max(ends)) - 1.0
    return np.asarray(np.clip(actions, -1.0, 1.0), np.float32)
