"""A study runs, resumes wherever it was stopped, and ends with the same bytes."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from gg_gym.errors import InputError
from gg_gym.studies.configuration import check_configuration
from gg_gym.studies.results import bootstrap_interval, compare, load_cells, rank, results_table
from gg_gym.studies.runner import NullTracker, run_study, total_runs

TOY = Path(__file__).with_name("toy_workshop.py")
SPEC = importlib.util.spec_from_file_location("toy_workshop", TOY)
assert SPEC is not None and SPEC.loader is not None
toy: Any = importlib.util.module_from_spec(SPEC)
sys.modules["toy_workshop"] = toy
SPEC.loader.exec_module(toy)

ARMS = [{"name": key, "agent": key} for key in ("stratified", "learnability", "ppo")]
SIZES = {"initial": 16, "heldout": 24, "validation": 16}
STUDY = {"name": "toy", "seed": 5, "rounds": 2, "budget": 16, "envs": 8, "arms": ARMS, "sets": SIZES, "threads": 1}


def files(folder):
    """Every file's bytes; partial folders must be gone."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}
    assert not any(".partial" in name or name.endswith(".tmp") for name in found)
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies") / "whole"
    return run_study(STUDY, folder, make_workshop=toy.ToyWorkshop)


def test_a_study_leaves_cells_and_results(finished):
    cells = finished.cells
    assert [(c["arm"], c["round"]) for c in cells] == [(a["name"], r) for a in ARMS for r in range(3)]
    assert [c["n_train"] for c in cells[:3]] == [16, 32, 48]
    assert [c["n_sim"] for c in cells[:3]] == [16, 32, 48]
    replicated, once = 16 * 4, 16 + 10
    assert [c["n_sim"] for c in cells[6:9]] == [16, 16 + replicated + once, 16 + 2 * replicated + once]
    assert [c["n_sim"] for c in cells[3:6]] == [16, 16 + replicated + 64 + once, 16 + 2 * (replicated + 64) + once]
    assert all(sum(c["families"].values()) == 16 and len(c["runs"]) in (0, 16) for c in cells)
    row = results_table(cells)[1]
    assert {"arm", "seed", "round", "n_train", "n_sim", "macro_auprc", "mean_reward", "share/arc"} <= set(row)
    assert (
        json.loads((finished.folder / "results.json").read_text())["wording"] == "demonstration, 1 seed, not evidence"
    )
    assert (finished.champion / "detector.json").is_file()


def test_two_runs_of_one_seed_are_byte_identical(finished, tmp_path):
    again = run_study(STUDY, tmp_path / "again", make_workshop=toy.ToyWorkshop)
    assert files(again.folder) == files(finished.folder)
    other = run_study({**STUDY, "seed": 6}, tmp_path / "other", make_workshop=toy.ToyWorkshop)
    assert other.cells[1]["runs"] != again.cells[1]["runs"]


def test_arms_meet_the_same_conditions(finished):
    ids = {c["arm"]: [run["run_id"] for run in c["runs"]] for c in finished.cells if c["round"] == 1}
    assert ids["stratified"] == ids["learnability"] == ids["ppo"]


@pytest.mark.parametrize("step", range(1, 43, 4))
def test_an_interrupt_anywhere_leaves_resumable_state(finished, tmp_path, step):
    made = []

    def failing(config):
        made.append(toy.ToyWorkshop(config, fail_at=step))
        return made[-1]

    with pytest.raises(KeyboardInterrupt):
        run_study(STUDY, tmp_path / "s", make_workshop=failing)
    resumed = run_study(STUDY, tmp_path / "s", make_workshop=toy.ToyWorkshop)
    assert files(resumed.folder) == files(finished.folder)


def test_a_finished_study_is_read_and_not_run_again(finished):
    made = []

    def watching(config):
        made.append(toy.ToyWorkshop(config))
        return made[-1]

    assert run_study(STUDY, finished.folder, make_workshop=watching).cells == finished.cells
    assert made[0].count == 0


def test_kill_nine_leaves_resumable_state(finished, tmp_path):
    script = f"""
        import importlib.util, sys, time
        spec = importlib.util.spec_from_file_location("toy_workshop", {str(TOY)!r})
        toy = importlib.util.module_from_spec(spec); spec.loader.exec_module(toy)
        from gg_gym.studies.runner import run_study
        class Slow(toy.ToyWorkshop):
            def evaluate(self, detector, folder):
                time.sleep(0.25)
                return super().evaluate(detector, folder)
        run_study({STUDY!r}, {str(tmp_path / "s")!r}, make_workshop=Slow)
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    try:
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "s").glob("arms/*/seed-5/round-???/cell.json"))) < 2:
            assert child.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert load_cells(tmp_path / "s")
    resumed = run_study(STUDY, tmp_path / "s", make_workshop=toy.ToyWorkshop)
    assert files(resumed.folder) == files(finished.folder)


def test_another_study_in_the_folder_is_refused(finished, tmp_path):
    with pytest.raises(InputError, match="another configuration"):
        run_study({**STUDY, "budget": 32}, finished.folder, make_workshop=toy.ToyWorkshop)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        run_study(STUDY, tmp_path / "file" / "s", make_workshop=toy.ToyWorkshop)
    with pytest.raises(InputError, match=r"study\.json: no such file"):
        compare(tmp_path)


def test_every_run_goes_through_an_environment(tmp_path):
    made = []

    def watching(config):
        made.append(toy.ToyWorkshop(config))
        return made[-1]

    outcome = run_study(STUDY, tmp_path / "s", make_workshop=watching)
    stepped = sum(env.calls * env.num_envs for env in made[0].environments)
    screened = sum(env.calls * env.num_envs for env in made[0].screens)
    assert stepped == total_runs(outcome.config) and screened == 2 * 64


class Spy(NullTracker):
    def __init__(self):
        self.said: list[Any] = []

    def start_study(self, name, config):
        self.said.append(("study", name))

    def log_round(self, arm, round, metrics, step=None):
        assert all(isinstance(value, float) for value in metrics.values())
        self.said.append((arm, round, step))

    def log_runs(self, arm, rows):
        self.said.append((arm, [row["index"] for row in rows]))

    def log_detector(self, folder, alias="champion"):
        self.said.append((alias, Path(folder).name))

    def finish(self):
        self.said.append("finish")


def test_the_tracker_hears_everything_and_progress_ends_full(finished):
    spy, seen = Spy(), []
    run_study(
        STUDY, finished.folder, spy, lambda done, total, text: seen.append((done, total)), make_workshop=toy.ToyWorkshop
    )
    assert spy.said[0] == ("study", "toy") and spy.said[-1] == "finish" and spy.said[-2] == ("champion", "detector")
    assert ("ppo", 2, 48) in spy.said and ("ppo", list(range(16, 32))) in spy.said
    assert seen[-1] == (total_runs(finished.config),) * 2


def test_more_seeds_give_paired_differences_and_intervals(tmp_path):
    study = {**STUDY, "repeats": 3, "rounds": 1, "arms": ARMS[:2]}
    outcome = run_study(study, tmp_path / "s", make_workshop=toy.ToyWorkshop)
    assert [c["seed"] for c in outcome.cells if c["arm"] == "stratified" and c["round"] == 0] == [5, 6, 7]
    best, second = rank(outcome.cells)
    assert {best.rank, second.rank} == {1, 2} and best.value >= second.value
    other = next(s for s in (best, second) if s.arm == "learnability")
    assert other.low is not None and other.high is not None and other.low <= other.difference <= other.high
    assert outcome.comparison["wording"] == "demonstration, 3 seeds, not evidence"
    with pytest.raises(InputError, match="no finished cell has 'beauty'"):
        compare(outcome.folder, "beauty")
    with pytest.raises(InputError, match="unknown arm"):
        compare(outcome.folder, baseline="nobody")
    assert compare([outcome.folder, outcome.folder])["standings"][0]["arm"].startswith("toy/")


def test_workers_change_nothing(finished, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(TOY.parent))  # spawned workers take over the path
    seen = []

    def progress(done, total, text):
        seen.append((done, total))

    outcome = run_study({**STUDY, "workers": 2}, tmp_path / "s", None, progress, make_workshop=toy.ToyWorkshop)
    assert seen[-1] == (total_runs(outcome.config),) * 2 and len(seen) == 3 + 6
    assert [c["runs"] for c in outcome.cells] == [c["runs"] for c in finished.cells]
    assert outcome.config.digest() == finished.config.digest()


def test_the_bootstrap_interval_covers_the_mean():
    low, high = bootstrap_interval([0.1, 0.2, 0.3, 0.25, 0.15])
    assert low < 0.2 < high and bootstrap_interval([0.1, 0.1]) == (0.1, 0.1)


def test_totals_count_each_recorded_run():
    assert total_runs(check_configuration(STUDY, "x")) == 24 + 16 + 16 + 3 * 2 * 16
