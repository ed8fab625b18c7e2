"""Usage and distributions of societies as CSV (RFC 4180), safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from pennywhistle.apps.statements.csv_file import amount_cell, cell_of_text
from pennywhistle.interfaces.studio.society_words import decimal_of
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pennywhistle.apps.societies.models import Distribution, DistributionLine
    from pennywhistle.apps.societies.reporting import Report

USAGE_HEADINGS = (
    *("work", "title", "iswc", "territory", "first_use_utc", "sales", "recipient", "reason"),
    *("part", "due", "currency", "due_micro_exact"),
)
LINE_HEADINGS = (
    *("work", "title", "iswc", "territory", "first_use_utc", "kind", "recipient", "reason"),
    *("gross", "deduction", "net", "currency"),
)


def usage_lines(reports: Iterable[Report]) -> Iterator[str]:
    """Every use by recipient; then what is kept apart; then the rounding, by currency."""
    yield _written(USAGE_HEADINGS)
    for report in reports:
        yield from _usage_of(report)


def _usage_of(report: Report) -> Iterator[str]:
    currency = report.usage.currency
    for row in report.rows:
        yield _written(
            (
                *_texts(f"work-{row.use.work_id}", row.title, row.iswc, row.use.territory),
                row.use.used_at.isoformat(),
                str(row.sale_count),
                *_texts(row.name, row.recipient.reason),
                str(row.part),
                f"{decimal_of(row.due):f}",
                currency,
                str(row.due),
            )
        )
    for each in report.apart:
        yield _written(
            (
                *_texts(each.apart.subject, each.title, "", each.apart.territory),
                str(each.apart.year),
                str(each.sale_count),
                "",
                f"apart:{each.apart.reason}",
                "",
                f"{decimal_of(each.due):f}",
                currency,
                str(each.due),
            )
        )
    rounding = report.usage.rounding
    blank = ("",) * 7
    yield _written((*blank, "rounding", "", f"{decimal_of(rounding):f}", currency, str(rounding)))


def distribution_lines(
    distribution: Distribution, lines: Iterable[DistributionLine]
) -> Iterator[str]:
    """Lines of a distribution as they were divided."""
    yield _written(LINE_HEADINGS)
    currency = distribution.currency
    for line in lines:
        yield _written(
            (
                *_texts(f"work-{line.work_id}", line.work.title, line.work.iswc, line.territory),
                line.used_at.isoformat(),
                line.kind,
                *_texts(line.party.name if line.party else "", line.reason),
                amount_cell(Money(line.gross_micro, currency)),
                amount_cell(Money(line.deduction_micro, currency)),
                amount_cell(Money(line.net_micro, currency)),
                currency,
            )
        )


def _texts(*texts: str) -> tuple[str, ...]:
    return tuple(cell_of_text(text) for text in texts)


def _written(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
