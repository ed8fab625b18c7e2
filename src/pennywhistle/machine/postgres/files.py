"""Write a file whole or not at all, safely also inside a folder that another account owns."""

import os
import secrets
from pathlib import Path

from pennywhistle.machine.postgres.account import Account


def write_whole(path: Path, text: str, *, mode: int, account: Account | None = None) -> None:
    """Replace `path` by `text` in one step that survives a loss of power.

    Root writes in folders of the server's account: a new file under a name that cannot be guessed,
    created exclusively and then moved, so that no symbolic link laid there is ever followed.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if account is not None and account.is_other:
                os.fchown(file.fileno(), account.uid, account.gid)
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def give(tree: Path, *, account: Account) -> None:
    """Give `tree` and all that is in it to `account`, following no link."""
    for folder, _, names in os.walk(tree):
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        for name in names:
            os.chown(Path(folder, name), account.uid, account.gid, follow_symlinks=False)
