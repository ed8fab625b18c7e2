"""The operating-system account that the database server runs as.

PostgreSQL refuses to run as root. A normal user's store runs as that user. Root's store runs as
the owner of the existing database, else as an account named `pennywhistle` or `postgres`, else as
a fixed user id that needs no entry in the list of accounts: the server accepts that (tried with
18.4), only initdb looks its own name up, so that one step borrows an account that has a name.
"""

import os
import pwd
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pennywhistle.machine.postgres.errors import AccountMissingError

NAMES = ("pennywhistle", "postgres")
# systemd's table of user ids keeps 60578 to 61183 unused, and it lies below the 65536 ids that
# an unprivileged container usually has.
BARE_ID = 60943


@dataclass(frozen=True, slots=True)
class Account:
    """A user id and group id; `name` is None where the list of accounts does not have it."""

    uid: int
    gid: int
    name: str | None

    @property
    def is_other(self) -> bool:
        """Whether commands have to change to this account; only root can."""
        return self.uid != os.geteuid()


def _account_of(uid: int, *, gid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(uid=uid, gid=gid, name=None)
    return Account(uid=uid, gid=entry.pw_gid, name=entry.pw_name)


def choose(database: Path, *, names: Sequence[str] = NAMES) -> Account:
    """The account for the server whose files are, or will be, in `database`."""
    if os.geteuid() != 0:
        return _account_of(os.geteuid(), gid=os.getegid())
    if database.exists() and (owned := database.stat()).st_uid != 0:
        return _account_of(owned.st_uid, gid=owned.st_gid)
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(uid=entry.pw_uid, gid=entry.pw_gid, name=name)
    return _account_of(BARE_ID, gid=BARE_ID)


def for_creating(account: Account) -> Account:
    """The account that runs initdb: `account` itself if it has a name, else a borrowed one.

    Borrowing is safe because initdb then works inside a folder that only root can enter.
    """
    if account.name is not None:
        return account
    if os.geteuid() == 0:
        for entry in pwd.getpwall():
            if entry.pw_uid != 0:
                return Account(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)
    raise AccountMissingError(
        f"PostgreSQL cannot create a database as user id {account.uid}, which has no name here.",
        cure="Add the user id to /etc/passwd, run as a user that is there, or set DATABASE_URL.",
    )


def is_open_to(path: Path, *, account: Account) -> bool:
    """Whether `account` may pass through every folder on the way to `path` and through `path`.

    Judged by mode bits alone: access lists can only make the true answer more generous.
    """
    return all(_may_enter(folder.stat(), account=account) for folder in _folders(path))


def _folders(path: Path) -> Iterator[Path]:
    resolved = path.resolve()
    yield resolved
    yield from resolved.parents


def _may_enter(status: os.stat_result, *, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
