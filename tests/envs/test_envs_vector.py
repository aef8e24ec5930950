"""The contract of Gymnasium's vector environments: three autoreset modes, masks, copies, infos."""

from itertools import pairwise
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics

from gg_gym.errors import InputError
from gg_gym.scenarios import EVENT_CLASSES

N = 3
NEXT, SAME, DISABLED = AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP, AutoresetMode.DISABLED


def actions_of(env, seed):
    env.action_space.seed(seed)
    return env.action_space.sample()


def check_types(env, out):
    observation, reward, terminated, truncated, infos = out
    assert env.observation_space.contains(observation)
    assert reward.shape == (N,) and reward.dtype == np.float64
    assert terminated.dtype == truncated.dtype == np.bool_ and terminated.shape == truncated.shape == (N,)
    assert isinstance(infos, dict)
    for key in infos:
        assert key.startswith("_") or infos[f"_{key}"].dtype == np.bool_, key


def row(observation, i):
    return {k: v[i] for k, v in observation.items()}


def test_three_autoreset_modes_tell_one_story(native, kind, same):
    envs = {mode: native(N, autoreset_mode=mode) for mode in (NEXT, SAME, DISABLED)}
    assert all(env.metadata["autoreset_mode"] is mode for mode, env in envs.items())
    first = {mode: env.reset(seed=5)[0] for mode, env in envs.items()}
    assert same(first[NEXT], first[SAME]) and same(first[NEXT], first[DISABLED])
    for step in range(2):
        actions = actions_of(envs[NEXT], step)
        outs = {mode: env.step(actions) for mode, env in envs.items()}
        for mode, env in envs.items():
            check_types(env, outs[mode])
        ended = outs[NEXT][2] | outs[NEXT][3]
        assert (ended == (step == 1)).all() and all(
            (out[2] == (ended & (kind == "Selection"))).all() for out in outs.values()
        )
    last = {mode: out[0] for mode, out in outs.items()}
    infos = {mode: out[4] for mode, out in outs.items()}
    assert same(last[NEXT], last[DISABLED]) and not same(last[NEXT], last[SAME])
    assert all(same(row(last[NEXT], i), infos[SAME]["final_obs"][i]) for i in range(N))
    assert infos[SAME]["_final_obs"].all() and infos[SAME]["_final_info"].all()
    assert not infos[SAME]["_reward_terms"].any() and infos[SAME]["final_info"]["_reward_terms"].all()
    assert infos[NEXT]["_reward_terms"].all() and "final_obs" not in infos[NEXT]
    begun, reward, terminated, truncated, waiting = envs[NEXT].step(actions_of(envs[NEXT], 9))
    assert same(begun, last[SAME]) and not reward.any() and not terminated.any() and not truncated.any()
    assert not waiting["_reward_terms"].any() and not waiting["reward_terms"]["_z"].any()
    with pytest.raises(InputError, match=r"rows \[0, 1, 2\] are over"):
        envs[DISABLED].step(actions)
    again, _ = envs[DISABLED].reset(options={"reset_mask": np.array([True, False, True])})
    assert all(same(row(again, i), row(begun, i)) for i in (0, 2))
    with pytest.raises(InputError, match=r"rows \[1\] are over"):
        envs[DISABLED].step(actions)
    again, _ = envs[DISABLED].reset(options={"reset_mask": np.array([False, True, False])})
    assert same(again, begun)
    actions = actions_of(envs[NEXT], 10)
    following = [env.step(actions)[0] for env in envs.values()]
    assert same(following[0], following[1]) and same(following[0], following[2])


def test_make_vec_gives_the_native_environment(product, kind):
    options: dict[str, Any] = {"budget": 2} if kind == "Selection" else {"interval": 32, "intervals": 2}
    env: Any = gymnasium.make_vec(
        f"gg_gym/Scenario{kind}-v0", num_envs=2, product=product, detector="none", autoreset_mode="SameStep", **options
    )
    assert type(env).__name__ == f"Scenario{kind}VectorEnv" and env.num_envs == 2
    observation, _ = env.reset(seed=[4, None])
    assert env.observation_space.contains(observation) and observation["thermal"].shape == (2, 1, 60, 80)
    env.close()


@pytest.mark.parametrize("mode", [NEXT, SAME])
def test_gymnasiums_vector_wrappers_understand_the_infos(native, mode):
    env = DictInfoToList(RecordEpisodeStatistics(native(N, autoreset_mode=mode)))
    env.reset(seed=1)
    lengths = []
    for i in range(5):
        *_, infos = env.step(actions_of(env, i))
        assert isinstance(infos, list) and len(infos) == N
        lengths += [int(info["episode"]["l"]) for info in infos if "episode" in info]
    assert lengths and set(lengths) == {2}


MASKS = (
    [True, False, False],
    None,
    np.array([1, 0, 0]),
    np.zeros(N, bool),
    np.ones(N + 1, bool),
    np.ones((N, 1), bool),
)


def test_a_wrong_mask_is_refused_and_changes_nothing(native, same):
    env, twin = native(N, autoreset_mode=DISABLED), native(N, autoreset_mode=DISABLED)
    env.reset(seed=3), twin.reset(seed=3)
    for mask in MASKS:
        with pytest.raises(InputError, match="reset_mask"):
            env.reset(seed=1, options={"reset_mask": mask})
    actions = actions_of(env, 0)
    assert same(env.step(actions)[0], twin.step(actions)[0])


def test_the_first_reset_takes_all_rows(native):
    env = native(N)
    with pytest.raises(InputError, match="never reset"):
        env.reset(seed=0, options={"reset_mask": np.array([True, True, False])})
    env.reset(seed=0, options={"reset_mask": np.ones(N, bool)})


def test_a_masked_reset_of_one_row_leaves_the_others(native, same):
    options = {"autoreset_mode": DISABLED, "budget": 4} if native(1).metadata["render_fps"] == 2 else {}
    env, alone = native(N, **options), native(N, **options)
    env.reset(seed=8), alone.reset(seed=8)
    actions = actions_of(env, 0)
    env.step(actions), alone.step(actions)
    middle = np.array([False, True, False])
    reset, _ = env.reset(seed=77, options={"reset_mask": middle})
    fresh, _ = native(N, **options).reset(seed=77)
    assert same(row(reset, 1), row(fresh, 1))
    actions = actions_of(env, 1)
    a, b = env.step(actions), alone.step(actions)
    for i in (0, 2):
        assert same(row(a[0], i), row(b[0], i))
        assert all(x[i] == y[i] for x, y in zip(a[1:4], b[1:4], strict=True))
    assert not same(row(a[0], 1), row(b[0], 1))


def test_copies_are_fresh_and_others_are_allowed(native, same):
    copied, shared, careful = (
        native(2, thermal="kelvin"),
        native(2, thermal="kelvin", copy=False),
        native(2, thermal="kelvin"),
    )
    seen = [copied.reset(seed=6)[0]]
    untouched = careful.reset(seed=6)[0]
    assert same(shared.reset(seed=6)[0], untouched)
    for i in range(3):
        for values in seen[-1].values():
            values[...] = 1.0
        actions = actions_of(copied, i)
        seen.append(copied.step(actions)[0])
        assert same(seen[-1], careful.step(actions)[0]) and same(seen[-1], shared.step(actions)[0])
    for earlier, later in pairwise(seen):
        assert not any(np.shares_memory(earlier[k], later[k]) for k in later)


def test_actions_of_another_shape_are_refused(native):
    env = native(2)
    env.reset(seed=0)
    width = env.single_action_space.shape[0]
    for wrong in (np.zeros((2, width + 1)), np.zeros(2 * width), np.zeros((1, width)), "left", None):
        with pytest.raises(InputError, match="actions"):
            env.step(wrong)


def test_any_number_is_an_action(native):
    env = native(4, autoreset_mode=SAME)
    env.reset(seed=0)
    width = env.single_action_space.shape[0]
    wild = np.stack([np.full(width, x, np.float32) for x in (np.nan, np.inf, -np.inf, 1e30)])
    observation, reward, *_ = env.step(wild)
    assert env.observation_space.contains(observation) and np.isfinite(reward).all()


def test_exact_ties_between_families_fall_by_the_rows_stream(selection):
    env = selection(64)
    env.reset(seed=0)
    zeros = np.zeros(env.action_space.shape, np.float32)
    families = [d.family for d in env.decode(zeros)]
    assert set(families) == set(env.space.families)
    again = selection(64)
    again.reset(seed=0)
    assert families == [d.family for d in again.decode(zeros)]


def test_infos_are_facts_of_the_run(selection):
    env = selection(N)
    env.reset(seed=1)
    *_, infos = env.step(actions_of(env, 0))
    runs = env.last_runs
    assert (infos["seed"] == runs.conditions.seed[:N]).all() and (infos["onset"] == runs.onset[:N]).all()
    assert infos["event_class"].max() < len(EVENT_CLASSES)
    assert ((infos["severity"] >= 0) & (infos["severity"] <= 1)).all()
    even = 1.0 / len(EVENT_CLASSES)
    assert np.allclose(infos["belief"], even) and np.allclose(infos["error"], 1.0 - even)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"num_envs": 0}, "num_envs"),
        ({"thermal": "infrared"}, "thermal"),
        ({"reward": "money"}, "reward"),
        ({"partition": "moon"}, "partition"),
        ({"product": "toaster"}, "product"),
        ({"dt": 0.001}, "dt"),
        ({"detector": "/nowhere/detector"}, "nowhere"),
    ],
)
def test_bad_arguments_are_named(native, options, word):
    with pytest.raises(InputError, match=word):
        native(**options).reset(seed=0)


@pytest.mark.parametrize(
    "options", [{"budget": 0}, {"replicates": 0}, {"replicates": 1000}, {"samples": 100}, {"families": ["arson"]}]
)
def test_bad_arguments_of_selection_are_named(selection, options):
    with pytest.raises(InputError, match=next(iter(options)).removesuffix("ies")):
        selection(**options)


@pytest.mark.parametrize("options", [{"family": "arson"}, {"interval": 0}, {"interval": 5}, {"intervals": 3}])
def test_bad_arguments_of_steering_are_named(steering, options):
    with pytest.raises(InputError, match=r"famil|interval"):
        steering(**options)
