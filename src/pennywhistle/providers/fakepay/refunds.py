"""Sending money back: once a key, never more than was paid; at once, slowly, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.payments.provider import (
    KeyReusedError,
    ProviderClosedError,
    RefundRefusedError,
)
from pennywhistle.kernel.money import Money
from pennywhistle.providers.fakepay.errors import AmountRefusedError, PaymentUnknownError
from pennywhistle.providers.fakepay.models import (
    FakeDispute,
    FakeKnobs,
    FakePayment,
    FakeRefund,
    FakeWebhook,
    Refunds,
)
from pennywhistle.providers.fakepay.telling import tell

if TYPE_CHECKING:
    from datetime import datetime

settle_delay_s = 20

_SLOW = {FakePayment.Scenario.DELAY, FakePayment.Scenario.NO_REFUND}


@transaction.atomic
def refund(*, ref: str, amount: Money, key: str, now: datetime) -> FakeRefund:
    """Send money back once a key, never more than was paid; the same key again: how it stands.

    Of a payment that was delayed it takes as long; of one that cannot be sent back it fails then.

    Raises:
        RefundRefusedError: the payment is not paid, is disputed, or less of it is left.
        KeyReusedError: the key sent back another amount, or of another payment.
        ProviderClosedError: the account is frozen.
    """
    require_positive(amount)
    payment = locked(ref)
    known = FakeRefund.objects.select_related("payment").filter(key=key).first()
    if known is not None:
        if (known.payment_id, known.amount_micro) != (ref, amount.micro):
            raise KeyReusedError(f"The refund {key} was another one.")
        return settled(known, now)
    knobs = FakeKnobs.now_set()
    require_thawed(knobs)
    _require_left(payment, amount, now)
    is_slow = payment.scenario in _SLOW or knobs.refunds != Refunds.AT_ONCE
    settles_at = now + timedelta(seconds=settle_delay_s) if is_slow else None
    made = FakeRefund.objects.create(
        key=key,
        payment=payment,
        amount_micro=amount.micro,
        state=FakeRefund.State.PENDING if is_slow else FakeRefund.State.DONE,
        is_doomed=knobs.refunds == Refunds.FAIL,
        settles_at=settles_at,
        created_at=now,
    )
    _announce(made, settles_at or now)
    return made


@transaction.atomic
def fail_refund(*, key: str, now: datetime) -> FakeRefund:
    """The bank sends back what had gone to it: the refund has failed, even if it was done."""
    made = FakeRefund.objects.select_for_update().select_related("payment").get(key=key)
    if made.state_at(now) != FakeRefund.State.FAILED:
        made.state, made.settles_at = FakeRefund.State.FAILED, now
        made.save(update_fields=["state", "settles_at"])
        _announce(made, now)
    return made


def settled(refund: FakeRefund, now: datetime) -> FakeRefund:
    """The refund by the clock; what ends is kept, because the payment's rest depends on it."""
    state = refund.state_at(now)
    if state != refund.state:
        refund.state = state
        refund.save(update_fields=["state"])
    return refund


def locked(ref: str) -> FakePayment:
    """The payment, which nobody else changes until the transaction ends."""
    payment = FakePayment.objects.select_for_update().filter(ref=ref).first()
    if payment is None:
        raise PaymentUnknownError(f"fakepay knows no payment {ref[:40]!r}.")
    return payment


def require_positive(amount: Money) -> None:
    """Refuse to move nothing. Raises AmountRefusedError."""
    if amount.micro <= 0:
        raise AmountRefusedError(f"{amount} cannot be moved.")


def require_thawed(knobs: FakeKnobs) -> None:
    """Move nothing while the account is frozen. Raises ProviderClosedError."""
    if knobs.frozen_at is not None:
        raise ProviderClosedError("fakepay has frozen this account.")


def _require_left(payment: FakePayment, amount: Money, now: datetime) -> None:
    if payment.state_at(now) != FakePayment.State.PAID or amount.currency != payment.currency:
        raise RefundRefusedError(f"{payment.ref} has no {amount.currency} to send back.")
    taken = FakeDispute.objects.filter(payment=payment, is_inquiry=False)
    if taken.exclude(state=FakeDispute.State.WON).exists():
        raise RefundRefusedError(f"{payment.ref} is disputed: the buyer's bank has it.")
    left = Money(payment.left_micro(), payment.currency)
    if amount > left:
        raise RefundRefusedError(f"{left} of {payment.ref} are left, less than {amount}.")


def _announce(refund: FakeRefund, due_at: datetime) -> None:
    tell(refund.payment, due_at, about=FakeWebhook.About.REFUND, subject_ref=refund.ref)
