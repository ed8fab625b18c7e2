"""A society's usage as it is shown and handed out: by work, by member, by territory."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.societies.sharing import OWED, Owners, Recipient
from pennywhistle.apps.societies.uses import work_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.societies.uses import Apart, Usage, Use


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What a use earned for one recipient; `due` is exact, in micro-units."""

    use: Use
    title: str
    iswc: str
    recipient: Recipient
    name: str
    part: Fraction
    due: Fraction
    sale_count: int


@dataclass(frozen=True, slots=True)
class ApartRow:
    """What a use would have earned, had it not been kept apart, and why it was."""

    apart: Apart
    title: str
    due: Fraction
    sale_count: int


@dataclass(slots=True)
class Sum:
    """What uses earned together."""

    label: str
    due: Fraction = field(default_factory=Fraction)
    sale_count: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Every use of a stretch by recipient, and what was kept apart."""

    usage: Usage
    rows: tuple[UsageRow, ...]
    apart: tuple[ApartRow, ...]

    def by_work(self) -> list[Sum]:
        """The works, what earned most first; two of one title are two."""
        return self._sums((str(use.work_id), row.title, use) for row, use in self._uses())

    def by_territory(self) -> list[Sum]:
        """The territories, what earned most first."""
        return self._sums((use.territory, use.territory, use) for _, use in self._uses())

    def by_recipient(self) -> list[tuple[Recipient, Sum]]:
        """The members, and nobody for each reason, what earned most first."""
        sums: dict[Recipient, Sum] = {}
        for row in self.rows:
            each = sums.setdefault(row.recipient, Sum(row.name))
            each.due += row.due
            each.sale_count += row.sale_count
        return sorted(sums.items(), key=lambda pair: (-pair[1].due, pair[0]))

    def _uses(self) -> Iterable[tuple[UsageRow, Use]]:
        first_of: dict[Use, UsageRow] = {}
        for row in self.rows:
            first_of.setdefault(row.use, row)
        return ((row, use) for use, row in first_of.items())

    def _sums(self, uses: Iterable[tuple[str, str, Use]]) -> list[Sum]:
        sums: dict[str, Sum] = {}
        for key, label, use in uses:
            each = sums.setdefault(key, Sum(label))
            each.due += self.usage.uses[use].due
            each.sale_count += self.usage.uses[use].sale_count
        return sorted(sums.values(), key=lambda each: (-each.due, each.label))


def report_of(usage: Usage) -> Report:
    """Whose the society's usage is, by the register as it stands."""
    society = usage.society
    owners = Owners(society_id=society.pk, currency=usage.currency, uses=usage.uses)
    parts = {
        use: owners.parts_of(use, got=earned.due, contested=usage.contested.get(use, Fraction(0)))
        if earned.due > 0
        else {Recipient(0, OWED): Fraction(1)}
        for use, earned in usage.uses.items()
    }
    works = Work.objects.in_bulk(
        {use.work_id for use in parts}
        | {work_of(each.subject) for each in usage.apart if each.subject.startswith("work-")}
    )
    names = dict(
        Party.objects.filter(
            id__in={each.party_id for shares in parts.values() for each in shares}
        ).values_list("id", "name")
    )
    rows = tuple(
        UsageRow(
            use=use,
            title=works[use.work_id].title,
            iswc=works[use.work_id].iswc,
            recipient=recipient,
            name=names.get(recipient.party_id, ""),
            part=part,
            due=usage.uses[use].due * part,
            sale_count=usage.uses[use].sale_count,
        )
        for use in sorted(parts)
        for recipient, part in parts[use].items()
    )
    return Report(usage, rows, tuple(_apart(usage, works)))


def _apart(usage: Usage, works: dict[int, Work]) -> list[ApartRow]:
    return [
        ApartRow(each, _title(each, works), earned.due, earned.sale_count)
        for each, earned in sorted(usage.apart.items(), key=lambda pair: pair[0])
    ]


def _title(apart: Apart, works: dict[int, Work]) -> str:
    if apart.subject.startswith("work-"):
        return works[work_of(apart.subject)].title
    return apart.subject
