"""ScenarioSpace: neighbourhoods, designs, conditions, dependent bounds; templates and plug-ins."""

import sys
import types
from importlib.metadata import EntryPoint, EntryPoints
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gg_gym.errors import InputError
from gg_gym.products import load_product
from gg_gym.scenarios import SCENARIOS, BaseScenario, ScenarioSpace, ScenarioTemplate, SharedParameters, parameter
from gg_gym.scenarios.circumstances import CONDITIONS, Condition, circumstances
from gg_gym.scenarios.plugins import load_plugins
from gg_gym.scenarios.steering import coordinates_of, moved
from gg_gym.scenarios.templates import missing, offered
from gg_gym.scenarios.where import places_of

PRODUCT = load_product("grid_guardian")
SPACE = ScenarioSpace(("baseline_operation", "diurnal_cycle", "arcing_event", "early_combustion", "vehicle_exhaust"))
ARC, FIRE = SPACE.index("arcing_event"), SPACE.index("early_combustion")
FAST = settings(max_examples=25, deadline=None)


class Kettle(BaseScenario):
    """A family whose second parameter may not exceed the first."""

    class Parameters(SharedParameters):
        """Heat, and the part of it that leaks."""

        heat: float = parameter(10.0, 1.0, 100.0, "W", "heat", scale="log")
        leak: float = parameter(5.0, 0.5, 100.0, "W", "part that leaks", scale="log", steerable=True)

        limits: ClassVar = {"leak": lambda earlier: (0.5, earlier["heat"])}

    key, title, category = "test_kettle", "Kettle", "normal"

    def causes(self, geometry):
        """Nothing."""
        return {}


class Glance(Kettle):
    """Something that only a radar sees at wood."""

    key = "test_glance"
    places = ("wood",)
    sensors = ("radar",)


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The families of this file, gone when its tests are."""
    before = dict(SCENARIOS._entries)
    for family in (Kettle, Glance):
        SCENARIOS.add(family.key, family)
    yield
    SCENARIOS._entries.clear()
    SCENARIOS._entries.update(before)


@FAST
@given(arrays(np.float32, 12, elements=st.floats(width=32, allow_nan=True, allow_infinity=True)))
def test_bounds_that_depend_on_earlier_values_stay_total(action):
    kettles = ScenarioSpace(("test_kettle", "test_kettle+test_kettle"))
    assert kettles.width == len(action)
    definition = kettles.decode(action)
    values = definition.parameters
    assert values["leak"] <= values["heat"] and values.get("leak_2", 0.0) <= values.get("heat_2", 0.0)
    assert kettles.decode(kettles.encode(definition)) == definition
    assert BaseScenario.from_definition(definition).to_definition() == definition
    there = moved(definition, np.ones(len(coordinates_of(definition))))
    assert BaseScenario.from_definition(there).parameters.leak <= values["heat"]


def test_a_value_beyond_a_dependent_bound_is_refused_and_a_default_follows_it():
    assert SCENARIOS["test_kettle"]({"heat": 2.0}).parameters.leak == pytest.approx(2.0, rel=1e-5)
    with pytest.raises(InputError, match="leak"):
        SCENARIOS["test_kettle"]({"heat": 2.0, "leak": 3.0})


@FAST
@given(st.integers(0, 2**32), st.floats(0.01, 1.0))
def test_a_neighbourhood_keeps_the_family_and_the_distance(seed, radius):
    centre = SPACE.sample(1, seed)[0]
    near = SPACE.around(centre, radius, 20, seed)
    assert (SPACE.family_of(near) == SPACE.family_of(centre[None])).all()
    used = len(SPACE.slots[SPACE.family_of(centre[None])[0]])
    u, u0 = SPACE.coordinates(near)[:, :used], SPACE.coordinates(centre[None])[:, :used]
    assert (np.abs(u - u0) <= radius + 1e-6).all() and (u >= 0).all() and (u <= 1).all()
    assert np.array_equal(near[:7], SPACE.around(centre, radius, 7, seed))


def test_a_neighbourhood_of_radius_zero_is_refused():
    with pytest.raises(InputError, match="radius"):
        SPACE.around(SPACE.sample(1, 0)[0], 0.0, 3, 0)


@pytest.mark.parametrize("kind", ["latin", "sobol"])
@pytest.mark.parametrize("prior", [True, False])
def test_a_design_is_seeded_and_fills_evenly(kind, prior):
    n = 64 * SPACE.n_families
    a = SPACE.design(kind, n, 5, prior=prior)
    assert np.array_equal(a, SPACE.design(kind, n, 5, prior=prior))
    assert not np.array_equal(a, SPACE.design(kind, n, 6, prior=prior))
    assert (np.bincount(SPACE.family_of(a)) == 64).all()
    if not prior:
        u = SPACE.coordinates(a[SPACE.family_of(a) == ARC])[:, : len(SPACE.slots[ARC])]
        counts = np.stack([np.histogram(u[:, j], bins=16, range=(0, 1))[0] for j in range(u.shape[1])])
        assert (counts == 4).all(), "every sixteenth of every coordinate holds as many"


def test_a_latin_design_has_the_prior_s_quantiles():
    a = SPACE.design("latin", 200, 3, families=[ARC])
    u = np.sort(SPACE.coordinates(a)[:, 0])
    exact = [SPACE.slots[ARC][0].quantile((i + 0.5) / 200) for i in range(200)]
    assert np.abs(u - exact).max() < 0.05


@pytest.mark.parametrize(("kind", "n", "families"), [("grid", 5, None), ("latin", 0, None), ("latin", 5, [])])
def test_designs_that_cannot_be_are_refused(kind, n, families):
    with pytest.raises(InputError, match="design"):
        SPACE.design(kind, n, 0, families)


def test_fog_at_the_king_bolt():
    found = SPACE.draw(12, 3, PRODUCT, "fog and king_bolt")
    c = circumstances(PRODUCT, found.conditions)
    assert (c.temperature - c.dew_point < 1.0).all() and 0.0 < found.acceptance < 0.1
    for definition in found.definitions:
        assert "king_bolt" in places_of(BaseScenario.from_definition(definition), PRODUCT)
    few = SPACE.draw(5, 3, PRODUCT, "fog and king_bolt")
    assert np.array_equal(few.seeds, found.seeds[:5]) and few.definitions == found.definitions[:5]
    assert np.array_equal(PRODUCT.draw(found.seeds).hour, found.conditions.hour)


def test_a_coast_is_where_the_partition_has_one():
    found = SPACE.draw(6, 1, PRODUCT, "coast and severity >= 0.7", "heldout_site", families=[ARC, FIRE])
    assert all(PRODUCT.sites[i].key == "sand_point" for i in found.conditions.site)
    assert [d.family for d in found.definitions] == ["arcing_event", "early_combustion"] * 3
    assert all(d.parameters["severity"] >= 0.7 for d in found.definitions)


def test_conditions_combine_as_their_words_say():
    either = SPACE.draw(30, 2, PRODUCT, "(rain or not winter) and wind_speed < 5 and not arcing_event")
    c = circumstances(PRODUCT, either.conditions)
    assert (((c.rain > 0.1) | (c.season != 0)) & (c.wind_speed < 5.0)).all()
    assert "arcing_event" not in {d.family for d in either.definitions}


def test_a_condition_of_ones_own(monkeypatch):
    severe = Condition("severity above 0.9", shown=lambda s, p: s.parameters.severity > 0.9)
    monkeypatch.setitem(CONDITIONS._entries, "test_severe", severe)
    found = SPACE.draw(3, 2, PRODUCT, "test_severe and fire")
    assert all(d.parameters["severity"] > 0.9 and d.family == "early_combustion" for d in found.definitions)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("coast", "coast: 0 of"),
        ("severity > 2", "left 3 rows open"),
        ("king_bolt and arcing_event", "left 3 rows open"),
        ("mist", "unknown condition 'mist'"),
        ("sevrity > 0.5", "unknown number 'sevrity'"),
        ("0.5 < severity", "NAME < NUMBER"),
        ("severity > load", "NAME < NUMBER"),
        ("fog +", "names joined"),
        ("__import__('os')", "cannot read"),
        ("(" * 500, "names joined"),
        ("", "names joined"),
    ],
)
def test_conditions_that_cannot_be_are_one_clear_error(where, words):
    with pytest.raises(InputError) as error:
        SPACE.draw(3, 0, PRODUCT, where)
    assert words in str(error.value)


def test_a_template_becomes_a_scenario_and_its_null_twin():
    template = ScenarioTemplate("arcing_event", {"gap": 0.02, "severity": 0.2}, "cutout")
    scenario = template.instantiate("grid_guardian", {"severity": 0.8})
    assert scenario.parameters.severity == pytest.approx(0.8, abs=1e-5)
    assert scenario.parameters.gap == pytest.approx(0.02, rel=1e-5) and scenario.name == "cutout"
    assert not template.instantiate("grid_guardian", cause=False).cause
    assert BaseScenario.from_definition(template.definition("grid_guardian")).to_definition().name == "cutout"


def bare():
    """A product without arcs and wood places."""
    plain = PRODUCT.model_dump()
    plain["pole"]["places"].pop("wood")
    return PRODUCT.replace(
        pole=plain["pole"], physics=tuple(m for m in PRODUCT.physics if m != "arcs"),
        families=("baseline_operation",),
    )  # fmt: skip


def test_a_product_that_lacks_something_is_refused_by_name():
    with pytest.raises(InputError, match=r"physics: arcs") as error:
        ScenarioTemplate("arcing_event").instantiate(bare())
    assert "baseline_operation" in str(error.value)
    assert "arcing_event" not in offered(bare()) and "arcing_event" in offered(PRODUCT)
    with pytest.raises(InputError, match="arcs"):
        ScenarioTemplate("baseline_operation+arcing_event").instantiate(bare())
    with pytest.raises(InputError, match="place"):
        ScenarioTemplate("early_combustion").instantiate(bare())


def test_places_and_sensors_are_needs_too():
    assert missing("test_glance", bare()) == {"places": ["wood"], "sensors": ["radar"]}
    assert missing("test_glance", PRODUCT) == {"sensors": ["radar"]} and not missing("test_kettle", PRODUCT)
    with pytest.raises(InputError, match=r"places: wood; sensors: radar"):
        ScenarioTemplate("test_glance").instantiate(bare())
    with pytest.raises(InputError, match="places of kind"):
        Glance().validate(bare().geometry, bare().physics)


@pytest.fixture
def installed(monkeypatch):
    """Two packages that offer families: one sound, one that does not load."""
    module = types.ModuleType("gg_gym_test_plugin")

    class Guest(Kettle):
        """A family of another package."""

        key, title = "test_guest", "Guest"

    module.Guest = Guest  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gg_gym_test_plugin", module)
    entries = EntryPoints(
        [
            EntryPoint("guest", "gg_gym_test_plugin:Guest", "gg_gym.scenarios"),
            EntryPoint("broken", "gg_gym_test_plugin:Missing", "gg_gym.scenarios"),
        ]
    )
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: entries.select(group=group))


def test_plug_ins_load_only_when_they_are_named(installed, monkeypatch):
    monkeypatch.delenv("GG_GYM_PLUGINS", raising=False)
    assert load_plugins() == () and "test_guest" not in SCENARIOS
    with pytest.raises(InputError, match="unknown key"):
        BaseScenario.from_definition({"family": "gg_gym_test_plugin:Guest"})
    monkeypatch.setenv("GG_GYM_PLUGINS", " guest ,")
    assert load_plugins() == ("test_guest",) and SCENARIOS["test_guest"].title == "Guest"
    assert load_plugins() == ()


@pytest.mark.parametrize(("name", "words"), [("nobody", "broken, guest"), ("broken", "does not load")])
def test_a_plug_in_that_is_not_there_is_one_clear_error(installed, name, words):
    with pytest.raises(InputError, match=words):
        load_plugins([name])
