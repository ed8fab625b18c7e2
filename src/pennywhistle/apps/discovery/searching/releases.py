"""Search documents of releases and their tracks, made from the catalog some hundred at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.apps.catalog.models import (
    RecordingCredit,
    RecordingWork,
    Release,
    Track,
    WorkCredit,
)
from pennywhistle.apps.discovery.models import Popularity
from pennywhistle.apps.media.evidence import marks_of
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.rights.models import Availability, TerritorySet
from pennywhistle.engines.search import Document, Field, Kind, Text
from pennywhistle.engines.search.marks import (
    Facet,
    mark,
    price_marks,
    release_length,
    sound,
    track_length,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime

# What is sold with something else alone stands behind all that has a price.
NO_PRICE_MICRO = 2**60
_names_max, _genre_length_max = 200, 100
# From the best to the least: a release is as good as its least track.
_SOUNDS = ("hires", "cd", "lossy")


class ReleaseRow(NamedTuple):
    """What a release's documents say of it."""

    id: int
    title: str
    artist_line: str
    label_id: int
    label: str
    genre: str | None
    released_on: date
    upc: str


class TrackRow(NamedTuple):
    """A track that is part of its release now."""

    id: int
    release_id: int
    title: str
    artist_line: str
    recording_id: int
    isrc: str
    duration_ms: int


@dataclass(slots=True)
class Sold:
    """Where an item is sold (a bit for each territory), and for how much."""

    areas: int = 0
    price_by_area: dict[int, int] = field(default_factory=dict)

    @property
    def price_micro(self) -> int:
        """What it costs in most territories; of equals, the least."""
        wide: dict[int, int] = defaultdict(int)
        for area, price_micro in self.price_by_area.items():
            wide[price_micro] |= area
        return min(
            wide, key=lambda price: (-wide[price].bit_count(), price), default=NO_PRICE_MICRO
        )


@dataclass(frozen=True, slots=True)
class Played:
    """What recordings hold: who is on them, what they play, how they sound."""

    names: dict[int, dict[str, None]]
    works: dict[int, dict[tuple[str, str], None]]
    sounds: dict[int, str]
    checked: frozenset[int]


def release_documents(release_ids: Collection[int], *, at: datetime) -> list[Document]:
    """The documents of those releases that are on the shelves: they and their tracks."""
    rows = (
        Release.objects.published(at=at)
        .filter(id__in=release_ids)
        .order_by("id")
        .values_list(
            "id", "title", "artist_line", "label_id", "label__name", "genre__name",
            "released_on", "upc",
        )
    )  # fmt: skip
    releases = [ReleaseRow(*row) for row in rows]
    return list(_Shelf.of(releases).documents()) if releases else []


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Some releases with all that their documents are made of."""

    releases: Sequence[ReleaseRow]
    tracks: dict[int, list[TrackRow]]
    played: Played
    sold: dict[tuple[int, int | None], Sold]
    buyers: dict[tuple[int, int | None], int]

    @classmethod
    def of(cls, releases: Sequence[ReleaseRow]) -> _Shelf:
        ids = [release.id for release in releases]
        rows = (
            Track.objects.present()
            .filter(release_id__in=ids)
            .order_by("release_id", "disc_number", "track_number")
            .values_list(
                "id", "release_id", "title", "artist_line",
                "recording_id", "recording__isrc", "recording__duration_ms",
            )
        )  # fmt: skip
        tracks: dict[int, list[TrackRow]] = defaultdict(list)
        for row in rows:
            track = TrackRow(*row)
            tracks[track.release_id].append(track)
        recordings = [track.recording_id for each in tracks.values() for track in each]
        return cls(releases, tracks, _played(recordings), _sold(ids), buyers_of(ids))

    def documents(self) -> Iterator[Document]:
        for release in self.releases:
            yield self._release(release)
            for track in self.tracks[release.id]:
                yield self._track(release, track)

    def _release(self, release: ReleaseRow) -> Document:
        tracks = self.tracks[release.id]
        alone = self.sold.get((release.id, None), Sold())
        anything = [self.sold.get((release.id, track.id), Sold()).areas for track in tracks]
        length = release_length(len(tracks), sum(track.duration_ms for track in tracks))
        best = max(self.buyers.get((release.id, track.id), 0) for track in tracks) if tracks else 0
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
            marks=self._marks(release, tracks, alone, length),
            areas=_union([alone.areas, *anything]),
            price_micro=alone.price_micro,
            released_on=release.released_on,
            # One who bought a release's tracks singly is one buyer still: those of all tracks
            # together would count them ten times.
            buyers=self.buyers.get((release.id, None), 0) + best,
        )

    def _track(self, release: ReleaseRow, track: TrackRow) -> Document:
        alone = self.sold.get((release.id, track.id), Sold())
        whole = self.sold.get((release.id, None), Sold())
        names = list(self.played.names.get(track.recording_id, {}))[:_names_max]
        works = list(self.played.works.get(track.recording_id, {}))[:_names_max]
        titles = [title for title, _ in works]
        return Document(
            Kind.TRACK,
            track.id,
            release.id,
            texts={
                Text.NAME: track.title,
                Text.MAKER: track.artist_line,
                Text.PLACE: f"{release.title} {release.label} {release.genre or ''}",
                Text.ABOUT: " ".join([*names, *(each for each in titles if each != track.title)]),
            },
            fields={
                **_fields_of(release),
                Field.ARTIST: track.artist_line,
                Field.ISRC: track.isrc,
                Field.CREDIT: " ".join(names),
                Field.WORK: " ".join(titles),
                Field.ISWC: " ".join(iswc for _, iswc in works if iswc),
            },
            marks=self._marks(release, [track], alone, track_length(track.duration_ms)),
            areas=alone.areas | whole.areas,
            price_micro=alone.price_micro,
            released_on=release.released_on,
            buyers=self.buyers.get((release.id, track.id), 0)
            + self.buyers.get((release.id, None), 0),
        )

    def _marks(
        self, release: ReleaseRow, tracks: Sequence[TrackRow], sold: Sold, length: str
    ) -> tuple[str, ...]:
        found = [
            mark(Facet.YEAR, str(release.released_on.year)),
            mark(Facet.LENGTH, length),
            *price_marks(sold.price_by_area),
        ]
        if release.genre:
            found.append(mark(Facet.GENRE, release.genre[:_genre_length_max]))
        sounds = {self.played.sounds.get(track.recording_id, "") for track in tracks}
        if tracks and "" not in sounds:
            found.append(mark(Facet.SOUND, max(sounds, key=_SOUNDS.index)))
        if tracks and all(track.recording_id in self.played.checked for track in tracks):
            found.append(mark(Facet.CHECKED, "yes"))
        return tuple(sorted(found))


def _fields_of(release: ReleaseRow) -> dict[Field, str]:
    return {
        Field.ARTIST: release.artist_line,
        Field.LABEL: release.label,
        Field.GENRE: release.genre or "",
        Field.YEAR: str(release.released_on.year),
    }


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def masks_of(digests: Collection[str]) -> dict[str, int]:
    """Sets of territories by their digests: a store has some dozens."""
    rows = TerritorySet.objects.filter(digest__in=digests).values_list("digest", "mask")
    return {digest: int.from_bytes(bytes(mask), "little") for digest, mask in rows}


def _sold(release_ids: Sequence[int]) -> dict[tuple[int, int | None], Sold]:
    """By (release, track) where it is sold, from availability."""
    rows = list(
        Availability.objects.filter(release_id__in=release_ids).values_list(
            "release_id", "track_id", "territories_id", "price_micro"
        )
    )
    masks = masks_of({digest for _, _, digest, _ in rows})
    found: dict[tuple[int, int | None], Sold] = defaultdict(Sold)
    for release_id, track_id, digest, price_micro in rows:
        mask = masks.get(digest, 0)
        sold = found[release_id, track_id]
        sold.areas |= mask
        # Where an area has two rows, which may be while they are replaced, one is as good.
        sold.price_by_area[mask] = min(price_micro, sold.price_by_area.get(mask, price_micro))
    return found


def buyers_of(release_ids: Collection[int]) -> dict[tuple[int, int | None], int]:
    """By (release, track) how many own it."""
    rows = Popularity.objects.filter(release_id__in=release_ids)
    return {
        (row[0], row[1]): row[2] for row in rows.values_list("release_id", "track_id", "buyers")
    }


def _played(recording_ids: Sequence[int]) -> Played:
    names: dict[int, dict[str, None]] = defaultdict(dict)
    played = RecordingCredit.objects.filter(recording__in=recording_ids)
    for recording_id, name in played.order_by("position", "id").values_list(
        "recording_id", "party__name"
    ):
        names[recording_id][name] = None
    works: dict[int, dict[tuple[str, str], None]] = defaultdict(dict)
    recordings_by_work: dict[int, list[int]] = defaultdict(list)
    links = RecordingWork.objects.open().filter(recording__in=recording_ids).order_by("id")
    for recording_id, work_id, title, iswc in links.values_list(
        "recording_id", "work_id", "work__title", "work__iswc"
    ):
        works[recording_id][title, iswc] = None
        recordings_by_work[work_id].append(recording_id)
    wrote = WorkCredit.objects.filter(work__in=recordings_by_work).order_by("id")
    for work_id, name in wrote.values_list("work_id", "party__name"):
        for recording_id in recordings_by_work[work_id]:
            names[recording_id][name] = None
    masters = Master.objects.filter(recording__in=recording_ids).values_list(
        "recording_id", "is_lossless", "sample_rate_hz", "bits_per_sample"
    )
    sounds = {
        recording_id: sound(is_lossless=lossless, sample_rate_hz=rate_hz, bits_per_sample=bits)
        for recording_id, lossless, rate_hz, bits in masters
    }
    checked = frozenset(
        recording_id
        for recording_id, found in (marks_of(sounds).items() if sounds else ())
        if found.is_lossless and found.is_heard and not found.serious
    )
    return Played(names, works, sounds, checked)
