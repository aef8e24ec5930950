"""Rewards, the context, the attached detector, and what must never be seen."""

import dataclasses

import numpy as np
import pytest

from gg_gym.envs.rewards import REWARDS
from gg_gym.envs.spaces import CONTEXT_HEAD, observe
from gg_gym.scenarios import ScenarioDefinition

DISABLED = "Disabled"


def encoded(env, family="arcing_event", **parameters):
    return env.space.encode(ScenarioDefinition(family=family, parameters=parameters))


def test_terms_add_up(selection, judged):
    env = selection(8, **judged)
    env.reset(seed=0)
    _, reward, _, _, infos = env.step(env.action_space.sample())
    terms = infos["reward_terms"]
    assert np.allclose(reward, terms["z"] + terms["implausibility"] + terms["duplicate"])
    assert np.allclose(terms["z"], env.judge.scale.z(terms["raw"]))
    assert (terms["implausibility"] <= 0).all() and not terms["duplicate"].any()


@pytest.mark.parametrize("name", sorted(REWARDS))
def test_every_reward_is_finite_and_scaled_by_its_own_reference(selection, judged, name):
    env = selection(4, reward=name, **judged)
    env.reset(seed=0)
    _, reward, _, _, infos = env.step(env.action_space.sample())
    assert np.isfinite(reward).all() and np.isfinite(infos["reward_terms"]["raw"]).all()
    raw, _ = env.judge.score(env.judge.batch.windows, 256, env.judge.batch.labels.astype(float))
    assert np.percentile(env.judge.scale.z(raw), 20) == pytest.approx(0.0, abs=1e-6)


def test_a_duplicate_is_worth_less(selection, judged):
    env = selection(1, budget=3, **judged)
    env.reset(seed=0)
    action = encoded(env, severity=0.4, phase=0.3, place=0.5)[None]
    other = encoded(env, family="vehicle_exhaust", severity=0.4, phase=0.3, place=0.5)[None]
    duplicates = [env.step(a)[4]["reward_terms"]["duplicate"][0] for a in (action, other, action)]
    assert duplicates[0] == duplicates[1] == 0.0 and duplicates[2] == pytest.approx(-0.3)


def test_implausible_parameters_are_worth_less(selection, judged):
    env = selection(3, **judged)
    env.reset(seed=0)
    gaps = [
        encoded(env, severity=0.0, gap=0.01, on_rate=0.3162, off_rate=1.0),
        encoded(env, severity=0.9),
        encoded(env, severity=1.0),
    ]
    terms = env.step(np.stack(gaps))[4]["reward_terms"]["implausibility"]
    assert terms[0] == pytest.approx(0.0, abs=0.01) and terms[0] > terms[1] > terms[2] >= -0.5


def test_without_a_detector_nothing_is_paid(native):
    env = native(3)
    env.reset(seed=0)
    for _ in range(2):
        assert not env.step(env.action_space.sample())[1].any()


def test_a_detector_acts_at_the_next_full_reset_only(native, judged):
    env = native(3, autoreset_mode=DISABLED)
    env.reset(seed=0)
    env.attach(judged["detector"], judged["reference"], {"auprc": 0.9, "error.arcing_event": 1.0})
    assert not env.judge.paying
    env.reset(options={"reset_mask": np.array([True, False, True])})
    assert not env.judge.paying and not env.step(env.action_space.sample())[1].any()
    env.reset()
    assert env.judge.paying and env.judge.detector is judged["detector"]
    assert env.step(env.action_space.sample())[1].any()


def test_an_autoreset_does_not_change_the_judge(native, judged):
    env = native(2, autoreset_mode="SameStep")
    env.reset(seed=0)
    env.attach(**judged)
    for _ in range(4):
        assert not env.step(env.action_space.sample())[1].any()


def test_the_default_detector_is_commissioned_and_kept(selection, cache, judged):
    env = selection(1, detector="commission", frames=False)
    kept = sorted(p.name for p in cache.iterdir())
    again = selection(1, detector="commission", frames=False)
    assert env.judge.paying and env.judge.scale == again.judge.scale
    assert sorted(p.name for p in cache.iterdir()) == kept and any(n.startswith("detector-") for n in kept)
    assert set(env.judge.card) >= {"reference_mean", "reference_p90"}


def test_a_detector_from_a_folder(selection, judged, tmp_path):
    judged["detector"].save(tmp_path / "d")
    judged["reference"].save(tmp_path / "r")
    envs = [selection(2, detector=tmp_path / "d", reference=str(tmp_path / "r")), selection(2, **judged)]
    rewards = []
    for env in envs:
        env.reset(seed=0)
        rewards.append(env.step(np.zeros(env.action_space.shape, np.float32))[1])
    assert np.array_equal(*rewards)


def test_the_context_is_as_wide_as_told_and_bounded(selection, judged):
    env = selection(4, budget=5, **judged)
    k, d = env.space.n_families, env.space.n_slots
    observation, _ = env.reset(seed=0)
    left = []
    for _ in range(5):
        context = observation["context"]
        assert context.shape == (4, 10 + 3 * k + d) and context.dtype == np.float32
        assert (np.abs(context) <= 1).all()
        left.append(context[0, CONTEXT_HEAD.index("budget_left")])
        observation, *_ = env.step(env.action_space.sample())
    assert left == pytest.approx([1.0, 0.6, 0.2, -0.2, -0.6])
    assert observation["context"][0, 0] == -1.0


def test_the_context_remembers_this_episode(selection, judged):
    env = selection(1, budget=4, autoreset_mode="SameStep", **judged)
    observation, _ = env.reset(seed=0)
    k, d = env.space.n_families, env.space.n_slots
    share, mean, last = slice(10, 10 + k), slice(10 + k, 10 + 2 * k), slice(10 + 3 * k, 10 + 3 * k + d)
    assert (observation["context"][0, share] == -1).all() and not observation["context"][0, last].any()
    families = ["arcing_event", "arcing_event", "vehicle_exhaust"]
    rewards = []
    for family in families:
        action = encoded(env, family=family, severity=0.25, phase=0.75)
        observation, reward, *_ = env.step(action[None])
        rewards.append(reward[0])
    context = observation["context"][0]
    shares = {f: families.count(f) / 3 for f in env.space.families}
    assert context[share] == pytest.approx([2 * s - 1 for s in shares.values()], abs=1e-6)
    arcing = env.space.index("arcing_event")
    assert context[mean][arcing] == pytest.approx(np.tanh(np.mean(rewards[:2])), abs=1e-5)
    assert context[CONTEXT_HEAD.index("last_reward")] == pytest.approx(np.tanh(rewards[2]), abs=1e-5)
    assert context[last][:2] == pytest.approx([-0.5, 0.5], abs=1e-5)
    observation, *_ = env.step(action[None])
    assert (observation["context"][0, share] == -1).all() and observation["context"][0, 0] == 1.0


def test_the_card_of_the_detector_is_in_the_context(selection, judged):
    env = selection(1)
    env.reset(seed=0)
    card = {"validation_loss": 0.5, "auprc": 0.75, "auprc_change": 0.1, "ece": 0.25, "error.arcing_event": 0.0}
    env.attach(**judged, card=card)
    context = env.reset()[0]["context"][0]
    head = dict(zip(CONTEXT_HEAD, context, strict=False))
    assert head["auprc"] == pytest.approx(0.5) and head["ece"] == pytest.approx(-0.5)
    assert head["validation_loss"] == pytest.approx(np.tanh(0.5)) and head["auprc_change"] == pytest.approx(
        np.tanh(0.1)
    )
    k = env.space.n_families
    errors = context[10 + 2 * k : 10 + 3 * k]
    assert errors[env.space.index("arcing_event")] == -1.0 and errors.sum() == -1.0


def test_truth_and_labels_never_reach_an_observation(selection, same):
    """What is observed after a run is the next run's quiet reading: it does not depend on what happened."""
    envs = [selection(2, thermal="kelvin", budget=3) for _ in range(2)]
    for env, family in zip(envs, ("arcing_event", "baseline_operation"), strict=True):
        assert set(env.reset(seed=3)[0]) == {"voc", "t_rh", "thermal", "valid", "context"}
        action = np.stack([encoded(env, family=family, severity=1.0, phase=0.5)] * 2)
        env.seen, *_, infos = env.step(action)
        env.classes = infos["event_class"]
    assert not np.array_equal(envs[0].classes, envs[1].classes)
    assert same(envs[0].seen, envs[1].seen, skip=("context",))


def test_truth_and_hidden_faults_do_not_enter_the_observation(selection, same):
    env = selection(4, thermal="image")
    env.reset(seed=3)
    reading = env._quiet
    poisoned = dataclasses.replace(
        reading,
        ideal=np.full_like(reading.reading, np.nan),
        hidden={k: np.full_like(np.asarray(v, float), np.nan) for k, v in reading.hidden.items()},
        frame_ideal=np.zeros((4, 60, 80), np.uint16),
    )
    assert same(observe(env.twin, reading, "image"), observe(env.twin, poisoned, "image"))


def test_a_missing_value_is_the_low_bound_and_says_so(selection):
    env = selection(4, thermal="image")
    env.reset(seed=3)
    reading = env._quiet
    status = reading.status.copy()
    status[1, :] = 1 << 6  # COMM
    status[2, :] = 1 << 2  # SAT_HIGH: a value is there
    seen = observe(env.twin, dataclasses.replace(reading, status=status), "image")
    assert not seen["valid"][1].any() and seen["valid"][2].all()
    for key in env.twin.slices:
        low = env.single_observation_space[key].low
        assert np.array_equal(seen[key][1], low), key
    assert not seen["thermal"][1].any() and seen["thermal"][2].any()
    assert env.observation_space.contains(
        {**seen, "context": np.zeros((4, env.single_observation_space["context"].shape[0]), np.float32)}
    )
