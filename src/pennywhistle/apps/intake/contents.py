"""What suppliers call the content of a file: its recording, or the delivery that it came with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.intake.models import DeliveryFile

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Named:
    """A content as one supplier delivered it; what is not known is empty.

    `recording_id` and `release` (its public id) are of what was published; `path` and `delivery`
    of the newest delivery.
    """

    title: str = ""
    artist_line: str = ""
    isrc: str = ""
    release_title: str = ""
    release: str = ""
    recording_id: int | None = None
    path: str = ""
    delivery: str = ""

    @property
    def text(self) -> str:
        """What to call it in a sentence."""
        return self.title or self.path or "?"


def names_of(contents: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Named]:
    """What each (supplier, content) is called, in two queries; nothing of what nobody delivered."""
    wanted = set(contents)
    suppliers = {supplier_id for supplier_id, _ in wanted}
    sha256s = {sha256 for _, sha256 in wanted}
    files = DeliveryFile.objects.filter(sha256__in=sha256s, delivery__supplier__in=suppliers)
    found: dict[tuple[int, str], Named] = {}
    for file in files.select_related("delivery").order_by("id"):
        found[file.delivery.supplier_id, file.sha256] = _of_file(file)
    tracks = Track.objects.filter(
        recording__master__sha256__in=sha256s, release__supplier__in=suppliers
    )
    for track in tracks.select_related("release", "recording__master").order_by("-id"):
        key = (track.release.supplier_id, track.recording.master.sha256)
        found[key] = _of_track(track, found.get(key, Named()))
    return {key: named for key, named in found.items() if key in wanted}


def _of_file(file: DeliveryFile) -> Named:
    examination: dict[str, Any] = file.examination or {}
    tags = examination.get("tags") or {}
    return Named(
        title=str(tags.get("title") or ""),
        artist_line=", ".join(tags.get("artists") or ()),
        isrc=str(tags.get("isrc") or ""),
        path=file.path,
        delivery=file.delivery.public_id,
    )


def _of_track(track: Track, known: Named) -> Named:
    return Named(
        title=track.title,
        artist_line=track.artist_line,
        isrc=track.recording.isrc,
        release_title=track.release.title,
        release=track.release.public_id,
        recording_id=track.recording_id,
        path=known.path,
        delivery=known.delivery,
    )
