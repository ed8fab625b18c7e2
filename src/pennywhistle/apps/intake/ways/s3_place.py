"""A prefix of an S3 bucket as a place; what is said of folders holds here, links there are none."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ways.limits import (
    FILES_PER_PARCEL_MAX,
    FOLDERS_MAX,
    PARCEL_BYTES_MAX,
)
from pennywhistle.apps.intake.ways.names import unsafe
from pennywhistle.apps.intake.ways.place import (
    ChangedError,
    Entry,
    TooMuchError,
    UnreachableError,
    UnsafeError,
)
from pennywhistle.machine.storage import s3

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class S3Place:
    """Parcels are the first steps of the keys below the prefix."""

    prefix: s3.Prefix

    def folders(self) -> list[str]:
        """The names of folders that are not hidden."""
        with _told():
            names = self.prefix.folders()
        if len(names) > FOLDERS_MAX:
            raise UnreachableError(f"The prefix holds more than {FOLDERS_MAX:,} parcels.")
        return [name for name in names if not name.startswith(".")]

    def entries(self, folder: str) -> list[Entry]:
        """Every object of a parcel; empty ones that end with a slash are folders of a browser."""
        found: list[Entry] = []
        size_bytes = 0
        with _told():
            for key in self.prefix.keys(folder):
                if key.path.endswith("/") and not key.size_bytes:
                    continue
                if any(step.startswith(".") and step.strip(".") for step in key.path.split("/")):
                    continue
                if reason := unsafe(key.path):
                    raise UnsafeError(f"{key.path[-100:]!r} {reason}.")
                found.append(Entry(key.path, key.size_bytes, key.e_tag, key.changed_at))
                size_bytes += key.size_bytes
                if len(found) > FILES_PER_PARCEL_MAX or size_bytes > PARCEL_BYTES_MAX:
                    raise TooMuchError(
                        f"It holds more than {FILES_PER_PARCEL_MAX:,} files or "
                        f"{PARCEL_BYTES_MAX:,} bytes."
                    )
        return sorted(found, key=lambda entry: entry.path)

    def read(self, folder: str, entry: Entry) -> Iterator[bytes]:
        """The object's content; ChangedError if it is not the object that was listed."""
        with _told():
            try:
                yield from self.prefix.read(f"{folder}/{entry.path}", e_tag=entry.version)
            except s3.OtherContentError as error:
                raise ChangedError(f"{entry.path} is being written.") from error

    def write(self, path: str, data: bytes) -> None:
        """Put an object; S3 shows it whole or not at all."""
        with _told():
            self.prefix.write(path, data)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except s3.UnreachableError as error:
        raise UnreachableError(str(error)) from error
