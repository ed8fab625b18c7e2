"""A statement in detail: by recording, work, territory, use, price, and where prices went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pennywhistle.apps.statements.flows import Apart, Flow, sold_to
from pennywhistle.apps.statements.things import Things
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pennywhistle.apps.ledger.models import Account
    from pennywhistle.apps.statements.flows import Sold
    from pennywhistle.apps.statements.queries import Statement
    from pennywhistle.apps.statements.titles import ItemName


_Key = TypeVar("_Key")


@dataclass(slots=True)
class Row:
    """Sales of one item in one territory at one price: how many, and where the money went.

    `code` is the ISRC of a track's recording, or the UPC of a release that was sold whole; `works`
    are the titles of the works in the recording, as far as they are known now.
    """

    item: str
    name: ItemName
    recording: str
    code: str
    works: tuple[str, ...]
    territory: str
    use: str
    price: Money
    sale_count: int = 0
    refund_count: int = 0
    flow: Flow = field(default_factory=Flow)


@dataclass(slots=True)
class Group:
    """Rows that share a recording, a territory or a use."""

    key: str
    title: str
    code: str = ""
    sale_count: int = 0
    refund_count: int = 0
    flow: Flow = field(default_factory=Flow)


@dataclass(frozen=True, slots=True)
class WorkRow:
    """What a licensor got for a work out of these sales."""

    subject: str
    title: str
    iswc: str
    licensor: str
    is_own: bool
    amount: Money


@dataclass(frozen=True, slots=True)
class ApartRow:
    """What was kept apart of these sales, and why."""

    apart: Apart
    title: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Everything that a payee's sales divided in a period.

    Each row's amounts balance, and together they are the postings of the pages: `flow.own` is what
    sales less refunds brought the account.
    """

    currency: str
    rows: tuple[Row, ...]
    works: tuple[WorkRow, ...]
    apart: tuple[ApartRow, ...]
    flow: Flow
    sale_count: int
    refund_count: int

    def by_recording(self) -> list[Group]:
        """By recording; a release that was sold whole is counted as itself."""
        return _grouped(self.rows, lambda row: (row.recording, row.name.title, row.code))

    def by_territory(self) -> list[Group]:
        """By where it was sold."""
        return _grouped(self.rows, lambda row: (row.territory, row.territory, ""))

    def by_use(self) -> list[Group]:
        """By what buyers may do with it, in DDEX's words."""
        return _grouped(self.rows, lambda row: (row.use, row.use, ""))

    def money(self, micro: int) -> Money:
        """An amount of a flow."""
        return Money(micro, self.currency)


def _grouped(rows: Iterable[Row], key: Callable[[Row], tuple[str, str, str]]) -> list[Group]:
    groups: dict[str, Group] = {}
    for row in rows:
        name, title, code = key(row)
        group = groups.setdefault(name, Group(name, title, code))
        group.sale_count += row.sale_count
        group.refund_count += row.refund_count
        group.flow.add(row.flow)
    return sorted(groups.values(), key=lambda group: (-group.flow.own, group.key))


def breakdown_of(*, statement: Statement) -> Breakdown:
    """Everything that the sales of a statement divided, in a fixed number of queries.

    Rows are by what the payee got, the most first.
    """
    account = statement.account
    sold = list(sold_to(account, statement.stretch))
    things = Things.of(sold)
    rows: dict[tuple[str, str, str, int], Row] = {}
    works: dict[tuple[str, int], int] = {}
    apart: dict[Apart, int] = {}
    for each in sold:
        _add(works, each.works)
        _add(apart, each.apart)
        row = rows.setdefault(
            (each.item, each.territory, each.use, each.price_micro), _row(each, things, account)
        )
        row.sale_count += each.sale_count
        row.refund_count += each.refund_count
        row.flow.add(each.flow)
    total = Flow()
    for row in rows.values():
        total.add(row.flow)
    assert total.left == 0, "entries balance"
    return Breakdown(
        currency=account.currency,
        rows=tuple(sorted(rows.values(), key=lambda row: (-row.flow.own, row.item, row.territory))),
        works=tuple(_work_row(key, micro, things, account) for key, micro in _most_first(works)),
        apart=tuple(
            ApartRow(key, things.subject(key.subject)[0], Money(micro, account.currency))
            for key, micro in _most_first(apart)
        ),
        flow=total,
        sale_count=sum(row.sale_count for row in rows.values()),
        refund_count=sum(row.refund_count for row in rows.values()),
    )


def _row(sold: Sold, things: Things, account: Account) -> Row:
    thing = things.item(sold.item)
    return Row(
        item=sold.item,
        name=thing.name,
        recording=thing.recording,
        code=thing.code,
        works=thing.works,
        territory=sold.territory,
        use=sold.use,
        price=Money(sold.price_micro, account.currency),
    )


def _work_row(key: tuple[str, int], micro: int, things: Things, account: Account) -> WorkRow:
    subject, licensor_id = key
    title, iswc = things.subject(subject)
    return WorkRow(
        subject=subject,
        title=title,
        iswc=iswc,
        licensor=things.party(licensor_id),
        is_own=licensor_id == account.party_id,
        amount=Money(micro, account.currency),
    )


def _add(sums: dict[_Key, int], more: Mapping[_Key, int]) -> None:
    for key, micro in more.items():
        sums[key] = sums.get(key, 0) + micro


def _most_first(sums: Mapping[_Key, int]) -> list[tuple[_Key, int]]:
    return sorted(sums.items(), key=lambda pair: (-pair[1], str(pair[0])))
