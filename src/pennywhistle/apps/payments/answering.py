"""Answering a dispute: the evidence is committed first, and sent once, by the clock if need be."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import Evidence, TellsDisputes
from pennywhistle.apps.payments.chargebacks import ChargebackError, note_dispute
from pennywhistle.apps.payments.models import Chargeback, ChargebackAnswer
from pennywhistle.apps.payments.provider import AnswerRefusedError, ProviderError

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

logger = logging.getLogger(__name__)


class CannotAnswerError(ChargebackError):
    """It is no dispute that waits for an answer, or its provider takes none from programs."""

    code = "cannot-answer"


def can_answer(row: Chargeback) -> bool:
    """Whether the store can send its evidence by itself."""
    try:
        by = providers.provider(row.provider)
    except ProviderError:
        return False
    is_waiting = row.kind == Chargeback.Kind.DISPUTE and row.state == Chargeback.State.OPEN
    return is_waiting and isinstance(by, TellsDisputes)


def answer_chargeback(
    *, chargeback_id: UUID, evidence: Evidence, user_id: int, now: datetime
) -> ChargebackAnswer:
    """Send the evidence to the bank; the first evidence that was committed is the one that is sent.

    A provider that does not answer is asked again by the clock, under the same key.

    Raises:
        CannotAnswerError: nothing is committed.
        AnswerRefusedError: the provider takes no evidence any more.
    """
    answer = _committed(chargeback_id, evidence, user_id, now)
    try:
        return _sent(answer, now)
    except AnswerRefusedError:
        raise
    except ProviderError as error:
        logger.warning("The answer to %s waits: %s", chargeback_id, error)
        return answer


def send_answers(*, now: datetime) -> int:
    """Send what was committed and is not sent, as long as it is in time; answers how many went."""
    in_time = Q(chargeback__answer_until__isnull=True) | Q(chargeback__answer_until__gt=now)
    waiting = ChargebackAnswer.objects.filter(
        in_time, sent_at__isnull=True, chargeback__state=Chargeback.State.OPEN
    )
    sent = 0
    for answer in waiting.order_by("made_at"):
        try:
            _sent(answer, now)
        except ProviderError as error:
            logger.error("The answer to %s was not sent: %s", answer.chargeback_id, error)  # noqa: TRY400 (a known case, told in one line)
        else:
            sent += 1
    return sent


@transaction.atomic
def _committed(
    chargeback_id: UUID, evidence: Evidence, user_id: int, now: datetime
) -> ChargebackAnswer:
    row = Chargeback.objects.select_for_update().get(id=chargeback_id)
    known = ChargebackAnswer.objects.filter(chargeback=row).first()
    if known is not None:
        return known
    if not can_answer(row):
        raise CannotAnswerError("There is nothing to answer here.")
    written = asdict(evidence)
    written.pop("receipt")
    day = evidence.delivered_on
    written["delivered_on"] = day.isoformat() if day else None
    return ChargebackAnswer.objects.create(
        chargeback=row, evidence=written, made_by_id=user_id, made_at=now
    )


def _sent(answer: ChargebackAnswer, now: datetime) -> ChargebackAnswer:
    if answer.sent_at is not None:
        return answer
    row = answer.chargeback
    by = providers.provider(row.provider)
    if not isinstance(by, TellsDisputes):
        raise CannotAnswerError(f"{row.provider} takes no answers from programs.")
    told = by.answer_dispute(
        ref=row.ref, evidence=_read(answer), key=f"answer-{answer.chargeback_id}"
    )
    ChargebackAnswer.objects.filter(pk=answer.pk, sent_at__isnull=True).update(sent_at=now)
    note_dispute(provider_code=row.provider, told=told, now=now)
    return ChargebackAnswer.objects.get(pk=answer.pk)


def _read(answer: ChargebackAnswer) -> Evidence:
    written = dict(answer.evidence)
    day = written.pop("delivered_on")
    return replace(Evidence(**written), delivered_on=date.fromisoformat(day) if day else None)
