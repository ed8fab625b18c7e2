"""What pages say to machines about what they show: JSON-LD in the words of schema.org.

It stands in a data block, which no browser runs, so that the content policy has nothing to forbid;
and it is escaped so that no title can end the block (as `json_script` of Django does it).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe

from pennywhistle.interfaces.common.public_addresses import address_of, page_address, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from pennywhistle.apps.discovery.pages import Name, ReleasePage, TrackPage
    from pennywhistle.apps.discovery.queries import ReleaseLine, TrackLine
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.reach.facts import PublicOffer

Thing = dict[str, Any]

_ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&\u2028\u2029"}
_IN_STOCK = "https://schema.org/InStock"
_AHEAD = "https://schema.org/PreOrder"
# Of the releases of an artist or a label, on a page.
albums_max = 48


def data_block(*things: Thing) -> SafeString:
    """The element with these things in it, to stand in a page's head."""
    document = {"@context": "https://schema.org", "@graph": list(things)}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    # Nothing in the text can be markup any more.
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308


def release_thing(
    page: ReleasePage, offers: Sequence[PublicOffer], *, image: str, today: date
) -> Thing:
    """A release as an album, with what it costs and where."""
    line = page.line
    here = page_address("release", line.slug, line.public_id)
    of_release: Thing = {
        "@type": "MusicRelease",
        "name": line.title,
        "musicReleaseFormat": "https://schema.org/DigitalFormat",
        "recordLabel": {"@type": "Organization", **_named(page.label, "label")},
        "duration": duration_text(page.duration_ms),
    }
    if page.upc:
        of_release["gtin"] = page.upc
    return {
        "@type": "MusicAlbum",
        "@id": here,
        "url": here,
        "name": line.title,
        "byArtist": _groups(page.artists, line.artist_line),
        "datePublished": line.released_on.isoformat(),
        "numTracks": len(page.tracks),
        "track": [_track_thing(track) for track in page.tracks],
        "albumRelease": of_release,
        **({"genre": page.genre[0]} if page.genre else {}),
        **({"image": image} if image else {}),
        **({"contentRating": "explicit"} if line.is_explicit else {}),
        **_offered(offers, here, is_ahead=line.released_on > today),
    }


def track_thing(
    page: TrackPage, offers: Sequence[PublicOffer], *, image: str, preview: str, today: date
) -> Thing:
    """A track as a recording, with its album and what it costs."""
    line = page.line
    release = line.release
    here = page_address("track", line.slug, line.public_id)
    return {
        **_track_thing(line),
        "@id": here,
        "byArtist": _groups(page.artists, line.artist_line),
        "datePublished": page.released_on.isoformat(),
        "inAlbum": {
            "@type": "MusicAlbum",
            "name": release.title,
            "url": page_address("release", release.slug, release.public_id),
        },
        **({"image": image} if image else {}),
        **(
            {
                "audio": {
                    "@type": "AudioObject",
                    "contentUrl": preview,
                    "encodingFormat": "audio/mpeg",
                }
            }
            if preview
            else {}
        ),
        **_offered(offers, here, is_ahead=page.released_on > today),
    }


def party_thing(party: Party, kind: str, releases: Iterable[ReleaseLine]) -> Thing:
    """An artist as a group with its albums; a label as an organization."""
    here = page_address(kind, party.slug, party.public_id)
    thing: Thing = {
        "@type": "MusicGroup" if kind == "artist" else "Organization",
        "@id": here,
        "url": here,
        "name": party.name,
    }
    if party.about:
        thing["description"] = party.about
    if kind == "artist":
        thing["album"] = [
            {
                "@type": "MusicAlbum",
                "name": line.title,
                "url": page_address("release", line.slug, line.public_id),
                "datePublished": line.released_on.isoformat(),
            }
            for line in list(releases)[:albums_max]
        ]
    return thing


def store_thing(name: str) -> Thing:
    """The store as a web site that can be searched."""
    return {
        "@type": "WebSite",
        "@id": whole("/"),
        "url": whole("/"),
        "name": name,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{address_of('search')}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def crumbs_thing(crumbs: Sequence[tuple[str, str]]) -> Thing:
    """The way from the front to a page, as names with their addresses."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": address}
            for position, (name, address) in enumerate(crumbs, 1)
        ],
    }


def duration_text(duration_ms: int) -> str:
    """A playing time as ISO 8601 has it: PT3M45S."""
    minutes, seconds = divmod(round(duration_ms / 1000), 60)
    return f"PT{minutes}M{seconds}S"


def _track_thing(line: TrackLine) -> Thing:
    return {
        "@type": "MusicRecording",
        "name": line.title,
        "url": page_address("track", line.slug, line.public_id),
        "duration": duration_text(line.duration_ms),
        **({"isrcCode": line.isrc} if line.isrc else {}),
    }


def _named(name: Name, kind: str) -> Thing:
    return {"name": name.name, "url": page_address(kind, name.slug, name.public_id)}


def _groups(artists: Sequence[Name], artist_line: str) -> list[Thing]:
    """Who made it; where nobody is named apart, whom the sleeve names."""
    named = [{"@type": "MusicGroup", **_named(each, "artist")} for each in artists]
    return named or [{"@type": "MusicGroup", "name": artist_line}]


def _offered(offers: Sequence[PublicOffer], here: str, *, is_ahead: bool) -> Thing:
    if not offers:
        return {}
    return {
        "offers": [
            {
                "@type": "Offer",
                "url": here,
                "category": "download",
                "availability": _AHEAD if is_ahead else _IN_STOCK,
                "eligibleRegion": list(offer.territories.codes),
                **_price(offer),
            }
            for offer in offers
        ]
    }


def _price(offer: PublicOffer) -> Thing:
    amount, _, currency = str(offer.price).partition(" ")
    if not offer.is_least:
        return {"price": amount, "priceCurrency": currency}
    least = {"@type": "PriceSpecification", "minPrice": amount, "priceCurrency": currency}
    return {"price": amount, "priceCurrency": currency, "priceSpecification": least}
