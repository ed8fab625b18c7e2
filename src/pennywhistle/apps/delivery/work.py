"""The slow part: renditions made when somebody wants them, kept for the next, evicted by use."""

from __future__ import annotations

import base64
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q, Sum

from pennywhistle.apps.delivery import making
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.delivery.limits import (
    COVERS_REMEMBERED_MAX,
    ENCODING,
    EVICTION_BATCH,
    EVICTION_GRACE_S,
    SWEEP_GRACE_S,
    USED_AT_GRAIN_S,
)
from pennywhistle.apps.media.actions import keep_preview
from pennywhistle.apps.media.folders import COVERS, MASTERS, RENDITIONS
from pennywhistle.apps.media.models import Cover, Master, Rendition
from pennywhistle.apps.media.queries import COVER_EXTENSIONS, PREVIEW
from pennywhistle.apps.media.work import make_preview
from pennywhistle.engines.audio import encode
from pennywhistle.engines.pictures import SIDES_PX
from pennywhistle.machine import sandbox
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from pennywhistle.apps.delivery.wanted import Wanted
    from pennywhistle.machine.storage import Stored

logger = logging.getLogger(__name__)
# Pictures under their hash do not become others: looked up once by each process.
_covers_shown: set[tuple[str, str]] = set()


@dataclass(frozen=True, slots=True)
class Unmade:
    """A rendition that is not there yet; making it starts when somebody reads."""

    wanted: Wanted
    now: datetime

    @property
    def etag(self) -> str:
        """Known before the file is: the same key means the same bytes."""
        return self.wanted.key

    def follow(self) -> Iterator[bytes]:
        """All bytes as they are made. Raises MakingFailedError."""
        return self._making().follow()

    def finished(self) -> Kept:
        """Wait until it is made. Raises MakingFailedError."""
        return self._making().finished()

    def start(self) -> bool:
        """Have it made in the background; False if that was tried just now and failed."""
        return not self._making(in_background=True).has_failed

    def _making(self, *, in_background: bool = False) -> making.Making:
        return making.join(
            self.wanted.key,
            lambda of: _make(self.wanted, of, now=self.now),
            in_background=in_background,
        )


def rendition_for(*, wanted: Wanted, now: datetime) -> Kept | Unmade:
    """The rendition, from the cache if it is there; else one that is made when it is read."""
    return renditions_for(wanted=[wanted], now=now)[0]


def renditions_for(*, wanted: Sequence[Wanted], now: datetime) -> list[Kept | Unmade]:
    """The same for several, in the same order, in one query."""
    rows = Rendition.objects.in_bulk([each.key for each in wanted])
    there = {key: row for key, row in rows.items() if RENDITIONS.has(row.sha256)}
    _note_use([row for row in there.values() if _is_stale(row, now)], now=now)
    return [_kept(there[each.key]) if each.key in there else Unmade(each, now) for each in wanted]


def preview_for(*, recording_id: int, now: datetime) -> Kept | None:
    """A recording's preview, made now if intake left none; None without a master."""
    row = Rendition.objects.filter(recording_id=recording_id, recipe=PREVIEW).first()
    if row is None or not RENDITIONS.has(row.sha256):
        master = Master.objects.filter(recording_id=recording_id).first()
        if master is None:
            return None
        stored = make_preview(master.sha256, start_ms=master.preview_start_ms)
        row = keep_preview(recording_id=recording_id, stored=stored, now=now)
    return Kept(RENDITIONS, row.sha256, row.file_size_bytes, row.crc32, etag=row.sha256)


def cover_file(*, sha256: str, extension: str) -> Kept | None:
    """A size of a cover that some release shows; nothing else among the pictures is served."""
    kinds = [kind for kind, name in COVER_EXTENSIONS.items() if name == extension]
    try:
        size_bytes = COVERS.path(sha256).stat().st_size
    except (StoredFileMissingError, FileNotFoundError):
        return None
    if (sha256, extension) not in _covers_shown:
        names = [f"{kind}-{side}" for kind in kinds for side in SIDES_PX]
        is_shown = reduce(or_, (Q(sizes__contains={name: sha256}) for name in names), Q(pk=None))
        if not Cover.objects.filter(is_shown).exists():
            return None
        _remember_shown((sha256, extension))
    return Kept(COVERS, sha256, size_bytes, 0, etag=sha256)


def _remember_shown(file: tuple[str, str]) -> None:
    if len(_covers_shown) >= COVERS_REMEMBERED_MAX:
        _covers_shown.clear()
    _covers_shown.add(file)


def _kept(row: Rendition) -> Kept:
    return Kept(RENDITIONS, row.sha256, row.file_size_bytes, row.crc32, etag=row.key)


def _is_stale(row: Rendition, now: datetime) -> bool:
    return row.used_at < now - timedelta(seconds=USED_AT_GRAIN_S)


def _note_use(rows: Sequence[Rendition], *, now: datetime) -> None:
    if rows:
        Rendition.objects.filter(key__in=[row.key for row in rows]).update(used_at=now)


def _make(wanted: Wanted, making: making.Making, *, now: datetime) -> Kept:
    """Encode, keep and note one rendition; a second process that wants it waits for the first."""
    with _only_process(wanted.key):
        found = rendition_for(wanted=wanted, now=now)
        if isinstance(found, Kept):
            return found
        try:
            stored = _encode(wanted, making)
        except sandbox.SandboxError:
            # Killed, or short of memory, more likely than defeated by a master that was decoded
            # when it came in. Readers do not notice: the second attempt gives the same bytes.
            logger.warning("Rendition %s is made once more.", wanted.key, exc_info=True)
            stored = _encode(wanted, making)
        row, _ = Rendition.objects.update_or_create(
            key=wanted.key,
            defaults={
                "recording_id": wanted.recording_id,
                "recipe": wanted.recipe.name,
                "sha256": stored.sha256,
                "file_size_bytes": stored.size_bytes,
                "crc32": stored.crc32,
                "made_at": now,
                "used_at": now,
            },
        )
    return _kept(row)


def _encode(wanted: Wanted, making: making.Making) -> Stored:
    arguments = {
        "recipe": wanted.recipe.name,
        "tags": wanted.written,
        "cover_b64": _cover_b64(wanted.cover_sha256),
    }
    with (
        sandbox.stream(
            encode,
            source=MASTERS.path(wanted.master_sha256),
            arguments=arguments,
            limits=ENCODING,
            seekable=not wanted.recipe.streams,
        ) as chunks,
        RENDITIONS.receive() as incoming,
    ):
        making.follow_from(incoming)
        for chunk in chunks:
            incoming.write(chunk)
            incoming.flush()
            making.wrote(incoming.size_bytes)
    return incoming.stored


def _cover_b64(sha256: str) -> str:
    if not sha256:
        return ""
    with COVERS.open(sha256) as file:
        return base64.b64encode(file.read()).decode()


@contextmanager
def _only_process(key: str) -> Iterator[None]:
    """Hold this key's advisory lock: one process of the store makes a rendition."""
    number = int.from_bytes(bytes.fromhex(key[:16]), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def evict_renditions(*, size_bytes_max: int, now: datetime) -> int:
    """Forget what was not used for longest until the cache is within its bound; answers how many.

    Previews stay: every visitor wants them. So does what was used within the hour, since it may
    be on its way to somebody.
    """
    renditions = Rendition.objects.exclude(recipe=PREVIEW)
    size_bytes = renditions.aggregate(sum=Sum("file_size_bytes"))["sum"] or 0
    idle = renditions.filter(used_at__lt=now - timedelta(seconds=EVICTION_GRACE_S))
    evicted = 0
    while size_bytes > size_bytes_max:
        batch = list(idle.order_by("used_at", "key")[:EVICTION_BATCH])
        if not batch:
            break
        for row in batch:
            if size_bytes <= size_bytes_max:
                break
            row.delete()
            size_bytes -= row.file_size_bytes
            evicted += 1
            if not Rendition.objects.filter(sha256=row.sha256).exists():
                RENDITIONS.remove(row.sha256)
    return evicted


def sweep_renditions(*, now: datetime) -> int:
    """Remove files that no row names: of replaced masters, of makings that a crash cut off."""
    removed = 0
    before_s = now.timestamp() - SWEEP_GRACE_S
    for folder in RENDITIONS.root.glob("*"):
        files = {path.name: path for path in folder.glob("*") if _is_older(path, before_s)}
        named = set(
            Rendition.objects.filter(sha256__in=list(files)).values_list("sha256", flat=True)
        )
        for name in files.keys() - named:
            files[name].unlink(missing_ok=True)
            removed += 1
    return removed


def _is_older(path: Path, before_s: float) -> bool:
    try:
        return path.stat().st_mtime < before_s
    except FileNotFoundError:
        return False
