"""Definitions, their tags, labels and parameters, and the append-only history."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: Tables whose rows are never changed nor removed.
APPEND_ONLY = ("scenario_history", "scenario_origins")


def _postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _schema() -> str | None:
    return "simulation" if _postgres() else None


def _time() -> Any:
    return sa.DateTime(timezone=True)


def _id(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Uuid(as_uuid=False), **{"nullable": False, **options})


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _create(name: str, *items: Any, key: tuple[str, ...], owner: str = "scenario_id") -> None:
    """A table with its primary key and its reference to the definitions."""
    schema = _schema()
    target = f"{schema}.scenario_definitions" if schema else "scenario_definitions"
    op.create_table(
        name,
        *items,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        sa.ForeignKeyConstraint([owner], [f"{target}.scenario_id"], name=f"fk_{name}_{owner}"),
        schema=schema,
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), schema=_schema())


def upgrade() -> None:
    """Create the tables."""
    if _postgres():
        op.execute("CREATE SCHEMA IF NOT EXISTS simulation")
    _definitions()
    for name, column in (("tags", "tag"), ("labels", "label")):
        table = f"scenario_{name}"
        _create(table, _id("scenario_id"), _text(column), key=("scenario_id", column))
        _index(table, column, "scenario_id")
    _create(
        "scenario_parameters",
        _id("scenario_id"),
        _text("name"),
        sa.Column("value", sa.Double(), nullable=False),
        key=("scenario_id", "name"),
    )
    _index("scenario_parameters", "name", "value", "scenario_id")
    _history()
    for table in APPEND_ONLY:
        _freeze(table)


def _definitions() -> None:
    table = "scenario_definitions"
    _create(
        table,
        _id("scenario_id"),
        *(_text(n) for n in ("scenario_class_module", "scenario_class_name", "name", "description")),
        *(_text(n) for n in ("category", "difficulty_level")),
        sa.Column("expected_duration_seconds", sa.Double()),
        sa.Column("specific_params", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("cause", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("updated_at", _time(), nullable=False),
        _id("parent_id", nullable=True),
        sa.Column("parent_version", sa.Integer()),
        *(_text(n) for n in ("search_text", "content")),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_scenario_definitions_version")),
        key=("scenario_id",),
        owner="parent_id",
    )
    _index(table, "scenario_class_name")
    _index(table, "parent_id")
    _index(table, "created_at", "scenario_id")
    _index(table, "category", "created_at", "scenario_id")


def _history() -> None:
    _create(
        "scenario_history",
        _id("scenario_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("content"),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        *(_text(n) for n in ("action", "author", "reason")),
        _id("change_id"),
        sa.Column("at", _time(), nullable=False),
        sa.UniqueConstraint("change_id", name="uq_scenario_history_change_id"),
        key=("scenario_id", "version"),
    )
    _create(
        "scenario_origins",
        _id("scenario_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("weak_spot_id"),
        key=("scenario_id", "version", "weak_spot_id"),
    )
    _index("scenario_origins", "weak_spot_id", "scenario_id")


def _freeze(table: str) -> None:
    """Refuse updates and deletes of a table's rows."""
    if _postgres():
        op.execute(
            "CREATE OR REPLACE FUNCTION simulation.scenario_frozen() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the history is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON simulation.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION simulation.scenario_frozen()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
        )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("origins", "history", "parameters", "labels", "tags", "definitions"):
        op.drop_table(f"scenario_{name}", schema=_schema())
    if _postgres():
        op.execute("DROP FUNCTION simulation.scenario_frozen()")
