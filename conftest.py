"""A real PostgreSQL for the tests that need one, started once, in a throw-away folder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from pennywhistle.config.database import database_of
from pennywhistle.machine.postgres import Cluster


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
    connections.databases["default"] = database
    settings.DATABASES["default"] = database
    del connections["default"]
