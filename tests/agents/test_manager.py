"""The manager plays rounds, and every run it starts goes through the environment it was given."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import gg_gym.agents.manager as manager_module
from gg_gym.agents.base import AgentContext
from gg_gym.agents.catalogue import AGENTS, make_sampler
from gg_gym.agents.learnability import Screen
from gg_gym.agents.manager import ActiveLearningManager, Knowledge, play
from gg_gym.agents.strategies import DeficitPriority, RoundResult, UncertaintyPriority, ranks
from gg_gym.agents.toy import ToySelection, ToySpace
from gg_gym.errors import InputError
from gg_gym.feedback import ModelPerformanceData

SPACES = ToySelection()


def build(key="stratified", num_envs=4, budget=8, **more):
    """A manager on toy environments, with everything it made."""
    made, landed, screens = [], [], []

    def factory(round_index):
        env = ToySelection(num_envs, budget // num_envs, sink=lambda a, r: landed.extend(a))
        made.append(env)
        return env

    def screening(rows):
        env = ToySelection(rows, 1)
        screens.append(env)
        return env

    spaces = SPACES.single_observation_space, SPACES.single_action_space
    context = AgentContext(ToySpace(), 1, budget, *spaces, None, Screen(screening))
    return ActiveLearningManager(factory, make_sampler(key, context), budget=budget, **more), made, landed, screens


@pytest.mark.parametrize("key", sorted(AGENTS))
def test_every_run_goes_through_the_environments(key):
    trained = []

    def trainer(result):
        trained.append(result)
        return Knowledge(detector=f"d{result.index}")

    alm, made, landed, screens = build(key, trainer=trainer)
    results = alm.run(3)
    stepped = sum(env.calls * env.num_envs for env in made)
    screened = sum(env.calls * env.num_envs for env in screens)
    assert stepped == len(landed) == 24 == sum(len(r.rewards) for r in results)
    assert alm.sampler.simulated == stepped + screened == results[-1].simulated
    assert [env.attached for env in made] == [[], ["d1"], ["d2"]]
    assert trained == results and screened == (96 if key == "learnability" else 0)


def test_agents_import_nothing_that_could_start_a_run():
    forbidden = {"gg_gym.twin", "gg_gym.guardian", "gg_gym.physics", "gg_gym.sensors"}
    for path in Path(manager_module.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not any((node.module or "").startswith(name) for name in forbidden), path


def test_rounds_are_functions_of_seed_and_round():
    first, second = build(seed=5)[0], build(seed=5)[0]
    for a, b in zip(first.run(2), second.run(2), strict=True):
        assert a.actions.tobytes() == b.actions.tobytes() and a.rewards.tobytes() == b.rewards.tobytes()
        assert a.run_ids == b.run_ids
    assert build(seed=6)[0].run(1)[0].run_ids != first.history[0].run_ids


def test_a_budget_that_does_not_divide_is_refused():
    alm = build(num_envs=4, budget=8)[0]
    with pytest.raises(InputError, match="multiple of the number of environments"):
        play(ToySelection(3), alm.sampler, 8, seed=0)


def performance(**recall):
    return ModelPerformanceData("v1", 8, {}, {name: {"recall": value} for name, value in recall.items()})


def test_weak_spots_lead_to_scenarios_like_them():
    alm, _, landed, _ = build(num_envs=8, budget=32)
    with pytest.raises(InputError, match="no round"):
        alm.identify_weak_spots()
    result = alm.run(1)[0]
    spots = alm.identify_weak_spots(performance(arcing=0.2, normal=0.9), limit=4)
    assert [s.kind for s in spots] == ["uncertain"] * 4 + ["low_recall"]
    assert spots[0].family == "arc" and spots[0].score == 1.0 and spots[-1].event_class == "arcing"
    assert spots == alm.identify_weak_spots(performance(arcing=0.2, normal=0.9), limit=4)
    best = spots[:1]
    actions = alm.suggest_scenario_modifications(best, 16)
    top = result.actions[int(np.argmax(result.terms["raw"]))]
    assert np.all(alm.suggest_scenario_modifications(best, 16) == actions)
    assert np.all(np.abs(actions[:, 3:] - top[3:]) <= 0.2 + 1e-6)
    before = len(landed)
    again = alm.generate_targeted_samples(best, 32)
    assert len(landed) - before == 32 and len(alm.history) == 1
    assert again.terms["raw"].mean() > 2 * result.terms["raw"].mean()
    with pytest.raises(InputError, match="nothing to modify"):
        alm.suggest_scenario_modifications([])


def test_strategies_rank_within_the_round():
    result = RoundResult(
        1,
        np.zeros((3, 7), np.float32),
        np.array([0, 1, 1]),
        np.zeros(3),
        {"raw": np.array([1e-9, 3e-9, 2e-9])},
        np.array([0, 1, 2]),
    )
    assert UncertaintyPriority().priorities(result).tolist() == [0.0, 1.0, 0.5]
    weighed = DeficitPriority().priorities(result, {1: 1.0, 2: 0.0})
    assert weighed.tolist() == [0.0, 0.5, 0.5]
    assert ranks(np.array([2.0, 2.0, 5.0])).tolist() == [0.25, 0.25, 1.0]
    assert result.shares(("a", "b", "c")) == {"a": 1 / 3, "b": 2 / 3, "c": 0.0}
    assert result.rows(("a", "b"))[1]["family"] == "b"
