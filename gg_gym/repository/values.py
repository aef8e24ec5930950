"""What goes into a repository and what comes out: drafts, stored definitions, revisions, queries, errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gg_gym.errors import GGGymError, InputError
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, ScenarioDefinition

#: What ``scenario_class_module`` says: the registry that the key belongs to. It is compared, never imported.
REGISTRY = "gg_gym.scenarios"
OPERATORS = ("<=", ">=", "!=", "==", "<", ">", "=")
#: Tag of the scenarios that :meth:`ScenarioRepository.get_default_exploration_scenario` looks for.
EXPLORATION = "default-exploration"


class StoreError(GGGymError):
    """A store that cannot do its work: down, read-only, damaged or of a newer version.

    Args:
        store: which store, without its password.
        what: what is wrong, and what helps.
    """

    def __init__(self, store: str, what: str) -> None:
        self.store, self.what = store, what
        super().__init__(f"scenario store {store}: {what}")

    def __reduce__(self) -> tuple[type[StoreError], tuple[str, str]]:
        """Travel between processes."""
        return type(self), (self.store, self.what)


class ConflictError(GGGymError):
    """Somebody else has changed a definition in the meantime; nothing was written.

    Args:
        scenario_id: the definition.
        expected: the version the change was made from.
        found: the version that is stored.
    """

    def __init__(self, scenario_id: str, expected: int, found: int) -> None:
        self.scenario_id, self.expected, self.found = scenario_id, expected, found
        super().__init__(
            f"scenario {scenario_id}: the change was made from version {expected}, version {found} is stored; "
            "read it again and repeat the change"
        )

    def __reduce__(self) -> tuple[type[ConflictError], tuple[str, int, int]]:
        """Travel between processes."""
        return type(self), (self.scenario_id, self.expected, self.found)


@dataclass(frozen=True)
class StoredScenario:
    """A definition as it is stored.

    Attributes:
        scenario_id: UUID, as text.
        definition: family, parameters, cause and name.
        description: what it is for.
        category: category of the family ("electrical", "fire", ...).
        difficulty_level: "easy", "medium" or "hard".
        expected_duration_seconds: how long the cause acts, where it ends by itself [s].
        tags: in alphabetical order.
        labels: event classes that its parts can produce.
        archived: left out of searches unless asked for.
        version: 1 for the first.
        created_at, updated_at: UTC.
        parent_id, parent_version: what it is a variation of.
        content_sha256: of the canonical JSON of all of the above but ids, versions and times.
    """

    scenario_id: str
    definition: ScenarioDefinition
    description: str
    category: str
    difficulty_level: str
    expected_duration_seconds: float | None
    tags: tuple[str, ...]
    labels: tuple[str, ...]
    archived: bool
    version: int
    created_at: datetime
    updated_at: datetime
    parent_id: str | None
    parent_version: int | None
    content_sha256: str

    @property
    def name(self) -> str:
        """Title for people."""
        return self.definition.name

    def scenario(self) -> BaseScenario:
        """The scenario itself.

        Raises:
            InputError: its family is no longer registered, or no longer allows these parameters.
        """
        return BaseScenario.from_definition(self.definition)


@dataclass(frozen=True)
class Revision:
    """One version in the history, whole.

    Attributes:
        version: which.
        content: everything that the version said, as plain data.
        content_sha256: of its canonical JSON.
        action: "save", "update", "variation", "craft", "import" or "archive".
        author, reason: who and why.
        weak_spot_ids: the weak spots that gave rise to it.
        at: when, UTC.
    """

    version: int
    content: dict[str, Any]
    content_sha256: str
    action: str
    author: str
    reason: str
    weak_spot_ids: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class Where:
    """A condition on one parameter.

    Raises:
        InputError: a parameter that no registered family has, an unknown operator, a value that is not finite.
    """

    name: str
    operator: str
    value: float

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise InputError("where", f"operator {self.operator!r}", " ".join(OPERATORS))
        if not abs(self.value) < float("inf"):
            raise InputError(f"where {self.name}", repr(self.value), "a finite number")
        known = {name for family in SCENARIOS.values() for name in family.Parameters.model_fields}
        if re.sub(r"_[234]$", "", self.name) not in known and self.name not in known:
            raise InputError("where", f"no family has a parameter {self.name!r}", ", ".join(sorted(known)))

    @classmethod
    def parse(cls, text: str) -> Where:
        """A condition from text such as ``severity>0.5``.

        Raises:
            InputError: not of that form.
        """
        match = re.fullmatch(r"\s*(\w+)\s*(<=|>=|!=|==|<|>|=)\s*(\S+)\s*", text)
        try:
            if match is None:
                raise ValueError
            return cls(match[1], match[2], float(match[3]))
        except ValueError:
            raise InputError("where", repr(text), "NAME OPERATOR NUMBER, such as severity>0.5") from None


@dataclass(frozen=True)
class Query:
    """What to look for; all conditions hold at once.

    Attributes:
        category: category of the family.
        label: event class that it can produce.
        family: registry key.
        tags: has all of them.
        text: each word begins a word of its name, description, tags or family.
        where: conditions on parameters; a definition without the parameter does not match.
        weak_spot: some version came from this weak spot.
        archived: also archived ones.
    """

    category: str = ""
    label: str = ""
    family: str = ""
    tags: tuple[str, ...] = ()
    text: str = ""
    where: tuple[Where, ...] = ()
    weak_spot: str = ""
    archived: bool = False


@dataclass(frozen=True)
class Page:
    """Some of what was found, oldest first.

    Attributes:
        items: the definitions.
        after: where the next page begins, or None at the end.
    """

    items: tuple[StoredScenario, ...]
    after: str | None


@dataclass(frozen=True)
class Origin:
    """Who changes what, and why; goes into the history.

    Attributes:
        author: a person or a program.
        reason: in words.
        weak_spot_ids: ids of the weak spots that gave rise to the change.
    """

    author: str = ""
    reason: str = ""
    weak_spot_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A definition to be saved, with what people say about it.

    Attributes:
        definition: family, parameters, cause and name.
        description: the family's own where empty.
        tags: any order; repeated ones count once.
        expected_duration_seconds: by default how long the cause acts, where it ends by itself [s].
        archived: left out of searches unless asked for.
        scenario_id: UUID; a new one by default.
        parent_id, parent_version: what it is a variation of.
    """

    definition: ScenarioDefinition
    description: str = ""
    tags: Sequence[str] = ()
    expected_duration_seconds: float | None = None
    archived: bool = False
    scenario_id: str | None = None
    parent_id: str | None = None
    parent_version: int | None = None


NOBODY = Origin()
#: What a change may say about a definition besides the definition itself.
Changes = Mapping[str, Any]


@dataclass(frozen=True)
class FeatureRow:
    """Features that a run of a stored definition showed.

    Attributes:
        definition: what was run.
        features: "instrument/channel" -> value in the channel's unit.
    """

    definition: ScenarioDefinition
    features: dict[str, float] = field(default_factory=dict)
