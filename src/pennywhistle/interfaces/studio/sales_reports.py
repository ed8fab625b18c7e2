"""Sales reports by DDEX that are of one's parties: made for days of a statement, and fetched."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.models import SalesReport
from pennywhistle.apps.statements.queries import accounts_of
from pennywhistle.apps.statements.reporting import (
    Asked,
    UnnumberedError,
    make_report,
    report_document,
)
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from pennywhistle.apps.ledger.models import Account

REPORTS_SHOWN_MAX = 10


def newest_reports(account: Account) -> QuerySet[SalesReport]:
    """The newest reports for a payee, in its account's currency."""
    mine = SalesReport.objects.filter(party=account.party_id, currency=account.currency)
    return mine.order_by("-id")[:REPORTS_SHOWN_MAX]


@require_POST
@members_only
def report_new(request: HttpRequest, number: int, first: str, last: str) -> HttpResponse:
    """Make a report to a record company (DSR Part 9) about an account and some days."""
    account = get_object_or_404(accounts_of(user=person_of(request)), number=number)
    try:
        days = Days(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise Http404 from error
    assert account.party is not None, "a payee's account has a party"
    profile = SalesReport.Profile.FINANCIAL
    try:
        made = make_report(
            asked=Asked(account.party, profile, account.currency, days), now=timezone.now()
        )
    except UnnumberedError:
        messages.error(
            request,
            gettext(
                "A report by DDEX names the DDEX Party ID of both sides. Ask the operator: one of"
                " them is not on record."
            ),
        )
    else:
        words = gettext("%(file)s is below, under the sales reports.")
        messages.success(request, words % {"file": made.file_name})
    address = {"account": str(number), "period": "own", "first": first, "last": last}
    return redirect(f"{reverse('studio-statements')}?{urlencode(address)}#reports")


@require_GET
@members_only
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """A report's file, as it was made."""
    parties = Party.objects.acted_for_by(user=person_of(request))
    mine = get_object_or_404(SalesReport, id=report_id, party__in=parties)
    try:
        document = report_document(mine)
    except StoredFileMissingError as error:
        raise Http404 from error
    response = HttpResponse(document, content_type="text/tab-separated-values; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{mine.file_name}"'
    return response
