"""Nuisance families: causes, several instruments at once, labels from physics, the matrix on a small sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.errors import InputError
from gg_gym.products import load_product
from gg_gym.scenarios import SCENARIOS, BaseScenario, ScenarioDefinition, ScenarioSpace
from gg_gym.scenarios.bystanders import before_camera
from gg_gym.scenarios.labels import CLASS, GRADES, sub_class_name
from gg_gym.studies import nuisances as study
from gg_gym.twin import Twin

FAMILIES = study.families_of("nuisance")
FAULTS = [*study.families_of("electrical"), *study.families_of("fire")]
WANTED = {
    "vehicle_exhaust", "idling_generator", "wood_stoves", "regional_wildfire_smoke", "dust", "solvent",
    "asphalt_paving", "fermentation", "barbecue_or_brush_burning", "fireworks", "birds_and_squirrels",
    "people_and_lineworkers",
    "hot_roofs", "glint", "lawn_mower", "impact", "sensor_fault",
}  # fmt: skip
#: Family -> instruments that its severe runs move at once (in some runs at least).
TOGETHER = {
    "idling_generator": {"voc", "acoustic", "vibration"},
    "lawn_mower": {"voc", "acoustic", "vibration", "lightning"},
    "barbecue_or_brush_burning": {"voc", "pm", "t_rh"},
    "regional_wildfire_smoke": {"voc", "pm", "solar"},
    "people_and_lineworkers": {"emf", "thermal", "vibration", "acoustic"},
    "helicopter_inspection": {"wind", "acoustic"},
    "dust_devil": {"wind", "baro"},
    "fireworks": {"pm", "acoustic"},
}


@pytest.fixture(scope="module")
def product():
    whole = study.complete(load_product("grid_guardian"), [*FAMILIES, *FAULTS])
    return whole.replace(operation={**whole.operation.model_dump(), "spin_up_hours": 2, "lead_in": 1800.0})


@pytest.fixture(scope="module")
def matrix(product):
    return study.measure(product, [*FAMILIES, *FAULTS], runs=5, seed=11)


def test_the_families_of_the_house_are_there():
    assert set(FAMILIES) >= WANTED
    for key in FAMILIES:
        family = SCENARIOS[key]
        assert family.corners and family.description and family.event in ("nuisance", "sensor_fault"), key


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(sorted(WANTED)))
def test_families_live_in_the_space_and_validate(seed, family):
    whole = study.complete(load_product("grid_guardian"), FAMILIES)
    space = ScenarioSpace((family,))
    definition = space.decode(space.sample(1, seed)[0])
    assert space.decode(space.encode(definition)) == definition
    BaseScenario.from_definition(definition).validate(whole.geometry, whole.physics)


@pytest.mark.parametrize("family", FAMILIES)
def test_corners_are_admissible_and_refuse_a_product_without_the_physics(family, product):
    for values in SCENARIOS[family].corners.values():
        SCENARIOS[family](values).validate(product.geometry, product.physics)
    if SCENARIOS[family].requires:
        with pytest.raises(InputError, match="needs physics modules"):
            SCENARIOS[family]().validate(product.geometry, ())


def test_any_nuisance_goes_with_any_fault(product):
    for fault in FAULTS:
        both = SCENARIOS[f"{fault}+lawn_mower"]()
        both.validate(product.geometry, product.physics)
        assert {"release_rate", *both.parts()[0].causes(product.geometry)} <= set(both.causes(product.geometry))


def test_places_before_the_camera_are_in_its_picture(product):
    mount = product.geometry.mount
    axis = np.subtract(mount.target, mount.position)
    for across, up in ((0, 0), (1, 1), (-1, 1), (1, -1)):
        ray = np.subtract(before_camera(product.geometry, across, up, 2.0), mount.position)
        assert np.linalg.norm(ray) == pytest.approx(2.0)
        assert ray @ axis / np.linalg.norm(axis) / 2.0 > np.cos(0.5)


def test_each_severe_family_is_labelled_as_what_it_is_and_its_null_twin_is_not(product):
    """At place 0.5 (upwind) most severe runs are labelled; the sub-class is one of the family's own class."""
    twin, n = Twin(product, thermal=False), 4
    seeds = study.daylight(product, n, 3)
    chosen = [
        d for f in FAMILIES for d in study.severe(f, n, 3, place=0.5, **({"aloft": 1.0} if "people" in f else {}))
    ]
    runs = twin.run(twin.draw(np.tile(seeds, len(FAMILIES))), chosen, truth=False)
    nulls = twin.run(twin.draw(seeds), [d.null() for d in chosen[:n]], truth=False)
    assert not nulls.labels["event_class"].any()
    for i, family in enumerate(FAMILIES):
        rows = slice(i * n, (i + 1) * n)
        events = runs.labels["event_class"][rows]
        assert set(np.unique(events)) <= {0, CLASS[SCENARIOS[family].event]}, family
        assert (events > 0).any(axis=1).mean() >= 0.5, family
        assert not runs.labels["anomaly"][rows].any()
        names = {sub_class_name(int(c)).split("/")[0] for c in np.unique(runs.labels["sub_class"][rows])}
        assert names <= {"normal", SCENARIOS[family].event}


def test_a_stronger_cause_is_labelled_more_severe(product):
    twin = Twin(product, thermal=False)
    seeds = study.daylight(product, 3, 4)
    for family in ("idling_generator", "regional_wildfire_smoke", "impact", "lawn_mower", "dust_devil"):
        rows = [ScenarioDefinition(family=family, parameters={"severity": s, "phase": 0.9}) for s in (0.3, 0.7, 1.0)]
        chosen = [d for d in rows for _ in seeds]
        severity = twin.run(twin.draw(np.tile(seeds, 3)), chosen, truth=False).labels["severity"].max(axis=1)
        assert (np.diff(severity.reshape(3, -1), axis=0) >= -1e-6).all(), family


def test_nuisance_grades_have_their_own_names():
    names = [g.sub_class for g in GRADES if g.event in ("nuisance", "sensor_fault")]
    assert len(set(names)) == len(names) >= 8


def test_one_nuisance_moves_several_instruments_at_once(matrix):
    for family, wanted in TOGETHER.items():
        assert wanted <= set(matrix.shows(family)), (family, matrix.shows(family))


def test_at_least_two_nuisances_can_alarm_each_instrument(matrix):
    short = {k: matrix.alarmed_by(k, FAMILIES) for k in matrix.instruments}
    assert all(len(found) >= 2 for found in short.values()), short


def test_a_nuisance_mimics_each_fault_family_on_two_instruments(matrix):
    """Where a fault itself shows on two instruments or more; on one alone, it is alarmed by a nuisance too."""
    for fault in FAULTS:
        own = matrix.shows(fault)
        if len(own) >= 2:
            assert matrix.mimics(fault, FAMILIES), (fault, own)
        else:
            assert all(matrix.alarmed_by(k, FAMILIES) for k in own), (fault, own)


def test_the_page_says_what_was_measured(matrix):
    text = study.page(matrix, FAMILIES, FAULTS)
    assert (all(f"| {key} |" in text for key in matrix.rows) and "0.50" in text) or "runs a row" in text
