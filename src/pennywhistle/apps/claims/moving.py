"""Moving money that is kept apart: entries of the kind *release*, and what they moved before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

entries_read_at_once = 2_000


@dataclass(frozen=True, slots=True)
class Move:
    """What a purse gains, or gives where the money is negative."""

    purse: Purse
    money: Money


def moved_by(subject: str, currency: str) -> dict[Purse, int]:
    """What earlier divisions of something moved, by purse."""
    moved: dict[Purse, int] = defaultdict(int)
    rows = Posting.objects.filter(
        entry__key__startswith=f"claims:{subject}:{currency}:"
    ).values_list("account__kind", "account__party_id", "account__code", "amount_micro")
    for kind, party_id, code, micro in rows:
        moved[Purse(PurseKind(kind), party_id or 0, code)] += micro
    return moved


def currencies_moved(subject: str) -> list[str]:
    """The currencies in which earlier divisions of something moved money."""
    moved = Entry.objects.filter(key__startswith=f"claims:{subject}:")
    return sorted(set(moved.order_by().values_list("currency", flat=True)))


def posted_by(sale_ids: Sequence[UUID], account: int) -> int:
    """What these sales posted to an account."""
    found = 0
    for start in range(0, len(sale_ids), entries_read_at_once):
        some = sale_ids[start : start + entries_read_at_once]
        mine = Posting.objects.filter(account=account, entry__in=some)
        found += int(mine.aggregate(total=Sum("amount_micro"))["total"] or 0)
    return found


def spare(wanted: dict[Purse, int], currency: str) -> None:
    """Take from no payee more than it has; the purses that keep money apart get less."""
    numbers = account_numbers(wanted, currency=currency)
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


def post(
    subject: str, currency: str, moves: Mapping[Purse, int], now: datetime
) -> tuple[Move, ...]:
    """Write a division's moves as one entry; what does not move is left out."""
    moving = {purse: moves[purse] for purse in sorted(moves) if moves[purse]}
    if not moving:
        return ()
    numbers = account_numbers(moving, currency=currency)
    moved = tuple(Move(purse, Money(micro, currency)) for purse, micro in moving.items())
    beginning = f"claims:{subject}:{currency}:"
    before = Entry.objects.filter(key__startswith=beginning).count()
    write_entry(
        kind=Entry.Kind.RELEASE,
        key=f"{beginning}{before}",
        subject=numbers[moved[0].purse],
        amounts=[Amount(numbers[each.purse], each.money) for each in moved],
        now=now,
    )
    return moved
