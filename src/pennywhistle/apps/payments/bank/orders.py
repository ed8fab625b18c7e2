"""Transfers out of the store's account: what goes back to buyers, as a file for the bank.

A person gives the file to the bank, and the next statements show what became of it. Nothing here
reaches the bank by itself.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from sepaxml import SepaTransfer

from pennywhistle.apps.payments.bank.account import own_account, plain_iban
from pennywhistle.apps.payments.bank.errors import OrderError
from pennywhistle.apps.payments.bank.transfers import NoAccountError
from pennywhistle.apps.payments.models import BankEnd, BankOrder, TopUp
from pennywhistle.apps.payments.provider import (
    KeyReusedError,
    ProviderError,
    Refunding,
    RefundRefusedError,
    RefundState,
)
from pennywhistle.kernel.money import micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.payments.models import BankEntry
    from pennywhistle.kernel.money import Money

SCHEMA = "pain.001.001.09"
_State = BankOrder.State
_STATES = {
    _State.CREATED: RefundState.PENDING,
    _State.ORDERED: RefundState.PENDING,
    _State.DONE: RefundState.DONE,
    _State.FAILED: RefundState.FAILED,
}


@transaction.atomic
def send_back(*, provider_ref: str, amount: Money, key: str, now: datetime) -> Refunding:
    """Order that a part of what came goes back to the account it came from; once a key.

    Raises:
        RefundRefusedError: the bank did not say from which account it came.
        KeyReusedError: the key ordered something else.
        ProviderError: no such transfer.
    """
    known = BankOrder.objects.filter(key=key).first()
    if known is None:
        known = _order(provider_ref, amount, key, now)
    if known.amount != amount:
        raise KeyReusedError(f"The transfer {key} was of another amount.")
    back = known.ends.select_related("entry").filter(how=BankEnd.How.RETURNED).first()
    if back is not None:
        return Refunding(RefundState.FAILED, came_back_text(back.entry))
    return Refunding(_STATES[_State(known.state)], known.reason)


def came_back_text(entry: BankEntry) -> str:
    """Why a transfer failed, by the entry with which it came back."""
    return f"The bank sent it back: {entry.return_reason or 'it does not say why'}."


def _order(provider_ref: str, amount: Money, key: str, now: datetime) -> BankOrder:
    top_up = TopUp.objects.filter(provider="bank", provider_ref=provider_ref).first()
    if top_up is None:
        raise ProviderError(f"No transfer is known as {provider_ref[:40]!r}.")
    end = BankEnd.objects.select_related("entry").filter(top_up=top_up).order_by("entry_id").first()
    iban = plain_iban(end.entry.other_iban) if end is not None else ""
    if end is None or not iban:
        raise RefundRefusedError("The bank did not say from which account this money came.")
    made, _ = BankOrder.objects.get_or_create(
        key=key,
        defaults={
            "name": order_name(),
            "top_up": top_up,
            "to_name": end.entry.other_name or top_up.user.email[:70],
            "to_iban": iban,
            "amount_micro": amount.micro,
            "currency": amount.currency,
            "made_at": now,
        },
    )
    return made


def order_back(*, entry: BankEntry, now: datetime) -> BankOrder:
    """Order that what nobody knows goes back to whom it came from. Raises OrderError."""
    iban = plain_iban(entry.other_iban)
    if not iban or entry.amount_micro <= 0:
        raise OrderError("The bank did not say from which account this money came.")
    made, _ = BankOrder.objects.get_or_create(
        key=f"entry-{entry.pk}",
        defaults={
            "name": order_name(),
            "entry": entry,
            "to_name": entry.other_name or iban,
            "to_iban": iban,
            "amount_micro": entry.amount_micro,
            "currency": entry.currency,
            "made_at": now,
        },
    )
    return made


def order_name() -> str:
    """An end-to-end reference that statements are searched for: 34 of at most 35 signs."""
    return f"PW{uuid.uuid4().hex.upper()}"


@transaction.atomic
def take_orders(*, now: datetime) -> int:
    """Put all that wait into one file, which `orders_file` writes; answers how many.

    The file can be fetched again under the same instant, as long as the bank may carry its orders
    out; no order is ever in two files.
    """
    waiting = BankOrder.objects.to_order().select_for_update()
    ids = [order.pk for order in waiting]
    return BankOrder.objects.filter(pk__in=ids).update(state=_State.ORDERED, ordered_at=now)


def orders_file(*, ordered_at: datetime) -> bytes:
    """The transfers of one file as pain.001.001.09, to be given to the bank.

    What a statement has shown since, or a person has said to have failed, is not in it any more:
    its money would leave twice.

    Raises:
        OrderError: none of that instant is to be carried out, or they are not in euro.
        NoAccountError: the store has no account in its settings.
    """
    account = own_account()
    if account is None:
        raise NoAccountError("The store has no bank account in its settings.")
    rows = BankOrder.objects.filter(ordered_at=ordered_at, state=_State.ORDERED)
    orders = list(rows.order_by("id"))
    if not orders:
        raise OrderError("There is no such file, or all of its orders have ended.")
    if any(order.currency != "EUR" for order in orders):
        raise OrderError("SEPA transfers are in euro; order others at your bank by hand.")
    config = {"name": account.name, "IBAN": account.iban, "batch": True, "currency": "EUR"}
    if account.bic:
        config["BIC"] = account.bic
    return _written(SepaTransfer(config, schema=SCHEMA, clean=True), orders, ordered_at)


def _written(file: SepaTransfer, orders: Sequence[BankOrder], ordered_at: datetime) -> bytes:
    for order in orders:
        file.add_payment(
            {
                "name": order.to_name,
                "IBAN": order.to_iban,
                "amount": order.amount_micro // micro_per_minor_unit(order.currency),
                "execution_date": ordered_at.date(),
                "description": order.name,
                "endtoend_id": order.name,
            }
        )
    return bytes(file.export(validate=False, pretty_print=True))


@transaction.atomic
def fail_order(*, order_id: int, reason: str, now: datetime) -> BankOrder:
    """Say that the bank did not carry an order out; its money is its buyer's again.

    Raises OrderError: it has ended, or no reason is given.
    """
    order = BankOrder.objects.select_for_update().get(id=order_id)
    if order.state == _State.FAILED:
        return order
    if order.state == _State.DONE or not reason.strip():
        raise OrderError("An order that a statement shows has not failed; say why it has.")
    order.state, order.reason, order.ended_at = _State.FAILED, reason.strip()[:500], now
    order.save(update_fields=["state", "reason", "ended_at"])
    return order
