"""The store on both databases: what goes in comes out, versions, history, searches."""

import json
import math

import pytest
import sqlalchemy as sa

from gg_gym.errors import InputError
from gg_gym.records.run import canonical_json, digest
from gg_gym.repository import ConflictError, Draft, Origin, Query, StoreError, Where
from gg_gym.repository.content import complete, read
from gg_gym.repository.models import definitions
from gg_gym.scenarios import SCENARIOS, ScenarioDefinition, ScenarioSpace, SharedParameters, parameter
from gg_gym.scenarios.base import BaseScenario

FAMILIES = tuple(SCENARIOS)
ORIGIN = Origin("ada", "a reason", ("spot-2", "spot-1"))


def drawn(n, seed=1):
    space = ScenarioSpace(FAMILIES)
    return [space.decode(a) for a in space.sample(n, seed, families=range(len(FAMILIES)))]


def bits(values):
    return {name: value.hex() for name, value in values.items()}


def test_every_family_comes_back_bit_for_bit(repository):
    given = [complete(d) for d in drawn(3 * len(FAMILIES))] + [complete(drawn(1)[0].null())]
    saved = repository.save_many([Draft(d, tags=("x", "a", "x")) for d in given])
    for definition, stored in zip(given, saved, strict=True):
        found = repository.get_scenario_by_id(stored.scenario_id)
        assert found == stored
        assert found.definition == definition
        assert bits(found.definition.parameters) == bits(definition.parameters)
        assert found.tags == ("a", "x") and found.version == 1
        assert found.created_at.utcoffset().total_seconds() == 0
        assert found.scenario().to_definition() == definition


def test_a_superposition_has_the_labels_of_its_parts(repository):
    pair = next(
        f"{a}+{b}" for a in FAMILIES for b in FAMILIES
        if SCENARIOS[a].event != SCENARIOS[b].event and "normal" not in (SCENARIOS[a].event, SCENARIOS[b].event)
    )  # fmt: skip
    stored = repository.save_scenario_definition({"family": pair})
    assert set(stored.labels) == {SCENARIOS[key].event for key in pair.split("+")}
    for label in stored.labels:
        assert repository.get_scenarios_by_class_label(label).items == (stored,)
    assert repository.get_scenarios_by_category("combination").items == (stored,)


def test_the_hash_is_of_the_canonical_json_and_not_of_what_the_database_returns(repository):
    stored = repository.save_scenario_definition(drawn(1)[0])
    revision = repository.history(stored.scenario_id)[0]
    assert stored.content_sha256 == revision.content_sha256 == digest(canonical_json(revision.content))
    with repository.database.engine.begin() as connection:
        connection.execute(sa.update(definitions).values(specific_params={"severity": 7.0}))
    assert repository.get_scenario_by_id(stored.scenario_id) == stored
    damaged = revision.content | {"name": "forged"}
    with repository.database.engine.begin() as connection:
        connection.execute(sa.update(definitions).values(content=canonical_json(damaged)))
    with pytest.raises(StoreError, match="damaged"):
        repository.get_scenario_by_id(stored.scenario_id)


def test_updates_need_the_version_they_were_made_from(repository):
    first = repository.save_scenario_definition({"family": "arcing_event", "parameters": {"severity": 0.25}})
    second = repository.update_scenario_definition(
        first.scenario_id, 1, {"parameters": {"severity": 0.75}, "tags": ["new"], "name": "louder"}, origin=ORIGIN
    )
    assert second.version == 2 and second.tags == ("new",) and second.name == "louder"
    assert second.definition.parameters == {**first.definition.parameters, "severity": 0.75}
    assert repository.get_scenario_by_id(first.scenario_id) == second
    with pytest.raises(ConflictError, match=r"from version 1, version 2 is stored") as caught:
        repository.update_scenario_definition(first.scenario_id, 1, {"name": "lost"})
    assert (caught.value.expected, caught.value.found) == (1, 2)
    assert repository.get_scenario_by_id(first.scenario_id) == second
    for changes, word in (({"family": "x"}, "unknown family"), ({"parameters": {"severity": 7}}, "severity")):
        with pytest.raises(InputError, match=word):
            repository.update_scenario_definition(first.scenario_id, 2, changes)
    assert len(repository.history(first.scenario_id)) == 2


def test_the_history_is_whole_and_append_only(repository):
    first = repository.save_scenario_definition({"family": "arcing_event"}, origin=Origin("bob"))
    repository.change(first.scenario_id, lambda s: {"name": f"{s.version}"}, origin=ORIGIN)
    one, two = repository.history(first.scenario_id)
    assert (one.action, one.author, two.action, two.author) == ("save", "bob", "update", "ada")
    assert (two.reason, two.weak_spot_ids) == ("a reason", ("spot-1", "spot-2"))
    assert (one.content["name"], two.content["name"]) == ("", "1")
    assert repository.find(Query(weak_spot="spot-1")).items[0].scenario_id == first.scenario_id
    for statement in ("UPDATE {} SET version = 9", "DELETE FROM {}"):
        for table in ("scenario_history", "scenario_origins"):
            name = table if repository.database.sqlite else f"simulation.{table}"
            with pytest.raises(sa.exc.DBAPIError, match="append-only"), repository.database.engine.begin() as c:
                c.exec_driver_sql(statement.format(name))
    with pytest.raises(InputError, match="never deleted"):
        repository.delete(first.scenario_id)


def test_archived_ones_are_found_only_when_asked_for(repository):
    stored = repository.save_scenario_definition({"family": "arcing_event"})
    archived = repository.archive(stored.scenario_id)
    assert archived.version == 2 and repository.history(stored.scenario_id)[1].action == "archive"
    assert repository.find().items == ()
    assert repository.find(Query(archived=True)).items == (archived,)


def test_variations_know_their_parent(repository):
    parent = repository.save_scenario_definition({"family": "arcing_event"}, origin=ORIGIN)
    child = repository.create_scenario_variation(
        parent.scenario_id, {"parameters": {"severity": 1.0}, "name": "worst"}, origin=ORIGIN
    )
    assert (child.parent_id, child.parent_version, child.version) == (parent.scenario_id, 1, 1)
    assert child.definition.parameters == {**parent.definition.parameters, "severity": 1.0}
    assert repository.get_scenario_by_id(child.scenario_id) == child
    assert repository.history(child.scenario_id)[0].action == "variation"
    assert repository.get_scenario_by_id(parent.scenario_id) == parent


def test_searches_combine(repository):
    saved = repository.save_many(
        [
            Draft(d, description=text, tags=tags)
            for d, text, tags in zip(
                drawn(4), ("Überschlag at the crossarm", "a crossarm smoulders", "Nothing", "x"),
                (("coast", "fog"), ("coast",), (), ("fog",)), strict=True,
            )
        ]
    )  # fmt: skip
    a, b, _, e = saved

    def found(**query):
        return repository.find(Query(**query)).items

    assert found(tags=("coast",)) == (a, b) and found(tags=("coast", "fog")) == (a,) and found(tags=("fog",)) == (a, e)
    assert found(text="CROSS") == (a, b) and found(text="überschlag cross") == (a,)
    assert found(text="ssarm") == () and found(text="coast") == (a, b)
    assert found(family=a.definition.family)[0] == a
    for operator, law in (("<", float.__lt__), (">=", float.__ge__), ("!=", float.__ne__), ("=", float.__eq__)):
        pivot = b.definition.parameters["severity"]
        expected = tuple(s for s in saved if law(s.definition.parameters["severity"], pivot))
        assert found(where=(Where("severity", operator, pivot),)) == expected
    for bad in ({"text": "!?"}, {"text": "a\0"}, {"tags": ("\ud800",)}):
        with pytest.raises(InputError):
            found(**bad)
    repository.update_scenario_definition(b.scenario_id, 1, {"description": "all quiet", "tags": []})
    assert found(text="crossarm") == (a,) and found(tags=("coast",)) == (a,)
    assert found(text="quiet")[0].scenario_id == b.scenario_id


@pytest.mark.parametrize("text", ["'", '"', "a OR b", "x' | 'y", "a*", "NEAR(", ":*", "a & !b", "\\", "%"])
def test_a_search_text_is_never_syntax(repository, text):
    try:
        assert repository.find(Query(text=text)).items == ()
    except InputError as error:
        assert "no word" in str(error)


def test_pages_give_everything_once_in_order(repository):
    saved = repository.save_many([Draft(d) for d in drawn(23)])
    assert list(repository.iterate(page=5)) == saved
    page = repository.find(limit=10)
    assert page.items == tuple(saved[:10])
    repository.save_scenario_definition(drawn(1)[0])
    assert repository.find(limit=13, after=page.after).items == tuple(saved[10:])
    for limit, after in ((0, None), (1001, None), (5, "x"), (5, "%%%"), (5, "\ud800")):
        with pytest.raises(InputError):
            repository.find(limit=limit, after=after)


@pytest.mark.parametrize("text", ["severity", "severity>", ">1", "severity>nan", "sevrity>0.5", "severity=>1"])
def test_conditions_that_are_none_are_refused(text):
    with pytest.raises(InputError):
        Where.parse(text)


def test_conditions_in_words():
    assert Where.parse(" severity >= 1e-3 ") == Where("severity", ">=", 1e-3)
    assert Where.parse("severity_2<0.5").name == "severity_2"


class WideParameters(SharedParameters):
    amount: float = parameter(-0.0, -0.0, 1e22, "1", "a wide one")


class Wide(BaseScenario):
    key = "test_wide"
    title = "Wide"
    category = "normal"
    description = "Bounds that JSON columns change."
    Parameters = WideParameters

    def causes(self, geometry):
        return {}


@pytest.fixture
def wide():
    SCENARIOS.add("test_wide", Wide)
    yield "test_wide"
    del SCENARIOS._entries["test_wide"]


@pytest.mark.parametrize("value", [-0.0, 1e22, 5e21])
def test_numbers_that_json_columns_change_survive(repository, wide, value):
    stored = repository.save_scenario_definition({"family": wide, "parameters": {"amount": value}})
    expected = complete(ScenarioDefinition(family=wide, parameters={"amount": value})).parameters["amount"]
    found = repository.get_scenario_by_id(stored.scenario_id)
    assert found.definition.parameters["amount"].hex() == expected.hex()
    if value != 5e21:
        assert expected.hex() == value.hex()
    assert found.content_sha256 == stored.content_sha256


REFUSED = {
    "nan": {"parameters": {"severity": math.nan}},
    "inf": {"parameters": {"severity": math.inf}},
    "bounds": {"parameters": {"severity": 1e22}},
    "huge": {"parameters": {"severity": 10**400}},
    "nul": {"name": "a\0b"},
    "surrogate": {"name": "a\ud800"},
    "nul in a key": {"parameters": {"a\0": 1.0}},
    "family": {"family": "os.system"},
    "module": {"scenario_class_module": "antigravity"},
    "long": {"name": "x" * 201},
}


@pytest.mark.parametrize("bad", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_kept_is_refused_before_anything_is_written(repository, bad):
    with pytest.raises(InputError):
        repository.save_scenario_definition({"family": "arcing_event", **bad})
    assert repository.find(Query(archived=True)).items == ()


@pytest.mark.parametrize(
    "bad",
    [{"description": "\0"}, {"description": "\udfff"}, {"tags": ("\0",)}, {"tags": ("",)}, {"tags": "abc"},
     {"tags": tuple(map(str, range(51)))}, {"expected_duration_seconds": math.nan},
     {"expected_duration_seconds": -0.0}, {"scenario_id": "1"}],
    ids=str,
)  # fmt: skip
def test_what_people_say_is_checked_too(repository, bad):
    good = drawn(1)[0]
    with pytest.raises(InputError):
        repository.save_many([Draft(good), Draft(good, **bad)])
    with pytest.raises(InputError):
        repository.save_scenario_definition(good, origin=Origin(author="\0"))
    assert repository.find(Query(archived=True)).items == ()


ODD = ["\x01\x7f\x85", "\U0001d49c🦉\u2028", "a\r\n\tb", " ", "'); DROP TABLE x; --", "\ufeff\ufffe"]


@pytest.mark.parametrize("text", ODD)
def test_odd_text_survives(repository, text):
    stored = repository.save_scenario_definition(Draft(drawn(1)[0].model_copy(update={"name": text}), description=text))
    found = repository.get_scenario_by_id(stored.scenario_id)
    assert (found.name, found.description) == (text, text)


def test_an_id_is_taken_once(repository):
    stored = repository.save_scenario_definition(drawn(1)[0])
    with pytest.raises(InputError, match="taken"):
        repository.save_scenario_definition(Draft(drawn(1)[0], scenario_id=stored.scenario_id))
    with pytest.raises(InputError, match="not in the store"):
        repository.get_scenario_by_id("00000000-0000-0000-0000-000000000000")
    with pytest.raises(InputError, match="a UUID"):
        repository.get_scenario_by_id("1' OR '1'='1")


def test_what_other_programs_see_is_the_plans_table(repository):
    stored = repository.save_scenario_definition(Draft(complete(drawn(1)[0]), tags=("t",)))
    name = "scenario_definitions" if repository.database.sqlite else "simulation.scenario_definitions"
    with repository.database.engine.connect() as connection:
        row = connection.exec_driver_sql(f"SELECT * FROM {name}").mappings().one()
    params = row["specific_params"]
    assert (json.loads(params) if isinstance(params, str) else params) == stored.definition.parameters
    assert row["scenario_class_module"] == "gg_gym.scenarios"
    assert row["scenario_class_name"] == stored.definition.family and row["version"] == 1
    assert read(row["content"])["tags"] == ["t"]
