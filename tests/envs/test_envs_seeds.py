"""Seeds: the same seed gives the same episodes; row i of a vector environment is a single one with seed + i."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from gg_gym.errors import InputError


def play(env, steps, seed=0):
    env.action_space.seed(seed)
    out = []
    for _ in range(steps):
        out.append(env.step(env.action_space.sample()))
    return out


def test_the_same_seed_gives_the_same_episodes(native, same):
    a, b, c = native(2), native(2), native(2)
    assert same(a.reset(seed=7)[0], b.reset(seed=7)[0])
    assert not same(a.reset(seed=7)[0], c.reset(seed=8)[0])
    for x, y in zip(play(a, 3), play(b, 3), strict=True):
        assert same(x[0], y[0]) and all(np.array_equal(i, j) for i, j in zip(x[1:4], y[1:4], strict=True))


def test_an_unseeded_second_reset_goes_on_deterministically(native, same):
    a, b = native(2), native(2)
    first = a.reset(seed=7)[0]
    second = a.reset()[0]
    b.reset(seed=7)
    play(b, 1)  # what was done in the first episode does not matter
    assert same(second, b.reset()[0]) and not same(first, second)
    assert same(a.reset()[0], b.reset()[0])
    assert same(a.reset(seed=7)[0], first)


def test_an_unseeded_first_reset_is_random(native, same):
    assert not same(native(1).reset()[0], native(1).reset()[0])


def test_a_list_of_seeds_and_none(native, same):
    env, other = native(3), native(3)
    listed = env.reset(seed=[7, 8, 9])[0]
    assert same(listed, other.reset(seed=7)[0]) and same(listed, other.reset(seed=np.int64(7))[0])
    following = other.reset()[0]
    mixed = env.reset(seed=[7, None, 9])[0]
    for i, expected in enumerate((listed, following, listed)):
        assert all(np.array_equal(mixed[k][i], expected[k][i]) for k in mixed)


@pytest.mark.parametrize("seed", [-1, 2**64, [1, 2], [1, 2, 3.5], [1, 2, "x"]])
def test_bad_seeds_are_refused(native, seed):
    env = native(3)
    with pytest.raises(InputError, match="seed"):
        env.reset(seed=seed)


def check_row(vector_out, single_out, i):
    (obs, reward, terminated, truncated, infos), (obs1, reward1, terminated1, truncated1, info1) = (
        vector_out,
        single_out,
    )
    for key in obs1:
        if key == "context":  # holds the last reward, which comes from a network
            assert np.allclose(obs[key][i], obs1[key], rtol=0, atol=1e-5)
        else:
            assert obs[key][i].dtype == obs1[key].dtype and np.array_equal(obs[key][i], obs1[key]), (key, i)
    assert reward[i] == pytest.approx(reward1, abs=1e-5)
    assert (terminated[i], truncated[i]) == (terminated1, truncated1)
    for key in ("event_class", "severity", "seed", "onset"):
        if key in info1:
            assert infos[key][i] == info1[key], key
    for key in ("belief", "error"):
        if key in info1:
            assert np.allclose(infos[key][i], info1[key], rtol=0, atol=1e-5)


def compare_rows(vector, alone, rows, steps, seed):
    """Play ``steps`` in a vector environment, then its rows one by one in a single environment."""
    first, _ = vector.reset(seed=seed)
    vector.action_space.seed(0)
    actions = [vector.action_space.sample() for _ in range(steps)]
    outs = [vector.step(a) for a in actions]
    for i in rows:
        obs, _ = alone.reset(seed=seed + i)
        assert all(np.array_equal(first[k][i], obs[k]) for k in obs)
        for step, action in enumerate(actions):
            check_row(outs[step], alone.step(action[i]), i)


def test_row_i_of_64_is_the_single_environment_with_seed_plus_i(selection, judged, product):
    options: dict[str, Any] = {"budget": 2, "replicates": 2, "thermal": "none", "frames": False, **judged}
    alone = gymnasium.make("gg_gym/ScenarioSelection-v0", product=product, **options)
    rows = (0, 1, 16, 31, 47, 63)
    compare_rows(selection(64, autoreset_mode="Disabled", **options), alone, rows, 2, seed=100)


def test_row_i_with_frames(selection, whole):
    options: dict[str, Any] = {"product": whole, "budget": 2, "replicates": 2, "thermal": "kelvin", "detector": "none"}
    alone: Any = gymnasium.make("gg_gym/ScenarioSelection-v0", **options)
    vector = selection(18, autoreset_mode="Disabled", **options)
    compare_rows(vector, alone, (0, 1, 17), 1, seed=200)
    frames = vector.last_runs.readings["thermal"]
    assert frames.shape == (36, 8, 60, 80)
    assert np.array_equal(frames[17], alone.unwrapped.vector.last_runs.readings["thermal"][0])
    assert np.array_equal(frames[18 + 17], alone.unwrapped.vector.last_runs.readings["thermal"][1])


def test_row_i_of_steering(steering, judged, product):
    options: dict[str, Any] = {"interval": 16, "intervals": 4, **judged}
    alone = gymnasium.make("gg_gym/ScenarioSteering-v0", product=product, thermal="none", **options)
    compare_rows(steering(16, autoreset_mode="Disabled", **options), alone, (0, 7, 15), 4, seed=300)


def test_row_i_of_steering_with_a_camera(steering, whole):
    options: dict[str, Any] = {"interval": 4, "intervals": 16, "thermal": "image", "detector": "none"}
    options["product"] = whole
    alone = gymnasium.make("gg_gym/ScenarioSteering-v0", **options)
    compare_rows(steering(17, autoreset_mode="Disabled", **options), alone, (0, 16), 5, seed=300)
