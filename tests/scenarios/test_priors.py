"""priors.yaml is checked, graded and complete; rates follow circumstances; weights average to 1 over their sampling."""

from dataclasses import replace

import numpy as np
import pytest
import yaml

from gg_gym.datasets.generation import GenerationManifest, RunPlan, mass_between
from gg_gym.envs import ScenarioSelectionVectorEnv
from gg_gym.errors import InputError
from gg_gym.products import load_product
from gg_gym.records.avro import DatasetReader
from gg_gym.scenarios import SCENARIOS, ScenarioSpace, slots_of
from gg_gym.scenarios.circumstances import SEASONS, circumstances, weather_of
from gg_gym.scenarios.priors import (
    importance_weights,
    load_priors,
    occupancy,
    operational_rate,
    operational_shares,
)
from gg_gym.streams import uniforms

PRODUCT = load_product("grid_guardian")
OURS = tuple(k for k, v in SCENARIOS.items() if v.__module__.startswith("gg_gym."))
SPACE = ScenarioSpace(("baseline_operation", "diurnal_cycle", "arcing_event", "early_combustion", "vehicle_exhaust"))


def around(n=500, partition="train"):
    return circumstances(PRODUCT, PRODUCT.draw(np.arange(n), partition))


def test_every_family_has_an_entry_of_its_own():
    missing = [f for f in OURS if f not in load_priors().families]
    assert not missing, f"priors.yaml has no entry for {missing}"


@pytest.mark.parametrize("family", sorted(load_priors().families))
def test_an_entry_says_where_it_comes_from(family):
    entry = load_priors().families[family]
    assert entry.evidence in ("read", "recalled", "estimate") and len(entry.source) > 5
    if entry.rate is not None:
        low, central, high = (operational_rate(family, level=level)[0] for level in ("low", "central", "high"))
        assert low <= central <= high
        assert central == 0.0 or high / low >= 2.0, "a rate nobody knows to a factor of two"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "version"),
        ({"families": {"arcing_event": {"rate": [2, 1, 3], "evidence": "read", "source": "none"}}}, "low <= central"),
        ({"families": {"arcing_event": {"rate": [1, 2, 3], "evidence": "sure", "source": "none"}}}, "evidence"),
        ({"families": {"arcing_event": {"evidence": "read", "source": "none"}}}, "rate or background"),
        (
            {"families": {"a": {"rate": [1, 2, 3], "weather": {"hail": 2}, "evidence": "read", "source": "none"}}},
            "hail",
        ),
        ({"families": {"a": {"rate": [1, 2, 3], "where": {"x": 2}, "evidence": "read", "source": "none"}}}, "where"),
        ({"families": {"a": {"rate": [-1, 2, 3], "evidence": "read", "source": "none"}}}, "rate"),
    ],
)
def test_a_bad_table_is_one_clear_error(change, words, tmp_path):
    good = {
        "version": 1,
        "default": {"rate": [0, 1, 2], "evidence": "estimate", "source": "none"},
        "families": {},
    }
    path = tmp_path / "priors.yaml"
    path.write_text(yaml.safe_dump({**good, **change}), encoding="utf-8")
    with pytest.raises(InputError, match=words) as error:
        load_priors(path)
    assert "priors.yaml" in str(error.value)


def test_rates_rise_with_what_the_table_says():
    c = around()
    words = weather_of(c)
    rate = operational_rate("insulation_breakdown", c)
    fair = rate[(words == "fair") & (c.season == SEASONS.index("spring"))]
    assert (rate[words == "fog"] > fair.max()).all()
    dirty = replace(c, pollution=np.full(len(c), 3))
    assert (operational_rate("insulation_breakdown", dirty) > 5.0 * rate).all()


@pytest.mark.parametrize(("family", "level"), [("baseline_operation", "central"), ("arcing_event", "highest")])
def test_what_has_no_rate_is_refused(family, level):
    with pytest.raises(InputError):
        operational_rate(family, None, level)


def test_two_things_at_once_are_as_rare_as_their_product():
    c = around(50)
    both = occupancy("arcing_event+vehicle_exhaust", c)
    assert np.allclose(both, occupancy("arcing_event", c) * occupancy("vehicle_exhaust", c))


def test_shares_are_probabilities_and_mostly_ordinary_days():
    shares = operational_shares(tuple(load_priors().families), around())
    assert np.allclose(shares.sum(axis=1), 1.0) and (shares >= 0).all()
    calm = [k for k, v in load_priors().families.items() if v.background is not None]
    at = [list(load_priors().families).index(k) for k in calm]
    assert shares[:, at].sum(axis=1).mean() > 0.7


def mean_within(weights, expected=1.0):
    """The mean is as expected within four standard errors."""
    error = weights.std() / np.sqrt(len(weights))
    assert abs(weights.mean() - expected) < 4.0 * error + 1e-12, (weights.mean(), error)


@pytest.mark.parametrize("shares", [None, (1.0, 2.0, 3.0, 0.5, 1.0)])
def test_weights_average_to_one_over_the_prior(shares):
    n = 6000
    conditions = PRODUCT.draw(np.arange(n, dtype=np.uint64))
    p = np.array(shares or np.ones(SPACE.n_families)) / np.sum(shares or np.ones(SPACE.n_families))
    pick = np.searchsorted(np.cumsum(p), uniforms(3, "test.family", n), side="right")
    actions = SPACE.sample(n, 8, families=np.minimum(pick, SPACE.n_families - 1).tolist())
    mean_within(importance_weights(SPACE, actions, PRODUCT, conditions, shares=shares))


def test_weights_average_to_one_over_uniform_actions():
    n = 8000
    u = uniforms(9, "test.actions", n * SPACE.width).reshape(n, -1)
    weights = importance_weights(
        SPACE, 2 * u - 1, PRODUCT, PRODUCT.draw(np.arange(n, dtype=np.uint64)), density=np.ones(n)
    )
    mean_within(weights)


def test_a_dataset_s_weights_average_to_the_part_of_the_operation_that_it_covers(tmp_path):
    """Cut to severities from 0.6 on, runs stand for that part of the prior alone."""
    manifest = GenerationManifest(name="x", runs=3000, severity=(0.6, 1.0), families=dict.fromkeys(SPACE.families, 2.0))
    plan = RunPlan(manifest, PRODUCT)
    seeds, definitions = plan.records(0, 3000)
    weights = plan.weights(seeds, definitions)
    families = [d.family for d in definitions]
    c = circumstances(PRODUCT, PRODUCT.draw(seeds))
    mass = np.array([mass_between(slots_of(SCENARIOS[f].Parameters)[0], 0.6, 1.0) for f in SPACE.families])
    expected = (operational_shares(SPACE.families, c) * mass).sum(axis=1).mean()
    assert set(families) == set(SPACE.families) and 0.0 < expected < 1.0
    mean_within(weights, expected)


def test_runs_of_an_environment_carry_their_weight(tmp_path):
    from gg_gym.envs.sink import RunSink

    operation = {**PRODUCT.operation.model_dump(), "spin_up_hours": 1, "lead_in": 60.0}
    short = PRODUCT.replace(operation=operation)
    with RunSink(tmp_path / "runs") as sink:
        env = ScenarioSelectionVectorEnv(
            3, product=short, detector="none", thermal="none", replicates=1, budget=2, sink=sink
        )
        env.reset(seed=4)
        *_, info = env.step(env.space.sample(3, 1))
        env.close()
    weights = info["importance_weight"]
    assert weights.shape == (3,) and (weights >= 0).all() and info["_importance_weight"].all()
    written = {h.run_id: h.importance_weight for h in DatasetReader(tmp_path / "runs").runs()}
    assert [written[i] for i in info["run_id"]] == pytest.approx(weights)
