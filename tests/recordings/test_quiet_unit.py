"""Barometer and particle counter beside a recording of the same parts; numbers: docs/results/quiet_unit.json."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"

pytestmark = pytest.mark.skipif(not (DATA / "quiet_unit_1hz").is_dir(), reason="the recording is not here")


@pytest.fixture(scope="module")
def study() -> Any:
    spec = importlib.util.spec_from_file_location("quiet_unit_study", ROOT / "experiments" / "quiet_unit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def real(study: Any) -> dict[str, Any]:
    kept: dict[str, Any] = study.record(DATA)
    return kept


@pytest.fixture(scope="module")
def parts(study: Any, real: dict[str, Any]) -> dict[str, Any]:
    """The parts alone in constant air at the record's means."""
    read: dict[str, Any] = study.alone({k: float(v.mean()) for k, v in real.items()}, steps=2400)
    return read


@pytest.mark.parametrize("channel", ["baro.pressure", "pm.pm2_5", "pm.pm1"])
def test_noise_at_1_and_10_seconds_is_within_a_factor_of_3(study: Any, real: Any, parts: Any, channel: str) -> None:
    found = study.compare(real, parts)[channel]
    ratio = np.divide(found["twin"], found["record"])[:2]
    assert (ratio > 1 / 3).all() and (ratio < 3).all()


@pytest.mark.parametrize("channel", ["baro.pressure", "pm.pm2_5", "t_rh.temperature", "t_rh.humidity"])
def test_from_a_minute_up_the_part_adds_less_than_the_record_shows(
    study: Any, real: Any, parts: Any, channel: str
) -> None:
    found = study.compare(real, parts)[channel]
    assert (np.divide(found["twin"], found["record"])[2:] < 1.0).all()


def test_the_barometer_has_a_floor(study: Any, parts: Any) -> None:
    """Flicker: from 10 s to 600 s the Allan deviation falls by far less than white noise would (a factor of 8)."""
    short, long = (np.median(study.allan(parts["baro.pressure"], m)) for m in (10, 600))
    assert long > 0.1 and short / long < 3.0


def test_pm2_5_over_pm1_is_that_of_the_part(real: Any, parts: Any) -> None:
    recorded = real["pm.pm2_5"].mean() / real["pm.pm1"].mean()
    shares = parts["pm.pm2_5"].mean(axis=0) / parts["pm.pm1"].mean(axis=0)
    assert np.median(shares) == pytest.approx(recorded, abs=0.04)
