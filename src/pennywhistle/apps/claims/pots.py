"""Dividing what was kept apart for a recording among those to whom it turns out to belong.

A *pot* is one purse that keeps money apart. What sales put into it is divided to the last
micro-unit, pot by pot; what nobody is known for stays. What was moved before counts, so that
dividing again moves only the difference.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.claims.moving import Move, moved_by, post, posted_by, spare
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.kernel.split import Division

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.kernel.purse import Purse

# As what, and to whom: the label is the ref of the work that earned it, or "sales".
Due = tuple[str, "Purse"]


@dataclass(slots=True)
class Pot:
    """What some sales owed to one purse that keeps money apart, and whose that is by now.

    Exact, in micro-units; the dues are at most the whole.
    """

    purse: Purse
    currency: str
    whole: Fraction = Fraction(0)
    dues: dict[Due, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    sale_ids: list[UUID] = field(default_factory=list)

    def add(self, sale_id: UUID, micro: Fraction, owners: Mapping[Due, Fraction]) -> None:
        """What a sale put in, and whose it is: parts of it that are at most one together."""
        self.sale_ids.append(sale_id)
        self.whole += micro
        for due, part in owners.items():
            self.dues[due] += part * micro


def recording_of(code: str) -> int:
    """The recording's id by the code of what is kept for it, or by the key of an entry."""
    return int(code.split(":")[1].rpartition("-")[2])


def divided(
    posted_micro: int, whole: Fraction, dues: Mapping[Due, Fraction], *, seed: bytes
) -> dict[Due, int]:
    """What of the posted micro-units is due to each; the rest of them stays where it is.

    Sales were rounded one by one, so that what they posted is not exactly the `whole` that they
    owed: the posted units are divided in the same parts, by systematic rounding (docs/algorithms/
    rounding.md). They sum to what was posted where the dues sum to the whole.
    """
    if posted_micro <= 0 or not whole:
        return {}
    owners = sorted(dues)
    shares = [dues[owner] / whole for owner in owners]
    division = Division.by([*shares, 1 - sum(shares, Fraction(0))])
    pieces = division.cut(posted_micro, seed=seed)
    return dict(zip(owners, pieces, strict=False))


def divide_pots(
    subject: str, pots: Iterable[Pot], *, disputed: Collection[str], now: datetime
) -> tuple[Move, ...]:
    """Post what must move so that each pot's money lies with its owners; answers what moved.

    One entry for each label (a work) and currency. While a work is `disputed`, no payee's account
    is emptied below zero for it.
    """
    wanted: dict[tuple[str, str], dict[Purse, int]] = {
        key: defaultdict(int) for key in _labels_moved(subject)
    }
    for pot in pots:
        number = account_numbers([pot.purse], currency=pot.currency)[pot.purse]
        posted = posted_by(pot.sale_ids, number)
        seed = f"claims:{subject}:{pot.purse.code}:{pot.currency}".encode()
        for (label, purse), micro in divided(posted, pot.whole, pot.dues, seed=seed).items():
            moves = wanted.setdefault((label, pot.currency), defaultdict(int))
            moves[purse] += micro
            moves[pot.purse] -= micro
    return _posted(subject, wanted, disputed, now)


def _posted(
    subject: str,
    wanted: Mapping[tuple[str, str], dict[Purse, int]],
    disputed: Collection[str],
    now: datetime,
) -> tuple[Move, ...]:
    changes = []
    for (label, currency), moves in wanted.items():
        for purse, micro in moved_by(f"{subject}:{label}", currency).items():
            moves[purse] -= micro
        if label in disputed:
            spare(moves, currency)
        changes.append((_taken(moves), label, currency, moves))
    moved: list[Move] = []
    # What gives back to a pot comes before what takes from it: it is never overdrawn.
    for _, label, currency, moves in sorted(changes, key=lambda each: each[:3]):
        moved += post(f"{subject}:{label}", currency, moves, now)
    return tuple(moved)


def _taken(moves: Mapping[Purse, int]) -> int:
    """What is taken from purses that keep money apart; below zero where they get some back."""
    return -sum(micro for purse, micro in moves.items() if purse.code)


def _labels_moved(subject: str) -> set[tuple[str, str]]:
    """The labels and currencies that earlier divisions moved something for."""
    beginning = f"claims:{subject}:"
    keys = Entry.objects.filter(key__startswith=beginning).values_list("key", flat=True)
    pieces = [(key or "").removeprefix(beginning).split(":") for key in keys]
    return {(label, currency) for label, currency, _ in pieces}
