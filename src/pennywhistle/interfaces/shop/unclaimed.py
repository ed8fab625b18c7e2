"""The public list of works whose money waits for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.societies.unclaimed import UnclaimedWork, unclaimed_works
from pennywhistle.interfaces.common.apart_words import why_apart
from pennywhistle.interfaces.common.format import country_name, price_text
from pennywhistle.kernel.money import MICRO, Money

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_WANTED_LENGTH_MAX = 100
_PAGE_DIGITS_MAX = 4


@require_GET
@login_not_required
def unclaimed(request: HttpRequest) -> HttpResponse:
    """Search it by title, ISWC or ISRC; and how to claim what is one's own."""
    wanted = request.GET.get("q", "").replace("\x00", "")[:_WANTED_LENGTH_MAX]
    said = request.GET.get("page", "")
    is_number = said.isascii() and said.isdecimal() and len(said) <= _PAGE_DIGITS_MAX
    number = max(1, int(said)) if is_number else 1
    page = unclaimed_works(wanted=wanted, page=number)
    context = {
        "wanted": wanted,
        "rows": [_row(each) for each in page.works],
        "pager": {
            "previous_url": _address(wanted, number - 1) if number > 1 else "",
            "next_url": _address(wanted, number + 1) if page.has_more else "",
        },
    }
    return render(request, "shop/unclaimed.html", context)


def _address(wanted: str, number: int) -> str:
    asked: dict[str, str | int] = {"q": wanted, "page": number}
    return f"{reverse('unclaimed')}?{urlencode(asked)}"


def _row(each: UnclaimedWork) -> dict[str, Any]:
    return {
        "ref": each.ref,
        "title": each.title,
        "code": each.code,
        "reasons": [why_apart(why.reason, why.society) for why in each.reasons],
        "years": ", ".join(str(year) for year in each.years),
        "territories": ", ".join(sorted(country_name(code) for code in each.territories if code)),
        "band": _band(each),
    }


def _band(each: UnclaimedWork) -> str:
    def text(units: int) -> str:
        return price_text(Money(units * MICRO, each.currency))

    if each.band_to is None:
        return gettext("%(amount)s or more") % {"amount": text(each.band_from)}
    if not each.band_from:
        return gettext("below %(amount)s") % {"amount": text(each.band_to)}
    return gettext("%(least)s to below %(most)s") % {
        "least": text(each.band_from),
        "most": text(each.band_to),
    }
