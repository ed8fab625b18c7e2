"""Owed, held, paid: the public page of the store's money, and the proof of what came and left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_safe

from pennywhistle.apps.proof.log import KeysMissingError, the_log
from pennywhistle.apps.statements.figures import (
    clearing_accounts,
    clearing_document,
    newest_figures,
)
from pennywhistle.engines.tlog.statement import StatementInvalidError
from pennywhistle.interfaces.common.format import exact_text
from pennywhistle.interfaces.shop.till import RULE, Row, Till

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.statements.figures import Figures


@login_not_required
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """What is held for buyers, owed, kept apart and paid, as of the newest page of the log."""
    found = newest_figures()
    try:
        key = the_log().verifier.to_text()
    except KeysMissingError:
        key = ""
    context = {
        "tills": [_till(each) for each in found],
        "page_number": found[0].page_number if found else None,
        "proofs": [
            {
                "name": f"{account.code.capitalize()}, {account.currency}",
                "url": reverse("figures-proof", args=[account.number]),
                "file_name": _file_name(account.number),
            }
            for account in clearing_accounts()
        ],
        "log_key": key,
    }
    return render(request, "shop/figures.html", context)


@login_not_required
@require_safe
def figures_proof(request: HttpRequest, number: int) -> HttpResponse:
    """A provider's account, opened on every page; of no other account, whoever asks."""
    del request
    account = next((each for each in clearing_accounts() if each.number == number), None)
    if account is None:
        raise Http404
    try:
        document = clearing_document(log=the_log(), account=account)
    except (KeysMissingError, StatementInvalidError) as error:
        raise Http404 from error
    if document is None:
        raise Http404
    response = HttpResponse(document, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(number)}"'
    response["Cache-Control"] = "public, max-age=300"
    return response


def _file_name(number: int) -> str:
    return f"provider-account-{number}.json"


def _till(each: Figures) -> Till:
    rows = [
        Row(gettext("Balances of buyers"), exact_text(each.balances)),
        Row(gettext("Set aside by buyers for orders and presents"), exact_text(each.set_aside)),
        Row(gettext("Owed to artists, labels and societies"), exact_text(each.owed)),
        Row(gettext("Held until a dispute is settled"), exact_text(each.held)),
        Row(gettext("Kept until somebody claims it"), exact_text(each.unclaimed)),
        Row(gettext("Taxes to be handed on"), exact_text(each.tax)),
        Row(gettext("The store's own part"), exact_text(each.store)),
        Row(gettext("Together"), exact_text(each.together), kind="total"),
        RULE,
        Row(gettext("Paid in through providers"), exact_text(each.paid_in)),
        Row(gettext("Paid back to buyers"), exact_text(-each.paid_back)),
        Row(gettext("Paid out to whom it was owed"), exact_text(-each.paid_out)),
        Row(gettext("Is there"), exact_text(each.at_providers), kind="total"),
    ]
    return Till(
        each.currency,
        tuple(rows),
        subtitle=gettext("Page %(number)d of the log") % {"number": each.page_number},
        stamp="sealed",
        notes=(gettext("Both sums are the same, or something is missing."),),
    )
