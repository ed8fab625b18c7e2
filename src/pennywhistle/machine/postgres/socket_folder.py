"""The folder of the server's Unix socket, which only the server's account (and root) can enter.

The address of a Unix socket holds about a hundred bytes. Where the data folder's path is longer, or
the server's account cannot pass through it, the folder lies in /run (root) or /tmp, under a
name made from the data folder's path, so that every command finds it without being told.
"""

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from pennywhistle.machine.postgres.account import Account, is_open_to
from pennywhistle.machine.postgres.errors import SocketFolderError

SOCKET = ".s.PGSQL.5432"
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, with a zero at the end.
ADDRESS_BYTES_MAX = 103
NAME = "postgres-socket"


def place(data: Path, *, account: Account) -> Path:
    """Where the socket's folder of the store in `data` is; makes nothing."""
    inside = data / NAME
    if len(os.fsencode(inside / SOCKET)) <= ADDRESS_BYTES_MAX and is_open_to(data, account=account):
        return inside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return _runtime_folder() / f"pennywhistle-{account.uid}-{digest}"


def _runtime_folder() -> Path:
    # TMPDIR and XDG_RUNTIME_DIR differ between a login, cron and a service, and the latter is
    # removed at logout. In /run only root can make names; in /tmp `ensure` checks whose it is.
    system = Path("/run")
    return system if os.geteuid() == 0 and system.is_dir() else Path("/tmp")  # noqa: S108


def ensure(folder: Path, *, account: Account) -> None:
    """Make `folder` for `account` alone; refuse one that somebody else laid there."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if account.is_other:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    status = folder.lstat()
    private = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    if not private or status.st_uid != account.uid:
        raise SocketFolderError(
            f"{folder} exists and is not a private folder (0700) of user id {account.uid}.",
            cure="Look who made it, remove it, and start again.",
        )


def remove(folder: Path) -> None:
    """Take away the folder of a server that has stopped; one with anything in it stays."""
    with contextlib.suppress(OSError):
        folder.rmdir()
