"""Superpositions and their course: causes go together, each part in its own time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.errors import InputError
from gg_gym.physics.causes import MERGE, NEUTRAL, neutral_causes
from gg_gym.products import load_product
from gg_gym.scenarios import SCENARIOS, BaseScenario, ScenarioDefinition, ScenarioSpace
from gg_gym.scenarios.course import Course
from gg_gym.twin import Twin

PRODUCT = load_product("grid_guardian").replace(
    operation={"dt": 10.0, "samples": 64, "frame_every": 8, "spin_up_hours": 2, "lead_in": 600}
)
FIRE_AND_CAR = "early_combustion+vehicle_exhaust"


def _course(*scenarios: BaseScenario) -> Course:
    course = Course(len(scenarios))
    for row, scenario in enumerate(scenarios):
        course.place(row, scenario, PRODUCT.geometry, 640.0, 3600.0)
    return course


def test_neutral_values_are_neutral_under_their_merge():
    for key, merge in MERGE.items():
        assert {"sum": 0.0, "product": 1.0}.get(merge, NEUTRAL[key]) == NEUTRAL[key], key


def test_each_part_acts_in_its_own_time():
    scenario = SCENARIOS[FIRE_AND_CAR]({"phase": 0.5, "phase_2": 0.0, "severity": 0.7, "severity_2": 0.6})
    course = _course(scenario)
    early = course.between(np.array([100.0]), np.array([110.0]))
    assert early is not None and early["leak_power"][0] > 0 and early["exhaust_fuel"][0] == 0
    assert course.between(np.array([110.0]), np.array([120.0])) is None
    late = course.between(np.array([620.0]), np.array([630.0]))
    assert late is not None and late["leak_power"][0] > 0 and late["exhaust_fuel"][0] > 0
    assert course.onset[0] == pytest.approx(0.0)


def test_sums_add_and_products_multiply():
    one, two = {"load_swing": 1.5, "severity": 0.5}, 0.5
    scenario = SCENARIOS["diurnal_cycle+baseline_operation"]({**one, "severity_2": two})
    merged = scenario.causes(PRODUCT.geometry)
    assert merged["load_factor"] == pytest.approx(1.5 * (0.5 + two), rel=1e-4)


def test_a_row_beside_a_superposition_keeps_its_causes_bit_for_bit():
    alone = SCENARIOS["arcing_event"]({"phase": 0.7})
    both = _course(alone, SCENARIOS[FIRE_AND_CAR]({"phase": 0.7, "phase_2": 0.8}))
    single = _course(alone)
    t = np.array([-500.0])
    mixed, own = both.between(np.repeat(t, 2), np.repeat(t, 2) + 10), single.between(t, t + 10)
    assert mixed is not None and own is not None
    assert all(mixed[key][0] == own[key][0] for key in NEUTRAL)
    assert both.take(np.array([1])).onset[0] == both.onset[1]


def test_what_exists_once_cannot_have_two_values():
    scenario = SCENARIOS["arcing_event+arcing_event"]({"gap": 0.01, "gap_2": 0.02})
    with pytest.raises(InputError, match="arc_gap"):
        scenario.validate(PRODUCT.geometry, PRODUCT.physics)
    with pytest.raises(InputError, match="at most"):
        SCENARIOS["+".join(["baseline_operation"] * 5)]
    with pytest.raises(InputError, match="nothing_here"):
        SCENARIOS["arcing_event+nothing_here"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([FIRE_AND_CAR, "diurnal_cycle+arcing_event", "baseline_operation"]))
def test_superpositions_live_in_the_space_like_any_family(seed, family):
    space = ScenarioSpace((family, "arcing_event"))
    action = space.sample(1, seed, families=[0])[0]
    definition = space.decode(action)
    assert definition.family == family and space.decode(space.encode(definition)) == definition
    assert BaseScenario.from_definition(definition).to_definition() == definition


def test_a_superposition_shows_both_events_and_says_so():
    twin = Twin(PRODUCT, thermal=False)
    values = {"severity": 0.9, "phase": 0.5, "severity_2": 0.9, "phase_2": 0.5, "gap": 0.02}
    definition = ScenarioDefinition(family="arcing_event+vehicle_exhaust", parameters=values)
    runs = twin.run(twin.draw(np.arange(6)), [definition, definition.null()] * 3)
    came = np.isfinite(runs.onset)[::2]
    assert (runs.labels["event_class"][::2][came] == 1).any() and not runs.labels["event_class"][1::2].any()
    assert ((runs.labels["contributing"][::2] & 0b10) > 0).any()
    assert (runs.labels["sub_class"] > 0).astype(bool).tolist() == (runs.labels["event_class"] > 0).tolist()
    confidence = runs.labels["confidence"]
    assert confidence.min() > 0.0 and confidence.max() == 1.0


def test_the_end_of_a_cause():
    course = _course(SCENARIOS["vehicle_exhaust"]({"phase": 0.5}))
    course.layers[0].end[:] = 50.0
    assert course.between(np.array([40.0]), np.array([60.0]))["exhaust_fuel"][0] > 0  # type: ignore[index]
    gone = course.between(np.array([60.0]), np.array([70.0]))
    assert gone is not None and all((gone[k] == v).all() for k, v in neutral_causes(1).items())
