"""Crafting: strategies find a scenario that shows given features; exploration has a start; summaries are kept."""

import math

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.feedback import FeatureSummary
from gg_gym.products import load_product
from gg_gym.repository import Origin, SQLScenarioRepository, crafting
from gg_gym.repository.crafting import CRAFTERS, CraftRequest, _distance, by_rules, by_simulation, simulated_features
from gg_gym.scenarios import SCENARIOS, ScenarioDefinition
from gg_gym.twin import Twin

SUMMARY = (
    FeatureSummary("emf/rms", 3.0, "V/m", 6.0),
    FeatureSummary("acoustic/peak", 80.0, "dB", 2.0),
    FeatureSummary("voc/0", 20.0, "[ppb]", 0.1),
)
ARCING = "arcing_event"


@pytest.fixture(scope="module")
def twin():
    return Twin("grid_guardian", thermal=False)


def test_rules_follow_the_instruments_that_stand_out(repository):
    stored = repository.craft_scenario_from_features(SUMMARY, origin=Origin("manager", "weak", ("spot",)))
    assert SCENARIOS[stored.definition.family].event == "arcing"
    assert stored.definition.parameters["severity"] == pytest.approx(1 - math.exp(-2.0), abs=1e-5)
    revision = repository.history(stored.scenario_id)[0]
    assert (revision.action, revision.weak_spot_ids) == ("craft", ("spot",))
    assert stored.tags == ("crafted", "rules")


def test_a_wanted_class_is_kept():
    events = {SCENARIOS[f].event for f in load_product("grid_guardian").families}
    for event in events:
        assert SCENARIOS[by_rules(CraftRequest.of(SUMMARY, event)).family].event == event


def test_stronger_features_give_more_severe_scenarios():
    def severity(importance):
        summary = [{"path": "emf/rms", "value": 1.0, "importance": importance}]
        return by_rules(CraftRequest.of(summary)).parameters["severity"]

    values = [severity(x) for x in (0.5, 2.0, 8.0)]
    assert values == sorted(values) and values[0] < 0.2 < 0.9 < values[2]


def test_neighbours_of_a_kept_run_are_that_run(repository, twin):
    given = [ScenarioDefinition(family=ARCING, parameters={"severity": s}) for s in (0.125, 0.875)]
    saved = [repository.save_scenario_definition(d) for d in given]
    with pytest.raises(InputError, match="no features"):
        repository.craft_scenario_from_features({"voc/x": 1.0}, strategy="nearest")
    channel = twin.channels[0]
    path = f"{channel.instrument}/{channel.name}"
    for stored, value in zip(saved, (0.0, 10.0), strict=True):
        shown = {path: channel.centre + value * channel.scale}
        repository.record_features(stored.scenario_id, shown, run_id="r")
    repository.update_scenario_definition(saved[0].scenario_id, 1, {"parameters": {"severity": 1.0}})
    found = repository.craft_scenario_from_features({path: channel.centre}, "arcing", strategy="nearest")
    assert found.definition.family == ARCING
    assert found.definition.parameters["severity"] == pytest.approx(0.125, abs=1e-6)
    assert [row.definition.parameters["severity"] for row in repository.features("grid_guardian")] == [0.125, 0.875]
    assert repository.features("other") == []


def test_simulation_comes_closer_than_the_rules(twin, monkeypatch):
    monkeypatch.setattr(crafting, "CANDIDATES", 3)
    target = ScenarioDefinition(family=ARCING, parameters={"severity": 0.9, "phase": 0.9})
    wanted = simulated_features(twin, [target], 5)[0]
    request = CraftRequest.of(wanted, "arcing", seed=5)
    ruled, found = by_rules(request), by_simulation(request)
    apart = [_distance(wanted, shown, twin) for shown in simulated_features(twin, [ruled, found, target], 5)]
    assert apart[2] == 0.0 and apart[1] <= apart[0]


@pytest.mark.parametrize(
    "bad", [{"voc/x": math.nan}, {"voc": 1.0}, {"voc/\0": 1.0}, {1: 1.0}, {"voc/x": "1"}, [{"value": 1}]], ids=str
)
def test_features_that_are_none_are_refused(repository, bad):
    with pytest.raises(InputError):
        repository.craft_scenario_from_features(bad)
    saved = repository.save_scenario_definition({"family": ARCING})
    if isinstance(bad, dict):
        with pytest.raises(InputError):
            repository.record_features(saved.scenario_id, bad)
    assert repository.features("grid_guardian") == []


def test_unknown_strategies_classes_and_channels(repository):
    for options in ({"strategy": "magic"}, {"target_class": "boredom"}, {"product": "none"}):
        with pytest.raises(InputError):
            repository.craft_scenario_from_features(SUMMARY, **options)
    with pytest.raises(InputError, match="no channels"):
        by_simulation(CraftRequest.of({"no/such": 1.0}))


def test_a_strategy_of_ones_own(repository, monkeypatch):
    monkeypatch.setitem(CRAFTERS._entries, "own", lambda request: ScenarioDefinition(family=ARCING, name="mine"))
    assert repository.craft_scenario_from_features({}, strategy="own").name == "mine"


def test_exploration_starts_from_prior_medians_until_told_otherwise(repository):
    first = repository.get_default_exploration_scenario()
    assert repository.get_default_exploration_scenario() == first
    assert first.definition.family in load_product("grid_guardian").families
    assert first.labels != ("normal",)
    own = repository.create_scenario_variation(first.scenario_id, {"parameters": {"severity": 1.0}})
    assert repository.get_default_exploration_scenario() == own


def test_features_are_means_of_what_the_twin_reads(twin):
    definition = ScenarioDefinition(family=ARCING)
    shown = simulated_features(twin, [definition, definition], 3)
    assert shown[0] == shown[1] and all(np.isfinite(list(shown[0].values())))
    runs = twin.run(twin.draw([3]), [definition], truth=False)
    channel = next(c for c in twin.channels if c.instrument == "voc")
    expected = float(np.nanmean(runs.readings["voc"][0, :, 0].astype(np.float64)))
    assert shown[0][f"voc/{channel.name}"] == expected


def test_weak_spots_lead_to_scenarios_and_back(tmp_path):
    from gg_gym.feedback import WeakSpot
    from gg_gym.repository import Query

    spot = WeakSpot("w1", "uncertain", 1.0, event_class="arcing", family=ARCING, parameters={"severity": (0.2, 0.4)})
    with SQLScenarioRepository(tmp_path / "s.db") as store:
        base = store.save_scenario_definition({"family": spot.family})
        middle = {name: (low + high) / 2 for name, (low, high) in spot.parameters.items()}
        made = store.create_scenario_variation(
            base.scenario_id, {"parameters": middle}, origin=Origin("manager", weak_spot_ids=(spot.weak_spot_id,))
        )
        assert store.find(Query(weak_spot="w1")).items == (made,)
