import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.detection import uncertainty as u
from gg_gym.errors import InputError


def simplex(seed, *shape, spread=1.0):
    p = np.random.default_rng(seed).gamma(spread, size=shape) + 1e-12
    return p / p.sum(-1, keepdims=True)


cases = st.tuples(st.integers(0, 2**31), st.integers(1, 6), st.integers(2, 12), st.sampled_from([0.05, 0.3, 1.0, 20.0]))


@settings(max_examples=25, deadline=None)
@given(cases)
def test_mutual_information_is_the_entropy_difference_between_0_and_log_k(case):
    seed, m, k, spread = case
    p = simplex(seed, m, 7, k, spread=spread)
    mi = u.bald(p)
    np.testing.assert_allclose(mi, u.predictive_entropy(p) - u.aleatoric_entropy(p), atol=1e-12)
    assert (mi >= 0).all() and (mi <= np.log(k) + 1e-12).all() and (mi <= np.log(m) + 1e-12).all()


@settings(max_examples=25, deadline=None)
@given(cases)
def test_mutual_information_is_zero_when_members_agree_and_ignores_their_order(case):
    seed, m, k, spread = case
    same = np.broadcast_to(simplex(seed, 1, 5, k, spread=spread), (m, 5, k))
    assert u.bald(same).max() < 1e-12
    p = simplex(seed, m, 5, k, spread=spread)
    np.testing.assert_allclose(u.bald(p), u.bald(p[::-1]), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(cases, st.integers(1, 8))
def test_scenario_mutual_information_is_at_most_the_mean_over_its_windows(case, r):
    """Relative entropy is jointly convex, so averaging replicates first cannot raise the disagreement."""
    seed, m, k, spread = case
    p = simplex(seed, m, 3, r, k, spread=spread)
    mean = u.bald(p.reshape(m, -1, k)).reshape(3, r).mean(1)
    assert (u.scenario_mutual_information(p) <= mean + 1e-12).all()


def test_noise_between_windows_averages_out_but_disagreement_stays():
    rng = np.random.default_rng(0)
    noisy = simplex(1, 4, 1, 400, 3, spread=0.3)
    member = np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05]])[rng.permutation(2)]
    split = np.broadcast_to(member[:, None, None], (2, 1, 400, 3))
    assert u.scenario_mutual_information(noisy)[0] < 0.02 * u.bald(noisy[:, 0]).mean()
    np.testing.assert_allclose(u.scenario_mutual_information(split), u.bald(split[:, 0]).mean(), rtol=1e-12)


def test_extreme_disagreement_reaches_log_k():
    p = np.eye(4)[:, None]
    np.testing.assert_allclose(u.bald(p), np.log(4))
    np.testing.assert_allclose(u.scenario_mutual_information(p[:, None]), np.log(4))


@settings(max_examples=25, deadline=None)
@given(cases)
def test_epig_is_bounded_zero_on_agreement_and_bald_against_itself_when_certain(case):
    seed, m, k, spread = case
    p, t = simplex(seed, m, 5, k, spread=spread), simplex(seed + 1, m, 9, k, spread=spread)
    score = u.epig(p, t, block=2)
    assert (score >= 0).all() and (score <= u.bald(p) + 1e-9).all()
    np.testing.assert_allclose(score, u.epig(p, t), atol=1e-13)
    np.testing.assert_allclose(u.epig(np.broadcast_to(p[:1], p.shape), t), 0, atol=1e-12)
    certain = np.eye(k)[np.random.default_rng(seed).integers(0, k, (m, 1))]
    np.testing.assert_allclose(u.epig(certain, certain), u.bald(certain), atol=1e-12)


def test_epig_matches_a_sum_written_out():
    p, t = simplex(1, 3, 2, 3), simplex(2, 3, 4, 3)
    want = np.zeros(2)
    for i in range(2):
        for j in range(4):
            joint = np.mean([np.outer(p[m, i], t[m, j]) for m in range(3)], axis=0)
            want[i] += (joint * np.log(joint / np.outer(joint.sum(1), joint.sum(0)))).sum() / 4
    np.testing.assert_allclose(u.epig(p, t), want, rtol=1e-10)


def test_reducible_loss_is_zero_against_itself_and_positive_against_a_better_reference():
    p, y = simplex(0, 3, 6, 4, 5), np.arange(6) % 5
    assert (u.reducible_loss(p, p, y) == 0).all()
    better = 0.5 * p + 0.5 * np.eye(5)[y][None, :, None]
    gain = u.reducible_loss(p, better, y)
    assert (gain > 0).all()
    assert (u.reducible_loss(better, p, y) == 0).all()
    np.testing.assert_allclose(gain, u.reducible_loss(p, better, np.broadcast_to(y[:, None], (6, 4))))


def test_the_floor_is_the_references_entropy():
    p, ref = simplex(0, 3, 6, 4, 5), simplex(1, 1, 6, 4, 5)
    np.testing.assert_allclose(u.above_floor(p, ref) + u.scenario_entropy(ref), u.scenario_mutual_information(p))
    np.testing.assert_allclose(u.scenario_entropy(ref), u.entropy(ref[0]).mean(1))


@pytest.mark.parametrize("bad", [np.ones((2, 3)), np.full((2, 3, 4), 0.3), np.full((2, 3, 4), np.nan)])
def test_refuses_what_are_no_probabilities(bad):
    with pytest.raises(InputError):
        u.bald(bad)
