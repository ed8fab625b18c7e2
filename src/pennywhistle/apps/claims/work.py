"""Moving contested money: apart when a dispute reaches back, to its owners when it is settled.

What a work earned in a sale stays what it was; only whose it is, is divided anew. Each sale is
cleared again as the register stood at its instant, but with the work's shares as they are claimed
now. What has been moved already counts, so that doing it again moves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.claims.again import Dues, SalesAgain, Sold, purse_of
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.rights.closing import lock
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

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
    for currency, (paid, due) in _dues_of(work_id, subject).items():
        moves = _moves(subject, currency, paid, due, is_disputed=is_disputed)
        if moves:
            _post(subject, currency, moves, now)
            moved += [Move(purse, Money(micro, currency)) for purse, micro in moves.items()]
    return tuple(moved)


def _dues_of(work_id: int, subject: str) -> dict[str, tuple[Dues, Dues]]:
    """By currency: what each purse got of the work's money at the sales, and what it is due."""
    found: dict[str, tuple[Dues, Dues]] = {}
    again = SalesAgain(work_id, subject)
    for sold in _sales_of(work_id):
        document = again.document(sold.verdict)
        got = _usage_of(document["usage"], subject, sold.at.year, document["territory"])
        if not got:
            continue
        paid, due = found.setdefault(
            document["currency"], (defaultdict(Fraction), defaultdict(Fraction))
        )
        total_micro = sold.price_micro + document["subsidy_micro"]
        whole = sum(got.values(), Fraction(0))
        parts = again.parts(sold)
        if parts is None:
            # It could not be sold so today; then the money stays where it is.
            parts = {purse: share / whole for purse, share in got.items()}
        for purse, share in got.items():
            paid[purse] += share * total_micro
        for purse, part in parts.items():
            due[purse] += part * whole * total_micro
    return found


def _sales_of(work_id: int) -> Iterator[Sold]:
    tracks = Track.objects.filter(recording__works=work_id)
    releases = set(tracks.values_list("release_id", flat=True))
    # A release as a whole has no track's id.
    sold_as = {None, *tracks.values_list("id", flat=True)}
    lines = OrderLine.objects.filter(release_id__in=releases).values_list(
        "verdict_id", "release_id", "track_id", "entry__occurred_at", "price_micro"
    )
    for digest, release_id, track_id, at, price_micro in lines.iterator(lines_read_at_once):
        if track_id in sold_as:
            yield Sold(bytes(digest), ItemRef(release_id, track_id), at, price_micro)


def _usage_of(
    usage: Iterable[tuple[int, int, str, str, str]], subject: str, year: int, territory: str
) -> Dues:
    """The parts of a sale that went to the work, by purse."""
    found: Dues = defaultdict(Fraction)
    for _, licensor_id, about, apart, share in usage:
        if about == subject:
            found[purse_of(licensor_id, subject, apart, territory, year)] += Fraction(share)
    return found


def _moves(
    subject: str, currency: str, paid: Dues, due: Dues, *, is_disputed: bool
) -> dict[Purse, int]:
    """What each purse must gain or give, in whole micro-units that sum to zero."""
    moved = _moved(subject, currency)
    purses = {*paid, *due, *moved, *_kept_apart(subject, currency)}
    numbers = account_numbers(purses, currency=currency)
    wanted: dict[Purse, int] = {}
    for purse in sorted(numbers):
        if purse.kind is not PurseKind.PAYEE:
            # What is kept apart is only ever of this work: to the last micro-unit.
            has = sum_of(Account.objects.get(number=numbers[purse])).micro
            wanted[purse] = round(due.get(purse, Fraction(0))) - has
            continue
        has_exact = paid.get(purse, Fraction(0)) + moved.get(purse, 0)
        wanted[purse] = round(due.get(purse, Fraction(0)) - has_exact)
    _settle_rest(wanted)
    if is_disputed:
        _spare(wanted, {purse: numbers[purse] for purse in wanted})
    return {purse: micro for purse, micro in wanted.items() if micro}


def _moved(subject: str, currency: str) -> dict[Purse, int]:
    """What earlier divisions moved, by payee."""
    moved: dict[Purse, int] = defaultdict(int)
    rows = Posting.objects.filter(
        entry__key__startswith=f"claims:{subject}:", currency=currency
    ).values_list("account__kind", "account__party_id", "amount_micro")
    for kind, party_id, micro in rows:
        if kind == Account.Kind.PAYEE:
            moved[Purse(PurseKind.PAYEE, party_id)] += micro
    return moved


def _kept_apart(subject: str, currency: str) -> list[Purse]:
    """The purses that keep money of the work apart."""
    accounts = Account.objects.filter(
        kind__in=[Account.Kind.HELD, Account.Kind.UNCLAIMED],
        code__contains=f":{subject}:",
        currency=currency,
    )
    return [Purse(PurseKind(account.kind), code=account.code) for account in accounts]


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
