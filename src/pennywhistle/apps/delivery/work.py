"""What is handed over: renditions, previews, covers; from the cache, or made when wanted."""

from __future__ import annotations

import hashlib
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.delivery.aside import made_aside
from pennywhistle.apps.delivery.cache import (
    evict_renditions,
    kept_renditions,
    sweep_renditions,
    trim_working_copies,
)
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.delivery.limits import COVERS_REMEMBERED_MAX
from pennywhistle.apps.delivery.unmade import Unmade
from pennywhistle.apps.media.actions import keep_preview
from pennywhistle.apps.media.custody import sound_master
from pennywhistle.apps.media.folders import COVERS, RENDITIONS
from pennywhistle.apps.media.models import Cover, Master, Rendition
from pennywhistle.apps.media.queries import COVER_EXTENSIONS, PREVIEW
from pennywhistle.apps.media.work import make_preview
from pennywhistle.engines.pictures import SIDES_PX
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from datetime import datetime

    from pennywhistle.apps.delivery.wanted import Wanted

__all__ = [
    "Unmade",
    "cover_file",
    "evict_renditions",
    "preview_for",
    "rendition_for",
    "renditions_for",
    "sweep_renditions",
    "trim_working_copies",
]

# Pictures under their hash do not become others: looked up once by each process.
_covers_shown: set[tuple[str, str]] = set()


def rendition_for(*, wanted: Wanted, now: datetime, person: Hashable = None) -> Kept | Unmade:
    """The rendition, from the cache if it is there; else one that is made when it is read.

    `person` is who wants it: people take turns at the encoders.
    """
    return renditions_for(wanted=[wanted], now=now, person=person)[0]


def renditions_for(
    *, wanted: Sequence[Wanted], now: datetime, person: Hashable = None
) -> list[Kept | Unmade]:
    """The same for several, in the same order, in one query."""
    there = kept_renditions([each.key for each in wanted], now=now)
    return [there.get(each.key) or Unmade(each, now, person) for each in wanted]


def preview_for(*, recording_id: int, now: datetime) -> Kept | None:
    """A recording's preview, made aside if intake left none; None without a master.

    However many listen at once, it is made once, behind what buyers wait for.

    Raises:
        BusyError: it is not made yet; come again.
        MakingFailedError: it cannot be made; nothing is made of a damaged master.
    """
    kept = _kept_preview(recording_id)
    if kept is not None:
        return kept
    master = Master.objects.filter(recording_id=recording_id).defer("peaks").first()
    if master is None:
        return None
    parts = (PREVIEW, recording_id, master.sha256, master.preview_start_ms)
    key = hashlib.sha256(";".join(map(str, parts)).encode()).hexdigest()

    def make() -> Kept:
        # Another process may have made it meanwhile: it is noted under its own key.
        return _kept_preview(recording_id) or _made_preview(master, now=now)

    return made_aside(key, make, kind=PREVIEW, now=now)


def _kept_preview(recording_id: int) -> Kept | None:
    row = Rendition.objects.filter(recording_id=recording_id, recipe=PREVIEW).first()
    if row is None or not RENDITIONS.has(row.sha256):
        return None
    return _as_kept(row)


def _made_preview(master: Master, *, now: datetime) -> Kept:
    sound_master(master.sha256, now=now)
    stored = make_preview(master.sha256, start_ms=master.preview_start_ms)
    return _as_kept(keep_preview(recording_id=master.recording_id, stored=stored, now=now))


def _as_kept(row: Rendition) -> Kept:
    return Kept(RENDITIONS, row.sha256, row.file_size_bytes, row.crc32, etag=row.sha256)


def cover_file(*, sha256: str, extension: str) -> Kept | None:
    """A size of a cover that some release shows; nothing else among the pictures is served."""
    kinds = [kind for kind, name in COVER_EXTENSIONS.items() if name == extension]
    if (sha256, extension) not in _covers_shown:
        names = [f"{kind}-{side}" for kind in kinds for side in SIDES_PX]
        is_shown = reduce(or_, (Q(sizes__contains={name: sha256}) for name in names), Q(pk=None))
        if not Cover.objects.filter(is_shown).exists():
            return None
        _remember_shown((sha256, extension))
    try:
        # Small and asked for again and again: worth a working copy.
        size_bytes = COVERS.path(sha256).stat().st_size
    except (StoredFileMissingError, FileNotFoundError):
        return None
    return Kept(COVERS, sha256, size_bytes, 0, etag=sha256)


def _remember_shown(file: tuple[str, str]) -> None:
    if len(_covers_shown) >= COVERS_REMEMBERED_MAX:
        _covers_shown.clear()
    _covers_shown.add(file)
