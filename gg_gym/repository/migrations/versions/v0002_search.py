"""Full-text search, and the features that runs of definitions showed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)


def _schema() -> str | None:
    return "simulation" if op.get_bind().dialect.name == "postgresql" else None


def upgrade() -> None:
    """Index words (PostgreSQL: in a column that the server keeps up to date) and create the table of features."""
    schema = _schema()
    if schema:
        op.execute(
            "ALTER TABLE simulation.scenario_definitions ADD COLUMN search_vector tsvector "
            "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(search_text, ' '))) STORED"
        )
        op.execute(
            "CREATE INDEX ix_scenario_definitions_words ON simulation.scenario_definitions USING gin (search_vector)"
        )
    else:
        _fts()
    owner = f"{schema}.scenario_definitions.scenario_id" if schema else "scenario_definitions.scenario_id"
    op.create_table(
        "scenario_features",
        sa.Column("feature_id", _ID, nullable=False),
        sa.Column("scenario_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("feature_id", name="pk_scenario_features"),
        sa.ForeignKeyConstraint(["scenario_id"], [owner], name="fk_scenario_features_scenario_id"),
        schema=schema,
    )
    for column in ("scenario_id", "product"):
        op.create_index(f"ix_scenario_features_{column}", "scenario_features", [column], schema=schema)


def _fts() -> None:
    """SQLite: an FTS5 table that triggers keep up to date, filled with what is there."""
    op.execute(
        "CREATE VIRTUAL TABLE scenario_words USING fts5("
        "scenario_id UNINDEXED, search_text, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3')"
    )
    insert = "INSERT INTO scenario_words (scenario_id, search_text) "
    op.execute(insert + "SELECT scenario_id, search_text FROM scenario_definitions")
    values = "VALUES (new.scenario_id, new.search_text)"
    op.execute(f"CREATE TRIGGER scenario_words_insert AFTER INSERT ON scenario_definitions BEGIN {insert}{values}; END")
    op.execute(
        "CREATE TRIGGER scenario_words_update AFTER UPDATE OF search_text ON scenario_definitions "
        "WHEN old.search_text <> new.search_text BEGIN "
        f"DELETE FROM scenario_words WHERE scenario_id = old.scenario_id; {insert}{values}; END"
    )


def downgrade() -> None:
    """Drop both; the definitions stay."""
    schema = _schema()
    op.drop_table("scenario_features", schema=schema)
    if schema:
        op.drop_column("scenario_definitions", "search_vector", schema=schema)
        return
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER scenario_words_{event}")
    op.execute("DROP TABLE scenario_words")
