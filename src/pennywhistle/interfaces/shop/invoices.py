"""A buyer's invoices and credit notes: the list, each as a page to print, and as XML."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.invoices.content import Content
from pennywhistle.apps.invoices.issuing import invoice_of_order
from pennywhistle.apps.invoices.models import Document
from pennywhistle.apps.invoices.xml import xml_of
from pennywhistle.apps.orders.models import Order
from pennywhistle.engines.tax import Treatment
from pennywhistle.interfaces.common.format import country_name, date_text, exact_text, price_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.shop.visitor import buyer_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from pennywhistle.apps.invoices.content import Side

_PER_PAGE = 50


@require_GET
def invoice_list(request: HttpRequest) -> HttpResponse:
    """Every document that was issued to the buyer, the newest first."""
    mine = Document.objects.of(user=buyer_of(request)).select_related("corrects")
    place = request.GET.get("after", "")
    after = int(place) if place.isascii() and place.isdigit() and len(place) < len("1" * 9) else 0
    shown = list(mine[after : after + _PER_PAGE + 1])
    following = f"{reverse('invoices')}?after={after + _PER_PAGE}"
    context = {
        "documents": [_row(each) for each in shown[:_PER_PAGE]],
        "pager": {
            "next_url": following if len(shown) > _PER_PAGE else "",
            "previous_url": "",
        },
        "empty": {
            "title": gettext("No invoices yet"),
            "text": gettext("Each purchase gets its invoice within minutes, in cents and as XML."),
            "icon": "receipt",
            "action_url": reverse("orders"),
            "action_label": gettext("To your orders"),
        },
    }
    return render(request, "shop/invoices.html", context)


@require_GET
def invoice(request: HttpRequest, code: str) -> HttpResponse:
    """A document as it was issued; made to be printed."""
    document = _mine(request, code)
    content = Content.from_json(document.content)
    context = {
        "document": document,
        "content": content,
        "is_credit": content.kind == Document.Kind.CREDIT_NOTE,
        "seller": _side(content.seller),
        "buyer": _side(content.buyer),
        "day": date_text(content.issued_on),
        "supplied_on": date_text(type(content.issued_on).fromisoformat(content.supplied_on)),
        "lines": [
            {
                "title": line.title,
                "paid": exact_text(Money(line.gross_micro, content.currency)),
                "net": _coins(line.net, content),
                "rate": share_text(Fraction(line.rate)),
            }
            for line in content.lines
        ],
        "groups": [
            {
                "rate": share_text(Fraction(group.rate)),
                "net": _coins(group.net, content),
                "tax": _coins(group.tax, content),
            }
            for group in content.groups
        ],
        "net": _coins(content.net, content),
        "tax": _coins(content.tax, content),
        "total": _coins(content.total, content),
        "paid": _coins(content.paid, content),
        "rounding": _coins(content.rounding, content) if content.rounding else "",
        "unshown": exact_text(Money(content.unshown_micro, content.currency))
        if content.unshown_micro
        else "",
        "exact": exact_text(
            Money(content.paid * content.coin_micro + content.unshown_micro, content.currency)
        ),
        "reason": _reason(content),
    }
    return render(request, "shop/invoice.html", context)


@require_GET
def invoice_xml(request: HttpRequest, code: str) -> HttpResponse:
    """The same for programs: EN 16931."""
    document = _mine(request, code)
    xml = xml_of(Content.from_json(document.content), code=document.code)
    return HttpResponse(
        xml,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{document.code}.xml"'},
    )


@require_http_methods(["GET", "POST"])
def order_invoice(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The invoice of an order: shown where there is one, and issued where it is asked for."""
    mine = get_object_or_404(Order.objects.placed_by(user=buyer_of(request)), id=order_id)
    found = Document.objects.filter(
        kind=Document.Kind.INVOICE, subject=f"order:{mine.pk}", user=buyer_of(request)
    ).first()
    if found is None and request.method == "POST":
        found = invoice_of_order(order_id=mine.pk, now=timezone.now())
        if found is None:
            messages.info(
                request,
                gettext(
                    "There is no invoice of this order yet. If it is a minute old, try again; "
                    "if it was paid with money that was taxed when it was paid in, the invoice of "
                    "that payment is among yours."
                ),
            )
            return redirect("invoices")
    if found is not None:
        return redirect("invoice", found.code)
    return render(request, "shop/order_invoice.html", {"order": mine})


def _mine(request: HttpRequest, code: str) -> Document:
    found = Document.objects.of(user=buyer_of(request)).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _row(document: Document) -> dict[str, Any]:
    content = Content.from_json(document.content)
    return {
        "code": document.code,
        "is_credit": document.kind == Document.Kind.CREDIT_NOTE,
        "day": date_text(content.issued_on),
        "titles": ", ".join(line.title for line in content.lines[:3]),
        "total": _coins(content.total, content),
    }


def _coins(coins: int, content: Content) -> str:
    return price_text(Money(coins * content.coin_micro, content.currency))


def _side(side: Side) -> dict[str, str]:
    return {
        "name": side.name,
        "street": side.street,
        "place": f"{side.postcode} {side.city}".strip(),
        "country": country_name(side.country),
        "vat_number": side.vat_number,
        "tax_number": side.tax_number,
        "email": side.email,
    }


def _reason(content: Content) -> str:
    treatments = {group.treatment for group in content.groups}
    if Treatment.REVERSE in treatments:
        return gettext("Reverse charge: the recipient owes the tax (VAT Directive, article 196).")
    if Treatment.OUTSIDE in treatments:
        return gettext("The place of supply is where the seller owes no tax: none is charged.")
    return ""
