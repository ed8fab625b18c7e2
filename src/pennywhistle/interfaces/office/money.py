"""Refunds by the store, the terms of refund, what providers hold, and what lies untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.orders.actions.refunds import (
    RefundAsked,
    refund_sale,
    set_refund_terms,
)
from pennywhistle.apps.orders.ended import (
    refund_days_max,
    refund_downloads_max,
    words_length_max,
)
from pennywhistle.apps.orders.models import OrderLine, Refund
from pennywhistle.apps.orders.returns import Against, Terms, return_of, terms_at
from pennywhistle.apps.payments.dormant import dormant_balances, dormant_totals
from pennywhistle.apps.payments.reconciling import reconcile
from pennywhistle.interfaces.common.format import country_name, date_text, exact_text, price_text
from pennywhistle.interfaces.office.limits import REFUNDS_SHOWN_MAX
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.payments.dormant import Dormant, DormantTotal
    from pennywhistle.apps.payments.reconciling import Reconciled

_DORMANT_YEARS = (1, 3, 5, 10)
_DORMANT_YEARS_FIRST = 3


class TermsForm(forms.Form):
    """Until when and after how many downloads buyers give a purchase back by themselves."""

    days = forms.IntegerField(
        label=_("Days"),
        min_value=0,
        max_value=refund_days_max,
        help_text=_("0: the store takes nothing back, but by law."),
    )
    downloads_max = forms.IntegerField(
        label=_("Tracks that may have been fetched"),
        min_value=0,
        max_value=refund_downloads_max,
        help_text=_("0: nothing of it may have been downloaded or played."),
    )


class RefundForm(forms.Form):
    """Which sale, and why: the reason stays on record."""

    sale = forms.CharField(
        label=_("Number of the sale"),
        max_length=40,
        help_text=_("As it stands on the receipt."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=words_length_max, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_sale(self) -> UUID:
        """A number of ours."""
        try:
            return UUID(self.cleaned_data["sale"].strip())
        except ValueError as error:
            raise ValidationError(gettext("This is no number of a sale.")) from error


@staff_only
@require_GET
def money(request: HttpRequest) -> HttpResponse:
    """The terms, the latest refunds, and whether providers hold what the books say."""
    terms = terms_at(timezone.now())
    context = {
        "days": terms.days,
        "downloads_max": terms.downloads_max,
        "providers": _providers(reconcile()),
        "refunds": _refunds(),
    }
    return render(request, "office/money.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def refund_terms(request: HttpRequest) -> HttpResponse:
    """Say what holds for purchases from now on."""
    now = timezone.now()
    terms = terms_at(now)
    initial = {"days": terms.days, "downloads_max": terms.downloads_max}
    form = TermsForm(*posted(request), initial=initial)

    def record() -> None:
        said = Terms(form.cleaned_data["days"], form.cleaned_data["downloads_max"])
        set_refund_terms(terms=said, user_id=operator_of(request).pk, now=now)

    page = FormPage(
        title=gettext("Terms of refund"),
        intro=gettext(
            "They are shown before buying, and hold for what is bought from now on. "
            "What was bought before keeps its own."
        ),
        submit=gettext("Let them hold"),
        done=gettext("They hold from now on."),
        back=reverse("office-money"),
        back_label=gettext("Money"),
    )
    return record_page(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def refund_new(request: HttpRequest) -> HttpResponse:
    """Take any sale back, whatever the terms say."""
    given = {"sale": request.GET.get("sale", "")}
    form = RefundForm(*posted(request), initial=given)
    back = reverse("office-money")
    page = FormPage(
        title=gettext("Refund a sale"),
        intro=gettext(
            "The buyer has the price on the balance again, and the right to download ends. "
            "Everybody who was paid gives back what they got. It cannot be undone."
        ),
        submit=gettext("Refund it"),
        done=gettext("It is refunded."),
        back=back,
        back_label=gettext("Money"),
    )

    def record() -> None:
        asked = RefundAsked(
            form.cleaned_data["sale"],
            operator_of(request).pk,
            Refund.Why.OPERATOR,
            form.cleaned_data["reason"],
        )
        refund_sale(asked=asked, now=timezone.now())

    if request.method == "POST" and form.is_valid():
        known = OrderLine.objects.filter(pk=form.cleaned_data["sale"])
        if not known.exists():
            form.add_error("sale", gettext("There is no such sale."))
        elif known.filter(refund__isnull=False).exists():
            form.add_error("sale", gettext("It was refunded before."))
        elif return_of(known.get(), now=timezone.now()).against is Against.ALBUM:
            words = gettext("Its price was counted toward the album. Refund the album first.")
            form.add_error("sale", words)
    return record_page(request, page, form, record)


@staff_only
@require_GET
def dormant(request: HttpRequest) -> HttpResponse:
    """Balances that nobody touched for years, by territory."""
    said = request.GET.get("years", "")
    years = int(said) if said in map(str, _DORMANT_YEARS) else _DORMANT_YEARS_FIRST
    now = timezone.now()
    found = dormant_balances(years=years, now=now)
    totals = dormant_totals(years=years, now=now)
    context = {
        "years": years,
        "left_off_count": sum(each.count for each in totals) - len(found),
        "choices": _DORMANT_YEARS,
        "totals": _dormant_totals(totals),
        "balances": _dormant_balances(found),
    }
    return render(request, "office/dormant.html", context)


def _dormant_totals(totals: list[DormantTotal]) -> Table:
    return Table(
        title=gettext("By territory"),
        headings=(
            gettext("Territory"),
            gettext("Balances"),
            gettext("Amount"),
            gettext("Set aside"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(country_name(each.country) if each.country else gettext("unknown")),
                    Cell(str(each.count), is_number=True),
                    Cell(price_text(each.balance), is_number=True),
                    Cell(price_text(each.reserved), is_number=True),
                )
            )
            for each in totals
        ),
        empty=gettext("No balance was left alone for so long."),
    )


def _dormant_balances(found: list[Dormant]) -> Table:
    return Table(
        title=gettext("Balances"),
        headings=(
            gettext("Buyer"),
            gettext("Territory"),
            gettext("Last seen"),
            gettext("Amount"),
            gettext("Set aside"),
        ),
        rows=tuple(
            Row(
                (
                    Cell(each.user_public_id),
                    Cell(each.country),
                    Cell(date_text(each.seen_at)),
                    Cell(exact_text(each.balance), is_number=True),
                    Cell(exact_text(each.reserved), is_number=True),
                )
            )
            for each in found
        ),
    )


def _providers(found: list[Reconciled]) -> Table:
    return Table(
        title=gettext("Providers"),
        headings=(
            gettext("Provider"),
            gettext("By the books"),
            gettext("Says the provider"),
            gettext("Coming"),
            gettext("Going"),
            "",
        ),
        rows=tuple(
            Row(
                (
                    Cell(each.provider),
                    Cell(exact_text(each.by_books), is_number=True),
                    Cell(
                        exact_text(each.by_provider) if each.by_provider is not None else "?",
                        is_number=True,
                    ),
                    Cell(exact_text(each.coming), is_number=True),
                    Cell(exact_text(each.going), is_number=True),
                    Cell(_word(each)),
                )
            )
            for each in found
        ),
        empty=gettext("Nothing was paid in yet."),
    )


def _word(each: Reconciled) -> str:
    if each.by_provider is None:
        return gettext("It does not say.")
    if not each.is_explained:
        return gettext("They differ.")
    return gettext("On its way") if each.difference else gettext("Right")


def _refunds() -> Table:
    latest = Refund.objects.select_related("line__order", "line__track", "line__release")
    return Table(
        title=gettext("Latest refunds"),
        headings=(gettext("Day"), gettext("What"), gettext("Price"), gettext("Why")),
        rows=tuple(
            Row(
                (
                    Cell(date_text(each.refunded_at)),
                    Cell(str(each.line.track or each.line.release)),
                    Cell(
                        price_text(Money(each.line.price_micro, each.line.order.currency)),
                        is_number=True,
                    ),
                    Cell(each.reason or _why(each)),
                )
            )
            for each in latest.order_by("-refunded_at")[:REFUNDS_SHOWN_MAX]
        ),
        empty=gettext("Nothing was refunded yet."),
        new=Cell(gettext("Refund a sale"), reverse("office-refund-new")),
    )


def _why(each: Refund) -> str:
    if each.why == Refund.Why.WITHDRAWAL:
        return gettext("Withdrawn from by law")
    return gettext("Given back by the buyer")
