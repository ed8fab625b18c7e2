"""Make a store's database once: beside its final place, and then moved there in one step."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pennywhistle.machine.postgres import command, files, marker
from pennywhistle.machine.postgres.account import Account, for_creating
from pennywhistle.machine.postgres.errors import (
    DatabaseMissingError,
    InitializeFailedError,
    VersionDiffersError,
)
from pennywhistle.machine.postgres.installation import Installation
from pennywhistle.machine.postgres.marker import Marker
from pennywhistle.machine.postgres.roles import ADMIN

INITDB_TIMEOUT_S = 600
# Linux's name for the folder that a process stands in, whatever lies above it.
HERE = Path("/proc/self/cwd")
OPTIONS = (
    "--encoding=UTF8",
    # Unicode's own rules, in the server: the same on every machine, so no index ever rots after an
    # upgrade of the C library, and lower() knows Cyrillic, final sigma and the sharp s.
    "--locale-provider=builtin",
    "--builtin-locale=PG_UNICODE_FAST",
    # Text search cuts words by the C library's classes: under plain C it would take quotation
    # marks and dashes beyond ASCII for letters.
    "--locale=C.UTF-8",
    "--lc-messages=C",
    "--data-checksums",
    "--auth=peer",
    f"--username={ADMIN}",
)


def path_for(account: Account, database: Path) -> Path:
    """How to name `database` to a PostgreSQL program that is started standing in it.

    The account that root's server runs as may not be able to pass through /root or a private
    folder; the folder that it stands in it can always name.
    """
    return HERE if account.is_other and sys.platform == "linux" else database


def ensure(
    database: Path, claimed: Marker, *, account: Account, programs: Installation, durable: bool
) -> None:
    """Make the database if the store never had one; otherwise insist that it is there and fits.

    `durable` is False for tests only: then a new database is not written through to the disk.

    Raises:
        DatabaseMissingError: the store had a database and it is gone. Nothing is made.
        VersionDiffersError: it was made by another major version.
        InitializeFailedError: initdb refused; its words are in the sentence.
    """
    data = database.parent
    found = _major_version(database)
    if found is None:
        if claimed.database == "made" or _holds_something(database):
            raise DatabaseMissingError(
                f"The store in {data} has a database, but there is none in {database}; "
                "a volume may not be mounted.",
                cure="Mount it, or restore a backup. Nothing was initialized.",
            )
        claimed = marker.remember(data, claimed, database="making")
        _make(database, account=account, programs=programs, durable=durable)
    else:
        _check_version(database, found, programs.version(account=account))
    marker.remember(data, claimed, database="made")


def _holds_something(database: Path) -> bool:
    return database.exists() and any(database.iterdir())


def _major_version(database: Path) -> str | None:
    try:
        return (database / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def _check_version(database: Path, found: str, installed: str) -> None:
    if found != installed.partition(".")[0]:
        raise VersionDiffersError(
            f"{database} was written by PostgreSQL {found}; this store brings {installed}.",
            cure="Nothing was changed. Run the release that made it, dump with it, and load the "
            "dump into a new store; see docs/running/database.md.",
        )


def _make(database: Path, *, account: Account, programs: Installation, durable: bool) -> None:
    """Run initdb in a folder that nobody but us can enter, and move the result into place."""
    workshop = database.with_name(f"{database.name}.new")
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(mode=0o700)
    draft = workshop / database.name
    draft.mkdir(mode=0o700)
    maker = for_creating(account)
    if maker.is_other:
        os.chown(draft, maker.uid, maker.gid)
    try:
        _run_initdb(draft, maker=maker, programs=programs, durable=durable)
        if maker.uid != account.uid:
            files.give(draft, account=account)
        files.sync_folder(workshop)
        draft.rename(database)
        files.sync_folder(database.parent)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _run_initdb(draft: Path, *, maker: Account, programs: Installation, durable: bool) -> None:
    options = OPTIONS if durable else (*OPTIONS, "--no-sync")
    try:
        code, words = command.run(
            [programs.program("initdb"), "-D", path_for(maker, draft), *options],
            account=maker,
            folder=draft,
            timeout_s=INITDB_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise InitializeFailedError(
            f"Creating the database took more than {INITDB_TIMEOUT_S} s.",
            cure="Look at the disk, and start again.",
        ) from error
    if code != 0:
        raise InitializeFailedError(
            f"The database could not be created in {draft}: {words[-2000:]}",
            cure="Mend what it names, and start again; nothing is left of this attempt.",
        )
