"""The command line: errors on one line with status 2, JSON for scripts, progress, interruption."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from gg_gym.cli import app
from gg_gym.cli.output import Progress, guarded
from gg_gym.errors import DamagedFileError, GGGymError, InputError
from gg_gym.records.avro import DatasetWriter
from gg_gym.records.run import RunData, RunHeader

COMMANDS = (
    "run", "compare", "report", "ui", "inspect", "validate", "reproduce", "export", "transcode", "train", "evaluate",
    "scenarios list", "scenarios show", "products list", "products show", "generate", "fidelity",
)  # fmt: skip
CHANNELS = [
    {"name": f"voc.{i}", "instrument": "voc", "unit": "[ppb]", "low": 0.0, "high": 1e4, "centre": 10.0, "scale": 5.0}
    for i in range(2)
]
STUDY = "name: tiny\narms:\n  - {name: random, agent: random}\n"


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def refused(result, *words):
    """One line on stderr, nothing on stdout, status 2."""
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    for word in words:
        assert str(word) in line, line


def made_run(seed):
    rng = np.random.default_rng(seed)
    header = RunHeader(
        product="tiny", product_config="{}", weather="w", site="s", hour=1.0, load=1.0, unit=1, age=0.0, world=1,
        definition={"family": "baseline_operation"}, seed=seed, dt=10.0, samples=64, engine_version="0", created=0,
    )  # fmt: skip
    readings = {"voc": rng.normal(10.0, 1.0, (64, 2)).astype(np.float32)}
    types: dict[str, Any] = {"event_class": np.uint8, "severity": np.float32, "anomaly": np.uint8}
    labels = {name: np.zeros(64, dtype) for name, dtype in types.items()}
    status = {"voc": np.zeros(64, np.uint32)}
    return RunData(header, readings=readings, truth=readings, status=status, labels=labels)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "tiny"
    with DatasetWriter(folder, "tiny", channels=CHANNELS) as writer:
        for seed in range(3):
            writer.write(made_run(seed))
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    result = call(*command.split(), "--help")
    assert result.exit_code == 0 and "Usage" in result.stdout


@pytest.mark.parametrize("command", ["run", "compare", "report", "inspect", "validate", "reproduce"])
def test_a_missing_file_is_named(command, tmp_path):
    refused(call(command, tmp_path / "nothing"), tmp_path / "nothing")


@pytest.mark.parametrize(
    "arguments",
    [("export", "X", "out"), ("transcode", "X", "out"), ("train", "X", "--out", "out"), ("evaluate", "X", "X")],
)
def test_a_missing_dataset_or_detector_is_named(arguments, tmp_path):
    missing = str(tmp_path / "nothing")
    refused(call(*(missing if a == "X" else a for a in arguments)), missing)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: [", ("line", "YAML")),
        ("- 1\n", ("mapping",)),
        (STUDY + "colour: red\n", ("colour",)),
        (STUDY + "rounds: -3\n", ("rounds", "-3")),
        (STUDY.replace("agent: random", "agent: nobody"), ("nobody", "stratified")),
        (STUDY + "name: ../../etc\n", ("name",)),
        ("", ("mapping",)),
    ],
)
def test_a_bad_study_says_where_and_what_is_allowed(text, words, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text(text)
    refused(call("run", study, "--no-track", "--out", tmp_path / "out"), study, *words)
    assert not (tmp_path / "out").exists(), "nothing half-written"


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    study = tmp_path / "study.yaml"
    study.write_text(STUDY)
    refused(call("run", study, "--no-track", "--out", tmp_path / "file" / "out"), tmp_path / "file", "writ")


def test_unknown_choices_list_the_known_ones():
    refused(call("scenarios", "show", "meteorite"), "meteorite", "arcing_event")
    refused(call("products", "show", "toaster"), "toaster", "grid_guardian")


def test_scenarios_and_products_as_json():
    families = json.loads(call("scenarios", "list", "--json").stdout)
    arcing = next(f for f in families if f["family"] == "arcing_event")
    assert {"parameter", "low", "high", "unit"} <= set(arcing["parameters"][0])
    own = json.loads(call("scenarios", "list", "--product", "grid_guardian", "--json").stdout)
    assert 0 < len(own) < len(families), "no product lists the noise families"
    assert [p["product"] for p in json.loads(call("products", "list", "--json").stdout)]


def test_inspect_validate_export_and_transcode(dataset, tmp_path):
    page = tmp_path / "run.png"
    card = json.loads(call("inspect", dataset, "--out", page, "--no-null", "--json").stdout)
    assert card["runs"] == 3 and page.stat().st_size > 1000
    assert "voc.0" in call("inspect", dataset / "manifest.json", "--no-plot").stdout
    assert json.loads(call("validate", dataset, "--json").stdout)["ok"]
    assert "192 rows" in call("export", dataset, tmp_path / "out.parquet").stdout
    assert "3 runs" in call("transcode", dataset, tmp_path / "copy").stdout
    assert call("validate", tmp_path / "copy").exit_code == 0
    refused(call("export", dataset, tmp_path / "x", "--to", "excel"), "excel", "parquet")


def test_damage_is_bad_input(dataset, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in dataset.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    chunk = next(broken.glob("chunks-*.avro"))
    data = bytearray(chunk.read_bytes())
    data[len(data) // 2] ^= 1
    chunk.write_bytes(data)
    result = call("validate", broken)
    assert result.exit_code == 2 and chunk.name in result.stderr and len(result.stderr.splitlines()) == 1
    refused(call("inspect", broken, "--no-plot"), chunk.name)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("a", "b", "c"), 2),
        (DamagedFileError("f", "block 1", "crc"), 2),
        (GGGymError("no"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_one_line_and_a_status(error, status, capsys):
    @guarded("run it again")
    def command():
        raise error

    with pytest.raises(typer.Exit) as caught:
        command()
    shown = capsys.readouterr().err
    assert caught.value.exit_code == status and len(shown.splitlines()) == 1
    assert ("run it again" in shown) == (status == 130)


def test_plain_progress_says_how_far_how_fast_and_how_long(capsys, monkeypatch):
    clock = iter([0.0, 1.0, 6.0, 10.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with Progress() as progress:
        for done in (0, 1, 6, 10):
            progress("runs", done, 10, "random round 1")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "runs: 0/10 (random round 1)",
        "runs: 6/10, 1/s, 4 s left (random round 1)",
        "runs: 10/10, 1/s, 10 s (random round 1)",
    ]


def test_ui_needs_a_store(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    refused(call("ui", "--mlruns", tmp_path), "no MLflow store")


def test_the_program_exits_with_the_status_and_survives_a_closed_pipe(tmp_path):
    program = [sys.executable, "-m", "gg_gym.cli"]
    done = subprocess.run([*program, "run", str(tmp_path / "no.yaml")], capture_output=True, text=True)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert subprocess.run([*program, "--version"], capture_output=True, text=True).stdout.startswith("gg-gym ")
    if hasattr(signal, "SIGPIPE"):
        pipe: Any = subprocess.Popen(
            [*program, "scenarios", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ
        )
        pipe.stdout.close()
        pipe.wait(30)
        assert b"Traceback" not in pipe.stderr.read()
        pipe.stderr.close()
