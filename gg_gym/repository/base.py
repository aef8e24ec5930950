"""The interface of a repository of scenario definitions, whatever keeps them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gg_gym.errors import InputError
from gg_gym.repository.values import NOBODY, Changes, Draft, FeatureRow, Origin, Page, Query, Revision, StoredScenario
from gg_gym.scenarios.base import BaseScenario, ScenarioDefinition

#: Everything.
ALL = Query()


class ScenarioRepository(ABC):
    """A durable home for scenario definitions. Nothing is ever lost: changes add versions, deletion is refused."""

    @abstractmethod
    def save_scenario_definition(
        self, definition: ScenarioDefinition | BaseScenario | Mapping[str, Any] | Draft, *, origin: Origin = NOBODY
    ) -> StoredScenario:
        """Save a new definition, version 1.

        Raises:
            InputError: unknown family, values out of bounds, text that a store cannot keep, an id that is taken.
            StoreError: the store cannot be written.
        """

    @abstractmethod
    def save_many(
        self, drafts: Sequence[Draft], *, origin: Origin = NOBODY, action: str = "save"
    ) -> list[StoredScenario]:
        """Save new definitions, all or none; ``action`` is what the history says."""

    @abstractmethod
    def get_scenario_by_id(self, scenario_id: str) -> StoredScenario:
        """The newest version of a definition.

        Raises:
            InputError: no such definition.
        """

    @abstractmethod
    def known(self, scenario_ids: Sequence[str]) -> dict[str, StoredScenario]:
        """Those of some ids that are stored, with their newest versions."""

    @abstractmethod
    def find(self, query: Query = ALL, *, limit: int = 50, after: str | None = None) -> Page:
        """A page of what a query finds, oldest first.

        Args:
            query: what to look for.
            limit: 1 to 1000 definitions.
            after: ``Page.after`` of the page before.
        """

    def get_scenarios_by_category(self, category: str, *, limit: int = 50, after: str | None = None) -> Page:
        """A page of the definitions of a category."""
        return self.find(Query(category=category), limit=limit, after=after)

    def get_scenarios_by_class_label(self, label: str, *, limit: int = 50, after: str | None = None) -> Page:
        """A page of the definitions that can produce an event class."""
        return self.find(Query(label=label), limit=limit, after=after)

    def iterate(self, query: Query = ALL, *, page: int = 500) -> Iterator[StoredScenario]:
        """All that a query finds, page by page."""
        after: str | None = None
        while True:
            found = self.find(query, limit=page, after=after)
            yield from found.items
            if (after := found.after) is None:
                return

    @abstractmethod
    def update_scenario_definition(
        self,
        scenario_id: str,
        expected_version: int,
        changes: Changes,
        *,
        origin: Origin = NOBODY,
        action: str = "update",
    ) -> StoredScenario:
        """Store the next version of a definition.

        Args:
            scenario_id: which.
            expected_version: the version that the change was made from.
            changes: any of ``definition``, ``parameters`` (merged into the present ones), ``cause``, ``name``,
                ``description``, ``tags``, ``expected_duration_seconds``, ``archived``.
            origin: who and why.
            action: what the history says.

        Raises:
            ConflictError: another version is stored by now; nothing was written.
            InputError: no such definition, or values that are refused.
        """

    @abstractmethod
    def change(
        self,
        scenario_id: str,
        function: Callable[[StoredScenario], Changes],
        *,
        origin: Origin = NOBODY,
        attempts: int = 200,
        action: str = "update",
    ) -> StoredScenario:
        """Read, change and store a definition; again from the read when somebody else was faster.

        Args:
            scenario_id: which.
            function: from the stored definition to the changes; called once an attempt.
            origin: who and why.
            attempts: how often at most.
            action: what the history says.

        Raises:
            ConflictError: no attempt succeeded.
        """

    @abstractmethod
    def create_scenario_variation(
        self, scenario_id: str, modifications: Changes, *, origin: Origin = NOBODY
    ) -> StoredScenario:
        """Save a new definition that differs from a stored one; it knows its parent and the parent's version.

        Args:
            scenario_id: the parent.
            modifications: as ``changes`` of :meth:`update_scenario_definition`.
            origin: who and why.
        """

    @abstractmethod
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
        """Make up and save a definition that should show given features.

        Args:
            features_summary: ``{"instrument/channel": value}`` or objects with path, value and importance.
            target_class: event class that it should produce; any where empty.
            strategy: key of :data:`gg_gym.repository.crafting.CRAFTERS`.
            product: the product that reads the features.
            seed: of the strategy's own draws.
            origin: who and why.
        """

    @abstractmethod
    def record_features(
        self, scenario_id: str, shown: Mapping[str, float], *, product: str = "grid_guardian", run_id: str = ""
    ) -> None:
        """Keep what a run of a definition's newest version showed, for crafting by nearest neighbours."""

    @abstractmethod
    def features(self, product: str) -> list[FeatureRow]:
        """All features kept for a product."""

    @abstractmethod
    def get_default_exploration_scenario(self, product: str = "grid_guardian") -> StoredScenario:
        """Where exploration starts: the newest stored definition with the tag, or prior medians, saved once."""

    @abstractmethod
    def history(self, scenario_id: str) -> list[Revision]:
        """All versions of a definition, oldest first.

        Raises:
            InputError: no such definition.
        """

    def archive(self, scenario_id: str, *, origin: Origin = NOBODY) -> StoredScenario:
        """Leave a definition out of searches; a new version says so."""
        return self.change(scenario_id, lambda _: {"archived": True}, origin=origin, action="archive")

    def delete(self, scenario_id: str) -> None:
        """Refuse: runs refer to definitions for ever.

        Raises:
            InputError: always.
        """
        raise InputError(f"scenario {scenario_id}", "definitions are never deleted", "archive")
