"""`gg-gym generate`: a dataset from a manifest, errors with status 2, an interruption that resumes."""

import functools
import json
import os
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from gg_gym import load_product
from gg_gym.cli import app
from gg_gym.records.avro import DatasetReader
from gg_gym.records.validation import validate

MANIFEST = """
name: tiny
product: {product}
runs: {runs}
seed: 5
frames: false
truth: false
"""


@pytest.fixture
def manifest(tmp_path):
    """A function that writes a manifest for a product with a short past."""
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 1, "lead_in": 60.0}
    path = tmp_path / "product.yaml"
    path.write_text(product.replace(operation=operation).canonical)

    def write(runs=3, more=""):
        file = tmp_path / "manifest.yaml"
        file.write_text(MANIFEST.format(product=path, runs=runs) + more)
        return file

    return write


def call(*arguments):
    return CliRunner().invoke(app, ["generate", *map(str, arguments)])


def test_a_dataset_comes_out_and_a_second_call_finds_it(manifest, tmp_path):
    done = call(manifest(), "--out", tmp_path / "sets", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["records"] == 3 and answer["resumed"] == 0 and len(DatasetReader(answer["dataset"])) == 3
    again = call(manifest(), "--out", tmp_path / "sets", "--workers", 1)
    assert again.exit_code == 0 and "3 were there" in again.stdout and "generate: 3/3" in again.stderr


@pytest.mark.parametrize(
    ("more", "word"), [("colour: red\n", "colour"), ("partition: moon\n", "moon"), ("dt: [\n", "line")]
)
def test_a_bad_manifest_is_one_line_with_status_2(manifest, tmp_path, more, word):
    done = call(manifest(more=more), "--out", tmp_path / "sets")
    assert done.exit_code == 2 and done.stdout == "" and not (tmp_path / "sets").exists()
    (line,) = done.stderr.splitlines()
    assert word in line


def test_a_missing_manifest_is_one_line_with_status_2(tmp_path):
    done = call(tmp_path / "none.yaml")
    assert done.exit_code == 2 and "none.yaml" in done.stderr and len(done.stderr.splitlines()) == 1


def test_an_interrupted_generation_goes_on(manifest, tmp_path):
    command = [sys.executable, "-m", "gg_gym.cli", "generate", str(manifest(64)), "--out", str(tmp_path / "sets")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    # A shell's background jobs ignore the interrupt, and so would their children.
    heeds = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=heeds) as first:
        assert first.stderr is not None
        for line in first.stderr:
            if line.startswith("generate: 0/64"):
                first.send_signal(signal.SIGINT)
                break
        rest = first.stderr.read()
        assert first.wait(60) == 130 and "the same command goes on" in rest
    assert len(DatasetReader(tmp_path / "sets" / "tiny")) == 0
    assert not list((tmp_path / "sets" / "tiny").glob(".*.partial"))
    done = call(manifest(64), "--out", tmp_path / "sets", "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["records"] == 64
    assert validate(tmp_path / "sets" / "tiny").ok
