"""A log copied into a folder as it is read: what lies there already is not fetched again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pennywhistle.interfaces.console.log_source import (
    CHECKPOINT,
    POLICY,
    FolderSource,
    SourceError,
)
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.interfaces.console.log_source import Source

# Where a mirror lays aside what it fetches anew, until that has turned out right.
_REPLACED = ".replaced"


class CopyingSource:
    """A log that is copied into a folder as it is read; what lies there is not fetched again.

    The checkpoint is not kept: whoever has checked it writes it last.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        """Take where the log is, and where its mirror shall lie."""
        self._source, self._here, self._folder = source, FolderSource(folder), Folder(folder)
        self._fetched: list[Path] = []
        self._copies: set[str] = set()
        self._distrusted: set[str] = set()
        self._replaced = folder / _REPLACED
        # A run that was ended within a repair: what it replaced is as good as what it wrote.
        self._put_back()

    def read(self, path: str) -> bytes:
        """A file of the log; tiles and entry bundles never change, so that a copy is as good."""
        if path == CHECKPOINT:
            return self._source.read(path)
        if path in self._distrusted:
            return self._fetch_anew(path)
        try:
            data = self._here.read(path)
        except (FileNotFoundError, SourceError):
            data = self._source.read(path)
            self._folder.write(path, data)
            self._fetched.append(self._folder.root / path)
        else:
            self._copies.add(path)
        return data

    def _fetch_anew(self, path: str) -> bytes:
        self._distrusted.discard(path)
        data = self._source.read(path)
        here = self._folder.root / path
        if here.read_bytes() != data:
            aside = self._replaced / path
            aside.parent.mkdir(parents=True, exist_ok=True)
            here.rename(aside)
            self._folder.write(path, data)
        return data

    def policy(self) -> bytes:
        """The policy, kept beside the copy."""
        data = self._source.policy()
        self._folder.write(POLICY, data)
        return data

    def renew(self) -> bool:
        """Fetch what was read from the folder again: a copy may have been cut short or damaged."""
        self._distrusted |= self._copies
        self._copies.clear()
        return bool(self._distrusted)

    def close(self) -> None:
        """Let the log's connection go."""
        self._source.close()

    def forget_fetched(self) -> None:
        """Remove what was copied since this began: it turned out not to be the log."""
        for path in self._fetched:
            path.unlink(missing_ok=True)
        self._put_back()

    def keep_checkpoint(self, note: bytes) -> None:
        """Make a head the mirror's: all that it needs is there."""
        shutil.rmtree(self._replaced, ignore_errors=True)
        self._folder.write(CHECKPOINT, note)

    def _put_back(self) -> None:
        if not self._replaced.is_dir():
            return
        for aside in sorted(self._replaced.rglob("*")):
            if aside.is_file():
                aside.replace(self._folder.root / aside.relative_to(self._replaced))
        shutil.rmtree(self._replaced, ignore_errors=True)
