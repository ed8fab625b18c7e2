"""Copies of a store's database in a folder of another disk, and all that changed since the oldest.

    FOLDER/ID OF THE STORE/2026-11-22T020712   what a server can be started from
    FOLDER/ID OF THE STORE/wal/…gz             the log of changes, which the server brings itself

FOLDER has to be there: a disk that is not mounted must not be taken for an empty one. Make it below
the mount point, not as the mount point.
"""

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pennywhistle.machine.postgres import files, pages
from pennywhistle.machine.postgres.account import Account, is_open_to
from pennywhistle.machine.postgres.errors import CopyAwayError
from pennywhistle.machine.postgres.installation import Installation
from pennywhistle.machine.postgres.pages import BadPage

KEPT = 2
WAL = "wal"
NEW = ".new"
_NAME = "%Y-%m-%dT%H%M%S"
SEGMENT_NAME_LENGTH = 24
TIMELINE_LENGTH = 8
# What may be lost if the whole disk is: the server brings what it has at least this often.
ARCHIVED_EVERY = "60s"


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of one store's database in `folder`."""

    folder: Path
    store_id: str

    @property
    def root(self) -> Path:
        """Where this store's lie."""
        return self.folder / self.store_id

    @property
    def wal(self) -> Path:
        """Where the log of changes lies."""
        return self.root / WAL

    def names(self) -> list[str]:
        """The complete copies, the oldest first."""
        if not self.root.is_dir():
            return []
        return sorted(
            each.name for each in self.root.iterdir() if (each / "backup_label").is_file()
        )

    def open(self, *, account: Account) -> None:
        """Make what is missing inside the folder; the server's account must get in.

        Raises CopyAwayError: the folder is not there, or closed to it.
        """
        if not self.folder.is_dir():
            raise CopyAwayError(
                f"{self.folder}, where copies of the database belong, is not there.",
                cure="Mount its disk, or make the folder.",
            )
        for place in (self.root, self.wal):
            place.mkdir(mode=0o711, exist_ok=True)
        if account.is_other:
            os.chown(self.wal, account.uid, account.gid)
        self.wal.chmod(0o700)
        if not is_open_to(self.wal, account=account):
            raise CopyAwayError(
                f"User id {account.uid}, which the database runs as, cannot enter {self.wal}.",
                cure="Let it pass: chmod o+x on every folder above.",
            )

    def archiving(self) -> Mapping[str, str]:
        """The server's settings for bringing its log of changes here.

        What is here already is never replaced: should two servers claim one place, the second
        stops bringing, and says so in its log.
        """
        final, draft = self._in_shell("%f.gz"), self._in_shell(".%f.new")
        return {
            "archive_mode": "on",
            "archive_timeout": ARCHIVED_EVERY,
            "archive_command": (
                f'if test -e {final}; then gzip -cd {final} | cmp -s - "%p"; '
                f'else gzip -c "%p" > {draft} && sync {draft} && mv {draft} {final}; fi'
            ),
        }

    def fetching(self) -> Mapping[str, str]:
        """The server's settings for restoring: where the log of changes is found."""
        path = self._in_shell("%f.gz")
        return {"restore_command": f'test -e {path} && gzip -cd {path} > "%p"'}

    def _in_shell(self, name: str) -> str:
        """A file of the log of changes, for a command in which %f and %p have a meaning."""
        return shlex.quote(f"{self.wal}/".replace("%", "%%") + name)

    def add(self, url: str, *, programs: Installation, now: datetime) -> tuple[BadPage, ...]:
        """Copy a running server; then forget what the newest copies do not need.

        Answers what is damaged; of a damaged database no copy is kept, and nothing is forgotten.
        Raises PagesUnreadError.
        """
        name = now.strftime(_NAME)
        draft = self.root / (name + NEW)
        for left in self.root.glob(f"*{NEW}"):
            shutil.rmtree(left)
        bad = pages.copy_all(url, draft, programs=programs)
        if bad:
            shutil.rmtree(draft, ignore_errors=True)
            return bad
        draft.rename(self.root / name)
        files.sync_folder(self.root)
        self._forget()
        return ()

    def _forget(self) -> None:
        """Remove older copies, and the log of changes before the oldest that stays."""
        names = self.names()
        for name in names[:-KEPT]:
            # Without its label it is none any more, should this be interrupted.
            (self.root / name / "backup_label").unlink()
            shutil.rmtree(self.root / name)
        needed = min(first_segment(self.root / name) for name in names[-KEPT:])
        for path in self.wal.glob("*.gz"):
            segment = path.name.removesuffix(".gz").partition(".")[0]
            is_segment = len(segment) == SEGMENT_NAME_LENGTH
            if is_segment and segment[TIMELINE_LENGTH:] < needed:
                path.unlink()


def first_segment(copy: Path) -> str:
    """Where a copy's changes begin, without the timeline.

    By its label's first line, `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)`.
    """
    first, _, _ = (copy / "backup_label").read_text(encoding="ascii").partition("\n")
    return first.rpartition("(file ")[2].rstrip(")")[TIMELINE_LENGTH:]
