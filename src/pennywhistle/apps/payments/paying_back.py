"""Paying unspent money back: off the balance first, then sent, and asked about until it ended.

Killed at any point it goes on: what was committed is found by the clock, and its provider is told
again under the same key, which is then the same refund.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Balance, Entry
from pennywhistle.apps.payments.models import Payback
from pennywhistle.apps.payments.models.paybacks import reason_length_max
from pennywhistle.apps.payments.payback_limits import (
    NothingToPayBackError,
    PaybackError,
    require_payable,
)
from pennywhistle.apps.payments.provider import (
    ProviderError,
    Refunding,
    RefundRefusedError,
    RefundState,
)
from pennywhistle.apps.payments.providers import ProviderUnknownError, provider
from pennywhistle.apps.payments.unspent import Taken, payback_key, unspent_on
from pennywhistle.kernel.money import Money
from pennywhistle.machine.postgres.alone import alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.payments.provider import Provider

__all__ = [
    "NothingToPayBackError",
    "PaybackAsked",
    "PaybackError",
    "intend_payback",
    "pay_back",
    "refresh_open_paybacks",
    "refresh_payback",
    "refresh_paybacks_of",
]

logger = logging.getLogger(__name__)

batch_paybacks_max = 100
# Whoever asked sends it at once; the clock does only where they could not.
send_again_after_s = 60
# Then after a tenth of its age, within these bounds.
ask_again_after_s_max = 6 * 3_600
# Of what has arrived, a webhook is about one of the newest; a report tells of the others.
done_asked_max = 5


@dataclass(frozen=True, slots=True)
class PaybackAsked:
    """Whose money, how much of it (None: all), and a key that was made before the click."""

    user_id: int
    currency: str
    amount: Money | None
    key: str
    # Top-ups by which nothing is to go back.
    without: frozenset[UUID] = frozenset()


def pay_back(*, asked: PaybackAsked, now: datetime) -> list[Payback]:
    """Send unspent money back to where it came from, that of the newest top-up first.

    Three steps, so that no transaction is open while a provider is asked: commit the intents, by
    which the money leaves the balance; ask; note the answers. A provider that does not answer is
    asked again by the clock. The same key again answers with the same paybacks.

    Raises:
        PaybackError: one of its kinds; nothing left the balance.
    """
    for payback in intend_payback(asked=asked, now=now):
        if payback.state == Payback.State.CREATED:
            try:
                refresh_payback(payback_id=payback.id, now=now)
            except ProviderError as error:
                logger.warning("Payback %s waits: %s", payback.id, error)
    made = Payback.objects.filter(user=asked.user_id, key=asked.key)
    return list(made.select_related("top_up").order_by("-created_at", "id"))


@transaction.atomic
def intend_payback(*, asked: PaybackAsked, now: datetime) -> list[Payback]:
    """Take the money off the balance and note by which top-ups it goes back; nothing is sent yet.

    The balance's row is locked, as at the till, so that it cannot be spent as well.
    """
    account = Account.objects.filter(
        kind=Account.Kind.BALANCE, user=asked.user_id, currency=asked.currency
    ).first()
    if account is None:
        raise NothingToPayBackError("Nothing was paid in.")
    Balance.objects.select_for_update().get(account=account)
    known = list(Payback.objects.filter(user=asked.user_id, key=asked.key))
    if known:
        return known
    unspent = unspent_on(account).without(asked.without)
    amount = unspent.payable if asked.amount is None else asked.amount
    require_payable(user_id=asked.user_id, amount=amount, payable=unspent.payable, now=now)
    return [_intend(account, taken, asked.key, now) for taken in unspent.taken(amount)]


def refresh_payback(*, payback_id: UUID, now: datetime) -> Payback:
    """Send a payback, or ask how it stands, which is the same; and apply the answer once.

    One that no provider was told of fails where its provider is set up no more: its money is back
    on the balance. Any other waits for its provider, because it may have arrived. One that was done
    is asked about as well: a bank may have sent it back since. Two at once tell its provider once.

    Raises ProviderError: the provider does not answer, or is not set up; ask again later.
    """
    payback = Payback.objects.select_related("top_up").get(id=payback_id)
    if payback.state == Payback.State.FAILED:
        return payback
    try:
        by = provider(payback.top_up.provider)
    except ProviderUnknownError as error:
        if payback.state == Payback.State.DONE:
            return payback
        if payback.state != Payback.State.CREATED:
            raise
        return _apply(payback_id, Refunding(RefundState.FAILED, str(error)), now, is_untold=True)
    if payback.state == Payback.State.DONE:
        return _ask(payback, by, now)
    # Not every provider knows what it was told at the same time under the same key.
    with alone("payments_payback", payback_id) as is_alone:
        if not is_alone or not _is_told(payback):
            return Payback.objects.get(id=payback_id)
        return _ask(payback, by, now)


def _ask(payback: Payback, by: Provider, now: datetime) -> Payback:
    try:
        answer = by.refund(
            provider_ref=payback.top_up.provider_ref,
            amount=Money(payback.amount_micro, payback.currency),
            key=str(payback.id),
        )
    except RefundRefusedError as error:
        if payback.state == Payback.State.DONE:
            # It does not know it any more, and has not said that it failed.
            return payback
        answer = Refunding(RefundState.FAILED, str(error))
    return _apply(payback.id, answer, now)


def refresh_open_paybacks(*, now: datetime) -> int:
    """Send or ask about the paybacks that are due, at most a batch; answers how many ended.

    One that cannot be asked about stops none of the others, and makes room for them next time.
    """
    ended = 0
    for payback_id in _claim_due(now):
        try:
            payback = refresh_payback(payback_id=payback_id, now=now)
        except ProviderError as error:
            logger.error("Payback %s could not be completed: %s", payback_id, error)  # noqa: TRY400 (a known case, told in one line)
        else:
            ended += payback.state in {Payback.State.DONE, Payback.State.FAILED}
    return ended


def refresh_paybacks_of(*, top_up_id: UUID, now: datetime) -> None:
    """Ask about all that is on its way back of a top-up: its provider told that something changed.

    Also about what was done last: it fails weeks later where a bank sends it back. Raises
    ProviderError.
    """
    known = Payback.objects.from_top_up(top_up_id)
    done = known.filter(state=Payback.State.DONE).order_by("-created_at", "id")
    for payback in [*known.open(), *done[:done_asked_max]]:
        refresh_payback(payback_id=payback.id, now=now)


def _intend(account: Account, taken: Taken, key: str, now: datetime) -> Payback:
    assert account.user_id is not None, "a balance has a holder"
    payback = Payback.objects.create(
        user_id=account.user_id,
        key=key,
        top_up_id=taken.lot.top_up_id,
        amount_micro=taken.money.micro,
        currency=taken.money.currency,
        created_at=now,
        due_at=now + timedelta(seconds=send_again_after_s),
    )
    clearing = open_account(
        kind=Account.Kind.CLEARING, currency=account.currency, code=taken.lot.provider
    )
    amounts = [
        Amount(account.number, -taken.money - taken.bonus),
        Amount(clearing.number, taken.money),
    ]
    if taken.bonus:
        # What the store added came out of its own account, and goes there again.
        store = open_account(kind=Account.Kind.STORE, currency=account.currency)
        amounts.append(Amount(store.number, taken.bonus))
    _write(payback_key(payback.id), account.number, amounts, now)
    return payback


def _write(key: str, account: int, amounts: Sequence[Amount], now: datetime) -> None:
    write_entry(kind=Entry.Kind.PAYBACK, key=key, subject=account, amounts=amounts, now=now)


@transaction.atomic
def _claim_due(now: datetime) -> list[UUID]:
    """Take a batch, and put each of it back in the line at once: a crash loses nothing."""
    due: Iterable[Payback] = list(
        Payback.objects.due(at=now).select_for_update(skip_locked=True)[:batch_paybacks_max]
    )
    for payback in due:
        age_s = (now - payback.created_at).total_seconds()
        wait_s = min(max(age_s / 10, send_again_after_s), ask_again_after_s_max)
        Payback.objects.filter(id=payback.id).update(due_at=now + timedelta(seconds=wait_s))
    return [payback.id for payback in due]


def _is_told(payback: Payback) -> bool:
    """Note that its provider is told of it, before it is; False if it ended meanwhile."""
    return bool(Payback.objects.open().filter(id=payback.id).update(state=Payback.State.SENT))


@transaction.atomic
def _apply(
    payback_id: UUID, answer: Refunding, now: datetime, *, is_untold: bool = False
) -> Payback:
    # Lock order: payback, then ledger (docs/developing/architecture.md).
    payback = Payback.objects.select_for_update().get(id=payback_id)
    is_done = payback.state == Payback.State.DONE
    if payback.state == Payback.State.FAILED or (
        is_done and answer.state is not RefundState.FAILED
    ):
        return payback
    if is_untold and payback.state != Payback.State.CREATED:
        return payback
    if answer.state is RefundState.PENDING:
        # What its buyer has to do, if anything.
        payback.state, payback.reason = Payback.State.SENT, answer.reason[:reason_length_max]
    else:
        payback.settled_at = now
        payback.state, payback.reason = Payback.State.DONE, ""
        if answer.state is RefundState.FAILED:
            payback.state = Payback.State.FAILED
            payback.reason = (answer.reason or "The provider did not say why.")[:reason_length_max]
            _return(payback, now)
    payback.save(update_fields=["state", "reason", "settled_at"])
    return payback


def _return(payback: Payback, now: datetime) -> None:
    """Put money that did not arrive back on its balance, with the bonus that had left with it."""
    taken = Entry.objects.get(key=payback_key(payback.id))
    amounts = [
        Amount(account, Money(-amount, payback.currency))
        for account, amount in zip(taken.accounts, taken.amounts_micro, strict=True)
    ]
    _write(f"{payback_key(payback.id)}:failed", taken.subject_id, amounts, now)
