"""The search: what was found for what was typed, narrowed and in order; and what may be meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from pennywhistle.apps.discovery import pages
from pennywhistle.apps.discovery.offers import listed_for
from pennywhistle.apps.discovery.suggesting import Suggestions, suggest
from pennywhistle.engines.search import Ask, How, IndexNotThereError, Kind, Sort, parse_query
from pennywhistle.engines.search.marks import Facet, read_mark
from pennywhistle.interfaces.common.format import country_name
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.drawing import cards_of, pictures_of, rows_of
from pennywhistle.interfaces.shop.facet_words import facet_title, kind_title, sort_title, value_text
from pennywhistle.interfaces.shop.personal import entitlements_in, in_cart
from pennywhistle.interfaces.shop.plans import follow_of_search
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.discovery.offers import Shopper

_offset_max = 2_000
_marks_max = 6
_mark_length_max = 140
_values_shown_max = 12
_text_length_max = 400
_retry_after_s = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address of the search asks for."""

    text: str
    kind: Kind | None
    sort: Sort
    marks: tuple[str, ...]
    is_all: bool
    offset: int

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """Read an address; what makes no sense in it is left out. Raises Http404."""
        sort = request.GET.get("sort", "")
        marks = [
            each
            for each in request.GET.getlist("only")
            if len(each) <= _mark_length_max and read_mark(each) is not None
        ]
        return cls(
            request.GET.get("q", "")[:_text_length_max],
            _kind_of(request),
            Sort(sort) if sort in set(Sort) else Sort.BEST,
            tuple(dict.fromkeys(mark for mark in marks if "@" not in mark))[:_marks_max],
            bool(request.GET.get("all")),
            _offset_of(request),
        )

    @property
    def url(self) -> str:
        """The address that asks for this."""
        asked: list[tuple[str, str]] = [("q", self.text)]
        asked += [("kind", self.kind.value)] if self.kind else []
        asked += [("sort", self.sort.value)] if self.sort is not Sort.BEST else []
        asked += [("only", mark) for mark in self.marks]
        asked += [("all", "1")] if self.is_all else []
        asked += [("from", str(self.offset))] if self.offset else []
        return f"{reverse('search')}?{urlencode(asked)}"

    def asks(self, territory: str) -> list[Ask]:
        """The questions to the index: one for each kind that is shown."""
        sold_in = None if self.is_all else territory
        if self.kind is None:
            # Facets are of things, not of people: what narrows leaves people out.
            kinds = [kind for kind in Kind if not (self.marks and kind is Kind.PARTY)]
            return [
                Ask(kind, pages.hits_per_group, sold_in=sold_in, marks=self.marks, sort=self.sort,
                    counts_facets=kind is Kind.RELEASE)
                for kind in kinds
            ]  # fmt: skip
        counts = self.kind is not Kind.PARTY
        marks = self.marks if counts else ()
        return [
            Ask(self.kind, pages.hits_per_page, self.offset, sold_in, marks, self.sort,
                counts_facets=counts)
        ]  # fmt: skip


@require_GET
@login_not_required
def search(request: HttpRequest) -> HttpResponse:
    """Releases, tracks and people for what was typed; one kind in full with `kind=`.

    Only what is sold where the visitor is; with `all=1` what is not sold there stands among it.
    """
    shopper = shopper_of(request)
    asked = Asked.of(request)
    try:
        page = pages.found_page(asked.text, asked.asks(shopper.territory), at=shopper.at)
    except IndexNotThereError:
        waiting = {"query": parse_query(asked.text)}
        answer = render(request, "shop/search_waiting.html", waiting, status=503)
        answer["Retry-After"] = str(_retry_after_s)
        return answer
    currency = store_of(request).currency
    context: dict[str, Any] = {
        "query": page.query,
        "page": page,
        **_things(request, page, shopper),
        "more": _more(page, asked),
        "narrowed": [
            (
                _mark_text(mark, currency),
                replace(asked, marks=_without(asked.marks, mark), offset=0).url,
            )
            for mark in asked.marks
        ],
        "asked": asked,
        "tabs": _tabs(page, asked),
        "sorts": [
            (sort_title(sort), replace(asked, sort=sort, offset=0).url, sort is asked.sort)
            for sort in Sort
        ],
        "facets": _facets(page, asked, currency),
        "how": _how(page),
        "all_url": "" if asked.is_all else replace(asked, is_all=True, offset=0).url,
        "here_url": replace(asked, is_all=False, offset=0).url if asked.is_all else "",
        "country": country_name(shopper.territory),
        "cart_url": reverse("cart"),
        "follow": follow_of_search(request, page.query),
    }
    return render(request, "shop/search.html", context)


@require_GET
@login_not_required
def suggestions(request: HttpRequest) -> HttpResponse:
    """As somebody types: a few names that begin so, in groups; a part of a page."""
    text = request.GET.get("q", "")[:_text_length_max]
    try:
        shopper = shopper_of(request)
        found = suggest(text, sold_in=shopper.territory, at=shopper.at)
    except IndexNotThereError:
        found = Suggestions()
    context = {
        "parties": [(party.name, "", page_of("artist", party)) for party in found.parties],
        "releases": [
            (line.title, line.artist_line, page_of("release", line)) for line in found.releases
        ],
        "tracks": [(line.title, line.artist_line, page_of("track", line)) for line in found.tracks],
        "text": text,
        "is_empty": not found,
        "all_url": f"{reverse('search')}?{urlencode({'q': text})}",
    }
    return render(request, "shop/_suggestions.html", context)


def _things(request: HttpRequest, page: pages.SearchPage, shopper: Shopper) -> dict[str, Any]:
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
    return {
        "releases": [cards[line.id] for line in page.releases],
        "tracks": [
            (row, {"title": line.release.title, "url": page_of("release", line.release),
                   "artist_names": line.artist_line, "cover": pictures.get(line.release.id)})
            for row, line in zip(tracks, page.tracks, strict=True)
        ],
        "parties": [(party.name, page_of("artist", party)) for party in page.parties],
    }  # fmt: skip


def _more(page: pages.SearchPage, asked: Asked) -> dict[str, str]:
    """For each kind that goes on, the address of the rest."""
    offset = asked.offset + pages.hits_per_page if asked.kind else 0
    return {
        kind.value: replace(asked, kind=kind, offset=offset).url
        for kind in page.has_more
        if offset < _offset_max
    }


def _tabs(page: pages.SearchPage, asked: Asked) -> list[tuple[str, str, int | None, bool]]:
    """All kinds and each of them: its name, address, how many were found, whether it is shown."""
    here = replace(asked, offset=0)
    everything = (kind_title(None), replace(here, kind=None).url, None, asked.kind is None)
    tabs: list[tuple[str, str, int | None, bool]] = [everything]
    for kind in (Kind.RELEASE, Kind.TRACK, Kind.PARTY):
        total = page.found[kind].total if kind in page.found else None
        tabs.append((kind_title(kind), replace(here, kind=kind).url, total, asked.kind is kind))
    return tabs


def _facets(
    page: pages.SearchPage, asked: Asked, currency: str
) -> list[tuple[str, list[tuple[str, int, str, bool]]]]:
    """Each facet's values: text, how many, the address that narrows or widens, whether chosen."""
    kind = asked.kind or Kind.RELEASE
    counts = _counts(page, kind)
    total = (page.found[kind].total or 0) if kind in page.found else 0
    chosen = {read[0] for mark in asked.marks if (read := read_mark(mark))}
    found = []
    for facet in Facet:
        values = [
            (value, count, mark)
            for mark, count in counts.items()
            if (read := read_mark(mark)) and read[0] is facet and (value := read[1])
        ]
        # What everything has in common narrows nothing.
        if facet in chosen or all(count >= total for _, count, _ in values):
            continue
        most = sorted(values, key=lambda each: (-each[1], each[0]))[:_values_shown_max]
        lines = [
            (value_text(facet, value, currency=currency), count,
             replace(asked, marks=(*asked.marks, mark), offset=0).url, False)
            for value, count, mark in sorted(most, key=lambda each: _place(facet, each))
        ]  # fmt: skip
        found.append((facet_title(facet), lines))
    return found


def _counts(page: pages.SearchPage, kind: Kind) -> Mapping[str, int]:
    return page.found[kind].facets if kind in page.found else {}


_ORDER = ("single", "ep", "album", "to2", "to4", "to8", "over8", "50", "100", "200", "500", "1000")


def _place(facet: Facet, each: tuple[str, int, str]) -> tuple[int, str]:
    """Years from the newest, lengths and prices from the least, the rest from the most."""
    value, count, _ = each
    if facet is Facet.YEAR:
        return (-int(value) if value.isdigit() else 0, value)
    if facet in {Facet.LENGTH, Facet.PRICE}:
        return (_ORDER.index(value) if value in _ORDER else len(_ORDER), value)
    return (-count, value)


def _how(page: pages.SearchPage) -> str:
    """Whether what was found is not quite what was typed; empty where some of it is."""
    ways = {found.how for found in page.found.values() if found.hits}
    if not ways or How.ALL in ways:
        return ""
    return (How.SLIPS if How.SLIPS in ways else How.MOST).value


def _mark_text(mark: str, currency: str) -> str:
    read = read_mark(mark)
    return value_text(read[0], read[1], currency=currency) if read else ""


def _without(marks: tuple[str, ...], mark: str) -> tuple[str, ...]:
    return tuple(each for each in marks if each != mark)


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
