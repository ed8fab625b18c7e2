"""Turns a planned release into rows: parties, works, recordings, tracks, masters, grants."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.actions import (
    Credit,
    RecordingFacts,
    ReleaseFacts,
    TrackPlace,
    credit_recording,
    ensure_genre,
    place_tracks,
    publish_release,
    record_recording,
    record_release,
    record_work,
)
from pennywhistle.apps.catalog.models import Recording, Release, Role, Track, Work
from pennywhistle.apps.media.actions import keep_cover, keep_master
from pennywhistle.apps.parties.actions import parties_named, party_meant
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import GrantTerms, Share, record_grant
from pennywhistle.apps.rights.actions.warranty import warrant_recordings
from pennywhistle.engines.audio import Examination
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import SHARE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pennywhistle.apps.intake.models import DeliveryFile
    from pennywhistle.apps.intake.report import PlannedRelease, PlannedTrack
    from pennywhistle.apps.intake.supplement import NamedCredit
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

_NAME_CHARS_MAX = 300


@dataclass(frozen=True, slots=True)
class TrackTerms:
    """What differs for one track: its price (None: with the album only) and its split."""

    price: Money | None
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms the supplier lets a delivery be sold.

    Attributes:
        album_price: None: the release is not sold as a whole.
        track_price: of each track by itself; None: with the album only.
        shares: whom each track pays, besides its writers; what is left goes to the supplier.
        writers_share: what of each track goes to those who wrote it, in even parts.
        own: what differs, by disc and number of the track.
    """

    currency: str
    territories: Territories
    valid: Period
    album_price: Money | None
    track_price: Money | None
    shares: tuple[Share, ...] = ()
    writers_share: Fraction = Fraction(0)
    own: Mapping[tuple[int, int], TrackTerms] = field(default_factory=dict)


def shelve(
    planned: PlannedRelease,
    *,
    supplier: Party,
    files: Mapping[str, DeliveryFile],
    terms: Terms,
    now: datetime,
) -> Release:
    """Write one release with everything that belongs to it; part of its caller's transaction.

    A release that the supplier delivered before is brought up to date: it is known by its UPC, or
    else by its title and artists.
    """
    known = known_release(supplier.pk, planned)
    release, tracks = write_release(planned, supplier=supplier, files=files, known=known, now=now)
    warrant_recordings(
        supplier_id=supplier.pk, recording_ids=[track.recording_id for track in tracks], now=now
    )
    for row, written in zip(tracks, planned.tracks, strict=True):
        own = _track_terms(written, terms, supplier)
        _record(release, row.pk, _terms(terms, own.price, own.shares), supplier, now)
    if terms.album_price is not None:
        _record(release, None, _terms(terms, terms.album_price, ()), supplier, now)
    publish_release(release_id=release.pk, now=now)
    return release


def write_release(
    planned: PlannedRelease,
    *,
    supplier: Party,
    files: Mapping[str, DeliveryFile],
    known: Release | None,
    now: datetime,
    recordings: Mapping[str, Recording] | None = None,
) -> tuple[Release, list[Track]]:
    """Write a release, its recordings and their files, or bring `known` up to date.

    Nothing is granted and nothing comes to the shelves by it. `recordings` are those that are
    known already, by the paths of their tracks; a track whose path is in `files` gets that file
    as its master, any other keeps the one that it has. Without a cover the release keeps its own.
    """
    on_it = list(known.tracks.select_related("recording")) if known else []
    people = _people(planned, supplier)
    release = record_release(
        supplier_id=supplier.pk,
        facts=_release_facts(planned, people),
        release_id=known.pk if known else None,
    )
    places = []
    for track in planned.tracks:
        before = (recordings or {}).get(track.path) or _known_recording(track, supplier, on_it)
        recording_id = _recording(track, supplier, people, before, now)
        if track.path in files:
            _keep_master(recording_id, files[track.path], now)
        places.append((recording_id, _place(track)))
    tracks = place_tracks(release_id=release.pk, places=places)
    if planned.cover is not None:
        keep_cover(release_id=release.pk, files=planned.cover)
    return release, tracks


def known_release(supplier_id: int, planned: PlannedRelease) -> Release | None:
    """The release of this supplier that a planned one brings up to date, if there is one."""
    own = Release.objects.filter(supplier_id=supplier_id).order_by("id")
    if planned.upc and (by_upc := own.filter(upc=planned.upc).first()):
        return by_upc
    named = own.filter(title=planned.title, artist_line=planned.artist_line)
    # Another barcode is another release, whatever it is called.
    return named.filter(upc__in=["", planned.upc]).first() if planned.upc else named.first()


def _people(planned: PlannedRelease, supplier: Party) -> Mapping[str, Party]:
    """Everybody whom a release names, found or made in as many queries for one as for a hundred."""
    label = _named(planned.label, supplier, kind=Party.Kind.ORGANIZATION)
    names = [*planned.artists]
    for track in planned.tracks:
        credits_ = (*track.writers, *track.credits)
        names += [*track.artists, *(each.name for each in credits_)]
    cut = (name[:_NAME_CHARS_MAX] for name in names)
    people = parties_named(said=cut, by_party_id=supplier.pk)
    return {**people, planned.label[:_NAME_CHARS_MAX]: label}


def _release_facts(planned: PlannedRelease, people: Mapping[str, Party]) -> ReleaseFacts:
    return ReleaseFacts(
        title=planned.title,
        artist_line=planned.artist_line,
        artist_ids=tuple(_of(people, name).pk for name in planned.artists),
        label_id=_of(people, planned.label).pk,
        released_on=planned.released_on,
        genre_id=ensure_genre(name=planned.genre).pk if planned.genre else None,
        upc=planned.upc,
        is_explicit=planned.is_explicit or any(track.is_explicit for track in planned.tracks),
        about=planned.about,
    )


def _place(track: PlannedTrack) -> TrackPlace:
    line = ", ".join(track.artists)[:500]
    return TrackPlace(track.disc_number, track.track_number, track.title, line)


def _recording(
    track: PlannedTrack,
    supplier: Party,
    people: Mapping[str, Party],
    known: Recording | None,
    now: datetime,
) -> int:
    recording = record_recording(
        supplier_id=supplier.pk,
        facts=RecordingFacts(track.title, track.isrc, track.duration_ms, track.is_explicit),
        recording_id=known.pk if known else None,
    )
    artists = [Credit(_of(people, name).pk, Role.MAIN_ARTIST) for name in track.artists]
    credit_recording(
        recording_id=recording.pk,
        credits=[*artists, *_credits(track.credits, people)],
        work_ids=[_work(track, known, people)],
        now=now,
    )
    return recording.pk


def _work(track: PlannedTrack, known: Recording | None, people: Mapping[str, Party]) -> int:
    """The work that the track says it plays; what has no name but its title is its own."""
    writers = _credits(track.writers, people)
    if writers or track.iswc:
        return record_work(title=track.work_title, iswc=track.iswc, writers=writers).pk
    played = known.works.first() if known else None
    return played.pk if played else Work.objects.create(title=track.work_title).pk


def _known_recording(
    track: PlannedTrack, supplier: Party, on_it: Iterable[Track]
) -> Recording | None:
    """The supplier's recording of this ISRC, or of these very bytes, or at this place before."""
    own = Recording.objects.filter(supplier=supplier).order_by("id")
    if track.isrc:
        by_isrc = own.filter(isrc=track.isrc).first()
        if by_isrc is not None:
            return by_isrc
    own = own.filter(isrc__in=["", track.isrc])
    same_bytes = own.filter(master__sha256=track.sha256).first()
    if same_bytes is not None:
        return same_bytes
    where = (track.disc_number, track.track_number, track.title)
    for known in on_it:
        is_there = (known.disc_number, known.track_number, known.title) == where
        if is_there and known.recording.isrc in {"", track.isrc}:
            return known.recording
    return None


def _credits(named: Iterable[NamedCredit], people: Mapping[str, Party]) -> list[Credit]:
    return [Credit(_of(people, each.name).pk, each.role) for each in named]


def _of(people: Mapping[str, Party], name: str) -> Party:
    return people[name[:_NAME_CHARS_MAX]]


def _named(name: str, supplier: Party, *, kind: str = Party.Kind.PERSON) -> Party:
    """Whom the supplier means; never a party of that name that strangers act for."""
    return party_meant(said=name[:_NAME_CHARS_MAX], by_party_id=supplier.pk, kind=kind)


def _keep_master(recording_id: int, file: DeliveryFile, now: datetime) -> None:
    examination = Examination.from_json(file.examination)
    keep_master(recording_id=recording_id, sha256=file.sha256, examination=examination, now=now)


def _track_terms(track: PlannedTrack, terms: Terms, supplier: Party) -> TrackTerms:
    """The track's own terms, or those of all with the writers named and the rest given out."""
    own = terms.own.get((track.disc_number, track.track_number))
    if own is not None:
        return own
    shares = list(terms.shares)
    if terms.writers_share and track.writers:
        part = terms.writers_share / len(track.writers)
        shares += [
            Share(_named(credit.name, supplier).pk, credit.role, part) for credit in track.writers
        ]
    rest = 1 - sum((share.fraction for share in shares), Fraction(0))
    # Shares that are a little beside one are scaled, and others refused, where they are granted.
    if not shares or rest > SHARE_TOLERANCE:
        shares.append(Share(supplier.pk, Role.LABEL, rest))
    return TrackTerms(terms.track_price, tuple(shares))


def _record(
    release: Release, track_id: int | None, terms: GrantTerms, supplier: Party, now: datetime
) -> None:
    record_grant(
        licensor_id=supplier.pk, release_id=release.pk, track_id=track_id, terms=terms, now=now
    )


def _terms(terms: Terms, price: Money | None, shares: tuple[Share, ...]) -> GrantTerms:
    return GrantTerms(
        territories=terms.territories,
        valid=terms.valid,
        currency=terms.currency,
        price=price,
        wholesale=Money.zero(terms.currency),
        shares=shares,
    )
