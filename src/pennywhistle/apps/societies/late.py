"""Paying what a society kept for nobody, once it is known for whom: by the register as it is now.

A member who joined, or whose share is on record by now, gets what a distribution would have given,
less what it got then. It comes out of what was kept for that use, and out of nothing else. What
was taken from the society meanwhile is taken back first (`taking`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum

from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.societies.models import (
    DistributionLine,
    LatePayment,
    Society,
    TakenBack,
)
from pennywhistle.apps.societies.queries import currencies_of
from pennywhistle.apps.societies.sharing import Owners
from pennywhistle.apps.societies.taking import (
    lock_distributions,
    post_release,
    take_back,
    taken_of,
)
from pennywhistle.apps.societies.uses import Use
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.split import Division, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.societies.models import DistributionLineQuerySet

# Each takes up to three lines of an entry, which a proof opens whole.
payments_per_entry_max = 150

# One use in one distribution: what was divided together.
_Lot = tuple[int, Use]


@dataclass(slots=True)
class Divided:
    """How a distribution divided one use, what was paid since, and came back; gross, in micro."""

    paid: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    late: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    lines: list[DistributionLine] = field(default_factory=list)
    left: dict[int, int] = field(default_factory=dict)

    @property
    def kept_micro(self) -> int:
        """What the distribution kept for nobody, less what was taken back of it."""
        return sum(self.left.values()) + sum(self.late.values())


@dataclass(frozen=True, slots=True)
class Payment:
    """A part of a kept line that goes to a member."""

    line: DistributionLine
    party_id: int
    gross_micro: int
    deduction_micro: int


def late_dues(
    kept_micro: int,
    *,
    paid: Mapping[int, int],
    late: Mapping[int, int],
    parts: Mapping[int, Fraction],
    seed: bytes,
) -> dict[int, int]:
    """What each member is to get of what was kept for a use, in whole micro-units.

    `parts` are the members' parts of the use by now; what they lack of one is still nobody's, and
    stays. `paid` is what each got by the distribution, `late` what it got since. Asked again with
    what it answered added to `late`, it answers nothing.
    """
    whole = kept_micro + sum(paid.values())
    dues = {
        party_id: max(Fraction(0), part * whole - paid.get(party_id, 0))
        for party_id, part in sorted(parts.items())
    }
    stays = (1 - sum(parts.values(), Fraction(0))) * whole
    owed = sum(dues.values(), stays)
    if owed == stays:
        return {}
    if stays:
        # Where others were paid too much, what is kept is too little: all give way alike.
        scale = min(Fraction(1), kept_micro / owed)
        targets = [floor(scale * due) for due in dues.values()]
    else:
        shares = [due / owed for due in dues.values()]
        targets = Division.by(shares).cut(kept_micro, seed=seed)
    wanted = {
        party_id: target - late.get(party_id, 0)
        for party_id, target in zip(dues, targets, strict=True)
        if target > late.get(party_id, 0)
    }
    left, asked = kept_micro - sum(late.values()), sum(wanted.values())
    if asked > left:
        shares = [Fraction(micro, asked) for micro in wanted.values()]
        wanted = dict(zip(wanted, Division.by(shares).cut(left, seed=seed), strict=True))
    return {party_id: micro for party_id, micro in wanted.items() if micro}


def pay_what_was_kept(*, society_id: int, now: datetime) -> int:
    """Pay members what the society kept for nobody and is theirs by now; answers how many got some.

    The society's deduction of today is made, as in a distribution. The same again pays nothing.
    """
    society = Society.objects.select_related("party").get(pk=society_id)
    paid = 0
    for currency in currencies_of(society_id=society_id):
        take_back(society=society, currency=currency, now=now)
        paid += _pay(society, currency, now)
    return paid


def pay_everything_kept(*, now: datetime) -> int:
    """The same for every society that keeps something; answers how many payments were made."""
    keeping = DistributionLine.objects.filter(kind=DistributionLine.Kind.UNCLAIMED)
    ids = keeping.values_list("distribution__society", flat=True).distinct()
    return sum(pay_what_was_kept(society_id=society_id, now=now) for society_id in sorted(ids))


@transaction.atomic
def _pay(society: Society, currency: str, now: datetime) -> int:
    lock_distributions(society, currency)
    payments = list(_payments(society, currency, now))
    for start in range(0, len(payments), payments_per_entry_max):
        _post(society, currency, payments[start : start + payments_per_entry_max], now)
    return len({payment.party_id for payment in payments})


def _payments(society: Society, currency: str, now: datetime) -> Iterator[Payment]:
    lots = _lots_of(society, currency)
    owners = Owners(
        society_id=society.pk,
        currency=currency,
        uses={use for _, use in lots},
        joined_by=now,
    )
    for (distribution_id, use), divided in lots.items():
        got = Fraction(divided.kept_micro)
        parts = owners.parts_of(use, got=got, contested=Fraction(0))
        members = {who.party_id: part for who, part in parts.items() if who.party_id}
        seed = f"late:{distribution_id}:work-{use.work_id}:{use.territory}:{use.used_at}"
        dues = late_dues(
            divided.kept_micro,
            paid=divided.paid,
            late=divided.late,
            parts=members,
            seed=seed.encode(),
        )
        for party_id, micro in dues.items():
            yield from _from_lines(divided, party_id, micro, society.deduction, seed)


def _from_lines(
    divided: Divided, party_id: int, micro: int, rate: Fraction, seed: str
) -> Iterator[Payment]:
    for line in divided.lines:
        gross = min(micro, divided.left[line.pk])
        if gross:
            divided.left[line.pk] -= gross
            micro -= gross
            deduction, _ = split(
                Money(gross, line.distribution.currency),
                shares=[rate, 1 - rate],
                seed=f"{seed}:{line.number}:{party_id}".encode(),
            )
            yield Payment(line, party_id, gross, deduction.micro)
    assert not micro, "no more is due than is left"


def _lots_of(society: Society, currency: str) -> dict[_Lot, Divided]:
    """Every use of which something is still kept, as it was divided."""
    mine = DistributionLine.objects.filter(
        distribution__society=society, distribution__currency=currency
    )
    kept = mine.filter(kind=DistributionLine.Kind.UNCLAIMED)
    late = dict(
        LatePayment.objects.filter(line__in=kept).values_list("line").annotate(Sum("gross_micro"))
    )
    taken = taken_of(kept.filter(taken_back__isnull=False))
    lots: dict[_Lot, Divided] = defaultdict(Divided)
    for line in kept.select_related("distribution").order_by("id"):
        divided = lots[_lot(line)]
        divided.lines.append(line)
        back = taken.get((line.pk, None), (0, 0))[0]
        divided.left[line.pk] = line.gross_micro - late.get(line.pk, 0) - back
    lots = {lot: divided for lot, divided in lots.items() if any(divided.left.values())}
    distributions, works = {lot[0] for lot in lots}, {lot[1].work_id for lot in lots}
    shared = mine.filter(distribution__in=distributions, work__in=works)
    _count_paid(lots, shared)
    return lots


def _count_paid(lots: dict[_Lot, Divided], shared: DistributionLineQuerySet) -> None:
    """Put in what the lines of these uses gave members, then and later, and still is theirs."""
    for line in shared.filter(kind=DistributionLine.Kind.PAID):
        if _lot(line) in lots and line.party_id is not None:
            lots[_lot(line)].paid[line.party_id] += line.gross_micro
    for payment in LatePayment.objects.filter(line__in=shared).select_related("line"):
        if _lot(payment.line) in lots:
            lots[_lot(payment.line)].late[payment.party_id] += payment.gross_micro
    for back in TakenBack.objects.filter(line__in=shared, party__isnull=False).select_related(
        "line"
    ):
        if _lot(back.line) in lots and back.party_id is not None:
            divided = lots[_lot(back.line)]
            is_paid = back.line.kind == DistributionLine.Kind.PAID
            (divided.paid if is_paid else divided.late)[back.party_id] -= back.gross_micro


def _lot(line: DistributionLine) -> _Lot:
    return line.distribution_id, Use(line.work_id, line.territory, line.used_at)


def _post(society: Society, currency: str, payments: Sequence[Payment], now: datetime) -> None:
    own = Purse(PurseKind.PAYEE, society.pk)
    purses = {each.party_id: Purse(PurseKind.PAYEE, each.party_id) for each in payments}
    numbers = account_numbers({own, *purses.values()}, currency=currency)
    moves: dict[int, int] = defaultdict(int)
    for each in payments:
        assert each.line.account_id is not None, "what is kept lies on an account"
        moves[each.line.account_id] -= each.gross_micro
        moves[numbers[purses[each.party_id]]] += each.gross_micro - each.deduction_micro
        moves[numbers[own]] += each.deduction_micro
    entry = post_release(society, currency, moves, now)
    LatePayment.objects.bulk_create(
        LatePayment(
            line=each.line,
            party_id=each.party_id,
            entry=entry,
            gross_micro=each.gross_micro,
            deduction_micro=each.deduction_micro,
            paid_at=now,
        )
        for each in payments
    )
