"""Charts: what most people bought, from when to when, where, and how that was counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel.dates import format_date, format_time
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.charts.limits import buyers_min
from pennywhistle.apps.charts.models import Chart
from pennywhistle.apps.charts.queries import ALL_GENRES, EVERYWHERE, chart_of, places_of
from pennywhistle.apps.discovery.browsing import genres_with_releases
from pennywhistle.apps.discovery.offers import listed_for
from pennywhistle.apps.discovery.queries import release_lines, track_lines
from pennywhistle.interfaces.common.format import country_name
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.drawing import offer_text, pictures_of
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.catalog.models import Genre
    from pennywhistle.apps.discovery.offers import Shopper
    from pennywhistle.apps.discovery.queries import ReleaseLine, TrackLine
    from pennywhistle.apps.media.queries import CoverPicture

WORLD = "world"


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A place of a chart for `shop/chart.html`."""

    rank: int
    title: str
    artist_names: str
    url: str
    cover: CoverPicture | None
    buyers: str
    price_text: str
    is_owned: bool
    is_explicit: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which chart an address names."""

    window: Chart.Window
    kind: Chart.Kind
    genre: Genre | None
    is_world: bool

    def address(self, **changes: str) -> str:
        """The address of this chart, or of one that differs from it."""
        window, kind = changes.get("window", self.window), changes.get("kind", self.kind)
        query = {"genre": self.genre.slug} if self.genre else {}
        query |= {"where": WORLD} if self.is_world else {}
        address = reverse("chart", args=[str(window), str(kind)])
        return f"{address}?{urlencode(query)}" if query else address


@require_GET
@login_not_required
def charts(request: HttpRequest) -> HttpResponse:
    """The week's releases where the visitor is: the chart that one comes to first."""
    return _chart(request, Chart.Window.WEEK, Chart.Kind.RELEASES)


@require_GET
@login_not_required
def chart(request: HttpRequest, window: str, kind: str) -> HttpResponse:
    """The chart of a day, a week or a month; `genre` and `where` narrow or widen it."""
    if window not in Chart.Window.values or kind not in Chart.Kind.values:
        raise Http404
    return _chart(request, Chart.Window(window), Chart.Kind(kind))


def _chart(request: HttpRequest, window: Chart.Window, kind: Chart.Kind) -> HttpResponse:
    shopper = shopper_of(request)
    genres = genres_with_releases(at=shopper.at)
    asked = _Asked(window, kind, _genre(request, genres), request.GET.get("where") == WORLD)
    territory = EVERYWHERE if asked.is_world else shopper.territory
    genre_id = asked.genre.pk if asked.genre else ALL_GENRES
    found = chart_of(kind, window, territory=territory, genre_id=genre_id)
    place = gettext("the whole world") if asked.is_world else country_name(shopper.territory)
    context = {
        "asked": asked,
        "rows": _rows(found, shopper) if found else [],
        "counted": _counted(found, place) if found else "",
        "place": place,
        "country": country_name(shopper.territory),
        "windows": [
            (text, asked.address(window=each), each == window) for each, text in _windows()
        ],
        "kinds": [(text, asked.address(kind=each), each == kind) for each, text in _kinds()],
        "genres": genres,
        "least": buyers_min,
        "here": reverse("chart", args=[window.value, kind.value]),
    }
    return render(request, "shop/chart.html", context)


def _windows() -> list[tuple[str, str]]:
    return [
        (Chart.Window.DAY, gettext("24 hours")),
        (Chart.Window.WEEK, gettext("7 days")),
        (Chart.Window.MONTH, gettext("30 days")),
    ]


def _kinds() -> list[tuple[str, str]]:
    return [
        (Chart.Kind.RELEASES, gettext("Releases")),
        (Chart.Kind.TRACKS, gettext("Tracks")),
    ]


def _genre(request: HttpRequest, genres: list[Genre]) -> Genre | None:
    slug = request.GET.get("genre", "")
    if not slug:
        return None
    found = next((each for each in genres if each.slug == slug), None)
    if found is None:
        raise Http404
    return found


def _counted(found: Chart, place: str) -> str:
    """From when to when, where, and how many: what a chart has to say of itself."""
    bought = ngettext("%(count)s purchase", "%(count)s purchases", found.purchase_count)
    buyers = buyers_text(found.buyer_count)
    return gettext(
        "From %(begins)s to %(ends)s (UTC), %(place)s: %(purchases)s by %(buyers)s counted."
    ) % {
        "begins": _instant(found.begins_at),
        "ends": _instant(found.ends_at),
        "place": place,
        "purchases": bought % {"count": found.purchase_count},
        "buyers": buyers,
    }


def buyers_text(count: int) -> str:
    """How many different people bought it."""
    return ngettext("%(count)s buyer", "%(count)s buyers", count) % {"count": count}


def _instant(at: datetime) -> str:
    locale = (get_language() or "en").replace("-", "_")
    return f"{format_date(at, 'medium', locale=locale)}, {format_time(at, 'short', locale=locale)}"


def _rows(found: Chart, shopper: Shopper) -> list[ChartRow]:
    """The places with their prices here, in three queries; what left the shelves leaves a gap."""
    lines: Mapping[int, ReleaseLine | TrackLine]
    is_of_tracks = found.kind == Chart.Kind.TRACKS
    if is_of_tracks:
        lines = track_lines(found.item_ids, at=shopper.at)
    else:
        lines = release_lines(found.item_ids, at=shopper.at)
    offers = listed_for([line.ref for line in lines.values()], shopper=shopper)
    pictures = pictures_of({line.ref.release_id for line in lines.values()})
    rows = []
    for place in places_of(found):
        line = lines.get(place.item_id)
        if line is None:
            continue
        offer = offers[line.ref]
        rows.append(
            ChartRow(
                rank=place.rank,
                title=line.title,
                artist_names=line.artist_line,
                url=page_of("track" if is_of_tracks else "release", line),
                cover=pictures.get(line.ref.release_id),
                buyers=buyers_text(place.buyer_count),
                price_text=offer_text(offer),
                is_owned=offer.is_owned,
                is_explicit=line.is_explicit,
            )
        )
    return rows
