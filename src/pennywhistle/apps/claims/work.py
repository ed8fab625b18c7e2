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
from django.db.models import Q, Sum

from pennywhistle.apps.claims.again import Dues, SalesAgain, Sold, purse_of
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.rights.closing import lock
from pennywhistle.apps.rights.models import Verdict
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

lines_read_at_once = 2_000


@dataclass(frozen=True, slots=True)
class Move:
    """What a purse gains, or gives where the money is negative."""

    purse: Purse
    money: Money


@transaction.atomic
def divide_anew(*, work_id: int, now: datetime) -> tuple[Move, ...]:
    """Post what the work's money must move to stand as its shares are claimed now.

    While a dispute over the work is open, nobody's account is emptied below zero for it: what was
    paid out already is asked back only once it is settled. Answers what moved.
    """
    subject = f"work-{work_id}"
    lock(subject)
    is_disputed = Dispute.objects.open().filter(work_id=work_id).exists()
    moved: list[Move] = []
    for currency, books in _books_of(work_id, subject).items():
        moves = _moves(subject, currency, books, is_disputed=is_disputed)
        if moves:
            _post(subject, currency, moves, now)
            moved += [Move(purse, Money(micro, currency)) for purse, micro in moves.items()]
    return tuple(moved)


@dataclass(slots=True)
class _Books:
    """What the purses got of a work's money in one currency, what they are due, at which sales."""

    paid: Dues = field(default_factory=lambda: defaultdict(Fraction))
    due: Dues = field(default_factory=lambda: defaultdict(Fraction))
    sale_ids: list[UUID] = field(default_factory=list)


def _books_of(work_id: int, subject: str) -> dict[str, _Books]:
    """By currency, over all sales that paid for the work."""
    found: defaultdict[str, _Books] = defaultdict(_Books)
    again = SalesAgain(work_id, subject)
    for sold in _sales_of(subject):
        document = again.document(sold.verdict)
        got = _usage_of(document["usage"], subject, sold.at.year, document["territory"])
        books = found[document["currency"]]
        books.sale_ids.append(sold.id)
        total_micro = sold.price_micro + document["subsidy_micro"]
        whole = sum(got.values(), Fraction(0))
        parts = again.parts(sold)
        if parts is None:
            # It could not be sold so today; then the money stays where it is.
            parts = {purse: share / whole for purse, share in got.items()}
        for purse, share in got.items():
            books.paid[purse] += share * total_micro
        for purse, part in parts.items():
            books.due[purse] += part * whole * total_micro
    return found


def _sales_of(subject: str) -> Iterator[Sold]:
    """The sales whose verdicts pay for the work, whatever its recordings are today."""
    paying = Verdict.objects.extra(
        where=["document @? %s::jsonpath"], params=[f'strict $.usage[*] ? (@[2] == "{subject}")']
    )
    lines = OrderLine.objects.filter(verdict__in=paying.values("digest")).values_list(
        "entry_id", "verdict_id", "release_id", "track_id", "entry__occurred_at", "price_micro"
    )
    for sale_id, digest, release_id, track_id, at, price in lines.iterator(lines_read_at_once):
        yield Sold(sale_id, bytes(digest), ItemRef(release_id, track_id), at, price)


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
    moved = _moved(subject, currency)
    numbers = account_numbers({*books.paid, *books.due, *moved}, currency=currency)
    wanted: dict[Purse, int] = {}
    for purse in sorted(numbers):
        has = books.paid.get(purse, Fraction(0))
        if purse.kind is not PurseKind.PAYEE:
            # What is kept apart for the work is posted by itself: to the last micro-unit. Sales
            # that came meanwhile are looked at the next time.
            has = Fraction(_posted(numbers[purse], books.sale_ids))
        wanted[purse] = round(books.due.get(purse, Fraction(0)) - has - moved.get(purse, 0))
    _settle_rest(wanted)
    if is_disputed:
        _spare(wanted, {purse: numbers[purse] for purse in wanted})
    return {purse: micro for purse, micro in wanted.items() if micro}


def _posted(account: int, sale_ids: Sequence[UUID]) -> int:
    """What these sales posted to an account."""
    found = 0
    for start in range(0, len(sale_ids), lines_read_at_once):
        some = sale_ids[start : start + lines_read_at_once]
        mine = Posting.objects.filter(account=account, entry__in=some)
        found += int(mine.aggregate(total=Sum("amount_micro"))["total"] or 0)
    return found


def _moved(subject: str, currency: str) -> dict[Purse, int]:
    """What earlier divisions moved, by purse."""
    moved: dict[Purse, int] = defaultdict(int)
    rows = Posting.objects.filter(
        entry__key__startswith=f"claims:{subject}:", currency=currency
    ).values_list("account__kind", "account__party_id", "account__code", "amount_micro")
    for kind, party_id, code, micro in rows:
        moved[Purse(PurseKind(kind), party_id or 0, code)] += micro
    return moved


def works_with_money_apart() -> list[int]:
    """The works for which something is held or unclaimed: a later claim may have settled whose."""
    kept = (
        Account.objects.filter(
            Q(kind=Account.Kind.HELD, code__startswith="claims:work-")
            | Q(kind=Account.Kind.UNCLAIMED, code__startswith="unclaimed:work-")
        )
        .annotate(total=Sum("postings__amount_micro"))
        .filter(total__gt=0)
    )
    codes = kept.values_list("code", flat=True)
    return sorted({int(code.split(":")[1].removeprefix("work-")) for code in codes})


def _settle_rest(wanted: dict[Purse, int]) -> None:
    """Rounding leaves some micro-units over; the payee who moves most takes them."""
    payees = [purse for purse in wanted if purse.kind is PurseKind.PAYEE]
    rest = -sum(wanted.values())
    if rest:
        assert payees, "what is kept apart came from a payee, or goes to one"
        wanted[max(payees, key=lambda purse: abs(wanted[purse]))] += rest


def _spare(wanted: dict[Purse, int], numbers: Mapping[Purse, int]) -> None:
    """Take from no payee more than it has; the purses that keep money apart get less."""
    for purse in [purse for purse, micro in wanted.items() if micro < 0]:
        if purse.kind is PurseKind.PAYEE:
            has = max(0, sum_of(Account.objects.get(number=numbers[purse])).micro)
            missing = -wanted[purse] - has
            if missing > 0:
                wanted[purse] += missing
                _take_less(wanted, missing)


def _take_less(wanted: dict[Purse, int], missing: int) -> None:
    for purse in sorted(wanted):
        less = min(missing, max(0, wanted[purse]))
        wanted[purse] -= less
        missing -= less
    assert not missing, "moves sum to zero"


def _post(subject: str, currency: str, moves: Mapping[Purse, int], now: datetime) -> None:
    numbers = account_numbers(moves, currency=currency)
    amounts = [Amount(numbers[purse], Money(moves[purse], currency)) for purse in sorted(moves)]
    before = Entry.objects.filter(key__startswith=f"claims:{subject}:").count()
    write_entry(
        kind=Entry.Kind.RELEASE,
        key=f"claims:{subject}:{currency}:{before}",
        subject=amounts[0].account,
        amounts=amounts,
        now=now,
    )
