"""Paying in by bank transfer: what to tell the bank, as text to copy and as a QR code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pennywhistle.apps.payments.bank.account import printed_iban
from pennywhistle.apps.payments.bank.transfers import instructions_of
from pennywhistle.apps.payments.models import BankTransfer, TopUp
from pennywhistle.engines.bankfile import printed
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.shop.addresses import own_path
from pennywhistle.interfaces.shop.qr import qr_code
from pennywhistle.interfaces.shop.visitor import buyer_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.payments.bank.transfers import Instructions


@never_cache
@require_GET
def transfer(request: HttpRequest, top_up_id: UUID) -> HttpResponse:
    """What to tell the bank; once the money is there, the page of the top-up."""
    top_up, found = _mine(request, top_up_id)
    if top_up.state != TopUp.State.PENDING:
        return redirect("top-up-state", top_up_id=top_up_id)
    context = {
        "account": found.account,
        "iban": printed_iban(found.account.iban),
        "amount": price_text(found.amount),
        "reference": printed(found.reference),
        "qr_url": reverse("transfer-qr", args=[top_up_id]) if found.code else "",
        "state_url": reverse("top-up-state", args=[top_up_id]),
        "back": own_path(request, top_up.return_path, fallback=reverse("balance")),
    }
    return render(request, "shop/transfer.html", context)


@never_cache
@require_GET
def transfer_qr(request: HttpRequest, top_up_id: UUID) -> HttpResponse:
    """The same for a banking app, which reads it with the camera."""
    _, found = _mine(request, top_up_id)
    if not found.code:
        raise Http404
    return qr_code(found.code)


def about_transfer(top_up: TopUp) -> dict[str, str]:
    """For the page of a top-up: where its buyer reads what to send, and what they had announced."""
    transfer = BankTransfer.objects.filter(top_up=top_up).first()
    if transfer is None:
        return {}
    announced = Money(transfer.announced_micro, top_up.currency)
    is_other = transfer.announced_micro != top_up.amount_micro
    return {
        "transfer_url": reverse("transfer", args=[top_up.id]),
        "announced": price_text(announced) if is_other else "",
    }


def _mine(request: HttpRequest, top_up_id: UUID) -> tuple[TopUp, Instructions]:
    top_up = TopUp.objects.of(user=buyer_of(request)).filter(id=top_up_id).first()
    found = instructions_of(top_up=top_up) if top_up is not None else None
    if top_up is None or found is None:
        raise Http404
    return top_up, found
