"""Approving: by one person or by two, and then money leaves the payee's account in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.parties.actions import lock_parties
from pennywhistle.apps.payouts.details import standing_of
from pennywhistle.apps.payouts.document import announce_payout, document_of
from pennywhistle.apps.payouts.due import due_of, sums_of
from pennywhistle.apps.payouts.errors import StateWrongError
from pennywhistle.apps.payouts.limits import REASON_LENGTH_MAX
from pennywhistle.apps.payouts.models import Approval, Payout
from pennywhistle.apps.proof.log import have_keys, the_log
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

DETAILS_CHANGED = "The payee's bank details changed after it was proposed."
BALANCE_FELL = "Less is due than was proposed: sales were refunded since."


@transaction.atomic
def approve(*, payout_id: UUID, user_id: int, now: datetime) -> Payout:
    """Say that a payout may go; with the last word that is needed, the money leaves the account.

    The same person's second word counts for nothing. Where the bank details in force are not
    those that were proposed, or less is due, the payout is dropped with that reason: the run looks
    again, and somebody approves what holds. From here on the approved details stay.

    Raises:
        StateWrongError: it was dropped, or has ended.
    """
    payout = locked(payout_id)
    if payout.state in {Payout.State.APPROVED, Payout.State.SENT, Payout.State.SETTLED}:
        return payout
    if payout.state != Payout.State.PROPOSED:
        raise StateWrongError(f"This payout is {payout.get_state_display()}.")
    lock_parties(party_ids=[payout.source.party_id])
    against = _against(payout, now)
    if against:
        return _drop(payout, against, now)
    Approval.objects.get_or_create(payout=payout, user_id=user_id, defaults={"approved_at": now})
    if payout.approvals.count() < payout.people_needed:
        return payout
    entry = _write(payout, now)
    payout.document = document_of(payout, entry_id=entry.id, now=now)
    payout.state, payout.approved_at = Payout.State.APPROVED, now
    payout.save(update_fields=["document", "state", "approved_at"])
    if have_keys():
        announce_payout(log=the_log(), payout=payout, now=now)
    return payout


@transaction.atomic
def drop(*, payout_id: UUID, reason: str, now: datetime) -> Payout:
    """Take a proposal back: nothing has moved, and nothing will.

    Raises:
        StateWrongError: it was approved, or has ended.
    """
    payout = locked(payout_id)
    if payout.state == Payout.State.DROPPED:
        return payout
    if payout.state != Payout.State.PROPOSED:
        raise StateWrongError(f"This payout is {payout.get_state_display()}.")
    return _drop(payout, reason.strip() or "An operator took it back.", now)


def locked(payout_id: UUID) -> Payout:
    """The payout, its row locked until the commit; before any other lock of these modules."""
    rows = Payout.objects.select_for_update(of=("self",))
    return rows.select_related("source", "account", "rate", "details").get(id=payout_id)


def entry_key(payout: Payout, step: str = "") -> str:
    """The key under which the books know what a payout moves."""
    return f"payout:{payout.id}{step}"


def _against(payout: Payout, now: datetime) -> str:
    assert payout.source.party_id is not None, "a payee's account has a party"
    in_force = standing_of(payout.source.party_id, at=now).in_force
    if in_force is None or in_force.pk != payout.details_id:
        return DETAILS_CHANGED
    sums = sums_of(payout.source, end_index=payout.end_index)
    if due_of(payout.source, sums, end_index=payout.end_index, now=now) < payout.due:
        return BALANCE_FELL
    return ""


def _drop(payout: Payout, reason: str, now: datetime) -> Payout:
    payout.state, payout.ended_at = Payout.State.DROPPED, now
    payout.reason = reason[:REASON_LENGTH_MAX]
    payout.save(update_fields=["state", "reason", "ended_at"])
    return payout


def _write(payout: Payout, now: datetime) -> Entry:
    """Convert first, if the payee is paid in another currency; then off the account, on its way."""
    if payout.source_id != payout.account_id:
        _convert(payout, now)
    currency = payout.currency
    transit = open_account(kind=Account.Kind.TRANSIT, currency=currency)
    amounts = [
        Amount(payout.account_id, -(payout.paid + payout.withheld)),
        Amount(transit.number, payout.paid),
    ]
    for part in payout.parts.filter(withheld_micro__gt=0).order_by("territory"):
        office = withholding_account(currency, part.territory)
        amounts.append(Amount(office.number, Money(part.withheld_micro, currency)))
    return write_entry(
        kind=Entry.Kind.PAYOUT,
        key=entry_key(payout),
        subject=payout.account_id,
        amounts=amounts,
        now=now,
        item=item_of(payout),
    )


def withholding_account(currency: str, territory: str) -> Account:
    """What is withheld for a state's tax office, apart from the tax on sales there."""
    return open_account(kind=Account.Kind.TAX, currency=currency, code=f"withholding:{territory}")


def item_of(payout: Payout) -> str:
    """How the payee's own lines name a payout."""
    return f"payout:{payout.id.hex}"


def _convert(payout: Payout, now: datetime) -> None:
    """All that is due, from one account of the payee to the other: two entries, one rate.

    Between them stands what the store's bank exchanges for it, in each currency.
    """
    _exchange(
        payout,
        [(":from", payout.source_id, -payout.due), (":into", payout.account_id, payout.converted)],
        now,
    )


def unconvert(payout: Payout, now: datetime) -> None:
    """Convert back what a payout converted, to the micro-unit: it is due anew where it was earned.

    What was carried goes back as well; if another payout paid it meanwhile, it is owed.
    """
    _exchange(
        payout,
        [
            (":back-into", payout.account_id, -payout.converted),
            (":back-from", payout.source_id, payout.due),
        ],
        now,
    )


def _exchange(payout: Payout, pairs: Sequence[tuple[str, int, Money]], now: datetime) -> None:
    for step, number, money in pairs:
        exchange = open_account(
            kind=Account.Kind.CLEARING, currency=money.currency, code="exchange"
        )
        write_entry(
            kind=Entry.Kind.CONVERSION,
            key=entry_key(payout, step),
            subject=number,
            amounts=[Amount(number, money), Amount(exchange.number, -money)],
            now=now,
            item="exchange",
        )
