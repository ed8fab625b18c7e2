"""`pennywhistle statement` and `pennywhistle dsr`: a payee's files, and sales reports by DDEX."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from django.utils.timezone import now
from rich.console import Console

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.proof.log import have_keys, the_log
from pennywhistle.apps.statements.beancount_file import beancount_lines
from pennywhistle.apps.statements.breakdown import breakdown_of
from pennywhistle.apps.statements.csv_file import csv_lines
from pennywhistle.apps.statements.days import Days, DaysInvalidError
from pennywhistle.apps.statements.detail_csv import detail_csv_lines
from pennywhistle.apps.statements.models import SalesReport
from pennywhistle.apps.statements.queries import statement_document, statement_for
from pennywhistle.apps.statements.reporting import (
    Asked,
    ReportRefusedError,
    make_report,
    report_document,
    send_report,
)
from pennywhistle.interfaces.common.statement_paper import statement_page
from pennywhistle.interfaces.console.party_argument import party_of
from pennywhistle.machine.paper import PaperError, print_pdf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.statements.queries import Statement

app = typer.Typer(no_args_is_help=True, help="Sales reports by DDEX DSR.")
console = Console()
errors = Console(stderr=True)
_Party = Annotated[str, typer.Argument(help="A name, or a code where two have the name.")]
_Folder = Annotated[Path, typer.Argument(help="Where the files are laid.", file_okay=False)]
_Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="A day of UTC: 2026-11-01.")]
_Currency = Annotated[str, typer.Option(help="The store's own unless told.")]


def statement(
    party: _Party, folder: _Folder, *, first: _Day, last: _Day, currency: _Currency = ""
) -> None:
    """Lay a payee's statement into a folder: CSV, detail, beancount, HTML, PDF, and the proof."""
    found = party_of(party)
    account = Account.objects.filter(
        kind=Account.Kind.PAYEE, party=found, currency=currency or the_store().currency
    ).first()
    if account is None:
        raise typer.BadParameter(f"{found.name} has no account in that currency.")
    told = statement_for(account=account, days=_days(first, last))
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"statement-{account.number}-{told.days.first}-{told.days.last}"
    breakdown = breakdown_of(statement=told)
    page = statement_page(told)
    _lay(folder / f"{stem}.csv", csv_lines(told))
    _lay(folder / f"{stem}-detail.csv", detail_csv_lines(breakdown))
    _lay(folder / f"{stem}.beancount", beancount_lines(told))
    _lay(folder / f"{stem}.html", [page])
    _lay_proof(folder / f"{stem}.json", told)
    try:
        (folder / f"{stem}.pdf").write_bytes(print_pdf(page))
    except PaperError as error:
        errors.print(f"No PDF: {error}", style="yellow", markup=False)
    console.print(f"{told.closing} at the end of {told.days.last}, in {folder}.", markup=False)


def _lay(file: Path, lines: Iterable[str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        opened.writelines(lines)


def _lay_proof(file: Path, told: Statement) -> None:
    document = statement_document(log=the_log(), statement=told) if have_keys() else None
    if document is not None:
        file.write_bytes(document)


@app.command("make")
def make(
    party: _Party,
    folder: _Folder,
    *,
    first: _Day,
    last: _Day,
    profile: Annotated[str, typer.Option(help="basic, financial or mlc.")] = "basic",
    currency: _Currency = "",
) -> None:
    """Make a report about some days, also about days without sales, and lay it into a folder."""
    if profile not in SalesReport.Profile:
        raise typer.BadParameter(f"{profile} is no profile; there are basic, financial and mlc.")
    asked = Asked(party_of(party), profile, currency or the_store().currency, _days(first, last))
    try:
        report = make_report(asked=asked, now=now())
    except ReportRefusedError as error:
        _refuse(error)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / report.file_name).write_bytes(report_document(report))
    console.print(
        f"{report.file_name}: {report.line_count:,} lines of sales, message {report.message_id}.",
        markup=False,
        highlight=False,
    )


@app.command("sent")
def sent(
    message: Annotated[str, typer.Argument(help="The MessageId of the report that was sent.")],
    *,
    replaces: Annotated[str, typer.Option(help="The MessageId of the one it replaces.")] = "",
    note: Annotated[str, typer.Option(help="Why it replaces that one.")] = "",
) -> None:
    """Note that a report was sent; one about days that were reported before must replace that."""
    report = _known(message)
    before = _known(replaces).pk if replaces else None
    try:
        send_report(report_id=report.pk, replaces_id=before, note=note, now=now())
    except ReportRefusedError as error:
        _refuse(error)
    console.print(f"{report.file_name} is on record as sent.", markup=False, highlight=False)


def _known(message: str) -> SalesReport:
    found = SalesReport.objects.filter(message_id=message).first()
    if found is None:
        raise typer.BadParameter(f"No report has the MessageId {message}.")
    return found


def _days(first: datetime, last: datetime) -> Days:
    try:
        return Days(first.date(), last.date())
    except DaysInvalidError as error:
        raise typer.BadParameter(str(error)) from error


def _refuse(error: ReportRefusedError) -> NoReturn:
    errors.print(str(error), style="red", markup=False, highlight=False)
    raise typer.Exit(1) from error
