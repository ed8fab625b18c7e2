"""What a person may like because of what they own, and the switch for it in the account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.charts.actions import want_suggestions
from pennywhistle.apps.charts.limits import buyers_of_both_min, seeds_max, suggestions_max
from pennywhistle.apps.charts.queries import suggestions_for, wants_suggestions
from pennywhistle.interfaces.shop.drawing import cards_of
from pennywhistle.interfaces.shop.visitor import buyer_of, shopper_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.charts.queries import Suggestion
    from pennywhistle.interfaces.shop.drawing import ReleaseCard


@dataclass(frozen=True, slots=True)
class Suggested:
    """A release, and why it is shown, for `shop/_suggested.html`."""

    card: ReleaseCard
    because: str


@require_http_methods(["GET", "POST"])
def suggestions(request: HttpRequest) -> HttpResponse:
    """What is suggested now and why, and the switch that ends it."""
    buyer, shopper = buyer_of(request), shopper_of(request)
    if request.method == "POST":
        is_wanted = request.POST.get("wanted") == "yes"
        want_suggestions(user_id=buyer.pk, is_wanted=is_wanted, now=timezone.now())
        messages.success(request, gettext("Saved."))
        return redirect("my-suggestions")
    found = suggestions_for(user_id=buyer.pk, at=shopper.at)
    cards = cards_of([each.line for each in found], shopper)
    context = {
        "is_on": wants_suggestions(user_id=buyer.pk),
        "suggested": suggested_of(found, cards),
        "seeds": seeds_max,
        "least": buyers_of_both_min,
    }
    response = render(request, "shop/suggestions.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def suggested_of(found: Sequence[Suggestion], cards: Mapping[int, ReleaseCard]) -> list[Suggested]:
    """Those that are sold where the visitor is, each with its reason."""
    sold = [each for each in found if cards[each.line.id].price_text]
    return [Suggested(cards[each.line.id], _reason(each)) for each in sold[:suggestions_max]]


def _reason(each: Suggestion) -> str:
    if each.is_same_artist:
        text = gettext("because you own %(title)s by the same artist")
    else:
        text = gettext("because you own %(title)s")
    return text % {"title": each.because}
