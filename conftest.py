"""A real PostgreSQL for the tests that need one, started once, in a throw-away folder."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg import sql

from pennywhistle.apps.delivery import making
from pennywhistle.config.database import database_of
from prepared_cluster import prepared_cluster
from remembered import Memory, remembering
from rewritten import compile_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.machine.postgres import Cluster

# Set for tests that run side by side; a console keeps the width of its first moment for good.
os.environ.pop("COLUMNS", None)

# These machines are shared and noisy: no example fails because it took long. Every run draws other
# examples, so that fewer of them in each find the same in the end; `make laws` draws more.
hypothesis.settings.register_profile("plain", deadline=None, max_examples=25)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=100)
hypothesis.settings.load_profile("plain")

# What Django does after a test that committed: it empties all tables.
TEARDOWN = "_fixture_teardown"
# What migrating itself writes.
MIGRATED = {"django_content_type", "auth_permission", "django_site"}


def pytest_configure(config: pytest.Config) -> None:
    """Compile everything once where several workers are about to start."""
    is_worker = hasattr(config, "workerinput")
    if config.getoption("numprocesses", None) and not (is_worker or sys.dont_write_bytecode):
        compile_all(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Throw away the folder that `settings_test` made for the run."""
    data = Path(settings.DATA)
    if data.name.startswith("pennywhistle-test-") and not hasattr(config, "workerinput"):
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def memory() -> Iterator[Memory]:
    """What the sandbox's children answered about a file is remembered from run to run."""
    with remembering() as memory:
        yield memory


@pytest.fixture
def decodes_anew(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the decoding itself, and of what becomes of its children."""
    monkeypatch.setattr(memory, "is_asked", False)


@pytest.fixture(autouse=True)
def _nothing_under_way() -> None:
    """A making that failed is remembered by the process; the next test may want the same file."""
    making._under_way.clear()  # noqa: SLF001 - no code but the tests forgets


@pytest.fixture(scope="session", autouse=True)
def _nobody_waits_for_the_disk() -> Iterator[None]:
    """Nothing that a test writes has to outlive the machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A store's own cluster, as `make demo` starts it, with all migrations applied."""
    with prepared_cluster() as started:
        yield started


@pytest.fixture(scope="session")
def django_db_modify_db_settings(cluster: Cluster) -> None:
    """Point Django at that cluster before the test database is looked for."""
    database = connections.databases["default"] | database_of(cluster.url())
    # Threads of a worker close theirs after each job, so that the database can go at the end.
    database["CONN_MAX_AGE"] = 0
    connections.databases["default"] = database
    settings.DATABASES["default"] = database
    del connections["default"]


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The database is there already, and goes with its cluster."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:  # noqa: ARG001
    """Let tests that commit (`transaction=True`) empty the tables behind the database's guards.

    What the store writes once can be neither deleted nor truncated, and the queue's tables are
    not Django's to flush. A replica's session fires no triggers; only here may the role be one.
    """

    def empty(_case: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(_which_are_filled())
            for (table,) in cursor.fetchall():
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        # As when a database is restored: what was known through this connection is no longer so.
        connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, TEARDOWN, empty)
        yield


@cache
def _which_are_filled() -> str:
    """Truncating all tables, as Django does, takes seconds; few of them hold anything."""
    tables = [
        *(set(connection.introspection.django_table_names(only_existing=True)) - MIGRATED),
        *("procrastinate_jobs", "procrastinate_workers"),
    ]
    look = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    looks = (look.format(sql.Literal(table), sql.Identifier(table)) for table in tables)
    return sql.SQL(" UNION ALL ").join(looks).as_string(None)
