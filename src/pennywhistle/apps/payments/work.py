"""Finding out how payments ended, and crediting each of them once.

Every top-up that a provider knows of is asked about by the clock until its end is known, so that
nothing depends on a webhook, on the buyer's coming back, or on this process living on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.payments.bonus import bonus_for
from pennywhistle.apps.payments.errors import PaymentDiffersError, TopUpError
from pennywhistle.apps.payments.guarding import note_payment
from pennywhistle.apps.payments.limits import top_up_bounds
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.provider import Payment, PaymentState, ProviderError
from pennywhistle.apps.payments.providers import provider
from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.engines.tax import ClueKind
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

logger = logging.getLogger(__name__)

batch_top_ups_max = 100
# An open top-up is asked about again after a tenth of its age, within these bounds.
ask_again_after_s_min = 60
ask_again_after_s_max = 6 * 3_600
# A top-up that no provider was told of within this time never will be.
never_started_after_s = 3_600


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a run of `refresh_open_top_ups` did: top-ups that ended, are open still, and failed."""

    ended_count: int
    open_count: int
    error_count: int


def refresh_top_up(*, top_up_id: UUID, now: datetime) -> TopUp:
    """Ask the provider how the payment stands and apply the answer once.

    Raises:
        ProviderError: it does not answer; ask again later.
        PaymentDiffersError: it speaks of another payment; nothing is credited.
    """
    top_up = TopUp.objects.get(id=top_up_id)
    if top_up.state != TopUp.State.PENDING:
        return top_up
    payment = provider(top_up.provider).fetch(provider_ref=top_up.provider_ref)
    return _apply(top_up_id, _within_bounds(payment), now)


def refresh_open_top_ups(*, now: datetime) -> Refreshed:
    """Ask about the open top-ups that are due, longest due first, at most a batch of them.

    One that cannot be asked about stops none of the others, and makes room for them next time.
    """
    ended = still_open = failed = 0
    for top_up_id in _claim_due(now):
        try:
            top_up = refresh_top_up(top_up_id=top_up_id, now=now)
        except (ProviderError, TopUpError) as error:
            logger.error("Top-up %s could not be completed: %s", top_up_id, error)  # noqa: TRY400 (a known case, told in one line)
            failed += 1
        else:
            ended += top_up.state != TopUp.State.PENDING
            still_open += top_up.state == TopUp.State.PENDING
    return Refreshed(ended, still_open, failed)


def expire_never_started(*, now: datetime) -> int:
    """End the top-ups that no provider was told of; answers how many.

    Their buyers were never sent anywhere to pay. `start_top_up` gives each call a new hour, and
    lets nobody go to pay for one that ended in between.
    """
    return TopUp.objects.never_started(at=now).update(state=TopUp.State.FAILED, settled_at=now)


@transaction.atomic
def _claim_due(now: datetime) -> list[UUID]:
    """Take a batch, and put each of it back in the line at once: a crash loses nothing."""
    due = list(TopUp.objects.due(at=now).select_for_update(skip_locked=True)[:batch_top_ups_max])
    for top_up in due:
        age_s = (now - top_up.created_at).total_seconds()
        wait_s = min(max(age_s / 10, ask_again_after_s_min), ask_again_after_s_max)
        top_up.due_at = now + timedelta(seconds=wait_s)
    TopUp.objects.bulk_update(due, ["due_at"])
    return [top_up.id for top_up in due]


def apply_payment(*, top_up_id: UUID, payment: Payment, now: datetime) -> TopUp:
    """Apply once what is known of a payment by other ways than asking, such as a bank statement.

    Raises PaymentDiffersError: it is of another top-up, or of an amount that nobody chose.
    """
    return _apply(top_up_id, payment, now)


@transaction.atomic
def _apply(top_up_id: UUID, payment: Payment, now: datetime) -> TopUp:
    # Lock order: top-up, then ledger (docs/developing/architecture.md).
    top_up = TopUp.objects.select_for_update().get(id=top_up_id)
    if top_up.state != TopUp.State.PENDING:
        return top_up
    if payment.state is PaymentState.PENDING:
        if payment.decline_count:
            note_payment(top_up, payment)
        return top_up
    if payment.is_as_it_came and payment.state is PaymentState.PAID:
        _take_as_it_came(top_up, payment.amount)
    _require_same(top_up, payment)
    note_payment(top_up, payment)
    if payment.state is PaymentState.FAILED:
        top_up.state = TopUp.State.FAILED
    else:
        _credit(top_up, now)
        note_clue(
            user_id=top_up.user_id,
            kind=ClueKind.PAYMENT,
            country=payment.country,
            source=f"{top_up.provider} {top_up.provider_ref}",
            now=now,
        )
        top_up.state = TopUp.State.PAID
    top_up.settled_at = now
    top_up.save(update_fields=["state", "settled_at"])
    return top_up


def _within_bounds(payment: Payment) -> Payment:
    """Of what a payer chose, credit no more by itself than may be paid in at once."""
    if not payment.is_as_it_came or payment.state is not PaymentState.PAID:
        return payment
    _, most = top_up_bounds(payment.amount.currency)
    if payment.amount <= most:
        return payment
    logger.error(
        "%s came for top-up %s, of which %s is credited: look at the rest, and send it back.",
        payment.amount,
        payment.reference,
        most,
    )
    return replace(payment, amount=most)


def _take_as_it_came(top_up: TopUp, amount: Money) -> None:
    """Let what came be the top-up's amount, and the bonus be that of this amount."""
    if amount.currency != top_up.currency or amount.micro in {0, top_up.amount_micro}:
        return
    top_up.amount_micro, top_up.bonus_micro = amount.micro, bonus_for(amount).micro
    top_up.save(update_fields=["amount_micro", "bonus_micro"])


def _require_same(top_up: TopUp, payment: Payment) -> None:
    due = Money(top_up.amount_micro, top_up.currency)
    said = (payment.amount, payment.reference, payment.provider_ref)
    if said != (due, str(top_up.id), top_up.provider_ref):
        raise PaymentDiffersError(
            f"Top-up {top_up.id} is for {due}; {top_up.provider} says {payment.amount}"
            f" for {payment.reference}."
        )


def _credit(top_up: TopUp, now: datetime) -> None:
    due = Money(top_up.amount_micro, top_up.currency)
    balance = open_account(
        kind=Account.Kind.BALANCE, currency=top_up.currency, user_id=top_up.user_id
    )
    clearing = open_account(
        kind=Account.Kind.CLEARING, currency=top_up.currency, code=top_up.provider
    )
    write_entry(
        kind=Entry.Kind.TOP_UP,
        key=f"top-up:{top_up.id}",
        subject=balance.number,
        amounts=[Amount(balance.number, due), Amount(clearing.number, -due)],
        now=now,
    )
    if top_up.bonus_micro:
        # In an entry of its own: what was paid in can go back, and this cannot.
        bonus = Money(top_up.bonus_micro, top_up.currency)
        store = open_account(kind=Account.Kind.STORE, currency=top_up.currency)
        write_entry(
            kind=Entry.Kind.BONUS,
            key=f"bonus:{top_up.id}",
            subject=balance.number,
            amounts=[Amount(balance.number, bonus), Amount(store.number, -bonus)],
            now=now,
        )
