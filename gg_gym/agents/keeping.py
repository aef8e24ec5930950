"""Weak spots and the scenarios they lead to, kept in a scenario repository.

Ids are derived from the weak spot and the definition, so that what is found or suggested twice is stored once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gg_gym.agents.strategies import RoundResult
from gg_gym.feedback import WeakSpot
from gg_gym.repository import Draft, Origin, ScenarioRepository, StoredScenario
from gg_gym.scenarios.base import ScenarioDefinition
from gg_gym.units import Float32

#: Who the history says it was.
AUTHOR = "manager"
#: Names the derived ids.
NAMESPACE = uuid.UUID("0d0f4a53-5f0c-5b4e-9a51-7a3e8d5b6c21")


def scenario_id(spot: WeakSpot, definition: ScenarioDefinition | None = None) -> str:
    """The id of a weak spot's evidence, or of a definition suggested for it."""
    parts = () if definition is None else (definition.family, *sorted(definition.parameters.items()))
    return str(uuid.uuid5(NAMESPACE, "|".join(map(str, (spot.weak_spot_id, *parts)))))


def _origin(spot: WeakSpot, reason: str = "") -> Origin:
    return Origin(AUTHOR, (reason or spot.description)[:2000], (spot.weak_spot_id,))


def _decoded(space: Any, action: Float32, family: int) -> ScenarioDefinition:
    """The definition of an action whose family is known (ties of the logits were settled when it was run)."""
    logits = np.full(len(space.families), -1.0, np.float32)
    logits[family] = 1.0
    definition: ScenarioDefinition = space.decode(np.concatenate([logits, action[len(logits) :]]))
    return definition


class SpotKeeper:
    """Keeps weak spots as definitions: their evidence, and under it the variations they led to.

    Args:
        repository: where.
    """

    def __init__(self, repository: ScenarioRepository) -> None:
        self.repository = repository

    def evidence(self, spots: Sequence[WeakSpot], result: RoundResult, space: Any) -> None:
        """Save the first run that is evidence of each weak spot, tagged "weak-spot"; a spot without one is left out.

        Args:
            spots: weak spots of the round.
            result: the round.
            space: scenario space that decodes its actions.

        Raises:
            StoreError: the store cannot be written.
        """
        for spot in (spot for spot in spots if spot.samples):
            row = spot.samples[0]
            definition = _decoded(space, result.actions[row], int(result.families[row]))
            drafts = [Draft(definition, tags=("weak-spot", spot.kind), scenario_id=scenario_id(spot))]
            self._save_new(drafts, _origin(spot), "save")

    def suggestions(self, spots: Sequence[WeakSpot], actions: Float32, space: Any) -> list[str]:
        """Save scenarios as variations of the evidence of their weak spots, tagged "suggested".

        Args:
            spots: the weak spot of each action.
            actions: (n, K + D).
            space: scenario space that decodes them.

        Returns:
            The ids of the n definitions, in order.

        Raises:
            StoreError: the store cannot be written.
        """
        by_spot: dict[str, tuple[WeakSpot, list[ScenarioDefinition]]] = {}
        ids: list[str] = []
        for spot, action, family in zip(spots, actions, space.family_of(actions), strict=True):
            definition = _decoded(space, action, int(family))
            by_spot.setdefault(spot.weak_spot_id, (spot, []))[1].append(definition)
            ids.append(scenario_id(spot, definition))
        for spot, definitions in by_spot.values():
            parent = self.repository.known([scenario_id(spot)]).get(scenario_id(spot))
            drafts = {scenario_id(spot, d): self._variation(d, spot, parent) for d in definitions}
            self._save_new(list(drafts.values()), _origin(spot), "variation" if parent else "save")
        return ids

    def simulated(self, ids: Sequence[str], spots: Sequence[WeakSpot], result: RoundResult) -> None:
        """Tag suggestions "simulated" when they have been run; the history says by which run.

        Args:
            ids: what :meth:`suggestions` returned, in the order of the runs.
            spots: the weak spot of each.
            result: the round in which they were played.
        """
        for row, (key, spot) in enumerate(zip(ids, spots, strict=True)):
            run = result.run_ids[row] if result.run_ids else f"{result.index}/{row}"
            self.repository.change(key, _add_simulated, origin=_origin(spot, f"simulated as run {run}"))

    @staticmethod
    def _variation(definition: ScenarioDefinition, spot: WeakSpot, parent: StoredScenario | None) -> Draft:
        draft = Draft(definition, tags=("suggested", spot.kind), scenario_id=scenario_id(spot, definition))
        return draft if parent is None else replace(draft, parent_id=parent.scenario_id, parent_version=parent.version)

    def _save_new(self, drafts: Sequence[Draft], origin: Origin, action: str) -> None:
        """Save those drafts, all or none, whose ids are not stored yet."""
        known = self.repository.known([str(draft.scenario_id) for draft in drafts])
        if new := [draft for draft in drafts if draft.scenario_id not in known]:
            self.repository.save_many(new, origin=origin, action=action)


def _add_simulated(stored: StoredScenario) -> dict[str, Any]:
    return {"tags": (*stored.tags, "simulated")}
