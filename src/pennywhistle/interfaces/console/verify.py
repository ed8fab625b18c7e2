"""`pennywhistle verify`: checks receipts and statements offline; needs no store, asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pennywhistle.engines.tlog.checks import amount_text
from pennywhistle.engines.tlog.note import NoteInvalidError, VerifierKey
from pennywhistle.engines.tlog.receipt import ReceiptInvalidError, receipt_size_bytes_max
from pennywhistle.engines.tlog.statement import StatementInvalidError, statement_size_bytes_max
from pennywhistle.engines.tlog.verify import (
    StatementVerdict,
    Verdict,
    verify_receipt,
    verify_statement,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.checks import Check

KEY_FILE = "log-key.txt"
FAILED, UNREADABLE = 1, 2
MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("…", "yellow")}
console = Console()


@dataclass(frozen=True, slots=True)
class UnreadableError(Exception):
    """The file or the key cannot be read, so nothing can be said."""

    sentence: str


def verify(
    files: Annotated[list[Path], typer.Argument(help="Receipts (.tlog-proof) or statements.")],
    key: Annotated[
        list[str] | None,
        typer.Option(help=f"The store's public log key. Else {KEY_FILE} beside the file is read."),
    ] = None,
) -> None:
    """Check that a sale is in the store's public log and that everybody was credited."""
    worst = 0
    for file in files:
        try:
            worst = max(worst, _verify_one(file, key or []))
        except UnreadableError as error:
            console.print(f"[bold red]{file}[/]: {error.sentence}", highlight=False)
            worst = UNREADABLE
    raise typer.Exit(worst)


def _verify_one(file: Path, key_texts: Sequence[str]) -> int:
    data = _read(file)
    keys = _keys(file, key_texts)
    try:
        verdict: Verdict | StatementVerdict = (
            verify_statement(data, keys=keys)
            if data.lstrip()[:1] == b"{"
            else verify_receipt(data, keys=keys)
        )
    except (ReceiptInvalidError, StatementInvalidError) as error:
        raise UnreadableError(str(error)) from error
    console.print(_till(file, verdict))
    if not key_texts:
        console.print(
            f"[dim]The key came with the file ({KEY_FILE}). Compare it once with the one that the"
            " store shows on its about page, or give it by --key.[/]"
        )
    return 0 if verdict.passed else FAILED


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(statement_size_bytes_max + 1)
    except OSError as error:
        raise UnreadableError(f"It cannot be read: {error.strerror}.") from error
    is_statement = data.lstrip()[:1] == b"{"
    if len(data) > (statement_size_bytes_max if is_statement else receipt_size_bytes_max):
        raise UnreadableError("It is too large to be a receipt or a statement.")
    return data


def _keys(file: Path, texts: Sequence[str]) -> list[VerifierKey]:
    beside = file.parent / KEY_FILE
    if not texts and not beside.is_file():
        raise UnreadableError(
            "The store's public key is needed: give it by --key (the store's about page shows it)"
            f" or put it beside the file as {KEY_FILE}."
        )
    try:
        return [
            VerifierKey.parse(text.strip())
            for text in (texts or beside.read_text(encoding="utf-8")[:10_000].split())
        ]
    except (NoteInvalidError, OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"The key cannot be read: {error}") from error


def _till(file: Path, verdict: Verdict | StatementVerdict) -> Panel:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    if isinstance(verdict, Verdict):
        _add_sale(table, verdict)
    else:
        _add_totals(table, verdict)
    table.add_row("", "")
    for check in verdict.checks:
        _add_check(table, check)
    good = verdict.passed
    title = "all that could be checked is right" if good else "something is WRONG"
    return Panel(
        table,
        title=file.name,
        subtitle=title,
        width=78,
        border_style="green" if good else "bold red",
    )


def _add_sale(table: Table, verdict: Verdict) -> None:
    till = verdict.till
    sold_at = datetime.fromtimestamp(till.occurred_at_us / 1_000_000, UTC)
    table.add_row(Text(till.origin, "bold"), f"{sold_at:%Y-%m-%d %H:%M} UTC, {till.territory}")
    for item in till.items:
        name = f"{item.title} — {item.artist}" if item.title else item.item
        table.add_row(Text(name), amount_text(item.price_micro, item.currency))
    for party in till.parties:
        if party.account != till.buyer:
            words = f"  {party.name}, {party.role}" if party.name else "  credited"
            table.add_row(
                Text(f"{words} (account {party.account})"),
                amount_text(party.amount_micro, party.currency),
            )


def _add_totals(table: Table, verdict: StatementVerdict) -> None:
    first, last = verdict.page_numbers
    account = verdict.statement.account
    table.add_row(Text(f"Account {account}, pages {first} to {last}", "bold"), "")
    for currency, amount in verdict.totals_micro.items():
        table.add_row("Total", amount_text(amount, currency))


def _add_check(table: Table, check: Check) -> None:
    mark, style = MARKS[check.passed]
    table.add_row(Text(f"{mark} {check.title}", style), "")
    table.add_row(Text(f"  {check.sentence}", "dim"), "")
