"""Steering: parameters move with the action, the run goes on under them, and ends."""

import numpy as np
import pytest

from gg_gym.envs.steering import IGNITION
from gg_gym.scenarios.steering import RATE


def test_coordinates_move_with_the_action(steering):
    env = steering(3, interval=16, intervals=4)
    before = env.reset(seed=1)[0]["context"]
    assert [s.name for s in env.slots] == ["severity", "gap"]
    actions = np.array([[1.0, -1.0], [0.5, 0.0], [0.0, 0.0]], np.float32)
    after = env.step(actions)[0]["context"]
    moved = (after - before)[:, :2] / 2.0
    expected = np.clip((before[:, :2] + 1) / 2 + RATE * actions, 0, 1) - (before[:, :2] + 1) / 2
    assert moved == pytest.approx(expected, abs=1e-6)
    for row, group in enumerate([env._groups[0]] * 3):
        severity = env._definitions[row].parameters["severity"]
        assert severity == pytest.approx((after[row, 0] + 1) / 2, abs=1e-5)
        current = group.session.course.layers[0].causes["arc_current"][row]
        assert current == pytest.approx(0.5 * 100.0**severity, rel=1e-4)


def test_a_move_out_of_the_range_stops_at_its_end(steering):
    env = steering(2, interval=4, intervals=16)
    env.reset(seed=1)
    actions = np.tile(np.array([[1.0], [-1.0]], np.float32), (1, 2))
    for _ in range(12):
        observation, *_ = env.step(actions)
    assert (observation["context"][0, :2] == 1).all() and (observation["context"][1, :2] == -1).all()


def test_the_run_goes_on_under_the_moved_parameters(steering):
    """Two rows with one seed and opposite actions share their past; the hotter wood loses more."""
    env = steering(2, family="early_combustion", interval=8, intervals=8, autoreset_mode="Disabled")
    first, _ = env.reset(seed=[0, 0])
    assert all(np.array_equal(v[0], v[1]) for v in first.values())
    for _ in range(2):
        *_, terminated, _, _ = env.step(np.array([[1.0], [-1.0]], np.float32))
    assert not terminated.any()
    group = env._groups[0]
    strong, weak = group.session.state.mass_lost
    assert strong > weak > 0


def test_readings_follow_the_action(steering, whole):
    """Pairs of rows with one seed: the same first sample, and another field once their arcs differ in current."""
    env = steering(12, product=whole, interval=32, intervals=2, autoreset_mode="Disabled")
    env.reset(seed=[i // 2 for i in range(12)])
    env.step(np.tile(np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32), (6, 1)))
    emf = env._groups[0].readings["emf"]
    assert np.array_equal(emf[::2, 0], emf[1::2, 0])
    assert any(not np.array_equal(a, b) for a, b in zip(emf[::2], emf[1::2], strict=True))


def test_an_unsteered_run_is_the_twins_run(steering):
    env = steering(4, interval=16, intervals=4)
    env.reset(seed=9)
    for _ in range(4):
        env.step(np.zeros(env.action_space.shape, np.float32))
    group = env._groups[0]
    runs = env.twin.run(group.session.conditions, [env._definitions[r] for r in range(4)], truth=False)
    stop = group.session.index
    assert stop == 65
    for key, values in group.readings.items():
        assert np.array_equal(values[:, :stop], runs.readings[key][:, :stop]), key
        assert np.array_equal(group.status[key][:, :stop], runs.status[key][:, :stop]), key


def test_ignition_terminates_and_does_not_disturb_others(steering, same):
    options = {"family": "early_combustion", "dt": 60.0, "interval": 2, "intervals": 32}
    n, steps = 6, 8
    env, calm = steering(n, autoreset_mode="SameStep", **options), steering(n, autoreset_mode="SameStep", **options)
    env.reset(seed=0), calm.reset(seed=0)
    # In `env` every row is driven up; in `calm` only the rows that are compared.
    up = np.ones(env.action_space.shape, np.float32)
    ignited = np.zeros(n, bool)
    history = []
    for _ in range(steps):
        observation, _, terminated, truncated, infos = env.step(up)
        assert not truncated.any()
        if terminated.any():
            assert infos["_final_obs"].tolist() == terminated.tolist()
            assert (observation["context"][terminated, -2] == -1).all()  # time gone by starts anew
        history.append(observation)
        ignited |= terminated
    assert ignited.any() and not ignited.all()
    down = np.where(ignited[:, None], -1.0, 1.0).astype(np.float32)
    for step in range(steps):
        observation, _, terminated, *_ = calm.step(down)
        for row in np.flatnonzero(~ignited):
            assert all(np.array_equal(observation[k][row], history[step][k][row]) for k in observation)


def test_wood_that_ignites_is_hot(steering):
    env = steering(4, family="early_combustion", dt=60.0, interval=1, intervals=64, autoreset_mode="Disabled")
    env.reset(seed=0)
    for _ in range(40):
        terminated = env.step(np.ones(env.action_space.shape, np.float32))[2]
        hot = env._groups[0].session.state.hot_spot >= IGNITION
        assert np.array_equal(terminated, hot)
        if terminated.any():
            return
    pytest.fail("nothing ignited")


@pytest.mark.parametrize(("interval", "intervals"), [(1, 64), (64, 1), (16, 8)])
def test_the_horizon_truncates(steering, interval, intervals):
    env = steering(2, interval=interval, intervals=intervals)
    env.reset(seed=2)
    still = np.zeros(env.action_space.shape, np.float32)
    for step in range(intervals):
        observation, _, terminated, truncated, _ = env.step(still)
        assert not terminated.any() and (truncated == (step == intervals - 1)).all()
    assert (observation["context"][:, -2] == 1).all()
    assert env._groups[0].session.index == 1 + interval * intervals


def test_moves_cost(steering, judged):
    envs = [steering(4, **judged) for _ in range(2)]
    actions = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, -1.0], [0.5, 0.5]], np.float32)
    for env in envs:
        env.reset(seed=4)
    _, reward, _, _, infos = envs[0].step(actions)
    terms = infos["reward_terms"]
    assert terms["move"] == pytest.approx([0.0, -0.05, -0.1, -0.025])
    assert reward == pytest.approx(terms["z"] + terms["move"])
    assert terms["z"] == pytest.approx(envs[0].judge.scale.z(terms["raw"]))
    assert np.array_equal(envs[1].step(actions)[1], reward)
    context = envs[1].step(actions)[0]["context"]
    assert (np.abs(context[:, -1]) <= 1).all()


def test_energy_of_the_arc_is_reported(steering):
    env = steering(16, family="arcing_event", interval=16, intervals=4)
    env.reset(seed=0)
    total = np.zeros(16)
    for _ in range(4):
        *_, infos = env.step(np.ones(env.action_space.shape, np.float32))
        total += infos["arc_energy"]
    assert (total >= 0).all() and (total > 0).any()


def test_frames_of_an_interval_are_its_last_samples(steering):
    env = steering(2, thermal="kelvin", interval=4, intervals=16)
    first, _ = env.reset(seed=0)
    second, *_ = env.step(np.zeros(env.action_space.shape, np.float32))
    assert not np.array_equal(first["thermal"], second["thermal"])
    env.step(np.zeros(env.action_space.shape, np.float32))
    frames = env._groups[0].frames
    assert frames[:, 0].any() and not frames[:, 1].any()  # 9 samples so far: one frame is due
