"""The European Central Bank's rates of exchange, which returns are converted at."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.taxes.models import ExchangeRate
from pennywhistle.kernel.currencies import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

EURO = "EUR"
# The rate of the last day, or, where none is published, of the next day of publication (VAT
# Directive, article 369h): over Easter and the turn of the year that is up to five days later.
_PUBLISHED_WITHIN = timedelta(days=7)
_LINES_MAX = 20_000
_ROWS_AT_ONCE = 1_000


class ExchangeRateError(ValueError):
    """The file is not the bank's table, or a rate is missing."""

    code = "exchange-rate"


def read_bank_table(lines: Iterable[str], *, since: date) -> list[tuple[str, date, Decimal]]:
    """Currency, day and rate from the bank's table of all days (eurofxref-hist.csv).

    Raises ExchangeRateError, which names the line.
    """
    rows = csv.reader(lines)
    heading = [name.strip() for name in next(rows, [])]
    if not heading or heading[0] != "Date" or "USD" not in heading:
        raise ExchangeRateError("The first line has to name Date, USD and other currencies.")
    found = []
    for number, row in enumerate(rows, 2):
        if number > _LINES_MAX:
            raise ExchangeRateError(f"The table has more than {_LINES_MAX} lines.")
        try:
            day = date.fromisoformat(row[0].strip())
            if day < since:
                continue
            found += [
                (currency, day, Decimal(text.strip()))
                for currency, text in zip(heading[1:], row[1:], strict=False)
                if currency in CURRENCIES and text.strip() not in {"", "N/A"}
            ]
        except (ValueError, IndexError, InvalidOperation) as error:
            raise ExchangeRateError(f"Line {number} is no day with rates.") from error
    if any(not rate.is_finite() or rate <= 0 for _, _, rate in found):
        raise ExchangeRateError("A rate of the table is not above zero.")
    return found


def record_exchange_rates(*, rates: Iterable[tuple[str, date, Decimal]], now: datetime) -> int:
    """Keep rates that are not known yet; answers how many there were. Known ones stay."""
    rows = [
        ExchangeRate(currency=currency, day=day, per_euro=rate, recorded_at=now)
        for currency, day, rate in rates
    ]
    before = ExchangeRate.objects.count()
    ExchangeRate.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_ROWS_AT_ONCE)
    return ExchangeRate.objects.count() - before


def newest_per_euro(currency: str, day: date) -> Fraction | None:
    """The last rate that is known by the end of a day; None where there is none at all.

    For an estimate, while the quarter runs: a return takes `per_euro`.
    """
    if currency == EURO:
        return Fraction(1)
    row = ExchangeRate.objects.filter(currency=currency, day__lte=day).order_by("-day").first()
    return Fraction(row.per_euro) if row is not None else None


def per_euro(currency: str, day: date) -> Fraction:
    """How much of a currency a euro was on a day, or on the next day of publication.

    Raises ExchangeRateError where the store does not know it.
    """
    if currency == EURO:
        return Fraction(1)
    row = (
        ExchangeRate.objects.filter(
            currency=currency, day__gte=day, day__lte=day + _PUBLISHED_WITHIN
        )
        .order_by("day")
        .first()
    )
    if row is None:
        raise ExchangeRateError(
            f"The European Central Bank's rate of {currency} for {day} is missing: "
            "load its table with `pennywhistle taxes exchange`."
        )
    return Fraction(row.per_euro)
