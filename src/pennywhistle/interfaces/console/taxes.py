"""The commands about tax: filling the table of rates, rates of exchange, a return on paper."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from django.db import transaction
from django.utils.timezone import now
from rich.console import Console

from pennywhistle.apps.invoices.return_table import return_lines
from pennywhistle.apps.invoices.returns import oss_return
from pennywhistle.apps.taxes.actions import TaxRateInvalidError, set_tax_rate
from pennywhistle.apps.taxes.exchange import (
    ExchangeRateError,
    read_bank_table,
    record_exchange_rates,
)
from pennywhistle.apps.taxes.known import fill_rates, installed_rates, look_for_changes
from pennywhistle.engines.tax import Quarter
from pennywhistle.kernel.period import Period, PeriodInvalidError
from pennywhistle.kernel.territories import TerritoryUnknownError

app = typer.Typer(no_args_is_help=True, help="Rates of tax, rates of exchange, returns.")
console = Console()
_LINES_MAX = 100_000
_COLUMNS = ["territory", "percent", "first_day", "source"]


@app.callback()
def taxes() -> None:
    """Rates of tax, rates of exchange, returns."""


@app.command("fill")
def fill(
    *,
    since: Annotated[str, typer.Option("--from", help="First day on which they hold: 2026-01-01.")],
    also: Annotated[
        str, typer.Option(help="Where the store is registered besides the Union: GB,NO.")
    ] = "",
) -> None:
    """Record the rates of the data set wherever the store is registered and has none yet."""
    known = installed_rates()
    wanted = [code.strip().upper() for code in also.split(",") if code.strip()]
    for code in wanted:
        if code not in known.percents:
            raise typer.BadParameter(f"The data set knows no rate for {code}.")
    filled = fill_rates(known=known, first_day=_day(since), also=wanted, now=now())
    told = ", ".join(filled) if filled else "nothing was missing"
    console.print(f"Rates of {known.version}: {told}.", highlight=False)
    console.print("Compare them with a tax office's page before you rely on them.")


@app.command("check")
def check() -> None:
    """Compare the store's rates with the data set, as happens every night."""
    looked = look_for_changes(known=installed_rates(), now=now())
    console.print(f"Taken: {', '.join(looked.taken) or 'none'}.", highlight=False)
    console.print(f"Waiting in the office: {', '.join(looked.proposed) or 'none new'}.")


@app.command("exchange")
def exchange(
    file: Annotated[Path, typer.Argument(help="The bank's table of all days, eurofxref-hist.csv.")],
    *,
    since: Annotated[str, typer.Option("--from", help="Days before are left out.")] = "2020-01-01",
) -> None:
    """Load the European Central Bank's rates of exchange, which returns are converted at."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rates = read_bank_table(lines, since=_day(since))
    except (OSError, UnicodeError, csv.Error, ExchangeRateError) as error:
        raise typer.BadParameter(str(error)) from error
    console.print(f"{record_exchange_rates(rates=rates, now=now())} new rates.", highlight=False)


@app.command("import")
def import_rates(
    file: Annotated[
        Path, typer.Argument(help="A table (CSV): territory, percent, first_day, source.")
    ],
) -> None:
    """Record rates of sales tax from a table of one's own; all of them or none."""
    try:
        with file.open(encoding="utf-8", newline="") as lines, transaction.atomic():
            count = _import(csv.DictReader(lines))
    except (OSError, UnicodeError, csv.Error) as error:
        raise typer.BadParameter(str(error)) from error
    console.print(f"{count} rates are on record.", highlight=False)


def _import(rows: csv.DictReader[str]) -> int:
    if rows.fieldnames != _COLUMNS:
        raise typer.BadParameter(f"The first line has to be {','.join(_COLUMNS)}.")
    count = 0
    for count, row in enumerate(rows, 1):
        if count > _LINES_MAX:
            raise typer.BadParameter(f"The table has more than {_LINES_MAX} lines.")
        try:
            starts_at = datetime.combine(date.fromisoformat(row["first_day"]), time.min, UTC)
            set_tax_rate(
                territory=row["territory"],
                rate=Fraction(row["percent"]) / 100,
                valid=Period(starts_at, None),
                source=row["source"] or "",
                now=now(),
            )
        except (
            ValueError,
            TypeError,
            ZeroDivisionError,
            TaxRateInvalidError,
            TerritoryUnknownError,
            PeriodInvalidError,
        ) as error:
            raise typer.BadParameter(f"Line {count + 1}: {error}") from error
    return count


@app.command("oss")
def oss(
    quarter: Annotated[str, typer.Argument(help="Such as 2026-Q4.")],
) -> None:
    """Print the one-stop shop's return of a quarter as a table (CSV)."""
    read = Quarter.parse(quarter)
    if read is None:
        raise typer.BadParameter("Write a quarter such as 2026-Q4.")
    found = oss_return(read)
    if found.missing:
        raise typer.BadParameter(" ".join(found.missing))
    csv.writer(sys.stdout).writerows(return_lines(found))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"“{text}” is no day; write 2026-01-01.") from error
