"""Putting a recording on the blocklist: one that the store has, or a file that brings it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from pennywhistle.apps.copies.actions import block_content
from pennywhistle.apps.copies.errors import NoSoundError
from pennywhistle.apps.media.hearings import keep_hearing
from pennywhistle.apps.media.models import Hearing, Master
from pennywhistle.apps.media.work import FileRefusedError, hear, store_master

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.copies.models import Block


def block_recording(*, recording_id: int, title: str, **entry: Any) -> Block:  # noqa: ANN401 (as block_content)
    """Block the sound of a recording's master; raises as `block_content`, and FileRefusedError."""
    master = Master.objects.select_related("recording").filter(recording=recording_id).first()
    if master is None:
        raise NoSoundError("There is no such recording, or it has no file.")
    _hear(master.sha256)
    return block_content(sha256=master.sha256, title=title or master.recording.title, **entry)


def block_file(*, chunks: Iterable[bytes], file_name: str, title: str, **entry: Any) -> Block:  # noqa: ANN401
    """Block what a file sounds like, heard in the sandbox; raises as `block_content`.

    Raises FileRefusedError: it is too large, or no audio that the store takes.
    """
    with tempfile.NamedTemporaryFile() as file:
        size_bytes = 0
        for chunk in chunks:
            size_bytes += len(chunk)
            if size_bytes > settings.MASTER_FILE_BYTES_MAX:
                raise FileRefusedError("too-large", "The file is too large.")
            file.write(chunk)
        file.flush()
        sha256 = store_master(Path(file.name)).sha256
    _hear(sha256)
    return block_content(sha256=sha256, title=title or file_name, **entry)


def _hear(sha256: str) -> None:
    if not Hearing.objects.filter(sha256=sha256).exists():
        keep_hearing(sha256=sha256, heard=hear(sha256))
