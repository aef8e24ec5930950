"""Contracts of the twin that hold for every family and every sensor."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from gg_gym import ScenarioDefinition, Twin
from gg_gym.physics.species import INDEX
from gg_gym.records.run import MISSING

GROUPS = ("readings", "truth", "status", "labels", "physics")


def row(runs, i):
    return {g: {k: v[i] for k, v in getattr(runs, g).items()} for g in GROUPS}


def same(a, b):
    return all(np.array_equal(a[g][k], b[g][k]) for g in GROUPS for k in a[g])


def test_a_row_of_a_batch_is_bit_equal_to_the_run_alone(twin, event_and_null):
    runs, _, chosen = event_and_null
    for i in (0, 2, 3, 4, 6, 10, 19):
        alone = twin.run(runs.conditions.take(np.array([i])), [chosen[i]])
        assert same(row(runs, i), row(alone, 0)), chosen[i].family


def test_a_run_is_a_function_of_its_arguments(bare_twin, definitions):
    conditions = bare_twin.draw(np.arange(len(definitions)))
    again = Twin("grid_guardian", thermal=False)
    a, b = bare_twin.run(conditions, definitions), again.run(again.draw(np.arange(len(definitions))), definitions)
    assert all(same(row(a, i), row(b, i)) for i in range(len(definitions)))
    other = bare_twin.run(bare_twin.draw(np.arange(50, 50 + len(definitions))), definitions)
    assert not np.array_equal(a.readings["voc"], other.readings["voc"])


def test_before_onset_an_event_run_equals_its_null_twin(event_and_null):
    runs, null, _ = event_and_null
    times = 10.0 * (1 + np.arange(64))
    frames = 10.0 * np.arange(8, 65, 8)
    checked = 0
    for i in range(len(runs)):
        before, before_frames = times <= runs.onset[i], frames <= runs.onset[i]
        checked += int(before.sum())
        for group in ("readings", "truth", "status", "physics"):
            for key, values in getattr(runs, group).items():
                part = before_frames if values.ndim == 4 else before
                assert np.array_equal(values[i][part], getattr(null, group)[key][i][part]), (group, key, i)
    assert checked > 100


def test_events_change_readings_and_labels_after_onset(event_and_null):
    runs, null, chosen = event_and_null
    for i, definition in enumerate(chosen):
        if definition.family not in ("arcing_event", "early_combustion", "noise_loud") or not np.isfinite(
            runs.onset[i]
        ):
            continue
        changed = [k for k, v in runs.readings.items() if not np.array_equal(v[i], null.readings[k][i])]
        assert changed, definition.family
    expected = {
        "arcing_event": {1},
        "early_combustion": {2},
        "vehicle_exhaust": {0, 3},
        "baseline_operation": {0},
        "diurnal_cycle": {0},
    }
    for i, definition in enumerate(chosen):
        if definition.family in expected and np.isfinite(runs.onset[i]):
            assert runs.labels["event_class"][i].max() in expected[definition.family], definition.family
    assert not null.labels["event_class"].any() and not null.labels["anomaly"].any()


def test_readings_are_finite_in_bounds_and_missing_with_a_reason(twin, event_and_null):
    runs, _, _ = event_and_null
    for j, (key, part) in enumerate(twin.slices.items()):
        values, channels = runs.readings[key], twin.channels[part]
        assert np.isfinite(values).all(), key
        low = np.array([c.low for c in channels], np.float32)
        high = np.array([c.high for c in channels], np.float32)
        there = (runs.status[key] & MISSING) == 0
        assert (values >= low - 1e-6).all(-1)[there].all() and (values <= high * (1 + 1e-6)).all(-1)[there].all(), key
        assert there.mean() > 0.9, (key, j)


def test_one_arc_moves_every_sensor_that_can_see_it(twin):
    n = 48
    seeds = np.arange(300, 300 + n)
    strong = ScenarioDefinition(
        family="arcing_event",
        parameters={"severity": 1.0, "phase": 0.3, "place": 0.9, "gap": 0.05, "on_rate": 5.0, "off_rate": 0.2},
    )
    runs = twin.run(twin.draw(seeds), [strong] * n)
    null = twin.run(twin.draw(seeds), [strong.null()] * n)
    came = np.isfinite(runs.onset)
    late = slice(40, 64)

    def delta(group, key, c):
        event, calm = getattr(runs, group)[key], getattr(null, group)[key]
        return (event[came, late, c] - calm[came, late, c]).mean(1)

    voc = [c.name for c in twin.channels[twin.slices["voc"]]]
    ozone = next(i for i, name in enumerate(voc) if "OX" in name)
    emf = [c.name for c in twin.channels[twin.slices["emf"]]]
    band = next(i for i, name in enumerate(emf) if "inter" in name.lower())
    assert (delta("truth", "emf", band) > 0).all() and (delta("readings", "emf", band) > 0).mean() > 0.9
    reached = delta("truth", "voc", ozone) > 10.0  # the wind decides whom the plume meets
    assert (delta("truth", "voc", ozone) >= -1e-6).all() and reached.sum() >= 3
    oxides = delta("readings", "voc", ozone) + delta("readings", "voc", voc.index("NO2"))
    assert (oxides[reached] > 0).all()
    hotter = runs.readings["thermal"][came, -1].astype(int).max((1, 2)) - null.readings["thermal"][came, -1].astype(
        int
    ).max((1, 2))
    assert (hotter > 100).mean() > 0.8
    assert (runs.physics["arc_power"][came, late] > 0).any(1).all()
    assert (runs.labels["event_class"][came, -1] == 1).mean() > 0.9


def test_what_wood_emits_is_what_it_lost(bare_twin):
    n = 16
    definition = ScenarioDefinition(
        family="early_combustion", parameters={"severity": 1.0, "phase": 0.9, "radius": 0.01}
    )
    session = bare_twin.begin(bare_twin.draw(np.arange(n)))
    session.set_scenarios([definition] * n)
    session.course.layers[0].onset[:] = -3000.0
    session.lead_in()
    for _ in range(64):
        session.sample(truth=False)
    state = session.state
    assert (state.mass_lost > 1e-5).all()
    oxygen = state.memory["smoulder.oxygen"]  # char burns with oxygen from the air, which leaves in the gas
    assert np.allclose(state.emitted.sum(1) - oxygen, state.mass_lost, rtol=1e-6, atol=0)
    assert np.allclose(state.mass_lost + state.char_mass, state.dry_mass, rtol=1e-6, atol=0)
    assert (state.emitted >= 0).all() and state.emitted[:, INDEX["CO"]].min() > 0


def test_a_classifier_before_onset_stays_at_chance(bare_twin):
    n = 240
    families = ["arcing_event", "baseline_operation"]
    definitions = [
        ScenarioDefinition(family=families[i % 2], parameters={"severity": 0.9, "phase": 0.0}) for i in range(n)
    ]
    runs = bare_twin.run(bare_twin.draw(np.arange(7000, 7000 + n)), definitions, truth=False)
    x = np.concatenate([v[:, :48].reshape(n, 48, -1).mean(1) for v in runs.readings.values()], axis=1)
    y = np.array([i % 2 for i in range(n)])
    assert (np.minimum(runs.onset, 640.0) > 480.0).all()
    half = n // 2
    scaler = StandardScaler().fit(x[:half])
    model = LogisticRegression(C=0.05, max_iter=2000).fit(scaler.transform(x[:half]), y[:half])
    auc = roc_auc_score(y[half:], model.predict_proba(scaler.transform(x[half:]))[:, 1])
    assert abs(auc - 0.5) < 3.5 * np.sqrt(1.0 / (12 * half / 2) * 2), auc


@pytest.mark.parametrize("family", ["baseline_operation", "arcing_event"])
def test_halving_dt_leaves_means_and_variances_where_they_were(family):
    """Two ensembles of 400 runs, one at 10 s and one at 5 s, look alike in every intensive channel after 640 s."""
    n, looks = 400, {}
    for dt, samples in ((10.0, 64), (5.0, 128)):
        twin = Twin("grid_guardian", dt=dt, samples=samples, thermal=False)
        definition = ScenarioDefinition(family=family, parameters={"severity": 0.8, "phase": 0.5})
        conditions = twin.draw(np.arange(n))
        runs = twin.run(conditions, [definition] * n, truth=False)
        looks[dt] = {
            c.name: runs.readings[c.instrument][:, -1, i - twin.slices[c.instrument].start]
            for i, c in enumerate(twin.channels)
            if not c.extensive
        }
    tests = 2 * len(looks[10.0])
    for name, a in looks[10.0].items():
        b = looks[5.0][name]
        if np.ptp(a) == 0 and np.ptp(b) == 0:
            continue
        assert stats.ks_2samp(a, b, method="asymp").pvalue > 0.01 / tests, name
        assert stats.levene(a, b).pvalue > 0.01 / tests, name


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 900.0, 3600.0])
def test_any_step_is_stable(dt, definitions):
    twin = Twin("grid_guardian", dt=dt, thermal=False)
    runs = twin.run(twin.draw(np.arange(len(definitions))), definitions)
    for group in ("readings", "truth", "physics"):
        for key, values in getattr(runs, group).items():
            assert np.isfinite(values).all(), (group, key)
    assert (runs.physics["hot_spot"] > 200).all() and (runs.physics["mass_lost"] >= 0).all()
