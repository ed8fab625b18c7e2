"""How the price of a sale is divided: worked out once a verdict, accounts found once a session."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.db import connection

from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.split import Division

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.clearance import Verdict

payouts_known_max = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Payout:
    """How a price is divided by a verdict: the same for all its sales.

    The last of the purses is the subsidy's, where the operator adds one.
    """

    division: Division
    purses: tuple[Purse, ...]
    total_micro: int
    subsidy_micro: int
    # The numbers of the purses' accounts, by session: `ledger.purses` says why.
    accounts: WeakKeyDictionary[object, tuple[int, ...]] = field(default_factory=WeakKeyDictionary)

    def amounts(self, seed: bytes) -> list[int]:
        """What each purse gets of one sale, in micro-units; below zero for the subsidy."""
        amounts = self.division.cut(self.total_micro, seed=seed)
        if self.subsidy_micro:
            amounts.append(-self.subsidy_micro)
        return amounts


# By the digest of the verdict that says it.
_payouts: dict[bytes, Payout] = {}


def payout_of(verdict: Verdict) -> Payout:
    """How a verdict that allows a sale divides its price and what the operator adds to it."""
    known = _payouts.get(verdict.digest)
    if known is None:
        terms = verdict.terms
        assert terms is not None
        if len(_payouts) >= payouts_known_max:
            _payouts.clear()
        subsidy = (Purse(PurseKind.SUBSIDY),) if terms.subsidy else ()
        known = _payouts[verdict.digest] = Payout(
            division=Division.by([part.share for part in terms.parts]),
            purses=(*(part.purse for part in terms.parts), *subsidy),
            total_micro=terms.price.micro + terms.subsidy.micro,
            subsidy_micro=terms.subsidy.micro,
        )
    return known


def accounts_paid(
    payouts: Sequence[tuple[Payout, Sequence[int]]], *, currency: str
) -> list[tuple[int, ...]]:
    """The accounts that each sale pays into, one for each of its amounts other than nothing.

    Those that are missing are opened, when something is paid into them.
    """
    session = connection.connection
    found = [None if 0 in amounts else payout.accounts.get(session) for payout, amounts in payouts]
    missing = [each for each, accounts in zip(payouts, found, strict=True) if accounts is None]
    if not missing:
        return [accounts for accounts in found if accounts is not None]
    numbers = account_numbers(
        {purse for payout, amounts in missing for purse in _paid(payout, amounts)},
        currency=currency,
    )
    # Inside a transaction they may be its own, and gone if it is rolled back.
    is_lasting = not connection.in_atomic_block
    paid = []
    for (payout, amounts), known in zip(payouts, found, strict=True):
        accounts = known or tuple(numbers[purse] for purse in _paid(payout, amounts))
        if known is None and is_lasting and 0 not in amounts:
            payout.accounts[connection.connection] = accounts
        paid.append(accounts)
    return paid


def _paid(payout: Payout, amounts: Sequence[int]) -> Iterator[Purse]:
    return itertools.compress(payout.purses, amounts)
