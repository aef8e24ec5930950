"""The report and its figures, on made-up cells and runs."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from gg_gym import plots
from gg_gym.errors import InputError
from gg_gym.records.avro import DatasetReader, DatasetWriter
from gg_gym.records.run import RunData, RunHeader
from gg_gym.studies.findings import before_onset, cross_validated_auc, leak_audit, sample_ids
from gg_gym.studies.report import SampleRun, StudyResults, caveat, reading, write_report

SAMPLES, ONSET = 64, 25


def made_run(event):
    rng = np.random.default_rng(0)
    on = (np.arange(SAMPLES) >= ONSET) & event
    readings = {name: rng.normal(10.0, 1.0, (SAMPLES, width)) for name, width in (("voc", 8), ("wind", 3), ("emf", 27))}
    readings["voc"] += 50.0 * on[:, None]
    status = {name: np.zeros(SAMPLES, np.uint32) for name in (*readings, "thermal")}
    status["voc"][5:8] = 1 << 6
    frames = rng.integers(29000, 29100, (8, 60, 80)).astype(np.uint16)
    frames[0] = 0
    return SimpleNamespace(
        header=SimpleNamespace(
            run_id="0123456789abcdef",
            dt=10.0,
            onset_s=250.0 if event else np.inf,
            definition={"family": "arcing_event"},
            seed=7,
            site="greensboro",
            hour=12.5,
        ),
        readings=readings | {"thermal": frames},
        truth={name: np.full_like(values, 10.0) for name, values in readings.items()},
        status=status,
        labels={"event_class": on.astype(np.uint8), "severity": on.astype(np.float32), "anomaly": on.astype(np.uint8)},
        physics={"arc_power": 40.0 * on, "arc_energy": 400.0 * on, "mass_rate": 0.0 * on, "hot_spot": 290.0 + 5 * on},
    )


def made_cells(seeds=(1,), arms=("stratified", "learnability")):
    return [
        {
            "arm": arm,
            "seed": seed,
            "round": k,
            "n_train": 96 + 32 * k,
            "n_sim": 96 + 32 * k * (1 + 7 * i),
            "metrics": {"macro_auprc": 0.5 + 0.1 * k + 0.05 * i, "ece": 0.1, "recall": {"arcing": 0.25 * k}},
            "families": {"baseline": 16, "arcing_event": 16},
            "choices": [{"family": "arcing_event", "severity": 0.5, "phase": 0.2}],
        }
        for i, arm in enumerate(arms)
        for seed in seeds
        for k in range(3)
    ]


class Outside(HTMLParser):
    """Collects what a page would load from outside, and checks that tags close."""

    def __init__(self):
        super().__init__()
        self.loaded, self.stack = [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.loaded += [values[k] for k in ("src", "href") if not (values.get(k) or "data:").startswith("data:")]
        if tag not in ("meta", "img", "link", "br"):
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    results = StudyResults(
        name="quick <start>",
        cells=made_cells(),
        samples=[SampleRun("An arc at the cut-out", made_run(True), made_run(False))],
        card={"runs": 192, "by_class": {"normal": 96}, "channels": [{"name": "CO", "unit": "[ppb]"}]},
        leaks=[{"check": "before onset, event against null twin", "AUC": 0.5, "bound": 0.55, "passed": True}],
        versions={"numpy": "2.4.6", "torch threads": 2},
        times={"install": 74.2, "compute": 140.0},
        reliability={"stratified": [{"confidence": 0.5, "accuracy": 0.4, "count": 10}]},
        next_steps=["gg-gym ui"],
    )
    out = write_report(results, tmp_path_factory.mktemp("report") / "report.html")
    return out, out.read_text()


def test_page_is_whole_and_self_contained(page):
    out, text = page
    parser = Outside()
    parser.feed(text)
    assert parser.loaded == [] and parser.stack == []
    assert "<script" not in text and "$" not in re.sub(r"base64,[^\"]*", "", text)
    assert text.count("data:image/png;base64,") == 4
    assert {p.name for p in out.parent.iterdir()} == {
        "report.html",
        "learning_curves.png",
        "reliability.png",
        "scenario_choices.png",
        "run_0.png",
    }


def test_page_says_what_it_must(page):
    text = page[1]
    for words in (
        "Demonstration, 1 seed, not evidence",
        "quick &lt;start&gt;",
        "install",
        "74.2",
        "gg-gym ui",
        "torch threads",
    ):
        assert words in text, words
    assert "recall: arcing" in text and "before onset" in text and "[ppb]" in text


def test_reading_compares_with_the_baseline_and_not_beyond_the_last_common_round():
    cells = made_cells(seeds=(1, 2))
    cells = [c for c in cells if not (c["arm"] == "learnability" and c["seed"] == 2 and c["round"] == 2)]
    results = StudyResults("s", cells)
    assert {c["round"] for c in results.last("learnability")} == {1}
    text = reading(results)
    assert "stratified ends at 0.700 from 160 runs trained on and 160 simulated" in text
    assert "learnability, is behind stratified by 0.050" in text
    assert "2 seeds" in caveat(results)


def test_a_study_without_anything_still_has_a_page(tmp_path):
    text = write_report(StudyResults("empty", []), tmp_path / "r" / "report.html").read_text()
    assert "No round has finished yet" in text


def test_figures_are_the_same_bytes_each_time(tmp_path):
    first = plots.learning_curves(made_cells((1, 2)), tmp_path / "a.png", "macro_auprc").read_bytes()
    assert plots.learning_curves(made_cells((1, 2)), tmp_path / "b.png", "macro_auprc").read_bytes() == first


def test_unwritable_place_is_an_input_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        plots.plot_run(made_run(True), None, tmp_path / "file" / "run.png")
    with pytest.raises(InputError):
        write_report(StudyResults("s", []), tmp_path / "file" / "report.html")


CHANNELS = [
    {"name": f"voc.{i}", "instrument": "voc", "unit": "[ppb]", "low": 0.0, "high": 1e4, "centre": 10.0, "scale": 5.0}
    for i in range(2)
]


def recorded(seed, family="baseline_operation", leak=0.0, onset=320.0, **conditions):
    """A run whose quiet part carries ``leak`` spans of its answer."""
    rng = np.random.default_rng(seed)
    event = family == "arcing_event"
    where = {"site": "s", "hour": 1.0, "load": 1.0, "unit": 1, "age": 0.0, "world": 1, **conditions}
    header = RunHeader(
        product="tiny",
        product_config="{}",
        weather="w",
        definition={"family": family, "parameters": {"severity": rng.uniform()}},
        seed=seed,
        dt=10.0,
        samples=64,
        engine_version="0",
        onset_s=onset,
        event_class=int(event),
        created=0,
        **where,
    )
    on = (np.arange(64) * 10.0 >= onset) & event
    readings = {"voc": (rng.normal(10.0, 1.0, (64, 2)) + 5.0 * on[:, None] + leak * event).astype(np.float32)}
    labels = {"event_class": on.astype(np.uint8), "severity": on.astype(np.float32), "anomaly": on.astype(np.uint8)}
    return RunData(header, readings=readings, truth=readings, status={"voc": np.zeros(64, np.uint32)}, labels=labels)


def stored(folder, runs):
    with DatasetWriter(folder, folder.name, channels=CHANNELS) as writer:
        for run in runs:
            writer.write(run)
    return folder


def mixed(first, count, leak=0.0, **conditions):
    families = ("baseline_operation", "arcing_event")
    return [recorded(first + i, families[i % 2], leak, **conditions) for i in range(count)]


@pytest.mark.parametrize("leak", [0.0, 2.0])
def test_leak_audit_finds_quiet_readings_that_give_the_answer_away(tmp_path, leak):
    train = stored(tmp_path / "train", mixed(0, 8))
    held = stored(tmp_path / "held", mixed(1000, 120, leak, unit=2, world=2, hour=500.0))
    rows = {row["check"]: row["passed"] for row in leak_audit([train], held)}
    assert len(rows) == 7
    assert [name for name, passed in rows.items() if not passed] == ([] if leak == 0 else [next(reversed(rows))])


def test_leak_audit_finds_shared_runs_units_worlds_and_weeks(tmp_path):
    train, held = stored(tmp_path / "train", mixed(0, 4)), stored(tmp_path / "held", mixed(2, 4))
    failed = [row for row in leak_audit([train], held) if not row["passed"]]
    assert len(failed) == 5
    assert failed[0]["value"] == 2, "two runs are in both"


def test_before_onset_counts_differences():
    run, null = recorded(1, "arcing_event"), recorded(1)
    assert before_onset([(run, null)])["passed"]
    spoiled = recorded(1, "arcing_event", leak=1.0)
    found = before_onset([(spoiled, null)])
    assert not found["passed"] and found["value"] > 0


def test_sample_runs_are_the_strongest_of_each_class_with_the_onset_in_view(tmp_path):
    runs = [recorded(i, "arcing_event", onset=o) for i, o in enumerate((-100.0, 100.0, 120.0))]
    reader = DatasetReader(stored(tmp_path / "data", [*runs, recorded(9)]))
    best = max(runs[1:], key=lambda r: r.header.definition["parameters"]["severity"])
    assert sample_ids(reader) == [best.header.run_id, reader.run_ids[-1]]


def test_auc_of_noise_is_chance_and_of_a_copy_is_one():
    rng = np.random.default_rng(0)
    event = (np.arange(400) % 2).astype(float)
    assert abs(cross_validated_auc(rng.normal(size=(400, 5)), event) - 0.5) < 0.1
    assert cross_validated_auc(np.c_[event, rng.normal(size=(400, 4))], event) == 1.0
