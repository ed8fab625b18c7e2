"""Disputes and warnings: opened by the play bank, answered by the store, decided by the bank."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from pennywhistle.apps.payments.provider import AnswerRefusedError, KeyReusedError, ProviderError
from pennywhistle.providers.fakepay.finding import is_actionable, look_up_dispute
from pennywhistle.providers.fakepay.models import (
    FakeDispute,
    FakeKnobs,
    FakePayment,
    FakeWarning,
    FakeWebhook,
)
from pennywhistle.providers.fakepay.refunds import locked
from pennywhistle.providers.fakepay.telling import tell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "NotDisputableError",
    "answer_dispute",
    "close_dispute",
    "is_actionable",
    "look_up_dispute",
    "open_dispute",
    "warn",
]

answer_days = 7

State = FakeDispute.State


class NotDisputableError(ProviderError):
    """There is nothing left of the payment that a bank could take back."""

    code = "not-disputable"


@transaction.atomic
def open_dispute(
    *, ref: str, now: datetime, reason: str = "fraudulent", is_inquiry: bool = False
) -> FakeDispute:
    """The buyer's bank takes what is left of a payment back, or only asks; once a payment.

    Raises NotDisputableError where nothing is left of it.
    """
    payment = locked(ref)
    known = FakeDispute.objects.filter(payment=payment).first()
    if known is not None:
        return known
    left_micro = payment.left_micro()
    if payment.state_at(now) != FakePayment.State.PAID or left_micro <= 0:
        raise NotDisputableError(f"Nothing of {ref} can be disputed.")
    made = FakeDispute.objects.create(
        payment=payment,
        amount_micro=left_micro,
        fee_micro=0 if is_inquiry else FakeKnobs.now_set().dispute_fee_micro,
        is_inquiry=is_inquiry,
        reason=reason,
        opened_at=now,
        answer_until=now + timedelta(days=answer_days),
    )
    _announce(made, now)
    return made


@transaction.atomic
def answer_dispute(
    *, ref: str, evidence: Mapping[str, Any], key: str, now: datetime
) -> FakeDispute:
    """Take the store's evidence to the bank, once; the same key again: how it stands.

    Raises:
        AnswerRefusedError: it was answered or decided before, or the time is over.
        KeyReusedError: the key brought other evidence.
    """
    look_up_dispute(ref=ref)
    found = (
        FakeDispute.objects.select_for_update(of=["self"]).select_related("payment").get(ref=ref)
    )
    if found.answer_key and found.answer_key == key:
        if found.evidence != dict(evidence):
            raise KeyReusedError(f"The answer {key} was another one.")
        return found
    if found.state != State.OPEN or found.answer_until <= now:
        raise AnswerRefusedError(f"{ref} takes no evidence any more.")
    found.state, found.answered_at, found.answer_key = State.ANSWERED, now, key
    found.evidence = dict(evidence)
    found.answer_fee_micro = 0 if found.is_inquiry else found.fee_micro
    found.save()
    _announce(found, now)
    return found


@transaction.atomic
def close_dispute(*, ref: str, is_won: bool, now: datetime) -> FakeDispute:
    """The bank decides; what was decided stays."""
    look_up_dispute(ref=ref)
    found = (
        FakeDispute.objects.select_for_update(of=["self"]).select_related("payment").get(ref=ref)
    )
    if found.closed_at is None:
        found.state = State.WON if is_won else State.LOST
        found.closed_at = now
        found.save(update_fields=["state", "closed_at"])
        _announce(found, now)
    return found


@transaction.atomic
def warn(*, ref: str, now: datetime) -> FakeWarning:
    """The buyer's bank says that a payment is fraud; once a payment."""
    payment = locked(ref)
    made, is_new = FakeWarning.objects.get_or_create(payment=payment, defaults={"told_at": now})
    if is_new:
        tell(payment, now, about=FakeWebhook.About.WARNING, subject_ref=made.ref)
    return made


def _announce(dispute: FakeDispute, now: datetime) -> None:
    tell(dispute.payment, now, about=FakeWebhook.About.DISPUTE, subject_ref=dispute.ref)
