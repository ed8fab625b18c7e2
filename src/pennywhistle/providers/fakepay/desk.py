"""What fakepay does when it is asked, one transaction a verb; calling it twice is harmless.

The store begins, looks up, refunds and pays out; the buyer, on fakepay's page, chooses and
confirms.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, Sum

from pennywhistle.apps.payments.provider import ProviderError, RefundRefusedError
from pennywhistle.kernel.money import Money
from pennywhistle.providers.fakepay.jobs import send_webhook
from pennywhistle.providers.fakepay.models import FakePayment, FakePayout, FakeRefund, FakeWebhook

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

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
    Scenario.NO_REFUND: State.PAID,
    Scenario.DECLINE: State.FAILED,
    Scenario.CANCEL: State.FAILED,
}


class PaymentUnknownError(ProviderError):
    """fakepay knows no such payment."""

    code = "payment-unknown"


class KeyReusedError(ProviderError):
    """The same reference or key came with something else."""

    code = "key-reused"


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
    """Send money back once a key, never more than was paid; the same key again: how it stands.

    Of a payment that was delayed it takes as long; of one that cannot be sent back it fails then.

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
        return _settled(known, payment, now)
    if payment.state_at(now) != State.PAID or amount.currency != payment.currency:
        raise RefundRefusedError(f"{ref} has no {amount.currency} to send back.")
    if amount.micro > payment.left_micro():
        left = Money(payment.left_micro(), payment.currency)
        raise RefundRefusedError(f"{left} of {ref} are left, less than {amount}.")
    is_slow = payment.scenario in {Scenario.DELAY, Scenario.NO_REFUND}
    settles_at = now + timedelta(seconds=settle_delay_s) if is_slow else None
    made = FakeRefund.objects.create(
        key=key,
        payment=payment,
        amount_micro=amount.micro,
        state=FakeRefund.State.PENDING if is_slow else FakeRefund.State.DONE,
        settles_at=settles_at,
        created_at=now,
    )
    _tell(payment, settles_at or now)
    return made


def _settled(refund: FakeRefund, payment: FakePayment, now: datetime) -> FakeRefund:
    """The refund by the clock; what ends is kept, because the payment's rest depends on it."""
    is_over = refund.settles_at is not None and refund.settles_at <= now
    if refund.state == FakeRefund.State.PENDING and is_over:
        fails = payment.scenario == Scenario.NO_REFUND
        refund.state = FakeRefund.State.FAILED if fails else FakeRefund.State.DONE
        refund.save(update_fields=["state"])
    return refund


def holding(*, currency: str, now: datetime) -> Money:
    """What lies here for the store: what was paid, but what went back or was paid out."""
    payments = FakePayment.objects.filter(currency=currency)
    paid = Q(state=State.PAID) | Q(state=State.DELAYED, settles_at__lte=now)
    going = FakeRefund.objects.filter(payment__currency=currency).exclude(
        Q(state=FakeRefund.State.FAILED)
        | Q(
            state=FakeRefund.State.PENDING,
            settles_at__lte=now,
            payment__scenario=Scenario.NO_REFUND,
        )
    )
    sent = FakePayout.objects.filter(currency=currency)
    total = _sum(payments.filter(paid)) - _sum(going) - _sum(sent)
    return Money(total, currency)


def _sum(rows: QuerySet[FakePayment] | QuerySet[FakeRefund] | QuerySet[FakePayout]) -> int:
    return int(rows.aggregate(total=Sum("amount_micro"))["total"] or 0)


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
    _tell(payment, payment.settles_at or now)


def _tell(payment: FakePayment, due_at: datetime) -> None:
    webhook = FakeWebhook.objects.create(payment=payment, due_at=due_at)
    send_webhook.configure(schedule_at=due_at).defer(notice_id=webhook.notice_id)
