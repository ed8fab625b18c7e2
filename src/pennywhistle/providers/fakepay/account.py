"""The account that fakepay keeps for the store: all that moved on it, and what lies there.

Nothing of it is written: each movement follows from a payment, a refund, a dispute or a payout, by
the clock, so that the report and the balance cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.payments.abilities import Funds, Movement, MovementKind
from pennywhistle.kernel.money import Money
from pennywhistle.providers.fakepay.models import (
    FakeDispute,
    FakeKnobs,
    FakePayment,
    FakePayout,
    FakeRefund,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

Kind = MovementKind


def movements(*, now: datetime, since: datetime | None = None) -> list[Movement]:
    """All that has moved by now, oldest first."""
    found = [*_of_payments(now), *_of_refunds(now), *_of_disputes(), *_of_payouts(now)]
    wanted = [each for each in found if each.at <= now and (since is None or each.at >= since)]
    return sorted(wanted, key=lambda each: (each.at, each.ref))


def holding(*, currency: str, now: datetime) -> Money:
    """What lies here for the store: the sum of what moved."""
    moved = (each.net.micro for each in movements(now=now) if each.net.currency == currency)
    return Money(sum(moved), currency)


def funds(*, currency: str, now: datetime) -> Funds:
    """What the store could have now; all of it is frozen with the account."""
    nothing, held = Money.zero(currency), holding(currency=currency, now=now)
    coming = sum(
        payment.amount_micro - payment.fee_micro
        for payment in FakePayment.objects.filter(currency=currency, state="delayed")
        if payment.state_at(now) == FakePayment.State.DELAYED
    )
    if FakeKnobs.now_set().frozen_at is not None:
        return Funds(available=nothing, coming=Money(coming, currency), frozen=held)
    return Funds(available=held, coming=Money(coming, currency), frozen=nothing)


@dataclass(frozen=True, slots=True)
class _Move:
    """What moved, and by which of its changes."""

    word: str
    kind: Kind
    source_ref: str
    reference: str


def _of_payments(now: datetime) -> Iterator[Movement]:
    for payment in FakePayment.objects.filter(state__in=["paid", "delayed"]):
        if payment.state_at(now) == FakePayment.State.PAID:
            paid = _Move("paid", Kind.PAYMENT, payment.ref, payment.reference)
            yield _moved(paid, payment.amount, payment.came_at(), payment.fee)


def _of_refunds(now: datetime) -> Iterator[Movement]:
    for refund in FakeRefund.objects.select_related("payment"):
        amount = Money(refund.amount_micro, refund.payment.currency)
        names = refund.ref, refund.key
        yield _moved(_Move("sent", Kind.REFUND, *names), -amount, refund.created_at)
        if refund.state_at(now) == FakeRefund.State.FAILED:
            back_at = refund.settles_at or refund.created_at
            yield _moved(_Move("failed", Kind.REFUND_FAILED, *names), amount, back_at)


def _of_disputes() -> Iterator[Movement]:
    for dispute in FakeDispute.objects.select_related("payment").filter(is_inquiry=False):
        currency = dispute.payment.currency
        names = dispute.ref, dispute.payment.reference
        fee = Money(dispute.fee_micro, currency)
        answer_fee = Money(dispute.answer_fee_micro, currency)
        taken = _Move("taken", Kind.DISPUTE, *names)
        yield _moved(taken, -dispute.amount, dispute.opened_at, fee)
        if dispute.answered_at and answer_fee:
            yield _moved(_Move("answered", Kind.FEE, *names), -answer_fee, dispute.answered_at)
        if dispute.state == FakeDispute.State.WON and dispute.closed_at:
            won = _Move("won", Kind.DISPUTE_WON, *names)
            yield _moved(won, dispute.amount, dispute.closed_at, -answer_fee)


def _of_payouts(now: datetime) -> Iterator[Movement]:
    for payout in FakePayout.objects.all():
        out, back = (
            (Kind.TRANSFER, Kind.TRANSFER_FAILED)
            if payout.account
            else (Kind.PAYOUT, Kind.PAYOUT_FAILED)
        )
        names = payout.ref, payout.key
        yield _moved(_Move("sent", out, *names), -payout.amount, payout.created_at)
        if payout.state_at(now) == FakePayout.State.FAILED:
            back_at = payout.settles_at or payout.created_at
            yield _moved(_Move("failed", back, *names), payout.amount, back_at)


def _moved(move: _Move, amount: Money, at: datetime, fee: Money | None = None) -> Movement:
    return Movement(
        ref=f"{move.source_ref}:{move.word}",
        kind=move.kind,
        amount=amount,
        fee=Money.zero(amount.currency) if fee is None else fee,
        at=at,
        available_at=at,
        source_ref=move.source_ref,
        reference=move.reference,
    )
