"""What recording a batch of entries needs to know, read in a few queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.invoices.lots import Lots
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.taxes.numbers import business_numbers
from pennywhistle.apps.taxes.places import clues_of
from pennywhistle.engines.tax import Clue, Quarter, taxed_as
from pennywhistle.kernel.local_time import zones_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.taxes.models import SellerTerms, VatNumber

_Asked = tuple[int, str, "datetime"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of a batch: lines of orders by entry, accounts by number, terms in their order."""

    terms: Sequence[SellerTerms]
    lines: dict[UUID, OrderLine]
    accounts: dict[int, Account]
    clues: dict[_Asked, tuple[Clue, ...]]
    numbers: dict[tuple[int, datetime], VatNumber | None]
    lots: Lots

    def terms_of(self, entry: Entry) -> SellerTerms:
        """Those that held when an entry was written; some did, or it would not be recorded."""
        return [each for each in self.terms if each.valid_from <= entry.occurred_at][-1]

    def clues_of(self, user_id: int, territory: str, at: datetime) -> tuple[Clue, ...]:
        """What speaks of a buyer's place, by the state that taxes there."""
        asked = (user_id, territory, at)
        found = self.clues[asked] if asked in self.clues else clues_of([asked])[0]
        return tuple(Clue(clue.kind, taxed_as(clue.country)) for clue in found)

    def number_of(self, user_id: int, territory: str, at: datetime) -> VatNumber | None:
        """The number of a business of the state that taxes there."""
        asked = (user_id, at)
        found = self.numbers[asked] if asked in self.numbers else business_numbers([asked])[0]
        return found if found is not None and found.country == taxed_as(territory) else None

    def tax_posted(self, entry: Entry) -> int:
        """What the books put aside for tax offices."""
        return sum(
            amount
            for account, amount in zip(entry.accounts, entry.amounts_micro, strict=True)
            if self.accounts[account].kind == Account.Kind.TAX
        )


def quarter_at(at: datetime, terms: SellerTerms) -> Quarter:
    """The quarter of an instant, by the calendar where the seller is at home."""
    return Quarter.of(at.astimezone(zones_of(terms.country)[0]).date())


def load_facts(
    entries: Sequence[Entry], *, terms: Sequence[SellerTerms], first_index: int
) -> Facts:
    """Everything about a batch; the lots of its buyers are locked."""
    lines = {
        line.pk: line
        for line in OrderLine.objects.filter(entry__in=entries).select_related("order", "verdict")
    }
    numbers = {number for entry in entries for number in entry.accounts}
    asked = [
        (line.order.buyer_id, line.order.territory, entry.occurred_at)
        for entry in entries
        if (line := lines.get(entry.pk)) is not None
    ]
    people = list({(user_id, at) for user_id, _, at in asked})
    accounts = {each.number: each for each in Account.objects.filter(number__in=numbers)}
    return Facts(
        terms=terms,
        lines=lines,
        accounts=accounts,
        clues=dict(zip(asked, clues_of(asked), strict=True)),
        numbers=dict(zip(people, business_numbers(people), strict=True)),
        lots=Lots.of(
            {each.user_id for each in accounts.values() if each.user_id is not None},
            accounts,
            first_index,
        ),
    )
