"""Clearing accounts in the office: what is open, how old it is, and what differs."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.models import Difference
from pennywhistle.apps.payments.reconciling.daily import reconcile_all
from pennywhistle.apps.payments.reconciling.differing import book_by_hand, settle_difference
from pennywhistle.apps.payments.reconciling.sums import reconcile
from pennywhistle.apps.payments.reconciling.uncleared import clearing_accounts, uncleared_of
from pennywhistle.interfaces.common.format import date_text, exact_text, price_text
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.office.limits import AMOUNT_MICRO_MAX
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

_SHOWN_MAX = 100
WHAT = {
    "top-up": _("a payment that was begun"),
    "payback": _("money on its way back to a buyer"),
    "sweep": _("on its way to the bank"),
    "entry": _("a bank entry that nothing explains"),
    "order": _("a transfer that no statement has shown"),
    "difference": _("a difference"),
}
KINDS = {
    Difference.Kind.UNKNOWN: _("The provider has it, the books do not"),
    Difference.Kind.MISSING: _("The books have it, the provider does not"),
    Difference.Kind.AMOUNT: _("The amounts differ"),
    Difference.Kind.BALANCE: _("The sums differ"),
    Difference.Kind.GAP: _("A statement is missing"),
}


class SettleForm(forms.Form):
    """What becomes of a difference, and why."""

    how = forms.ChoiceField(
        label=_("What to do"),
        widget=forms.RadioSelect,
        choices=[
            ("left", _("Book nothing: both will agree, or the other side is wrong")),
            ("fee", _("Book it as a cost or gain of this provider")),
            ("own", _("Book it as the store's own money")),
        ],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How you know. It stays on record."),
    )


class BookForm(forms.Form):
    """A gain or loss on an account; `key` was made when the form was drawn."""

    provider = forms.ChoiceField(label=_("Account"))
    side = forms.ChoiceField(
        label=_("What to do"),
        widget=forms.RadioSelect,
        choices=[("gain", _("It has more than the books say")), ("loss", _("It has less"))],
    )
    key = forms.RegexField(r"\A[A-Za-z0-9_-]{16,64}\Z", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(*args, **kwargs)
        currency = the_store().currency
        self.fields["amount"] = MoneyField(
            label=gettext("Amount"), currency=currency, most_micro=AMOUNT_MICRO_MAX, in_coins=False
        )
        self.fields["reason"] = forms.CharField(
            label=gettext("Reason"),
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=gettext("How you know. It stays on record."),
        )
        codes = [code for code, known in clearing_accounts() if known == currency]
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in codes]


@staff_only
@require_GET
def clearing(request: HttpRequest) -> HttpResponse:
    """Each account with what is uncleared on it, and the differences that wait."""
    now = timezone.now()
    context = {"accounts": _accounts(now), "uncleared": _uncleared(now), "open": _open(now)}
    return render(request, "office/clearing.html", context)


@staff_only
@require_POST
def clearing_again(request: HttpRequest) -> HttpResponse:
    """Compare at once, instead of tonight."""
    count = reconcile_all(now=timezone.now())
    messages.success(
        request,
        gettext("Compared. Differences that wait: %(count)d.") % {"count": count}
        if count
        else gettext("Compared. Nothing differs."),
    )
    return redirect("office-clearing")


@staff_only
@require_http_methods(["GET", "POST"])
def difference(request: HttpRequest, difference_id: int) -> HttpResponse:
    """Settle a difference: by a posting or without one, with a reason."""
    found = get_object_or_404(Difference.objects.open(), id=difference_id)
    form = SettleForm(*posted(request), initial={"how": "left"})

    def record() -> None:
        settle_difference(
            difference_id=found.pk,
            how=form.cleaned_data["how"],
            reason=form.cleaned_data["reason"],
            user_id=operator_of(request).pk,
            now=timezone.now(),
        )

    page = FormPage(
        title=gettext("%(provider)s: %(amount)s")
        % {"provider": found.provider, "amount": price_text(found.amount)},
        intro=f"{KINDS[Difference.Kind(found.kind)]}. {found.said} {_entries(found)}",
        submit=gettext("Settle it"),
        done=gettext("It is settled."),
        back=reverse("office-clearing"),
        back_label=gettext("Clearing"),
    )
    return record_page(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def clearing_book(request: HttpRequest) -> HttpResponse:
    """Book a gain or loss that no report tells of, such as that of coins that were sold."""
    form = BookForm(*posted(request), initial={"key": secrets.token_urlsafe(24)})

    def record() -> None:
        said = form.cleaned_data
        book_by_hand(
            provider=said["provider"],
            amount=said["amount"] if said["side"] == "gain" else -said["amount"],
            reason=said["reason"],
            user_id=operator_of(request).pk,
            key=said["key"],
            now=timezone.now(),
        )

    page = FormPage(
        title=gettext("Book a gain or a loss"),
        intro=gettext("For what no report and no statement tells, such as coins that were sold."),
        submit=gettext("Book it"),
        done=gettext("It is booked."),
        back=reverse("office-clearing"),
        back_label=gettext("Clearing"),
    )
    return record_page(request, page, form, record)


def _entries(found: Difference) -> str:
    """The entries in question, one after the other."""
    return " · ".join(
        f"{each['where']}: {each['what']}, "
        f"{exact_text(Money(int(each['amount_micro']), found.currency))}{_day(each['at'])}"
        for each in found.entries
    )


def _day(text: str) -> str:
    at = parse_datetime(text) if text else None
    return f", {date_text(at)}" if at is not None else ""


def _accounts(now: datetime) -> Table:
    rows = []
    for each in reconcile():
        found = uncleared_of(code=each.provider, currency=each.by_books.currency)
        oldest = found[0].age_days(now) if found else 0
        said = exact_text(each.by_provider) if each.by_provider is not None else "?"
        rows.append(
            Row(
                (
                    Cell(each.provider),
                    Cell(exact_text(each.by_books), is_number=True),
                    Cell(said, is_number=True),
                    Cell(str(len(found)), is_number=True),
                    Cell(_days(oldest) if found else "", is_number=True),
                )
            )
        )
    return Table(
        title=gettext("Accounts"),
        headings=(
            gettext("Account"),
            gettext("By the books"),
            gettext("Says the provider"),
            gettext("Open"),
            gettext("The oldest"),
        ),
        rows=tuple(rows),
        empty=gettext("Nothing was paid in yet."),
    )


def _uncleared(now: datetime) -> Table:
    rows = [
        Row(
            (
                Cell(code),
                Cell(str(WHAT[one.what])),
                Cell(one.name),
                Cell(price_text(one.amount), is_number=True),
                Cell(_days(one.age_days(now)), is_number=True),
            )
        )
        for code, currency in clearing_accounts()
        for one in uncleared_of(code=code, currency=currency)
    ]
    return Table(
        title=gettext("Open"),
        headings=(
            gettext("Account"),
            gettext("What"),
            gettext("Name"),
            gettext("Theirs has more"),
            gettext("Age"),
        ),
        rows=tuple(rows[:_SHOWN_MAX]),
        empty=gettext("Nothing is open."),
    )


def _open(now: datetime) -> Table:
    return Table(
        title=gettext("Differences"),
        headings=(
            gettext("Account"),
            gettext("Amount"),
            gettext("What"),
            gettext("About"),
            gettext("Age"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(each.provider, reverse("office-difference", args=[each.pk])),
                    Cell(price_text(each.amount), is_number=True),
                    Cell(str(KINDS[Difference.Kind(each.kind)])),
                    Cell(each.said),
                    Cell(_days(each.age_days(at=now)), is_number=True),
                )
            )
            for each in Difference.objects.open()[:_SHOWN_MAX]
        ),
        empty=gettext("Nothing differs."),
    )


def _days(count: int) -> str:
    return gettext("%(count)s d") % {"count": count}
