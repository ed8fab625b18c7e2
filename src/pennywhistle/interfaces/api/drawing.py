"""Documents of many things at once, in a fixed number of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.media.queries import covers_of
from pennywhistle.apps.reach import queries
from pennywhistle.apps.reach.documents import (
    offer_documents,
    price_document,
    release_document,
    track_document,
)
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.interfaces.common.catalog_addresses import catalog_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.reach.documents import Document
    from pennywhistle.apps.reach.facts import PublicRelease, PublicTrack

ADDRESSES = catalog_addresses()


def release_documents(
    releases: Sequence[PublicRelease], *, territory: str = ""
) -> dict[int, Document]:
    """Releases by row, with their prices in a territory."""
    covers = covers_of([each.id for each in releases], address=ADDRESSES.cover)
    found = {each.id: release_document(each, covers.get(each.id), ADDRESSES) for each in releases}
    if territory and releases:
        offers = queries.offers_of([ItemRef(pk) for pk in found], sold_in=territory)
        for pk, document in found.items():
            mine = offers.get(ItemRef(pk), [])
            document["price"] = price_document(mine[0]) if mine else None
    return found


def track_documents(tracks: Sequence[PublicTrack]) -> list[Document]:
    """Tracks without their releases."""
    heard = queries.with_preview(tracks)
    return [
        track_document(each, ADDRESSES, has_preview=each.recording_id in heard) for each in tracks
    ]


def tracks_with_releases(tracks: Sequence[PublicTrack], *, at: datetime) -> list[Document]:
    """Tracks with their releases; those whose releases have left meanwhile are left out."""
    releases = queries.releases_named([each.release_id for each in tracks], at=at)
    drawn = release_documents(list(releases.values()))
    return [
        {**document, "release": drawn[each.release_id]}
        for each, document in zip(tracks, track_documents(tracks), strict=True)
        if each.release_id in drawn
    ]


def offers_document(
    release: PublicRelease, tracks: Sequence[PublicTrack], *, territory: str
) -> Document:
    """What a release and each of its tracks costs, and where."""
    whole = ItemRef(release.id)
    refs = [ItemRef(each.release_id, each.id) for each in tracks]
    offers = queries.offers_of([whole, *refs], sold_in=territory)
    return {
        "id": release.public_id,
        "offers": offer_documents(offers.get(whole, [])),
        "tracks": [
            {"id": each.public_id, "offers": offer_documents(offers.get(ref, []))}
            for each, ref in zip(tracks, refs, strict=True)
        ],
    }
