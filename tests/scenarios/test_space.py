"""ScenarioSpace: total decoding, lossless encoding, priors that weigh what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gg_gym.errors import InputError
from gg_gym.physics.causes import NEUTRAL
from gg_gym.products import load_product
from gg_gym.scenarios import SCENARIOS, BaseScenario, ScenarioDefinition, ScenarioSpace, slots_of

FAMILIES = tuple(SCENARIOS)
SPACE = ScenarioSpace(FAMILIES)
FAST = settings(max_examples=50, deadline=None)
anything = arrays(np.float32, SPACE.width, elements=st.floats(width=32, allow_nan=True, allow_infinity=True))


@FAST
@given(anything, st.floats(0, 0.999))
def test_decode_is_total_and_encode_loses_nothing(action, tie):
    definition = SPACE.decode(action, tie)
    again = SPACE.decode(SPACE.encode(definition))
    assert again == definition
    assert BaseScenario.from_definition(definition).to_definition() == definition


@FAST
@given(anything)
def test_parameters_stay_in_bounds(action):
    definition = SPACE.decode(action)
    for slot in slots_of(SCENARIOS[definition.family].Parameters):
        assert slot.low <= definition.parameters[slot.name] <= slot.high


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_round_trips_and_fits_the_product(family):
    product = load_product("grid_guardian")
    for seed in range(20):
        action = SPACE.sample(1, seed, families=[SPACE.index(family)])[0]
        definition = SPACE.decode(action)
        assert definition.family == family
        assert np.array_equal(SPACE.encode(definition), SPACE.encode(SPACE.decode(SPACE.encode(definition))))
        scenario = BaseScenario.from_definition(definition)
        scenario.validate(product.geometry, product.physics)
        assert set(scenario.causes(product.geometry)) <= set(NEUTRAL)
        assert -3600 <= scenario.onset(640.0, 3600.0) <= 640.0


def test_ties_are_shared_evenly():
    action = np.zeros((400, SPACE.width), np.float32)
    family = SPACE.family_of(action, np.linspace(0, 0.9999, 400))
    counts = np.bincount(family, minlength=len(FAMILIES))
    assert counts.min() >= 400 // len(FAMILIES) - 1 and counts.max() <= 400 // len(FAMILIES) + 2


def test_sampling_is_stratified_and_seeded():
    each, n = range(len(FAMILIES)), 4 * len(FAMILIES)
    a, b = SPACE.sample(n, 4, families=each), SPACE.sample(n, 4, families=each)
    assert np.array_equal(a, b) and not np.array_equal(a, SPACE.sample(n, 5, families=each))
    assert np.array_equal(np.bincount(SPACE.family_of(a)), np.full(len(FAMILIES), 4))


def test_prior_weight_is_one_at_the_mode_and_below_elsewhere():
    k = SPACE.index("arcing_event")
    modes = [(a - 1) / (a + b - 2) if a + b > 2 else 0.3 for a, b in (s.prior for s in SPACE.slots[k])]
    action = SPACE.sample(1, 0, families=[k])
    action[0, SPACE.n_families : SPACE.n_families + len(modes)] = 2 * np.array(modes) - 1
    assert SPACE.prior_weight(action)[0] == pytest.approx(1.0, abs=1e-6)
    assert (SPACE.prior_weight(SPACE.sample(50, 1)) <= 1.0 + 1e-12).all()


def test_prior_quantiles_follow_the_prior():
    slot = SPACE.slots[SPACE.index("arcing_event")][0]
    u = np.array([slot.quantile(p) for p in np.linspace(0.005, 0.995, 199)])
    assert slot.prior == (1.0, 2.0)
    assert np.mean(u) == pytest.approx(1 / 3, abs=0.01)


def test_similarity_is_one_for_the_same_and_zero_across_families():
    a = SPACE.sample(6, 2, families=[0])
    b = SPACE.sample(6, 2, families=[1])
    assert np.allclose(SPACE.similarity(a, a), 1.0)
    assert not SPACE.similarity(a, b).any()
    assert not SPACE.similarity(a, a[:0]).any()


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({"family": "no_such"}, "unknown key"),
        ({"family": "os.system"}, "unknown key"),
        ({"family": "arcing_event", "parameters": {"gap": 9.0}}, "gap"),
        ({"family": "arcing_event", "parameters": {"colour": 1.0}}, "colour"),
        ({"family": "arcing_event", "parameters": {"gap": float("nan")}}, "gap"),
        ({"family": "arcing_event", "module": "os"}, "module"),
    ],
)
def test_bad_definitions_are_one_clear_error(definition, words):
    with pytest.raises(InputError, match=words):
        BaseScenario.from_definition(definition)


def test_a_family_refuses_a_product_without_its_physics():
    product = load_product("grid_guardian")
    with pytest.raises(InputError, match="arcs"):
        BaseScenario.from_definition(ScenarioDefinition(family="arcing_event")).validate(
            product.geometry, ("weather", "line")
        )


def test_a_definitions_id_tells_what_happens_and_not_what_it_is_called():
    one = ScenarioDefinition(family="arcing_event", parameters={"severity": 0.5, "gap": 0.01})
    same = ScenarioDefinition(family="arcing_event", parameters={"gap": 0.01, "severity": 0.5}, name="renamed")
    assert one.id == same.id and len({one.id, one.null().id, one.model_copy(update={"family": "glint"}).id}) == 3


def test_null_twin_has_no_onset_and_no_causes():
    definition = ScenarioDefinition(family="arcing_event", parameters={"severity": 1.0}).null()
    assert definition.cause is False and BaseScenario.from_definition(definition).to_definition().cause is False


@pytest.mark.parametrize("family", FAMILIES)
def test_neutral_value_is_the_absence_of_a_cause(family):
    """More severity moves causes further from neutral, where physics says so."""
    product = load_product("grid_guardian")
    low = SCENARIOS[family]({"severity": 0.05}).causes(product.geometry)
    high = SCENARIOS[family]({"severity": 0.95}).causes(product.geometry)
    assert low.keys() == high.keys()
    if family not in ("noise_hidden", "deenergised"):  # a line is off or on
        assert low != high


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("corner", [-1.0, 1.0])
def test_corners_are_exact_bounds(family, corner):
    action = np.full(SPACE.width, corner, np.float32)
    action[: SPACE.n_families] = -1.0
    action[SPACE.index(family)] = 1.0
    definition = SPACE.decode(action)
    for slot in slots_of(SCENARIOS[family].Parameters):
        assert definition.parameters[slot.name] == (slot.low if corner < 0 else slot.high)
    assert SPACE.decode(SPACE.encode(definition)) == definition
