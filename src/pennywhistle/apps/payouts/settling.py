"""How a payout ends: it left the bank, never left, or came back to the payee's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.payouts.approving import (
    entry_key,
    item_of,
    locked,
    unconvert,
    withholding_account,
)
from pennywhistle.apps.payouts.details import close_doubtful
from pennywhistle.apps.payouts.errors import ReferenceMissingError, StateWrongError
from pennywhistle.apps.payouts.letters import tell
from pennywhistle.apps.payouts.limits import REASON_LENGTH_MAX, REFERENCE_LENGTH_MAX
from pennywhistle.apps.payouts.models import Letter, Payout
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

# The account of the bank from which files and transfers by hand are paid.
BANK = "bank"
_STATE = Payout.State


@transaction.atomic
def settle(*, payout_id: UUID, reference: str, now: datetime, provider: str = "") -> Payout:
    """Note that a payout left the store's account, by the bank's own reference. Once.

    `provider` is the code of the payment provider that says so.

    Raises:
        ReferenceMissingError: without the bank's reference nobody could compare the two.
        StateWrongError: it was not sent, has ended otherwise, or is with a provider.
    """
    payout = locked(payout_id)
    if payout.state == _STATE.SETTLED:
        return payout
    _require(payout, {_STATE.SENT})
    _require_told_by(payout, provider)
    if not reference.split():
        raise ReferenceMissingError("Write what the bank's statement calls it.")
    # The provider's code stays in front: what came back later is booked there.
    word = " ".join([provider, *reference.split()]).strip()[:REFERENCE_LENGTH_MAX]
    transit, bank = _transit(payout), _bank(payout)
    write_entry(
        kind=Entry.Kind.SETTLED,
        key=entry_key(payout, ":settled"),
        # Nobody's: the bank's account is opened to the world, and names no payee.
        subject=transit.number,
        amounts=[Amount(transit.number, -payout.paid), Amount(bank.number, payout.paid)],
        now=now,
    )
    payout.state, payout.ended_at, payout.reference = _STATE.SETTLED, now, word
    payout.save(update_fields=["state", "ended_at", "reference"])
    return payout


@transaction.atomic
def withdraw(*, payout_id: UUID, reason: str, now: datetime) -> Payout:
    """Take back an approved payout that was not sent: its money is the payee's again.

    Raises:
        ReferenceMissingError: no reason is given.
        StateWrongError: it was sent, or has ended.
    """
    return _give_back(payout_id, {_STATE.APPROVED}, _STATE.FAILED, reason, now)


@transaction.atomic
def fail(*, payout_id: UUID, reason: str, now: datetime, provider: str = "") -> Payout:
    """Note that the bank refused a payout that was sent: its money is the payee's again.

    `provider` is the code of the payment provider that says so: while it may still pay, nobody
    else ends it.

    Raises:
        ReferenceMissingError: no reason is given.
        StateWrongError: it was not sent, has ended, or is with a provider.
    """
    return _give_back(payout_id, {_STATE.SENT}, _STATE.FAILED, reason, now, provider)


@transaction.atomic
def bring_back(*, payout_id: UUID, reason: str, now: datetime) -> Payout:
    """Note that money came back: it is the payee's again, who is told; nothing more goes there.

    The bank details that it came back from are closed. What was withheld for a tax office comes
    back as well: it is withheld anew when the money is paid.

    Raises:
        ReferenceMissingError: no reason is given.
        StateWrongError: it was not sent, or is with a provider.
    """
    sent = {_STATE.SENT, _STATE.SETTLED}
    payout = _give_back(payout_id, sent, _STATE.RETURNED, reason, now)
    close_doubtful(details_id=payout.details_id, now=now)
    return payout


def _give_back(
    payout_id: UUID,
    from_states: Collection[str],
    state: str,
    reason: str,
    now: datetime,
    provider: str = "",
) -> Payout:
    payout = locked(payout_id)
    if payout.state == state:
        return payout
    _require(payout, from_states)
    _require_told_by(payout, provider)
    word = " ".join(reason.split())[:REASON_LENGTH_MAX]
    if not word:
        raise ReferenceMissingError("Say why: the payee reads it.")
    left = payout.state == _STATE.SETTLED
    giving = _bank(payout) if left else _transit(payout)
    amounts = [Amount(giving.number, -payout.paid)]
    for part in payout.parts.filter(withheld_micro__gt=0).order_by("territory"):
        office = withholding_account(payout.currency, part.territory)
        amounts.append(Amount(office.number, -Money(part.withheld_micro, payout.currency)))
    amounts.append(Amount(payout.account_id, payout.paid + payout.withheld))
    write_entry(
        kind=Entry.Kind.RETURNED,
        key=entry_key(payout, ":returned"),
        subject=payout.account_id,
        amounts=amounts,
        now=now,
        # What leaves the bank's account stands there for everybody to see, and names no payee.
        item="payout:returned" if left else item_of(payout),
    )
    if payout.source_id != payout.account_id:
        unconvert(payout, now)
    was_sent = payout.state != _STATE.APPROVED
    payout.state, payout.ended_at, payout.reason = state, now, word
    payout.save(update_fields=["state", "ended_at", "reason"])
    if was_sent:
        tell(payout, about=Letter.About.RETURNED, now=now)
    return payout


def _require(payout: Payout, states: Collection[str]) -> None:
    if payout.state not in states:
        raise StateWrongError(f"This payout is {payout.get_state_display()}.")


def _require_told_by(payout: Payout, provider: str) -> None:
    """What is with a provider ends by its own word: else it may pay as well."""
    is_with_one = payout.state == _STATE.SENT and payout.way == Payout.Way.PROVIDER
    if is_with_one and payout.reference.split()[0] != provider:
        raise StateWrongError("This payout is with a provider, which is asked how it ends.")


def _transit(payout: Payout) -> Account:
    return open_account(kind=Account.Kind.TRANSIT, currency=payout.currency)


def _bank(payout: Payout) -> Account:
    """Where it leaves the store: at the provider that sent it, or else at the bank."""
    is_providers = payout.way == Payout.Way.PROVIDER
    code = payout.reference.split()[0] if is_providers else BANK
    return open_account(kind=Account.Kind.CLEARING, currency=payout.currency, code=code)
