"""The shop's front: home, new releases by day, genres, search."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.charts.limits import picks_on_home
from pennywhistle.apps.charts.queries import best_of_week, picks_shown, suggestions_for
from pennywhistle.apps.discovery import browsing, pages
from pennywhistle.apps.discovery.offers import listed_for
from pennywhistle.engines.search import Kind
from pennywhistle.interfaces.common.format import country_name, date_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.drawing import cards_of, pictures_of, rows_of
from pennywhistle.interfaces.shop.heads import front_head, genre_head
from pennywhistle.interfaces.shop.lists import (
    after_of,
    day_url,
    genre_named,
    listed,
    nothing_of,
    pager_of,
    picks_of,
)
from pennywhistle.interfaces.shop.personal import entitlements_in, in_cart
from pennywhistle.interfaces.shop.plans import follow_of_genre, follow_of_search
from pennywhistle.interfaces.shop.suggesting import suggested_of
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


_offset_max = 2_000
# A genre with fewer is a link, not a shelf of its own.
_releases_for_a_shelf = 3


@require_GET
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """What is new, by genre."""
    shopper = shopper_of(request)
    stretch = browsing.newest(
        territory=shopper.territory, at=shopper.at, count=browsing.newest_on_home
    )
    rows = browsing.genre_rows(territory=shopper.territory, at=shopper.at)
    chart = best_of_week(territory=shopper.territory, at=shopper.at)
    picks = picks_shown(at=shopper.at, most=picks_on_home)
    suggested = suggestions_for(user_id=shopper.user_id, at=shopper.at) if shopper.user_id else []
    lines = {line.id: line for line in stretch.releases}
    lines |= {line.id: line for row in rows for line in row.releases}
    lines |= {line.id: line for line in chart} | {line.id: line for line, _ in picks}
    lines |= {each.line.id: each.line for each in suggested}
    cards = cards_of(list(lines.values()), shopper)
    context = {
        "head": front_head(store_of(request).name),
        "chart": [cards[line.id] for line in chart],
        "picks": picks_of(picks, cards),
        "suggested": suggested_of(suggested, cards),
        "newest": [cards[line.id] for line in stretch.releases],
        "shelves": [
            (row, [cards[line.id] for line in row.releases])
            for row in rows
            if len(row.releases) >= _releases_for_a_shelf
        ],
        "genres": [row for row in rows if len(row.releases) < _releases_for_a_shelf],
        "empty": _empty_shop(),
    }
    return render(request, "shop/home.html", context)


@require_GET
@login_not_required
def new(request: HttpRequest) -> HttpResponse:
    """New releases, day by day."""
    shopper = shopper_of(request)
    stretch = browsing.newest(territory=shopper.territory, at=shopper.at, after=after_of(request))
    cards = cards_of(stretch.releases, shopper)
    days = [
        (date_text(day), day_url(day), [cards[line.id] for line in lines])
        for day, lines in groupby(stretch.releases, key=lambda line: line.released_on)
    ]
    context = {
        "head": front_head(store_of(request).name, name="new"),
        "days": days,
        "pager": pager_of(reverse("new"), stretch),
        "empty": _empty_shop(),
    }
    return render(request, "shop/new.html", context)


@require_GET
@login_not_required
def genres(request: HttpRequest) -> HttpResponse:
    """All genres that hold something."""
    return render(request, "shop/genres.html", {"genres": browsing.genres_with_releases()})


@require_GET
@login_not_required
def genre(request: HttpRequest, slug: str) -> HttpResponse:
    """A genre's releases, newest first."""
    shopper = shopper_of(request)
    found = genre_named(slug)
    stretch = browsing.newest_of_genre(
        found.pk, territory=shopper.territory, at=shopper.at, after=after_of(request)
    )
    context = {
        "title": found.name,
        "head": genre_head(found),
        "follow": follow_of_genre(request, found),
        "chart_url": f"{reverse('charts')}?{urlencode({'genre': slug})}",
        "cards": listed(stretch, shopper),
        "pager": pager_of(reverse("genre", args=[slug]), stretch),
        "crumbs": [{"label": gettext("Genres"), "url": reverse("genres")}, {"label": found.name}],
        "empty": nothing_of(stretch),
    }
    return render(request, "shop/list.html", context)


@require_GET
@login_not_required
def search(request: HttpRequest) -> HttpResponse:
    """Releases, tracks and people for what was typed; one kind in full with `kind=`.

    Only what is sold where the visitor is; with `all=1` what is not sold there stands among it.
    """
    shopper = shopper_of(request)
    text, kind = request.GET.get("q", ""), _kind_of(request)
    offset = _offset_of(request)
    is_all = bool(request.GET.get("all"))
    page = pages.search(
        text,
        kinds=[kind] if kind else list(Kind),
        offset=offset,
        sold_in=None if is_all else shopper.territory,
    )
    cards = cards_of(page.releases, shopper)
    offers = listed_for([track.ref for track in page.tracks], shopper=shopper)
    of_tracks = [track.release.id for track in page.tracks]
    tracks = rows_of(
        page.tracks,
        offers,
        in_cart=in_cart(request),
        entitlements=entitlements_in(request, of_tracks),
    )
    pictures = pictures_of(of_tracks)
    context = {
        "query": page.query,
        "page": page,
        "releases": [cards[line.id] for line in page.releases],
        "tracks": [
            (row, {"title": line.release.title, "url": page_of("release", line.release),
                   "artist_names": line.artist_line, "cover": pictures.get(line.release.id)})
            for row, line in zip(tracks, page.tracks, strict=True)
        ],
        "parties": [(party.name, page_of("artist", party)) for party in page.parties],
        "more": _more(page, text, kind, offset, is_all=is_all),
        "all_url": "" if is_all else f"{reverse('search')}?{urlencode({'q': text, 'all': '1'})}",
        "country": country_name(shopper.territory),
        "cart_url": reverse("cart"),
        "follow": follow_of_search(request, page.query),
    }  # fmt: skip
    return render(request, "shop/search.html", context)


def _empty_shop() -> dict[str, str]:
    return {
        "title": gettext("The shelves are empty"),
        "text": gettext(
            "Nothing has been published here yet. New releases stand here on their day."
        ),
    }


def _kind_of(request: HttpRequest) -> Kind | None:
    name = request.GET.get("kind", "")
    if not name:
        return None
    try:
        return Kind(name)
    except ValueError:
        raise Http404 from None


def _offset_of(request: HttpRequest) -> int:
    text = request.GET.get("from", "0")
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_offset_max))
    return min(int(text), _offset_max) if is_number else 0


def _more(
    page: pages.SearchPage, text: str, kind: Kind | None, offset: int, *, is_all: bool
) -> dict[str, str]:
    """For each kind that goes on, the address of the rest."""
    asked: dict[str, str | bytes | int] = {
        "q": text,
        "from": offset + pages.hits_per_page if kind else 0,
    }
    asked |= {"all": 1} if is_all else {}
    address = reverse("search")
    return {
        each.value: f"{address}?{urlencode(asked | {'kind': each.value})}" for each in page.has_more
    }
