"""Where each price went, as CSV: a line for each item, territory, use and price, and their sums."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from pennywhistle.apps.statements.csv_file import cell_of_text, written
from pennywhistle.apps.statements.flows import Flow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.apps.statements.breakdown import ApartRow, Breakdown, Row, WorkRow

_FLOWS = tuple(each.name for each in fields(Flow))
HEADINGS = (
    "line", "item", "title", "artist", "release", "isrc_or_upc", "works", "territory", "use",
    "price_micro", "sales", "refunds", *(f"{name}_micro" for name in _FLOWS), "own_micro",
    "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    flow: Flow
    item: str = ""
    title: str = ""
    artist: str = ""
    release: str = ""
    code: str = ""
    works: str = ""
    territory: str = ""
    use: str = ""
    price: str = ""
    sales: str = ""
    refunds: str = ""


def detail_csv_lines(breakdown: Breakdown) -> Iterator[str]:
    """The file line by line: what was sold, its total, works by licensor, what was kept apart.

    The lines "sold" sum to the line "total". Lines "work" tell of the columns `tariffs` and
    `own_tariff` which work they were for, and to whom they went; lines "held" and "unclaimed", why.
    """
    yield written(HEADINGS)
    lines = [_sold(row) for row in breakdown.rows]
    sales, refunds = str(breakdown.sale_count), str(breakdown.refund_count)
    lines.append(_Line("total", breakdown.flow, sales=sales, refunds=refunds))
    lines += [_work(row) for row in breakdown.works]
    lines += [_apart(row) for row in breakdown.apart]
    for line in lines:
        yield written(_cells(line, breakdown.currency))


def _sold(row: Row) -> _Line:
    return _Line(
        "sold",
        row.flow,
        item=row.item,
        title=row.name.title,
        artist=row.name.artist_line,
        release=row.name.release,
        code=row.code,
        works=" | ".join(row.works),
        territory=row.territory,
        use=row.use,
        price=str(row.price.micro),
        sales=str(row.sale_count),
        refunds=str(row.refund_count),
    )


def _work(row: WorkRow) -> _Line:
    micro = row.amount.micro
    flow = Flow(own_tariff=micro) if row.is_own else Flow(tariffs=micro)
    return _Line(
        "work", flow, item=row.subject, title=row.title, artist=row.licensor, code=row.iswc
    )


def _apart(row: ApartRow) -> _Line:
    apart, micro = row.apart, row.amount.micro
    flow = Flow(held=micro) if apart.kind == "held" else Flow(unclaimed=micro)
    return _Line(
        apart.kind,
        flow,
        item=apart.subject,
        title=row.title,
        works=apart.reason,
        territory=apart.territory,
    )


def _cells(line: _Line, currency: str) -> tuple[str, ...]:
    texts = (
        line.item, line.title, line.artist, line.release, line.code, line.works, line.territory,
        line.use,
    )  # fmt: skip
    flow = line.flow
    return (
        line.kind,
        *(cell_of_text(text) for text in texts),
        line.price,
        line.sales,
        line.refunds,
        *(str(getattr(flow, name)) for name in _FLOWS),
        str(flow.own),
        currency,
    )
