"""Public feeds of what is new: Atom (RFC 4287), with what lets readers ask for changes alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed, Enclosure
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from pennywhistle.apps.reach import queries, shelves
from pennywhistle.apps.reach.limits import FEED_ENTRIES_MAX
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.common.public_addresses import (
    address_of,
    genre_address,
    lasting_address,
    page_address,
    whole,
)
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.common.territory import is_territory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from pennywhistle.apps.catalog.models import ReleaseQuerySet
    from pennywhistle.apps.reach.facts import PublicName, PublicRelease

ATOM = "application/atom+xml; charset=utf-8"
FRESH = "public, max-age=300"
# A feed without entries was never changed; it needs a date all the same (RFC 4287, 4.2.15).
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _About:
    """What a feed is of: its title, the page that it belongs to, and an address that stays."""

    title: str
    page: str
    lasting: str


class _Feed(Atom1Feed):
    """As Django writes it, but for its date, which is that of its newest entry and not now."""

    def latest_post_date(self) -> datetime:
        dates = [item["updateddate"] for item in self.items]
        return max(dates, default=NEVER)


@require_safe
@login_not_required
def new(request: HttpRequest) -> HttpResponse:
    """Everything that is new."""
    name = store_of(request).name
    about = _About(gettext("New at %(name)s") % {"name": name}, address_of("new"), whole("/"))
    return _answer(request, about, _shelves())


@require_safe
@login_not_required
def genre(request: HttpRequest, slug: str) -> HttpResponse:
    """What is new of a genre."""
    found = queries.genre_called(slug)
    if found is None:
        raise Http404
    if found.slug != slug:
        return redirect(reverse("feed-genre", args=[found.slug]), permanent=True)
    here = genre_address(found.slug)
    about = _About(gettext("New of %(name)s") % {"name": found.name}, here, here)
    return _answer(request, about, _shelves().filter(genre=found.id))


@require_safe
@login_not_required
def artist(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is new of an artist."""
    party = _party(public_id)
    mine = shelves.by_artist(_shelves(), party.id)
    return _of_party(request, party, "artist", mine)


@require_safe
@login_not_required
def label(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is new of a label."""
    party = _party(public_id)
    return _of_party(request, party, "label", _shelves().filter(label=party.id))


def _of_party(
    request: HttpRequest, party: PublicName, kind: str, releases: ReleaseQuerySet
) -> HttpResponse:
    if (elsewhere := queries.page_led_to(party.id)) is not None:
        return redirect(reverse(f"feed-{kind}", args=[elsewhere.public_id]), permanent=True)
    about = _About(
        gettext("New of %(name)s") % {"name": party.name},
        page_address(kind, party.slug, party.public_id),
        lasting_address(kind, party.public_id),
    )
    return _answer(request, about, releases)


def _party(public_id: str) -> PublicName:
    party = queries.party_called(public_id)
    if party is None:
        raise Http404
    return party


def _shelves() -> ReleaseQuerySet:
    return shelves.on_shelves(at=timezone.now())


def _territory(request: HttpRequest) -> str:
    """Where what is told must be sold, as `?territory=` says; empty for anywhere."""
    territory = request.GET.get("territory", "").upper()
    if territory and not is_territory(territory):
        raise Http404
    return territory


def _answer(request: HttpRequest, about: _About, releases: ReleaseQuerySet) -> HttpResponse:
    """The feed, or that nothing changed; the same for everybody who reads that language."""
    territory = _territory(request)
    stretch = shelves.newest(releases, after=None, count=FEED_ENTRIES_MAX, sold_in=territory)
    content = _written(request, about, stretch.releases)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type=ATOM)
    # No Last-Modified: what is withdrawn changes the feed, and no date of what is left tells so.
    response["ETag"] = etag
    response["Cache-Control"] = FRESH
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    answer = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(answer, HttpResponse)
    return answer


def _written(request: HttpRequest, about: _About, releases: Sequence[PublicRelease]) -> bytes:
    name = plain(store_of(request).name)
    territory = _territory(request)
    here = whole(request.path) + (f"?territory={territory}" if territory else "")
    atom = _Feed(
        title=plain(about.title),
        link=about.page,
        description="",
        author_name=name,
        author_link=whole("/"),
        feed_url=here,
        feed_guid=here if territory else f"{about.lasting}#feed",
        language=get_language(),
    )
    for release in releases:
        address = page_address("release", release.slug, release.public_id)
        atom.add_item(
            title=plain(f"{release.artist_line}: {release.title}"),
            link=address,
            description=plain(
                gettext("Released on %(day)s by %(label)s")
                % {"day": date_text(release.released_on), "label": release.label.name}
            ),
            unique_id=lasting_address("release", release.public_id),
            author_name=plain(release.artist_line),
            categories=[plain(release.genre.name)] if release.genre else [],
            pubdate=release.published_at,
            updateddate=release.published_at,
            enclosures=list[Enclosure](),
        )
    text: str = atom.writeString("utf-8")
    return text.encode()


def plain(text: str) -> str:
    """Without the signs that no XML may hold (XML 1.0, 2.2)."""
    return "".join(
        sign
        for sign in text
        if sign in "\t\n"
        or " " <= sign <= "\ud7ff"
        or "\ue000" <= sign <= "\ufffd"
        or sign > "\uffff"
    )
