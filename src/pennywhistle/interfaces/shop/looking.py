"""Ways to look around: by year, by day, by label, and what the staff likes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from babel.numbers import format_decimal
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.charts.labels import OTHER
from pennywhistle.apps.charts.limits import picks_max
from pennywhistle.apps.charts.queries import labels_under, letters, picks_shown
from pennywhistle.apps.discovery import browsing
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.drawing import cards_of
from pennywhistle.interfaces.shop.lists import (
    after_of,
    day_url,
    listed,
    nothing_of,
    pager_of,
    picks_of,
)
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.discovery.queries import ReleaseStretch

_YEAR_FIRST, _YEAR_LAST = 1, 9_998
_NAME_LENGTH_MAX = 40
# Decades are kept together in the list of years.
_DECADE = 10


@require_GET
@login_not_required
def years(request: HttpRequest) -> HttpResponse:
    """All years in which something was released, by decade."""
    found = browsing.years_with_releases(at=shopper_of(request).at)
    decades: dict[int, list[tuple[str, str]]] = {}
    for year in found:
        entry = (f"{year}", reverse("year", args=[year]))
        decades.setdefault(year - year % _DECADE, []).append(entry)
    groups = [(_decade_text(first), entries) for first, entries in decades.items()]
    return render(request, "shop/years.html", {"groups": groups})


def _decade_text(first: int) -> str:
    return f"{first}–{first + _DECADE - 1}"  # noqa: RUF001 (an en dash between years)


@require_GET
@login_not_required
def year(request: HttpRequest, number: int) -> HttpResponse:
    """What was released in a year, newest first."""
    if not _YEAR_FIRST <= number <= _YEAR_LAST:
        raise Http404
    shopper = shopper_of(request)
    stretch = browsing.newest_of_year(
        number, territory=shopper.territory, at=shopper.at, after=after_of(request)
    )
    crumbs = [{"label": gettext("Years"), "url": reverse("years")}, {"label": f"{number}"}]
    return _list(request, f"{number}", stretch, crumbs=crumbs)


@require_GET
@login_not_required
def day(request: HttpRequest, day_text: str) -> HttpResponse:
    """What was released on a day, with the ways to the day before and after it."""
    try:
        asked = date.fromisoformat(day_text)
    except ValueError:
        raise Http404 from None
    if not _YEAR_FIRST <= asked.year <= _YEAR_LAST:
        raise Http404
    shopper = shopper_of(request)
    stretch = browsing.released_on(
        asked, territory=shopper.territory, at=shopper.at, after=after_of(request)
    )
    around = browsing.days_around(asked, at=shopper.at)
    crumbs = [{"label": gettext("New releases"), "url": reverse("new")},
              {"label": date_text(asked)}]  # fmt: skip
    days = [(date_text(each), day_url(each)) if each else None for each in around]
    return _list(request, date_text(asked), stretch, crumbs=crumbs, earlier=days[0], later=days[1])


def _list(
    request: HttpRequest,
    title: str,
    stretch: ReleaseStretch,
    **more: object,
) -> HttpResponse:
    context = {
        "title": title,
        "cards": listed(stretch, shopper_of(request)),
        "pager": pager_of(request.path, stretch),
        "empty": nothing_of(stretch),
        **more,
    }
    return render(request, "shop/list.html", context)


@require_GET
@login_not_required
def labels(request: HttpRequest) -> HttpResponse:
    """The letters under which labels stand."""
    rows = [(letter_text(letter), reverse("labels-under", args=[letter])) for letter in letters()]
    return render(request, "shop/labels.html", {"letters": rows})


@require_GET
@login_not_required
def labels_of_letter(request: HttpRequest, letter: str) -> HttpResponse:
    """The labels under a letter, by name."""
    after = request.GET.get("after", "")
    # Other signs that are not seen, such as joiners, are in names.
    if "\0" in letter or "\0" in after:
        raise Http404
    page = labels_under(letter[:4], after=after)
    if not page.labels:
        raise Http404
    here = reverse("labels-under", args=[letter])
    following = f"{here}?{urlencode({'after': page.next_after})}" if page.next_after else ""
    context = {
        "letter": letter_text(letter),
        "labels": [
            (party.name, page_of("label", party), _count_text(count))
            for party, count in page.labels
        ],
        "pager": {"next_url": following, "previous_url": ""},
        "letters": [
            (letter_text(each), reverse("labels-under", args=[each]), each == letter)
            for each in letters()
        ],
    }
    return render(request, "shop/labels_under.html", context)


def letter_text(letter: str) -> str:
    """A letter as the index shows it; digits and signs stand together."""
    return "0–9" if letter == OTHER else letter  # noqa: RUF001 (an en dash between digits)


def _count_text(count: int) -> str:
    locale = (get_language() or "en").replace("-", "_")
    shown = format_decimal(count, locale=locale)
    return ngettext("%(count)s release", "%(count)s releases", count) % {"count": shown}


@require_GET
@login_not_required
def staff_shelf(request: HttpRequest) -> HttpResponse:
    """What the people who run the store like, and why."""
    shopper = shopper_of(request)
    picks = picks_shown(at=shopper.at, most=picks_max)
    cards = cards_of([line for line, _ in picks], shopper)
    return render(request, "shop/staff_shelf.html", {"picks": picks_of(picks, cards)})
