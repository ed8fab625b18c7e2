"""What fakepay does when it is asked, one transaction a verb; calling it twice is harmless.

The store begins, looks up, refunds and pays out; the buyer, on fakepay's page, chooses and
confirms.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.payments.provider import KeyReusedError, RefundRefusedError
from pennywhistle.kernel.money import micro_per_minor_unit
from pennywhistle.providers.fakepay.account import holding
from pennywhistle.providers.fakepay.errors import AmountRefusedError, PaymentUnknownError
from pennywhistle.providers.fakepay.finding import CARDS, look_up, look_up_payout
from pennywhistle.providers.fakepay.models import FakeKnobs, FakePayment, FakePayout, Payouts
from pennywhistle.providers.fakepay.refunds import (
    fail_refund,
    locked,
    refund,
    require_positive,
    require_thawed,
    settle_delay_s,
)
from pennywhistle.providers.fakepay.telling import tell

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.kernel.money import Money

__all__ = [
    "CARDS",
    "SECURE_CODE",
    "AmountRefusedError",
    "KeyReusedError",
    "PaymentUnknownError",
    "RefundRefusedError",
    "begin",
    "choose",
    "confirm",
    "fail_refund",
    "give_up",
    "holding",
    "look_up",
    "look_up_payout",
    "pay_out",
    "refund",
    "settle_delay_s",
    "wrong_code_count_max",
]

payment_hours_max = 24
wrong_code_count_max = 3
# Shown on the page, where a bank would send it to a telephone.
SECURE_CODE = "2468"

State = FakePayment.State
Scenario = FakePayment.Scenario

_NEXT_STATE = {
    Scenario.SUCCEED: State.PAID,
    Scenario.SECURE: State.CONFIRMING,
    Scenario.DELAY: State.DELAYED,
    Scenario.NO_REFUND: State.PAID,
    Scenario.DECLINE: State.FAILED,
    Scenario.CANCEL: State.FAILED,
}


@transaction.atomic
def begin(
    *,
    reference: str,
    amount: Money,
    return_url: str,
    notify_url: str,
    now: datetime,
    challenge: bool = False,
) -> FakePayment:
    """Begin a payment; the same reference again answers with the same payment.

    Raises:
        KeyReusedError: the reference has a payment of another amount.
        ProviderClosedError: the account is frozen.
    """
    require_positive(amount)
    require_thawed(FakeKnobs.now_set())
    payment, _ = FakePayment.objects.get_or_create(
        reference=reference,
        defaults={
            "amount_micro": amount.micro,
            "currency": amount.currency,
            "return_url": return_url,
            "notify_url": notify_url,
            "is_challenge_wanted": challenge,
            "created_at": now,
            "expires_at": now + timedelta(hours=payment_hours_max),
        },
    )
    if payment.amount != amount:
        raise KeyReusedError(f"{reference} is a payment of {payment.amount}, not of {amount}.")
    return payment


@transaction.atomic
def pay_out(*, key: str, amount: Money, account: str, now: datetime) -> FakePayout:
    """Send money to an account once a key, or to the store's own bank where `account` is empty.

    Raises KeyReusedError, and ProviderClosedError where the account is frozen.
    """
    require_positive(amount)
    knobs = FakeKnobs.now_set()
    require_thawed(knobs)
    is_slow = knobs.payouts != Payouts.AT_ONCE
    payout, _ = FakePayout.objects.get_or_create(
        key=key,
        defaults={
            "account": account,
            "amount_micro": amount.micro,
            "currency": amount.currency,
            "state": FakePayout.State.PENDING if is_slow else FakePayout.State.PAID,
            "is_doomed": knobs.payouts == Payouts.FAIL,
            "settles_at": now + timedelta(seconds=settle_delay_s) if is_slow else None,
            "created_at": now,
        },
    )
    known = (payout.account, payout.amount_micro, payout.currency)
    if known != (account, amount.micro, amount.currency):
        raise KeyReusedError(f"The payout {key} was another one.")
    return payout


@transaction.atomic
def choose(*, ref: str, scenario: str, now: datetime, card: str = "") -> FakePayment:
    """Do what the buyer chose on the page; a payment that was answered already stays as it is.

    While the account is frozen every charge is refused.
    """
    payment = locked(ref)
    if payment.state_at(now) != State.OPEN:
        return payment
    payment.scenario, payment.card = scenario, card
    payment.state = _NEXT_STATE[Scenario(scenario)]
    if FakeKnobs.now_set().frozen_at is not None:
        payment.state = State.FAILED
    elif payment.state in {State.PAID, State.DELAYED}:
        # As banks do for whom they know: sure without a question.
        payment.is_challenged = payment.is_challenge_wanted
    _note_end(payment, now)
    payment.save()
    _announce(payment, now)
    return payment


@transaction.atomic
def confirm(*, ref: str, code: str, now: datetime) -> FakePayment:
    """Take the code of 3-D Secure; after the third wrong one the payment has failed."""
    payment = locked(ref)
    if payment.state_at(now) != State.CONFIRMING:
        return payment
    if code == SECURE_CODE:
        payment.is_challenged = True
        is_slow = payment.scenario == Scenario.DELAY
        payment.state = State.DELAYED if is_slow else State.PAID
    else:
        payment.wrong_code_count += 1
        if payment.wrong_code_count >= wrong_code_count_max:
            payment.state = State.FAILED
    _note_end(payment, now)
    payment.save()
    _announce(payment, now)
    return payment


@transaction.atomic
def give_up(*, ref: str, now: datetime) -> FakePayment:
    """End a payment whose code was asked for and did not come."""
    payment = locked(ref)
    if payment.state_at(now) == State.CONFIRMING:
        payment.state = State.FAILED
        payment.save(update_fields=["state"])
        _announce(payment, now)
    return payment


def _note_end(payment: FakePayment, now: datetime) -> None:
    """When its money comes, and what fakepay keeps of it: never more than there is."""
    if payment.state not in {State.PAID, State.DELAYED}:
        return
    if payment.state == State.DELAYED:
        payment.settles_at = now + timedelta(seconds=settle_delay_s)
    else:
        payment.paid_at = now
    knobs = FakeKnobs.now_set()
    fee_micro = payment.amount_micro * knobs.fee_ppm // 1_000_000 + knobs.fee_micro
    whole_micro = fee_micro - fee_micro % micro_per_minor_unit(payment.currency)
    payment.fee_micro = min(whole_micro, payment.amount_micro)


def _announce(payment: FakePayment, now: datetime) -> None:
    """Queue the webhook of a payment that is decided, for when it counts."""
    if payment.state not in {State.OPEN, State.CONFIRMING}:
        tell(payment, payment.settles_at or now)
