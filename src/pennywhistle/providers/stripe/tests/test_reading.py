"""What Stripe's objects mean where fakepay's face never gets to."""

from typing import Any

import pytest

from pennywhistle.apps.payments.abilities import DisputeState, MovementKind
from pennywhistle.apps.payments.provider import PaymentState, RefundState
from pennywhistle.providers.stripe.reading import (
    dispute_of,
    movement_of,
    own_name,
    payment_of,
    refunding_of,
)


def session(status: str, paid: str, intent: str) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "client_reference_id": "top-up-1",
        "status": status,
        "payment_status": paid,
        "amount_total": 1_000,
        "currency": "usd",
        "payment_intent": {"id": "pi_1", "status": intent, "latest_charge": None},
    }


@pytest.mark.parametrize(
    ("status", "paid", "intent", "state"),
    [
        ("open", "unpaid", "requires_action", PaymentState.PENDING),
        # After a decline the page is open for another card.
        ("open", "unpaid", "requires_payment_method", PaymentState.PENDING),
        ("complete", "unpaid", "processing", PaymentState.PENDING),
        ("complete", "unpaid", "requires_payment_method", PaymentState.FAILED),
        ("complete", "unpaid", "canceled", PaymentState.FAILED),
        ("complete", "paid", "succeeded", PaymentState.PAID),
        ("expired", "unpaid", "canceled", PaymentState.FAILED),
    ],
)
def test_each_state_of_a_session(status: str, paid: str, intent: str, state: PaymentState) -> None:
    assert payment_of(session(status, paid, intent)).state is state


def test_other_ways_to_pay_say_what_they_know() -> None:
    said = session("complete", "paid", "succeeded")
    debit = {"country": "FR", "fingerprint": "f1", "last4": "3000"}
    details = {"type": "sepa_debit", "sepa_debit": debit}
    said["payment_intent"]["latest_charge"] = {"id": "ch_1", "payment_method_details": details}

    payment = payment_of(said)

    assert (payment.country, payment.fingerprint, payment.network) == ("FR", "f1", "sepa_debit")
    assert not payment.is_challenged


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", RefundState.PENDING),
        ("requires_action", RefundState.PENDING),
        ("succeeded", RefundState.DONE),
        ("failed", RefundState.FAILED),
        ("canceled", RefundState.FAILED),
    ],
)
def test_each_state_of_a_refund(status: str, state: RefundState) -> None:
    assert refunding_of({"status": status, "failure_reason": None}).state is state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_needs_response", DisputeState.OPEN),
        ("appeal_under_review", DisputeState.ANSWERED),
        ("prevented", DisputeState.WON),
        ("something_new", DisputeState.ANSWERED),
    ],
)
def test_rarer_states_of_a_dispute(status: str, state: DisputeState) -> None:
    said = {"id": "du_1", "status": status, "amount": 500, "currency": "usd", "created": 1}

    assert dispute_of(said, provider_ref="cs_1", reference="r").state is state


def test_a_movement_of_an_unknown_kind_is_kept_with_its_amount() -> None:
    said = {"id": "txn_1", "reporting_category": "risk_reserved_funds", "amount": -700, "fee": 0}
    said |= {"currency": "usd", "created": 1, "available_on": 2, "source": None}

    moved = movement_of(said, reference="")

    assert (moved.kind, moved.net.micro, moved.source_ref) == (MovementKind.OTHER, -7_000_000, "")


def test_what_the_store_did_not_name_has_no_name() -> None:
    assert own_name({"id": "re_1", "metadata": None}) == ""
    assert own_name("re_1") == ""
