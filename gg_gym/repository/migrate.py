"""The version of a store's tables: find it, bring it up, take it down. Alembic, called by program."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from gg_gym.errors import InputError
from gg_gym.repository.database import Database
from gg_gym.repository.models import SCHEMA
from gg_gym.repository.values import StoreError

#: Alembic's own table, under a name that another program's migrations in the same database do not use.
TABLE = "scenario_store_version"
#: Key of PostgreSQL's advisory lock: one program at a time changes the tables.
LOCK_KEY = 0x6767_5363
_SCRIPTS = Path(__file__).parent / "migrations"
#: Alembic keeps the running migration in module variables: one at a time in a process.
_RUNNING = threading.Lock()


def scripts() -> ScriptDirectory:
    """The migration scripts."""
    return ScriptDirectory(str(_SCRIPTS))


def head() -> str:
    """The version that this package writes."""
    return str(scripts().get_current_head())


def _options(connection: sa.Connection) -> dict[str, Any]:
    schema = SCHEMA if connection.dialect.name == "postgresql" else None
    return {"version_table": TABLE, "version_table_schema": schema, "render_as_batch": schema is None}


def version(database: Database) -> str | None:
    """The version of a store's tables; None where there are none.

    Raises:
        StoreError: the store cannot be read.
    """
    return database.read(lambda connection, _: _version(connection))


def _version(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection, opts=_options(connection)).get_current_revision()


def ensure(database: Database, *, create: bool = True) -> None:
    """Bring the tables of a store to this package's version.

    Args:
        database: the store.
        create: also where there is no store yet.

    Raises:
        InputError: there is no store, and none is to be created.
        StoreError: its version is newer, or it cannot be changed.
    """
    file = database.file
    missing = file is not None and not file.exists()
    if missing and not create:
        raise InputError("store", f"there is none at {database.name}", "a store that something was saved in")
    if file is not None and missing:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(database.name, f"{error.strerror or error}: {file.parent}") from None
    found = version(database)
    if found == head():
        return
    if found is None and not create:
        raise InputError("store", f"there is none at {database.name}", "a store that something was saved in")
    _known(database, found)
    if found is None and database.sqlite:
        _write_ahead(database)
    _run(database, lambda script, now: script._upgrade_revs(head(), now))


def _known(database: Database, found: str | None) -> None:
    known = {script.revision for script in scripts().walk_revisions()}
    if found is not None and found not in known:
        what = f"its tables have version {found}, this package knows {max(known)}: update gg-gym"
        raise StoreError(database.name, f"it was written by a newer version ({what})")


def downgrade(database: Database, target: str = "base") -> None:
    """Take the tables of a store down to an earlier version; ``base`` drops them all.

    Raises:
        StoreError: its version is newer, or it cannot be changed.
    """
    _known(database, version(database))
    _run(database, lambda script, now: script._downgrade_revs(target, now))


def _write_ahead(database: Database) -> None:
    """SQLite: readers do not wait for writers; the file keeps the mode."""
    try:
        connection = database.engine.raw_connection()
    except sa.exc.DBAPIError as error:
        raise StoreError(database.name, f"cannot be opened: {error.orig}") from None
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()
    except Exception as error:
        raise StoreError(database.name, f"cannot be written: {error}") from None
    finally:
        connection.close()


def _run(database: Database, steps: Callable[[ScriptDirectory, Any], Any]) -> None:
    """Run migrations in one transaction, one program at a time."""
    script = scripts()

    def work(connection: sa.Connection, _: int) -> None:
        if not database.sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))
            connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
        with EnvironmentContext(Config(), script, fn=lambda now, _: steps(script, now)) as environment:
            environment.configure(connection=connection, **_options(connection))
            with environment.begin_transaction():
                environment.run_migrations()

    with _RUNNING:
        database.write(work)
