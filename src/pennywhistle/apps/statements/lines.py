"""A statement's lines: each sale with its place in the log, a page of them or all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.statements.limits import CSV_ROWS_PER_FETCH, LINES_PER_PAGE
from pennywhistle.apps.statements.pages import PageNumbers
from pennywhistle.apps.statements.queries import within
from pennywhistle.apps.statements.titles import ItemName, names_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from pennywhistle.apps.ledger.models import Posting
    from pennywhistle.apps.statements.queries import Statement


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What a sale brought the payee, or its refund took back; `kind` is the entry's.

    `j` is the posting's place in its entry.
    """

    log_index: int
    page_number: int
    sale_id: UUID
    j: int
    occurred_at: datetime
    item: str
    name: ItemName
    territory: str
    price: Money
    amount: Money
    kind: str = Entry.Kind.SALE

    @property
    def is_refund(self) -> bool:
        """Whether it takes back what a sale brought."""
        return self.kind == Entry.Kind.REFUND


@dataclass(frozen=True, slots=True)
class LinesPage:
    """Some lines of a statement, newest first; `older_than` asks for those that follow."""

    lines: tuple[StatementLine, ...]
    older_than: int | None


def lines_page(*, statement: Statement, older_than: int | None = None) -> LinesPage:
    """A page of the statement's lines, newest first; `older_than` is a place of the log."""
    postings = within(statement.account, statement.stretch)
    if older_than is not None:
        postings = postings.filter(entry__leaf__log_index__lt=older_than)
    rows = list(_rows(postings).order_by("-entry__leaf__log_index", "-line")[: LINES_PER_PAGE + 1])
    shown = rows[:LINES_PER_PAGE]
    names = names_of(row[4] for row in shown)
    numbers = PageNumbers(statement.stretch)
    currency = statement.account.currency
    lines = tuple(_line(row, names, numbers, currency) for row in shown)
    return LinesPage(lines, lines[-1].log_index if len(rows) > len(shown) else None)


def all_lines(*, statement: Statement) -> Iterator[StatementLine]:
    """Every line of a statement in the log's order, read bit by bit: memory stays bounded."""
    found = within(statement.account, statement.stretch)
    names = names_of(found.order_by().values_list("entry__item", flat=True).distinct())
    numbers = PageNumbers(statement.stretch)
    rows = _rows(found)
    ordered = rows.order_by("entry__leaf__log_index", "line")
    for row in ordered.iterator(chunk_size=CSV_ROWS_PER_FETCH):
        yield _line(row, names, numbers, statement.account.currency)


def _rows(postings: QuerySet[Posting]) -> QuerySet[Posting, tuple[Any, ...]]:
    return postings.values_list(
        "entry__leaf__log_index", "entry_id", "line", "entry__occurred_at", "entry__item",
        "entry__territory", "entry__price_micro", "amount_micro", "entry__kind",
    )  # fmt: skip


def _line(
    row: tuple[Any, ...], names: Mapping[str, ItemName], numbers: PageNumbers, currency: str
) -> StatementLine:
    log_index, sale_id, j, occurred_at, item, territory, price_micro, amount_micro, kind = row
    return StatementLine(
        log_index=log_index,
        page_number=numbers.covering(log_index),
        sale_id=sale_id,
        j=j,
        occurred_at=occurred_at,
        item=item,
        name=names[item],
        territory=territory,
        price=Money(price_micro, currency),
        amount=Money(amount_micro, currency),
        kind=kind,
    )
