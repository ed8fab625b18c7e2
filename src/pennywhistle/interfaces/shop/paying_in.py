"""Paying money in: choose an amount and a door, and go to the provider to pay.

A door that fails in mid-way leads to the next one, with the amount and the way back kept. What
providers say is for the operator: the buyer reads what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.actions import (
    DoorClosedError,
    PuzzleNeededError,
    TooManyError,
    TopUpAsked,
    TopUpEndedError,
    TopUpError,
    TopUpKeyReusedError,
    Way,
    start_top_up,
)
from pennywhistle.apps.payments.beginning import doors_without_cards
from pennywhistle.apps.payments.bonus import bonus_steps
from pennywhistle.apps.payments.doors import open_doors
from pennywhistle.apps.payments.guarding import needs_puzzle
from pennywhistle.apps.payments.limits import round_amount
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.payments.puzzle import (
    make_challenge,
    read_challenge,
    wait_instead,
    zero_bits,
)
from pennywhistle.interfaces.common.door_names import door_name
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.network import note_where
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.common.territory import territory_of
from pennywhistle.interfaces.common.visitor_address import address_of
from pennywhistle.interfaces.shop.paying_form import (
    AMOUNTS,
    TopUpForm,
    first_values,
    kept_values,
    return_path,
    typed,
)
from pennywhistle.interfaces.shop.visitor import buyer_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.payments.doors import Door

_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands above the form when it is drawn again."""

    status: int = 200
    text: str = ""
    wait_s: int = 0
    is_puzzle: bool = False


@require_http_methods(["GET", "POST"])
def top_up(request: HttpRequest) -> HttpResponse:
    """Choose an amount, and go to the provider to pay it."""
    now = timezone.now()
    doors = _doors(request, now)
    if not doors:
        return _closed_page(request)
    if request.method == "GET":
        form = _fresh(request, doors, first_values(request, doors))
        is_puzzle = needs_puzzle(user_id=buyer_of(request).pk, address=address_of(request), now=now)
        return _page(request, form, _Said(is_puzzle=is_puzzle))
    form = TopUpForm(request.POST, currency=store_of(request).currency, doors=doors)
    if not form.is_valid():
        shut = request.POST.get("provider", "")
        if shut in set(providers.codes()) - {door.code for door in doors}:
            return _next_door(request, shut)
        return _page(request, form, _Said(400))
    note_where(request, territory=territory_of(request), now=now)
    return _begun(request, form, now)


def _begun(request: HttpRequest, form: TopUpForm, now: datetime) -> HttpResponse:
    asked = _asked(request, form)
    origin = request.build_absolute_uri("/").rstrip("/")
    try:
        address = start_top_up(asked=asked, origin=origin, now=now)
    except (TopUpError, ProviderError) as error:
        return _refused(request, form, error, asked.provider_code)
    if address.startswith(f"{origin}/"):
        return HttpResponseRedirect(address)
    # Browsers hold the page's content policy (form-action) against what a form is answered with.
    context = {"address": address, "door": door_name(asked.provider_code)}
    return render(request, "shop/to_pay.html", context)


def _refused(
    request: HttpRequest, form: TopUpForm, error: TopUpError | ProviderError, code: str
) -> HttpResponse:
    """The form again, with what to do; never what a provider said."""
    if isinstance(error, DoorClosedError | ProviderError):
        return _next_door(request, code)
    if isinstance(error, TooManyError):
        return _page(request, form, _too_many(error.wait_s))
    if isinstance(error, PuzzleNeededError):
        text = gettext("Many payments failed, so one more thing is asked before the next.")
        return _page(request, form, _Said(429, text, is_puzzle=True))
    if isinstance(error, TopUpKeyReusedError | TopUpEndedError):
        text = gettext("This payment was begun before, or has ended. Go on with a new one.")
        return _anew(request, _Said(409, text))
    form.add_error("amount", str(error))
    return _page(request, form, _Said(400))


def _asked(request: HttpRequest, form: TopUpForm) -> TopUpAsked:
    given = form.cleaned_data
    return TopUpAsked(
        user_id=buyer_of(request).pk,
        amount=given["amount"],
        provider_code=given["provider"],
        key=given["key"],
        return_path=return_path(request, given["next"]),
        way=Way(
            country=territory_of(request),
            address=address_of(request),
            challenge=given["challenge"],
            solution=given["solution"],
        ),
    )


def _doors(request: HttpRequest, now: datetime) -> list[Door]:
    currency = store_of(request).currency
    return open_doors(currency=currency, country=territory_of(request), now=now)


def _fresh(request: HttpRequest, doors: Sequence[Door], values: dict[str, str]) -> TopUpForm:
    return TopUpForm(initial=values, currency=store_of(request).currency, doors=doors)


def _anew(request: HttpRequest, said: _Said) -> HttpResponse:
    """The same wish as a new payment."""
    doors = _doors(request, timezone.now())
    return _page(request, _fresh(request, doors, kept_values(request, doors)), said)


def _next_door(request: HttpRequest, failed: str) -> HttpResponse:
    """Offer the next door for the same amount and way back; the one that failed last, if at all."""
    found = _doors(request, timezone.now())
    doors = sorted(found, key=lambda door: door.code == failed)
    if not doors:
        return _closed_page(request)
    names = {"door": door_name(failed), "next": door_name(doors[0].code)}
    if doors[0].code == failed:
        text = gettext("%(door)s does not answer just now, and nothing was charged. Try again.")
    else:
        text = gettext(
            "%(door)s cannot be used just now, and nothing was charged. "
            "Your amount is kept: go on with %(next)s."
        )
    form = _fresh(request, doors, kept_values(request, doors))
    return _page(request, form, _Said(502, text % names))


def _too_many(wait_s: int) -> _Said:
    minutes = max(1, -(-wait_s // _MINUTE_S))
    text = ngettext(
        "So many payments were begun that the next one has to wait %(count)s minute.",
        "So many payments were begun that the next one has to wait %(count)s minutes.",
        minutes,
    )
    return _Said(429, text % {"count": minutes}, wait_s=wait_s)


def _page(request: HttpRequest, form: TopUpForm, said: _Said) -> HttpResponse:
    offered = [round_amount(form.currency, each) for each in AMOUNTS]
    context = {
        "form": form,
        "action": reverse("top-up"),
        "choices": [(typed(each), price_text(each)) for each in offered],
        "bonuses": [
            (price_text(Money(step.from_micro, form.currency)), share_text(step.part))
            for step in bonus_steps(form.currency)
        ],
        "said": said,
        "puzzle": _puzzle(request, form) if said.is_puzzle else None,
    }
    response = render(request, "shop/top_up.html", context, status=said.status)
    if said.wait_s:
        response["Retry-After"] = str(said.wait_s)
    return response


def _puzzle(request: HttpRequest, form: TopUpForm) -> dict[str, object]:
    """The challenge of the page; one that was drawn before goes on, so that its time counts."""
    now, user_id = timezone.now(), buyer_of(request).pk
    kept = read_challenge(request.POST.get("challenge", ""), user_id=user_id, now=now)
    challenge = kept or make_challenge(user_id=user_id, now=now)
    left = challenge.made_at + wait_instead - now
    if form.is_bound:
        data = request.POST.copy()
        data["challenge"], data["solution"] = challenge.token, ""
        form.data = data
    else:
        form.initial["challenge"] = challenge.token
    return {
        "bits": zero_bits,
        "minutes": max(1, -(-int(left.total_seconds()) // _MINUTE_S)),
        "others": [door_name(code) for code in doors_without_cards if code in _offered(form)],
    }


def _offered(form: TopUpForm) -> set[str]:
    return {code for code, _ in getattr(form.fields["provider"], "choices", ())}


def _closed_page(request: HttpRequest) -> HttpResponse:
    """No door is open: say so, and that everything else goes on."""
    path = request.POST.get("next") or request.GET.get("next")
    back = return_path(request, path)
    currency = store_of(request).currency
    context = {
        "balance": price_text(balance_of(user=buyer_of(request), currency=currency)),
        "back": back,
        "again": f"{reverse('top-up')}?{urlencode({'next': back})}",
    }
    status = 503 if request.method == "POST" else 200
    return render(request, "shop/doors_closed.html", context, status=status)
