"""The twin's weather against real recordings, where they are; the numbers are in docs/recordings.md."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"

pytestmark = pytest.mark.skipif(not (DATA / "arm_met").is_dir(), reason="the recordings are not here")


@pytest.fixture(scope="module")
def study() -> Any:
    """The scripts' functions in one place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        parts = [
            importlib.import_module(f"experiments.recordings.{n}") for n in ("weather", "turbulence", "two_sample")
        ]
    return SimpleNamespace(**{name: getattr(part, name) for part in parts for name in dir(part)})


@pytest.fixture(scope="module")
def sets(study: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Recorded windows, the twin's of the same hours, and the six-hour block of each."""
    real, hours = study.cut(study.arm_days(DATA))
    return real, study.twin_minutes(study.arm_site(DATA), hours), (hours // 6).astype(int)


def test_the_recorded_days_are_measured_and_the_rest_of_the_year_is_not(study: Any) -> None:
    from gg_gym.physics.weather_sources import load_weather

    table = load_weather(study.arm_site(DATA))
    assert table.uncertainty()["temperature"]["measured"] == pytest.approx(91 / 8760, rel=0.02)
    assert table["temperature"][:90].mean() - 273.15 == pytest.approx(-0.9, abs=0.5)


def test_alamosas_day_arrives_through_surfrad(study: Any) -> None:
    from dataclasses import replace

    from gg_gym.physics.weather_sources import load_weather

    path = DATA / "weather_pvlib" / "surfrad-slv16001.dat"
    table = load_weather(replace(study.ALAMOSA, weather=f"surfrad:{path};partial=1"))
    assert 500.0 < table["ghi"][:24].max() < 650.0 and table["temperature"][:16].max() < 273.15


def test_differences_grow_with_the_lag_as_recorded(study: Any, sets: Any) -> None:
    """Each channel's structure function is within a factor of 1.8 of the record at every lag from 1 to 29 min."""
    recorded, twin = study.structure(sets[0]), study.structure(sets[1])
    for channel in study.CHANNELS:
        ratio = np.divide(twin[channel]["structure"], recorded[channel]["structure"])
        assert (ratio > 1 / 1.8).all() and (ratio < 1.8).all(), (channel, ratio)


def test_steps_of_temperature_and_humidity_remember_as_recorded(study: Any, sets: Any) -> None:
    recorded, twin = study.structure(sets[0]), study.structure(sets[1])
    for channel in ("temperature", "humidity"):
        found, expected = (x[channel]["step_autocorrelation"][0] for x in (twin, recorded))
        assert found == pytest.approx(expected, abs=0.25), channel


def test_a_classifier_does_not_tell_twin_from_record_for_sure(study: Any, sets: Any) -> None:
    real, twin, block = sets
    assert study.auroc(real, twin, (block, block), "raw") <= 0.95


def test_turbulence_falls_off_as_the_sonic_says(study: Any) -> None:
    found = study.sonic(DATA)
    assert found["slope_twin_along_across_up"] == pytest.approx(found["slope_measured_along_across_up"], abs=0.35)
    assert 0.4 < found["sigma_across_over_along"] < 1.1 and 0.2 < found["sigma_up_over_along"] < 0.8
    assert 3.0 < found["integral_length_along"] < 100.0
