"""What a page says of itself to other places: search engines, chats, feed readers, embedders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils.translation import get_language, gettext, ngettext

from pennywhistle.apps.reach.queries import offers_of
from pennywhistle.interfaces.common.format import date_text, duration_text
from pennywhistle.interfaces.common.public_addresses import (
    address_of,
    genre_address,
    page_address,
    whole,
)
from pennywhistle.interfaces.shop.linked_data import (
    crumbs_thing,
    data_block,
    party_thing,
    release_thing,
    store_thing,
    track_thing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Genre
    from pennywhistle.apps.discovery.pages import ReleasePage, TrackPage
    from pennywhistle.apps.discovery.queries import ReleaseLine
    from pennywhistle.apps.media.queries import CoverPicture
    from pennywhistle.apps.parties.models import Party

_LOCALES = {"en": "en_US", "de": "de_DE", "ar": "ar_AR"}
_COVER_PX = 1280
description_chars_max = 200


@dataclass(frozen=True, slots=True)
class Head:
    """For `parts/_share_card.html`.

    Attributes:
        address: the one address of the page, whatever it was asked for by.
        kind: in the words of Open Graph.
        more: further properties of Open Graph.
        feed: the address of a feed with what is new here.
        embed: where others learn how to show it on their pages (oEmbed), in JSON and in XML.
        data: the element with the page's linked data.
    """

    address: str
    kind: str
    title: str
    description: str
    image: str = ""
    image_alt: str = ""
    more: tuple[tuple[str, str], ...] = ()
    feed: str = ""
    feed_title: str = ""
    embed: tuple[tuple[str, str], ...] = ()
    data: str = ""

    @property
    def image_px(self) -> int:
        """How wide and how high the picture is."""
        return _COVER_PX

    @property
    def locale(self) -> str:
        """The page's language as Open Graph writes it."""
        return _LOCALES.get(get_language() or "en", "en_US")


def titled(title: str, artist_line: str) -> str:
    """What something is called where its page is not seen."""
    return f"{title} \N{EN DASH} {artist_line}"


def release_head(page: ReleasePage, cover: CoverPicture | None, *, at: datetime) -> Head:
    """A release's, with what it costs everywhere; one query."""
    line = page.line
    here = page_address("release", line.slug, line.public_id)
    image = _image(cover)
    crumbs = [(gettext("Home"), whole("/"))]
    if page.genre:
        crumbs.append((page.genre[0], genre_address(page.genre[1])))
    crumbs.append((line.title, here))
    thing = release_thing(
        page, offers_of([line.ref]).get(line.ref, []), image=image, today=at.date()
    )
    musicians = [page_address("artist", each.slug, each.public_id) for each in page.artists]
    return Head(
        address=here,
        kind="music.album",
        title=titled(line.title, line.artist_line),
        description=_of_release(page),
        image=image,
        image_alt=cover.alt if cover else "",
        more=(
            ("music:release_date", line.released_on.isoformat()),
            *(("music:musician", each) for each in musicians),
        ),
        embed=_embeds(here),
        data=data_block(thing, crumbs_thing(crumbs)),
    )


def _of_release(page: ReleasePage) -> str:
    count = len(page.tracks)
    return ngettext(
        "%(count)s track, %(length)s, released on %(day)s by %(label)s. Listen, and buy it.",
        "%(count)s tracks, %(length)s, released on %(day)s by %(label)s. Listen, and buy it.",
        count,
    ) % {
        "count": count,
        "length": duration_text(page.duration_ms),
        "day": date_text(page.line.released_on),
        "label": page.label.name,
    }


def track_head(
    page: TrackPage, cover: CoverPicture | None, *, has_preview: bool, at: datetime
) -> Head:
    """A track's, as a release's."""
    line = page.line
    release = line.release
    here = page_address("track", line.slug, line.public_id)
    of_release = page_address("release", release.slug, release.public_id)
    image = _image(cover)
    preview = address_of("delivery:preview", line.public_id) if has_preview else ""
    thing = track_thing(
        page,
        offers_of([line.ref]).get(line.ref, []),
        image=image,
        preview=preview,
        today=at.date(),
    )
    crumbs = [(gettext("Home"), whole("/")), (release.title, of_release), (line.title, here)]
    musicians = [page_address("artist", each.slug, each.public_id) for each in page.artists]
    heard = (("og:audio", preview), ("og:audio:type", "audio/mpeg")) if preview else ()
    return Head(
        address=here,
        kind="music.song",
        title=titled(line.title, line.artist_line),
        description=gettext("From %(title)s, %(length)s. Listen, and buy it.")
        % {"title": release.title, "length": duration_text(line.duration_ms)},
        image=image,
        image_alt=cover.alt if cover else "",
        more=(
            ("music:duration", str(max(1, round(line.duration_ms / 1000)))),
            ("music:album", of_release),
            *(("music:musician", each) for each in musicians),
            *heard,
        ),
        embed=_embeds(here),
        data=data_block(thing, crumbs_thing(crumbs)),
    )


def party_head(party: Party, kind: str, releases: Iterable[ReleaseLine]) -> Head:
    """An artist's or a label's."""
    here = page_address(kind, party.slug, party.public_id)
    crumbs = [(gettext("Home"), whole("/")), (party.name, here)]
    said = " ".join(party.about.split())
    return Head(
        address=here,
        kind="profile",
        title=party.name,
        description=said[:description_chars_max]
        or gettext("All releases of %(name)s.") % {"name": party.name},
        feed=address_of(f"feed-{kind}", party.public_id),
        feed_title=gettext("New of %(name)s") % {"name": party.name},
        data=data_block(party_thing(party, kind, releases), crumbs_thing(crumbs)),
    )


def genre_head(genre: Genre) -> Head:
    """A genre's."""
    here = genre_address(genre.slug)
    crumbs = [
        (gettext("Home"), whole("/")),
        (gettext("Genres"), address_of("genres")),
        (genre.name, here),
    ]
    return Head(
        address=here,
        kind="website",
        title=genre.name,
        description=gettext("All releases of %(name)s.") % {"name": genre.name},
        feed=address_of("feed-genre", genre.slug),
        feed_title=gettext("New of %(name)s") % {"name": genre.name},
        data=data_block(crumbs_thing(crumbs)),
    )


def front_head(store_name: str, *, name: str = "home") -> Head:
    """The front's, and that of the page with all that is new."""
    things = [store_thing(store_name)] if name == "home" else []
    return Head(
        address=address_of(name),
        kind="website",
        title=store_name if name == "home" else gettext("New releases"),
        description=gettext(
            "Music for pennies, in any format you like, with proof that everyone who made it"
            " was paid."
        ),
        feed=address_of("feed-new"),
        feed_title=gettext("New at %(name)s") % {"name": store_name},
        data=data_block(*things) if things else "",
    )


def _image(cover: CoverPicture | None) -> str:
    return whole(cover.jpeg_1280) if cover and cover.jpeg_1280 else ""


def _embeds(here: str) -> tuple[tuple[str, str], ...]:
    """The media type and the address of each form in which oEmbed answers."""
    address = address_of("oembed")
    return tuple(
        (mime_type, f"{address}?{urlencode({'url': here, 'format': form})}")
        for form, mime_type in (("json", "application/json+oembed"), ("xml", "text/xml+oembed"))
    )
