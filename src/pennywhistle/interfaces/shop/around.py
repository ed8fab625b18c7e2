"""What stands below a release: bought together with it, more of its artists, more of its label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from pennywhistle.apps.charts.limits import around_max, buyers_of_both_min
from pennywhistle.apps.charts.queries import around
from pennywhistle.interfaces.shop.drawing import cards_of

if TYPE_CHECKING:
    from pennywhistle.apps.discovery.offers import Shopper
    from pennywhistle.interfaces.shop.drawing import ReleaseCard


def around_of(release_id: int, shopper: Shopper) -> list[dict[str, object]]:
    """The shelves below a release, of what is sold where the visitor is; none that is empty."""
    found = around(release_id, at=shopper.at)
    lines = [*found.together, *found.of_artist, *found.of_label]
    if not lines:
        return []
    cards = cards_of(lines, shopper)
    together = ngettext(
        "Bought together with it by at least %(count)s person",
        "Bought together with it by at least %(count)s people",
        buyers_of_both_min,
    ) % {"count": buyers_of_both_min}
    shelves = [
        (gettext("Bought together"), together, found.together),
        (gettext("More from this artist"), "", found.of_artist),
        (gettext("More from this label"), "", found.of_label),
    ]
    return [
        {"title": title, "reason": reason, "cards": shown}
        for title, reason, lines in shelves
        if (shown := _sold([cards[line.id] for line in lines]))
    ]


def _sold(cards: list[ReleaseCard]) -> list[ReleaseCard]:
    return [card for card in cards if card.price_text or card.is_owned][:around_max]
