"""Planning a distribution: every micro-unit of it, before anything is moved.

The rules, with a worked table, are in docs/running/society.md.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.societies.models import Distribution, DistributionLine
from pennywhistle.apps.societies.queries import MemberSum, as_listed
from pennywhistle.apps.societies.sharing import DISPUTED, OWED, Owners, Recipient
from pennywhistle.apps.societies.stretches import Stretch, log_up_to
from pennywhistle.apps.societies.usage import usage_of
from pennywhistle.apps.societies.uses import Usage, Use
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.split import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pennywhistle.apps.societies.models import Society

Kind = DistributionLine.Kind


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """What a use brings one recipient; the gross is the deduction and the net."""

    kind: DistributionLine.Kind
    use: Use
    recipient: Recipient
    gross_micro: int
    deduction_micro: int

    @property
    def net_micro(self) -> int:
        """What moves, or stays for the next distribution."""
        return self.gross_micro - self.deduction_micro

    def purse(self, society_id: int) -> Purse | None:
        """Where the net goes; None for what stays on the account."""
        if self.kind is Kind.CARRIED:
            return None
        if self.kind is Kind.PAID:
            return Purse(PurseKind.PAYEE, self.recipient.party_id)
        return unclaimed_purse(society_id, self.recipient.reason, self.use)


@dataclass(frozen=True, slots=True)
class Plan:
    """A distribution as it would be written."""

    society: Society
    usage: Usage
    period_end: datetime
    brought_micro: int
    lines: tuple[PlannedLine, ...] = field(repr=False)

    @property
    def currency(self) -> str:
        """The currency of all its amounts."""
        return self.usage.currency

    @property
    def stretch(self) -> Stretch:
        """The places of the log that it distributes."""
        return self.usage.stretch

    @property
    def gross_micro(self) -> int:
        """What came in."""
        return self.usage.gross_micro

    @property
    def deduction_micro(self) -> int:
        """What the society keeps by its rules."""
        return sum(line.deduction_micro for line in self.lines)

    @property
    def paid_micro(self) -> int:
        """What goes to members and other societies."""
        return self._net_of(Kind.PAID)

    @property
    def unclaimed_micro(self) -> int:
        """What is kept for whoever it belongs to."""
        return self._net_of(Kind.UNCLAIMED)

    @property
    def carried_micro(self) -> int:
        """What stays on the account for the next distribution; below zero: what works owe."""
        return self._net_of(Kind.CARRIED)

    @property
    def moves(self) -> bool:
        """Whether there is anything to distribute; an empty stretch waits for the next one."""
        return self.stretch.end_index > self.stretch.first_index and any(
            line.kind is not Kind.CARRIED for line in self.lines
        )

    def _net_of(self, kind: DistributionLine.Kind) -> int:
        return sum(line.net_micro for line in self.lines if line.kind is kind)


def unclaimed_purse(society_id: int, reason: str, use: Use) -> Purse:
    """Where a society's money is kept that it can pay to nobody (docs/decisions/0009)."""
    code = f"society-{society_id}-{reason}:work-{use.work_id}:{use.territory}:{use.used_at.year}"
    return Purse(PurseKind.UNCLAIMED, code=code)


def plan_distribution(*, society: Society, currency: str, period_end: datetime) -> Plan:
    """Divide what is on the account for uses up to `period_end` and not distributed yet."""
    last = Distribution.objects.last_of(society_id=society.pk, currency=currency)
    stretch = log_up_to(period_end, first_index=last.end_index if last else 0)
    usage = usage_of(society, currency, stretch)
    brought = carried_by(last)
    pots = netted(usage, brought)
    seed = f"distribution:{society.pk}:{currency}:{stretch.first_index}"
    return Plan(
        society=society,
        usage=usage,
        period_end=period_end,
        brought_micro=sum(brought.values()),
        lines=tuple(_lines(society, currency, pots, seed)),
    )


def sums_of_plan(plan: Plan) -> tuple[MemberSum, ...]:
    """A plan by recipient, as a distribution is summed up: members first, the largest first."""
    sums: dict[tuple[DistributionLine.Kind, Recipient], list[int]] = {}
    for line in plan.lines:
        each = sums.setdefault((line.kind, line.recipient), [0, 0])
        each[0] += line.gross_micro
        each[1] += line.deduction_micro
    names = Party.objects.in_bulk({recipient.party_id for _, recipient in sums})
    found = [
        MemberSum(
            party_id=recipient.party_id or None,
            name=names[recipient.party_id].name if recipient.party_id else "",
            kind=kind,
            reason=recipient.reason,
            gross=Money(gross, plan.currency),
            deduction=Money(deduction, plan.currency),
            net=Money(gross - deduction, plan.currency),
        )
        for (kind, recipient), (gross, deduction) in sums.items()
    ]
    return tuple(sorted(found, key=as_listed))


def carried_by(last: Distribution | None) -> dict[Use, int]:
    """What the distribution before carried over."""
    carried: dict[Use, int] = defaultdict(int)
    if last is not None:
        for line in DistributionLine.objects.filter(distribution=last, kind=Kind.CARRIED):
            carried[Use(line.work_id, line.territory, line.used_at)] += line.gross_micro
    return carried


@dataclass(slots=True)
class Pot:
    """A use's money: new, brought from before, and what was kept apart of it already."""

    micro: int = 0
    contested: Fraction = field(default_factory=Fraction)
    is_waiting: bool = False

    def add(self, other: Pot) -> None:
        """Put another's money in; then it is new money, of which some was taken back."""
        self.micro += other.micro
        self.contested += other.contested
        self.is_waiting = False


def netted(usage: Usage, brought: Mapping[Use, int]) -> dict[Use, Pot]:
    """Each use's money; where some was taken back, a work's uses in a territory together."""
    pots: dict[Use, Pot] = {}
    for use, micro in brought.items():
        pots[use] = Pot(micro, is_waiting=True)
    for use, earned in usage.uses.items():
        pots.setdefault(use, Pot()).add(Pot(earned.micro, usage.contested.get(use, Fraction(0))))
    by_place: dict[tuple[int, str], list[Use]] = defaultdict(list)
    for use in sorted(pots):
        by_place[use.work_id, use.territory].append(use)
    netted: dict[Use, Pot] = {}
    for uses in by_place.values():
        if min(pots[use].micro for use in uses) < 0:
            together = netted[uses[-1]] = Pot()
            for use in uses:
                together.add(pots[use])
        else:
            netted |= {use: pots[use] for use in uses}
    return {use: pot for use, pot in netted.items() if pot.micro}


def _lines(
    society: Society, currency: str, pots: Mapping[Use, Pot], seed: str
) -> Iterator[PlannedLine]:
    owners = Owners(society_id=society.pk, currency=currency, uses=pots)
    for use, pot in pots.items():
        if pot.micro < 0:
            yield PlannedLine(Kind.CARRIED, use, Recipient(0, OWED), pot.micro, 0)
            continue
        parts = owners.parts_of(
            use, got=Fraction(pot.micro), contested=pot.contested, is_waiting=pot.is_waiting
        )
        seed_of_use = f"{seed}:work-{use.work_id}:{use.territory}:{use.used_at.isoformat()}"
        money = split(
            Money(pot.micro, currency), shares=list(parts.values()), seed=seed_of_use.encode()
        )
        for recipient, gross in zip(parts, money, strict=True):
            if gross:
                yield _line(use, recipient, gross, society.deduction, seed_of_use)


def _line(use: Use, recipient: Recipient, gross: Money, rate: Fraction, seed: str) -> PlannedLine:
    if not recipient.party_id:
        # Nothing is deducted from what nobody was found for: all of it waits.
        kind = Kind.CARRIED if recipient.reason == DISPUTED else Kind.UNCLAIMED
        return PlannedLine(kind, use, recipient, gross.micro, 0)
    deduction, _ = split(
        gross, shares=[rate, 1 - rate], seed=f"{seed}:{recipient.party_id}".encode()
    )
    return PlannedLine(Kind.PAID, use, recipient, gross.micro, deduction.micro)
