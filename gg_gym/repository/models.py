"""The tables, in SQLAlchemy: schema ``simulation`` on PostgreSQL, no schema on SQLite."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "simulation"
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(schema=SCHEMA, naming_convention=NAMES)


class UTCTime(sa.types.TypeDecorator[datetime]):
    """Times with a zone, in UTC on every database; SQLite alone would drop the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To UTC, without a zone where the database has none."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """From the database, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id(name: str = "scenario_id", *rest: Any, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Uuid(as_uuid=False), *rest, **options)


def _owner(**options: Any) -> sa.Column[str]:
    return _id("scenario_id", sa.ForeignKey(f"{SCHEMA}.scenario_definitions.scenario_id"), **options)


#: The newest version of every definition. ``content`` is its canonical text, the truth; the rest serves searches.
definitions = sa.Table(
    "scenario_definitions",
    metadata,
    _id(primary_key=True),
    sa.Column("scenario_class_module", sa.Text, nullable=False),
    sa.Column("scenario_class_name", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("difficulty_level", sa.Text, nullable=False),
    sa.Column("expected_duration_seconds", sa.Double),
    sa.Column("specific_params", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    sa.Column("cause", sa.Boolean, nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, sa.CheckConstraint("version >= 1", name="version"), nullable=False),
    sa.Column("created_at", UTCTime, nullable=False),
    sa.Column("updated_at", UTCTime, nullable=False),
    _id("parent_id", sa.ForeignKey(f"{SCHEMA}.scenario_definitions.scenario_id"), index=True),
    sa.Column("parent_version", sa.Integer),
    sa.Column("search_text", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Index(None, "created_at", "scenario_id"),
    sa.Index(None, "category", "created_at", "scenario_id"),
)

#: Tags, one a row: the same on every database, and indexed.
tags = sa.Table(
    "scenario_tags",
    metadata,
    _owner(primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Index(None, "tag", "scenario_id"),
)

#: Event classes that the parts of a definition can produce.
labels = sa.Table(
    "scenario_labels",
    metadata,
    _owner(primary_key=True),
    sa.Column("label", sa.Text, primary_key=True),
    sa.Index(None, "label", "scenario_id"),
)

#: Parameters as numbers, for conditions.
parameters = sa.Table(
    "scenario_parameters",
    metadata,
    _owner(primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Double, nullable=False),
    sa.Index(None, "name", "value", "scenario_id"),
)

#: Every version of every definition, whole. Triggers refuse changes.
history = sa.Table(
    "scenario_history",
    metadata,
    _owner(primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    _id("change_id", nullable=False, unique=True),
    sa.Column("at", UTCTime, nullable=False),
)

#: The weak spots a version came from.
origins = sa.Table(
    "scenario_origins",
    metadata,
    _owner(primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("weak_spot_id", sa.Text, primary_key=True),
    sa.Index(None, "weak_spot_id", "scenario_id"),
)

#: What runs of stored definitions showed: features as an agent can see them.
features = sa.Table(
    "scenario_features",
    metadata,
    _id("feature_id", primary_key=True),
    _owner(nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("product", sa.Text, nullable=False, index=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("features", sa.Text, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
)

#: Child tables that are written anew with every version.
CHILDREN = (tags, labels, parameters)
