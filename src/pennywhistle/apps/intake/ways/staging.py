"""Copies what a message names out of a place, hashing it on the way.

A supplier could change a file between the check and the use: what is judged is what is kept.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.intake.message_limits import message_limits
from pennywhistle.apps.intake.ways.letters import is_document, lying_at
from pennywhistle.apps.intake.ways.limits import FREE_BYTES_MIN
from pennywhistle.apps.intake.ways.place import ChangedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.apps.intake.models import Mailbox
    from pennywhistle.apps.intake.ways.letters import Opened
    from pennywhistle.apps.intake.ways.place import Entry, Place


@dataclass
class Bench:
    """A parcel being read: its place, its files, and the SHA-256 of those that were read."""

    place: Place
    folder: str
    entries: Mapping[str, Entry]
    room: Path
    sha256s: dict[str, str] = field(default_factory=dict)

    def read(self, path: str, *, bytes_max: int) -> bytes:
        """A document. Raises ChangedError; a longer one is cut behind `bytes_max`."""
        entry = self.entries[path]
        document = bytearray()
        for chunk in self.place.read(self.folder, entry):
            document += chunk
            if len(document) > bytes_max:
                # It could be endless; who sends another in its place is noticed all the same.
                self.sha256s[path] = hashlib.sha256(_listed(entry).encode()).hexdigest()
                return bytes(document[: bytes_max + 1])
        self._whole(path, len(document))
        self.sha256s[path] = hashlib.sha256(document).hexdigest()
        return bytes(document)

    def copy(self, path: str) -> Path:
        """Copy a file into the room. Raises ChangedError, and UnreachableError without room."""
        if shutil.disk_usage(self.room).free < self.entries[path].size_bytes + FREE_BYTES_MIN:
            raise UnreachableError("The store has no room for this now.")
        hashed = hashlib.sha256()
        copied = self.room / f"{len(self.sha256s):05d}{Path(path).suffix[:12]}"
        size_bytes = 0
        with copied.open("wb") as file:
            for chunk in self.place.read(self.folder, self.entries[path]):
                file.write(chunk)
                hashed.update(chunk)
                size_bytes += len(chunk)
        self._whole(path, size_bytes)
        self.sha256s[path] = hashed.hexdigest()
        return copied

    def _whole(self, path: str, size_bytes: int) -> None:
        if size_bytes != self.entries[path].size_bytes:
            raise ChangedError(f"{path} is being written.")

    def documents(self) -> dict[str, str]:
        """The SHA-256 of every document that could be a message or a manifest, by path."""
        paths = [path for path in self.entries if is_document(path)]
        for path in paths:
            if path not in self.sha256s:
                self.read(path, bytes_max=message_limits().bytes_max)
        return {path: self.sha256s[path] for path in paths}

    def content_digest(self) -> str:
        """The SHA-256 of what the parcel says; without its messages a file means nothing."""
        listed = "\n".join(f"{sha256} {path}" for path, sha256 in sorted(self.documents().items()))
        return hashlib.sha256(listed.encode()).hexdigest()


def listing_digest(entries: Mapping[str, Entry]) -> str:
    """The SHA-256 of names, sizes and versions: what shows a change without reading anything."""
    listed = "\n".join(_listed(entry) for _, entry in sorted(entries.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def _listed(entry: Entry) -> str:
    return f"{entry.size_bytes} {entry.version} {entry.path}"


def named_files(bench: Bench, message: Opened) -> dict[str, Path]:
    """Copy the files that a message names; by the name in it.

    A file that two names could mean is nobody's: it would be sold as two recordings.
    """
    names = dict.fromkeys(file.name for file in message.files)
    lying = {name: lying_at(name, message.letter.folder, bench.entries) for name in names}
    meant = Counter(lying.values())
    return {name: bench.copy(path) for name, path in lying.items() if path and meant[path] == 1}


def room_of(mailbox: Mailbox, *, beside: str = "") -> Path:
    """An empty folder for one mailbox; what a crash left in it is gone.

    `beside`: another one, for who reads at the same time.
    """
    room = Path(settings.DATA) / "intake" / "staging" / f"{mailbox.public_id}{beside}"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    return room


def clear(room: Path) -> None:
    """Forget the copies of one message; the store has what it took."""
    for copied in room.iterdir():
        copied.unlink()
