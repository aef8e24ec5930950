"""Laws of the gas array."""

import numpy as np
import pytest

from gg_gym.parameters.pid import HEAD_100, HEAD_106, IONISATION
from gg_gym.physics.species import INDEX
from gg_gym.sensors import Status
from gg_gym.sensors.voc import NAMES, nominal_matrix, zero_table

N = 200


def readings(kit, names=("t_rh", "voc"), start=None, steps=40, n=N, **how):
    """Mean readings and ideal after a change of air from the state ``start``."""
    changes = {"voc": {"parameters": kit.sound}}
    suite = kit.suite(names, n, changes=changes, age=how.pop("age", 0.0))
    before = kit.state(kit.geometry(), n, **{**how, **(start or {})})
    suite.start(before, 3, 0)
    world = kit.state(kit.geometry(), n, **how)
    out = [suite.read(world, 10.0, 3, i + 1) for i in range(steps)]
    part = suite.slices["voc"]
    mean = np.mean([r.reading[:, part] for r in out[-10:]], axis=0)
    return (
        dict(zip(NAMES, np.median(mean, axis=0), strict=True)),
        dict(zip(NAMES, out[-1].ideal[0, part], strict=True)),
        mean,
    )


@pytest.mark.parametrize(("head", "column"), [(HEAD_106, 5), (HEAD_100, 6)])
def test_a_pid_is_blind_above_its_lamp(head, column):
    row = nominal_matrix()[:, column]
    for gas, energy in IONISATION.items():
        if energy > head.lamp + 0.05:
            assert row[INDEX[gas]] == 0.0


def test_pid_ratio_tells_aromatics_from_carbonyls(kit):
    aromatic, _, _ = readings(kit, air={"BTEX": 500.0})
    carbonyl, _, _ = readings(kit, air={"BTEX": 0.0, "CH3CHO": 3000.0})
    assert aromatic["AROM100"] / aromatic["VOC106"] > 0.8
    assert carbonyl["AROM100"] / carbonyl["VOC106"] < 0.1


def test_ox_minus_no2_gives_ozone(kit):
    for ozone, dioxide in ((35.0, 15.0), (200.0, 15.0), (35.0, 300.0)):
        out, ideal, _ = readings(kit, air={"O3": ozone, "NO2": dioxide})
        assert ideal["OX"] == ozone
        # the NO2 cell's own ozone response and its errors are subtracted too
        assert out["OX"] == pytest.approx(ozone * (1 - 1.02 * 0.03), abs=4 + 0.04 * dioxide)


def test_clean_cells_read_their_gas(kit):
    out, ideal, _ = readings(kit, air={"CO": 5000.0, "H2": 0.0})
    assert out["CO"] == pytest.approx(ideal["CO"], rel=0.05)
    out, _, _ = readings(kit, air={"CO": 5000.0, "H2": 4000.0})
    assert out["CO"] == pytest.approx(5000 + 0.25 * 4000, rel=0.08)


def test_zero_shift_of_a_hot_cell_matches_the_worked_numbers():
    assert zero_table()[-1, :3] == pytest.approx([-134, 529, 515], abs=1)


def test_a_hot_body_raises_the_raw_zero_of_no2_and_ox_and_compensation_leaves_a_residual(kit):
    suite = kit.suite(("t_rh", "voc"), N, age=0.0)
    hot = kit.state(kit.geometry(), N, air_temperature=np.full(N, 273.15 + 46.0))
    suite.start(hot, 3, 0)
    raw, _, _ = suite.sense(hot, 10.0, 3, 1)
    part = suite.slices["voc"]
    assert np.median(raw[:, part][:, 1]) > 300 and np.median(raw[:, part][:, 2]) > 300
    out, _, mean = readings(kit, air_temperature=np.full(N, 273.15 + 46.0))
    assert abs(out["NO2"] - 15.0) < 40
    cool = readings(kit)[2]
    assert mean[:, 1].std() > 3 * cool[:, 1].std()


def test_a_metal_oxide_answers_a_gas_over_its_baseline_and_not_its_drift(kit):
    quiet, _, _ = readings(kit)
    assert quiet["H2"] == pytest.approx(500, abs=150)
    more, ideal, _ = readings(kit, start={"air": {}}, air={"H2": 5000.0}, steps=20)
    assert more["H2"] == pytest.approx(ideal["H2"], rel=0.5)
    assert more["H2"] > 4 * quiet["H2"]


def test_rise_is_faster_than_decay(kit):
    suite = kit.suite(("voc",), 64, changes={"voc": {"parameters": {**kit.sound, "tube_volume": 0.0}}})
    low, high = kit.state(kit.geometry(), 64, dt=2.0), kit.state(kit.geometry(), 64, dt=2.0, air={"ALC": 5e4})
    part = suite.slices["voc"].start + 7
    suite.start(low, 3, 0)
    base = suite.chain.m["lag"][:, part].copy()
    up = [suite.read(high, 2.0, 3, i + 1).hidden["lagged"][:, part] for i in range(60)]
    down = [suite.read(low, 2.0, 3, i + 100).hidden["lagged"][:, part] for i in range(3)]
    rise = np.median((up[2] - base) / (up[-1] - base))
    decay = np.median((up[-1] - down[2]) / (up[-1] - base))
    assert rise == pytest.approx(1 - np.exp(-(6.0 - 1.0) / 5.0), abs=0.08)
    assert decay == pytest.approx(1 - np.exp(-(6.0 - 1.0) / 19.0), abs=0.05)


def test_compensation_uses_the_reading_of_the_climate_probe_not_the_truth(kit):
    n = 8
    results = []
    for offset in (0.0, 15.0):
        suite = kit.suite(("t_rh", "voc"), n, age=0.0, changes={"voc": {"parameters": kit.sound}})
        suite.chain.c.offset[:, suite.slices["t_rh"].start] += offset
        results.append(kit.record(suite, kit.state(kit.geometry(), n, air={"CO": 2e4}, air_temperature=275.0), 3)[-1])
    part = suite.slices["voc"].start
    assert (results[1].reading[:, part] < results[0].reading[:, part] * 0.97).all()


def test_old_cells_lose_span_and_units_differ(kit):
    young, old = (readings(kit, age=a, air={"NO2": 1000.0})[2][:, 1] for a in (0.0, 4.0))
    assert old.std() / old.mean() > young.std() / young.mean() > 0.05


def test_status_comes_from_the_reading_side(kit):
    suite, world = kit.suite(("t_rh", "voc"), 2, age=0.2), kit.state(kit.geometry(), 2)
    i = suite.instruments.index("voc")
    assert not kit.record(suite, world, 1)[0].status[0, i] & (Status.OUT_OF_SPEC_ENV | Status.CAL_DUE)
    dry = kit.state(kit.geometry(), 2, dew_point=255.0)
    out = kit.record(suite, dry, 40)[-1]
    assert out.status[0, i] & Status.OUT_OF_SPEC_ENV
