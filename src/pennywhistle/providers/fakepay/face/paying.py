"""Checkout Sessions, PaymentIntents, charges and refunds, asked for in Stripe's way."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from django.urls import reverse

from pennywhistle.apps.payments.provider import ProviderClosedError, RefundRefusedError
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakePayment, FakeRefund
from pennywhistle.providers.fakepay.shape import objects
from pennywhistle.providers.fakepay.shape.names import money, ours
from pennywhistle.providers.fakepay.shape.refusing import RefusedError, missing

if TYPE_CHECKING:
    from pennywhistle.providers.fakepay.face.asked import Asked
    from pennywhistle.providers.fakepay.shape.objects import Object

_PRICE = "line_items[0][price_data]"
_SECURE = "payment_method_options[card][request_three_d_secure]"
_REFERENCE = "payment_intent_data[metadata][reference]"


def create_session(asked: Asked) -> Object:
    """POST /v1/checkout/sessions, with one inline price."""
    asked.only(
        *("mode", "client_reference_id", "success_url", "cancel_url", _SECURE),
        *("line_items[*]", "payment_intent_data[*]", "metadata[*]", "adaptive_pricing[*]"),
        *("submit_type", "locale"),
    )
    if asked.need("mode") != "payment" or asked.need("line_items[0][quantity]") != "1":
        raise RefusedError("fakepay's face knows single payments only.", param="mode")
    asked.need(f"{_PRICE}[product_data][name]")
    reference = asked.need("client_reference_id")
    if asked.need(_REFERENCE) != reference:
        raise RefusedError("fakepay's face keeps one reference.", param=_REFERENCE)
    currency = asked.need(f"{_PRICE}[currency]")
    amount = money(asked.need(f"{_PRICE}[unit_amount]"), currency)
    try:
        payment = desk.begin(
            # Stripe knows keys, for a day, and no references: the same again is another payment.
            reference=_unused(reference, is_used=_has_payment(reference)),
            amount=amount,
            return_url=asked.need("success_url"),
            notify_url=f"{asked.origin}{reverse('hooks:notice', args=['stripe'])}",
            now=now(),
            challenge=asked.params.get(_SECURE) in {"any", "challenge"},
        )
    except ProviderClosedError as error:
        raise closed() from error
    FakePayment.objects.filter(ref=payment.ref).update(is_stripe_shaped=True)
    return objects.session(payment, page=_page(asked, payment))


def list_sessions(asked: Asked) -> Object:
    """GET /v1/checkout/sessions of one PaymentIntent."""
    asked.only("payment_intent", listed=True)
    payment = payment_of("pi", asked.need("payment_intent"))
    found = [objects.session(payment, expand=[each[5:] for each in asked.expand])]
    return objects.listed(found, url="/v1/checkout/sessions", has_more=False)


def get_session(asked: Asked, name: str) -> Object:
    """GET /v1/checkout/sessions/:id."""
    asked.only()
    payment = payment_of("cs_test", name)
    page = _page(asked, payment) if payment.state_at(now()) == FakePayment.State.OPEN else ""
    return objects.session(payment, expand=asked.expand, page=page)


def get_intent(asked: Asked, name: str) -> Object:
    """GET /v1/payment_intents/:id."""
    asked.only()
    return objects.payment_intent(payment_of("pi", name), expand=asked.expand)


def list_charges(asked: Asked) -> Object:
    """GET /v1/charges of one PaymentIntent."""
    asked.only("payment_intent", listed=True)
    payment = payment_of("pi", asked.need("payment_intent"))
    made = objects.payment_intent(payment)["latest_charge"] is not None
    found = [objects.charge(payment)] if made else []
    return objects.listed(found, url="/v1/charges", has_more=False)


def create_refund(asked: Asked) -> Object:
    """POST /v1/refunds of a PaymentIntent."""
    asked.only("payment_intent", "amount", "metadata[*]", "reason")
    payment = payment_of("pi", asked.need("payment_intent"))
    amount = money(asked.need("amount"), payment.currency)
    key = asked.need("metadata[key]")
    if asked.need("metadata[reference]") != payment.reference.partition("#")[0]:
        raise RefusedError("fakepay's face keeps one reference.", param="metadata[reference]")
    try:
        made = desk.refund(
            ref=payment.ref,
            amount=amount,
            key=_unused(key, is_used=FakeRefund.objects.filter(key=key).exists()),
            now=now(),
        )
    except ProviderClosedError as error:
        raise closed() from error
    except RefundRefusedError as error:
        raise _unrefundable(payment, str(error)) from error
    return objects.refund(made)


def list_refunds(asked: Asked) -> Object:
    """GET /v1/refunds of one PaymentIntent, newest first."""
    asked.only("payment_intent", listed=True)
    payment = payment_of("pi", asked.need("payment_intent"))
    rows = payment.refunds.select_related("payment").order_by("-created_at", "-ref")
    found = [objects.refund(each) for each in rows]
    return page_of(asked, found, url="/v1/refunds")


def get_refund(asked: Asked, name: str) -> Object:
    """GET /v1/refunds/:id."""
    asked.only()
    made = FakeRefund.objects.select_related("payment").filter(ref=ours("re", name)).first()
    if made is None:
        raise missing("refund", name)
    return objects.refund(made)


def _page(asked: Asked, payment: FakePayment) -> str:
    return f"{asked.origin}{reverse('fakepay:pay', args=[payment.ref])}"


def payment_of(start: str, name: str) -> FakePayment:
    """The payment behind one of its names. Raises RefusedError."""
    payment = FakePayment.objects.filter(ref=ours(start, name)).first()
    if payment is None:
        raise missing(start, name)
    return payment


def page_of(asked: Asked, found: list[Object], *, url: str) -> Object:
    """The wanted page of a list that is newest first."""
    after = asked.params.get("starting_after", "")
    names = [each["id"] for each in found]
    if after and after not in names:
        raise missing("object", after)
    rest = found[names.index(after) + 1 :] if after else found
    limit = asked.limit()
    return objects.listed(rest[:limit], url=url, has_more=len(rest) > limit)


def closed() -> RefusedError:
    """The account takes no charges."""
    return RefusedError("Your account cannot currently make live charges.")


def _unrefundable(payment: FakePayment, sentence: str) -> RefusedError:
    if hasattr(payment, "dispute") and not payment.dispute.is_inquiry:
        return RefusedError(
            "Charge has been charged back; cannot issue a refund.", reason="charge_disputed"
        )
    if payment.left_micro() == 0:
        return RefusedError("Charge has already been refunded.", reason="charge_already_refunded")
    return RefusedError(
        f"Refund amount is greater than unrefunded amount on charge: {sentence}", param="amount"
    )


def _has_payment(reference: str) -> bool:
    return FakePayment.objects.filter(reference=reference).exists()


def _unused(name: str, *, is_used: bool) -> str:
    return f"{name}#{token_hex(4)}" if is_used else name
