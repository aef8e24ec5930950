"""From a draft to what is stored: checked, completed, in canonical JSON, with its hash; and back.

The canonical text is the truth of a store. Numbers in it are Python's shortest form, so every float comes back bit for
bit; JSON columns of a database are for people and other tools (they change -0.0 and 1e22) and are never read back.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gg_gym.errors import InputError
from gg_gym.records.run import canonical_json, digest
from gg_gym.repository.values import Draft, Origin
from gg_gym.scenarios.base import BaseScenario, ScenarioDefinition

#: Version of the canonical form.
FORM = 1
#: Most characters of a text.
MOST = {"name": 200, "description": 20_000, "tag": 100, "author": 200, "reason": 2_000, "weak spot id": 200,
        "run id": 200, "product": 200}  # fmt: skip
MOST_TAGS = 50
#: Longest word that is searched for; longer ones are cut.
LONGEST_WORD = 100
#: Names derived ids: definitions from files whose ids are not UUIDs, and the default exploration scenario.
NAMESPACE = uuid.UUID("6f0f3a0e-6c0e-5d0b-9d5e-1c2b7a51f0d4")


@dataclass(frozen=True)
class Content:
    """A checked draft, ready to be stored.

    Attributes:
        body: everything a version says, plain data.
        text: its canonical JSON.
        sha256: of the text.
    """

    body: dict[str, Any]
    text: str
    sha256: str


def checked_text(what: str, value: Any, where: str) -> str:
    """A text that every database and file keeps exactly.

    Raises:
        InputError: no text, too long, with a NUL or with half of a surrogate pair.
    """
    if not isinstance(value, str):
        raise InputError(f"{where}: {what}", f"{value!r:.60} is no text", "text")
    if len(value) > MOST[what]:
        raise InputError(f"{where}: {what}", f"{len(value)} characters", f"at most {MOST[what]}")
    for i, character in enumerate(value):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            code = f"U+{ord(character):04X}"
            raise InputError(f"{where}: {what}", f"{code} at character {i}", "Unicode text without NUL and surrogates")
    return value


def checked_tags(tags: Any, where: str) -> list[str]:
    """Tags in alphabetical order, each once.

    Raises:
        InputError: not a list of texts, an empty one, or too many.
    """
    if isinstance(tags, str) or not isinstance(tags, Sequence):
        raise InputError(f"{where}: tags", f"{tags!r:.60}", "a list of texts")
    found = sorted({checked_text("tag", tag, where) for tag in tags})
    if any(not tag.strip() for tag in found) or len(found) > MOST_TAGS:
        raise InputError(f"{where}: tags", f"{len(found)} tags, or an empty one", f"at most {MOST_TAGS}, none empty")
    return found


def checked_origin(origin: Origin) -> Origin:
    """An origin whose texts every database keeps.

    Raises:
        InputError: as :func:`checked_text`.
    """
    checked_text("author", origin.author, "origin")
    checked_text("reason", origin.reason, "origin")
    ids = tuple(sorted({checked_text("weak spot id", spot, "origin") for spot in origin.weak_spot_ids}))
    return Origin(origin.author, origin.reason, ids)


def checked_id(scenario_id: Any) -> str:
    """A UUID in its usual form.

    Raises:
        InputError: not a UUID.
    """
    try:
        return str(uuid.UUID(str(scenario_id)))
    except ValueError:
        raise InputError("scenario id", f"{str(scenario_id)!a:.60}", "a UUID") from None


def as_draft(given: ScenarioDefinition | BaseScenario | Mapping[str, Any] | Draft) -> Draft:
    """A draft from whatever names a scenario.

    Raises:
        InputError: unknown family or parameter, or a value out of bounds.
    """
    if isinstance(given, Draft):
        return given
    if isinstance(given, BaseScenario):
        return Draft(given.to_definition())
    return Draft(BaseScenario.from_definition(given).to_definition())


def complete(definition: ScenarioDefinition) -> ScenarioDefinition:
    """A definition with all parameters of its family on their grid; defaults too, which a family leaves as they are.

    Raises:
        InputError: unknown family or parameter, or a value out of bounds.
    """
    full = BaseScenario.from_definition(definition).to_definition()
    return BaseScenario.from_definition(full).to_definition()


def content_of(draft: Draft) -> Content:
    """Check and complete a draft: all parameters of the family, on its grid.

    Raises:
        InputError: whatever could not be stored exactly; nothing is written before.
    """
    where = "scenario"
    checked_text("name", draft.definition.name, where)
    scenario = BaseScenario.from_definition(complete(draft.definition))
    definition = scenario.to_definition()
    body: dict[str, Any] = {
        "form": FORM,
        "family": definition.family,
        "parameters": {name: float(value) for name, value in sorted(definition.parameters.items())},
        "cause": definition.cause,
        "name": definition.name,
        "description": checked_text("description", draft.description or scenario.description.strip(), where),
        "category": scenario.category,
        "difficulty_level": scenario.difficulty,
        "expected_duration_seconds": _duration(draft.expected_duration_seconds, scenario),
        "tags": checked_tags(draft.tags, where),
        "labels": sorted({part.event for part in scenario.parts()}),
        "archived": bool(draft.archived),
    }
    return of_body(body)


def of_body(body: dict[str, Any]) -> Content:
    """The content with its text and hash."""
    text = canonical_json(body, "scenario")
    return Content(body, text, digest(text))


def _duration(given: Any, scenario: BaseScenario) -> float | None:
    if given is None:
        own = float(scenario.duration())
        return own if math.isfinite(own) and own > 0 else None
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not 0 < given <= 1e9:
        raise InputError("scenario: expected_duration_seconds", f"{given!r:.60}", "more than 0 s, at most 1e9 s")
    return float(given)


def read(text: str) -> dict[str, Any]:
    """What a stored text says."""
    body: dict[str, Any] = json.loads(text)
    return body


def definition_of(body: Mapping[str, Any]) -> ScenarioDefinition:
    """The definition in a stored content."""
    return ScenarioDefinition(
        family=body["family"], parameters=body["parameters"], cause=body["cause"], name=body["name"]
    )


def words(text: str) -> list[str]:
    """Words of a text for the search: letters and digits, without case, cut at 100 characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return [word[:LONGEST_WORD] for word in re.findall(r"[^\W_]+", folded)]


def search_text(body: Mapping[str, Any]) -> str:
    """All words of a content, each once, in alphabetical order."""
    parts = (body["name"], body["description"], body["family"], body["category"], *body["tags"], *body["labels"])
    return " ".join(sorted({word for part in parts for word in words(part)}))
