"""Queries as SQL, the same answers on both databases; pages by key, so that a late page costs what the first costs."""

from __future__ import annotations

import base64
import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from gg_gym.errors import InputError
from gg_gym.repository.content import checked_id, checked_text, words
from gg_gym.repository.models import SCHEMA, UTCTime, definitions, labels, origins, parameters, tags
from gg_gym.repository.values import Query

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "==": operator.eq,
    "!=": operator.ne,
}  # fmt: skip
#: Most definitions on a page.
LONGEST_PAGE = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

d = definitions.c
#: What a stored definition is read from.
READ = (
    d.scenario_id, d.version, d.created_at, d.updated_at, d.parent_id, d.parent_version, d.content, d.content_sha256,
)  # fmt: skip


def select(query: Query, limit: int, after: str | None, sqlite: bool) -> sa.Select[Any]:
    """The statement of a page, and one row more.

    Raises:
        InputError: a limit out of range, a text without a word, a page mark that is none.
    """
    if not 1 <= limit <= LONGEST_PAGE:
        raise InputError("limit", f"got {limit}", f"1 to {LONGEST_PAGE}")
    statement = sa.select(d.scenario_id).order_by(d.created_at, d.scenario_id).limit(limit + 1)
    for name, column in (("category", d.category), ("family", d.scenario_class_name)):
        if getattr(query, name):
            statement = statement.where(column == _plain(getattr(query, name)))
    if not query.archived:
        statement = statement.where(d.archived.is_(False))
    children = [(tags, tags.c.tag == _plain(tag)) for tag in query.tags]
    if query.label:
        children.append((labels, labels.c.label == _plain(query.label)))
    if query.weak_spot:
        children.append((origins, origins.c.weak_spot_id == _plain(query.weak_spot)))
    for condition in query.where:
        compared = _COMPARE[condition.operator](parameters.c.value, condition.value)
        children.append((parameters, (parameters.c.name == condition.name) & compared))
    for table, condition_ in children:
        statement = statement.where(d.scenario_id.in_(sa.select(table.c.scenario_id).where(condition_)))
    if query.text:
        statement = statement.where(_matches(query.text, sqlite))
    if after is not None:
        statement = statement.where(sa.tuple_(d.created_at, d.scenario_id) > _position(after))
    chosen = statement.subquery()
    whole = sa.select(*READ).join(chosen, d.scenario_id == chosen.c.scenario_id)
    return whole.order_by(d.created_at, d.scenario_id)


def _plain(value: Any) -> str:
    return checked_text("description", value, "query")


def _matches(text: str, sqlite: bool) -> Any:
    """Each word of the text begins a word of the definition."""
    wanted = words(_plain(text))
    if not wanted:
        raise InputError("text", f"{text!a:.60} has no word", "letters or digits")
    if sqlite:
        match = " AND ".join(f'"{word}"*' for word in wanted)
        found = sa.text("SELECT scenario_id FROM scenario_words WHERE scenario_words MATCH :match")
        return d.scenario_id.in_(found.bindparams(match=match).columns(sa.column("scenario_id", sa.Uuid(False))))
    vector: Any = sa.literal_column(f"{SCHEMA}.scenario_definitions.search_vector")
    return vector.op("@@")(sa.cast(" & ".join(f"'{word}':*" for word in wanted), TSQUERY))


def mark(row: Any) -> str:
    """Where the page after a row begins."""
    microseconds = (row.created_at - _EPOCH) // _MICROSECOND
    return base64.urlsafe_b64encode(f"{microseconds}/{row.scenario_id}".encode()).decode()


def _position(after: str) -> Any:
    try:
        microseconds, scenario_id = base64.urlsafe_b64decode(after.encode()).decode().split("/")
        at, key = _EPOCH + int(microseconds) * _MICROSECOND, checked_id(scenario_id)
    except (ValueError, OverflowError, InputError):
        raise InputError("after", f"{after!a:.60}", "Page.after of an earlier page") from None
    return sa.tuple_(sa.literal(at, UTCTime), sa.literal(key, sa.Uuid(as_uuid=False)))
