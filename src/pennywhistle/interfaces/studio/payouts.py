"""Payouts as the payee sees them: what was paid, what comes next and when, and why not."""

from __future__ import annotations

import csv
import io
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.payouts.details import standing_of
from pennywhistle.apps.payouts.document import leaf_of, payout_file
from pennywhistle.apps.payouts.models import Details, Payout
from pennywhistle.apps.payouts.queries import forecast, paid_lines, payout_years
from pennywhistle.apps.payouts.terms import wanted_of
from pennywhistle.apps.proof.log import have_keys, the_log
from pennywhistle.apps.statements.csv_file import cell_of_text
from pennywhistle.apps.statements.queries import accounts_of
from pennywhistle.interfaces.common.format import (
    country_name,
    date_text,
    exact_text,
    percent_text,
    price_text,
)
from pennywhistle.interfaces.common.payout_words import CADENCES, state_text, why_text
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.interfaces.studio.sales import chosen, no_account
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from pennywhistle.apps.ledger.models import Account
    from pennywhistle.apps.payouts.queries import Forecast

_SHOWN_MAX = 100
_HISTORY_MAX = 20


@require_GET
@members_only
def payouts(request: HttpRequest) -> HttpResponse:
    """One account: its next payout, where it goes, and all that were."""
    accounts = list(accounts_of(user=person_of(request)))
    account = chosen(accounts, request.GET.get("account"))
    if account is None:
        return render(request, "studio/payouts.html", {"empty": no_account()})
    assert account.party is not None, "a payee's account has a party"
    now = timezone.now()
    standing = standing_of(account.party.pk, at=now)
    wanted = wanted_of(account)
    mine = Payout.objects.of(user=person_of(request)).filter(source=account)
    history = Details.objects.of(parties=[account.party.pk]).select_related("entered_by")
    context = {
        "accounts": accounts,
        "account": account,
        "next": _forecast(forecast(account, now=now)),
        "standing": standing,
        "waits_until": standing.waiting.usable_at if standing.waiting else None,
        "threshold": price_text(wanted.threshold),
        "cadence": CADENCES[wanted.cadence],
        "pay_currency": wanted.pay_currency,
        "years": payout_years(account),
        "payouts": [payout_row(each) for each in mine.select_related("source")[:_SHOWN_MAX]],
        "history": [
            {
                "details": each,
                "at": each.entered_at,
                "usable_at": each.usable_at,
                "closed_at": each.closed_at,
            }
            for each in history[:_HISTORY_MAX]
        ],
    }
    return render(request, "studio/payouts.html", context)


@require_GET
@members_only
def payout(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """One payout, line by line: statement, sale, bank reference, and its leaf in the log."""
    mine = _mine(request, payout_id)
    paid = paid_lines(mine)
    leaf = leaf_of(mine)
    context = {
        "payout": mine,
        "till": _till(mine, paid.before, paid.earned),
        "details": mine.details,
        "lines": [
            {"line": line, "territory": country_name(line.territory) if line.territory else "",
             "amount": exact_text(line.amount), "time": line.occurred_at.astimezone(UTC)}
            for line in paid.lines
        ],
        "more_count": paid.line_count - len(paid.lines),
        "leaf_index": leaf.log_index if leaf else None,
        "has_file": leaf is not None and bool(mine.document),
        "log_key": the_log().verifier.to_text() if have_keys() else "",
        "statement_url": _statement_url(mine),
    }  # fmt: skip
    return render(request, "studio/payout.html", context)


@require_GET
@members_only
def payout_json(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """The payout with its proof, as the document that anyone checks offline."""
    mine = _mine(request, payout_id)
    found = payout_file(log=the_log(), payout=mine) if have_keys() and mine.document else None
    if found is None:
        raise Http404
    response = HttpResponse(found, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="payout-{mine.id}.json"'
    return response


_HEADINGS = (
    *("payout", "state", "approved", "ended", "reference", "earned_currency", "due"),
    *("paid_currency", "converted", "rate", "rate_source", "withheld", "paid", "carried"),
)


@require_GET
@members_only
def year_csv(request: HttpRequest, number: int, year: int) -> HttpResponse:
    """A year's payouts of an account, for the payee's books and tax."""
    account = get_object_or_404(accounts_of(user=person_of(request)), number=number)
    found = Payout.objects.of(user=person_of(request)).filter(
        source=account, approved_at__year=year
    )
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_HEADINGS)
    for each in found.select_related("source", "rate").order_by("approved_at", "id"):
        writer.writerow(_cells(each))
    response = HttpResponse(buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="payouts-{number}-{year}.csv"'
    return response


def _cells(each: Payout) -> tuple[str, ...]:
    return (
        each.id.hex,
        each.state,
        each.approved_at.isoformat() if each.approved_at else "",
        each.ended_at.isoformat() if each.ended_at else "",
        cell_of_text(each.reference),
        each.due.currency,
        f"{each.due.decimal:f}",
        each.currency,
        f"{each.converted.decimal:f}",
        str(each.rate.factor) if each.rate else "",
        cell_of_text(f"{each.rate.source}, {each.rate.day}") if each.rate else "",
        f"{each.withheld.decimal:f}",
        f"{each.paid.decimal:f}",
        f"{each.carried.decimal:f}",
    )


def _mine(request: HttpRequest, payout_id: UUID) -> Payout:
    mine = Payout.objects.of(user=person_of(request))
    related = ("source__party", "account", "rate", "details", "run")
    return get_object_or_404(mine.select_related(*related), id=payout_id)


def _forecast(found: Forecast) -> dict[str, Any]:
    look = found.look
    return {
        "due": exact_text(look.due),
        "paid": price_text(look.paid) if look.paid else "",
        "withheld": price_text(look.withheld) if look.paid and look.withheld else "",
        "on": date_text(found.on),
        "why": why_text(look.why, look.detail) if look.why else "",
    }


def payout_row(each: Payout) -> dict[str, Any]:
    """A payout in a list."""
    return {
        "payout": each,
        "day": date_text((each.ended_at or each.sent_at or each.proposed_at).date()),
        "state": state_text(each),
        "paid": price_text(each.paid),
        "withheld": price_text(each.withheld) if each.withheld else "",
    }


def _till(each: Payout, before: Money, earned: Money) -> dict[str, Any]:
    """From the lines to the bank, in the order of docs/algorithms/payouts.md."""
    rows = [
        {"label": gettext("Carried from before"), "amount": exact_text(before)},
        {"label": gettext("Earned since"), "amount": exact_text(earned)},
        {"label": gettext("Due"), "amount": exact_text(each.due), "kind": "sub"},
    ]
    if each.rate is not None:
        rate = f"1 {each.rate.of} = {each.rate.factor.normalize():f} {each.rate.into}"
        note = f"{rate} ({each.rate.source}, {each.rate.day})"
        label = gettext("Converted")
        rows.append({"label": label, "amount": exact_text(each.converted), "note": note})
    for part in each.parts.filter(rate__gt=0).order_by("territory"):
        note = f"{percent_text(float(part.rate))}, {part.source}"
        label = gettext("Withheld in %(place)s") % {"place": country_name(part.territory)}
        amount = exact_text(Money(-part.withheld_micro, each.currency))
        rows.append({"label": label, "amount": amount, "note": note})
    rows += [
        {"label": gettext("Carried on"), "amount": exact_text(-each.carried)},
        {"label": gettext("Paid"), "amount": price_text(each.paid), "kind": "total"},
    ]
    meta = [state_text(each), date_text(each.proposed_at.date())]
    assert each.source.party is not None, "a payee's account has a party"
    return {
        "title": gettext("Payout"),
        "subtitle": each.source.party.name,
        "meta": meta,
        "rows": rows,
        "reference": each.end_to_end_id,
    }


def _statement_url(each: Payout) -> str:
    """The statement of the days before its run's cut, which lists the same lines."""
    # The end of a month is the first instant after it; the end of a page is in its day.
    last = (each.run.cut_at.astimezone(UTC) - timedelta(microseconds=1)).date()
    asked = {
        "account": str(each.source_id),
        "period": "own",
        "first": last.replace(day=1).isoformat(),
        "last": last.isoformat(),
    }
    return f"{reverse('studio-statements')}?{urlencode(asked)}"


def account_of(request: HttpRequest, number: int) -> Account:
    """An account of somebody's own; 404 else."""
    mine: Account = get_object_or_404(accounts_of(user=person_of(request)), number=number)
    return mine
