"""Statements: a payee's sales in a period from the pages, in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from pennywhistle.apps.payouts.queries import is_paid_by_cut, payouts_over
from pennywhistle.apps.proof.log import have_keys, the_log
from pennywhistle.apps.statements.breakdown import breakdown_of
from pennywhistle.apps.statements.days import Days, DaysInvalidError
from pennywhistle.apps.statements.lines import lines_page
from pennywhistle.apps.statements.queries import accounts_of, statement_for
from pennywhistle.interfaces.common.format import country_name, date_text, exact_text
from pennywhistle.interfaces.common.statement_rows import (
    apart_rows,
    columns_of,
    flow_rows,
    group_rows,
    kind_rows,
    sold_rows,
    work_rows,
)
from pennywhistle.interfaces.studio.limits import STATEMENT_ITEMS_ON_TILL, STATEMENT_ROWS_MAX
from pennywhistle.interfaces.studio.payouts import payout_row
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.interfaces.studio.sales import chosen, no_account
from pennywhistle.interfaces.studio.sales_reports import newest_reports
from pennywhistle.interfaces.studio.statement_files import (
    address_of,
    contract_rows,
    file_stem,
    file_urls,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.payouts.models import Payout
    from pennywhistle.apps.statements.lines import LinesPage, StatementLine
    from pennywhistle.apps.statements.queries import Statement

# Places of the log are below 2⁶³.
_PLACE_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Row:
    """A line on the paper of `parts/_till.html`."""

    label: str
    amount: str = ""
    kind: str = "line"
    note: str = ""


class PeriodForm(forms.Form):
    """Which days; the first and last day count only for a period of one's own."""

    period = forms.ChoiceField(
        label=_("Period"),
        choices=[("this", _("this month")), ("last", _("last month")), ("own", _("these days:"))],
        required=False,
    )
    first = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def days(self, today: date) -> Days | None:
        """The days asked for; None, with an error on the form, where they are none."""
        if not self.is_valid():
            return None
        if self.cleaned_data["period"] == "last":
            return Days.month_before(today)
        if self.cleaned_data["period"] != "own":
            return Days.month_of(today)
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        if first is None or last is None:
            self.add_error("first", gettext("Name the first and the last day."))
            return None
        try:
            return Days(first, last)
        except DaysInvalidError as error:
            self.add_error("last", str(error))
            return None


@require_GET
@members_only
def statements(request: HttpRequest) -> HttpResponse:
    """One account's statement for a period."""
    accounts = list(accounts_of(user=person_of(request)))
    account = chosen(accounts, request.GET.get("account"))
    if account is None:
        return render(request, "studio/statement.html", {"empty": no_account()})
    today = timezone.now().astimezone(UTC).date()
    form = PeriodForm(request.GET)
    days = form.days(today)
    context: dict[str, Any] = {"accounts": accounts, "account": account, "form": form}
    if days is None:
        return render(request, "studio/statement.html", context, status=400)
    statement = statement_for(account=account, days=days)
    page = lines_page(statement=statement, older_than=_older_than(request))
    context |= _drawn(statement, page) | {
        "pager": {"previous_url": "", "next_url": _next(statement, page)},
        "log_key": the_log().verifier.to_text() if have_keys() else "",
    }
    return render(request, "studio/statement.html", context)


def _older_than(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return (
        int(text)
        if text.isascii() and text.isdecimal() and len(text) <= _PLACE_DIGITS_MAX
        else None
    )


def _next(statement: Statement, page: LinesPage) -> str:
    if page.older_than is None:
        return ""
    days = statement.days
    asked = {
        "account": str(statement.account.number),
        "period": "own",
        "first": str(days.first),
        "last": str(days.last),
        "before": str(page.older_than),
    }
    return f"{reverse('studio-statements')}?{urlencode(asked)}#lines"


def _drawn(statement: Statement, page: LinesPage) -> dict[str, Any]:
    stretch = statement.stretch
    payouts = payouts_over(
        statement.account, first_index=stretch.first_index, end_index=stretch.end_index
    )
    breakdown = breakdown_of(statement=statement)
    shown = sold_rows(breakdown)
    return {
        "statement": statement,
        "balance": kind_rows(statement),
        "flow": flow_rows(breakdown),
        "columns": columns_of(breakdown),
        "sold": shown[:STATEMENT_ROWS_MAX],
        "more_sold": max(0, len(shown) - STATEMENT_ROWS_MAX),
        "recordings": group_rows(breakdown.by_recording(), breakdown)[:STATEMENT_ROWS_MAX],
        "uses": group_rows(breakdown.by_use(), breakdown),
        "works": work_rows(breakdown)[:STATEMENT_ROWS_MAX],
        "apart": apart_rows(breakdown)[:STATEMENT_ROWS_MAX],
        "contracts": contract_rows(statement),
        "reports": newest_reports(statement.account),
        "report_url": reverse("studio-report-new", args=address_of(statement)),
        "till": _till(statement),
        "items": [
            (name, total.sale_count, exact_text(total.amount)) for total, name in statement.by_item
        ],
        "territories": [
            (country_name(total.key), total.sale_count, exact_text(total.amount))
            for total in statement.by_territory
        ],
        "months": [
            (f"{month:%Y-%m}", total.sale_count, exact_text(total.amount))
            for total, month in statement.by_month
        ],
        "lines": [_line(line, payouts) for line in page.lines],
        "payouts": [payout_row(each) for each in payouts],
        "files": file_urls(statement),
        "file_name": f"{file_stem(statement)}.json",
    }


def _till(statement: Statement) -> dict[str, Any]:
    days = statement.days
    account = statement.account
    assert account.party is not None, "a payee's account has a party"
    rows = [Row(gettext("Opening balance"), exact_text(statement.opening), kind="plain")]
    rows += [
        Row(name.title, exact_text(total.amount), note=_sales_text(total.sale_count))
        for total, name in statement.by_item[:STATEMENT_ITEMS_ON_TILL]
    ]
    rest = [total.amount for total, _name in statement.by_item[STATEMENT_ITEMS_ON_TILL:]]
    if rest:
        others = sum(rest[1:], rest[0])
        rows.append(Row(gettext("%(count)d more items") % {"count": len(rest)}, exact_text(others)))
    if statement.refund_count:
        note = _sales_text(statement.refund_count)
        rows.append(Row(gettext("Refunded to buyers"), exact_text(statement.refunded), note=note))
    rows += [
        Row(
            gettext("Earned in this period"),
            exact_text(statement.earned),
            kind="total",
            note=_sales_text(statement.sale_count),
        ),
        *([Row(gettext("Paid out"), exact_text(statement.paid))] if statement.paid else []),
        Row(gettext("Closing balance"), exact_text(statement.closing), kind="plain"),
    ]
    if statement.later:
        rows.append(Row(gettext("On later pages"), exact_text(statement.later), kind="plain"))
    if statement.not_closed.sale_count:
        rows.append(
            Row(
                gettext("Not closed yet"),
                exact_text(statement.not_closed.amount),
                kind="check-open",
                note=_sales_text(statement.not_closed.sale_count),
            )
        )
    return {
        "title": gettext("Statement"),
        "subtitle": account.party.name,
        "meta": [
            f"{date_text(days.first)} \u2013 {date_text(days.last)} UTC",
            gettext("Account %(number)d, %(currency)s")
            % {"number": account.number, "currency": account.currency},
        ],
        "rows": rows,
        "stamp": "sealed" if statement.stretch.page_count else "",
        "notes": [_pages_text(statement)],
    }


def _pages_text(statement: Statement) -> str:
    stretch = statement.stretch
    if not stretch.page_count:
        return gettext("No page was closed in this period.")
    return ngettext(
        "From %(count)d page of the log, number %(first)d.",
        "From %(count)d pages of the log, numbers %(first)d to %(last)d.",
        stretch.page_count,
    ) % {"count": stretch.page_count, "first": stretch.first_number, "last": stretch.last_number}


def _sales_text(count: int) -> str:
    return ngettext("%(count)d sale", "%(count)d sales", count) % {"count": count}


def _line(line: StatementLine, payouts: Sequence[Payout]) -> dict[str, Any]:
    paid_by = (each for each in payouts if each.first_index <= line.log_index < each.end_index)
    is_paid_so = is_paid_by_cut(kind=line.kind, item=line.item)
    return {
        "payout": next(paid_by, None) if is_paid_so else None,
        "line": line,
        "time": line.occurred_at.astimezone(UTC),
        "territory": country_name(line.territory),
        "price": exact_text(line.price),
        "amount": exact_text(line.amount),
    }
