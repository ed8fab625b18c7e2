"""Taking back what a society distributed and had to give away since: a settlement, a correction.

Who got more of a use than the register gives them by now gives it back: first what is kept for
nobody beyond what others lack, then members, below zero if they have been paid out. So one work
that was taken away never waits on the account for the money of others.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q, Sum

from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.societies.models import (
    Distribution,
    DistributionLine,
    LatePayment,
    TakenBack,
)
from pennywhistle.apps.societies.sharing import DISPUTED, Owners, Recipient
from pennywhistle.apps.societies.stretches import log_from
from pennywhistle.apps.societies.usage import usage_of
from pennywhistle.apps.societies.uses import Use
from pennywhistle.apps.societies.work import carried_by, netted
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.split import Division

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.societies.models import DistributionLineQuerySet, Society

# Each takes up to two lines of an entry, which a proof opens whole.
takings_per_entry_max = 200

# A distribution and a use in it: what was divided together.
_Lot = tuple[int, Use]


@dataclass(frozen=True, slots=True)
class Source:
    """What somebody still has of a line: a member, or the line itself for nobody (None)."""

    line: DistributionLine
    party_id: int | None
    gross_micro: int
    deduction_micro: int
    taken_micro: int
    taken_deduction_micro: int

    @property
    def left_micro(self) -> int:
        """How much of it was not taken back yet."""
        return self.gross_micro - self.taken_micro

    def taking(self, micro: int, territory: str) -> Taking:
        """So much of it, with its part of the deduction: all of that once all is taken."""
        taken = self.taken_micro + micro
        deduction = self.deduction_micro * taken // self.gross_micro - self.taken_deduction_micro
        return Taking(self, territory, micro, deduction)


@dataclass(frozen=True, slots=True)
class Taking:
    """A part of a source that comes back."""

    source: Source
    territory: str
    gross_micro: int
    deduction_micro: int

    @property
    def net_micro(self) -> int:
        """What moves to the society's account."""
        return self.gross_micro - self.deduction_micro


@transaction.atomic
def take_back(*, society: Society, currency: str, now: datetime) -> int:
    """Take back what the society owes for works and had distributed; answers how much, gross.

    What a work earned since counts against it first. While a work is disputed, no member's account
    is emptied below zero for it. The same again takes nothing.
    """
    lock_distributions(society, currency)
    takings: list[Taking] = []
    for (work_id, territory), micro in sorted(_owed(society, currency).items()):
        takings += _takings(society, currency, Use(work_id, territory, now), micro)
    for start in range(0, len(takings), takings_per_entry_max):
        _post(society, currency, takings[start : start + takings_per_entry_max], now)
    return sum(taking.gross_micro for taking in takings)


def lock_distributions(society: Society, currency: str) -> None:
    """Until the end of the transaction nobody else distributes, pays late or takes back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('societies'), hashtext(%s))",
            [f"{society.pk}-{currency}"],
        )


def _owed(society: Society, currency: str) -> dict[tuple[int, str], int]:
    """What is missing by work and territory, after all that came in, as far as the log goes."""
    last = Distribution.objects.last_of(society_id=society.pk, currency=currency)
    stretch = log_from(last.end_index if last else 0)
    pots = netted(usage_of(society, currency, stretch), carried_by(last))
    owed = {(use.work_id, use.territory): -pot.micro for use, pot in pots.items() if pot.micro < 0}
    # What came back already, and is not in the log yet.
    waiting = TakenBack.objects.filter(
        line__distribution__society=society, line__distribution__currency=currency
    ).exclude(entry__leaf__log_index__lt=stretch.end_index)
    for work_id, territory, micro in waiting.values_list("line__work", "territory").annotate(
        Sum("gross_micro")
    ):
        if (work_id, territory) in owed:
            owed[work_id, territory] -= micro
    return {place: micro for place, micro in owed.items() if micro > 0}


def _takings(society: Society, currency: str, use: Use, owed_micro: int) -> Iterator[Taking]:
    lots = _lots_of(society, currency, use)
    left_micro = sum(source.left_micro for sources in lots.values() for source in sources)
    owed_micro = min(owed_micro, left_micro)
    if not owed_micro:
        return
    owners = Owners(
        society_id=society.pk,
        currency=currency,
        uses={lot[1] for lot in lots},
        joined_by=use.used_at,
    )
    stays = Fraction(left_micro - owed_micro, left_micro)
    excess: dict[tuple[_Lot, int | None], Fraction] = {}
    is_disputed = False
    for lot, sources in lots.items():
        whole = sum(source.left_micro for source in sources)
        got = max(Fraction(1), whole * stays)
        parts = owners.parts_of(lot[1], got=got, contested=whole * (1 - stays))
        is_disputed = is_disputed or any(who.reason == DISPUTED for who in parts)
        for party_id, micro in too_much(sources, parts, whole * stays).items():
            excess[lot, party_id] = micro
    amounts = Division.by(_parts_of_one(excess.values())).cut(
        owed_micro, seed=f"back:{society.pk}:{currency}:work-{use.work_id}".encode()
    )
    allowed = _Allowed(currency) if is_disputed else None
    for (lot, party_id), back in zip(excess, amounts, strict=True):
        wanted = back if allowed is None else allowed.of(party_id, back)
        yield from _from_sources(lots[lot], party_id, wanted, use.territory)


def too_much(
    sources: Sequence[Source], parts: Mapping[Recipient, Fraction], whole: Fraction
) -> dict[int | None, Fraction]:
    """How much more each has of a use than its part of the `whole` that is left of it.

    What is kept for nobody (None) is left to those who lack something of theirs first.
    """
    has: dict[int | None, int] = defaultdict(int)
    for source in sources:
        has[source.party_id] += source.left_micro
    due: dict[int | None, Fraction] = defaultdict(Fraction)
    for who, part in parts.items():
        due[who.party_id or None] += part * whole
    members = {*has, *due} - {None}
    lacking = sum((max(Fraction(0), due[each] - has[each]) for each in members), due[None])
    found = {each: has[each] - due[each] for each in sorted(members, key=str)}
    found[None] = has[None] - lacking
    return {each: micro for each, micro in found.items() if micro > 0}


def _parts_of_one(amounts: Iterable[Fraction]) -> list[Fraction]:
    listed = list(amounts)
    whole = sum(listed, Fraction(0))
    return [micro / whole for micro in listed]


class _Allowed:
    """How much may be taken from members who give nothing that they do not have."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._left: dict[int, int] = {}

    def of(self, party_id: int | None, micro: int) -> int:
        """At most so much; what is kept for nobody is there."""
        if party_id is None:
            return micro
        if party_id not in self._left:
            purse = Purse(PurseKind.PAYEE, party_id)
            number = account_numbers([purse], currency=self._currency)[purse]
            self._left[party_id] = max(0, sum_of(Account.objects.get(number=number)).micro)
        allowed = min(micro, self._left[party_id])
        self._left[party_id] -= allowed
        return allowed


def _from_sources(
    sources: Sequence[Source], party_id: int | None, micro: int, territory: str
) -> Iterator[Taking]:
    for source in sources:
        some = min(micro, source.left_micro) if source.party_id == party_id else 0
        if some:
            micro -= some
            yield source.taking(some, territory)
    assert not micro, "no more is taken than is left"


def _lots_of(society: Society, currency: str, use: Use) -> dict[_Lot, list[Source]]:
    """Who still has what of the distributions of a work; everywhere, where no territory is said."""
    lines = DistributionLine.objects.filter(
        distribution__society=society, distribution__currency=currency, work=use.work_id
    ).exclude(kind=DistributionLine.Kind.CARRIED)
    if use.territory:
        lines = lines.filter(territory=use.territory)
    taken = taken_of(lines)
    late: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for line_id, party_id, gross, deduction in (
        LatePayment.objects.filter(line__in=lines)
        .values_list("line", "party")
        .annotate(Sum("gross_micro"), Sum("deduction_micro"))
        .order_by("line", "party")
    ):
        late[line_id].append((party_id, int(gross), int(deduction)))
    lots: dict[_Lot, list[Source]] = defaultdict(list)
    for line in lines.select_related("distribution").order_by("id"):
        lot = (line.distribution_id, Use(line.work_id, line.territory, line.used_at))
        later = late[line.pk]
        own = line.gross_micro - sum(gross for _, gross, _ in later)
        for party_id, gross, deduction in [(line.party_id, own, line.deduction_micro), *later]:
            back = taken.get((line.pk, party_id), (0, 0))
            source = Source(line, party_id, gross, deduction, *back)
            if source.left_micro:
                lots[lot].append(source)
    return dict(lots)


def taken_of(lines: DistributionLineQuerySet) -> dict[tuple[int, int | None], tuple[int, int]]:
    """What was taken back of lines, gross and deduction, by line and by who gave it."""
    rows = (
        TakenBack.objects.filter(Q(line__in=lines))
        .values_list("line", "party")
        .annotate(Sum("gross_micro"), Sum("deduction_micro"))
        .order_by()
    )
    return {(line, party): (int(gross), int(deduction)) for line, party, gross, deduction in rows}


def _post(society: Society, currency: str, takings: Sequence[Taking], now: datetime) -> None:
    own = Purse(PurseKind.PAYEE, society.pk)
    purses = {
        taking.source.party_id: Purse(PurseKind.PAYEE, taking.source.party_id)
        for taking in takings
        if taking.source.party_id is not None
    }
    numbers = account_numbers({own, *purses.values()}, currency=currency)
    moves: dict[int, int] = defaultdict(int)
    for taking in takings:
        party_id, kept = taking.source.party_id, taking.source.line.account_id
        assert kept is not None, "what was given lies on an account"
        moves[kept if party_id is None else numbers[purses[party_id]]] -= taking.net_micro
        moves[numbers[own]] += taking.net_micro
    entry = post_release(society, currency, moves, now)
    TakenBack.objects.bulk_create(
        TakenBack(
            line=taking.source.line,
            party_id=taking.source.party_id,
            entry=entry,
            territory=taking.territory,
            gross_micro=taking.gross_micro,
            deduction_micro=taking.deduction_micro,
            taken_at=now,
        )
        for taking in takings
    )


def post_release(society: Society, currency: str, moves: Mapping[int, int], now: datetime) -> Entry:
    """Write what moves between accounts, by number, to or from the society, as one entry."""
    own = Purse(PurseKind.PAYEE, society.pk)
    before = Entry.objects.filter(key__startswith=f"society:{society.pk}:").count()
    return write_entry(
        kind=Entry.Kind.RELEASE,
        key=f"society:{society.pk}:{currency}:{before}",
        subject=account_numbers([own], currency=currency)[own],
        amounts=[
            Amount(number, Money(moves[number], currency))
            for number in sorted(moves)
            if moves[number]
        ],
        now=now,
    )
