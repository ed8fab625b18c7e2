"""The store's bank account in the office: statements, entries that wait, transfers to order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.payments.bank.account import own_account, printed_iban
from pennywhistle.apps.payments.bank.errors import BankError
from pennywhistle.apps.payments.bank.orders import fail_order, orders_file, take_orders
from pennywhistle.apps.payments.bank.reading import take_file
from pennywhistle.apps.payments.bank.suggesting import suggest
from pennywhistle.apps.payments.models import BankEnd, BankEntry, BankOrder, BankStatement
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.engines.bankfile import Limits
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.office.bank_words import ENDED, ORDER, suggestion_text
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest

    from pennywhistle.apps.payments.bank.reading import Taken

# Each with a suggestion, which takes some looking.
_WAITING_SHOWN_MAX = 25
_SHOWN_MAX = 100
_ENDED_SHOWN_MAX = 30


class StatementForm(forms.Form):
    """A file from the bank."""

    statement = forms.FileField(
        label=_("Statement"),
        help_text=_("camt.053 (XML), or a table (CSV) as your bank's pages offer it."),
    )

    def clean_statement(self) -> UploadedFile[Any]:
        """Not larger than is read."""
        file: UploadedFile[Any] = self.cleaned_data["statement"]
        if (file.size or 0) > Limits().bytes_max:
            raise forms.ValidationError(gettext("The file is too large for a statement."))
        return file


class ReasonForm(forms.Form):
    """Why; it stays on record."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


@staff_only
@require_GET
def bank(request: HttpRequest) -> HttpResponse:
    """What waits for a person, what is to be ordered, and what was read."""
    account = own_account()
    waiting = BankEntry.objects.open()
    context = {
        "account": account,
        "iban": printed_iban(account.iban) if account else "",
        "waiting": _waiting(list(waiting[:_WAITING_SHOWN_MAX])),
        "more_count": max(0, waiting.count() - _WAITING_SHOWN_MAX),
        "to_order_count": BankOrder.objects.to_order().count(),
        "files": _files(),
        "orders": _orders(),
        "ended": _ended(),
        "statements": _statements(),
    }
    return render(request, "office/bank.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def statement_new(request: HttpRequest) -> HttpResponse:
    """Read a statement."""
    form = StatementForm(*posted(request))
    taken: list[Taken] = []

    def record() -> None:
        file: UploadedFile[Any] = form.cleaned_data["statement"]
        taken.append(
            take_file(
                data=file.read(),
                source_name=file.name or "",
                user_id=operator_of(request).pk,
                now=timezone.now(),
            )
        )

    page = FormPage(
        title=gettext("Read a statement"),
        intro=gettext(
            "Every entry is kept once, in however many files it stands. What carries a reference "
            "is credited; the rest waits for you."
        ),
        submit=gettext("Read it"),
        done=lambda: _said(taken[0]),
        back=reverse("office-bank"),
        back_label=gettext("Bank"),
    )
    return record_page(request, page, form, record)


def _said(taken: Taken) -> str:
    if taken.is_known:
        return gettext("This file was read before.")
    said = {"new": taken.new_count, "waiting": taken.matched.open_count}
    return gettext("New entries: %(new)d. Waiting for you: %(waiting)d.") % said


@staff_only
@require_POST
def orders_take(request: HttpRequest) -> HttpResponse:
    """Put what is to be ordered into one file."""
    count = take_orders(now=timezone.now())
    if count:
        words = gettext("The file is ready. Fetch it below, and give it to the bank.")
        messages.success(request, words)
    return redirect("office-bank")


@staff_only
@require_GET
def orders_fetch(request: HttpRequest, ordered_at: str) -> HttpResponse:
    """A file of orders, for the bank: those that may still be carried out; as often as wanted."""
    try:
        instant = parse_datetime(ordered_at)
    except ValueError:
        # As of the 40th of a month.
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Http404
    try:
        data = orders_file(ordered_at=instant)
    except (BankError, ProviderError) as error:
        messages.error(request, str(error))
        return redirect("office-bank")
    name = f"transfers-{instant:%Y%m%dT%H%M%SZ}.xml"
    return HttpResponse(
        data,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@staff_only
@require_http_methods(["GET", "POST"])
def order_fail(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say that the bank did not carry an order out."""
    order = get_object_or_404(BankOrder.objects.open(), id=order_id)
    form = ReasonForm(*posted(request))

    def record() -> None:
        fail_order(order_id=order.pk, reason=form.cleaned_data["reason"], now=timezone.now())

    page = FormPage(
        title=gettext("The bank did not carry it out"),
        intro=gettext("%(amount)s to %(name)s. The money is on its owner's balance again.")
        % {"amount": price_text(order.amount), "name": order.to_name},
        submit=gettext("It failed"),
        done=gettext("It is on record."),
        back=reverse("office-bank"),
        back_label=gettext("Bank"),
    )
    return record_page(request, page, form, record)


def _waiting(entries: list[BankEntry]) -> Table:
    return Table(
        title=gettext("Waits for you"),
        headings=(
            gettext("Day"),
            gettext("Amount"),
            gettext("From or to"),
            gettext("Words"),
            gettext("What it may be"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(date_text(each.booked_on), reverse("office-bank-entry", args=[each.pk])),
                    Cell(price_text(each.amount), is_number=True),
                    Cell(each.other_name or each.other_iban),
                    Cell(each.words[:120]),
                    Cell(suggestion_text(suggest(each))),
                )
            )
            for each in entries
        ),
        empty=gettext("Nothing waits."),
    )


def _files() -> list[tuple[str, str]]:
    instants = (
        BankOrder.objects.open()
        .filter(ordered_at__isnull=False)
        .order_by("-ordered_at")
        .values_list("ordered_at", flat=True)
        .distinct()
    )
    return [
        (f"{at:%Y-%m-%d %H:%M} UTC", reverse("office-bank-file", args=[at.isoformat()]))
        for at in instants[:_ENDED_SHOWN_MAX]
        if at is not None
    ]


def _orders() -> Table:
    return Table(
        title=gettext("Transfers back"),
        headings=(gettext("Amount"), gettext("To"), gettext("IBAN"), gettext("State"), ""),
        rows=tuple(
            Row(
                (
                    Cell(price_text(each.amount), is_number=True),
                    Cell(each.to_name),
                    Cell(printed_iban(each.to_iban)),
                    Cell(str(ORDER[BankOrder.State(each.state)])),
                    Cell(gettext("It failed"), reverse("office-bank-order-fail", args=[each.pk])),
                )
            )
            for each in BankOrder.objects.open().order_by("id")[:_SHOWN_MAX]
        ),
        empty=gettext("Nothing is on its way back."),
    )


def _ended() -> Table:
    latest = BankEnd.objects.select_related("entry", "user", "top_up__user")
    return Table(
        title=gettext("Explained lately"),
        headings=(
            gettext("Day"),
            gettext("Amount"),
            gettext("What"),
            gettext("Why"),
            gettext("By"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(date_text(each.entry.booked_on)),
                    Cell(price_text(each.entry.amount), is_number=True),
                    Cell(str(ENDED[BankEnd.How(each.how)])),
                    Cell(each.reason),
                    Cell(each.user.email if each.user else gettext("the store")),
                )
            )
            for each in latest.order_by("-ended_at", "-entry_id")[:_ENDED_SHOWN_MAX]
        ),
        empty=gettext("Nothing yet."),
    )


def _statements() -> Table:
    return Table(
        title=gettext("Statements"),
        headings=(
            gettext("Read"),
            gettext("File"),
            gettext("New entries"),
            gettext("Held at its end"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(date_text(each.read_at)),
                    Cell(each.source_name),
                    Cell(str(each.new_count), is_number=True),
                    Cell(
                        price_text(Money(each.closing_micro, each.currency))
                        if each.closing_micro is not None
                        else "?",
                        is_number=True,
                    ),
                )
            )
            for each in BankStatement.objects.order_by("-read_at", "-id")[:_ENDED_SHOWN_MAX]
        ),
        empty=gettext("No statement was read yet."),
    )
