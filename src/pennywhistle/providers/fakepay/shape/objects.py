"""What fakepay knows, as Stripe's objects; what the store's adapter never reads is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pennywhistle.apps.payments.abilities import Movement, MovementKind
from pennywhistle.providers.fakepay import account
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.finding import CARDS, is_actionable
from pennywhistle.providers.fakepay.models import (
    FakeDispute,
    FakePayment,
    FakePayout,
    FakeRefund,
    FakeWarning,
)
from pennywhistle.providers.fakepay.shape.names import coins, seconds, theirs, transaction_name

if TYPE_CHECKING:
    from collections.abc import Sequence

State = FakePayment.State
Kind = MovementKind
Object = dict[str, Any]

_SESSION = {State.OPEN: "open", State.CONFIRMING: "open", State.FAILED: "expired"}
_INTENT = {
    State.CONFIRMING: "requires_action",
    State.DELAYED: "processing",
    State.PAID: "succeeded",
    State.FAILED: "requires_payment_method",
}
_DISPUTE = {"open": "needs_response", "answered": "under_review", "won": "won", "lost": "lost"}
_INQUIRY = {"open": "warning_needs_response", "answered": "warning_under_review"}
# Type and reporting category (docs.stripe.com/reports/balance-transaction-types).
_TYPES = {
    Kind.PAYMENT: ("charge", "charge"),
    Kind.REFUND: ("refund", "refund"),
    Kind.REFUND_FAILED: ("refund_failure", "refund_failure"),
    Kind.DISPUTE: ("adjustment", "dispute"),
    Kind.DISPUTE_WON: ("adjustment", "dispute_reversal"),
    Kind.FEE: ("stripe_fee", "fee"),
    Kind.PAYOUT: ("payout", "payout"),
    Kind.PAYOUT_FAILED: ("payout_failure", "payout_reversal"),
    Kind.TRANSFER: ("transfer", "transfer"),
    Kind.TRANSFER_FAILED: ("transfer_refund", "transfer_reversal"),
    Kind.OTHER: ("adjustment", "other_adjustment"),
}


def listed(found: Sequence[Object], *, url: str, has_more: bool) -> Object:
    """A page of a list."""
    return {"object": "list", "data": list(found), "has_more": has_more, "url": url}


def session(payment: FakePayment, *, expand: Sequence[str] = (), page: str = "") -> Object:
    """A Checkout Session."""
    state = payment.state_at(now())
    intent: str | Object | None = None
    if payment.scenario not in {"", FakePayment.Scenario.CANCEL}:
        intent = theirs("pi", payment.ref)
        if "payment_intent" in expand or "payment_intent.latest_charge" in expand:
            intent = payment_intent(payment, expand=[each[15:] for each in expand])
    amount = coins(payment.amount)
    return {
        "id": theirs("cs_test", payment.ref),
        "object": "checkout.session",
        "livemode": False,
        "mode": "payment",
        "status": _SESSION.get(State(state), "complete"),
        "payment_status": "paid" if state == State.PAID else "unpaid",
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": payment.currency.lower(),
        "client_reference_id": _said(payment.reference),
        "payment_intent": intent,
        "created": seconds(payment.created_at),
        "expires_at": seconds(payment.expires_at),
        "metadata": {},
        "url": page or None,
    }


def payment_intent(payment: FakePayment, *, expand: Sequence[str] = ()) -> Object:
    """A PaymentIntent."""
    state = payment.state_at(now())
    has_charge = state in {State.DELAYED, State.PAID} or payment.decline_count
    made: str | Object | None = theirs("ch", payment.ref) if has_charge else None
    error = {"type": "card_error", "code": "card_declined"} if payment.decline_count else None
    return {
        "id": theirs("pi", payment.ref),
        "object": "payment_intent",
        "livemode": False,
        "amount": coins(payment.amount),
        "amount_received": coins(payment.amount) if state == State.PAID else 0,
        "currency": payment.currency.lower(),
        "status": _INTENT.get(State(state), "requires_payment_method"),
        "latest_charge": charge(payment) if made and "latest_charge" in expand else made,
        "last_payment_error": error,
        "metadata": {"reference": _said(payment.reference)},
        "created": seconds(payment.created_at),
    }


def charge(payment: FakePayment) -> Object:
    """A Charge, with what is known of its card."""
    state = payment.state_at(now())
    back = payment.amount_micro - payment.left_micro()
    challenged = {"result": "authenticated"} if payment.is_challenged else None
    card = {
        "fingerprint": f"fakecard{payment.card}",
        "country": CARDS.get(payment.card) or None,
        "brand": "visa",
        "network": "visa",
        "three_d_secure": challenged,
    }
    return {
        "id": theirs("ch", payment.ref),
        "object": "charge",
        "livemode": False,
        "amount": coins(payment.amount),
        "amount_refunded": coins(type(payment.amount)(back, payment.currency)),
        "currency": payment.currency.lower(),
        "status": {State.PAID: "succeeded", State.DELAYED: "pending"}.get(State(state), "failed"),
        "paid": state == State.PAID,
        "disputed": FakeDispute.objects.filter(payment=payment).exists(),
        "payment_intent": theirs("pi", payment.ref),
        "payment_method_details": {"type": "card", "card": card},
        "metadata": {"reference": _said(payment.reference)},
        "created": seconds(payment.came_at()),
    }


def refund(made: FakeRefund) -> Object:
    """A Refund."""
    amount = type(made.payment.amount)(made.amount_micro, made.payment.currency)
    state = made.state_at(now())
    names = {FakeRefund.State.DONE: "succeeded"}
    is_failed = state == FakeRefund.State.FAILED
    return {
        "id": theirs("re", made.ref),
        "object": "refund",
        "amount": coins(amount),
        "currency": amount.currency.lower(),
        "status": names.get(FakeRefund.State(state), str(state)),
        "failure_reason": "expired_or_canceled_card" if is_failed else None,
        "charge": theirs("ch", made.payment_id),
        "payment_intent": theirs("pi", made.payment_id),
        "metadata": {"key": _said(made.key), "reference": _said(made.payment.reference)},
        "created": seconds(made.created_at),
    }


def dispute(found: FakeDispute) -> Object:
    """A Dispute, with what it moved."""
    moved = [each for each in account.movements(now=now()) if each.source_ref == found.ref]
    names = _DISPUTE | (_INQUIRY if found.is_inquiry else {})
    is_over = found.is_inquiry and found.closed_at is not None
    return {
        "id": theirs("du", found.ref),
        "object": "dispute",
        "livemode": False,
        "amount": coins(found.amount),
        "currency": found.amount.currency.lower(),
        "status": "warning_closed" if is_over else names[found.state],
        "reason": found.reason,
        "charge": theirs("ch", found.payment_id),
        "payment_intent": theirs("pi", found.payment_id),
        "balance_transactions": [balance_transaction(each) for each in moved],
        "evidence_details": {
            "due_by": seconds(found.answer_until),
            "has_evidence": bool(found.evidence),
            "past_due": found.answer_until <= now(),
            "submission_count": int(bool(found.evidence)),
        },
        "metadata": {},
        "created": seconds(found.opened_at),
    }


def warning(found: FakeWarning) -> Object:
    """An early fraud warning."""
    return {
        "id": theirs("issfr", found.ref),
        "object": "radar.early_fraud_warning",
        "livemode": False,
        "actionable": is_actionable(found),
        "fraud_type": "made_with_stolen_card",
        "charge": theirs("ch", found.payment_id),
        "payment_intent": theirs("pi", found.payment_id),
        "created": seconds(found.told_at),
    }


def transfer(made: FakePayout) -> Object:
    """A Transfer to a connected account; one that failed was reversed."""
    is_failed = made.state_at(now()) == FakePayout.State.FAILED
    return {
        "id": theirs("tr", made.ref),
        "object": "transfer",
        "livemode": False,
        "amount": coins(made.amount),
        "amount_reversed": coins(made.amount) if is_failed else 0,
        "reversed": is_failed,
        "currency": made.currency.lower(),
        "destination": made.account,
        "transfer_group": _said(made.key),
        "metadata": {"key": _said(made.key)},
        "created": seconds(made.created_at),
    }


def payout(made: FakePayout) -> Object:
    """A Payout to the store's own bank."""
    state = made.state_at(now())
    is_failed = state == FakePayout.State.FAILED
    return {
        "id": theirs("po", made.ref),
        "object": "payout",
        "livemode": False,
        "amount": coins(made.amount),
        "currency": made.currency.lower(),
        "status": {FakePayout.State.PENDING: "in_transit"}.get(FakePayout.State(state), str(state)),
        "failure_message": "The bank account has been closed." if is_failed else None,
        "metadata": {"key": _said(made.key)},
        "created": seconds(made.created_at),
    }


def balance_transaction(moved: Movement, *, source: Object | None = None) -> Object:
    """A balance transaction; its source is a name, or the object."""
    kind, category = _TYPES[moved.kind]
    return {
        "id": transaction_name(moved.ref),
        "object": "balance_transaction",
        "amount": coins(moved.amount),
        "fee": coins(moved.fee),
        "net": coins(moved.net),
        "currency": moved.amount.currency.lower(),
        "type": kind,
        "reporting_category": category,
        "source": moved.source_ref if source is None else source,
        "created": seconds(moved.at),
        "available_on": seconds(moved.available_at or moved.at),
        "status": "available",
    }


def _said(name: str) -> str:
    """What the merchant said; a second one of the same name has a number of its own behind it."""
    return name.partition("#")[0]
