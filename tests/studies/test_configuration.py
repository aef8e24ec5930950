"""A study file is right, or one clear error says what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gg_gym.errors import InputError
from gg_gym.studies.configuration import check_configuration, load_configuration

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"name": "small", "arms": [{"name": "a", "agent": "random"}]}


@pytest.mark.parametrize(
    "path", sorted(p for p in (ROOT / "experiments").glob("*.yaml") if p.stem != "manifest"), ids=lambda p: p.stem
)
def test_shipped_studies_are_valid(path):
    config = load_configuration(path)
    assert config.name == path.stem and config.budget % config.envs == 0


def test_the_quickstart_is_the_main_job():
    config = load_configuration(ROOT / "experiments" / "quickstart.yaml")
    assert [arm.agent for arm in config.arms] == ["stratified", "learnability", "ppo"]
    assert config.rounds >= 3 and config.detector.members == 5 and config.sets.heldout >= 100


BAD = [
    ({"colour": 1}, r"study: colour: unknown key"),
    ({"budget": -3}, r"study: budget: got -3 .*greater than or equal to 1"),
    ({"dt": 1e9}, r"study: dt: got 1000000000.0 .*3600"),
    ({"samples": 100}, r"study: samples: got 100 .*multiple of 64"),
    ({"sets": {"heldout": 2}}, r"study: sets.heldout: got 2 .*8"),
    ({"budget": 20}, r"budget \(20\) must be a multiple of envs \(16\)"),
    ({"detector": {"members": 99}}, r"study: detector.members: got 99"),
    ({"detector": {"alarm_k": 4}}, r"alarm_k must not exceed alarm_n"),
    ({"arms": []}, r"study: arms: got \[\]"),
    ({"arms": [{"name": "a"}]}, r"study: arms.0.agent: is missing"),
    ({"arms": [{"name": "A b", "agent": "random"}]}, r"study: arms.0.name: got 'A b'"),
    ({"arms": [{"name": "a", "agent": "nobody"}]}, r"unknown key 'nobody'"),
    ({"arms": [{"name": "a", "agent": "ppo", "options": {"clip": 3}}]}, r"ppo: clip: got 3 .*less than 1"),
    ({"arms": [{"name": "a", "agent": "sobol", "options": {"x": 3}}]}, r"sobol: x: unknown key"),
    ({"arms": [{"name": "a", "agent": "random"}] * 2}, r"unique names"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_errors_name_place_field_value_and_bound(change, message):
    with pytest.raises(InputError, match=message):
        check_configuration({**GOOD, **change}, "study")


def test_files_that_are_missing_malformed_or_no_mapping(tmp_path):
    path = tmp_path / "s.yaml"
    with pytest.raises(InputError, match="no such file"):
        load_configuration(path)
    path.write_text("name: [unclosed\n")
    with pytest.raises(InputError, match=r"malformed YAML, line 2"):
        load_configuration(path)
    path.write_text("- 1\n")
    with pytest.raises(InputError, match="is a list"):
        load_configuration(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="malformed YAML"):
        load_configuration(path)
    path.write_text(yaml.safe_dump(GOOD))
    assert load_configuration(path).seeds == (0,)


def test_the_digest_ignores_only_the_number_of_workers():
    base = check_configuration(GOOD, "x")
    assert check_configuration({**GOOD, "workers": 2}, "x").digest() == base.digest()
    assert check_configuration({**GOOD, "seed": 2}, "x").digest() != base.digest()
