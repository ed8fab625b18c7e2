"""What templates draw: cards, track rows and split bars, from lines and live offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from pennywhistle.apps.discovery.offers import listed_for
from pennywhistle.apps.media.queries import covers_of, sounds_of
from pennywhistle.interfaces.common.format import (
    duration_text,
    price_text,
)
from pennywhistle.interfaces.common.split_bar import Segment, accounts_of, segments_of
from pennywhistle.interfaces.shop.addresses import page_of, served

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pennywhistle.apps.discovery.offers import Offer, Shopper
    from pennywhistle.apps.discovery.queries import ReleaseLine, TrackLine
    from pennywhistle.apps.media.queries import CoverPicture
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money

# What a single click on a track's arrow downloads; all other forms are on the release's page.
RECIPE_FIRST = "flac"


class Priced(Protocol):
    """An item as a list or its own page offers it to a visitor."""

    @property
    def price(self) -> Money | None:
        """What it costs here now; nothing where it is not sold, or owned."""

    @property
    def is_owned(self) -> bool:
        """Whether it is the visitor's already."""

    @property
    def is_open(self) -> bool:
        """Whether that is the least, and the visitor names the price."""


@dataclass(frozen=True, slots=True)
class ReleaseCard:
    """A release for `parts/_release_card.html`."""

    title: str
    artist_names: str
    url: str
    cover: CoverPicture | None
    price_text: str
    is_owned: bool
    is_explicit: bool


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A track for `parts/_track_row.html`."""

    key: str
    number: int
    title: str
    artist_names: str
    url: str
    duration_text: str
    is_explicit: bool
    is_owned: bool
    preview_url: str
    stream_url: str
    download_url: str
    waveform_path: str
    gain_db: float | None
    price_text: str
    buy_url: str
    in_cart: bool
    why_not_url: str


@dataclass(frozen=True, slots=True)
class SplitBar:
    """Where the price goes, for `parts/_split_bar.html`."""

    amount_text: str
    segments: tuple[Segment, ...]
    chain_url: str


def pictures_of(release_ids: Iterable[int]) -> dict[int, CoverPicture]:
    """The covers of releases, in one query."""
    return covers_of(release_ids, address=cover_url)


def cover_url(sha256: str, extension: str) -> str:
    """The address of a cover's file."""
    return served("delivery:cover", sha256, extension)


def cards_of(lines: Sequence[ReleaseLine], shopper: Shopper) -> dict[int, ReleaseCard]:
    """The cards of releases by id, each with its price here, in three queries."""
    offers = listed_for([line.ref for line in lines], shopper=shopper)
    pictures = pictures_of(line.id for line in lines)
    return {line.id: _card(line, offers[line.ref], pictures.get(line.id)) for line in lines}


def offer_text(offer: Priced) -> str:
    """What an item costs, or from what on; nothing where it is not sold, or owned."""
    if offer.price is None:
        return ""
    price = price_text(offer.price)
    return gettext("from %(price)s") % {"price": price} if offer.is_open else price


def _card(line: ReleaseLine, offer: Priced, cover: CoverPicture | None) -> ReleaseCard:
    return ReleaseCard(
        title=line.title,
        artist_names=line.artist_line,
        url=page_of("release", line),
        cover=cover,
        price_text=offer_text(offer),
        is_owned=offer.is_owned,
        is_explicit=line.is_explicit,
    )


def rows_of(
    tracks: Sequence[TrackLine],
    offers: Mapping[ItemRef, Priced],
    *,
    in_cart: frozenset[ItemRef],
    entitlements: Mapping[ItemRef, int],
    artist_of_release: str = "",
) -> list[TrackRow]:
    """Rows of tracks with their prices, in one query; artists only where they differ.

    `entitlements` are the ids of the visitor's rights, by the item that they are for.
    """
    sounds = sounds_of(track.recording_id for track in tracks)
    rows = []
    for number, track in enumerate(tracks, 1):
        offer, sound = offers[track.ref], sounds.get(track.recording_id)
        rows.append(
            TrackRow(
                key=track.public_id,
                number=track.track_number or number,
                title=track.title,
                artist_names="" if track.artist_line == artist_of_release else track.artist_line,
                url=page_of("track", track),
                duration_text=duration_text(track.duration_ms),
                is_explicit=track.is_explicit,
                is_owned=offer.is_owned,
                preview_url=served("delivery:preview", track.public_id) if sound else "",
                stream_url=served("delivery:stream", track.public_id)
                if sound and offer.is_owned
                else "",
                download_url=track_download_url(track, entitlements),
                waveform_path=sound.waveform_path if sound else "",
                gain_db=sound.gain_db if sound else None,
                price_text=offer_text(offer),
                buy_url=cart_add_url(
                    "track", track.public_id, back=page_of("release", track.release)
                ),
                in_cart=track.ref in in_cart,
                why_not_url=reverse("chain", args=["track", track.public_id]),
            )
        )
    return rows


def track_download_url(track: TrackLine, entitlements: Mapping[ItemRef, int]) -> str:
    """The download of a track that is owned, by itself or with its release; empty if not."""
    if track.ref in entitlements:
        return served("delivery:download", entitlements[track.ref], RECIPE_FIRST)
    if track.release.ref in entitlements:
        address = served("delivery:download", entitlements[track.release.ref], RECIPE_FIRST)
        return f"{address}?track={track.public_id}" if address else ""
    return ""


def cart_add_url(kind: str, public_id: str, *, back: str) -> str:
    """Where a form puts an item in the cart, and comes back to `back`."""
    return f"{reverse('cart-add', args=[kind, public_id])}?{urlencode({'next': back})}"


def split_bar(offer: Offer, *, kind: str, public_id: str) -> SplitBar | None:
    """Where the price goes, by the verdict's exact parts; nothing where there is no price."""
    if offer.price is None or not offer.verdict.parts:
        return None
    segments = segments_of(offer.verdict, offer.price, accounts_of([offer.verdict]))
    return SplitBar(price_text(offer.price), segments, reverse("chain", args=[kind, public_id]))
