"""Writes a planned release: parties, works, recordings, masters, tracks, the cover.

All of it at once: as many statements for one track as for a hundred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.actions import (
    Credit,
    ExtraFacts,
    RecordingCredits,
    RecordingFacts,
    ReleaseFacts,
    TrackPlace,
    WorkFacts,
    credit_recordings,
    ensure_genre,
    place_tracks,
    record_artist_mbids,
    record_delivered_works,
    record_extras,
    record_recordings,
    record_release,
)
from pennywhistle.apps.catalog.models import RecordingWork, Role, Work
from pennywhistle.apps.intake.meant import recordings_meant
from pennywhistle.apps.intake.works.matching.told import propose_told
from pennywhistle.apps.media.actions import DeliveredMaster, keep_cover, keep_masters
from pennywhistle.apps.media.extras import keep_extras
from pennywhistle.apps.parties.actions import parties_named, party_meant
from pennywhistle.apps.parties.models import Party
from pennywhistle.engines.audio import Examination

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Recording, Release, Track
    from pennywhistle.apps.intake.meant import Meant
    from pennywhistle.apps.intake.models import DeliveryFile
    from pennywhistle.apps.intake.report import PlannedExtra, PlannedRelease, PlannedTrack
    from pennywhistle.apps.intake.supplement import NamedCredit

_NAME_CHARS_MAX = 300
_LINE_CHARS_MAX = 500


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

    Part of its caller's transaction. Nothing is granted and nothing comes to the shelves by it.
    `recordings` are those that are known already, by the paths of their tracks; a track whose
    path is in `files` gets that file as its master, any other keeps the one that it has. Without
    a cover the release keeps its own.
    """
    on_it = list(known.tracks.select_related("recording")) if known else []
    people = _people(planned, supplier)
    release = record_release(
        supplier_id=supplier.pk,
        facts=_release_facts(planned, people),
        release_id=known.pk if known else None,
    )
    meant = recordings_meant(
        planned.tracks,
        supplier_id=supplier.pk,
        given=recordings or {},
        with_file=files.keys(),
        on_it=on_it,
    )
    ids = _write_recordings(list(dict.fromkeys(meant)), supplier, people, now)
    keep_masters(
        delivered=[
            DeliveredMaster(ids[one], file.sha256, Examination.from_json(file.examination))
            for one, track in zip(meant, planned.tracks, strict=True)
            if (file := files.get(track.path)) is not None
        ],
        now=now,
    )
    places = [(ids[one], _place(t)) for one, t in zip(meant, planned.tracks, strict=True)]
    tracks = place_tracks(release_id=release.pk, places=places)
    if planned.cover is not None:
        keep_cover(release_id=release.pk, files=planned.cover)
    if planned.extras is not None:
        _write_extras(release, planned.extras, now)
    mbids = {_of(people, name).pk: mbid for name, mbid in planned.artist_mbids}
    record_artist_mbids(supplier_id=supplier.pk, told=mbids)
    return release, tracks


def _write_extras(release: Release, extras: Sequence[PlannedExtra], now: datetime) -> None:
    keep_extras(sha256s=[extra.sha256 for extra in extras])
    facts = [
        ExtraFacts(
            kind=extra.kind,
            title=extra.title,
            name=extra.name,
            mime_type=extra.mime_type,
            sha256=extra.sha256,
            size_bytes=extra.size_bytes,
            crc32=extra.crc32,
        )
        for extra in extras
    ]
    record_extras(release_id=release.pk, told=facts, now=now)


def person_meant(name: str, supplier: Party, *, kind: str = Party.Kind.PERSON) -> Party:
    """Whom the supplier means; never a party of that name that strangers act for."""
    return party_meant(said=name[:_NAME_CHARS_MAX], by_party_id=supplier.pk, kind=kind)


def _people(planned: PlannedRelease, supplier: Party) -> Mapping[str, Party]:
    """Everybody whom a release names, found or made in as many queries for one as for a hundred."""
    label = person_meant(planned.label, supplier, kind=Party.Kind.ORGANIZATION)
    names = [*planned.artists]
    for track in planned.tracks:
        credits_ = (*track.writers, *track.credits)
        names += [*track.artists, *(each.name for each in credits_)]
    names += [name for name, _ in planned.artist_mbids]
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
        mbid=planned.mbid,
    )


def _place(track: PlannedTrack) -> TrackPlace:
    line = ", ".join(track.artists)[:_LINE_CHARS_MAX]
    return TrackPlace(track.disc_number, track.track_number, track.title, line)


def _write_recordings(
    meant: Sequence[Meant], supplier: Party, people: Mapping[str, Party], now: datetime
) -> dict[Meant, int]:
    """Works, then recordings, then who and what is in them; answers the recordings' ids.

    In this order, as where works are registered: whose locks wait for whose.
    """
    works = _write_works(meant, people)
    rows = record_recordings(
        supplier_id=supplier.pk, told=[(_facts(one.track), one.recording_id) for one in meant]
    )
    against_operator = credit_recordings(
        told=[
            RecordingCredits(
                row.pk,
                (*_artists(one.track, people), *_credits(one.track.credits, people)),
                work_ids,
            )
            for one, row, work_ids in zip(meant, rows, works, strict=True)
        ],
        now=now,
    )
    if against_operator:
        propose_told(told=against_operator, now=now)
    return {one: row.pk for one, row in zip(meant, rows, strict=True)}


def _facts(track: PlannedTrack) -> RecordingFacts:
    title = track.recording_title or track.title
    return RecordingFacts(title, track.isrc, track.duration_ms, track.is_explicit, track.mbid)


def _write_works(
    meant: Sequence[Meant], people: Mapping[str, Party]
) -> list[tuple[int, ...] | None]:
    """The works that the tracks say they play; what has no name but its title is its own.

    None: nothing is said of works, and what the recording plays is known already.
    """
    told = {one: facts for one in meant if (facts := _works_told(one.track, people))}
    written = iter(record_delivered_works(works=[each for all_ in told.values() for each in all_]))
    found: dict[Meant, tuple[int, ...] | None] = {
        one: tuple(next(written).pk for _ in facts) for one, facts in told.items()
    }
    untold = [one for one in meant if one not in found]
    played = _played([one.recording_id for one in untold if one.recording_id is not None])
    found |= {one: None for one in untold if one.recording_id in played}
    new = {one: Work(title=one.track.work_title) for one in untold if one not in found}
    Work.objects.bulk_create(new.values())
    found |= {one: (work.pk,) for one, work in new.items()}
    return [found[one] for one in meant]


def _works_told(track: PlannedTrack, people: Mapping[str, Party]) -> tuple[WorkFacts, ...]:
    """The works that a track says it plays; of a medley nobody said who wrote which."""
    if track.further_iswcs:
        iswcs = (track.iswc, *track.further_iswcs)
        return tuple(WorkFacts(track.work_title, iswc, ()) for iswc in iswcs)
    writers = tuple(_credits(track.writers, people))
    return (WorkFacts(track.work_title, track.iswc, writers),) if writers or track.iswc else ()


def _played(recording_ids: Sequence[int]) -> set[int | None]:
    """Those of the recordings of which it is known what they play."""
    if not recording_ids:
        return set()
    links = RecordingWork.objects.open().filter(recording_id__in=recording_ids)
    return set(links.values_list("recording_id", flat=True))


def _artists(track: PlannedTrack, people: Mapping[str, Party]) -> list[Credit]:
    return [Credit(_of(people, name).pk, Role.MAIN_ARTIST) for name in track.artists]


def _credits(named: Iterable[NamedCredit], people: Mapping[str, Party]) -> list[Credit]:
    return [Credit(_of(people, each.name).pk, each.role) for each in named]


def _of(people: Mapping[str, Party], name: str) -> Party:
    return people[name[:_NAME_CHARS_MAX]]
