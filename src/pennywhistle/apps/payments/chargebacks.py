"""Applying what banks say of payments: each word is applied once, in whatever order it comes.

The provider is asked without a transaction; what it says is applied under the lock of the balance's
row, so that nothing is spent, paid back or held beside. Killed at any point, the clock goes on.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from pennywhistle.apps.payments import chargeback_books as entries
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import DisputeState, TellsDisputes
from pennywhistle.apps.payments.limits import round_amount
from pennywhistle.apps.payments.models import Chargeback, Payback, TopUp
from pennywhistle.apps.payments.models.chargebacks import reason_length_max
from pennywhistle.apps.payments.provider import (
    ProviderError,
    Refunding,
    RefundRefusedError,
    RefundState,
)
from pennywhistle.apps.payments.work import refresh_top_up

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payments.abilities import Dispute, FraudWarning

logger = logging.getLogger(__name__)

# So long what comes back to a balance is held for a payment that was lost.
held_for = timedelta(days=180)

_State, _Kind = Chargeback.State, Chargeback.Kind
_SAID = {
    DisputeState.OPEN: _State.OPEN,
    DisputeState.ANSWERED: _State.ANSWERED,
    DisputeState.WON: _State.WON,
    DisputeState.LOST: _State.LOST,
}


class ChargebackError(Exception):
    """Nothing was done."""

    code = "chargeback"


class ChargebackEndedError(ChargebackError):
    """It has ended, or is being refunded."""

    code = "chargeback-ended"


def refresh_dispute(*, provider_code: str, ref: str, now: datetime) -> Chargeback | None:
    """Ask about one dispute and apply the answer; None where no top-up of ours is disputed.

    Raises ProviderError.
    """
    by = providers.provider(provider_code)
    if not isinstance(by, TellsDisputes):
        return None
    return note_dispute(provider_code=provider_code, told=by.fetch_dispute(ref=ref), now=now)


def note_dispute(*, provider_code: str, told: Dispute, now: datetime) -> Chargeback | None:
    """Apply what a provider says of a dispute; the same again changes nothing.

    A payment that the store does not know to be paid yet is asked about first. None: no top-up of
    ours was paid by it; that is logged.
    """
    top_up = _paid(provider_code, told.provider_ref, told.reference, now)
    if top_up is None or told.amount.currency != top_up.currency:
        logger.error("%s disputes %s, which paid no top-up.", provider_code, told.provider_ref)
        return None
    return _apply(top_up, told, now)


def note_warning(*, provider_code: str, told: FraudWarning, now: datetime) -> Chargeback | None:
    """Hold what is left of a payment that a bank calls fraud; a small one is refunded at once.

    The refund prevents the dispute and its fee. Larger ones wait for an operator.
    """
    top_up = _paid(provider_code, told.provider_ref, told.reference, now)
    if top_up is None:
        return None
    row = _warn(top_up, told, now)
    limit = round_amount(top_up.currency, settings.WARNED_REFUND_MAX)
    if row is not None and row.state == _State.OPEN and row.amount <= limit:
        return refund_warned(chargeback_id=row.id, now=now)
    return row


def refund_warned(*, chargeback_id: UUID, now: datetime) -> Chargeback:
    """Send the whole payment back before it is disputed, or ask how that stands.

    The intent is committed before the provider is told, under a key of its own. What it refuses is
    left: what was held is the buyer's again.

    Raises ChargebackEndedError: it is no warning, or was left. A provider that does not answer is
    asked again by the clock.
    """
    row = Chargeback.objects.select_related("top_up").get(id=chargeback_id)
    if row.state == _State.REFUNDED:
        return row
    _begin_refund(row)
    try:
        answer = providers.provider(row.provider).refund(
            provider_ref=row.top_up.provider_ref, amount=row.amount, key=f"warning-{row.id}"
        )
    except RefundRefusedError as error:
        answer = Refunding(RefundState.FAILED, str(error))
    except ProviderError as error:
        logger.warning("The refund of %s waits: %s", row, error)
        return Chargeback.objects.get(id=row.id)
    return _end_warning(row, answer, now)


def leave_warning(*, chargeback_id: UUID, reason: str, now: datetime) -> Chargeback:
    """Do nothing about a warning, for a reason on record; what was held is free.

    Raises ChargebackEndedError: it is being refunded or was.
    """
    row = Chargeback.objects.select_related("top_up").get(id=chargeback_id)
    with transaction.atomic():
        books = entries.open_books(row.top_up)
        row = Chargeback.objects.get(id=row.id)
        if row.state == _State.LEFT:
            return row
        if row.kind != _Kind.WARNING or row.state != _State.OPEN:
            raise ChargebackEndedError(f"It is {row.state}.")
        return _left(row, books, reason, now)


def hold_what_came_back(*, now: datetime) -> int:
    """Hold what refunds and failed paybacks brought back of payments that banks took back.

    Who has a purchase refunded whose payment the bank refunds as well would have both.
    """
    short = Chargeback.objects.standing().filter(short_micro__gt=0, noted_at__gt=now - held_for)
    return sum(_hold_more(row, now) for row in short.select_related("top_up"))


def _paid(code: str, provider_ref: str, reference: str, now: datetime) -> TopUp | None:
    top_up = TopUp.objects.known_as(provider=code, ref=provider_ref).first()
    if top_up is None:
        top_up = _by_reference(code, reference)
    if top_up is not None and top_up.state == TopUp.State.PENDING:
        top_up = refresh_top_up(top_up_id=top_up.id, now=now)
    return top_up if top_up is not None and top_up.state == TopUp.State.PAID else None


def _by_reference(code: str, reference: str) -> TopUp | None:
    try:
        top_up_id = UUID(reference)
    except ValueError:
        return None
    return TopUp.objects.filter(id=top_up_id, provider=code).first()


@transaction.atomic
def _apply(top_up: TopUp, told: Dispute, now: datetime) -> Chargeback:
    books = entries.open_books(top_up)
    row = Chargeback.objects.known_as(provider=top_up.provider, ref=told.ref).first()
    if row is None:
        row = _noted(top_up, told, books, now)
    if not row.is_open:
        return row
    if told.is_withdrawn and not row.is_withdrawn:
        entries.withdraw(row, books, now=now)
    if told.fee.currency == row.currency:
        entries.charge_fee(row, books, fee=told.fee, now=now)
    elif told.fee:
        # The provider's account is in another currency; its report of movements tells of the fee.
        logger.warning("The fee of %s is %s, which is not booked with it.", row, told.fee)
    row.answer_until = told.answer_until
    row.state = _SAID[told.state]
    if row.state == _State.WON:
        entries.take_back(row, books, now=now)
    elif row.state == _State.LOST:
        if not row.is_withdrawn:
            entries.withdraw(row, books, now=now)
        entries.give_up(row, books, now=now)
    if row.state in {_State.WON, _State.LOST}:
        row.settled_at = now
    row.save()
    return row


def _noted(top_up: TopUp, told: Dispute, books: entries.Books, now: datetime) -> Chargeback:
    for warning in top_up.chargebacks.filter(kind=_Kind.WARNING, state=_State.OPEN):
        _left(warning, books, "It was disputed.", now)
    row = Chargeback(
        kind=_Kind.DISPUTE,
        provider=top_up.provider,
        ref=told.ref,
        top_up=top_up,
        amount_micro=told.amount.micro,
        currency=told.amount.currency,
        reason=told.reason[:reason_length_max],
        opened_at=told.opened_at,
        noted_at=now,
        answer_until=told.answer_until,
    )
    entries.hold(row, books, most=told.amount, now=now)
    row.save()
    return row


@transaction.atomic
def _warn(top_up: TopUp, told: FraudWarning, now: datetime) -> Chargeback | None:
    books = entries.open_books(top_up)
    known = Chargeback.objects.known_as(provider=top_up.provider, ref=told.ref).first()
    if known is not None or top_up.chargebacks.exists():
        return known
    back = sum(each.amount_micro for each in Payback.objects.standing().from_top_up(top_up.id))
    if back >= top_up.amount_micro:
        return None
    row = Chargeback(
        kind=_Kind.WARNING,
        provider=top_up.provider,
        ref=told.ref,
        top_up=top_up,
        amount_micro=top_up.amount_micro - back,
        currency=top_up.currency,
        opened_at=told.told_at,
        noted_at=now,
    )
    entries.hold(row, books, most=row.amount, now=now)
    row.save()
    return row


@transaction.atomic
def _begin_refund(row: Chargeback) -> None:
    """Commit that it goes back, under the lock: nobody frees what is held in the meantime."""
    entries.open_books(row.top_up)
    begun = Chargeback.objects.filter(id=row.id, kind=_Kind.WARNING, state=_State.OPEN)
    if not begun.update(state=_State.REFUNDING):
        state = Chargeback.objects.get(id=row.id).state
        if state != _State.REFUNDING:
            raise ChargebackEndedError(f"It is {state}.")


@transaction.atomic
def _end_warning(row: Chargeback, answer: Refunding, now: datetime) -> Chargeback:
    books = entries.open_books(row.top_up)
    row = Chargeback.objects.get(id=row.id)
    if row.state != _State.REFUNDING or answer.state is RefundState.PENDING:
        return row
    if answer.state is RefundState.FAILED:
        return _left(row, books, answer.reason or "The provider did not say why.", now)
    entries.withdraw(row, books, now=now)
    entries.give_up(row, books, now=now)
    row.state, row.settled_at = _State.REFUNDED, now
    row.save()
    return row


def _left(row: Chargeback, books: entries.Books, reason: str, now: datetime) -> Chargeback:
    entries.take_back(row, books, now=now)
    row.state, row.settled_at = _State.LEFT, now
    row.reason = reason.strip()[:reason_length_max]
    row.save()
    return row


@transaction.atomic
def _hold_more(row: Chargeback, now: datetime) -> int:
    books = entries.open_books(row.top_up)
    row = Chargeback.objects.get(id=row.id)
    if row.state in {_State.WON, _State.LEFT} or not row.short_micro:
        return 0
    money = entries.hold_more(row, books, now=now)
    if money:
        row.save()
    return money.micro
