import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.detection import metrics as m
from gg_gym.detection.alarms import (
    POLE_YEAR,
    AlarmPolicy,
    Stream,
    alarm_report,
    alarm_times,
    group_streams,
    poisson_bounds,
)
from gg_gym.errors import InputError


def test_average_precision_of_known_cases():
    """Values of scikit-learn 1.9.1's average_precision_score."""
    assert m.average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == pytest.approx(0.8333333333333333)
    assert m.average_precision([1, 0, 1, 0, 1], [0.5] * 5) == pytest.approx(0.6)
    assert m.average_precision([1, 0, 1, 1, 0, 0], [0.9, 0.9, 0.7, 0.3, 0.3, 0.1]) == pytest.approx(0.5888888888888889)
    assert np.isnan(m.average_precision([0, 0], [0.1, 0.2]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 60), st.integers(1, 6))
def test_average_precision_equals_scikit_learn_with_ties(seed, n, levels):
    reference = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    y, s = rng.random(n) < 0.4, rng.integers(0, levels, n) / levels
    y[0] = True
    assert m.average_precision(y, s) == pytest.approx(reference.average_precision_score(y, s), abs=1e-12)
    order = rng.permutation(n)
    assert m.average_precision(y[order], s[order]) == pytest.approx(m.average_precision(y, s), abs=1e-12)


def test_confidence_of_exactly_one_is_in_the_last_bin():
    assert m.calibration_error([0.95, 1.0], [True, False], bins=1) == pytest.approx(0.475)
    mean, share, mass = m.calibration_bins([0.95, 1.0], [True, False], bins=2)
    np.testing.assert_allclose(mean, [0.95, 1.0])
    np.testing.assert_allclose(share, [1.0, 0.0])
    assert mass.sum() == pytest.approx(1.0)


def test_calibration_error_of_calibrated_and_overconfident_scores():
    rng = np.random.default_rng(0)
    c = rng.uniform(0.5, 1.0, 60_000)
    assert m.calibration_error(c, rng.random(c.size) < c) < 0.01
    assert m.calibration_error(c, rng.random(c.size) < c - 0.2) == pytest.approx(0.2, abs=0.01)
    _, _, mass = m.calibration_bins(c, c > 0)
    np.testing.assert_allclose(mass, 1 / m.BINS, rtol=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 50), st.integers(2, 6))
def test_all_metrics_are_finite_and_do_not_depend_on_the_order(seed, n, k):
    rng = np.random.default_rng(seed)
    p, y = rng.dirichlet(np.ones(k) * 0.2, n), rng.integers(0, k, n)
    names = [f"k{i}" for i in range(k)]
    out, order = m.classification_metrics(p, y, names), rng.permutation(n)
    assert all(np.isfinite(v) for v in out.values())
    again = m.classification_metrics(p[order], y[order], names)
    assert out == pytest.approx(again, abs=1e-9)
    assert {v for v in out if v.startswith("recall/")} == {f"recall/k{i}" for i in np.unique(y)}


def test_perfect_and_worst_predictions():
    y = np.arange(12) % 3
    best = m.classification_metrics(np.eye(3)[y], y, "abc")
    assert best["macro_auprc"] == best["recall_mean"] == 1 and best["nll"] == best["brier"] == best["ece"] == 0
    worst = m.classification_metrics(np.eye(3)[(y + 1) % 3], y, "abc")
    assert worst["recall_mean"] == 0 and worst["brier"] == 2 and worst["ece"] == 1 and np.isfinite(worst["nll"])


def test_poisson_bounds_by_the_rule_of_three_and_published_values():
    assert poisson_bounds(0, 50)[1] == pytest.approx(0.0599, abs=1e-4)
    lower, upper = poisson_bounds(10, 1.0, 0.975)
    assert [lower, upper] == pytest.approx([4.795, 18.390], abs=1e-3)
    assert poisson_bounds(3, 0.0) == (0.0, np.inf)


def test_k_of_n_merging_and_refractory():
    t = np.arange(10.0)
    s = np.array([1, 0, 1, 1, 0, 0, 0, 1, 1, 0])
    assert alarm_times(t, s, AlarmPolicy(0.5)).tolist() == [0, 2, 7]
    assert alarm_times(t, s, AlarmPolicy(0.5, merge_gap=1)).tolist() == [0, 7]
    assert alarm_times(t, s, AlarmPolicy(0.5, refractory=5)).tolist() == [0, 7]
    assert alarm_times(t, s, AlarmPolicy(0.5, refractory=8)).tolist() == [0]
    assert alarm_times(t, s, AlarmPolicy(0.5, k=2, n=2)).tolist() == [3, 8]
    assert alarm_times(t, s, AlarmPolicy(0.5, k=2, n=3)).tolist() == [2, 8]
    assert alarm_times(t, s, AlarmPolicy(0.5, k=3, n=3)).tolist() == []
    assert alarm_times(t[:0], s[:0], AlarmPolicy()).tolist() == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 5))
def test_k_of_n_equals_counting(seed, n):
    rng = np.random.default_rng(seed)
    s, k = rng.random(40), int(rng.integers(1, n + 1))
    policy = AlarmPolicy(0.5, k=k, n=n)
    raised = [i for i in range(40) if (s[max(0, i + 1 - n) : i + 1] >= 0.5).sum() >= k]
    want = [i for i in raised if i - 1 not in raised]
    assert alarm_times(np.arange(40.0), s, policy).tolist() == want


def test_delays_false_alarms_and_censoring():
    t = np.arange(10.0, 110.0, 10.0)
    early = Stream(t, ((t == 20) | (t >= 70)).astype(float), onset=50, end=100)
    missed = Stream(t, 0.0 * t, onset=50, end=100)
    quiet = Stream(t, (t == 30).astype(float), onset=np.inf, end=100)
    report = alarm_report([early, missed, quiet], AlarmPolicy(0.5))
    assert (report.events, report.detected, report.recall) == (2, 1, 0.5)
    assert report.delay_median == np.inf and report.delay_restricted_mean == 35
    assert report.false_alarms == 2 and report.event_free_seconds == 200
    assert report.upper > report.false_alarms_per_pole_year == 2 / (200 / POLE_YEAR) > report.lower
    assert "delay_s" not in report.metrics()
    one = alarm_report([early], AlarmPolicy(0.5))
    assert one.delay_median == one.delay_90 == 20


def test_windows_are_grouped_into_runs_in_time_order():
    streams = group_streams([1, 0, 1], [20, 10, 10], [0.2, 0.3, 0.1], [5, np.inf, 5], 640)
    assert [s.time.tolist() for s in streams] == [[10], [10, 20]]
    assert streams[1].score.tolist() == [0.1, 0.2] and streams[1].onset == 5


@pytest.mark.parametrize("bad", [{"k": 3, "n": 2}, {"threshold": np.nan}, {"refractory": -1}])
def test_bad_policies_are_refused(bad):
    with pytest.raises(InputError):
        AlarmPolicy(**bad)


def test_bad_labels_are_refused():
    with pytest.raises(InputError):
        m.classification_metrics(np.ones((2, 2)) / 2, [0, 2], "ab")
    with pytest.raises(InputError):
        m.macro_auprc(np.ones((0, 2)), [])
