"""Making search documents from the catalog, a batch of releases at a time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.apps.catalog.models import (
    RecordingCredit,
    Release,
    ReleaseArtist,
    Track,
    WorkCredit,
)
from pennywhistle.engines.search import Document, Field, Kind, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime


class _ReleaseWords(NamedTuple):
    id: int
    title: str
    artist_line: str
    label_id: int
    label: str
    genre: str | None
    year: int
    upc: str


def documents_of(release_ids: Sequence[int], *, at: datetime) -> list[Document]:
    """The documents of those releases that are on the shelves: they, their tracks, their people."""
    rows = (
        Release.objects.published(at=at)
        .filter(id__in=release_ids)
        .values_list(
            "id", "title", "artist_line", "label_id", "label__name", "genre__name",
            "released_on__year", "upc",
        )
    )  # fmt: skip
    releases = [_ReleaseWords(*row) for row in rows]
    return [
        *(_release_document(release) for release in releases),
        *_track_documents({release.id: release for release in releases}),
        *_party_documents(releases),
    ]


def _fields_of(release: _ReleaseWords) -> dict[Field, str]:
    return {
        Field.ARTIST: release.artist_line,
        Field.LABEL: release.label,
        Field.GENRE: release.genre or "",
        Field.YEAR: str(release.year),
    }


def _release_document(release: _ReleaseWords) -> Document:
    return Document(
        Kind.RELEASE,
        release.id,
        release.id,
        texts={
            Text.NAME: release.title,
            Text.MAKER: release.artist_line,
            Text.PLACE: f"{release.label} {release.genre or ''}",
        },
        fields={**_fields_of(release), Field.UPC: release.upc.lstrip("0")},
    )


def _track_documents(releases: dict[int, _ReleaseWords]) -> Iterator[Document]:
    tracks = list(
        Track.objects.present()
        .filter(release_id__in=releases)
        .values_list("id", "title", "artist_line", "release_id", "recording_id", "recording__isrc")
    )
    names = _names_by_recording([recording_id for *_, recording_id, _ in tracks])
    for track_id, title, artist_line, release_id, recording_id, isrc in tracks:
        release = releases[release_id]
        yield Document(
            Kind.TRACK,
            track_id,
            release_id,
            texts={
                Text.NAME: title,
                Text.MAKER: artist_line,
                Text.PLACE: release.title,
                Text.ABOUT: " ".join(sorted(names[recording_id])),
            },
            fields={**_fields_of(release), Field.ARTIST: artist_line, Field.ISRC: isrc},
        )


def _names_by_recording(recording_ids: Sequence[int]) -> dict[int, set[str]]:
    """Who played and who wrote, by recording."""
    names: dict[int, set[str]] = defaultdict(set)
    played = RecordingCredit.objects.filter(recording__in=recording_ids)
    for recording_id, name in played.values_list("recording_id", "party__name"):
        names[recording_id].add(name)
    wrote = WorkCredit.objects.filter(work__recordings__in=recording_ids)
    for recording_id, name in wrote.values_list("work__recordings", "party__name"):
        names[recording_id].add(name)
    return names


def _party_documents(releases: Sequence[_ReleaseWords]) -> Iterator[Document]:
    artists = ReleaseArtist.objects.filter(release__in=[release.id for release in releases])
    people = {release.label_id: release.label for release in releases}
    people.update(artists.values_list("party_id", "party__name"))
    for party_id, name in people.items():
        yield Document(Kind.PARTY, party_id, None, texts={Text.NAME: name})
