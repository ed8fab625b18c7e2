"""Lists of releases as pages draw them: cards, where a list goes on, and what an empty one says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from pennywhistle.apps.catalog.models import Genre
from pennywhistle.apps.discovery.queries import Cursor
from pennywhistle.interfaces.shop.drawing import cards_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from django.http import HttpRequest

    from pennywhistle.apps.discovery.offers import Shopper
    from pennywhistle.apps.discovery.queries import ReleaseLine, ReleaseStretch
    from pennywhistle.interfaces.shop.drawing import ReleaseCard


@dataclass(frozen=True, slots=True)
class Pick:
    """A release of the staff's shelf for `shop/_pick.html`."""

    card: ReleaseCard
    note: str


def listed(stretch: ReleaseStretch, shopper: Shopper) -> list[ReleaseCard]:
    """The cards of a list, in its order."""
    cards = cards_of(stretch.releases, shopper)
    return [cards[line.id] for line in stretch.releases]


def after_of(request: HttpRequest) -> Cursor | None:
    """Where in a list the visitor is."""
    return Cursor.parse(request.GET.get("after", ""))


def pager_of(address: str, stretch: ReleaseStretch) -> dict[str, str]:
    """The way on in a list; the way back is the browser's own."""
    following = f"{address}?{urlencode({'after': str(stretch.next)})}" if stretch.next else ""
    return {"next_url": following, "previous_url": ""}


def nothing_of(stretch: ReleaseStretch) -> dict[str, str]:
    """What a list says that shows nothing: here, or further on."""
    if stretch.next:
        return {
            "title": gettext("None of these is sold in your country"),
            "text": gettext("The list goes on."),
        }
    return {
        "title": gettext("Nothing here yet"),
        "text": gettext("Nothing of it is sold in your country now."),
    }


def genre_named(slug: str) -> Genre:
    """The genre of an address; any text that is none is not found."""
    found = Genre.objects.filter(slug=slug).first() if slug.isprintable() else None
    if found is None:
        raise Http404
    return found


def day_url(asked: date) -> str:
    """The page of a day."""
    return reverse("new-day", args=[f"{asked:%Y-%m-%d}"])


def picks_of(
    picks: Sequence[tuple[ReleaseLine, str]], cards: Mapping[int, ReleaseCard]
) -> list[Pick]:
    """The staff's shelf as it is drawn, in its order."""
    return [Pick(cards[line.id], note) for line, note in picks]
