"""``gg-gym scenarios`` on a store: save, list, history, diff, export, import; one line and a status when it fails."""

import json
import sys

import pytest
from typer.testing import CliRunner

from gg_gym.cli import app
from gg_gym.repository import SQLScenarioRepository, migrate


@pytest.fixture
def call(fresh_url):
    def run(*arguments, status=0):
        result = CliRunner().invoke(app, ["scenarios", *map(str, arguments), "--store", fresh_url])
        assert result.exit_code == status, (result.output, result.stderr, result.exception)
        if status:
            assert result.stdout == "" and len(result.stderr.splitlines()) == 1
            return result.stderr
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    return run


def test_a_definition_from_the_cradle_to_the_file(call, tmp_path):
    (saved,) = call("save", "--family", "arcing_event", "--set", "severity=0.25", "--tag", "coast", "--json")
    key = saved["scenario_id"]
    assert saved["version"] == 1 and saved["definition"]["parameters"]["severity"] == 0.25
    assert "version 1" in call("save", "--family", "arcing_event", "--null")
    listed = call("list", "--stored", "--tag", "coast", "--where", "severity<0.5", "--json")
    assert [row["scenario_id"] for row in listed["scenarios"]] == [key] and listed["after"] is None
    assert key in call("list", "--stored") and "more: --after" in call("list", "--stored", "--limit", 1)
    out = tmp_path / "out.yaml"
    assert call("export", out, "--tag", "coast", "--json") == {"file": str(out), "scenarios": 1}
    out.write_text(out.read_text().replace("severity: 0.25", "severity: 0.75"))
    assert call("import", out, "--json") == {"new": [], "changed": [key], "same": []}
    assert call("import", out) == "0 new, 0 changed, 1 unchanged\n"
    changes = call("diff", key, "--json")
    assert changes["changes"] == {"parameters.severity": [0.25, 0.75]} and (changes["from"], changes["to"]) == (1, 2)
    assert "0.75" in call("diff", key) and "the same" in call("diff", key, "--from", 2, "--to", 2)
    history = call("history", key, "--json")
    assert [r["action"] for r in history] == ["save", "import"] and history[1]["reason"] == "import of out.yaml"
    assert "import" in call("history", key)
    assert call("export", tmp_path / "out.avro", "--to", "avro").startswith("2 definitions")
    assert len(call("save", tmp_path / "out.avro", "--json")) == 2


def test_listing_families_needs_no_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["scenarios", "list", "--json"])
    assert result.exit_code == 0 and "arcing_event" in result.stdout
    assert CliRunner().invoke(app, ["scenarios", "list", "--tag", "x"]).exit_code == 2
    result = CliRunner().invoke(app, ["scenarios", "list", "--stored"])
    assert result.exit_code == 2 and "there is none" in result.stderr
    assert not (tmp_path / "mlruns").exists()
    monkeypatch.setenv("GG_GYM_STORE", str(tmp_path / "named.db"))
    assert CliRunner().invoke(app, ["scenarios", "save", "--family", "arcing_event"]).exit_code == 0
    assert (tmp_path / "named.db").exists()


def test_bad_input_ends_with_two_and_leaves_nothing(call, tmp_path):
    call("save", "--family", "arcing_event")
    bad = tmp_path / "bad.yaml"
    bad.write_text("- family: arcing_event\n- family: antigravity\n")
    for arguments, word in (
        (("save", bad), "scenario 2"),
        (("import", bad), "antigravity"),
        (("save",), "neither"),
        (("save", bad, "--family", "arcing_event"), "file and a family"),
        (("save", bad, "--set", "severity=1"), "options"),
        (("save", "--family", "arcing_event", "--set", "severity"), "NAME=NUMBER"),
        (("save", "--family", "arcing_event", "--set", "severity=nan"), "severity"),
        (("save", "--family", "arcing_event", "--set", "severty=1"), "severty"),
        (("history", "x"), "UUID"),
        (("list", "--stored", "--where", "severty>1"), "severty"),
        (("export", tmp_path / "none" / "x.yaml"), "none"),
        (("export", tmp_path / "x.yaml", "--to", "json"), "yaml, avro"),
    ):
        assert word in call(*arguments, status=2)
    assert len(call("list", "--stored", "--json")["scenarios"]) == 1 and "antigravity" not in sys.modules


def test_a_store_that_fails_ends_with_one(call, fresh_url, tmp_path):
    import sqlalchemy as sa

    with SQLScenarioRepository(fresh_url) as store:
        name = migrate.TABLE if store.database.sqlite else f"simulation.{migrate.TABLE}"
        with store.database.engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE {name} SET version_num = '0999'"))
    assert "newer version" in call("save", "--family", "arcing_event", status=1)
    assert "newer version" in call("list", "--stored", status=1)
