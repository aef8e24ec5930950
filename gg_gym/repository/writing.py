"""How a version gets into the tables: the newest one, what searches need, and the history, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gg_gym.errors import InputError
from gg_gym.repository.content import Content, definition_of, search_text
from gg_gym.repository.models import CHILDREN, definitions, history, labels, origins, parameters, tags
from gg_gym.repository.values import REGISTRY, Changes, Draft, Origin, StoredScenario

CHANGEABLE = (
    "definition", "parameters", "cause", "name", "description", "tags", "expected_duration_seconds", "archived",
)  # fmt: skip
_DEFINITION = ("parameters", "cause", "name")


@dataclass(frozen=True)
class Entry:
    """One version of one definition, ready to be written.

    Attributes:
        scenario_id: UUID.
        version: 1 for a new one.
        content: what it says.
        change_id: UUID of this very change: tells whether it happened after all when a connection was lost.
        created_at: of the first version.
        at: of this version.
        parent_id, parent_version: what it is a variation of.
    """

    scenario_id: str
    version: int
    content: Content
    change_id: str
    created_at: datetime
    at: datetime
    parent_id: str | None = None
    parent_version: int | None = None

    def stored(self) -> StoredScenario:
        """As it will be read."""
        return stored(
            self.scenario_id, self.content.body, self.content.sha256, self.version, (self.created_at, self.at),
            (self.parent_id, self.parent_version),
        )  # fmt: skip

    def row(self) -> dict[str, Any]:
        """The row of the newest version."""
        body = self.content.body
        same = ("name", "description", "category", "difficulty_level", "expected_duration_seconds", "cause", "archived")
        return {
            **{key: body[key] for key in same},
            "scenario_id": self.scenario_id,
            "scenario_class_module": REGISTRY,
            "scenario_class_name": body["family"],
            "specific_params": body["parameters"],
            "version": self.version,
            "created_at": self.created_at,
            "updated_at": self.at,
            "parent_id": self.parent_id,
            "parent_version": self.parent_version,
            "search_text": search_text(body),
            "content": self.content.text,
            "content_sha256": self.content.sha256,
        }

    def children(self, table: sa.Table) -> list[dict[str, Any]]:
        """The rows of a child table."""
        body, key = self.content.body, {"scenario_id": self.scenario_id}
        if table is tags:
            return [{**key, "tag": tag} for tag in body["tags"]]
        if table is labels:
            return [{**key, "label": label} for label in body["labels"]]
        return [{**key, "name": name, "value": value} for name, value in body["parameters"].items()]


def stored(
    scenario_id: str,
    body: dict[str, Any],
    sha256: str,
    version: int,
    times: tuple[datetime, datetime],
    parent: tuple[str | None, int | None],
) -> StoredScenario:
    """A stored definition from what its content says."""
    return StoredScenario(
        scenario_id=scenario_id,
        definition=definition_of(body),
        description=body["description"],
        category=body["category"],
        difficulty_level=body["difficulty_level"],
        expected_duration_seconds=body["expected_duration_seconds"],
        tags=tuple(body["tags"]),
        labels=tuple(body["labels"]),
        archived=body["archived"],
        version=version,
        created_at=times[0],
        updated_at=times[1],
        parent_id=parent[0],
        parent_version=parent[1],
        content_sha256=sha256,
    )


def changed(before: StoredScenario, changes: Changes) -> Draft:
    """The draft of a stored definition with changes.

    Raises:
        InputError: something that cannot be changed.
    """
    unknown = sorted(set(changes) - set(CHANGEABLE))
    if unknown:
        raise InputError("changes", f"unknown {', '.join(unknown)}", ", ".join(CHANGEABLE))
    definition = changes.get("definition", before.definition)
    given = {key: changes[key] for key in _DEFINITION if key in changes}
    if "parameters" in given:
        given["parameters"] = {**definition.parameters, **given["parameters"]}
    definition = definition.model_copy(update=given)
    return Draft(
        definition=definition,
        description=changes.get("description", before.description),
        tags=changes.get("tags", before.tags),
        expected_duration_seconds=changes.get("expected_duration_seconds", _kept_duration(before, changes)),
        archived=changes.get("archived", before.archived),
    )


def _kept_duration(before: StoredScenario, changes: Changes) -> float | None:
    """The duration before, unless it followed from parameters that change."""
    own = before.scenario().duration() == before.expected_duration_seconds
    return None if own and {"definition", "parameters"} & set(changes) else before.expected_duration_seconds


def happened(connection: sa.Connection, change_id: str) -> bool:
    """Whether a change is in the history."""
    found = sa.select(history.c.version).where(history.c.change_id == change_id)
    return connection.execute(found).first() is not None


def insert(connection: sa.Connection, entries: Sequence[Entry], origin: Origin, action: str, tried: int) -> None:
    """Write new definitions; does nothing where a lost connection hid that they are there."""
    if tried and happened(connection, entries[0].change_id):
        return
    connection.execute(definitions.insert(), [entry.row() for entry in entries])
    for table in CHILDREN:
        rows = [row for entry in entries for row in entry.children(table)]
        if rows:
            connection.execute(table.insert(), rows)
    _remember(connection, entries, origin, action)


def replace(connection: sa.Connection, entry: Entry, before: StoredScenario, origin: Origin, action: str) -> bool:
    """Write the next version over ``before``; False, and nothing written, if another one is there by now."""
    key, column = entry.scenario_id, definitions.c
    same = (column.scenario_id == key) & (column.version == before.version)
    if connection.execute(definitions.update().where(same), entry.row()).rowcount != 1:
        return False
    body = entry.content.body
    was = {tags: list(before.tags), labels: list(before.labels), parameters: before.definition.parameters}
    now = {tags: body["tags"], labels: body["labels"], parameters: body["parameters"]}
    for table in CHILDREN:
        if was[table] != now[table]:
            connection.execute(table.delete().where(table.c.scenario_id == key))
            rows = entry.children(table)
            if rows:
                connection.execute(table.insert(), rows)
    _remember(connection, [entry], origin, action)
    return True


def _remember(connection: sa.Connection, entries: Sequence[Entry], origin: Origin, action: str) -> None:
    """Append to the history."""
    about = {"action": action, "author": origin.author, "reason": origin.reason}
    rows = [
        {"scenario_id": e.scenario_id, "version": e.version, "content": e.content.text, "at": e.at,
         "content_sha256": e.content.sha256, "change_id": e.change_id, **about}
        for e in entries
    ]  # fmt: skip
    connection.execute(history.insert(), rows)
    spots = [
        {"scenario_id": e.scenario_id, "version": e.version, "weak_spot_id": spot}
        for e in entries
        for spot in origin.weak_spot_ids
    ]
    if spots:
        connection.execute(origins.insert(), spots)
