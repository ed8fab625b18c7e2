"""Societies one acts for, what they licensed, and which works earned them what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.societies.deadlines import deadlines_of
from pennywhistle.apps.societies.late import pay_what_was_kept
from pennywhistle.apps.societies.models import Distribution, Society
from pennywhistle.apps.societies.queries import (
    currencies_of,
    licenses_of,
    member_count,
    members_of,
    repertoire_of,
)
from pennywhistle.apps.societies.reporting import Report, report_of
from pennywhistle.apps.societies.stretches import log_up_to
from pennywhistle.apps.societies.usage import usage_of
from pennywhistle.interfaces.common.apart_words import why_apart
from pennywhistle.interfaces.common.format import country_name, date_text, exact_text, period_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.world import territories_text
from pennywhistle.interfaces.studio.distributions import distribution_row
from pennywhistle.interfaces.studio.limits import USAGE_ROWS_SHOWN
from pennywhistle.interfaces.studio.person import members_only, person_of, society_of
from pennywhistle.interfaces.studio.society_csv import usage_lines
from pennywhistle.interfaces.studio.society_words import due_text, recipient_text
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.rights.models import OwnershipShare, TariffLine
    from pennywhistle.apps.societies.deadlines import Deadline
    from pennywhistle.apps.societies.reporting import Sum

_DIGITS_MAX = 15


def number_in(request: HttpRequest, name: str, otherwise: int) -> int:
    """A whole number of the query; anything else is as if it were not there."""
    text = request.GET.get(name, "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    return int(text) if is_number else otherwise


@require_GET
@members_only
def societies(request: HttpRequest) -> HttpResponse:
    """The societies one acts for, and what societies distributed to one's parties."""
    person = person_of(request)
    got = Distribution.objects.to_parties_of(user=person).select_related("society__party")
    return render(
        request,
        "studio/societies.html",
        {
            "societies": Society.objects.acted_for_by(user=person),
            "got": [distribution_row(each, person) for each in got[:USAGE_ROWS_SHOWN]],
        },
    )


@require_GET
@members_only
def society(request: HttpRequest, public_id: str) -> HttpResponse:
    """One society: members, dates, licenses."""
    mine, now = society_of(request, public_id), timezone.now()
    deadlines = deadlines_of(mine, now=now)
    return render(
        request,
        "studio/society.html",
        {
            "society": mine,
            "members": member_count(society_id=mine.pk, now=now),
            "deduction": share_text(mine.deduction),
            "to_distribute": [_deadline(each) for each in deadlines.to_distribute],
            "unclaimed": [_deadline(each) for each in deadlines.unclaimed],
            "licenses": [
                {
                    "territories": _where(held.license.territories.mask),
                    "period": period_text(held.license.valid),
                    "tariff": held.license.tariff.name if held.license.tariff else "",
                    "law": held.license.unidentified_by,
                    "lines": [_tariff_line(line) for line in held.lines],
                }
                for held in licenses_of(society_id=mine.pk)
            ],
        },
    )


@require_POST
@members_only
def pay_late(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pay members what was kept for nobody and is theirs by now."""
    mine = society_of(request, public_id)
    paid = pay_what_was_kept(society_id=mine.pk, now=timezone.now())
    if paid:
        said = ngettext("%(count)d member was paid.", "%(count)d members were paid.", paid)
        messages.success(request, said % {"count": paid})
    else:
        messages.info(request, gettext("Nothing moves: it is still nobody's on record."))
    return redirect("studio-society", public_id)


def _deadline(deadline: Deadline) -> dict[str, Any]:
    return {
        "due": date_text(deadline.due_on),
        "year_end": date_text(deadline.year_end),
        "amount": exact_text(deadline.money),
        "is_over": deadline.is_over,
    }


def _where(mask: bytes | memoryview[int]) -> str:
    return territories_text(Territories.from_bytes(bytes(mask)))


def _tariff_line(line: TariffLine) -> dict[str, str]:
    least = Money(line.track_minimum_micro, line.currency) if line.track_minimum_micro else None
    return {
        "percent": share_text(line.percent),
        "least": exact_text(least) if least else "",
        "period": period_text(line.valid),
        "source": line.source,
    }


@require_GET
@members_only
def repertoire(request: HttpRequest, public_id: str) -> HttpResponse:
    """The works in which members hold shares."""
    mine = society_of(request, public_id)
    works, after = repertoire_of(
        society_id=mine.pk, now=timezone.now(), after_id=number_in(request, "after", 0)
    )
    here = reverse("studio-society-repertoire", args=[public_id])
    rows = [
        {
            "title": each.work.title,
            "iswc": each.work.iswc,
            "shares": [_share(share) for share in each.shares],
        }
        for each in works
    ]
    pager = {"previous_url": "", "next_url": f"{here}?after={after}" if after else ""}
    context = {"society": mine, "rows": rows, "pager": pager}
    return render(request, "studio/society_repertoire.html", context)


def _share(share: OwnershipShare) -> dict[str, str]:
    return {
        "name": share.party.name,
        "part": share_text(share.part),
        "right": str(right_name(share.right)),
        "territories": _where(share.territories.mask),
    }


@require_GET
@members_only
def usage(request: HttpRequest, public_id: str) -> HttpResponse:
    """What works, members and territories earned: since the last distribution, or ever."""
    mine = society_of(request, public_id)
    is_all = request.GET.get("of") == "all"
    reports = [_drawn(report) for report in _reports(mine, is_all=is_all)]
    csv_url = reverse("studio-society-usage-csv", args=[public_id])
    return render(
        request,
        "studio/society_usage.html",
        {
            "society": mine,
            "is_all": is_all,
            "reports": reports,
            "csv_url": f"{csv_url}?of=all" if is_all else csv_url,
        },
    )


@require_GET
@members_only
def usage_csv(request: HttpRequest, public_id: str) -> StreamingHttpResponse:
    """The same, every line of it."""
    mine = society_of(request, public_id)
    reports = _reports(mine, is_all=request.GET.get("of") == "all")
    response = StreamingHttpResponse(usage_lines(reports), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="usage-{public_id}.csv"'
    return response


def _reports(mine: Society, *, is_all: bool) -> list[Report]:
    reports = []
    for currency in currencies_of(society_id=mine.pk):
        last = Distribution.objects.last_of(society_id=mine.pk, currency=currency)
        first_index = 0 if is_all or last is None else last.end_index
        stretch = log_up_to(timezone.now(), first_index=first_index)
        reports.append(report_of(usage_of(mine, currency, stretch)))
    return reports


def _drawn(report: Report) -> dict[str, Any]:
    counted, currency = report.usage, report.usage.currency
    members = [
        (recipient_text(recipient, each.label), each.sale_count, due_text(each.due, currency))
        for recipient, each in report.by_recipient()[:USAGE_ROWS_SHOWN]
    ]
    return {
        "currency": currency,
        "works": _totals(report.by_work(), currency),
        "members": members,
        "territories": [
            (country_name(what) if what else "–", sales, due)  # noqa: RUF001
            for what, sales, due in _totals(report.by_territory(), currency)
        ],
        "due": due_text(counted.due, currency),
        "rounding": due_text(counted.rounding, currency),
        "gross": exact_text(Money(counted.gross_micro, currency)),
        "own": exact_text(Money(counted.own_micro, currency)) if counted.own_micro else "",
        "apart": [
            {
                "why": why_apart(row.apart.reason),
                "title": row.title,
                "territory": country_name(row.apart.territory),
                "year": str(row.apart.year),
                "due": due_text(row.due, currency),
            }
            for row in report.apart[:USAGE_ROWS_SHOWN]
        ],
    }


def _totals(sums: Sequence[Sum], currency: str) -> list[tuple[str, int, str]]:
    return [
        (each.label, each.sale_count, due_text(each.due, currency))
        for each in sums[:USAGE_ROWS_SHOWN]
    ]


@require_GET
@members_only
def members(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who mandated the society."""
    mine, now = society_of(request, public_id), timezone.now()
    number = number_in(request, "page", 1)
    page = members_of(society_id=mine.pk, page=number)
    here = reverse("studio-society-members", args=[public_id])
    rows = [
        {
            "name": member.name,
            "joined": date_text(member.joined_at.date()),
            "left": date_text(member.left_at.date()) if member.left_at else "",
            "has_left": member.left_at is not None and member.left_at <= now,
            "mandates": [
                {
                    "id": each.pk,
                    "rights": ", ".join(str(right_name(right)) for right in each.rights),
                    "territories": _where(each.territories.mask),
                    "period": period_text(each.valid),
                    "is_exclusive": each.is_exclusive,
                    "notice_days": each.notice_days,
                    "is_ending": each.valid_until is not None,
                }
                for each in member.mandates
            ],
        }
        for member in page.members
    ]
    pager = {
        "previous_url": f"{here}?page={number - 1}" if number > 1 else "",
        "next_url": f"{here}?page={number + 1}" if page.has_more else "",
    }
    context = {"society": mine, "rows": rows, "pager": pager}
    return render(request, "studio/society_members.html", context)
