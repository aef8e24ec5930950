"""What the two-sample test of single channels says, and what of a quiet record is the board and what the part."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the studies are no part of the package
from experiments import quiet_two_sample as two_sample  # noqa: E402
from experiments import quiet_unit  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
recorded = pytest.mark.skipif(not (DATA / "quiet_unit_1hz").is_dir(), reason="the recording is not here")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    out: dict[str, Any] = json.loads((ROOT / "docs" / "results" / "quiet_unit.json").read_text(encoding="utf-8"))
    return out


def walk(seed: int, size: float, n: int = 4) -> Any:
    steps = np.random.default_rng(seed).normal(size=(4800, n))
    return size * np.cumsum(steps, axis=0)


def test_the_classifier_tells_a_rougher_course_and_not_a_like_one() -> None:
    like = two_sample.auroc(walk(1, 1.0), walk(2, 1.0), "seconds")
    rough = two_sample.auroc(walk(1, 1.0), walk(2, 2.0), "seconds")
    assert 0.35 < like["auroc"] < 0.65 and like["low"] < 0.5 + 0.1
    assert rough["auroc"] > 0.97 and rough["low"] <= rough["auroc"] <= rough["high"]


def test_features_do_not_know_the_level() -> None:
    x, _ = two_sample.windows(walk(3, 1.0), 1, 60)
    assert two_sample.features(x + 1000.0) == pytest.approx(two_sample.features(x), abs=1e-6)


def test_every_channel_has_its_score_and_the_page_says_which_gives_the_twin_away(found: dict[str, Any]) -> None:
    assert set(found["two_sample"]) == set(quiet_unit.COLUMNS)
    minutes = {k: v["minutes"]["whole"]["auroc"] for k, v in found["two_sample"].items()}
    assert max(minutes, key=lambda k: minutes[k]) == "baro.pressure" and minutes["t_rh.humidity"] < 0.75
    for kinds in found["two_sample"].values():
        for rows in kinds.values():
            assert all(r["low"] <= r["auroc"] <= r["high"] for r in rows.values())


@recorded
@pytest.mark.parametrize("channel", ["t_rh.temperature", "t_rh.humidity"])
def test_where_the_board_s_wave_does_not_reach_the_probe_s_noise_is_the_record_s(
    found: dict[str, Any], channel: str
) -> None:
    """Raw, the record has ten times the part's noise at 1 s; between edges and ramps within a factor of 1.5."""
    board = quiet_unit.board(quiet_unit.record(DATA)[channel])
    part = found["alone"][channel]["twin"][0]
    assert board["allan_1s"] > 5.0 * part
    assert 1 / 1.5 < board["allan_1s_at_rest"] / part < 1.5


@recorded
def test_pressure_within_the_hour_is_a_mast_s_and_the_record_was_calm(found: dict[str, Any]) -> None:
    real = quiet_unit.record(DATA)["baro.pressure"]
    hours = quiet_unit.pressures(DATA, real, real[:, None])
    mast, record = np.array(hours["mast"]), np.array(hours["record"])[1]
    twin = np.array(found["pressure_hours"]["twin"])
    assert (np.divide(twin[1], mast[1]) < 1.5).all() and (np.divide(twin[1], mast[1]) > 1 / 1.5).all()
    assert (record < mast[0]).all()
