"""A database and how to speak with it: address, transactions, retry after a lost connection, one clear error."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from gg_gym.errors import InputError
from gg_gym.repository.models import SCHEMA
from gg_gym.repository.values import StoreError

#: Environment variable that names the store.
VARIABLE = "GG_GYM_STORE"
#: The store of a folder with nothing said.
DEFAULT = Path("mlruns") / "scenarios.db"
#: PostgreSQL's states of a connection that was lost or refused for a moment, and of transactions worth repeating.
_TRANSIENT = ("57P01", "57P02", "57P03", "53300", "40001", "40P01")
_LASTING = ("authentication", "does not exist", "no password", "permission denied")
#: First pause before a repetition; each further one is twice as long [s].
PAUSE = 0.1
#: How long SQLite waits for another writer [s].
BUSY = 30.0
#: Pages that an SQLite connection keeps in memory [bytes]: ten thousand definitions fit.
CACHE = 64 << 20

T = TypeVar("T")
#: A piece of work in one transaction: (connection, how often it was tried before) -> result.
Work = Callable[[sa.Connection, int], T]


def store_url(store: str | Path | None = None) -> sa.URL:
    """The address of a store: given, from ``GG_GYM_STORE``, or ``mlruns/scenarios.db``.

    Args:
        store: URL (``sqlite:///FILE``, ``postgresql://USER@HOST/DATABASE``) or the path of an SQLite file.

    Raises:
        InputError: neither, an unknown kind of database, or no driver for it.
    """
    given = str(store or os.environ.get(VARIABLE) or DEFAULT)
    allowed = "sqlite:///FILE, postgresql://USER@HOST/DATABASE or a path"
    if "://" not in given:
        return sa.URL.create("sqlite", database=given)
    try:
        url = sa.make_url(given)
    except (exc.ArgumentError, ValueError):
        raise InputError("store", "not an address", allowed) from None
    if url.get_backend_name() not in ("sqlite", "postgresql") or url.get_driver_name() not in ("pysqlite", "psycopg"):
        raise InputError("store", f"{url.drivername} is no database that is known", allowed)
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise InputError("store", "a store in memory would be lost", "sqlite:///FILE")
    return url


class Database:
    """A database of scenarios.

    Args:
        store: as :func:`store_url`.
        retries: how often work is repeated after the connection was lost.

    Raises:
        InputError: the address is not understood.
    """

    def __init__(self, store: str | Path | None = None, *, retries: int = 4) -> None:
        self.url, self.retries = store_url(store), retries
        self.name = self.url.render_as_string(hide_password=True)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        # A prepared statement gets a plan for any value: thirty milliseconds for a rare word instead of three.
        postgres = {"connect_timeout": 5, "prepare_threshold": None}
        options: dict[str, Any] = {"timeout": BUSY} if self.sqlite else postgres
        try:
            self.engine = sa.create_engine(self.url, connect_args=options)
        except ImportError:
            raise InputError("store", f"no driver for {self.name}", "pip install 'gg-gym[postgres]'") from None
        if self.sqlite:
            self.engine = self.engine.execution_options(schema_translate_map={SCHEMA: None})
            event.listen(self.engine, "connect", _connected)
            event.listen(self.engine, "begin", _begin)
        self._writing = self.engine.execution_options(gg_write=True)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite store, unless its address is a ``file:`` URI."""
        name = self.url.database or ""
        return Path(name) if self.sqlite and not name.startswith("file:") else None

    def read(self, work: Work[T]) -> T:
        """Do work that only reads."""
        return self._repeat(self.engine, work)

    def write(self, work: Work[T]) -> T:
        """Do work that writes: all of it or nothing. After a lost connection it is told how often it was tried.

        Raises:
            StoreError: the database is down, read-only or refuses.
            sqlalchemy.exc.IntegrityError: a key that is there already.
        """
        return self._repeat(self._writing, work)

    def _repeat(self, engine: sa.Engine, work: Work[T]) -> T:
        tried = 0
        while True:
            try:
                with engine.begin() as connection:
                    return work(connection, tried)
            except exc.IntegrityError:
                raise
            except exc.DBAPIError as error:
                if tried >= self.retries or not transient(error):
                    raise StoreError(self.name, explain(error)) from None
            except exc.SQLAlchemyError as error:
                raise StoreError(self.name, str(error).splitlines()[0]) from None
            time.sleep(PAUSE * 2**tried)
            tried += 1

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _connected(connection: Any, _: Any) -> None:
    """SQLite: transactions are ours to begin, references are checked, a commit is on the disk."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA cache_size = -{CACHE >> 10}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """SQLite: who writes takes the lock at once, so that nobody else's version is overwritten."""
    write = connection.get_execution_options().get("gg_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def transient(error: exc.DBAPIError) -> bool:
    """Whether an error is a lost connection, or a transaction that lost a race: worth a repetition."""
    state, text = getattr(error.orig, "sqlstate", None), str(error.orig)
    if state is not None:
        return state.startswith("08") or state in _TRANSIENT
    postgres = type(error.orig).__module__.startswith("psycopg")
    lost = error.connection_invalidated or (postgres and isinstance(error, exc.OperationalError))
    return bool(lost) and not any(word in text for word in _LASTING)


def explain(error: exc.DBAPIError) -> str:
    """What is wrong with the store, in a line."""
    state, text = getattr(error.orig, "sqlstate", None) or "", " ".join(str(error.orig).split())
    if state == "25006" or "readonly database" in text:
        return "it is read-only; nothing was written"
    if "unable to open database file" in text:
        return "the file cannot be opened or created"
    if "database is locked" in text:
        return f"another process has been writing for {BUSY:.0f} s; nothing was written"
    down = not state and type(error.orig).__module__.startswith("psycopg")
    return f"no connection: {text}" if down or state.startswith(("08", "57P")) else text
