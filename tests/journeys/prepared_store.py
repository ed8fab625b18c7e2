"""A new store's data folder with all migrations applied, so that its first start is short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

import prepared_cluster
from pennywhistle.machine.postgres import Cluster, roles

if TYPE_CHECKING:
    from pathlib import Path


def prepare_store(data: Path) -> None:
    """Make the folder, out of the copy that all tests use. `test_demo` starts from nothing."""
    prepared_cluster._copy(prepared_cluster._prepared(), data)
    cluster = Cluster(data, settings=prepared_cluster.SETTINGS)
    cluster.start()
    try:
        admin = cluster.url(roles.ADMIN_DATABASE, role=roles.ADMIN)
        with psycopg.connect(admin, autocommit=True) as server:
            server.execute(f"DROP DATABASE {roles.STORE}")
            server.execute(f"ALTER DATABASE {prepared_cluster.DATABASE} RENAME TO {roles.STORE}")
    finally:
        cluster.stop()
