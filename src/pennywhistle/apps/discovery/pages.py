"""The release, track, artist and search pages: everything that one of them shows of the catalog."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import RecordingCredit, Release, Track, WorkCredit
from pennywhistle.apps.discovery import queries
from pennywhistle.apps.discovery.searching.chosen import find
from pennywhistle.apps.parties.models import Party
from pennywhistle.engines.search import Ask, Found, Kind, parse_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.discovery.queries import ReleaseLine, TrackLine
    from pennywhistle.engines.search import Query

hits_per_group = 12
hits_per_page = 48
credits_max = 400


@dataclass(frozen=True, slots=True)
class Name:
    """A party's name with what its address is made of."""

    name: str
    slug: str
    public_id: str


@dataclass(frozen=True, slots=True)
class Credit:
    """Who did what."""

    party: Name
    role: str


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """A release with all that its page says of it, but for prices."""

    line: ReleaseLine
    tracks: tuple[TrackLine, ...]
    artists: tuple[Name, ...]
    label: Name
    genre: tuple[str, str] | None
    about: str
    upc: str
    credits: tuple[Credit, ...]

    @property
    def duration_ms(self) -> int:
        """How long it plays."""
        return sum(track.duration_ms for track in self.tracks)


@dataclass(frozen=True, slots=True)
class TrackPage:
    """A track with its release and its credits."""

    line: TrackLine
    artists: tuple[Name, ...]
    released_on: date
    credits: tuple[Credit, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a search found, grouped; a group that was not asked for is empty."""

    query: Query
    releases: tuple[ReleaseLine, ...] = ()
    tracks: tuple[TrackLine, ...] = ()
    parties: tuple[Party, ...] = ()
    has_more: frozenset[Kind] = frozenset()
    found: Mapping[Kind, Found] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.releases or self.tracks or self.parties)


def release_page(public_id: str, *, at: datetime, user_id: int) -> ReleasePage | None:
    """A release that this visitor may see; None where there is none."""
    found = (
        Release.objects.filter(queries.visible(at=at, user_id=user_id), public_id=public_id)
        .select_related("label", "genre")
        .prefetch_related("artists")
        .first()
    )
    if found is None:
        return None
    line = _line_of(found)
    on_it = Track.objects.present().filter(release=found.pk)
    return ReleasePage(
        line=line,
        tracks=tuple(queries.tracks_of(line)),
        artists=tuple(name_of(party) for party in found.artists.all()),
        label=name_of(found.label),
        genre=(found.genre.name, found.genre.slug) if found.genre else None,
        about=found.about,
        upc=found.upc,
        credits=_credits(
            RecordingCredit.objects.filter(recording__tracks__in=on_it),
            WorkCredit.objects.filter(work__recordings__tracks__in=on_it),
        ),
    )


def track_page(public_id: str, *, at: datetime, user_id: int) -> TrackPage | None:
    """A track of a release that this visitor may see; None where there is none.

    One that left its release is seen by who owns it.
    """
    may_see = queries.visible_tracks(user_id=user_id)
    row = (
        Track.objects.filter(may_see, public_id=public_id).values_list("id", "recording_id").first()
    )
    if row is None:
        return None
    line = queries.track_lines([row[0]])[row[0]]
    release = (
        Release.objects.filter(queries.visible(at=at, user_id=user_id), id=line.release.id)
        .prefetch_related("artists")
        .first()
    )
    if release is None:
        return None
    return TrackPage(
        line=line,
        artists=tuple(name_of(party) for party in release.artists.all()),
        released_on=release.released_on,
        credits=_credits(
            RecordingCredit.objects.filter(recording=row[1]),
            WorkCredit.objects.filter(work__recordings=row[1]),
        ),
    )


def party_named(public_id: str) -> Party | None:
    """The artist or label of an address."""
    return Party.objects.filter(public_id=public_id).first()


def name_of(party: Party) -> Name:
    """What a link to a party needs."""
    return Name(party.name, party.slug, party.public_id)


def _credits(played: QuerySet[RecordingCredit], wrote: QuerySet[WorkCredit]) -> tuple[Credit, ...]:
    """Everybody once a role, writers last."""
    found: dict[Credit, None] = {}
    fields = ("role", "party__name", "party__slug", "party__public_id")
    for rows in (played.values_list(*fields), wrote.values_list(*fields)):
        for role, name, slug, public_id in rows[:credits_max]:
            found[Credit(Name(name, slug, public_id), role)] = None
    return tuple(found)


def _line_of(release: Release) -> ReleaseLine:
    return queries.ReleaseLine(
        release.pk,
        release.public_id,
        release.slug,
        release.title,
        release.artist_line,
        release.is_explicit,
        release.released_on,
    )


def search(
    text: str,
    *,
    kinds: Sequence[Kind],
    offset: int = 0,
    sold_in: str | None = None,
    at: datetime | None = None,
) -> SearchPage:
    """Search for one kind of things from `offset` on, or for the best of several.

    Only what is sold in the territory `sold_in`; all that is on the shelves where it is None.
    """
    limit = hits_per_page if len(kinds) == 1 else hits_per_group
    asks = [Ask(kind, limit, offset=offset, sold_in=sold_in) for kind in kinds]
    return found_page(text, asks, at=at)


def found_page(text: str, asks: Sequence[Ask], *, at: datetime | None = None) -> SearchPage:
    """What a search finds of each kind that is asked for, and is on the shelves at an instant.

    The index may lag: what was taken down meanwhile is left out; without an instant nothing is.
    Raises IndexNotThereError.
    """
    query = parse_query(text)
    if query.is_empty:
        return SearchPage(query)
    found = {ask.kind: find(query, ask) for ask in asks}
    releases = queries.release_lines(_ids(found, Kind.RELEASE), at=at)
    tracks = queries.track_lines(_ids(found, Kind.TRACK), at=at)
    parties = Party.objects.in_bulk(_ids(found, Kind.PARTY))
    return SearchPage(
        query,
        tuple(releases[pk] for pk in _ids(found, Kind.RELEASE) if pk in releases),
        tuple(tracks[pk] for pk in _ids(found, Kind.TRACK) if pk in tracks),
        tuple(parties[pk] for pk in _ids(found, Kind.PARTY) if pk in parties),
        frozenset(kind for kind, group in found.items() if group.has_more),
        found,
    )


def _ids(found: dict[Kind, Found], kind: Kind) -> list[int]:
    return [hit.id for hit in found[kind].hits] if kind in found else []
