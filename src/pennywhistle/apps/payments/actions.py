"""Topping up: the intent is committed before the provider is asked, and applied exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.payments.models import ProviderNotice, TopUp
from pennywhistle.apps.payments.provider import Payment, PaymentState
from pennywhistle.apps.payments.providers import provider
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

top_up_micro_min = 1_000_000
top_up_micro_max = 500_000_000


class TopUpError(Exception):
    """The balance was not changed."""

    code = "top-up"


class AmountOutOfRangeError(TopUpError):
    """Less or more than may be paid in at once."""

    code = "amount-out-of-range"


class TopUpKeyReusedError(TopUpError):
    """The same key came with another amount or provider."""

    code = "key-reused"


class PaymentDiffersError(TopUpError):
    """The provider speaks of another amount or another top-up than the store's."""

    code = "payment-differs"


@dataclass(frozen=True, slots=True)
class TopUpAsked:
    """What the buyer asked for; `key` was made before the click."""

    user_id: int
    amount: Money
    provider_code: str
    key: str
    return_path: str


def start_top_up(*, asked: TopUpAsked, origin: str, now: datetime) -> str:
    """Begin a top-up and answer with the address where the buyer pays.

    Three steps, so that no transaction is open while the provider is asked: commit the intent,
    ask, note the answer. The same key again goes on with the same intent.
    """
    if not top_up_micro_min <= asked.amount.micro <= top_up_micro_max:
        least, most = (Money(m, asked.amount.currency) for m in (top_up_micro_min, top_up_micro_max))
        raise AmountOutOfRangeError(f"A top-up is from {least} to {most}.")
    door = provider(asked.provider_code)
    top_up = _intend(asked, now)
    started = door.start(
        reference=str(top_up.id),
        amount=asked.amount,
        return_url=f"{origin}/balance/top-ups/{top_up.id}/",
        notify_url=f"{origin}/hooks/{asked.provider_code}/",
    )
    TopUp.objects.filter(id=top_up.id, state=TopUp.State.CREATED).update(
        state=TopUp.State.PENDING, provider_ref=started.provider_ref
    )
    return started.redirect_url


def refresh_top_up(*, top_up_id: UUID, now: datetime) -> TopUp:
    """Ask the provider how the payment stands and apply the answer once."""
    top_up = TopUp.objects.get(id=top_up_id)
    if top_up.state != TopUp.State.PENDING:
        return top_up
    payment = provider(top_up.provider).fetch(provider_ref=top_up.provider_ref)
    return _apply(top_up_id, payment, now)


def take_notice(
    *, provider_code: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> None:
    """Take a webhook: check its signature, then ask the provider itself; its words are not used.

    Raises:
        NoticeRefusedError: the signature is wrong, or the notice is stale.
    """
    notice = provider(provider_code).read_notice(body=body, headers=headers)
    top_up = TopUp.objects.filter(
        provider=provider_code, provider_ref=notice.provider_ref
    ).first()
    if top_up is not None:
        refresh_top_up(top_up_id=top_up.id, now=now)
    ProviderNotice.objects.get_or_create(
        provider=provider_code,
        notice_id=notice.notice_id,
        defaults={"provider_ref": notice.provider_ref, "received_at": now},
    )


@transaction.atomic
def _intend(asked: TopUpAsked, now: datetime) -> TopUp:
    top_up, _ = TopUp.objects.get_or_create(
        user_id=asked.user_id,
        key=asked.key,
        defaults={
            "provider": asked.provider_code,
            "amount_micro": asked.amount.micro,
            "currency": asked.amount.currency,
            "return_path": asked.return_path,
            "created_at": now,
        },
    )
    known = (top_up.provider, top_up.amount_micro, top_up.currency)
    if known != (asked.provider_code, asked.amount.micro, asked.amount.currency):
        raise TopUpKeyReusedError("This top-up was already begun with another amount.")
    return top_up


@transaction.atomic
def _apply(top_up_id: UUID, payment: Payment, now: datetime) -> TopUp:
    # Lock order: top-up, then ledger (docs/developing/architecture.md).
    top_up = TopUp.objects.select_for_update().get(id=top_up_id)
    if top_up.state != TopUp.State.PENDING or payment.state is PaymentState.PENDING:
        return top_up
    if payment.state is PaymentState.FAILED:
        top_up.state = TopUp.State.FAILED
    else:
        _credit(top_up, payment, now)
        top_up.state = TopUp.State.PAID
    top_up.settled_at = now
    top_up.save(update_fields=["state", "settled_at"])
    return top_up


def _credit(top_up: TopUp, payment: Payment, now: datetime) -> None:
    due = Money(top_up.amount_micro, top_up.currency)
    if payment.amount != due or payment.reference != str(top_up.id):
        raise PaymentDiffersError(
            f"Top-up {top_up.id} is for {due}; {top_up.provider} says {payment.amount}"
            f" for {payment.reference}."
        )
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
