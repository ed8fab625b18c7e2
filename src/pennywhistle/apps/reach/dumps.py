"""The catalog as files to take away: JSON Lines (jsonlines.org), zipped, with their checksums."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.media.queries import covers_of
from pennywhistle.apps.reach import queries
from pennywhistle.apps.reach.documents import (
    genre_document,
    name_document,
    price_document,
    release_document,
    track_document,
)
from pennywhistle.apps.reach.limits import ADDRESSES_PER_BATCH, RELEASES_PER_BATCH
from pennywhistle.apps.reach.models import PublicFile
from pennywhistle.apps.reach.publishing import GZIP, name_files, writing
from pennywhistle.apps.rights.queries import ItemRef

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.reach.documents import Addresses, Document
    from pennywhistle.apps.reach.facts import PublicOffer, PublicRelease, PublicTrack
    from pennywhistle.apps.reach.publishing import Made, Sheet
    from pennywhistle.kernel.territories import Territories

SUMS_NAME = "SHA256SUMS"
_PLAIN_TEXT = "text/plain; charset=utf-8"


def make_dump(*, addresses: Addresses, now: datetime) -> int:
    """Write the dump anew; answers how many releases it holds. By key, a batch in memory."""
    made: list[Made] = []
    with writing("genres.jsonl.gz", GZIP, made) as sheet:
        for genre in queries.genres(at=now):
            _write(sheet, genre_document(genre, addresses))
    for kind, parties in (("artist", queries.artists(at=now)), ("label", queries.labels(at=now))):
        with writing(f"{kind}s.jsonl.gz", GZIP, made) as sheet:
            _write_names(sheet, kind, parties, addresses)
    places: dict[str, Territories] = {}
    with writing("releases.jsonl.gz", GZIP, made) as sheet:
        _write_releases(sheet, addresses, places, now)
        count = sheet.row_count
    with writing("territories.jsonl.gz", GZIP, made) as sheet:
        for digest, where in sorted(places.items()):
            _write(sheet, {"id": digest, "codes": list(where.codes)})
    files = list(made)
    with writing(SUMS_NAME, _PLAIN_TEXT, made) as sheet:
        for file in sorted(files, key=lambda file: file.name):
            sheet.write(f"{file.sha256}  {file.name}\n", rows=1)
    name_files(PublicFile.Group.DUMP, made, now=now)
    return count


def _write(sheet: Sheet, document: Document) -> None:
    sheet.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", rows=1)


def _write_names(sheet: Sheet, kind: str, parties: QuerySet[Party], addresses: Addresses) -> None:
    last = 0
    while True:
        names = queries.names_of(parties, after=last, count=ADDRESSES_PER_BATCH)
        for name in names:
            _write(sheet, {**name_document(name, kind, addresses), "about": name.about or None})
        if len(names) < ADDRESSES_PER_BATCH:
            return
        last = names[-1].id


def _write_releases(
    sheet: Sheet, addresses: Addresses, places: dict[str, Territories], now: datetime
) -> None:
    last = 0
    while True:
        wanted = Release.objects.published(at=now).filter(id__gt=last).order_by("id")
        releases = queries.facts_of(wanted[:RELEASES_PER_BATCH])
        for document in _documents(releases, addresses, places):
            _write(sheet, document)
        if len(releases) < RELEASES_PER_BATCH:
            return
        last = releases[-1].id


def _documents(
    releases: Sequence[PublicRelease], addresses: Addresses, places: dict[str, Territories]
) -> list[Document]:
    """A batch of releases, each with its tracks and what they cost; four queries."""
    ids = [release.id for release in releases]
    tracks = queries.tracks_of(ids)
    every = [track for mine in tracks.values() for track in mine]
    refs = [ItemRef(pk) for pk in ids]
    refs += [ItemRef(track.release_id, track.id) for track in every]
    offers = queries.offers_of(refs)
    heard = queries.with_preview(every)
    covers = covers_of(ids, address=addresses.cover)

    def priced(ref: ItemRef) -> list[dict[str, Any]]:
        return [_offer_document(offer, places) for offer in offers.get(ref, [])]

    def of_track(track: PublicTrack) -> Document:
        has_preview = track.recording_id in heard
        about = track_document(track, addresses, has_preview=has_preview)
        return {**about, "offers": priced(ItemRef(track.release_id, track.id))}

    return [
        {
            **release_document(release, covers.get(release.id), addresses),
            "about": release.about or None,
            "offers": priced(ItemRef(release.id)),
            "tracks": [of_track(track) for track in tracks.get(release.id, [])],
        }
        for release in releases
    ]


def _offer_document(offer: PublicOffer, places: dict[str, Territories]) -> Document:
    """With the name of its set of territories: most offers share one of a few."""
    digest = offer.territories.digest
    places.setdefault(digest, offer.territories)
    return {**price_document(offer), "territories_id": digest}
