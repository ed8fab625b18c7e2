"""The folder that `pull` fills: what it brought there, and what lies there by somebody else."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pennywhistle.kernel.file_name import safe_file_name

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.interfaces.console.pull_remote import RemoteFile

_INDEX, _PARTS = ".pennywhistle-pull.json", ".pennywhistle-parts"
_NAME_BYTES_MAX = 255
_PIECE_BYTES = 1 << 20


class UnsafePathError(ValueError):
    """A name that the store gives a file would lead out of the folder, or mean something else."""

    code = "unsafe-path"


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as it was when it was brought: which version, and how it lay on the disk."""

    etag: str
    sha256: str
    size_bytes: int
    changed_ns: int


class PullFolder:
    """Files by their path in the shelf. Threads may keep different files at once."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root.resolve()
        self._lock = threading.Lock()
        self._brought = self._read_index()

    def place(self, file: RemoteFile) -> Path:
        """Where a file belongs. Raises UnsafePathError."""
        for part in file.path:
            if safe_file_name(part, length_max=_NAME_BYTES_MAX) != part:
                raise UnsafePathError(f"{part!r} is not a safe name.")
        place = self._root.joinpath(*file.path)
        # A folder in between may be a link that leads away.
        if not place.parent.resolve().is_relative_to(self._root) or place.is_symlink():
            raise UnsafePathError(f"{place} is, or lies behind, a link.")
        return place

    def has(self, file: RemoteFile) -> bool:
        """Whether this version was brought already, and still lies there (changed or not).

        A file that was made anew has another tag; it is the same if its bytes are.
        """
        brought = self._brought.get(_key(file))
        if brought is None or not self.place(file).exists():
            return False
        return brought.etag == file.etag or (file.sha256 != "" and brought.sha256 == file.sha256)

    def is_somebody_elses(self, file: RemoteFile) -> bool:
        """Whether something lies there that was not brought, or was changed since: it is kept."""
        try:
            there = self.place(file).stat()
        except FileNotFoundError:
            return False
        brought = self._brought.get(_key(file))
        return brought is None or (brought.size_bytes, brought.changed_ns) != (
            there.st_size,
            there.st_mtime_ns,
        )

    def adopt(self, file: RemoteFile, sha256: str) -> bool:
        """Take what lies there for what would be brought, if it is the same."""
        place = self.place(file)
        if not sha256 or sha256_of(place) != sha256:
            return False
        self._note(file, sha256)
        return True

    def part(self, file: RemoteFile) -> Path:
        """Where a version grows until all of it is there; another version grows elsewhere."""
        parts = self._root / _PARTS
        parts.mkdir(exist_ok=True)
        name = hashlib.sha256(f"{_key(file)}\n{file.etag}".encode()).hexdigest()
        return parts / f"{name}.part"

    def keep(self, file: RemoteFile, sha256: str) -> None:
        """Put a part that is complete where it belongs, all at once."""
        place, part = self.place(file), self.part(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        with part.open("rb") as opened:
            os.fsync(opened.fileno())
        part.replace(place)
        self._note(file, sha256)

    def write_index(self) -> None:
        """Keep what was brought; a crash before costs no more than reading files again."""
        with self._lock:
            brought = {key: asdict(each) for key, each in sorted(self._brought.items())}
        new = self._root / f"{_INDEX}.new"
        new.write_text(json.dumps(brought, ensure_ascii=False, indent=0), encoding="utf-8")
        new.replace(self._root / _INDEX)
        with suppress(OSError):
            (self._root / _PARTS).rmdir()

    def _note(self, file: RemoteFile, sha256: str) -> None:
        there = self.place(file).stat()
        brought = Brought(file.etag, sha256, there.st_size, there.st_mtime_ns)
        with self._lock:
            self._brought[_key(file)] = brought

    def _read_index(self) -> dict[str, Brought]:
        try:
            read = json.loads((self._root / _INDEX).read_text(encoding="utf-8"))
            return {key: Brought(**each) for key, each in read.items()}
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            # Without it, files that are the same are found to be so by their content.
            return {}


def sha256_of(path: Path) -> str:
    """Hexadecimal, of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _key(file: RemoteFile) -> str:
    return "/".join(file.path)
