"""Making files for everybody: written whole, then all of a group named at once."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pennywhistle.apps.media.folders import folder_at
from pennywhistle.apps.reach.models import PublicFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pennywhistle.machine.storage import Incoming

FILES = folder_at(settings.STORAGE_URL, "public")
GZIP = "application/gzip"
# Whoever began to fetch a file may go on for so long after it was replaced.
KEPT_FOR = timedelta(days=2)
_COMPRESSION = 6


@dataclass(frozen=True, slots=True)
class Made:
    """A file whose content is in the folder, and which nobody finds yet."""

    name: str
    mime_type: str
    sha256: str
    size_bytes: int
    row_count: int


class Sheet:
    """A file being written, line by line; zipped where its name says so."""

    def __init__(self, incoming: Incoming, *, is_zipped: bool) -> None:
        self.row_count = 0
        self._incoming = incoming
        # No time and no name in it: the same lines are the same bytes.
        self._zipper = (
            gzip.GzipFile("", "wb", _COMPRESSION, _Into(incoming), mtime=0) if is_zipped else None
        )

    def write(self, text: str, *, rows: int = 0) -> None:
        """Append; `rows` of what the file counts."""
        data = text.encode()
        if self._zipper is None:
            self._incoming.write(data)
        else:
            self._zipper.write(data)
        self.row_count += rows

    def close(self) -> None:
        """Write the end."""
        if self._zipper is not None:
            self._zipper.close()


class _Into:
    """What gzip writes to."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming

    def write(self, data: bytes) -> int:
        self._incoming.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""


@contextmanager
def writing(name: str, mime_type: str, made: list[Made]) -> Iterator[Sheet]:
    """A file to be written; it is among `made` when the block ends well."""
    with FILES.receive() as incoming:
        sheet = Sheet(incoming, is_zipped=name.endswith(".gz"))
        yield sheet
        sheet.close()
    stored = incoming.stored
    made.append(Made(name, mime_type, stored.sha256, stored.size_bytes, sheet.row_count))


@transaction.atomic
def name_files(group: str, made: Sequence[Made], *, now: datetime) -> None:
    """Let the files of a group be these and no others, all at once."""
    mine = PublicFile.objects.select_for_update().filter(group=group)
    before = {row.name: row for row in mine.order_by("id")}
    for file in made:
        row = before.pop(file.name, None) or PublicFile(group=group, name=file.name)
        if row.sha256 != file.sha256:
            row.changed_at = now
        row.mime_type, row.sha256 = file.mime_type, file.sha256
        row.size_bytes, row.row_count = file.size_bytes, file.row_count
        # A clock that was set back makes nothing older than its content.
        row.made_at = max(now, row.changed_at)
        row.save()
    PublicFile.objects.filter(id__in=[row.pk for row in before.values()]).delete()


def remove_replaced(*, now: datetime) -> int:
    """Remove the contents that no file has had for days; answers how many."""
    named = set(PublicFile.objects.values_list("sha256", flat=True))
    before_s = (now - KEPT_FOR).timestamp()
    gone = 0
    for hashes in FILES.old_files(before_s=before_s):
        for sha256 in hashes:
            if sha256 not in named:
                FILES.remove(sha256)
                gone += 1
    FILES.forget_temporary(before_s=before_s)
    return gone
