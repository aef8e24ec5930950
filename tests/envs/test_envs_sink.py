"""RunSink: what an environment simulates is on record, and the record regenerates it bit for bit."""

import numpy as np
import pytest

from gg_gym.envs import RunSink, ScenarioSelectionEnv
from gg_gym.records import DatasetReader
from gg_gym.records.reproduce import reproduce


@pytest.mark.parametrize("thermal", ["image", "none"])
def test_runs_are_recorded_and_reproduced_bit_for_bit(selection, whole, tmp_path, thermal):
    with RunSink(tmp_path / "runs", agent="someone", arm="a", split="train") as sink:
        env = selection(2, product=whole, thermal=thermal, sink=sink, replicates=2, autoreset_mode="SameStep")
        env.reset(seed=11)
        told = []
        for step in range(3):
            env.action_space.seed(step)
            actions = env.action_space.sample()
            _, reward, _, _, infos = env.step(actions)
            ended = infos.get("final_info", infos)
            told += [(ended["run_id"][i], reward[i], actions[i], int(ended["seed"][i])) for i in range(2)]
    reader = DatasetReader(tmp_path / "runs")
    assert list(reader.run_ids) == [t[0] for t in told] and len(set(reader.run_ids)) == 6
    for run_id, reward, action, seed in told:
        run = reader.read(run_id)
        assert (run.header.seed, run.header.agent, run.header.arm) == (seed, "someone", "a")
        assert run.header.reward == reward and np.array_equal(np.array(run.header.action, np.float32), action)
        assert ("thermal" in run.readings) == (thermal == "image")
    results = reproduce(tmp_path / "runs")
    assert len(results) == 6
    for result in results:
        assert result.equal and result.compared >= 20, (result.differences, result.missing)


def test_reward_terms_are_on_record(selection, judged, tmp_path):
    with RunSink(tmp_path / "runs", round_=7) as sink:
        env = selection(2, sink=sink, **judged)
        env.reset(seed=1)
        _, reward, _, _, infos = env.step(env.action_space.sample())
    reader = DatasetReader(tmp_path / "runs")
    for i, run_id in enumerate(infos["run_id"]):
        header = reader.read(run_id).header
        terms = dict(header.reward_terms)
        assert header.round == 7 and set(terms) == {"raw", "z", "implausibility", "duplicate"}
        assert all(terms[k] == pytest.approx(float(infos["reward_terms"][k][i])) for k in terms)
        assert sum(v for k, v in terms.items() if k != "raw") == pytest.approx(reward[i])


def test_rows_that_wait_are_not_recorded(selection, tmp_path):
    with RunSink(tmp_path / "runs") as sink:
        env = selection(2, sink=sink, budget=1, autoreset_mode="NextStep")
        env.reset(seed=1)
        live = env.step(env.action_space.sample())[4]["run_id"]
        waiting = env.step(env.action_space.sample())[4]
        assert all(live) and not any(waiting["run_id"]) and not waiting["_run_id"].any()
    assert list(DatasetReader(tmp_path / "runs").run_ids) == list(live)


def test_the_single_environment_tells_its_run(product, tmp_path):
    with RunSink(tmp_path / "runs", chunks=False) as sink:
        env = ScenarioSelectionEnv(product=product, detector="none", thermal="none", budget=2, sink=sink)
        env.reset(seed=1)
        *_, info = env.step(env.action_space.sample())
        assert isinstance(info["run_id"], str) and isinstance(info["seed"], int)
    reader = DatasetReader(tmp_path / "runs")
    assert list(reader.run_ids) == [info["run_id"]] and not reader.read(info["run_id"]).has_samples


def test_an_error_drops_what_was_not_committed(selection, tmp_path):
    with pytest.raises(RuntimeError, match="stop"), RunSink(tmp_path / "runs") as sink:
        env = selection(1, sink=sink)
        env.reset(seed=1)
        kept = env.step(env.action_space.sample())[4]["run_id"]
        sink.commit()
        env.step(env.action_space.sample())
        raise RuntimeError("stop")
    assert list(DatasetReader(tmp_path / "runs").run_ids) == list(kept)
