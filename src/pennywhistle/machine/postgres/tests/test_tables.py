"""A store is founded with the very tables that Django's own command makes, in a fraction of it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pennywhistle.machine.postgres import Cluster, roles
from pennywhistle.machine.postgres.installation import find

OURS = """
import django
from pennywhistle.machine.postgres.tables import bring_up_to_date
django.setup()
print(bring_up_to_date(), bring_up_to_date())
"""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="pennywhistle-test-") as folder:
        started = Cluster(Path(folder) / "data", settings={"fsync": "off"})
        started.start()
        try:
            yield started
        finally:
            started.stop()


def founded(cluster: Cluster, name: str, *command: str) -> tuple[str, str]:
    """What the command says, and the tables and guards that it leaves."""
    admin = cluster.url(roles.ADMIN_DATABASE, role=roles.ADMIN)
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} OWNER {roles.STORE}")
    told = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "DATABASE_URL": cluster.url(name)},
        check=True,
        capture_output=True,
        text=True,
    )
    dump = [str(find().program("pg_dump")), "--schema-only", "--restrict-key=x"]
    tables = subprocess.run(
        [*dump, cluster.url(name)], check=True, capture_output=True, text=True
    ).stdout
    return told.stdout, tables


@pytest.mark.drill
def test_the_tables_are_those_of_djangos_own_command(cluster: Cluster) -> None:
    told, ours = founded(cluster, "ours", "-c", OURS)
    _, djangos = founded(cluster, "djangos", "-m", "django", "migrate", "--verbosity=0")

    assert "CREATE TABLE public.ledger_entry (" in ours
    assert ours == djangos
    first, again = map(int, told.split())
    assert first > 100
    assert again == 0
