"""The commands for the store's bank account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.utils.timezone import now
from rich.console import Console

from pennywhistle.apps.payments.bank.errors import BankError
from pennywhistle.apps.payments.bank.reading import take_file
from pennywhistle.engines.bankfile import BankFileRefusedError

app = typer.Typer(no_args_is_help=True, help="The store's own bank account.")
console = Console()
REFUSED, WAITING = 1, 3


@app.callback()
def bank() -> None:
    """Keep `statement` a command of its own, however many there are."""


@app.command("statement")
def statement(
    files: Annotated[list[Path], typer.Argument(help="Statements: camt.053, or a table (CSV).")],
) -> None:
    """Read statements and credit what they show; the same again does nothing.

    Exit code 1: a file was refused. 3: entries wait for a person (Office, Money, Bank).
    """
    refused = waiting = 0
    for file in files:
        try:
            data = file.read_bytes()
            taken = take_file(data=data, source_name=file.name, user_id=None, now=now())
        except (OSError, BankError, BankFileRefusedError) as error:
            console.print(f"{file.name}: {error}", markup=False, highlight=False)
            refused += 1
            continue
        waiting = taken.matched.open_count
        known = " (the file was read before)" if taken.is_known else ""
        console.print(
            f"{file.name}: {taken.line_count} entries, {taken.new_count} new, "
            f"{taken.left_out_count} not booked yet{known}; {taken.matched.ended_count} explained, "
            f"{waiting} wait for a person.",
            markup=False,
            highlight=False,
        )
    if refused:
        raise typer.Exit(REFUSED)
    if waiting:
        raise typer.Exit(WAITING)
