"""A statement as CSV (RFC 4180), safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.apps.statements.lines import StatementLine
    from pennywhistle.apps.statements.queries import Statement
    from pennywhistle.kernel.money import Money

from pennywhistle.apps.statements.lines import all_lines

HEADINGS = (
    "sale",
    "posting",
    "log_index",
    "page",
    "time_utc",
    "item",
    "title",
    "artist",
    "release",
    "territory",
    "price",
    "amount",
    "currency",
    "price_micro",
    "amount_micro",
    "kind",
)

# A spreadsheet takes a cell that begins so for a formula, or drops the character and then does.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell_of_text(text: str) -> str:
    """A text that no spreadsheet computes: an apostrophe in front of what looks like a formula.

    For texts alone. Amounts are written by this program from whole numbers, so a negative one
    keeps its minus and stays a number.
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def amount_cell(money: Money) -> str:
    """The exact amount with all six decimals: -0.063000."""
    return f"{money.decimal:f}"


def csv_lines(statement: Statement) -> Iterator[str]:
    """The file line by line, the headings first; it is never held whole."""
    yield written(HEADINGS)
    for line in all_lines(statement=statement):
        yield written(_cells(line))


def _cells(line: StatementLine) -> tuple[str, ...]:
    texts = (line.item, line.name.title, line.name.artist_line, line.name.release, line.territory)
    return (
        str(line.sale_id),
        str(line.j),
        str(line.log_index),
        str(line.page_number),
        line.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        *(cell_of_text(text) for text in texts),
        amount_cell(line.price),
        amount_cell(line.amount),
        line.amount.currency,
        str(line.price.micro),
        str(line.amount.micro),
        line.kind,
    )


def written(cells: Sequence[str]) -> str:
    """Cells as one line of a file, with its end."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
