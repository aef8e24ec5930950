"""The mechanism of the noise study on made-up probabilities, the scale of rewards, and a very small real cell."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.envs.rewards import DUPLICATION, IMPLAUSIBILITY, REWARDS, Scale, check_reward, combine, raw_score
from gg_gym.errors import InputError
from gg_gym.studies.noise import ROWS, STATEMENTS, NoisePlan, Statement, binomial_interval, run_cell, top, verdicts

N, M, R, K, FAMILIES = 120, 5, 4, 4, 6
LABELS = np.zeros(FAMILIES * N)
COIN = np.array([0.5, 0.5, 0.0, 0.0])


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def pool(kind, seed=0):
    """(M, S, R, K) beliefs and (1, S, R, K) reference about five ordinary families and, last, one of noise.

    Ordinary runs: members are right with some doubt, more of it in some runs, and differ a little from each other about
    a run; the reference is sure. "hidden": every member says coin. "loud": each member reads something else into each
    window; the reference says coin.
    """
    rng = np.random.default_rng(seed)
    s = FAMILIES * N
    sure = np.eye(K)[rng.integers(0, K, s)]
    doubt = rng.uniform(3.0, 6.0, (1, s, 1, 1))
    p = softmax(doubt * sure[None, :, None] + rng.normal(0.0, 0.6, (M, s, 1, K)) + rng.normal(0.0, 0.2, (M, s, R, K)))
    reference = softmax(6.0 * sure[None, :, None] + 0.0 * p[:1])
    noise = slice(s - N, s)
    logits = np.log(np.maximum(COIN, 1e-4)) + (0.05 if kind == "hidden" else 2.0) * rng.normal(size=(M, N, R, K))
    p[:, noise] = softmax(logits)
    reference[:, noise] = COIN
    return p, reference


def share(name, p, reference):
    """Share of noise in the best sixth of the pool, as lower and upper 95 % bound."""
    s = p.shape[1]
    rows = top(raw_score(name, p, reference, LABELS), N)
    return binomial_interval(int((rows >= s - N).sum()), len(rows))


def test_agreed_coins_draw_entropy_and_not_disagreement():
    p, reference = pool("hidden")
    assert share("entropy", p, reference)[0] > 1 / FAMILIES
    assert share("bald", p, reference)[1] < 1 / FAMILIES
    assert share("default", p, reference)[1] < 1 / FAMILIES


def test_read_into_coins_draw_disagreement_and_the_floor_removes_it():
    p, reference = pool("loud")
    assert share("bald", p, reference)[0] > 1 / FAMILIES
    assert share("default", p, reference)[1] < 1 / FAMILIES
    assert share("reducible_loss", p, reference)[0] > 1 / FAMILIES, "labels by coin look reducible to one run"


def test_replicates_take_most_of_a_loud_disagreement_away_before_the_floor_does():
    p, reference = pool("loud")
    bald, scenario = (raw_score(name, p, reference, LABELS)[-N:].mean() for name in ("bald", "scenario_mi"))
    assert scenario < 0.6 * bald
    floor = scenario - raw_score("mi_floor", p, reference, LABELS)[-N:].mean()
    np.testing.assert_allclose(floor, np.log(2), rtol=1e-6)


def test_a_reference_that_never_met_the_noise_does_not_protect():
    p, reference = pool("loud")
    blind = reference.copy()
    blind[:, -N:] = np.eye(K)[np.random.default_rng(1).integers(0, 2, (1, N, R))]
    assert share("default", p, blind)[0] > 1 / FAMILIES


def test_every_reward_is_a_number_per_run_and_unknown_ones_are_refused():
    p, reference = pool("hidden")
    for name in REWARDS:
        check_reward(name)
        score = raw_score(name, p[:, :7], reference[:, :7], LABELS[:7], targets=p[:, :9, 0])
        assert score.shape == (7,) and np.isfinite(score).all()
    with pytest.raises(InputError, match="entropy"):
        check_reward("surprise")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(-5, 5), st.floats(0.1, 50))
def test_the_scale_is_that_of_percentiles_and_keeps_ranks(seed, shift, stretch):
    raw = np.random.default_rng(seed).gamma(1.0, size=256)
    scale = Scale.of(raw)
    z = scale.z(raw)
    np.testing.assert_allclose(np.percentile(z, [20, 80]), [0, 1], atol=1e-9)
    assert (np.argsort(z, kind="stable") == np.argsort(raw, kind="stable")).all()
    np.testing.assert_allclose(Scale.of(shift + stretch * raw).z(shift + stretch * raw), z, atol=1e-6)
    np.testing.assert_array_equal(scale.z(raw[:3]), z[:3])


def test_the_scale_is_no_rank_it_ignores_outliers_and_survives_equal_scores():
    raw = np.linspace(0.0, 1.0, 256)
    wild = raw.copy()
    wild[-10:] = 1e3
    np.testing.assert_allclose(Scale.of(wild).z(raw), Scale.of(raw).z(raw), atol=1e-12)
    assert Scale.of(wild).z(np.array([1e3]))[0] > 100, "a rank would stop at 1"
    flat = Scale.of(np.full(256, 0.3))
    assert flat.z(np.array([0.3]))[0] == 0 and np.isfinite(flat.z(np.array([0.4])))[0]


def test_terms_add_up_to_the_reward():
    z, w, dup = np.array([0.2, -1.0]), np.array([1.0, 0.25]), np.array([0.0, 1.0])
    reward, terms = combine(z, w, dup)
    np.testing.assert_allclose(reward, sum(terms.values()))
    np.testing.assert_allclose(reward, z - IMPLAUSIBILITY * (1 - w) - DUPLICATION * dup)


def test_binomial_bounds_are_exact():
    """Against the closed form at 0 of n, the symmetry of the law, and the binomial tails themselves."""
    from scipy.stats import binom

    np.testing.assert_allclose(binomial_interval(0, 30), (0.0, 1 - 0.025 ** (1 / 30)))
    np.testing.assert_allclose(binomial_interval(23, 30), 1 - np.array(binomial_interval(7, 30))[::-1])
    low, high = binomial_interval(10, 100)
    np.testing.assert_allclose([binom.sf(9, 100, low), binom.cdf(10, 100, high)], 0.025)
    for k, n in ((-1, 3), (4, 3), (0, 0)):
        with pytest.raises(InputError):
            binomial_interval(k, n)


def test_statements_are_decided_by_the_lower_bound():
    more, most = Statement("noise_loud", "bald", True), Statement("noise_loud", "default", False)
    assert more.holds(0.2, 1 / 6) and not more.holds(1 / 6, 1 / 6)
    assert most.holds(1 / 6, 1 / 6) and not most.holds(0.2, 1 / 6)
    assert "more than" in more.text and "at most" in most.text


@pytest.mark.parametrize("bad", [{"chosen": 481}, {"chosen": 0}, {"rounds": 0}, {"seeds": ()}, {"initial": ROWS + 1}])
def test_plans_that_cannot_run_are_refused(bad):
    with pytest.raises(InputError):
        NoisePlan(**bad)


TINY = NoisePlan(
    seeds=(3,), rounds=2, initial=ROWS, validation=ROWS, pool=ROWS, chosen=12, replicates=2, members=2, steps=3, batch=8
)


@pytest.fixture(scope="module")
def cell():
    return run_cell(TINY, "noise_loud", 3)


def test_a_small_cell_runs_counts_and_goes_to_json(cell):
    assert cell == json.loads(json.dumps(cell))
    assert list(cell["arms"]) == ["bald", "default"] and cell["families"][-1] == "noise_loud"
    for rounds in cell["arms"].values():
        assert len(rounds) == TINY.rounds
        for row in rounds:
            assert sum(row["chosen"].values()) == sum(row["drawn"].values()) == TINY.chosen
            assert set(row["raw"]) == set(cell["families"])
    found = {v["text"]: v for v in verdicts([cell])}
    assert set(found) == {s.text for s in STATEMENTS if s.noise == "noise_loud"}
    assert all(v["n"] == TINY.rounds * TINY.chosen and v["low"] <= v["share"] <= v["high"] for v in found.values())


def test_the_script_keeps_finished_cells_of_its_own_plan_only(cell, tmp_path):
    path = Path(__file__).resolve().parents[2] / "experiments" / "noise.py"
    spec = importlib.util.spec_from_file_location("noise_script", path)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    place = tmp_path / "noise.json"
    script.save(place, TINY, [cell])
    assert script.load(place, TINY) == [cell]
    assert script.load(place, NoisePlan(seeds=(3,))) == []
    assert cell["arms"].keys() == {v["reward"] for v in json.loads(place.read_text())["verdicts"]}
    assert script.table(verdicts([cell])).count("\n") == 3
