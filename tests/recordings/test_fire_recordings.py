"""Wood under a cone, hot plumes and boxes: the twin's laws beside recordings; the numbers are in docs/recordings.md."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
needs = {
    name: pytest.mark.skipif(not (DATA / name).is_dir(), reason="the recordings are not here")
    for name in ("wood_smolder_cone", "mccaffrey_plume", "arm_met", "quiet_unit_1hz")
}


@pytest.fixture(scope="module")
def script() -> Any:
    """Import a script by name."""

    def load(name: str) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(ROOT))
            return importlib.import_module(f"experiments.recordings.{name}")

    return load


@pytest.fixture(scope="module")
def slabs(script: Any) -> Any:
    return script("cone").compare(DATA)["tests"]


def ratio(slab: Any, name: str, what: str) -> float:
    return float(slab[name][what] / slab["recorded"][what])


@needs["wood_smolder_cone"]
def test_smouldering_pine_and_spruce_lose_mass_as_recorded(slabs: Any) -> None:
    """By the medians of the priors: mean rate within a third, total within 12 %, half of it within 20 % of the time."""
    for name in ("pine_smolder_20kW", "pine_smolder_30kW", "spruce_smolder_25kW", "spruce_smolder_35kW"):
        slab = slabs[name]
        assert 2 / 3 < ratio(slab, "cracks", "mean_rate_g_m2_s") < 4 / 3, name
        assert ratio(slab, "cracks", "lost_kg_m2") == pytest.approx(1.0, abs=0.12), name
        assert ratio(slab, "cracks", "half_s") == pytest.approx(1.0, abs=0.2), name
        assert 2.0 < slab["recorded"]["mean_rate_g_m2_s"] < 10.0 and slab["cracks"]["rms_of_loss_over_total"] < 0.12


@needs["wood_smolder_cone"]
def test_pine_in_nitrogen_loses_mass_as_recorded_and_more_flux_is_faster(slabs: Any) -> None:
    for name in ("pine_N2_35kW", "pine_N2_50kW"):
        assert ratio(slabs[name], "nitrogen", "mean_rate_g_m2_s") == pytest.approx(1.0, abs=0.15)
        assert ratio(slabs[name], "nitrogen", "lost_kg_m2") == pytest.approx(1.0, abs=0.12)
    for who in ("recorded", "nitrogen"):
        assert slabs["pine_N2_50kW"][who]["half_s"] < slabs["pine_N2_35kW"][who]["half_s"]


@needs["wood_smolder_cone"]
def test_a_free_supply_of_oxygen_is_an_upper_bound(slabs: Any) -> None:
    for slab in (s for s in slabs.values() if "open surface" in s):
        assert ratio(slab, "open surface", "mean_rate_g_m2_s") > 1.5
        assert slab["open surface"]["lost_kg_m2"] > slab["cracks"]["lost_kg_m2"]


@needs["mccaffrey_plume"]
def test_the_plume_that_lifts_sources_is_as_warm_as_recorded(script: Any) -> None:
    """Its mean is below the recorded axis, twice its mean above; both within a factor of 1.8."""
    found = script("plume").compare(DATA)
    for fire in found.values():
        assert 0.5 < fire["twin_over_recorded"] < 1.0 < 2.0 * fire["twin_over_recorded"] < 1.8
        assert fire["correlation_over_recorded"] == pytest.approx(1.0, abs=0.15)
        assert fire["table_over_correlation_temperature"] == pytest.approx(1.0, abs=0.03)
        assert 0.5 < fire["twin_mean_over_correlation_velocity_1_to_10_m"] < 1.0


@needs["mccaffrey_plume"]
def test_mccaffreys_correlation_is_continuous_between_its_regions(script: Any) -> None:
    for power in (1.0, 22.0, 57.0):
        edges = np.array([0.08, 0.2]) * power**0.4
        below, above = (script("plume").correlation(power, edges * (1.0 + e)) for e in (-1e-9, 1e-9))
        np.testing.assert_allclose(below[0], above[0], rtol=0.04)
        np.testing.assert_allclose(below[1], above[1], rtol=0.04)


@needs["arm_met"]
@needs["quiet_unit_1hz"]
def test_a_closed_box_is_warmer_and_later_than_the_air(script: Any) -> None:
    found = script("boxes").alone(DATA)
    assert 60.0 < found["logger_lag_s"] < 3600.0 and 0.5 < found["logger_excess_K"] < 6.0


@needs["arm_met"]
def test_the_enclosure_follows_a_recorded_box(script: Any) -> None:
    """Medians of priors within 2.5 K; fitted on two days, within 1.2 K on the next and better than the air itself."""
    found = script("boxes").enclosure(DATA)
    test = "days 3-4 to the clear afternoon"
    assert found["prior"][test]["rms_K"] < 2.5 and found["prior"]["days 1-2"]["rms_K"] < 2.0
    assert found["fitted"]["days 1-2"]["rms_K"] < 0.5 and found["fitted"][test]["rms_K"] < 1.2
    assert found["prior"][test]["rms_K"] < found["air itself"][test]["rms_K"]
