"""What the manager finds and suggests is kept: from a weak spot to its scenarios and back."""

from __future__ import annotations

import numpy as np
import pytest

from gg_gym.agents.keeping import scenario_id
from gg_gym.agents.manager import ActiveLearningManager, ListSampler
from gg_gym.agents.toy import ToySelection
from gg_gym.feedback import ModelPerformanceData
from gg_gym.repository import Query, SQLScenarioRepository, StoreError
from gg_gym.scenarios.space import ScenarioSpace

FAMILIES = ("baseline_operation", "arcing_event", "early_combustion")
SPACE = ScenarioSpace(FAMILIES)


class Selection(ToySelection):
    """The toy environment over real families."""

    def __init__(self, rows):
        super().__init__(rows, 4)
        vars(self)["space"] = SPACE


@pytest.fixture
def store(tmp_path):
    with SQLScenarioRepository(tmp_path / "scenarios.db") as repository:
        yield repository


def managed(store, seed=3):
    """A manager that has played one round of 32 runs."""
    sampler = ListSampler(SPACE.sample(32, seed))
    manager = ActiveLearningManager(lambda _: Selection(8), sampler, budget=32, seed=seed, repository=store)
    manager.run(1)
    return manager


def performance():
    return ModelPerformanceData("v1", 32, {}, {"combustion": {"recall": 0.1}})


def test_the_evidence_of_a_weak_spot_is_kept_once(store):
    manager = managed(store)
    spots = manager.identify_weak_spots(performance(), limit=3)
    manager.identify_weak_spots(performance(), limit=3)
    assert len(spots) == 4 and spots[-1].kind == "low_recall"
    for spot in spots:
        (kept,) = store.find(Query(weak_spot=spot.weak_spot_id)).items
        assert kept.scenario_id == scenario_id(spot) and set(kept.tags) == {"weak-spot", spot.kind}
        action = manager.history[0].actions[spot.samples[0]]
        assert kept.definition.parameters == SPACE.decode(action).parameters
        (revision,) = store.history(kept.scenario_id)
        assert revision.author == "manager" and revision.reason == spot.description
        assert revision.weak_spot_ids == (spot.weak_spot_id,)


def test_suggestions_are_variations_that_know_their_weak_spot(store):
    manager = managed(store)
    spots = manager.identify_weak_spots(limit=2)
    actions = manager.suggest_scenario_modifications(spots, 8)
    again = manager.suggest_scenario_modifications(spots, 8)
    np.testing.assert_array_equal(actions, again)
    order = sorted(spots, key=lambda spot: -spot.score)
    for i, spot in enumerate(order):
        found = store.find(Query(weak_spot=spot.weak_spot_id, tags=("suggested",))).items
        assert len(found) == 4
        wanted = [SPACE.decode(action) for action in actions[i::2]]
        assert [kept.definition.parameters for kept in found] == [d.parameters for d in wanted]
        assert {kept.definition.family for kept in found} == {spot.family}
        assert {(kept.parent_id, kept.parent_version) for kept in found} == {(scenario_id(spot), 1)}


def test_targeted_samples_say_by_which_run_they_were_simulated(store):
    manager = managed(store)
    spots = manager.identify_weak_spots(limit=2)
    result = manager.generate_targeted_samples(spots, 32)
    found = store.find(Query(tags=("simulated",)), limit=100).items
    assert len(found) == 32 and all(kept.version == 2 for kept in found)
    reasons = {store.history(kept.scenario_id)[-1].reason for kept in found}
    assert reasons == {f"simulated as run {run}" for run in result.run_ids}
    top = store.find(Query(weak_spot=spots[0].weak_spot_id, tags=("simulated",)), limit=100).items
    assert len(top) == 16


def test_a_foreign_weak_spot_gives_definitions_without_a_parent(store, tmp_path):
    spots = managed(None).identify_weak_spots(limit=1)
    manager = managed(store)
    manager.suggest_scenario_modifications(spots, 2)
    found = store.find(Query(weak_spot=spots[0].weak_spot_id)).items
    assert len(found) == 2 and all(kept.parent_id is None for kept in found)


def test_a_repository_changes_no_run(store):
    kept, free = managed(store), managed(None)
    spots = kept.identify_weak_spots(limit=2)
    assert spots == free.identify_weak_spots(limit=2)
    one, other = (m.generate_targeted_samples(spots, 32) for m in (kept, free))
    assert one.actions.tobytes() == other.actions.tobytes() and one.run_ids == other.run_ids


def test_a_store_that_cannot_be_written_is_said(store, monkeypatch):
    manager = managed(store)

    def down(*_, **__):
        raise StoreError("scenarios.db", "is down")

    monkeypatch.setattr(store, "save_many", down)
    with pytest.raises(StoreError, match="is down"):
        manager.identify_weak_spots(limit=1)
