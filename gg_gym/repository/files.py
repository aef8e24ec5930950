"""Definitions in files: YAML for people, Avro ``ScenarioDefinition`` for programs. Both come back without loss."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records.export import MAX_FILE, dump, parse
from gg_gym.records.manifest import file_errors, write_atomically
from gg_gym.records.run import canonical_json
from gg_gym.repository.base import ScenarioRepository
from gg_gym.repository.content import NAMESPACE, content_of
from gg_gym.repository.values import NOBODY, REGISTRY, Draft, Origin, StoredScenario
from gg_gym.scenarios.base import ScenarioDefinition

FORMAT = "gg-gym scenarios 1"
#: Keys of one scenario in YAML; only ``family`` must be there.
KEYS = (
    "id", "name", "family", "cause", "parameters", "description", "tags", "expected_duration_seconds", "archived",
)  # fmt: skip
#: Prefix of what an Avro definition says besides its parameters; no parameter begins so.
EXTRA = "$"
_DIFFICULTY = {"easy": "LOW", "medium": "MEDIUM", "hard": "HIGH"}
SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".avro": "avro"}


@dataclass(frozen=True)
class Imported:
    """What an import did: ids of new, changed and unchanged definitions."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]


class _Dumper(yaml.SafeDumper):
    """Plain YAML in which every text comes back: what YAML takes for a line break is escaped."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _text)


def write_yaml(path: str | Path, scenarios: Iterable[StoredScenario]) -> int:
    """Write definitions as YAML; returns their number.

    Raises:
        InputError: a place that cannot be written.
    """
    rows = [_plain(stored) for stored in scenarios]
    document = {"format": FORMAT, "scenarios": rows}
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    write_atomically(Path(path), text.encode())
    return len(rows)


def _plain(stored: StoredScenario) -> dict[str, Any]:
    definition = stored.definition
    row = {
        "id": stored.scenario_id,
        "name": definition.name,
        "family": definition.family,
        "cause": definition.cause,
        "parameters": dict(definition.parameters),
        "description": stored.description,
        "tags": list(stored.tags),
        "expected_duration_seconds": stored.expected_duration_seconds,
    }
    return row | ({"archived": True} if stored.archived else {})


def write_avro(path: str | Path, scenarios: Iterable[StoredScenario]) -> int:
    """Write definitions as ``ScenarioDefinition`` records; returns their number.

    Raises:
        InputError: a place that cannot be written.
    """
    rows = [to_record(stored) for stored in scenarios]
    write_atomically(Path(path), dump("ScenarioDefinition", rows))
    return len(rows)


def to_record(stored: StoredScenario) -> dict[str, Any]:
    """A definition as a ``ScenarioDefinition`` record; what the schema has no field for is under ``$`` keys."""
    definition = stored.definition
    extra = {"cause": definition.cause, "tags": list(stored.tags), "archived": stored.archived}
    specific = {name: canonical_json(value, name) for name, value in definition.parameters.items()}
    return {
        "scenario_class_module": REGISTRY,
        "scenario_class_name": definition.family,
        "scenario_id": stored.scenario_id,
        "name": definition.name,
        "description": stored.description,
        "category": stored.labels[0] if len(stored.labels) == 1 else stored.scenario().event,
        "difficulty_level": _DIFFICULTY.get(stored.difficulty_level, "MEDIUM"),
        "expected_duration_seconds": stored.expected_duration_seconds,
        "specific_params": specific | {EXTRA + name: canonical_json(value, name) for name, value in extra.items()},
    }


def from_record(record: Mapping[str, Any]) -> Draft:
    """The draft in a ``ScenarioDefinition`` record. Its module is compared with the registry, never imported.

    Raises:
        InputError: another registry, or values that are no JSON.
    """
    if record["scenario_class_module"] != REGISTRY:
        raise InputError("scenario_class_module", f"{record['scenario_class_module']!a:.80}", REGISTRY)
    try:
        values = {name: json.loads(text) for name, text in record["specific_params"].items()}
    except (ValueError, RecursionError) as error:
        raise InputError("specific_params", str(error), "JSON values") from None
    extra = {name[1:]: values.pop(name) for name in list(values) if name.startswith(EXTRA)}
    row = {
        "id": _uuid(record["scenario_id"]),
        "name": record["name"],
        "family": record["scenario_class_name"],
        "parameters": values,
        "description": record["description"],
        "expected_duration_seconds": record["expected_duration_seconds"],
    }
    return draft_of({**row, **extra}, "record")


def _uuid(text: str) -> str:
    """The id of a record; a derived one where it is no UUID, as in the records of runs."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid5(NAMESPACE, text))


def draft_of(row: Any, where: str) -> Draft:
    """A draft from plain data.

    Raises:
        InputError: not a mapping, an unknown key, no family, or values of the wrong kind.
    """
    if not isinstance(row, Mapping):
        raise InputError(where, f"{row!r:.60}", "a mapping with the key family")
    unknown = sorted(map(str, set(row) - set(KEYS)))
    if unknown or not isinstance(row.get("family"), str):
        what = f"unknown keys {', '.join(unknown)}" if unknown else "no family"
        raise InputError(where, what, ", ".join(KEYS))
    values, cause, name = row.get("parameters") or {}, row.get("cause", True), row.get("name") or ""
    numbers = isinstance(values, Mapping) and all(
        isinstance(key, str) and isinstance(v, int | float) and not isinstance(v, bool) for key, v in values.items()
    )
    if not numbers:
        raise InputError(f"{where}: parameters", f"{values!r:.60}", "numbers by name")
    for key, value, kind in (("cause", cause, bool), ("name", name, str), ("archived", row.get("archived", 0), int)):
        if not isinstance(value, kind):
            raise InputError(f"{where}: {key}", f"{value!r:.60}", kind.__name__)
    try:
        floats = {key: float(value) for key, value in values.items()}
    except OverflowError:
        raise InputError(f"{where}: parameters", "an integer too large for a float", "numbers by name") from None
    return Draft(
        definition=ScenarioDefinition(family=row["family"], parameters=floats, cause=cause, name=name),
        description=row.get("description") or "",
        tags=row.get("tags") or (),
        expected_duration_seconds=row.get("expected_duration_seconds"),
        archived=bool(row.get("archived", False)),
        scenario_id=row.get("id"),
    )


def read_file(path: str | Path) -> list[Draft]:
    """The drafts in a YAML or Avro file, checked.

    Raises:
        InputError: unknown suffix, no such file, too large, or content that is refused; names file and entry.
        DamagedFileError: an Avro file that cannot be parsed.
    """
    source = Path(path)
    form = SUFFIXES.get(source.suffix.lower())
    if form is None:
        raise InputError(str(source), f"suffix {source.suffix!r}", ", ".join(SUFFIXES))
    with file_errors(source):
        if source.stat().st_size > MAX_FILE:
            raise InputError(str(source), f"{source.stat().st_size} bytes", f"at most {MAX_FILE}")
        data = source.read_bytes()
    drafts = _from_yaml(data, str(source)) if form == "yaml" else _from_avro(data, str(source))
    for i, draft in enumerate(drafts):
        try:
            content_of(draft)
        except InputError as error:
            raise InputError(f"{source}: scenario {i + 1}: {error.where}", error.what, error.allowed) from None
    return drafts


def _from_avro(data: bytes, where: str) -> list[Draft]:
    try:
        return [from_record(record) for record in parse("ScenarioDefinition", data)]
    except InputError as error:
        raise InputError(f"{where}: {error.where}", error.what, error.allowed) from None
    except Exception as error:
        raise DamagedFileError(where, "record", f"{type(error).__name__}: {error}") from None


class _Loader(yaml.SafeLoader):
    """Plain YAML: no anchors, no key twice, nothing constructed but plain values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases, which can blow up."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are refused")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Refuse a key that is there twice."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(map(str, keys))):
            raise yaml.YAMLError(f"a key stands there twice: {sorted(map(str, keys))}")
        return super().construct_mapping(node, deep)


def _from_yaml(data: bytes, where: str) -> list[Draft]:
    try:
        document = yaml.load(data.decode(), Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise InputError(where, " ".join(str(error).split()), "plain YAML in UTF-8") from None
    if isinstance(document, Mapping) and "family" in document:
        return [draft_of(document, where)]
    rows = document.get("scenarios") if isinstance(document, Mapping) else document
    if isinstance(document, Mapping) and document.get("format", FORMAT) != FORMAT:
        raise InputError(f"{where}: format", f"{document['format']!r:.60}", FORMAT)
    if not isinstance(rows, list):
        raise InputError(where, "no list of scenarios", "a scenario, a list of them, or the key scenarios")
    return [draft_of(row, f"{where}: scenario {i + 1}") for i, row in enumerate(rows)]


def import_drafts(repository: ScenarioRepository, drafts: Sequence[Draft], origin: Origin = NOBODY) -> Imported:
    """Bring drafts into a store: unknown ids are saved, known ones updated where they differ.

    New definitions are saved all or none; what the store had stays in its history.

    Raises:
        InputError: an id twice.
    """
    ids = [draft.scenario_id for draft in drafts if draft.scenario_id is not None]
    if len(set(ids)) != len(ids):
        raise InputError("import", "an id stands there twice", "each id once")
    known = repository.known(ids)
    new = [draft for draft in drafts if draft.scenario_id not in known]
    changed, same = [], []
    saved = repository.save_many(new, origin=origin, action="import")
    for draft in drafts:
        if draft.scenario_id not in known:
            continue
        stored = known[draft.scenario_id]
        if content_of(draft).sha256 == stored.content_sha256:
            same.append(stored.scenario_id)
            continue
        names = ("definition", "description", "tags", "expected_duration_seconds", "archived")
        changes = {name: getattr(draft, name) for name in names}
        repository.update_scenario_definition(
            stored.scenario_id, stored.version, changes, origin=origin, action="import"
        )
        changed.append(stored.scenario_id)
    return Imported(tuple(s.scenario_id for s in saved), tuple(changed), tuple(same))
