"""Announcing a transfer: the reference that it has to carry, and what its buyer is told."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from pennywhistle.apps.payments.bank.account import CODE, OwnAccount, own_account
from pennywhistle.apps.payments.models import BankEnd, BankTransfer, TopUp
from pennywhistle.apps.payments.provider import Payment, PaymentState, ProviderError
from pennywhistle.engines.bankfile import epc_text, make_reference
from pennywhistle.engines.bankfile.references import ALPHABET, BODY_LENGTH
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

# An announced transfer that did not come by then is not waited for; it is credited all the same.
waits_days_max = 90
_reference_count = len(ALPHABET) ** BODY_LENGTH
_tries_max = 5


class NoAccountError(ProviderError):
    """The store has no bank account in its settings."""

    code = "no-bank-account"


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a buyer has to tell their bank; `code` is the text of the QR code, or nothing."""

    account: OwnAccount
    amount: Money
    reference: str
    code: str


@transaction.atomic
def announce(*, top_up_id: UUID, now: datetime) -> BankTransfer:
    """Give a top-up its reference; the same top-up again: the same reference.

    Raises:
        NoAccountError: the store has no account to send anything to.
    """
    if own_account() is None:
        raise NoAccountError("The store has no bank account in its settings.")
    top_up = TopUp.objects.select_for_update().get(id=top_up_id)
    known = BankTransfer.objects.filter(top_up=top_up).first()
    if known is not None:
        return known
    for _ in range(_tries_max):
        try:
            with transaction.atomic():
                return BankTransfer.objects.create(
                    top_up=top_up,
                    reference=make_reference(secrets.randbelow(_reference_count)),
                    announced_micro=top_up.amount_micro,
                    begun_at=now,
                )
        except IntegrityError:
            continue
    raise ProviderError("No free reference was found.")


def instructions_of(*, top_up: TopUp) -> Instructions | None:
    """What its buyer has to do; None where the top-up is no transfer, or the account is gone."""
    account = own_account()
    transfer = BankTransfer.objects.filter(top_up=top_up).first()
    if account is None or transfer is None:
        return None
    amount = Money(transfer.announced_micro, top_up.currency)
    code = epc_text(
        name=account.name,
        iban=account.iban,
        bic=account.bic,
        amount=amount,
        reference=transfer.reference,
    )
    return Instructions(account, amount, transfer.reference, code)


def payment_of(*, provider_ref: str, now: datetime) -> Payment:
    """How a transfer stands by the statements that were read. Raises ProviderError if unknown."""
    top_up = TopUp.objects.known_as(provider=CODE, ref=provider_ref).first()
    transfer = BankTransfer.objects.filter(reference=provider_ref).first()
    if top_up is None and transfer is not None:
        top_up = transfer.top_up
    if top_up is None:
        raise ProviderError(f"No transfer is known as {provider_ref[:40]!r}.")
    # The first that came for it; what came later has a top-up of its own.
    end = BankEnd.objects.select_related("entry").filter(top_up=top_up).order_by("entry_id").first()
    state = PaymentState.PENDING
    amount = Money(top_up.amount_micro, top_up.currency)
    if end is not None:
        state, amount = PaymentState.PAID, end.entry.amount
    elif transfer is not None and transfer.begun_at + timedelta(days=waits_days_max) <= now:
        state = PaymentState.FAILED
    return Payment(
        provider_ref=provider_ref,
        reference=str(top_up.id),
        state=state,
        amount=amount,
        country=end.entry.other_iban[:2] if end is not None else "",
        is_as_it_came=True,
    )
