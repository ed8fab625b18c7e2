"""A database cluster with all migrations applied: made once, then copied for each run of tests.

Applying the migrations takes half a minute, copying what they left takes less than a second. A copy
belongs to the migrations as they are: where one changes, the next run makes a new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from pennywhistle.machine.postgres import Cluster, roles

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SHELF = ROOT / ".test-databases"
# The name that Django gives the test database of settings_test.
DATABASE = "test_pennywhistle"
# Nobody waits for the disk.
SETTINGS = {"fsync": "off", "shared_buffers": "256MB"}
_KEPT_S = 24 * 60 * 60


@contextmanager
def prepared_cluster() -> Iterator[Cluster]:
    """A running cluster of one's own with the migrated, empty database; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pennywhistle-tests-") as folder:
        data = Path(folder) / "data"
        _copy(_prepared(), data)
        cluster = Cluster(data, settings=SETTINGS)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def _prepared() -> Path:
    """The folder to copy; whoever comes while it is being made waits for it."""
    SHELF.mkdir(exist_ok=True)
    wanted = SHELF / _digest()
    with (SHELF / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            _remove_old()
            _make(wanted)
    return wanted


def _digest() -> str:
    """Of everything that the result depends on."""
    source = ROOT / "src" / "pennywhistle"
    parts = [
        *sorted(source.glob("**/migrations/*.py")),
        *sorted(source.glob("machine/postgres/*.py")),
        ROOT / "requirements" / "develop.txt",
        Path(__file__),
    ]
    digest = hashlib.sha256(sys.version.encode())
    for part in parts:
        digest.update(str(part.relative_to(ROOT)).encode() + b"\0" + part.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _make(wanted: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pennywhistle-tests-") as folder:
        data = Path(folder) / "data"
        cluster = Cluster(data, settings=SETTINGS)
        cluster.start()
        try:
            admin = cluster.url(roles.ADMIN_DATABASE, role=roles.ADMIN)
            with psycopg.connect(admin, autocommit=True) as server:
                server.execute(f"GRANT SET ON PARAMETER session_replication_role TO {roles.STORE}")
                server.execute(f"CREATE DATABASE {DATABASE} OWNER {roles.STORE}")
            subprocess.run(
                [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
                env={**os.environ, "DATABASE_URL": cluster.url(DATABASE)},
                check=True,
            )
        finally:
            cluster.stop()
        draft = wanted.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        _copy(data, draft)
        draft.rename(wanted)


def _copy(here: Path, there: Path) -> None:
    """With its owners: root's server belongs to another account."""
    subprocess.run(["cp", "-a", "--reflink=auto", here, there], check=True)


def _remove_old() -> None:
    for folder in SHELF.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > _KEPT_S:
            shutil.rmtree(folder)
