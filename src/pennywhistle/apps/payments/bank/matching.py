"""What an entry of a statement is: told by its reference and amount, or left for a person.

Only what is certain ends here. An entry that carries the reference of a transfer is credited to
whoever announced it, with the amount that came, whatever was announced: it is their money. What
comes for the same reference again is credited again; but the same amount on the same day waits, as
a bank may have booked it twice.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.bank.account import CODE
from pennywhistle.apps.payments.bank.errors import DecisionError
from pennywhistle.apps.payments.bank.orders import came_back_text
from pennywhistle.apps.payments.bank.sweeps import on_the_way
from pennywhistle.apps.payments.bonus import bonus_for
from pennywhistle.apps.payments.limits import top_up_bounds
from pennywhistle.apps.payments.models import (
    BankEnd,
    BankEntry,
    BankOrder,
    BankTransfer,
    Payback,
    TopUp,
)
from pennywhistle.apps.payments.paying_back import refresh_payback
from pennywhistle.apps.payments.provider import Payment, PaymentState, ProviderError
from pennywhistle.apps.payments.work import apply_payment
from pennywhistle.engines.bankfile import is_reference, references_in

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)

_NAME = re.compile(r"PW[0-9A-F]{32}")
_How = BankEnd.How
# Around the day on which a sweep was booked: a bank books in its own time zone.
_sweep_days_before = timedelta(days=2)
_sweep_days_after = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Matched:
    """What a run found out: entries that ended, and those that wait for a person."""

    ended_count: int
    open_count: int


def match_open(*, now: datetime) -> Matched:
    """Look at all entries that nothing has explained yet, the oldest first."""
    ids = list(BankEntry.objects.open().values_list("id", flat=True))
    ended = [match_entry(entry_id=entry_id, now=now) is not None for entry_id in ids]
    _follow_returns(now)
    return Matched(sum(ended), len(ended) - sum(ended))


@transaction.atomic
def match_entry(*, entry_id: int, now: datetime) -> BankEnd | None:
    """End an entry if it is certain what it is; None: a person has to look."""
    entry = BankEntry.objects.select_for_update().get(id=entry_id)
    known = BankEnd.objects.filter(entry=entry).first()
    if known is not None:
        return known
    if entry.amount_micro < 0:
        return _went(entry, now)
    if entry.is_return:
        return _came_back(entry, now)
    return _came(entry, now)


def transfers_named(entry: BankEntry) -> list[BankTransfer]:
    """The announced transfers whose references an entry carries, in whatever field."""
    exact = "".join(entry.reference.split()).upper()
    words = {exact} if is_reference(exact) else set(references_in(entry.words))
    return list(BankTransfer.objects.select_related("top_up").filter(reference__in=words))


def order_named(entry: BankEntry) -> BankOrder | None:
    """The store's own order that an entry names."""
    found = list(BankOrder.objects.named_in(_names_in(entry))[:2])
    return found[0] if len(found) == 1 else None


def has_failed(order: BankOrder) -> bool:
    """Whether a person said that the bank did not carry it out: its money is the buyer's again."""
    if order.state != BankOrder.State.FAILED:
        return False
    return not order.ends.filter(how=_How.RETURNED).exists()


def names_an_order(entry: BankEntry) -> bool:
    """Whether it carries a name as the store's orders have, and payouts to payees as well."""
    return bool(_names_in(entry))


def _names_in(entry: BankEntry) -> list[str]:
    return _NAME.findall("".join(entry.words.split()).upper())


def is_twice(entry: BankEntry, transfer: BankTransfer) -> bool:
    """Whether its transfer was credited with the same amount of the same day before."""
    return BankEnd.objects.filter(
        how=_How.CREDITED,
        top_up=transfer.top_up,
        entry__booked_on=entry.booked_on,
        entry__amount_micro=entry.amount_micro,
        entry__currency=entry.currency,
    ).exists()


def is_too_much(entry: BankEntry) -> bool:
    """Whether more came than may be paid in at once; a person shall look at that."""
    _, most = top_up_bounds(entry.currency)
    return entry.amount > most


def credit(
    *, entry: BankEntry, top_up: TopUp, reason: str, user_id: int | None, now: datetime
) -> BankEnd:
    """Credit an entry to whoever the top-up is of, within a transaction that holds the entry.

    A top-up that waits takes what came as its amount; to one that has ended another is added.

    Raises DecisionError: the top-up is not this entry's; nothing is kept.
    """
    top_up = TopUp.objects.select_for_update().get(id=top_up.id)
    if top_up.state != TopUp.State.PENDING:
        top_up = _another(entry, top_up.user_id, now)
    payment = Payment(
        provider_ref=top_up.provider_ref,
        reference=str(top_up.id),
        state=PaymentState.PAID,
        amount=entry.amount,
        country=entry.other_iban[:2],
        is_as_it_came=True,
    )
    applied = apply_payment(top_up_id=top_up.id, payment=payment, now=now)
    if (applied.provider, applied.state) != (CODE, TopUp.State.PAID) or (
        applied.amount_micro != entry.amount_micro
    ):
        raise DecisionError("What came was not credited: the top-up is of something else.")
    return BankEnd.objects.create(
        entry=entry,
        how=_How.CREDITED,
        reason=reason,
        user_id=user_id,
        top_up=top_up,
        ledger_key=f"top-up:{top_up.id}",
        ended_at=now,
    )


def credit_user(
    *, entry: BankEntry, holder_id: int, reason: str, user_id: int, now: datetime
) -> BankEnd:
    """Credit an entry to somebody who announced nothing."""
    top_up = _another(entry, holder_id, now)
    return credit(entry=entry, top_up=top_up, reason=reason, user_id=user_id, now=now)


def _another(entry: BankEntry, holder_id: int, now: datetime) -> TopUp:
    """A top-up for what came without one."""
    top_up, _ = TopUp.objects.get_or_create(
        user_id=holder_id,
        # No buyer can have taken it: keys that buyers choose have no colon.
        key=f"bank-entry:{entry.pk}",
        defaults={
            "provider": CODE,
            "provider_ref": f"entry-{entry.pk}",
            "amount_micro": entry.amount_micro,
            "currency": entry.currency,
            "bonus_micro": bonus_for(entry.amount).micro,
            "state": TopUp.State.PENDING,
            "return_path": "/balance/",
            "created_at": now,
            "due_at": now,
        },
    )
    return top_up


def _came(entry: BankEntry, now: datetime) -> BankEnd | None:
    found = transfers_named(entry)
    if not found:
        return _swept(entry, now)
    if len(found) != 1 or entry.currency != the_store().currency:
        return None
    transfer = found[0]
    if transfer.top_up.state == TopUp.State.CREATED:
        return None
    if is_twice(entry, transfer) or is_too_much(entry):
        return None
    reason = f"It carries the reference {transfer.reference}."
    if entry.amount_micro != transfer.announced_micro:
        reason += " Another amount was announced; what came counts."
    return credit(entry=entry, top_up=transfer.top_up, reason=reason, user_id=None, now=now)


def provider_named(entry: BankEntry) -> str:
    """The payment provider whose name stands in the payer's, or in the words; "" if not one."""
    words = f"{entry.other_name} {entry.text}".casefold()
    codes = Account.objects.filter(kind=Account.Kind.CLEARING).exclude(code=CODE)
    found = {code for code in codes.values_list("code", flat=True) if code.casefold() in words}
    return found.pop() if len(found) == 1 else ""


def _swept(entry: BankEntry, now: datetime) -> BankEnd | None:
    """What a provider named in it paid out, if the books have exactly one such sweep open."""
    provider = provider_named(entry)
    open_ones = [
        each
        for each in (on_the_way(currency=entry.currency) if provider else [])
        if (each.provider, each.amount) == (provider, entry.amount)
        and each.at.date() - entry.booked_on <= _sweep_days_before
        and entry.booked_on - each.at.date() <= _sweep_days_after
    ]
    if len(open_ones) != 1:
        return None
    return BankEnd.objects.create(
        entry=entry,
        how=_How.SWEPT,
        reason=f"{provider} paid it out; it is the only such sweep on its way.",
        ledger_key=open_ones[0].key,
        ended_at=now,
    )


def _went(entry: BankEntry, now: datetime) -> BankEnd | None:
    order = order_named(entry)
    if order is None or order.amount != -entry.amount:
        return None
    order = BankOrder.objects.select_for_update().get(id=order.id)
    if BankEnd.objects.filter(how=_How.SENT, order=order).exists() or has_failed(order):
        return None
    # Files may come in any order: what came back before it was seen to leave has failed.
    if order.state != BankOrder.State.FAILED:
        order.state, order.ended_at = BankOrder.State.DONE, now
        order.save(update_fields=["state", "ended_at"])
    return BankEnd.objects.create(
        entry=entry,
        how=_How.SENT,
        order=order,
        reason=f"It is the order {order.name}.",
        ended_at=now,
    )


def _came_back(entry: BankEntry, now: datetime) -> BankEnd | None:
    """A transfer of the store's that came back, be it after a statement had shown it as sent."""
    order = order_named(entry)
    if order is None or order.amount != entry.amount or order.top_up_id is None:
        return None
    order = BankOrder.objects.select_for_update().get(id=order.id)
    if BankEnd.objects.filter(how=_How.RETURNED, order=order).exists():
        return None
    if order.state == BankOrder.State.FAILED:
        return None
    if order.state != BankOrder.State.DONE:
        order.state, order.ended_at = BankOrder.State.FAILED, now
        order.reason = came_back_text(entry)
        order.save(update_fields=["state", "reason", "ended_at"])
    return BankEnd.objects.create(
        entry=entry,
        how=_How.RETURNED,
        order=order,
        reason=f"It is the order {order.name}.",
        ended_at=now,
    )


def _follow_returns(now: datetime) -> None:
    """Put what came back on its buyers' balances again, also where a crash came between."""
    keys = BankEnd.objects.filter(how=_How.RETURNED, order__top_up__isnull=False)
    ids = [UUID(key) for key in keys.values_list("order__key", flat=True)]
    waiting = Payback.objects.standing().filter(id__in=ids)
    for payback_id in waiting.order_by("created_at", "id").values_list("id", flat=True):
        try:
            refresh_payback(payback_id=payback_id, now=now)
        except ProviderError as error:
            logger.warning("Payback %s came back, and waits: %s", payback_id, error)
