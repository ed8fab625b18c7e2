"""What fakepay does when it is asked, one transaction a verb; calling it twice is harmless.

The store begins, looks up, refunds and pays out; the buyer, on fakepay's page, chooses and
confirms.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.money import Money
from pennywhistle.providers.fakepay.jobs import send_webhook
from pennywhistle.providers.fakepay.models import FakePayment, FakePayout, FakeRefund, FakeWebhook

if TYPE_CHECKING:
    from datetime import datetime

payment_hours_max = 24
settle_delay_s = 20
wrong_code_count_max = 3
# Shown on the page, where a bank would send it to a telephone.
SECURE_CODE = "2468"

State = FakePayment.State
Scenario = FakePayment.Scenario

_NEXT_STATE = {
    Scenario.SUCCEED: State.PAID,
    Scenario.SECURE: State.CONFIRMING,
    Scenario.DELAY: State.DELAYED,
    Scenario.DECLINE: State.FAILED,
    Scenario.CANCEL: State.FAILED,
}


class PaymentUnknownError(ProviderError):
    """fakepay knows no such payment."""

    code = "payment-unknown"


class KeyReusedError(ProviderError):
    """The same reference or key came with something else."""

    code = "key-reused"


class RefundRefusedError(ProviderError):
    """The payment was not paid, or less of it is left."""

    code = "refund-refused"


class AmountRefusedError(ProviderError):
    """Nothing, or less than nothing, can be moved."""

    code = "amount-refused"


@transaction.atomic
def begin(
    *, reference: str, amount: Money, return_url: str, notify_url: str, now: datetime
) -> FakePayment:
    """Begin a payment; the same reference again answers with the same payment.

    Raises:
        KeyReusedError: the reference has a payment of another amount.
    """
    _require_positive(amount)
    payment, _ = FakePayment.objects.get_or_create(
        reference=reference,
        defaults={
            "amount_micro": amount.micro,
            "currency": amount.currency,
            "return_url": return_url,
            "notify_url": notify_url,
            "created_at": now,
            "expires_at": now + timedelta(hours=payment_hours_max),
        },
    )
    if payment.amount != amount:
        raise KeyReusedError(f"{reference} is a payment of {payment.amount}, not of {amount}.")
    return payment


def look_up(*, ref: str) -> FakePayment:
    """The payment of this name. Raises PaymentUnknownError."""
    payment = FakePayment.objects.filter(ref=ref).first()
    if payment is None:
        raise PaymentUnknownError(f"fakepay knows no payment {ref[:40]!r}.")
    return payment


@transaction.atomic
def refund(*, ref: str, amount: Money, key: str, now: datetime) -> FakeRefund:
    """Send money back once a key, never more than was paid.

    Raises:
        RefundRefusedError: the payment is not paid, or less of it is left.
        KeyReusedError: the key sent back another amount, or of another payment.
    """
    _require_positive(amount)
    payment = _locked(ref)
    known = FakeRefund.objects.filter(key=key).first()
    if known is not None:
        if (known.payment_id, known.amount_micro) != (ref, amount.micro):
            raise KeyReusedError(f"The refund {key} was another one.")
        return known
    if payment.state_at(now) != State.PAID or amount.currency != payment.currency:
        raise RefundRefusedError(f"{ref} has no {amount.currency} to send back.")
    if amount.micro > payment.left_micro():
        left = Money(payment.left_micro(), payment.currency)
        raise RefundRefusedError(f"{left} of {ref} are left, less than {amount}.")
    return FakeRefund.objects.create(
        key=key, payment=payment, amount_micro=amount.micro, created_at=now
    )


@transaction.atomic
def pay_out(*, key: str, amount: Money, account: str, now: datetime) -> FakePayout:
    """Send money to an account once a key. Raises KeyReusedError."""
    _require_positive(amount)
    payout, _ = FakePayout.objects.get_or_create(
        key=key,
        defaults={
            "account": account,
            "amount_micro": amount.micro,
            "currency": amount.currency,
            "created_at": now,
        },
    )
    known = (payout.account, payout.amount_micro, payout.currency)
    if known != (account, amount.micro, amount.currency):
        raise KeyReusedError(f"The payout {key} was another one.")
    return payout


@transaction.atomic
def choose(*, ref: str, scenario: str, now: datetime) -> FakePayment:
    """Do what the buyer chose on the page; a payment that was answered already stays as it is."""
    payment = _locked(ref)
    if payment.state_at(now) != State.OPEN:
        return payment
    payment.scenario = scenario
    payment.state = _NEXT_STATE[Scenario(scenario)]
    if payment.state == State.DELAYED:
        payment.settles_at = now + timedelta(seconds=settle_delay_s)
    payment.save(update_fields=["scenario", "state", "settles_at"])
    _announce(payment, now)
    return payment


@transaction.atomic
def confirm(*, ref: str, code: str, now: datetime) -> FakePayment:
    """Take the code of 3-D Secure; after the third wrong one the payment has failed."""
    payment = _locked(ref)
    if payment.state_at(now) != State.CONFIRMING:
        return payment
    if code == SECURE_CODE:
        payment.state = State.PAID
    else:
        payment.wrong_code_count += 1
        if payment.wrong_code_count >= wrong_code_count_max:
            payment.state = State.FAILED
    payment.save(update_fields=["state", "wrong_code_count"])
    _announce(payment, now)
    return payment


@transaction.atomic
def give_up(*, ref: str, now: datetime) -> FakePayment:
    """End a payment whose code was asked for and did not come."""
    payment = _locked(ref)
    if payment.state_at(now) == State.CONFIRMING:
        payment.state = State.FAILED
        payment.save(update_fields=["state"])
        _announce(payment, now)
    return payment


def _locked(ref: str) -> FakePayment:
    payment = FakePayment.objects.select_for_update().filter(ref=ref).first()
    if payment is None:
        raise PaymentUnknownError(f"fakepay knows no payment {ref[:40]!r}.")
    return payment


def _require_positive(amount: Money) -> None:
    if amount.micro <= 0:
        raise AmountRefusedError(f"{amount} cannot be moved.")


def _announce(payment: FakePayment, now: datetime) -> None:
    """Queue the webhook of a payment that is decided, for when it counts."""
    if payment.state in {State.OPEN, State.CONFIRMING}:
        return
    due_at = payment.settles_at or now
    webhook = FakeWebhook.objects.create(payment=payment, due_at=due_at)
    send_webhook.configure(schedule_at=due_at).defer(notice_id=webhook.notice_id)
