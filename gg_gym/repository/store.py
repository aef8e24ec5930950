"""SQLScenarioRepository: definitions in SQLite or PostgreSQL, the same behaviour on both."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from gg_gym.errors import InputError
from gg_gym.records.run import canonical_json, digest
from gg_gym.repository import content as c
from gg_gym.repository import migrate, search, writing
from gg_gym.repository.base import ALL, ScenarioRepository
from gg_gym.repository.database import Database
from gg_gym.repository.models import definitions, features, history, origins
from gg_gym.repository.values import (
    EXPLORATION,
    NOBODY,
    Changes,
    ConflictError,
    Draft,
    FeatureRow,
    Origin,
    Page,
    Query,
    Revision,
    StoredScenario,
    StoreError,
)  # fmt: skip
from gg_gym.scenarios.base import BaseScenario, ScenarioDefinition

#: Longest pause between two attempts of a change [s].
LONGEST_PAUSE = 0.1


class SQLScenarioRepository(ScenarioRepository):
    """Scenario definitions in SQLite or PostgreSQL. Safe to use from several threads and processes.

    Args:
        store: URL or path of an SQLite file; by default ``GG_GYM_STORE``, else ``mlruns/scenarios.db``.
        create: make the store where there is none.
        retries: how often work is repeated after the connection was lost.

    Raises:
        InputError: the address is not understood, or there is no store and none is to be made.
        StoreError: the store is down, of a newer version, or its tables cannot be made.

    Example:
        >>> import tempfile
        >>> from gg_gym.scenarios import ScenarioDefinition
        >>> with tempfile.TemporaryDirectory() as folder, SQLScenarioRepository(folder + "/s.db") as repository:
        ...     saved = repository.save_scenario_definition(ScenarioDefinition(family="arcing_event"))
        ...     changed = repository.update_scenario_definition(saved.scenario_id, 1, {"parameters": {"severity": 1.0}})
        >>> changed.version, changed.definition.parameters["severity"]
        (2, 1.0)
    """

    def __init__(self, store: str | Path | None = None, *, create: bool = True, retries: int = 4) -> None:
        self.database = Database(store, retries=retries)
        try:
            migrate.ensure(self.database, create=create)
        except BaseException:
            self.database.close()
            raise

    def __enter__(self) -> SQLScenarioRepository:
        """Use until the end of a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def save_scenario_definition(
        self, definition: ScenarioDefinition | BaseScenario | Mapping[str, Any] | Draft, *, origin: Origin = NOBODY
    ) -> StoredScenario:
        """Save a new definition, version 1."""
        return self._save([c.as_draft(definition)], origin, "save")[0]

    def save_many(
        self, drafts: Sequence[Draft], *, origin: Origin = NOBODY, action: str = "save"
    ) -> list[StoredScenario]:
        """Save new definitions, all or none."""
        return self._save(drafts, origin, action)

    def _save(self, drafts: Sequence[Draft], origin: Origin, action: str) -> list[StoredScenario]:
        if not drafts:
            return []
        origin, now = c.checked_origin(origin), datetime.now(UTC)
        entries = [
            writing.Entry(
                scenario_id=str(uuid.uuid4()) if draft.scenario_id is None else c.checked_id(draft.scenario_id),
                version=1,
                content=c.content_of(draft),
                change_id=str(uuid.uuid4()),
                created_at=now + timedelta(microseconds=i),
                at=now + timedelta(microseconds=i),
                parent_id=draft.parent_id,
                parent_version=draft.parent_version,
            )
            for i, draft in enumerate(drafts)
        ]
        try:
            self.database.write(lambda connection, tried: writing.insert(connection, entries, origin, action, tried))
        except exc.IntegrityError:
            taken = ", ".join(sorted({entry.scenario_id for entry in entries})[:3])
            raise InputError("scenario id", f"taken already, or an unknown parent: {taken}", "a new id") from None
        return [entry.stored() for entry in entries]

    def get_scenario_by_id(self, scenario_id: str) -> StoredScenario:
        """The newest version of a definition."""
        key = c.checked_id(scenario_id)
        return self.database.read(lambda connection, _: self._get(connection, key))

    def _get(self, connection: sa.Connection, key: str) -> StoredScenario:
        row = connection.execute(sa.select(*search.READ).where(definitions.c.scenario_id == key)).one_or_none()
        if row is None:
            raise InputError("scenario id", f"{key} is not in the store", "the id of a stored definition")
        return self._stored(row)

    def known(self, scenario_ids: Sequence[str]) -> dict[str, StoredScenario]:
        """Those of some ids that are stored, with their newest versions; asked for in groups of 500."""
        keys = [c.checked_id(scenario_id) for scenario_id in scenario_ids]
        groups = [keys[i : i + 500] for i in range(0, len(keys), 500)]
        key = definitions.c.scenario_id

        def work(connection: sa.Connection, _: int) -> list[Any]:
            return [r for g in groups for r in connection.execute(sa.select(*search.READ).where(key.in_(g)))]

        found = [self._stored(row) for row in self.database.read(work)]
        return {stored.scenario_id: stored for stored in found}

    def _stored(self, row: Any) -> StoredScenario:
        self._verify(row.content, row.content_sha256, row.scenario_id)
        return writing.stored(
            row.scenario_id, c.read(row.content), row.content_sha256, row.version, (row.created_at, row.updated_at),
            (row.parent_id, row.parent_version),
        )  # fmt: skip

    def _verify(self, text: str, sha256: str, key: str) -> None:
        if digest(text) != sha256:
            raise StoreError(self.database.name, f"scenario {key} is damaged: its content does not have its hash")

    def find(self, query: Query = ALL, *, limit: int = 50, after: str | None = None) -> Page:
        """A page of what a query finds, oldest first."""
        statement = search.select(query, limit, after, self.database.sqlite)
        rows = self.database.read(lambda connection, _: connection.execute(statement).all())
        items = tuple(self._stored(row) for row in rows[:limit])
        return Page(items, search.mark(rows[limit - 1]) if len(rows) > limit else None)

    def update_scenario_definition(
        self,
        scenario_id: str,
        expected_version: int,
        changes: Changes,
        *,
        origin: Origin = NOBODY,
        action: str = "update",
    ) -> StoredScenario:
        """Store the next version of a definition."""
        key, origin = c.checked_id(scenario_id), c.checked_origin(origin)
        change_id, now = str(uuid.uuid4()), datetime.now(UTC)

        def work(connection: sa.Connection, tried: int) -> StoredScenario:
            if tried and writing.happened(connection, change_id):
                return self._get(connection, key)
            before = self._get(connection, key)
            if before.version != expected_version:
                raise ConflictError(key, expected_version, before.version)
            entry = writing.Entry(
                key, before.version + 1, c.content_of(writing.changed(before, changes)), change_id,
                before.created_at, max(now, before.updated_at), before.parent_id, before.parent_version,
            )  # fmt: skip
            if not writing.replace(connection, entry, before, origin, action):
                raise ConflictError(key, expected_version, self._get(connection, key).version)
            return entry.stored()

        return self.database.write(work)

    def change(
        self,
        scenario_id: str,
        function: Callable[[StoredScenario], Changes],
        *,
        origin: Origin = NOBODY,
        attempts: int = 200,
        action: str = "update",
    ) -> StoredScenario:
        """Read, change and store a definition; again from the read when somebody else was faster."""
        for attempt in range(attempts):
            before = self.get_scenario_by_id(scenario_id)
            try:
                return self.update_scenario_definition(
                    scenario_id, before.version, function(before), origin=origin, action=action
                )
            except ConflictError:
                if attempt + 1 >= attempts:
                    raise
                time.sleep(random.uniform(0.0, min(LONGEST_PAUSE, 0.001 * 2 ** min(attempt, 10))))
        raise InputError("attempts", f"got {attempts}", "at least 1")

    def create_scenario_variation(
        self, scenario_id: str, modifications: Changes, *, origin: Origin = NOBODY
    ) -> StoredScenario:
        """Save a new definition that differs from a stored one."""
        parent = self.get_scenario_by_id(scenario_id)
        draft = writing.changed(parent, modifications)
        child = replace(draft, parent_id=parent.scenario_id, parent_version=parent.version)
        return self._save([child], origin, "variation")[0]

    def craft_scenario_from_features(
        self,
        features_summary: Any,
        target_class: str = "",
        *,
        strategy: str = "rules",
        product: str = "grid_guardian",
        seed: int = 0,
        origin: Origin = NOBODY,
    ) -> StoredScenario:
        """Make up and save a definition that should show given features."""
        from gg_gym.repository.crafting import CRAFTERS, CraftRequest

        request = CraftRequest.of(features_summary, target_class, product=product, seed=seed, repository=self)
        crafted = CRAFTERS[strategy](request)
        draft = Draft(crafted, tags=("crafted", strategy))
        return self._save([draft], origin, "craft")[0]

    def record_features(
        self, scenario_id: str, shown: Mapping[str, float], *, product: str = "grid_guardian", run_id: str = ""
    ) -> None:
        """Keep what a run of a definition's newest version showed."""
        from gg_gym.repository.crafting import checked_features

        key, text = c.checked_id(scenario_id), canonical_json(checked_features(shown), "features")
        c.checked_text("run id", run_id, "features")
        c.checked_text("product", product, "features")
        row: dict[str, Any] = {
            "feature_id": str(uuid.uuid4()),
            "scenario_id": key,
            "product": product,
            "run_id": run_id,
        }
        row |= {"features": text, "at": datetime.now(UTC)}

        def work(connection: sa.Connection, tried: int) -> None:
            same = sa.select(features.c.feature_id).where(features.c.feature_id == row["feature_id"])
            if not (tried and connection.execute(same).first()):
                connection.execute(features.insert(), {**row, "version": self._get(connection, key).version})

        self.database.write(work)

    def features(self, product: str) -> list[FeatureRow]:
        """All features kept for a product, oldest first, each with the version that was run."""
        same = (features.c.scenario_id == history.c.scenario_id) & (features.c.version == history.c.version)
        statement = (
            sa.select(history.c.content, features.c.features)
            .join_from(features, history, same)
            .where(features.c.product == product)
            .order_by(features.c.at, features.c.feature_id)
        )
        rows = self.database.read(lambda connection, _: connection.execute(statement).all())
        return [FeatureRow(c.definition_of(c.read(row.content)), json.loads(row.features)) for row in rows]

    def get_default_exploration_scenario(self, product: str = "grid_guardian") -> StoredScenario:
        """Where exploration starts: the newest stored definition with the tag, or prior medians, saved once."""
        from gg_gym.repository.crafting import prior_medians

        chosen = list(self.iterate(Query(tags=(EXPLORATION,))))
        own = [stored for stored in chosen if product in stored.tags] or chosen
        if own:
            return own[-1]
        key = str(uuid.uuid5(c.NAMESPACE, f"{EXPLORATION} {product}"))
        draft = Draft(prior_medians(product), tags=(EXPLORATION, product), scenario_id=key)
        try:
            return self.save_scenario_definition(draft, origin=Origin("gg-gym", "default exploration scenario"))
        except InputError:
            return self.get_scenario_by_id(key)

    def history(self, scenario_id: str) -> list[Revision]:
        """All versions of a definition, oldest first."""
        key = c.checked_id(scenario_id)
        versions = sa.select(history).where(history.c.scenario_id == key).order_by(history.c.version)
        spots = sa.select(origins).where(origins.c.scenario_id == key).order_by(origins.c.weak_spot_id)
        rows, found = self.database.read(lambda n, _: (n.execute(versions).all(), n.execute(spots).all()))
        if not rows:
            raise InputError("scenario id", f"{key} is not in the store", "the id of a stored definition")
        for row in rows:
            self._verify(row.content, row.content_sha256, key)
        return [
            Revision(
                row.version, c.read(row.content), row.content_sha256, row.action, row.author, row.reason,
                tuple(spot.weak_spot_id for spot in found if spot.version == row.version), row.at,
            )
            for row in rows
        ]  # fmt: skip
