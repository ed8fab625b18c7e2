"""What tax moves in the books after a sale: planned with its supply, written by itself.

The till puts the tax of the buyer's place aside from every sale. That is too much where a business
owes the tax itself: it comes back to the balance. It may be another tax than the one that a balance
bore already when it was paid in: the difference moves between tax offices and the store. A plan is
one entry of kind `tax`, under the key `tax:<supply>`, and is written once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from pennywhistle.apps.invoices.models import Settlement, Supply
from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.engines.tax import Treatment, cents, tax_within
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.invoices.facts import Facts
    from pennywhistle.apps.invoices.models import LotMove

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
        if move.lot.supply is None:
            continue
        lot_supply = move.lot.supply.as_held()
        taken = cents(Fraction(posted * move.amount_micro, entry.price_micro), 1)
        due = cents(tax_within(move.amount_micro, lot_supply.rate), 1)
        is_reverse = lot_supply.treatment == Treatment.REVERSE
        moved[office] -= taken
        moved[Purse(PurseKind.TAX, code=lot_supply.territory)] += due
        moved[entry.subject_id if is_reverse else _STORE] += taken - due
    _plan(supply, entry.subject_id, moved)


def plan_move(out: Supply, into: Supply) -> None:
    """A supply is taxed in another place than it was: the price stays, the store bears the rest."""
    moved: dict[Purse | int, int] = defaultdict(int)
    moved[Purse(PurseKind.TAX, code=out.territory)] += out.tax_micro
    moved[Purse(PurseKind.TAX, code=into.territory)] += into.tax_micro
    moved[_STORE] -= out.tax_micro + into.tax_micro
    _plan(into, into.entry.subject_id, moved)


def plan_refund(refund: Supply, entry: Entry, *, sale: Supply) -> None:
    """The refund takes back what the sale put aside; what was moved since is taken back here."""
    chain = [sale.pk, *sale.corrections.values_list("pk", flat=True)]
    # Planned, or written already: either way the books will have it.
    moved: dict[Purse | int, int] = defaultdict(int)
    for plan in Settlement.objects.filter(supply__in=chain):
        for account, amount in plan.postings:
            moved[account] -= amount
    for settled in Entry.objects.filter(key__in=[key_of(pk) for pk in chain]):
        for account, amount in zip(settled.accounts, settled.amounts_micro, strict=True):
            moved[account] -= amount
    _plan(refund, entry.subject_id, moved)


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
    """Write the entries that are planned, each by itself; answers how many were.

    What a balance does not hold at the moment is tried again next time: after a refund the buyer
    may have spent the tax that goes back to its office.
    """
    written = 0
    for supply_id in Settlement.objects.order_by("pk").values_list("pk", flat=True)[
        :settled_at_once_max
    ]:
        try:
            written += _settle(supply_id, now)
        except IntegrityError as error:
            logger.warning("The tax of supply %s waits: %s", supply_id, error)
    return written


@transaction.atomic
def _settle(supply_id: int, now: datetime) -> bool:
    plan = Settlement.objects.select_for_update(skip_locked=True).filter(pk=supply_id).first()
    if plan is None:
        return False
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
