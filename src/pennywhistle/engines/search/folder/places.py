"""Which folder of several is the index: a pointer that is exchanged by one rename."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_POINTER, _START = "current", "index-"
_NAME = re.compile(r"index-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Places:
    """The folder of a machine's indexes."""

    root: Path

    def current(self) -> Path | None:
        """The index that is read; None where there is none."""
        try:
            name = (self.root / _POINTER).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        folder = self.root / name
        return folder if _NAME.fullmatch(name) and (folder / "meta.json").exists() else None

    def new(self) -> Path:
        """An empty folder for another index, beside the one that is read."""
        folder = self.root / f"{_START}{secrets.token_hex(6)}"
        folder.mkdir(parents=True, mode=0o700)
        return folder

    def switch(self, folder: Path) -> None:
        """Let this be the index from now on; at any point of a crash, one of the two is.

        Raises FileNotFoundError where there is no index in it.
        """
        if not (folder / "meta.json").exists():
            raise FileNotFoundError(folder)
        draft = self.root / f"{_POINTER}.{secrets.token_hex(4)}"
        with draft.open("w", encoding="ascii") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.root / _POINTER)
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def sweep(self) -> None:
        """Delete all indexes but the one that is read. Who still reads one has its files open."""
        kept = self.current()
        for folder in self.root.glob(f"{_START}*"):
            if folder != kept:
                shutil.rmtree(folder, ignore_errors=True)

    @property
    def popular(self) -> Path:
        """Where the popular names are kept."""
        return self.root / "popular.json"
