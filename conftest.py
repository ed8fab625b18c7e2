"""A real PostgreSQL for the tests that need one, started once, in a throw-away folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase

from pennywhistle.config.database import database_of
from pennywhistle.machine.postgres import Cluster, roles

if TYPE_CHECKING:
    from collections.abc import Iterator

# What Django does after a test that committed: it empties all tables.
TEARDOWN = "_fixture_teardown"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A store's own cluster, as `make demo` starts it; without waiting for the disk."""
    with tempfile.TemporaryDirectory(prefix="pennywhistle-tests-") as folder:
        started = Cluster(Path(folder) / "data", settings={"fsync": "off"})
        started.start()
        yield started
        started.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(cluster: Cluster) -> None:
    """Point Django at that cluster before the test database is made."""
    database = connections.databases["default"] | database_of(cluster.url())
    # Threads of a worker close theirs after each job, so that the database can go at the end.
    database["CONN_MAX_AGE"] = 0
    connections.databases["default"] = database
    settings.DATABASES["default"] = database
    del connections["default"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, cluster: Cluster) -> Iterator[None]:  # noqa: ARG001
    """Let tests that commit (`transaction=True`) empty the tables behind the database's guards.

    What the store writes once can be neither deleted nor truncated, and the queue's tables are
    not Django's to flush. A replica's session fires no triggers; only here may the role be one.
    """
    admin = cluster.url(roles.ADMIN_DATABASE, role=roles.ADMIN)
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(f"GRANT SET ON PARAMETER session_replication_role TO {roles.STORE}")
    flush = getattr(TransactionTestCase, TEARDOWN)

    def flush_behind_the_guards(case: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
            flush(case)
        # As when a database is restored: what was known through this connection is no longer so.
        connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, TEARDOWN, flush_behind_the_guards)
        yield
