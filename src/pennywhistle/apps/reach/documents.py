"""Public facts as JSON: the same words in the open API and in the dump."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pennywhistle.apps.media.queries import CoverPicture
    from pennywhistle.apps.reach.facts import (
        PublicCredit,
        PublicGenre,
        PublicName,
        PublicOffer,
        PublicRelease,
        PublicTrack,
    )

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Addresses:
    """How whole addresses are made.

    Attributes:
        page: of a release, track, artist or label, by its kind, slug and public id.
        genre: of a genre, by its slug.
        preview: of the part of a track that everybody may hear, by its public id.
        whole: of a path.
        cover: the path of a cover's file, by its hash and its ending.
    """

    page: Callable[[str, str, str], str]
    genre: Callable[[str], str]
    preview: Callable[[str], str]
    whole: Callable[[str], str]
    cover: Callable[[str, str], str]


def name_document(name: PublicName, kind: str, addresses: Addresses) -> Document:
    """An artist or a label, short."""
    return {
        "id": name.public_id,
        "name": name.name,
        "url": addresses.page(kind, name.slug, name.public_id),
    }


def genre_document(genre: PublicGenre, addresses: Addresses) -> Document:
    """A genre; its id is its slug."""
    return {"id": genre.slug, "name": genre.name, "url": addresses.genre(genre.slug)}


def release_document(
    release: PublicRelease, cover: CoverPicture | None, addresses: Addresses
) -> Document:
    """A release without its tracks and offers."""
    genre = release.genre
    return {
        "id": release.public_id,
        "title": release.title,
        "artist_line": release.artist_line,
        "artists": [name_document(each, "artist", addresses) for each in release.artists],
        "label": name_document(release.label, "label", addresses),
        "genre": genre_document(genre, addresses) if genre else None,
        "upc": release.upc or None,
        "released_on": release.released_on.isoformat(),
        "published_at": instant_text(release.published_at),
        "is_explicit": release.is_explicit,
        "url": addresses.page("release", release.slug, release.public_id),
        "cover": _cover_document(cover, addresses) if cover else None,
    }


def _cover_document(cover: CoverPicture, addresses: Addresses) -> Document | None:
    widths = {"320": cover.jpeg_320, "640": cover.jpeg_640, "1280": cover.jpeg_1280}
    found = {f"width_{width}": addresses.whole(path) for width, path in widths.items() if path}
    return found or None


def track_document(track: PublicTrack, addresses: Addresses, *, has_preview: bool) -> Document:
    """A track without its release."""
    return {
        "id": track.public_id,
        "title": track.title,
        "artist_line": track.artist_line,
        "disc_number": track.disc_number,
        "track_number": track.track_number,
        "duration_ms": track.duration_ms,
        "is_explicit": track.is_explicit,
        "isrc": track.isrc or None,
        "url": addresses.page("track", track.slug, track.public_id),
        "preview_url": addresses.preview(track.public_id) if has_preview else None,
    }


def credit_document(credit: PublicCredit, addresses: Addresses) -> Document:
    """Who did what."""
    return {"role": credit.role, "name": name_document(credit.name, "artist", addresses)}


def price_document(offer: PublicOffer) -> Document:
    """A price, exact: a decimal number as text."""
    amount, _, currency = str(offer.price).partition(" ")
    return {"amount": amount, "currency": currency, "is_least": offer.is_least}


def offer_documents(offers: Sequence[PublicOffer]) -> list[Document]:
    """Prices with their territories as ISO 3166-1 codes."""
    return [
        {**price_document(offer), "territories": list(offer.territories.codes)} for offer in offers
    ]


def instant_text(instant: datetime) -> str:
    """An instant as RFC 3339 has it, in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
