"""Put a copy of a store's database in the place of a damaged or lost one, with all that came after.

Nothing is deleted: what was there is moved aside, and its last changes, which had not reached the
copies yet, are taken along.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pennywhistle.machine.postgres import account as accounts
from pennywhistle.machine.postgres import files, marker, roles
from pennywhistle.machine.postgres.cluster import FOLDER, Cluster
from pennywhistle.machine.postgres.copies import (
    SEGMENT_NAME_LENGTH,
    TIMELINE_LENGTH,
    Copies,
    first_segment,
)
from pennywhistle.machine.postgres.errors import NothingToRestoreError
from pennywhistle.machine.postgres.marker import Marker
from pennywhistle.machine.postgres.pages import BadPage

PG_WAL = "pg_wal"
ASIDE = ".aside-"
RECOVER = "recovery.signal"
_START_TIMEOUT_S = 24 * 3600
_POLL_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done; `aside` is where the former database lies, if there was one."""

    copy: str
    aside: Path | None
    bad: tuple[BadPage, ...]
    seconds: float


def restore(
    data: Path, folder: Path, *, name: str | None = None, report: Callable[[str], None]
) -> Restored:
    """Restore the database of the store in `data` from `folder`; the store must stand still.

    It is read once more at the end, and stopped. Interrupted before that, it can be called again.

    Args:
        data: the store's folder; without a store in it, the only one of which there are copies.
        folder: what PENNYWHISTLE_DATABASE_COPY names.
        name: which copy; the newest by default.
        report: gets a sentence every few seconds.

    Raises:
        ClusterError: one of its kinds, such as NothingToRestoreError.
    """
    began_s = time.monotonic()
    copies = Copies(folder.resolve(), _store_id(data, folder))
    chosen = _chosen(copies, name)
    data.mkdir(mode=0o711, exist_ok=True)
    # Not started by anybody while its files are moved; a server that recovers, or is about to end,
    # still writes into them.
    with Cluster(data).standing_still():
        aside = _put_in_place(data, copies, chosen, report)
    bad = _recover(data, copies, report)
    return Restored(chosen, aside, bad, time.monotonic() - began_s)


def _put_in_place(
    data: Path, copies: Copies, chosen: str, report: Callable[[str], None]
) -> Path | None:
    """Exchange the database for a copy, ready to be recovered; answers where the former one is."""
    database = data.resolve() / FOLDER
    account = accounts.choose(database)
    report(f"Copying {copies.root / chosen} …")
    draft = database.with_name(f"{FOLDER}.restoring")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(copies.root / chosen, draft, symlinks=True)
    aside = _set_aside(database)
    for former in _all_aside(database):
        _take_along(former / PG_WAL, draft / PG_WAL, since=first_segment(copies.root / chosen))
    (draft / RECOVER).touch(mode=0o600)
    if account.is_other:
        files.give(draft, account=account)
    # Recovery writes through what it changes, and trusts that the rest has been.
    os.sync()
    draft.rename(database)
    files.sync_folder(database.parent)
    marker.write(data, Marker(copies.store_id, "made"))
    return aside


def _recover(data: Path, copies: Copies, report: Callable[[str], None]) -> tuple[BadPage, ...]:
    """Let the server repeat what came after the copy, and read all of it."""
    # With its copies, so that they hear of the new line of changes that begins here.
    cluster = Cluster(
        data, must_exist=True, settings=copies.fetching(), copies=copies.folder, report=report
    )
    cluster.start(timeout_s=_START_TIMEOUT_S)
    try:
        _wait_for_all_changes(cluster, report)
        return cluster.read_pages()
    finally:
        cluster.stop()


def _wait_for_all_changes(cluster: Cluster, report: Callable[[str], None]) -> None:
    """A server that repeats changes answers questions long before it has repeated all of them."""
    url = cluster.url(roles.ADMIN_DATABASE, role=roles.ADMIN)
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            row = connection.execute(
                "SELECT pg_is_in_recovery(), pg_last_xact_replay_timestamp()"
            ).fetchone()
            assert row is not None
            if not row[0]:
                return
            report(f"Repeating what came after it: until {row[1] or 'its end'} …")
            time.sleep(_POLL_EVERY_S)


def _store_id(data: Path, folder: Path) -> str:
    found = marker.read(data)
    if found is not None:
        return found.store_id
    there = [each.name for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    if len(there) != 1:
        raise NothingToRestoreError(
            f"There is no store in {data}, and {folder} has copies of {len(there)}.",
            cure=f"Put the store's {marker.NAME} into {data}, or name another folder.",
        )
    return there[0]


def _chosen(copies: Copies, name: str | None) -> str:
    names = copies.names()
    if not names or (name is not None and name not in names):
        raise NothingToRestoreError(
            f"There is no such copy in {copies.root}; there are: {', '.join(names) or 'none'}.",
            cure="Mount the right disk, or name one of them.",
        )
    return name or names[-1]


def _set_aside(database: Path) -> Path | None:
    """Move a former database to a name that is free; of those moved earlier, name the newest."""
    before = _all_aside(database)
    if not database.exists():
        return before[0] if before else None
    number = _number(before[0]) + 1 if before else 1
    return database.rename(database.with_name(f"{FOLDER}{ASIDE}{number}"))


def _all_aside(database: Path) -> list[Path]:
    """The former databases, the newest first."""
    found = [
        path
        for path in database.parent.glob(f"{FOLDER}{ASIDE}*")
        if path.name.removeprefix(FOLDER + ASIDE).isdecimal()
    ]
    return sorted(found, key=_number, reverse=True)


def _number(aside: Path) -> int:
    return int(aside.name.removeprefix(FOLDER + ASIDE))


def _take_along(former: Path, wal: Path, *, since: str) -> None:
    """Add the changes that the copy has not; those that were brought away are read from there.

    A restoring that was interrupted may have used up some, or got none: so of all that lie aside.
    """
    for path in sorted(former.glob("[0-9A-F]" * SEGMENT_NAME_LENGTH)):
        is_later = path.name[TIMELINE_LENGTH:] >= since
        if is_later and path.is_file() and not (wal / path.name).exists():
            shutil.copy2(path, wal / path.name)
