import numpy as np
import pytest
import torch

from gg_gym.detection.alarms import AlarmPolicy
from gg_gym.detection.evaluation import evaluate, hazard, score
from gg_gym.detection.interface import LocalModelInterface, ModelInterface
from gg_gym.errors import InputError
from gg_gym.feedback import ModelPerformanceData, WeakSpot, from_json, to_json


@pytest.fixture(scope="module")
def stored(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("detectors")
    trained[0].save(folder / "v1")
    return folder


def test_feedback_names_uncertain_and_misclassified_windows(stored, trained, windows):
    data = windows(120, 31, noise=2.5)
    feedback = LocalModelInterface(stored, limit=10).get_model_performance_feedback(data, "v1")
    assert isinstance(LocalModelInterface(stored), ModelInterface)
    assert feedback.model_version == "v1" and feedback.n_samples == 120
    assert set(feedback.per_class_metrics) == set(trained[0].spec.classes)
    assert all({"recall", "auprc", "count"} == set(v) for v in feedback.per_class_metrics.values())
    assert 0.5 < feedback.overall_metrics["macro_auprc"] <= 1
    unsure = [s.mutual_information for s in feedback.uncertain_samples]
    assert len(unsure) == 10 and unsure == sorted(unsure, reverse=True) and unsure[0] > 0
    wrong = feedback.misclassified_samples
    assert wrong and [s.loss for s in wrong] == sorted((s.loss for s in wrong), reverse=True)
    p = trained[0].predict(data).mean.argmax(1)
    names = trained[0].spec.classes
    assert all(names[data["event_class"][s.sample]] == s.actual != s.predicted == names[p[s.sample]] for s in wrong)
    assert set(feedback.sensor_specific_metrics) == {"fused", "scalars", "thermal"}
    assert feedback.sensor_specific_metrics["fused"]["nll"] == pytest.approx(feedback.overall_metrics["nll"])
    features = wrong[0].sample_features_summary
    assert features and features[0].importance >= features[-1].importance and "/" in features[0].path


def test_a_ramp_is_the_most_unusual_feature(stored, windows):
    data = windows(40, 33)
    feedback = LocalModelInterface(stored / "v1", limit=40).get_model_performance_feedback(data)
    ramps = [s for s in feedback.uncertain_samples if data["event_class"][s.sample] == 1]
    assert len(ramps) == 10 and all(s.sample_features_summary[0].path == "voc/c0" for s in ramps)


@pytest.mark.parametrize("tag", ["v2", "../v1", "", "/etc", ".."])
def test_unknown_versions_are_refused(stored, windows, tag):
    with pytest.raises(InputError, match="version_tag"):
        LocalModelInterface(stored).get_model_performance_feedback(windows(4, 1), tag)


def test_feedback_round_trips_or_raises(stored, windows):
    feedback = LocalModelInterface(stored, limit=3).get_model_performance_feedback(windows(20, 1), "v1")
    assert from_json(ModelPerformanceData, to_json(feedback)) == feedback
    spot = WeakSpot("w1", "low_recall", 0.4, "arcing", parameters={"gap_mm": (1.0, 2.0)}, samples=(3, 4))
    assert from_json(WeakSpot, to_json(spot)) == spot
    for text in ("{", "{}", to_json(spot).replace('"score":0.4', '"score":"x"'), to_json(spot)[:-1] + ',"odd":1}'):
        with pytest.raises(InputError):
            from_json(WeakSpot, text)


class Runs:
    """Windows of eight runs at four ends; the event begins in the third quarter, or never."""

    class Header:
        def __init__(self, index, event_class):
            self.run_id, self.dt, self.samples = f"r{index}", 10.0, 64
            self.event_class, self.onset_s = event_class, 330.0 if event_class else np.inf

    def __init__(self, windows):
        self.headers = [self.Header(i, i % 4) for i in range(8)]
        base = windows(8, 41, noise=0.5)
        quiet = windows(32, 42, noise=0.5)
        self.data = {k: v.clone() for k, v in quiet.items()}
        self.data["run"] = torch.arange(8).repeat_interleave(4)
        self.data["end"] = torch.tensor([16, 32, 48, 64]).repeat(8)
        for key in base:
            calm = {k: v[::4][:1] for k, v in quiet.items()}
            late = self.data["end"] > 33
            self.data[key][late] = base[key][self.data["run"][late]]
            self.data[key][~late] = calm[key]

    def __len__(self):
        return 32

    def __getitems__(self, rows):
        return {k: v[rows] for k, v in self.data.items()}


def test_evaluation_of_runs_gives_window_and_alarm_metrics(trained, windows):
    ensemble, runs = trained[0], Runs(windows)
    assert len(score(ensemble, runs).last) == 8
    out = evaluate(ensemble, runs, policy=AlarmPolicy(0.5))
    assert all(np.isfinite(v) for v in out.values())
    assert out["recall_mean"] == 1 and out["alarm_recall"] == 1
    assert out["delay_s"] == 150 and out["false_alarms"] == 0
    assert out["false_alarms_per_pole_year_upper"] > 0
    assert set(evaluate(ensemble, windows(20, 1))) >= {
        "macro_auprc",
        "ece",
        "nll",
        "severity_mae",
        "mutual_information",
    }
    with pytest.raises(InputError, match="onsets"):
        evaluate(ensemble, windows(20, 1), policy=AlarmPolicy())


def test_nuisance_is_no_hazard():
    p = np.array([[0.1, 0.2, 0.3, 0.4]])
    assert hazard(p, ("normal", "arcing", "combustion", "nuisance"))[0] == pytest.approx(0.5)
