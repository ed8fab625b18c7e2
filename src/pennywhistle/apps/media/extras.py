"""Booklets, pictures and texts that come with releases: stored like masters, looked at, kept."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.media.folders import COVERS, MASTERS
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.apps.media.work import FileRefusedError, in_sandbox, store
from pennywhistle.engines.documents import (
    TEXT,
    DocumentRefusedError,
    examine_document,
    read_examined,
)
from pennywhistle.engines.pictures import PictureRefusedError, check_picture, read_checked
from pennywhistle.machine import sandbox
from pennywhistle.machine.storage import StoredFileMissingError
from pennywhistle.machine.storage.folder import chunks_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pennywhistle.machine.storage import Stored

EXTRA_FILE_BYTES_MAX = 100_000_000
EXTENSIONS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    TEXT: "txt",
}
_LOOKING = sandbox.Limits(wall_seconds=60, cpu_seconds=60)


@dataclass(frozen=True, slots=True)
class ExtraFile:
    """A stored file that may come with a release; its type is what its content says."""

    sha256: str
    size_bytes: int
    crc32: int
    mime_type: str


def store_document(path: Path) -> Stored:
    """Copy a document into the store, under its SHA-256; nothing is said of what it is.

    Raises:
        FileRefusedError: it is empty or larger than `EXTRA_FILE_BYTES_MAX`.
    """
    return store(MASTERS, path, size_bytes_max=EXTRA_FILE_BYTES_MAX)


def examine_extra(sha256: str) -> ExtraFile:
    """Look at a stored document, behind the sandbox's walls.

    Raises:
        FileRefusedError: it is none that the store hands on.
    """
    result = in_sandbox(examine_document, MASTERS.path(sha256), arguments={}, limits=_LOOKING)
    try:
        mime_type = read_examined(result.value)
    except DocumentRefusedError as refusal:
        raise FileRefusedError(refusal.code, refusal.sentence) from refusal
    except ValueError as error:
        raise FileRefusedError("decoder-failed", "The file gave no usable answer.") from error
    return _measured(sha256, mime_type)


def examine_picture(sha256: str) -> ExtraFile:
    """Look at a delivered picture, and keep it among what is handed on as it came.

    Raises:
        FileRefusedError: it is none that the store hands on.
    """
    result = in_sandbox(check_picture, COVERS.path(sha256), arguments={}, limits=_LOOKING)
    try:
        mime_type = read_checked(result.value)
    except PictureRefusedError as refusal:
        raise FileRefusedError(refusal.code, refusal.sentence) from refusal
    except ValueError as error:
        raise FileRefusedError("decoder-failed", "The decoder gave no usable answer.") from error
    if not MASTERS.has(sha256):
        with COVERS.open(sha256) as picture:
            MASTERS.put(chunks_of(picture))
    return _measured(sha256, mime_type)


def keep_extras(*, sha256s: Iterable[str]) -> None:
    """From now on these files are copied and read again like masters.

    Raises StoredFileMissingError if one is not in the store.
    """
    rows = []
    for sha256 in dict.fromkeys(sha256s):
        if not MASTERS.has(sha256):
            raise StoredFileMissingError(f"The file {sha256} is not in the store.")
        rows.append(StoredMaster(sha256=sha256, file_size_bytes=MASTERS.size_bytes(sha256)))
    StoredMaster.objects.bulk_create(rows, ignore_conflicts=True)
    # Whether one that was damaged came whole shows at once: it is the next to be checked.
    kept = StoredMaster.objects.filter(sha256__in=[row.sha256 for row in rows])
    kept.exclude(damage="").update(scrubbed_at=None)


def _measured(sha256: str, mime_type: str) -> ExtraFile:
    digest, size_bytes, crc32 = hashlib.sha256(), 0, 0
    with MASTERS.open(sha256) as file:
        for chunk in chunks_of(file):
            digest.update(chunk)
            crc32 = zlib.crc32(chunk, crc32)
            size_bytes += len(chunk)
    if digest.hexdigest() != sha256:
        raise FileRefusedError("stored-wrong", "The store did not keep the file as it came.")
    return ExtraFile(sha256, size_bytes, crc32, mime_type)
