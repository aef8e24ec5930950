"""gg-gym inspect: fields on a grid, the table of priors, and one error for what cannot be looked at."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from scipy.io import netcdf_file
from typer.testing import CliRunner

from gg_gym.cli import app
from gg_gym.cli.inspect_field import parse_grid
from gg_gym.cli.inspect_priors import collect, markdown
from gg_gym.errors import InputError
from gg_gym.physics.gridded import load_field
from gg_gym.products import load_product

ROOT = Path(__file__).resolve().parents[2]
GRID = "--grid=-2:2:9,-1:1:5,8:10.5:6"


def call(*arguments):
    return CliRunner().invoke(app, ["inspect", *(str(a) for a in arguments)])


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """The product with a short past."""
    plain = load_product("grid_guardian").model_dump(mode="json")
    plain["operation"].update(spin_up_hours=1, lead_in=60.0)
    path = tmp_path_factory.mktemp("product") / "short.yaml"
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    return path


def refused(result, *words):
    """One line on stderr, nothing on stdout, status 2."""
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert all(str(word) in line for word in words), line


def test_a_field_becomes_a_file_and_a_plot(product, tmp_path):
    out = tmp_path / "field.nc"
    fire = ("--scenario", "early_combustion", "--set", "severity=0.9", "--set", "phase=1")
    result = call(
        "--field", "CO,added.CO,wind,rain", *fire, "--product", product, "--at", 40, GRID, "--out", out, "--json"
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["time"] == 40.0 and found["shape"] == [9, 5, 6] and found["file"] == str(out)
    assert [v["name"] for v in found["variables"]] == ["CO", "added.CO", "wind.x", "wind.y", "wind.z", "rain"]
    assert found["variables"][1]["max"] > 0.0
    with netcdf_file(str(out), "r", mmap=False) as data:
        assert data.variables["wind.x"].dimensions == ("time", "x", "y", "z") and data.Conventions == b"CF-1.8"
        assert data.variables["wind.x"].units == b"m s-1" and b"early_combustion" in data.title
        assert data.variables["CO"].long_name == b"concentration of CO"
        np.testing.assert_array_equal(data.variables["x"].data, np.linspace(-2.0, 2.0, 9))
    assert load_field(out).values.max() == pytest.approx(found["variables"][1]["max"], rel=1e-6)
    with Image.open(found["plot"]) as page:
        assert page.format == "PNG" and min(page.size) > 300
    assert sorted(p.name for p in tmp_path.iterdir()) == ["field.nc", "field.png"]


def test_a_slice_of_the_poles_own_needs_no_plot(product, tmp_path):
    out = tmp_path / "field.npz"
    result = call("--field", "rain,battery_charge", "--product", product, "--at", 0, "--grid", "0,0,8", "--out", out)
    assert result.exit_code == 0 and "battery_charge" in result.stdout, result.output
    assert [p.name for p in tmp_path.iterdir()] == ["field.npz"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--field", "smell"), ("quantity", "'smell'", "wind")),
        (("--field", "wind", "--grid", "0:1:2,0:1:2"), ("--grid", "2 axes")),
        (("--field", "wind", "--grid", "0:1:2,0:1:2,0:x:2"), ("--grid z", "'0:x:2'")),
        (("--field", "wind", "--grid", "0:1:2,1:0:2,0:1:2"), ("--grid y", "FROM below TO")),
        (("--field", "wind", "--grid", "0:1:2,0:1:1,0:1:2"), ("--grid y", "2 to 1000 points")),
        (("--field", "wind", "--grid=0,0,-1:2:4"), ("--grid z", "below the ground")),
        (("--field", "wind", "--grid", "0:1:999,0:1:999,0:1:999"), ("grid", "values")),
        (("--field", "wind", "--at", "9999"), ("--at", "9999", "640 s")),
        (("--field", "wind", "--at", "nan"), ("--at",)),
        (("--field", "wind", "--set", "severity"), ("--set", "NAME=NUMBER")),
        (("--field", "wind", "--set", "severity=2"), ("severity",)),
        (("--field", "wind", "--scenario", "flood"), ("'flood'",)),
        (("--field", "wind", "--product", "none"), ("'none'",)),
        (("--field", "wind", "--partition", "none"), ("'none'",)),
        (("--field", "wind", "--out", "field.txt"), ("field.txt", ".nc or .npz")),
        (("--field", "wind", "--out", "no/field.nc"), ("no/field.nc", "no such folder")),
        (("--field", "wind", "--priors"), ("field and priors",)),
        ((), ("nothing to look at", "--field")),
        (("--priors", "--write", "no/priors.md"), ("no/priors.md", "cannot be written")),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(call(*arguments), *words)
    assert not list(tmp_path.iterdir())


def test_grids_are_read_as_written():
    x, y, z = parse_grid("-1:1:3,0.5,0:10:11")
    assert x.tolist() == [-1.0, 0.0, 1.0] and y.tolist() == [0.5] and len(z) == 11
    with pytest.raises(InputError, match="within 10 km"):
        parse_grid("inf,0,0")


def test_quantities_are_listed():
    listed = json.loads(call("--field", "list", "--json").stdout)
    assert {"wind", "CO", "sound_level"} <= {entry["quantity"] for entry in listed}
    assert "at points" in call("--field", "list").stdout


def test_the_table_of_priors_is_current():
    committed = (ROOT / "docs" / "priors.md").read_text(encoding="utf-8")
    assert committed == markdown(collect()), "gg-gym inspect --priors --write docs/priors.md"


def test_priors_say_what_they_are(tmp_path):
    rows = json.loads(call("--priors", "--json").stdout)
    assert len(rows) == len({row["key"] for row in rows}) > 100
    for row in rows:
        assert row["note"] and row["unit"] and row["owners"] and 0.0 < row["low"] <= row["median"] <= row["high"], row
    result = call("--priors", "--write", tmp_path / "priors.md")
    assert result.exit_code == 0 and f"{len(rows)} priors" in result.stdout
    assert "dispersion.relative_share" in call("--priors").stdout
