"""Contracts every registered agent keeps, and what each one is for."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from gg_gym.agents import catalogue
from gg_gym.agents.base import AgentContext
from gg_gym.agents.catalogue import AGENTS
from gg_gym.agents.checkpoint import load_sampler, read_state, save_sampler
from gg_gym.agents.learnability import Screen, draw_by_score
from gg_gym.agents.toy import ToySelection, ToySpace
from gg_gym.errors import InputError

EVERY = sorted(AGENTS)
make_sampler: Any = catalogue.make_sampler


def context(seed=3, budget=16):
    env = ToySelection()
    screen = Screen(lambda m: ToySelection(num_envs=m, budget=1))
    return AgentContext(ToySpace(), seed, budget, env.single_observation_space, env.single_action_space, None, screen)


def numpy_state():
    state: Any = np.random.get_state()
    return state[1].tobytes()


def observation(n, step=0):
    env = ToySelection(num_envs=n)
    obs, _ = env.reset(seed=step)
    return obs


def converse(sampler, sizes=(4, 1, 7, 8)):
    """A conversation; returns all actions."""
    said = []
    sampler.start_round(1)
    for step, n in enumerate(sizes):
        obs = observation(n, step)
        actions = sampler.ask(n, obs)
        sampler.tell(actions, actions.astype(np.float64).mean(axis=1), {"reward_terms": {}}, obs)
        said.append(actions)
    return np.concatenate(said)


@pytest.mark.parametrize("key", EVERY)
def test_actions_are_float32_in_bounds_for_any_n(key):
    sampler = make_sampler(key, context())
    sampler.start_round(1)
    for n in (1, 2, 5, 16, 33):
        actions = sampler.ask(n, observation(n))
        assert actions.shape == (n, sampler.space.width) and actions.dtype == np.float32
        assert np.all(np.abs(actions) <= 1.0)
    assert sampler.ask(3).shape == (3, sampler.space.width)


@pytest.mark.parametrize("key", EVERY)
def test_same_seed_same_choices_other_seed_other_choices(key):
    first, second = converse(make_sampler(key, context(3))), converse(make_sampler(key, context(3)))
    assert first.tobytes() == second.tobytes()
    assert converse(make_sampler(key, context(4))).tobytes() != first.tobytes()


@pytest.mark.parametrize("key", EVERY)
def test_global_random_states_are_neither_read_nor_changed(key):
    expected = converse(make_sampler(key, context()))
    random.seed(11)
    np.random.seed(11)
    torch.manual_seed(11)
    before = random.getstate(), numpy_state(), torch.get_rng_state()
    assert converse(make_sampler(key, context())).tobytes() == expected.tobytes()
    assert random.getstate() == before[0] and numpy_state() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])


@pytest.mark.parametrize("key", EVERY)
def test_checkpoint_continues_exactly(key, tmp_path):
    sampler = make_sampler(key, context())
    converse(sampler, (4, 8, 7))
    save_sampler(sampler, tmp_path)
    other = load_sampler(make_sampler(key, context(99)), tmp_path)
    assert other.simulated == sampler.simulated
    for step, n in enumerate((5, 8, 16)):
        obs = observation(n, step)
        a, b = sampler.ask(n, obs), other.ask(n, obs)
        if key != "sobol":  # the scramble of a Sobol sequence belongs to its seed
            assert a.tobytes() == b.tobytes()
        for s in (sampler, other):
            s.tell(a, a.astype(np.float64).sum(axis=1), {}, obs)


def test_sobol_checkpoint_continues_with_the_same_seed(tmp_path):
    whole = converse(make_sampler("sobol", context()), (4, 8, 7))
    part = make_sampler("sobol", context())
    head = converse(part, (4,))
    tail = converse(load_sampler(make_sampler("sobol", context()), save_sampler(part, tmp_path)), (8, 7))
    assert np.concatenate([head, tail]).tobytes() == whole.tobytes()


@pytest.mark.parametrize("key", EVERY)
def test_simulated_counts_told_and_screened_runs(key):
    sampler = make_sampler(key, context(budget=16))
    converse(sampler, (4, 1, 7, 4))
    assert sampler.simulated == (16 + 64 if key == "learnability" else 16)


@pytest.mark.parametrize("key", EVERY)
def test_a_state_of_another_agent_is_refused(key):
    with pytest.raises(InputError, match="sampler state"):
        make_sampler(key, context()).load_state_dict({"key": "somebody else"})


def test_damaged_or_missing_checkpoints_are_input_errors(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_state(tmp_path)
    save_sampler(make_sampler("learnability", context()), tmp_path)
    weights = tmp_path / "sampler.safetensors"
    weights.write_bytes(weights.read_bytes()[:5])
    with pytest.raises(InputError, match="unreadable"):
        read_state(tmp_path)


def test_unknown_agents_and_options_name_what_is_allowed():
    with pytest.raises(InputError, match=r"unknown key 'nobody'.*stratified"):
        make_sampler("nobody", context())
    with pytest.raises(InputError, match=r"ppo: clip.*1.5.*less than 1"):
        make_sampler("ppo", context(), clip=1.5)
    with pytest.raises(InputError, match=r"random: clip.*unknown key"):
        make_sampler("random", context(), clip=0.1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.sampled_from(["stratified", "sobol"]))
def test_stratified_families_differ_by_at_most_one(sizes, key):
    sampler = make_sampler(key, context())
    families = np.concatenate([sampler.space.family_of(sampler.ask(n)) for n in sizes])
    counts = np.bincount(families, minlength=3)
    assert counts.max() - counts.min() <= 1


def test_sobol_fills_space_better_than_random():
    sampler, rng = make_sampler("sobol", context()), np.random.default_rng(0)
    actions = sampler.ask(3 * 64)
    points = (actions[sampler.space.family_of(actions) == 0][:, 3:] + 1.0) / 2.0
    ours = qmc.discrepancy(np.clip(points, 0.0, 1.0).astype(np.float64))
    assert ours < 0.5 * np.mean([qmc.discrepancy(rng.random(points.shape)) for _ in range(20)])


@pytest.mark.parametrize("pick", ["proportional", "top"])
def test_learnability_finds_the_corner(pick):
    scores = {}
    for key, options in (("random", {}), ("stratified", {}), ("learnability", {"pick": pick})):
        sampler, env = make_sampler(key, context(), **options), ToySelection(num_envs=16)
        sampler.start_round(1)
        scores[key] = env.scores(np.concatenate([sampler.ask(16) for _ in range(8)])).mean()
    assert scores["learnability"] > 1.3 * max(scores["random"], scores["stratified"])


def test_learnability_keeps_half_fresh_and_screens_once_a_round():
    sampler = make_sampler("learnability", context(budget=16))
    for turn in (1, 2):
        sampler.start_round(turn)
        for _ in range(16):
            sampler.ask(1)
        assert sampler.screen.simulated == 64 * turn
    assert make_sampler("learnability", context(), fresh=1.0).ask(7).shape == (7, 7)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.integers(0, 2**31))
def test_draw_by_score_is_a_draw_without_replacement(scores, seed):
    x = np.array(scores)
    n = (len(x) + 1) // 2
    chosen = draw_by_score(x, n, np.random.default_rng(seed))
    assert len(set(chosen.tolist())) == n
    positive = int((x > 1e-9).sum())
    assert np.count_nonzero(x[chosen] > 1e-9) == min(n, positive)
    assert np.allclose(x[draw_by_score(x, n, np.random.default_rng(seed), "top")], np.sort(x)[::-1][:n])


def test_epsilon_greedy_settles_on_the_paying_family():
    sampler, env = make_sampler("epsilon_greedy", context(), epsilon=0.2), ToySelection(num_envs=8, budget=40)
    env.reset(seed=0)
    for _ in range(40):
        actions = sampler.ask(8)
        _, rewards, _, _, infos = env.step(actions)
        sampler.tell(actions, rewards, infos)
    assert np.mean(env.space.family_of(sampler.ask(200)) == 1) > 0.7


def test_ppo_learns_a_trivial_bandit():
    env = ToySelection(num_envs=8, budget=400)
    sampler = make_sampler("ppo", AgentContext(env.space, 0, 64, env.single_observation_space, env.single_action_space))
    obs, _ = env.reset(seed=1)
    curve = []
    for _ in range(160):
        actions = sampler.ask(8, obs)
        after, rewards, _, _, infos = env.step(actions)
        sampler.tell(actions, rewards, infos, obs)
        obs = after
        curve.append(rewards.mean())
    assert sampler.updates == 20
    assert np.mean(curve[-24:]) > 2.0 * np.mean(curve[:24])


def test_ppo_trains_only_on_what_it_asked():
    sampler = make_sampler("ppo", context(budget=8))
    foreign = ToySpace().sample(8, 1)
    sampler.tell(foreign, np.ones(8), {}, observation(8))
    assert sampler.updates == 0 and sampler.simulated == 8
    with pytest.raises(InputError, match="observation and action space"):
        make_sampler("ppo", AgentContext(ToySpace()))
