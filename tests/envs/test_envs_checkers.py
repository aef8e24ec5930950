"""Gymnasium's and SB3's checkers, and the pictures. Warnings are errors."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_sb3

from gg_gym.errors import InputError


def test_gymnasiums_checker_is_silent(single):
    check_env(single(thermal="image").unwrapped)


def test_steering_of_one_sample_passes_the_checker(product):
    env = gymnasium.make(
        "gg_gym/ScenarioSteering-v0", product=product, detector="none", thermal="kelvin", interval=1, intervals=64
    )
    check_env(env.unwrapped, skip_render_check=True)


def test_stable_baselines_checker_is_silent(single):
    check_sb3(single(thermal="image").unwrapped, warn=True, skip_render_check=False)


def test_the_wrapped_environment_plays_an_episode(single, kind):
    env = single(thermal="image")
    observation, info = env.reset(seed=1)
    over = False
    steps = 0
    while not over:
        assert env.observation_space.contains(observation)
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        over, steps = terminated or truncated, steps + 1
        assert reward == 0.0 and np.ndim(info["reward_terms"]["z"]) == 0
    assert steps == 2 and terminated == (kind == "Selection")
    env.close()


def test_rgb_array_shows_before_and_after_a_run(single):
    env = single(thermal="image", render_mode="rgb_array")
    env.reset(seed=2)
    before = env.render()
    env.step(env.action_space.sample())
    after = env.render()
    for picture in (before, after):
        assert picture.shape == (360, 640, 3) and picture.dtype == np.uint8
    assert not np.array_equal(before, after)
    env.close()


def test_pictures_without_a_camera_and_with_a_belief(selection, judged):
    env = selection(2, render_mode="rgb_array", **judged)
    env.reset(seed=3)
    env.step(env.action_space.sample())
    pictures = env.render()
    assert len(pictures) == 2 and all(p.shape == (360, 640, 3) for p in pictures)
    assert not np.array_equal(*pictures)


def test_human_rendering_through_gymnasium(single, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    with pytest.warns(UserWarning, match="HumanRendering wrapper is being applied"):
        env = single(render_mode="human")
    env.reset(seed=4)
    env.step(env.action_space.sample())
    assert env.render_mode == "human" and env.render() is None
    env.close()


def test_without_a_render_mode_there_is_no_picture(native):
    env = native(1)
    env.reset(seed=0)
    assert env.render() is None
    env.close()
    with pytest.raises(InputError, match="render_mode"):
        native(1, render_mode="ansi")


def test_stepping_before_reset_is_refused(native, single):
    env = native(2)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(env.action_space.sample())
    bare = single().unwrapped
    with pytest.raises(gymnasium.error.ResetNeeded):
        bare.step(bare.action_space.sample())
