"""Owed, held, paid: the public page of the store's money, and the proof of what came and left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_safe

from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.proof.log import KeysMissingError, the_log
from pennywhistle.apps.proof.policies import believed_policy
from pennywhistle.apps.statements.figures import newest_figures
from pennywhistle.apps.statements.opened import (
    clearing_accounts,
    opened_documents,
    opened_folder,
)
from pennywhistle.engines.tlog.note import VerifierKey
from pennywhistle.interfaces.common.format import exact_text
from pennywhistle.interfaces.common.ranged import Sent, ranged_response
from pennywhistle.interfaces.shop.till import RULE, Row, Till
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.ledger.models import Account
    from pennywhistle.apps.statements.figures import Figures

FOR_EVER = "public, max-age=31536000, immutable"
FRESH = "public, max-age=300"


@login_not_required
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """What is held for buyers, owed, kept apart and paid, as of the newest page of the log."""
    found = newest_figures()
    try:
        # Documents that are full never change: older ones are signed by keys that retired since.
        # Every head has an Ed25519 signature, whose keys are short enough for a command.
        believed = believed_policy(the_log()).log_keys
        keys = [each.to_text() for each in believed if isinstance(each, VerifierKey)]
    except KeysMissingError:
        keys = []
    context = {
        "tills": [_till(each) for each in found],
        "page_number": found[0].page_number if found else None,
        "proofs": [
            proof for account in clearing_accounts() if (proof := _proof(account))["documents"]
        ],
        "log_keys": keys,
    }
    return render(request, "shop/figures.html", context)


@login_not_required
@require_safe
def figures_proof(request: HttpRequest, number: int, name: str) -> HttpResponseBase:
    """Pages of a provider's account, opened; of no other account, whoever asks."""
    opened = next((each for each in opened_documents(number) if each.name == name), None)
    if opened is None or not opened.sha256:
        raise Http404
    kept = Kept(opened_folder(), opened.sha256, opened.size_bytes, opened.crc32, opened.sha256)
    sent = Sent(
        "application/json",
        FOR_EVER if opened.is_full else FRESH,
        _file_name(number, name),
    )
    try:
        return ranged_response(request, kept, sent)
    except StoredFileMissingError as error:
        # The newest was built anew meanwhile.
        raise Http404 from error


def _file_name(number: int, name: str) -> str:
    return f"provider-account-{number}-{name}.json"


def _proof(account: Account) -> dict[str, Any]:
    opened = [each for each in opened_documents(account.number) if each.sha256]
    return {
        "name": f"{account.code.capitalize()}, {account.currency}",
        "documents": [
            {
                "url": reverse("figures-proof", args=[account.number, each.name]),
                "first": each.first_number,
                "last": each.last_number,
            }
            for each in reversed(opened)
        ],
        "file_names": _file_name(account.number, "*"),
    }


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
