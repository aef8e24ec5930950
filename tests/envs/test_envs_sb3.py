"""The adapter to stable-baselines3."""

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecMonitor

from gg_gym.envs import SB3VecEnv
from gg_gym.errors import InputError

SAME = "SameStep"


def test_ppo_learns_through_the_adapter(selection, judged):
    env = VecMonitor(SB3VecEnv(selection(8, autoreset_mode=SAME, **judged)))
    model = PPO(
        "MultiInputPolicy", env, n_steps=4, batch_size=16, n_epochs=1, gamma=0.0, seed=1, device="cpu",
        policy_kwargs={"net_arch": [16]},
    )  # fmt: skip
    before = [p.detach().clone() for p in model.policy.parameters()]
    model.learn(64)
    assert model.num_timesteps == 64
    assert any(not np.array_equal(a, b.detach()) for a, b in zip(before, model.policy.parameters(), strict=True))
    assert {e["l"] for e in model.ep_info_buffer or ()} == {2}


def test_the_last_observation_of_an_episode_is_given(native, same):
    inner = native(2, autoreset_mode=SAME)
    env, plain = SB3VecEnv(inner), native(2, autoreset_mode=SAME)
    env.seed(5)
    scaled = env.reset()
    raw, _ = plain.reset(seed=5)
    assert same(scaled, env.scaled(raw))
    for step in range(2):
        actions = np.full(inner.action_space.shape, 0.1, np.float32)
        observation, reward, done, infos = env.step(actions)
        out = plain.step(actions)
        assert same(observation, env.scaled(out[0])) and reward.dtype == np.float32
        assert (done == (step == 1)).all() and len(infos) == 2
    for i, info in enumerate(infos):
        assert same(info["terminal_observation"], env.scaled(out[4]["final_obs"][i]))
        assert info["TimeLimit.truncated"] == bool(out[3][i])
        assert env.observation_space.contains(info["terminal_observation"])
    env.close()


def test_channels_are_brought_to_their_scale(selection):
    env = SB3VecEnv(selection(32, autoreset_mode=SAME, thermal="image"))
    observation = env.reset()
    for key in env.env.twin.slices:
        box = env.observation_space[key]
        assert (box.low == -10).all() and (box.high == 10).all()
        assert (np.abs(observation[key]) <= 10).all() and observation[key].dtype == np.float32
        inside = np.abs(observation[key]) < 10
        assert inside.mean() > 0.9, key
    assert observation["thermal"].dtype == np.uint8 and observation["context"].min() >= -1


@pytest.mark.parametrize("mode", ["NextStep", "Disabled"])
def test_another_autoreset_mode_is_refused(native, mode):
    with pytest.raises(InputError, match="SAME_STEP"):
        SB3VecEnv(native(2, autoreset_mode=mode))


def test_attributes_and_methods_reach_the_environment(selection, judged):
    env = SB3VecEnv(selection(3, autoreset_mode=SAME, render_mode="rgb_array"))
    assert env.get_attr("budget") == [2, 2, 2] and env.get_attr("budget", indices=[0]) == [2]
    env.set_attr("round", 4)
    assert env.env.round == 4 and env.env_is_wrapped(VecMonitor) == [False] * 3
    env.reset()
    env.env_method("attach", judged["detector"], judged["reference"])
    env.reset()
    assert env.env.judge.paying and len(env.get_images()) == 3
