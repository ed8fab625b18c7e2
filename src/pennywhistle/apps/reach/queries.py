"""Reading what everybody may read: lists by key, and each thing with a fixed number of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.catalog.models import (
    Genre,
    RecordingCredit,
    Release,
    ReleaseArtist,
    Track,
    WorkCredit,
)
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.reach.facts import (
    PublicCredit,
    PublicGenre,
    PublicName,
    PublicOffer,
    PublicRelease,
    PublicTrack,
)
from pennywhistle.apps.reach.limits import (
    ARTISTS_MAX,
    CREDITS_MAX,
    GENRES_MAX,
    TRACKS_MAX,
)
from pennywhistle.apps.reach.models import JoinedPage, PublicFile
from pennywhistle.apps.rights.models import Availability
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.catalog.models import ReleaseQuerySet

_NAME = ("id", "public_id", "slug", "name")
_TRACK = (
    "id", "public_id", "slug", "title", "artist_line", "disc_number", "track_number",
    "recording__duration_ms", "recording__is_explicit", "recording__isrc", "recording_id",
    "release_id",
)  # fmt: skip


def facts_of(releases: ReleaseQuerySet) -> list[PublicRelease]:
    """The facts of these releases in their order, in two queries."""
    rows = list(releases.select_related("label", "genre"))
    artists = _artists_of([row.pk for row in rows])
    return [_release(row, artists.get(row.pk, [])) for row in rows]


def release_facts(public_id: str, *, at: datetime) -> PublicRelease | None:
    """A release on the shelves; None where there is none."""
    found = facts_of(Release.objects.published(at=at).filter(public_id=public_id)[:1])
    return found[0] if found else None


def _release(row: Release, artists: Sequence[PublicName]) -> PublicRelease:
    assert row.published_at is not None
    return PublicRelease(
        id=row.pk,
        public_id=row.public_id,
        slug=row.slug,
        title=row.title,
        artist_line=row.artist_line,
        upc=row.upc,
        released_on=row.released_on,
        published_at=row.published_at,
        is_explicit=row.is_explicit,
        about=row.about,
        label=_name(row.label),
        genre=PublicGenre(row.genre.pk, row.genre.slug, row.genre.name) if row.genre else None,
        artists=tuple(artists),
    )


def _name(party: Party) -> PublicName:
    return PublicName(party.pk, party.public_id, party.slug, party.name)


def _artists_of(release_ids: Sequence[int]) -> dict[int, list[PublicName]]:
    found: dict[int, list[PublicName]] = {}
    of_party = [f"party__{name}" for name in _NAME]
    rows = ReleaseArtist.objects.filter(release__in=release_ids)
    for release_id, *name in rows.values_list("release_id", *of_party):
        mine = found.setdefault(release_id, [])
        if len(mine) < ARTISTS_MAX:
            mine.append(PublicName(*name))
    return found


def tracks_of(release_ids: Sequence[int]) -> dict[int, list[PublicTrack]]:
    """The tracks that are on releases now, by release and in their order, in one query."""
    rows = (
        Track.objects.present()
        .filter(release__in=release_ids)
        .order_by("release_id", "disc_number", "track_number")
        .values_list(*_TRACK)
    )
    found: dict[int, list[PublicTrack]] = {}
    for row in rows:
        track = PublicTrack(*row)
        mine = found.setdefault(track.release_id, [])
        if len(mine) < TRACKS_MAX:
            mine.append(track)
    return found


def _seen(at: datetime) -> QuerySet[Track]:
    here = Release.objects.published(at=at).filter(id=OuterRef("release"))
    return Track.objects.present().filter(Exists(here))


def track_facts(public_id: str, *, at: datetime) -> PublicTrack | None:
    """A track of a release on the shelves; None where there is none."""
    row = _seen(at).filter(public_id=public_id).values_list(*_TRACK).first()
    return PublicTrack(*row) if row else None


def tracks_named(track_ids: Iterable[int], *, at: datetime) -> dict[int, PublicTrack]:
    """Tracks of releases on the shelves by id, in one query."""
    rows = _seen(at).filter(id__in=set(track_ids)).values_list(*_TRACK)
    return {row[0]: PublicTrack(*row) for row in rows}


def tracks_with_isrc(isrc: str, *, at: datetime, after: int, count: int) -> list[PublicTrack]:
    """Where a recording is sold, in the order in which its tracks came."""
    mine = _seen(at).filter(recording__isrc=isrc, id__gt=after).order_by("id")
    return [PublicTrack(*row) for row in mine.values_list(*_TRACK)[:count]]


def with_preview(tracks: Iterable[PublicTrack]) -> frozenset[int]:
    """The recordings, by id, of which everybody may hear a part; in one query."""
    wanted = {track.recording_id for track in tracks}
    masters = Master.objects.filter(recording__in=wanted)
    return frozenset(masters.values_list("recording_id", flat=True))


def releases_named(release_ids: Iterable[int], *, at: datetime) -> dict[int, PublicRelease]:
    """Releases on the shelves by id, in two queries."""
    wanted = Release.objects.published(at=at).filter(id__in=set(release_ids))
    return {release.id: release for release in facts_of(wanted)}


def credits_of(track: PublicTrack) -> list[PublicCredit]:
    """Who played a recording and who wrote what it plays, in two queries."""
    played = RecordingCredit.objects.filter(recording=track.recording_id)
    wrote = WorkCredit.objects.filter(work__recordings=track.recording_id)
    fields = ("role", *(f"party__{name}" for name in _NAME))
    found: dict[PublicCredit, None] = {}
    for rows in (played.values_list(*fields), wrote.values_list(*fields)):
        for role, *name in rows[:CREDITS_MAX]:
            found[PublicCredit(PublicName(*name), role)] = None
    return list(found)


def offers_of(refs: Iterable[ItemRef], *, sold_in: str = "") -> dict[ItemRef, list[PublicOffer]]:
    """What each item costs and where, the cheapest first, in one query; nothing of the rest.

    By availability, as every list shows it; the till clears again. With `sold_in` that place alone.
    """
    wanted = set(refs)
    rows = Availability.objects.all()
    if sold_in:
        rows = rows.sellable(territory=sold_in)
    track_ids = [ref.track_id for ref in wanted if ref.track_id is not None]
    rows = rows.filter(release__in={ref.release_id for ref in wanted})
    found: dict[ItemRef, list[PublicOffer]] = {}
    fields = ("release_id", "track_id", "price_micro", "currency", "is_open", "territories__mask")
    for release_id, track_id, micro, currency, is_open, mask in rows.filter(
        Q(track__isnull=True) | Q(track__in=track_ids)
    ).values_list(*fields):
        ref = ItemRef(release_id, track_id)
        if ref in wanted:
            where = Territories.from_bytes(bytes(mask))
            found.setdefault(ref, []).append(PublicOffer(Money(micro, currency), is_open, where))
    for offers in found.values():
        offers.sort(key=lambda offer: (offer.price.micro, offer.is_least))
    return found


def artists(*, at: datetime) -> QuerySet[Party]:
    """The parties who are on the sleeve of something that everybody may see, by id."""
    here = Release.objects.published(at=at).filter(id=OuterRef("release"))
    mine = ReleaseArtist.objects.filter(Exists(here), party=OuterRef("pk"))
    return Party.objects.filter(Exists(mine)).order_by("id")


def labels(*, at: datetime) -> QuerySet[Party]:
    """The parties who put out something that everybody may see, by id."""
    mine = Release.objects.published(at=at).filter(label=OuterRef("pk"))
    return Party.objects.filter(Exists(mine)).order_by("id")


def names_of(parties: QuerySet[Party], *, after: int, count: int) -> list[PublicName]:
    """The next `count` of a list that goes by id."""
    rows = parties.filter(id__gt=after).values_list(*_NAME, "about")[:count]
    return [PublicName(*row) for row in rows]


def name_called(parties: QuerySet[Party], public_id: str) -> PublicName | None:
    """One of them by its public id."""
    if "\0" in public_id:
        return None
    row = parties.filter(public_id=public_id).values_list(*_NAME, "about").first()
    return PublicName(*row) if row else None


def party_called(public_id: str) -> PublicName | None:
    """Anybody by their public id."""
    return name_called(Party.objects.all(), public_id)


def genres(*, at: datetime) -> list[PublicGenre]:
    """Those that something stands in which everybody may see, by name."""
    mine = Release.objects.published(at=at).filter(genre=OuterRef("pk"))
    rows = Genre.objects.filter(Exists(mine)).order_by("name").values_list("id", "slug", "name")
    return [PublicGenre(*row) for row in rows[:GENRES_MAX]]


def genre_called(slug: str) -> PublicGenre | None:
    """A genre by the name in its address, in any case."""
    if "\0" in slug:
        return None
    rows = Genre.objects.filter(slug__in={slug, slug.lower()}).order_by("-slug")
    row = rows.values_list("id", "slug", "name").first()
    return PublicGenre(*row) if row else None


def page_led_to(party_id: int) -> Party | None:
    """Whose page a party's page became; None who has their own."""
    row = JoinedPage.objects.filter(party=party_id).select_related("leads_to").first()
    return row.leads_to if row else None


def public_file(group: str, name: str) -> PublicFile | None:
    """A file for everybody by its name."""
    if "\0" in name:
        return None
    return PublicFile.objects.filter(group=group, name=name).first()


def public_files(group: str) -> list[PublicFile]:
    """All files of a group, by name."""
    return list(PublicFile.objects.filter(group=group).order_by("name"))
