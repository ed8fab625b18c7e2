"""What tax moves in the books after a sale: planned with its supply, written by itself.

The till puts the tax of the buyer's place aside from every sale. That is too much where a business
owes the tax itself: it comes back to the balance. It may be another tax than the one that a balance
bore already when it was paid in: the difference moves between tax offices and the store. A plan is
one entry of kind `tax`, under the key `tax:<supply>`, and is written once. A refund takes all of it
back in its own transaction.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Sum

from pennywhistle.apps.invoices.models import LotMove, Settlement, Supply
from pennywhistle.apps.ledger.actions import Amount, LedgerError, write_entry
from pennywhistle.apps.ledger.models import Balance, Entry
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.engines.tax import Treatment, cents, tax_within
from pennywhistle.kernel.entry_id import new_entry_id
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.invoices.facts import Facts

logger = logging.getLogger(__name__)

settled_at_once_max = 500
_STORE = Purse(PurseKind.STORE)


def key_of(supply_id: int) -> str:
    """The key of the entry that settles a supply."""
    return f"tax:{supply_id}"


def supply_settled_by(entry: Entry) -> int | None:
    """Which supply an entry of kind `tax` settles."""
    number = (entry.key or "").removeprefix("tax:")
    return int(number) if number.isascii() and number.isdigit() else None


def plan_sale(
    supply: Supply,
    entry: Entry,
    *,
    facts: Facts,
    moves: Sequence[LotMove],
    relief_micro: int,
) -> None:
    """What a sale was taxed too much, or otherwise than the money that paid it."""
    posted = facts.tax_posted(entry)
    office = Purse(PurseKind.TAX, code=supply.territory)
    moved: dict[Purse | int, int] = defaultdict(int)
    if relief_micro:
        moved[office] -= relief_micro
        moved[entry.subject_id] += relief_micro
    for move in moves:
        lot_supply = move.lot.taxed
        if lot_supply is None:
            continue
        taken = cents(Fraction(posted * move.amount_micro, entry.price_micro), 1)
        due = cents(tax_within(move.amount_micro, lot_supply.rate), 1)
        is_reverse = lot_supply.treatment == Treatment.REVERSE
        moved[office] -= taken
        moved[Purse(PurseKind.TAX, code=lot_supply.territory)] += due
        moved[entry.subject_id if is_reverse else _STORE] += taken - due
    _plan(supply, entry.subject_id, moved)


def plan_move(out: Supply, into: Supply) -> None:
    """A supply is taxed in another place than it was: the price stays, the store bears the rest.

    The books have the tax of money that was paid in once that is spent: of the rest, the sales to
    come move it.
    """
    taken, due = -out.tax_micro, into.tax_micro
    if into.corrects is not None and into.corrects.kind == Supply.Kind.TOP_UP:
        spent = _spent(into.corrects)
        taken, due = (cents(tax_within(spent, each.rate), 1) for each in (out, into))
    moved: dict[Purse | int, int] = defaultdict(int)
    moved[Purse(PurseKind.TAX, code=out.territory)] -= taken
    moved[Purse(PurseKind.TAX, code=into.territory)] += due
    moved[_STORE] += taken - due
    _plan(into, into.entry.subject_id, moved)


def _spent(top_up: Supply) -> int:
    """What of money that was taxed when it was paid in bought something that was not refunded."""
    sold = LotMove.objects.filter(
        lot__supply=top_up,
        entry__kind__in=[Entry.Kind.SALE, Entry.Kind.REFUND, Entry.Kind.TAX],
    )
    return int(sold.aggregate(spent=Sum("amount_micro"))["spent"] or 0)


def plan_refund(refund: Supply, entry: Entry, *, sale: Supply) -> None:
    """What was moved after the sale and is not taken back yet; what is only planned never will be.

    `take_back` did it already, unless the refund is older than that.
    """
    assert entry.reverses_id is not None, "a refund has its sale"
    _plan(refund, entry.subject_id, _moved_since(entry.reverses_id, sale))


def take_back(refund: Entry, now: datetime) -> None:
    """With a refund, take back at once what was moved after its sale: nobody has both for a minute.

    It cannot fail for want of money: the price just came back, and is more than any of its tax.
    """
    sale_id = refund.reverses_id
    assert sale_id is not None, "a refund has its sale"
    sale = Supply.objects.filter(entry=sale_id, kind=Supply.Kind.SALE).first()
    moved = {} if sale is None else _moved_since(sale_id, sale)
    if not moved:
        return
    Entry.objects.create(
        # After the refund, wherever entries are put in order by their ids.
        id=new_entry_id(now + timedelta(milliseconds=1)),
        kind=Entry.Kind.TAX,
        key=_key_of_back(sale_id),
        occurred_at=now,
        subject_id=refund.subject_id,
        currency=refund.currency,
        accounts=list(moved),
        amounts_micro=list(moved.values()),
    )


def _key_of_back(sale_id: UUID) -> str:
    return f"tax:back:{sale_id}"


def _moved_since(sale_id: UUID, sale: Supply) -> dict[Purse | int, int]:
    """The negative of what was written of a sale's tax since, by account; without those at zero."""
    chain = [sale.pk, *sale.corrections.values_list("pk", flat=True)]
    keys = [*map(key_of, chain), _key_of_back(sale_id)]
    moved: dict[Purse | int, int] = defaultdict(int)
    for written in Entry.objects.filter(key__in=keys):
        for account, amount in zip(written.accounts, written.amounts_micro, strict=True):
            moved[account] -= amount
    return {account: amount for account, amount in moved.items() if amount}


def _plan(supply: Supply, subject: int, moved: dict[Purse | int, int]) -> None:
    purses = {each for each, amount in moved.items() if isinstance(each, Purse) and amount}
    numbers = account_numbers(purses, currency=supply.currency) if purses else {}
    postings = [
        (each if isinstance(each, int) else numbers[each], amount)
        for each, amount in moved.items()
        if amount
    ]
    if postings:
        assert sum(amount for _, amount in postings) == 0, "a settlement sums to zero"
        Settlement.objects.create(
            supply=supply,
            key=key_of(supply.pk),
            subject=subject,
            currency=supply.currency,
            postings=postings,
        )


def settle_due(*, now: datetime) -> int:
    """Write entries that are planned, each by itself; answers how many were.

    What a balance does not hold at the moment is tried again another time. They come in any order:
    however many cannot be written, each of the others has its turn.
    """
    written = 0
    plans = Settlement.objects.order_by("?").values_list("pk", flat=True)
    for supply_id in plans[:settled_at_once_max]:
        try:
            written += _settle(supply_id, now)
        except (IntegrityError, LedgerError) as error:
            logger.warning("The tax of supply %s waits: %s", supply_id, error)
    return written


@transaction.atomic
def _settle(supply_id: int, now: datetime) -> bool:
    plans = Settlement.objects.filter(pk=supply_id)
    subjects = list(plans.values_list("subject", flat=True))
    # The balance first, as at the till: no refund comes between the look and the entry.
    list(Balance.objects.select_for_update().filter(account__in=subjects))
    plan = plans.select_for_update(skip_locked=True, of=("self",)).select_related("supply").first()
    if plan is None:
        return False
    # What was refunded meanwhile is not moved any more.
    if not Entry.objects.filter(reverses=plan.supply.entry_id).exists():
        write_entry(
            kind=Entry.Kind.TAX,
            key=plan.key,
            subject=plan.subject,
            amounts=[
                Amount(account, Money(amount, plan.currency)) for account, amount in plan.postings
            ],
            now=now,
        )
    plan.delete()
    return True
