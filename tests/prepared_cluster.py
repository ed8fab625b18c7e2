"""A database cluster with all migrations applied: made once, then copied for each run of tests.

Applying the migrations takes half a minute, copying what they left takes less than a second. A copy
belongs to the migrations as they are: where one is added, the next run goes on from the copy before
it; where one is changed, it begins anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from pennywhistle.machine.postgres import Cluster, installation, roles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
SHELF = ROOT / ".test-databases"
# The name that Django gives the test database of settings_test.
DATABASE = "test_pennywhistle"
# Nobody waits for the disk.
SETTINGS = {"fsync": "off", "shared_buffers": "256MB"}
_MIGRATE = """
import django
from pennywhistle.machine.postgres.tables import bring_up_to_date
django.setup()
bring_up_to_date()
"""
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
        # In use: not among the old ones that the next to make one removes.
        os.utime(wanted)
    return wanted


def _digest() -> str:
    """Of everything that the result depends on."""
    parts = {**_ground(), **_migrations()}
    return hashlib.sha256(json.dumps([sys.version, parts], sort_keys=True).encode()).hexdigest()[
        :16
    ]


def _migrations() -> dict[str, str]:
    return _hashes((ROOT / "src" / "pennywhistle").glob("**/migrations/*.py"))


def _ground() -> dict[str, str]:
    """What the migrations are applied to, and by."""
    postgres = ROOT / "src" / "pennywhistle" / "machine" / "postgres"
    names = ("cluster", "configuration", "creation", "installation", "roles", "tables")
    founding = [postgres / f"{name}.py" for name in names]
    hashes = _hashes([*founding, ROOT / "requirements" / "develop.txt", Path(__file__)])
    return {**hashes, "server": version(installation.PACKAGE)}


def _hashes(files: Iterable[Path]) -> dict[str, str]:
    return {
        str(file.relative_to(ROOT)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(files)
    }


def _make(wanted: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pennywhistle-tests-") as folder:
        data = Path(folder) / "data"
        holds = {"ground": [sys.version, _ground()], "migrations": _migrations()}
        before = _before(holds)
        if before is not None:
            _copy(before, data)
        cluster = Cluster(data, settings=SETTINGS)
        cluster.start()
        try:
            if before is None:
                _found(cluster)
            subprocess.run(
                [sys.executable, "-c", _MIGRATE],
                env={**os.environ, "DATABASE_URL": cluster.url(DATABASE)},
                check=True,
            )
        finally:
            cluster.stop()
        draft = wanted.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        _copy(data, draft)
        _written(wanted).write_text(json.dumps(holds))
        draft.rename(wanted)


def _written(made: Path) -> Path:
    """Where it is written down what a copy holds."""
    return made.with_suffix(".json")


def _before(wanted: dict[str, Any]) -> Path | None:
    """The latest copy to go on from: made in the same way, with some of the same migrations."""
    for made in sorted(SHELF.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True):
        if made.is_dir() and not made.suffix and _written(made).exists():
            holds = json.loads(_written(made).read_text())
            is_part = holds["migrations"].items() <= wanted["migrations"].items()
            if is_part and holds["ground"] == wanted["ground"]:
                return made
    return None


def _found(cluster: Cluster) -> None:
    with psycopg.connect(
        cluster.url(roles.ADMIN_DATABASE, role=roles.ADMIN), autocommit=True
    ) as server:
        server.execute(f"GRANT SET ON PARAMETER session_replication_role TO {roles.STORE}")
        server.execute(f"CREATE DATABASE {DATABASE} OWNER {roles.STORE}")


def _copy(here: Path, there: Path) -> None:
    """With its owners: root's server belongs to another account."""
    subprocess.run(["cp", "-a", "--reflink=auto", here, there], check=True)


def _remove_old() -> None:
    for folder in SHELF.iterdir():
        # Remembered answers have rules of their own (`remembered.py`).
        is_ours = folder.is_dir() and not folder.name.startswith("answers-")
        if is_ours and time.time() - folder.stat().st_mtime > _KEPT_S:
            shutil.rmtree(folder)
            _written(folder).unlink(missing_ok=True)
