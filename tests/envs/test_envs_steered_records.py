"""Steered runs land in Avro with their action sequence, are what the environment showed, and can be reproduced."""

import gymnasium
import numpy as np

import gg_gym  # noqa: F401
from gg_gym.envs import RunSink
from gg_gym.records.avro import DatasetReader
from gg_gym.records.reproduce import reproduce


def test_steered_runs_are_recorded_and_reproducible(whole, tmp_path):
    with RunSink(tmp_path / "d", agent="hand") as sink:
        env = gymnasium.make_vec(
            "gg_gym/ScenarioSteering-v0",
            num_envs=2,
            vectorization_mode=None,
            product=whole,
            interval=16,
            intervals=4,
            detector="none",
            thermal="none",
            sink=sink,
        )
        obs, _ = env.reset(seed=3)
        rng, seen, ids = np.random.default_rng(1), [], None
        for _ in range(4):
            obs, _, _, truncated, infos = env.step(rng.uniform(-1, 1, env.action_space.shape).astype(np.float32))
            seen.append(obs["voc"])
        ids = infos["run_id"]
    assert truncated.all() and all(ids)
    reader = DatasetReader(tmp_path / "d")
    for row, run_id in enumerate(ids):
        run = reader.read(run_id)
        assert run.header.samples == 64 and run.header.actions is not None
        assert run.header.actions.shape == (4, len(env.unwrapped.slots))  # type: ignore[attr-defined]
        for k, voc in enumerate(seen[:-1]):
            assert np.array_equal(run.readings["voc"][16 * (k + 1)], voc[row])
    assert all(r.equal and r.compared > 10 for r in reproduce(tmp_path / "d"))
