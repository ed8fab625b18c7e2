"""What the shop's pages read: releases, tracks and people in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.rights.queries import ItemRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pennywhistle.apps.catalog.models import ReleaseQuerySet

releases_per_page = 24


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release as a list shows it."""

    id: int
    public_id: str
    slug: str
    title: str
    artist_line: str
    is_explicit: bool
    released_on: date

    @property
    def ref(self) -> ItemRef:
        """The release as an item to be cleared and bought."""
        return ItemRef(self.id)


@dataclass(frozen=True, slots=True)
class TrackLine:
    """A track as a list shows it, with its release."""

    id: int
    public_id: str
    slug: str
    title: str
    artist_line: str
    disc_number: int
    track_number: int
    duration_ms: int
    is_explicit: bool
    isrc: str
    recording_id: int
    release: ReleaseLine

    @property
    def ref(self) -> ItemRef:
        """The track as an item to be cleared and bought."""
        return ItemRef(self.release.id, self.id)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list that is newest first: the last release that was seen."""

    released_on: date
    id: int

    def __str__(self) -> str:
        return f"{self.released_on:%Y%m%d}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Read what `str` wrote; None for anything else, which starts at the top."""
        day, _, number = text.partition("-")
        is_plain = (day + number).isascii() and day.isdigit() and number.isdigit()
        if not is_plain or len(day) != len("20261121") or len(number) > len(str(2**62)):
            return None
        try:
            return cls(date(int(day[:4]), int(day[4:6]), int(day[6:])), int(number))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class ReleaseStretch:
    """Some releases of a longer list, and where it goes on."""

    releases: tuple[ReleaseLine, ...]
    next: Cursor | None


_LINE_FIELDS = (
    "id", "public_id", "slug", "title", "artist_line", "is_explicit", "released_on",
)  # fmt: skip


def _lines(releases: ReleaseQuerySet) -> list[ReleaseLine]:
    return [ReleaseLine(*row) for row in releases.values_list(*_LINE_FIELDS)]


def release_lines(ids: Iterable[int], *, at: datetime | None = None) -> dict[int, ReleaseLine]:
    """Releases by id: those on the shelves at an instant, or all, as who owns one still sees it."""
    releases = Release.objects.all() if at is None else Release.objects.published(at=at)
    return {line.id: line for line in _lines(releases.filter(id__in=list(ids)))}


_TRACK_FIELDS = (
    "id", "public_id", "slug", "title", "artist_line", "disc_number", "track_number",
    "recording__duration_ms", "recording__is_explicit", "recording__isrc", "recording_id",
)  # fmt: skip


def tracks_of(release: ReleaseLine) -> list[TrackLine]:
    """A release's tracks in its order, without those that left it."""
    rows = (
        Track.objects.present()
        .filter(release=release.id)
        .order_by("disc_number", "track_number")
        .values_list(*_TRACK_FIELDS)
    )
    return [TrackLine(*[*row, release]) for row in rows]


def track_lines(ids: Iterable[int], *, at: datetime | None = None) -> dict[int, TrackLine]:
    """Tracks by id, each with its release, in one query: those on the shelves then, or all."""
    tracks = Track.objects.all()
    if at is not None:
        tracks = tracks.present().filter(release__in=Release.objects.published(at=at))
    of_release = [f"release__{name}" for name in _LINE_FIELDS]
    rows = tracks.filter(id__in=list(ids)).values_list(*_TRACK_FIELDS, *of_release)
    split = len(_TRACK_FIELDS)
    return {row[0]: TrackLine(*[*row[:split], ReleaseLine(*row[split:])]) for row in rows}


def item_named(kind: str, public_id: str) -> ItemRef | None:
    """The item that an address or a form names; None where there is none."""
    if kind == "release":
        found = Release.objects.filter(public_id=public_id).values_list("id", flat=True).first()
        return ItemRef(found) if found else None
    row = Track.objects.filter(public_id=public_id).values_list("release_id", "id").first()
    return ItemRef(*row) if kind == "track" and row else None


def items_named(names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], ItemRef]:
    """The items of (kind, public id) names, in two queries; unknown names are left out."""
    ids = [public_id for _, public_id in names]
    releases = Release.objects.filter(public_id__in=ids).values_list("public_id", "id")
    tracks = Track.objects.filter(public_id__in=ids).values_list("public_id", "release_id", "id")
    found = {("release", public_id): ItemRef(pk) for public_id, pk in releases}
    found |= {("track", public_id): ItemRef(release, pk) for public_id, release, pk in tracks}
    return {name: found[name] for name in names if name in found}


def visible(*, at: datetime, user_id: int) -> Q:
    """What a visitor may open: what is on the shelves, and what they own, for ever."""
    on_shelf = Q(published_at__lte=at) & (Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at))
    if not user_id:
        return on_shelf
    mine = Entitlement.objects.standing(buyer_id=user_id).filter(release=OuterRef("pk"))
    return on_shelf | Q(Exists(mine))


def visible_tracks(*, user_id: int) -> Q:
    """Which tracks of what a visitor may open are there: those on it, and those that they own."""
    on_it = Q(left_at__isnull=True)
    if not user_id:
        return on_it
    mine = Entitlement.objects.standing(buyer_id=user_id).filter(release=OuterRef("release"))
    with_it = Q(track__isnull=True, granted_at__lt=OuterRef("left_at"))
    return on_it | Q(Exists(mine.filter(Q(track=OuterRef("pk")) | with_it)))
