"""Walks a supplier's folder: bounded, never over links, and by content, not by names."""

from __future__ import annotations

import stat
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.limits import (
    DELIVERY_BYTES_MAX,
    FILES_MAX,
    FOLDER_DEPTH_MAX,
    PATH_CHARS_MAX,
)
from pennywhistle.apps.intake.models import DeliveryFile
from pennywhistle.engines.audio import sniff

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_HEAD_BYTES = 64 << 10
_AUDIO_NAMES = frozenset(
    {"flac", "wav", "wave", "aif", "aiff", "aifc", "m4a", "mp4", "mp3", "ogg", "oga", "opus"}
)
_PICTURE_NAMES = frozenset({"jpg", "jpeg", "png", "webp"})
_DOCUMENT_NAMES = frozenset({"pdf", "txt"})
_PDF_START = b"%PDF-"
_COVER_STEMS = ("cover", "folder", "front", "album", "albumart", "artwork", "sleeve")


class FolderError(Exception):
    """The folder cannot be read as a delivery."""

    code = "folder"


class FolderTooLargeError(FolderError):
    """The folder holds more than one delivery may."""

    code = "folder-too-large"


@dataclass(frozen=True, slots=True)
class Found:
    """A file on disk, the path under which the supplier gave it, and what it is taken for."""

    path: str
    file: Path
    kind: DeliveryFile.Kind
    size_bytes: int


def walk(folder: Path) -> list[Found]:
    """Every file below a folder that is not hidden, in order of its path.

    Links are not followed: a folder cannot reach out of itself.

    Raises:
        FolderError: it is no folder, or is too large or too deep.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder.")
    found: list[Found] = []
    try:
        for file, status in _files(folder, depth=0):
            if len(found) >= FILES_MAX:
                raise FolderTooLargeError(f"The folder holds more than {FILES_MAX} files.")
            path = delivered_path(str(file.relative_to(folder)))
            found.append(Found(path, file, kind_of(path, file), status.st_size))
    except PermissionError as error:
        raise FolderError(f"{error.filename} may not be read.") from error
    return checked(found)


def checked(found: Sequence[Found]) -> list[Found]:
    """The files of a folder or an upload in order of their paths, if one delivery may hold them.

    Raises:
        FolderError: there are too many or too large ones, or two under one name.
    """
    if len(found) > FILES_MAX:
        raise FolderTooLargeError(f"There are {len(found)} files; {FILES_MAX} is the most.")
    if sum(file.size_bytes for file in found) > DELIVERY_BYTES_MAX:
        raise FolderTooLargeError(f"The delivery holds more than {DELIVERY_BYTES_MAX:,} bytes.")
    by_path: dict[str, Found] = {}
    for file in found:
        if file.path in by_path:
            raise FolderError(f"Two files have the name {file.path}.")
        by_path[file.path] = file
    return [by_path[path] for path in sorted(by_path)]


def _files(folder: Path, *, depth: int) -> Iterator[tuple[Path, os.stat_result]]:
    if depth > FOLDER_DEPTH_MAX:
        raise FolderTooLargeError(f"The folder is more than {FOLDER_DEPTH_MAX} folders deep.")
    for count, entry in enumerate(folder.iterdir()):
        if count > FILES_MAX:
            raise FolderTooLargeError(f"A folder holds more than {FILES_MAX} files, the limit.")
        if entry.name.startswith("."):
            continue
        status = entry.lstat()
        if stat.S_ISDIR(status.st_mode):
            yield from _files(entry, depth=depth + 1)
        elif stat.S_ISREG(status.st_mode):
            yield entry, status


def delivered_path(text: str) -> str:
    """A path as it is kept and shown: text in composed form, whatever bytes the name had."""
    shown = text.encode("utf-8", "replace").decode("utf-8")
    cleaned = "".join(c if unicodedata.category(c) != "Cc" else " " for c in shown)
    return unicodedata.normalize("NFC", cleaned)[-PATH_CHARS_MAX:]


def kind_of(path: str, file: Path) -> DeliveryFile.Kind:
    """Audio by its first bytes. What only calls itself audio is audio too: it will be refused.

    Pictures and texts are those that are called so, PDFs those that begin as one; all else, XML and
    playlists too, is not read.
    """
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    if sniff(head) is not None or _extension(path) in _AUDIO_NAMES:
        return DeliveryFile.Kind.AUDIO
    if _extension(path) in _PICTURE_NAMES:
        return DeliveryFile.Kind.PICTURE
    if head.startswith(_PDF_START) or _extension(path) in _DOCUMENT_NAMES:
        return DeliveryFile.Kind.EXTRA
    return DeliveryFile.Kind.OTHER


def cover_rank(path: str) -> int:
    """How likely a picture is the front cover, by its name; the smallest is the likeliest."""
    stem = path.rpartition("/")[2].rpartition(".")[0].casefold()
    for rank, word in enumerate(_COVER_STEMS):
        if stem == word:
            return rank
    ranks = [rank for rank, word in enumerate(_COVER_STEMS) if word in stem]
    return len(_COVER_STEMS) + min(ranks, default=len(_COVER_STEMS))


def _extension(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].casefold()
