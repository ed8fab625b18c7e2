"""The shop's front: home, new releases by day, genres, search."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.charts.limits import picks_on_home
from pennywhistle.apps.charts.queries import best_of_week, picks_shown, suggestions_for
from pennywhistle.apps.discovery import browsing
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.drawing import cards_of
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
from pennywhistle.interfaces.shop.plans import follow_of_genre
from pennywhistle.interfaces.shop.suggesting import suggested_of
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


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
    found = browsing.genres_with_releases(at=shopper_of(request).at)
    return render(request, "shop/genres.html", {"genres": found})


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


def _empty_shop() -> dict[str, str]:
    return {
        "title": gettext("The shelves are empty"),
        "text": gettext(
            "Nothing has been published here yet. New releases stand here on their day."
        ),
    }
