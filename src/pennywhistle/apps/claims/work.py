"""Moving contested money: apart when a dispute reaches back, to its owners when it is settled.

What a work earned in a sale stays what it was; only whose it is, is divided anew. Each sale is
cleared again as the register stood at its instant, but with the work's shares as they are claimed
now. What has been moved already counts, so that doing it again moves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from pennywhistle.apps.claims.again import Dues, SalesAgain, purse_of, sales_with
from pennywhistle.apps.claims.learned import SharesOfWork
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.moving import (
    Move,
    currencies_moved,
    moved_by,
    post,
    posted_by,
    spare,
)
from pennywhistle.apps.claims.unidentified import divide_unidentified, recordings_divided_to
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import codes_out_of_balance
from pennywhistle.apps.rights.closing import lock
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID


@transaction.atomic
def divide_anew(*, work_id: int, now: datetime) -> tuple[Move, ...]:
    """Post what the work's money must move to stand as its shares are claimed now.

    While a dispute over the work is open, nobody's account is emptied below zero for it: what was
    paid out already is asked back only once it is settled. Money that the work earned before it
    was known that a recording plays it follows. Answers what moved.
    """
    subject = f"work-{work_id}"
    lock(subject)
    is_disputed = Dispute.objects.open().filter(work_id=work_id).exists()
    moved: list[Move] = []
    for currency, books in _books_of(work_id, subject).items():
        moves = _moves(subject, currency, books, is_disputed=is_disputed)
        moved += post(subject, currency, moves, now)
    for recording_id in recordings_divided_to(work_id):
        moved += divide_unidentified(recording_id=recording_id, now=now)
    return tuple(moved)


@dataclass(slots=True)
class _Books:
    """What the purses got of a work's money in one currency, what they are due, at which sales."""

    paid: Dues = field(default_factory=lambda: defaultdict(Fraction))
    due: Dues = field(default_factory=lambda: defaultdict(Fraction))
    sale_ids: list[UUID] = field(default_factory=list)


def _books_of(work_id: int, subject: str) -> dict[str, _Books]:
    """By currency, over all sales that paid for the work; also where all of them were refunded."""
    found: defaultdict[str, _Books] = defaultdict(_Books)
    for currency in currencies_moved(subject):
        found[currency] = _Books()
    again = SalesAgain(SharesOfWork(work_id))
    for sold in sales_with([subject], "usage", f'@[2] == "{subject}"'):
        document = again.document(sold.verdict)
        got = _usage_of(document["usage"], subject, sold.at.year, document["territory"])
        books = found[document["currency"]]
        books.sale_ids.append(sold.id)
        total_micro = sold.price_micro + document["subsidy_micro"]
        whole = sum(got.values(), Fraction(0))
        # What could not be sold so today keeps its money where it is.
        due = again.dues(sold).get(subject) or got
        for purse, share in got.items():
            books.paid[purse] += share * total_micro
        for purse, share in due.items():
            books.due[purse] += share / sum(due.values()) * whole * total_micro
    return found


def _usage_of(
    usage: Iterable[tuple[int, int, str, str, str]], subject: str, year: int, territory: str
) -> Dues:
    """The parts of a sale that went to the work, by purse."""
    found: Dues = defaultdict(Fraction)
    for _, licensor_id, about, apart, share in usage:
        if about == subject:
            found[purse_of(licensor_id, subject, apart, territory, year)] += Fraction(share)
    return found


def _moves(subject: str, currency: str, books: _Books, *, is_disputed: bool) -> dict[Purse, int]:
    """What each purse must gain or give, in whole micro-units that sum to zero."""
    moved = moved_by(subject, currency)
    numbers = account_numbers({*books.paid, *books.due, *moved}, currency=currency)
    wanted: dict[Purse, int] = {}
    for purse in sorted(numbers):
        has = books.paid.get(purse, Fraction(0))
        if purse.kind is not PurseKind.PAYEE:
            # What is kept apart for the work is posted by itself: to the last micro-unit. Sales
            # that came meanwhile are looked at the next time.
            has = Fraction(posted_by(books.sale_ids, numbers[purse]))
        wanted[purse] = round(books.due.get(purse, Fraction(0)) - has - moved.get(purse, 0))
    _settle_rest(wanted)
    if is_disputed:
        spare(wanted, currency)
    return wanted


def works_with_money_apart() -> list[int]:
    """The works for which something is held or unclaimed: a later claim may have settled whose.

    Also those of whose money more was paid out than is left of it, since sales were refunded.
    """
    accounts = Account.objects.filter(
        Q(kind=Account.Kind.HELD, code__startswith="claims:work-")
        | Q(kind=Account.Kind.UNCLAIMED, code__startswith="unclaimed:work-")
    )
    codes = codes_out_of_balance(accounts)
    return sorted({int(code.split(":")[1].removeprefix("work-")) for code in codes})


def _settle_rest(wanted: dict[Purse, int]) -> None:
    """Rounding leaves some micro-units over; who moves most takes them, a payee if there is one.

    Where nobody is paid, as what was unclaimed is contested now, it is what is kept apart from now
    on; doing it again gives each rest to the purse that has it.
    """
    rest = -sum(wanted.values())
    if not rest:
        return
    payees = [purse for purse in wanted if purse.kind is PurseKind.PAYEE]
    gaining = [purse for purse, micro in wanted.items() if micro > len(wanted)]
    takers = payees or gaining or list(wanted)
    wanted[max(takers, key=lambda purse: abs(wanted[purse]))] += rest
