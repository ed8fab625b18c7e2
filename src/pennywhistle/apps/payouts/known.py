"""What is on record about many accounts, read at once: a run asks no question for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max

from pennywhistle.apps.contracts.models import Contract
from pennywhistle.apps.payouts.details import Standing
from pennywhistle.apps.payouts.due import due_by_territory
from pennywhistle.apps.payouts.models import AccountTerms, Details, Payout
from pennywhistle.apps.payouts.terms import Wanted, WithholdingTable, default_terms, terms_said

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from pennywhistle.apps.ledger.models import Account
    from pennywhistle.kernel.money import Money

_NOBODYS = Standing(None, None, None)


@dataclass(frozen=True, slots=True)
class Known:
    """By account or party: details, terms, what is on its way, and where unpaid lines begin.

    `payers` are parties by whose contracts the store may owe something to others.
    """

    standings: Mapping[int, Standing]
    terms: Mapping[int, Wanted]
    on_the_way: Collection[int]
    unpaid_from: Mapping[int, int]
    payers: Collection[int]
    withholding: WithholdingTable
    by_territory: Mapping[int, Mapping[str, Money]]

    def standing(self, account: Account) -> Standing:
        """Its payee's bank details."""
        return self.standings.get(account.party_id or 0, _NOBODYS)

    def wanted(self, account: Account) -> Wanted:
        """How its payee wants it paid, or the store's default."""
        return self.terms.get(account.number) or default_terms(account.currency)

    def first_unpaid(self, account: Account) -> int:
        """Where in the log the lines begin that no standing payout of it pays."""
        return self.unpaid_from.get(account.number, 0)


def known_of(accounts: Collection[Account], *, at: datetime, end_index: int) -> Known:
    """What is on record about these accounts, of one currency, at an instant and until a cut.

    A fixed number of queries.
    """
    currency = next((account.currency for account in accounts), "")
    numbers = [account.number for account in accounts]
    parties = {account.party_id for account in accounts if account.party_id is not None}
    mine = Payout.objects.filter(source__in=numbers)
    newest = AccountTerms.objects.filter(account__in=numbers).order_by("account", "-id")
    ends = mine.standing().order_by().values("source").annotate(last=Max("end_index"))
    owing = Contract.objects.filter(payer__in=parties).values_list("payer_id", flat=True)
    return Known(
        standings=_standings(parties, at),
        terms={each.account_id: terms_said(each) for each in newest.distinct("account")},
        on_the_way=set(mine.open().values_list("source_id", flat=True)),
        unpaid_from={row["source"]: int(row["last"]) for row in ends},
        payers=set(owing),
        withholding=WithholdingTable.of(parties=parties, on=at.date()),
        by_territory=due_by_territory(numbers, currency=currency, end_index=end_index),
    )


def _standings(parties: Collection[int], at: datetime) -> dict[int, Standing]:
    """As `details.standing_of`, for many parties."""
    of_all = Details.objects.filter(party__in=parties)
    newest = {each.party_id: each for each in of_all.usable(at=at).distinct("party_id")}
    waiting = {each.party_id: each for each in of_all.waiting(at=at).order_by("id")}
    found = {}
    for party in newest.keys() | waiting.keys():
        holds = newest.get(party)
        is_closed = holds is not None and holds.closed_at is not None and holds.closed_at <= at
        found[party] = Standing(
            None if is_closed else holds, waiting.get(party), holds if is_closed else None
        )
    return found
