"""The one-stop shop's return as lines of a table, for a spreadsheet or the tax office's form."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from pennywhistle.apps.invoices.returns import OssReturn

HEADINGS = ("part", "quarter", "state", "rate_percent", "net_eur", "tax_eur")


def return_lines(found: OssReturn) -> Iterator[tuple[str, ...]]:
    """Headings, then a line for each state and rate, then the corrections of earlier quarters."""
    yield HEADINGS
    for row in found.rows:
        yield (
            "supplies",
            str(found.quarter),
            row.state,
            percent_text(row.rate),
            euro_text(row.net_cents),
            euro_text(row.tax_cents),
        )
    for each in found.corrections:
        yield ("correction", str(each.quarter), each.state, "", "", euro_text(each.tax_cents))


def euro_text(cents: int) -> str:
    """An amount with a point and two decimals, as tables of programs have it."""
    return str(Decimal(cents).scaleb(-2))


def percent_text(rate: Fraction) -> str:
    """A rate in percent: 19, 25.5."""
    percent = (Decimal((rate * 100).numerator) / Decimal((rate * 100).denominator)).quantize(
        Decimal("0.000001")
    )
    return f"{percent.normalize():f}"
