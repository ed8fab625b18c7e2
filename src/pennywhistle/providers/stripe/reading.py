"""What Stripe's objects mean in the port's words (docs.stripe.com/api)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.payments.abilities import (
    Dispute,
    DisputeState,
    Movement,
    MovementKind,
    PayoutSent,
    PayoutState,
)
from pennywhistle.apps.payments.provider import Payment, PaymentState, Refunding, RefundState
from pennywhistle.providers.stripe.units import money_of

if TYPE_CHECKING:
    from pennywhistle.kernel.money import Money

Said = dict[str, Any]
Kind = MovementKind

# A PaymentIntent that waits for another way to pay, after its Checkout Session was completed, is
# one whose slow payment came to nothing.
_INTENT_FAILED = {"requires_payment_method", "canceled"}
_REFUND_FAILED = {"failed", "canceled"}
_DISPUTES = {
    "needs_response": DisputeState.OPEN,
    "warning_needs_response": DisputeState.OPEN,
    "under_review": DisputeState.ANSWERED,
    "warning_under_review": DisputeState.ANSWERED,
    "appeal_needs_response": DisputeState.ANSWERED,
    "appeal_under_review": DisputeState.ANSWERED,
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}
# By reporting category (docs.stripe.com/reports/reporting-categories).
_KINDS = {
    "charge": Kind.PAYMENT,
    "refund": Kind.REFUND,
    "partial_capture_reversal": Kind.REFUND,
    "refund_failure": Kind.REFUND_FAILED,
    "charge_failure": Kind.REFUND,
    "dispute": Kind.DISPUTE,
    "dispute_reversal": Kind.DISPUTE_WON,
    "fee": Kind.FEE,
    "payout": Kind.PAYOUT,
    "payout_reversal": Kind.PAYOUT_FAILED,
    "transfer": Kind.TRANSFER,
    "transfer_reversal": Kind.TRANSFER_FAILED,
}


def payment_of(session: Said) -> Payment:
    """A Checkout Session, with its PaymentIntent and latest charge expanded."""
    charge = _charge_of(session)
    details = (charge or {}).get("payment_method_details") or {}
    kind = details.get("type") or ""
    means = details.get(kind) or {}
    challenge = means.get("three_d_secure") or {}
    return Payment(
        provider_ref=session["id"],
        reference=session.get("client_reference_id") or "",
        state=_state(session),
        amount=money_of(session["amount_total"], session["currency"]),
        country=means.get("country") or "",
        fingerprint=means.get("fingerprint") or "",
        network=means.get("network") or kind,
        is_challenged=challenge.get("result") == "authenticated",
    )


def intent_of(session: Said) -> str:
    """The name of a session's PaymentIntent; "" before the buyer tried to pay."""
    intent = session.get("payment_intent")
    return intent["id"] if isinstance(intent, dict) else intent or ""


def refunding_of(refund: Said) -> Refunding:
    """A refund as it stands."""
    status = refund["status"]
    if status == "succeeded":
        return Refunding(RefundState.DONE)
    if status in _REFUND_FAILED:
        return Refunding(RefundState.FAILED, refund.get("failure_reason") or status)
    return Refunding(RefundState.PENDING)


def dispute_of(dispute: Said, *, provider_ref: str, reference: str) -> Dispute:
    """A dispute, with what it took from the balance and what was kept for it."""
    amount = money_of(dispute["amount"], dispute["currency"])
    moved = dispute.get("balance_transactions") or []
    taken = -sum(each["amount"] for each in moved if each["reporting_category"] != "fee")
    net = -sum(each["net"] for each in moved)
    # What moved is in the currency of the account, which may be another than the payment's.
    currency = moved[0]["currency"] if moved else dispute["currency"]
    state = _DISPUTES.get(dispute["status"], DisputeState.ANSWERED)
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return Dispute(
        ref=dispute["id"],
        provider_ref=provider_ref,
        reference=reference,
        state=state,
        amount=amount,
        fee=money_of(net - taken, currency),
        is_withdrawn=taken > 0,
        reason=dispute.get("reason") or "",
        opened_at=instant(dispute["created"]),
        answer_until=instant(due_by) if due_by and state is DisputeState.OPEN else None,
    )


def movement_of(moved: Said, *, reference: str) -> Movement:
    """A balance transaction; `reference` is the store's name of its source."""
    currency = moved["currency"]
    return Movement(
        ref=moved["id"],
        kind=_KINDS.get(moved["reporting_category"], Kind.OTHER),
        amount=money_of(moved["amount"], currency),
        fee=money_of(moved["fee"], currency),
        at=instant(moved["created"]),
        available_at=instant(moved["available_on"]),
        source_ref=_name(moved.get("source")),
        reference=reference,
    )


def own_name(source: object) -> str:
    """The store's own name of an object: in its metadata, unless it carries none of ours."""
    if not isinstance(source, dict):
        return ""
    said = source.get("metadata") or {}
    return str(said.get("key") or said.get("reference") or "")


def transfer_sent(transfer: Said) -> PayoutSent:
    """A transfer, which is there at once, and failed if it was taken back whole."""
    is_back = bool(transfer["reversed"])
    return PayoutSent(
        ref=transfer["id"],
        state=PayoutState.FAILED if is_back else PayoutState.PAID,
        amount=money_of(transfer["amount"], transfer["currency"]),
        reason="The transfer was taken back." if is_back else "",
    )


def payout_sent(payout: Said) -> PayoutSent:
    """A payout to the store's bank."""
    states = {"paid": PayoutState.PAID, "failed": PayoutState.FAILED}
    states["canceled"] = PayoutState.FAILED
    return PayoutSent(
        ref=payout["id"],
        state=states.get(payout["status"], PayoutState.PENDING),
        amount=money_of(payout["amount"], payout["currency"]),
        reason=payout.get("failure_message") or "",
    )


def total(parts: list[Said], currency: str) -> Money:
    """The sum of a balance's parts in one currency."""
    mine = [part["amount"] for part in parts if part["currency"] == currency.lower()]
    return money_of(sum(mine), currency)


def instant(seconds: int) -> datetime:
    """A Unix time."""
    return datetime.fromtimestamp(seconds, UTC)


def _state(session: Said) -> PaymentState:
    if session["status"] == "expired":
        return PaymentState.FAILED
    if session["status"] != "complete":
        return PaymentState.PENDING
    if session["payment_status"] == "paid":
        return PaymentState.PAID
    intent = session.get("payment_intent")
    status = intent["status"] if isinstance(intent, dict) else ""
    return PaymentState.FAILED if status in _INTENT_FAILED else PaymentState.PENDING


def _charge_of(session: Said) -> Said | None:
    intent = session.get("payment_intent")
    charge = intent.get("latest_charge") if isinstance(intent, dict) else None
    return charge if isinstance(charge, dict) else None


def _name(source: object) -> str:
    return str(source["id"]) if isinstance(source, dict) else str(source or "")
