import io
import json

import avro.schema
import fastavro
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from gg_gym.errors import InputError
from gg_gym.records import schema


def nodes(node):
    yield node
    if isinstance(node, dict):
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def test_the_lock_file_matches_the_schemas():
    """A changed schema needs a new version and a new lock: ``schema.LOCK`` holds ``schema.lock()`` as JSON."""
    assert json.loads(schema.LOCK.read_text()) == schema.lock()


@pytest.mark.parametrize("name", schema.names())
def test_every_schema_has_an_example_that_conforms(name):
    parsed = schema.load(name)
    text = (schema.FOLDER / "examples" / f"{name}.json").read_text()
    (record,) = fastavro.json_reader(io.StringIO(json.dumps(json.loads(text))), parsed)
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, parsed, record, strict=True)
    again = io.StringIO()
    buffer.seek(0)
    fastavro.json_writer(again, parsed, [fastavro.schemaless_reader(buffer, parsed, None, return_record_name=True)])
    assert json.loads(again.getvalue()) == json.loads(text)


@pytest.mark.parametrize("name", schema.names())
def test_every_field_is_documented_and_every_number_has_a_unit(name):
    for node in nodes(json.loads((schema.FOLDER / f"{name}.avsc").read_text())):
        if isinstance(node, dict) and "name" in node and "type" in node and name not in ("RewardTerm",):
            if node["type"] in ("record", "fixed") or node["name"] in ("name", "value"):
                continue
            assert node.get("doc") or name == "UniversalSensorReading", node
            if node["type"] in ("int", "float", "double") and "doc" in node:
                assert node.get("unit"), node


@pytest.mark.parametrize("name", schema.STORAGE)
def test_storage_schemas_have_no_maps_and_only_optional_unions(name):
    source = json.loads((schema.FOLDER / f"{name}.avsc").read_text())
    for node in nodes(source):
        if isinstance(node, dict):
            assert node.get("type") != "map"
            if isinstance(node.get("type"), list):
                assert node["type"][0] == "null"
                assert len(node["type"]) == 2


def earlier():
    return sorted((schema.FOLDER / "history").glob("*.avsc"))


@pytest.mark.parametrize("path", earlier(), ids=lambda p: p.stem)
def test_schemas_are_compatible_with_every_earlier_version(path):
    name = path.stem.split("-")[0]
    old, new = avro.schema.parse(path.read_text()), avro.schema.parse((schema.FOLDER / f"{name}.avsc").read_text())
    check = ReaderWriterCompatibilityChecker()
    for reader, writer in ((old, new), (new, old)):
        assert check.get_compatibility(reader, writer).compatibility is SchemaCompatibilityType.compatible


def test_the_current_version_of_a_storage_schema_is_kept():
    for name in schema.STORAGE:
        kept = schema.FOLDER / "history" / f"{name}-{schema.known(name)['version']}.avsc"
        assert json.loads(kept.read_text()) == json.loads((schema.FOLDER / f"{name}.avsc").read_text())


def test_a_changed_unit_changes_only_the_semantic_fingerprint():
    source = json.loads((schema.FOLDER / "RunRecord.avsc").read_text())
    before = schema.fingerprints(source)
    next(f for f in source["fields"] if f["name"] == "hour")["unit"] = "s"
    after = schema.fingerprints(source)
    assert after["wire"] == before["wire"]
    assert after["semantic"] != before["semantic"]
    source["doc"] = "other words"
    assert schema.fingerprints(source) == after


def test_an_unknown_schema_is_refused():
    with pytest.raises(InputError, match="unknown name"):
        schema.load("../secret")
