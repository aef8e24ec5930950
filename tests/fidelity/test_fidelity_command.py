"""``gg-gym fidelity``: what it prints, writes and returns."""

import json

import pytest
from typer.testing import CliRunner

from gg_gym.cli import app
from gg_gym.fidelity import table
from gg_gym.fidelity.case import Case, absolute


def call(*arguments):
    return CliRunner().invoke(app, ["fidelity", *map(str, arguments)])


def wrong(explanation=""):
    return Case("TOY-1", "toy", "test", "standard", {}, 1.0, absolute(0.1), "1", lambda: 2.0, explanation)


def test_a_case_is_printed_with_all_that_was_asked_for():
    result = call("ATM-2")
    assert result.exit_code == 0, result.output
    for word in ("ATM-2", "psychrolib", "code-to-code", "temperature = 294.15", "290.57", "0.02", "pass", "computed"):
        assert word in result.stdout, word


def test_json_is_for_scripts():
    result = call("CNV", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0 and found["summary"]["cases"] == len(found["cases"]) > 3
    row = found["cases"][0]
    wanted = {"id", "source", "evidence", "inputs", "computed", "published", "tolerance", "pass", "unit", "law"}
    assert wanted <= set(row) and row["pass"] is True


def test_the_whole_table_is_written(tmp_path):
    result = call("SOL", "--write", tmp_path / "new")
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "new" / "fidelity.json").read_text())["summary"]["failed_unexplained"] == []
    assert (tmp_path / "new" / "fidelity.md").read_text().startswith("# Reference cases")


@pytest.mark.parametrize(("explanation", "status"), [("", 1), ("the reference is of another wood", 0)])
def test_a_failure_without_a_reason_is_status_1(explanation, status, monkeypatch):
    monkeypatch.setitem(table.AREAS, "toy", (wrong(explanation),))
    result = call("TOY")
    assert result.exit_code == status
    assert "FAIL" in result.stdout and "standards and measurements: 0 of 1" in result.stdout


def test_an_unknown_case_is_bad_input():
    result = call("QED")
    assert result.exit_code == 2 and result.stdout == "" and "QED" in result.stderr


def test_the_command_explains_itself():
    result = CliRunner().invoke(app, ["fidelity", "--help"])
    assert result.exit_code == 0 and "Usage" in result.stdout
