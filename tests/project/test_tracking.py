"""The MLflow tracker against a real SQLite store in a temporary folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.tracking import DETECTOR, Exported, MlflowTracker, dataset_digest, store_uri


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("mlruns")


@pytest.fixture
def tracker(root, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    made = MlflowTracker(root)
    yield made
    made.finish()


def folder_of(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "manifest.json").write_text(json.dumps({"shards": []}))
    return path


def runs_of(tracker, kind):
    query = f"tags.`gg_gym.kind` = '{kind}'"
    return tracker._client.search_runs([tracker._experiment], filter_string=query)


def test_parent_nested_metrics_and_datasets(tracker, tmp_path):
    tracker.start_study("quickstart", {"seed": 1, "arms": [{"name": "random"}], "detector": {"members": 5}})
    tracker.start_arm("random")
    tracker.log_round("random", 0, {"auprc": 0.5, "missing": float("nan"), "recall": {"arcing": 0.25}}, step=96)
    tracker.log_round("random", 1, {"auprc": np.float32(0.75)}, step=128)
    tracker.log_runs("random", [{"reward": 0.1 * i, "family": "arcing"} for i in range(1500)])
    tracker.log_dataset(folder_of(tmp_path / "train"), "training")
    tracker.log_artifact(tmp_path / "train" / "manifest.json")
    (arm,) = runs_of(tracker, "arm")
    rounds = runs_of(tracker, "round")
    assert {r.data.tags["mlflow.parentRunId"] for r in rounds} == {arm.info.run_id}
    history = tracker._client.get_metric_history(arm.info.run_id, "auprc")
    assert [(m.step, m.value) for m in history] == [(96, 0.5), (128, 0.75)]
    assert len(tracker._client.get_metric_history(arm.info.run_id, "run/reward")) == 1500
    assert "missing" not in arm.data.metrics and arm.data.metrics["recall/arcing"] == 0.25
    (entry,) = arm.inputs.dataset_inputs
    assert entry.dataset.digest == dataset_digest(tmp_path / "train") and len(entry.dataset.digest) <= 36
    assert tracker._client.get_run(tracker._study).data.params["detector.members"] == "5"


def test_resuming_finds_the_same_runs(root, tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    data, page = folder_of(tmp_path / "train"), tmp_path / "report.html"
    page.write_text("<p>")
    for _ in range(2):
        again = MlflowTracker(root)
        again.start_study("resumed", {"seed": 2})
        again.start_arm("sobol")
        again.log_dataset(data, "training")
        again.log_round("sobol", 0, {"auprc": 0.5}, step=96)
        assert len(runs_of(again, "arm")) == len(runs_of(again, "round")) == 1
        (arm,) = runs_of(again, "arm")
        assert len(again._client.get_metric_history(arm.info.run_id, "auprc")) == 1
        assert len(arm.inputs.dataset_inputs) == 1
        again.finish()
        again.keep(page)
        (study,) = runs_of(again, "study")
        assert study.info.status == "FINISHED"
        assert {a.path for a in again._client.list_artifacts(study.info.run_id)} == {"study.json", "report.html"}


def test_everything_lies_below_the_root_of_each_tracker(root, tracker, tmp_path, monkeypatch):
    for place in (root, tmp_path / "other"):
        other = MlflowTracker(place)
        other.start_study("place", {})
        experiment = other._client.get_experiment(other._experiment)
        assert store_uri(place) == f"sqlite:///{place}/mlflow.db"
        assert experiment.artifact_location == (place / "artifacts").as_uri()
        assert (place / "mlflow.db").is_file() and any((place / "artifacts").rglob("study.json"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///elsewhere.db")
    assert store_uri(root) == "sqlite:///elsewhere.db"


def test_detector_is_registered_without_pickle(root, tmp_path, monkeypatch):
    import torch

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    class Tiny(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(4, 3)

        def forward(self, x, mask):
            return torch.softmax(self.linear((x * mask).mean(-1)), -1)

    torch.manual_seed(0)
    net = Tiny().eval()
    x, mask = np.ones((2, 4, 8), np.float32), np.ones((2, 4, 8), np.float32)
    exported = Exported(net, {"x": x, "mask": mask}, {"p": np.zeros((2, 3), np.float32)}, "torch==2.13.0")
    tracker = MlflowTracker(root, exporter=lambda folder: exported)
    tracker.start_study("detector", {})
    tracker.start_arm("random")
    tracker.log_detector(tmp_path, "champion")
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    import mlflow

    loaded = mlflow.pytorch.load_model(f"models:/{DETECTOR}@champion")
    batch = torch.randn(7, 4, 8)
    assert torch.equal(loaded(batch, torch.ones_like(batch)), net(batch, torch.ones_like(batch)))
    tracker.finish()


def test_errors(tracker, tmp_path, monkeypatch):
    with pytest.raises(RuntimeError, match="start_study"):
        tracker.start_arm("random")
    with pytest.raises(InputError, match="not a dataset folder"):
        dataset_digest(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="writ"):
        MlflowTracker(tmp_path / "file" / "mlruns").start_study("x", {})


def test_import_loads_no_mlflow():
    code = "import sys, gg_gym.tracking; assert 'mlflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)
