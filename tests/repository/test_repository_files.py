"""YAML, Avro and both databases hand definitions on without loss; files are refused whole or taken whole."""

import math
import sys

import fastavro
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records.export import dump, parse
from gg_gym.repository import Draft, SQLScenarioRepository
from gg_gym.repository.content import checked_text, content_of
from gg_gym.repository.files import import_drafts, read_file, to_record, write_avro, write_yaml
from gg_gym.scenarios import SCENARIOS, ScenarioDefinition, ScenarioSpace

FAMILIES = tuple(SCENARIOS)
WRITERS = {"yaml": write_yaml, "avro": write_avro}


def drafts():
    space = ScenarioSpace(FAMILIES)
    named = [space.decode(a) for a in space.sample(2 * len(FAMILIES), 3, families=range(len(FAMILIES)))]
    extra = [named[0].null(), named[1].model_copy(update={"name": "yes: 1e3 #\n\x85é"})]
    return [Draft(d, tags=("a b", "null", "1"), description="no") for d in [*named, *extra]]


@pytest.mark.parametrize("form", WRITERS)
def test_every_family_goes_through_a_file_into_another_store(repository, tmp_path, form):
    saved = repository.save_many(drafts())
    path = tmp_path / f"out.{form}"
    assert WRITERS[form](path, repository.iterate()) == len(saved)
    first = path.read_bytes()
    with SQLScenarioRepository(tmp_path / "other.db") as other:
        read = read_file(path)
        assert len(import_drafts(other, read).new) == len(saved)
        for stored in saved:
            found = other.get_scenario_by_id(stored.scenario_id)
            assert found.definition == stored.definition
            assert found.content_sha256 == stored.content_sha256
            hexes = [v.hex() for v in found.definition.parameters.values()]
            assert hexes == [v.hex() for v in stored.definition.parameters.values()]
        assert WRITERS[form](path, other.iterate()) == len(saved)
    assert path.read_bytes() == first
    assert not list(tmp_path.glob(".*.partial"))


def test_an_import_changes_what_differs_and_nothing_else(repository, tmp_path):
    one, two, three = repository.save_many(drafts()[:3])
    path = tmp_path / "s.yaml"
    write_yaml(path, repository.iterate())
    document = yaml.safe_load(path.read_text())
    document["scenarios"][1]["description"] = "said otherwise"
    del document["scenarios"][2]["id"]
    path.write_text(yaml.safe_dump(document))
    done = import_drafts(repository, read_file(path))
    assert (len(done.new), done.changed, done.same) == (1, (two.scenario_id,), (one.scenario_id,))
    assert repository.get_scenario_by_id(two.scenario_id).description == "said otherwise"
    assert [r.action for r in repository.history(two.scenario_id)] == ["save", "import"]
    assert repository.get_scenario_by_id(three.scenario_id) == three


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=20), max_size=4))
def test_any_text_that_is_accepted_comes_back_from_both_forms(tmp_path_factory, name, tags):
    folder = tmp_path_factory.mktemp("text")
    draft = Draft(ScenarioDefinition(family="arcing_event", name=name), tags=tags, description=name)
    try:
        content = content_of(draft)
    except InputError:
        return
    with SQLScenarioRepository(folder / "s.db") as store:
        store.save_scenario_definition(draft)
        for form, write in WRITERS.items():
            write(folder / f"s.{form}", store.iterate())
            assert [content_of(d).sha256 for d in read_file(folder / f"s.{form}")] == [content.sha256]


REFUSED = {
    "module": ("family: arcing_event\nscenario_class_module: os", "unknown keys"),
    "python": ("!!python/object/apply:os.system [ls]", "constructor"),
    "alias": ("a: &a [1]\nb: *a", "aliases"),
    "twice": ("family: arcing_event\nfamily: arcing_event", "twice"),
    "nan": ("family: arcing_event\nparameters: {severity: .nan}", "severity"),
    "text": ("family: arcing_event\nparameters: {severity: high}", "numbers"),
    "bool": ("family: arcing_event\nparameters: {severity: true}", "numbers"),
    "huge": ("family: arcing_event\nparameters: {severity: 1" + "0" * 400 + "}", "too large"),
    "range": ("- family: arcing_event\n- family: arcing_event\n  parameters: {severity: 2}", "scenario 2"),
    "nul": ('family: arcing_event\nname: "a\\0"', "U.0000"),
    "nothing": ("", "no list"),
    "number": ("7", "no list"),
    "format": ("format: other\nscenarios: []", "format"),
    "unhashable": ("? [1]\n: 2", "bad.yaml"),
    "encoding": ("family: \udcff", "utf-8"),
}


@pytest.mark.parametrize("text, word", REFUSED.values(), ids=REFUSED)
def test_bad_yaml_is_refused_with_the_files_name(tmp_path, text, word):
    path = tmp_path / "bad.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=word) as caught:
        read_file(path)
    assert str(path) in str(caught.value) and len(str(caught.value)) < 1500


def test_a_module_in_a_record_is_compared_and_never_imported(repository, tmp_path):
    record = to_record(repository.save_scenario_definition(drafts()[0]))
    forged = {**record, "scenario_class_module": "antigravity"}
    path = tmp_path / "s.avro"
    path.write_bytes(dump("ScenarioDefinition", [forged]))
    with pytest.raises(InputError, match="antigravity"):
        read_file(path)
    path.write_bytes(dump("ScenarioDefinition", [{**record, "scenario_class_name": "antigravity"}]))
    with pytest.raises(InputError, match="unknown key"):
        read_file(path)
    assert "antigravity" not in sys.modules


def test_records_of_runs_can_be_imported(repository, tmp_path):
    record = to_record(repository.save_scenario_definition(drafts()[0]))
    record = {**record, "scenario_id": "0f" * 32, "specific_params": {"severity": "0.5"}}
    (tmp_path / "s.avro").write_bytes(dump("ScenarioDefinition", [record]))
    first, second = read_file(tmp_path / "s.avro"), read_file(tmp_path / "s.avro")
    assert first[0].scenario_id == second[0].scenario_id
    assert import_drafts(repository, first).new and import_drafts(repository, second).same


@pytest.mark.parametrize("damage", [b"", b"Obj\x01", b"x" * 500, None])
def test_damaged_avro_is_named(repository, tmp_path, damage):
    repository.save_many(drafts()[:2])
    path = tmp_path / "s.avro"
    write_avro(path, repository.iterate())
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] if damage is None else damage)
    with pytest.raises((DamagedFileError, InputError), match=r"s\.avro"):
        read_file(path)


def test_the_record_follows_its_schema(repository):
    record = to_record(repository.save_scenario_definition(drafts()[0]))
    (back,) = parse("ScenarioDefinition", dump("ScenarioDefinition", [record]))
    assert back == record
    assert fastavro.__name__ and record["difficulty_level"] in ("LOW", "MEDIUM", "HIGH")


@pytest.mark.parametrize("path", ["none.yaml", "s.json", "."])
def test_files_that_are_none(tmp_path, path):
    with pytest.raises(InputError):
        read_file(tmp_path / path)


def test_texts_are_limited():
    with pytest.raises(InputError, match="at most 200"):
        checked_text("name", "x" * 201, "here")
    with pytest.raises(InputError, match="no text"):
        checked_text("name", math.pi, "here")
