"""``gg-gym inspect --sensor``: table, JSON and plot; what is not there is refused."""

import json

import pytest
from typer.testing import CliRunner

from gg_gym.cli import app
from gg_gym.products import load_product
from gg_gym.sensors.ablation import ablation


def run(*words):
    return CliRunner().invoke(app, ["inspect", *map(str, words)])


def test_the_gas_array_s_stages_are_printed_and_drawn(tmp_path):
    out = tmp_path / "a.png"
    result = run("--sensor", "t_rh", "--imperfections", "--out", out)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[1].split()[0] == "stage" and out.stat().st_size > 10_000
    assert [line.split()[0] for line in lines[2:5]] == ["input", "cross", "lag"]


def test_json_has_every_stage_and_key_names_the_same_instrument(tmp_path):
    result = run("--sensor", "sht45", "--json", "--no-plot")
    data = json.loads(result.output)
    assert data["instrument"] == "t_rh" and data["plot"] is None
    assert data["stages"][0]["stage"] == "input" and data["stages"][-1]["stage"] == "faults"
    assert set(data["stages"][0]) == {"stage", "error", "spread", "noise"}


def test_an_unknown_instrument_and_a_camera_are_refused_with_one_line(tmp_path):
    for name in ("abacus", "thermal"):
        result = run("--sensor", name, "--out", tmp_path / "a.png")
        assert result.exit_code == 2 and not (tmp_path / "a.png").exists()


def test_nothing_switched_on_is_the_input_and_noise_comes_with_its_stage():
    product = load_product("grid_guardian")
    out = ablation(product.sensors, "voc", product.geometry, units=6)
    at = {stage: i for i, stage in enumerate(out.stages)}
    linear = [0, 1, 2, 3]
    assert out.error[at["input"], linear] == pytest.approx(0.0, abs=1e-9)
    assert (out.error[at["cross"], [0, 1]] > 1.0).all()
    # CO: 10 ppb white noise
    gap = out.readings[at["noise"], :, 0] - out.readings[at["drift"], :, 0]
    assert gap.std() == pytest.approx(10.0, rel=0.25)
