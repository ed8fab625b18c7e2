"""Commands about money: whether providers hold what the books say, and the end of a store."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import typer
from django.utils.timezone import now
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pennywhistle.apps.gifts.actions import take_back_all
from pennywhistle.apps.ledger.queries import all_reserved
from pennywhistle.apps.payments.closing import Closed, balance_count, close_balances
from pennywhistle.apps.payments.models import Difference
from pennywhistle.apps.payments.reconciling import Reconciled, reconcile
from pennywhistle.apps.preorders.work import give_back_all

console = Console()
DIFFERENT, LEFT = 1, 3
_HEADINGS = ("account", "buyer", "paid_back", "stays", "why", "reason")


def reconcile_providers() -> None:
    """Compare the books with what payment providers say they hold. Exit code 1: they differ."""
    table = Table("Provider", "Books", "Provider says", "Coming", "Going", "")
    is_right = True
    for each in reconcile():
        is_right &= each.is_explained
        table.add_row(
            each.provider,
            str(each.by_books),
            str(each.by_provider) if each.by_provider is not None else "does not say",
            str(each.coming),
            str(each.going),
            _word(each),
        )
    console.print(table)
    waiting = Difference.objects.open().count()
    if waiting:
        console.print(f"{waiting} differences wait: Office, Money, Clearing.")
    raise typer.Exit(0 if is_right and not waiting else DIFFERENT)


def _word(each: Reconciled) -> str:
    if not each.is_explained:
        return "differs"
    return "on its way" if each.difference else "right"


def closing(
    *,
    pay: Annotated[
        bool, typer.Option("--pay", help="Send the money. Without it, only what would go is told.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Where to write every balance as CSV; else what stays.")
    ] = None,
    run: Annotated[
        str, typer.Option(help="A name of this run: what failed in it is not tried again in it.")
    ] = "closing-1",
) -> None:
    """Pay back every unspent balance, when the store closes. Started again, it goes on.

    Exit code 3: something stays, and the report says why.
    """
    if pay and not typer.confirm("Send every unspent balance back to where it came from?"):
        raise typer.Exit(0)
    if pay:
        # What is set aside for pre-orders and gifts is unspent, too.
        give_back_all(now=now())
        take_back_all(now=now())
    else:
        _tell_reserved()
    closed: list[Closed] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), transient=True, console=console) as bars:
        task = bars.add_task("Paying back" if pay else "Looking", total=balance_count())
        for each in close_balances(is_dry=not pay, key=run, now=now()):
            closed.append(each)
            bars.advance(task)
    _tell(closed, pay=pay)
    _write(closed, report)
    raise typer.Exit(LEFT if any(each.left for each in closed) else 0)


def _tell_reserved() -> None:
    """What a dry run does not give back, and the real one does, before it pays back."""
    for each in all_reserved():
        console.print(
            f"Set aside for pre-orders and gifts: {each}. It returns to the balances first.",
            highlight=False,
        )


def _tell(closed: list[Closed], *, pay: bool) -> None:
    word = "On their way back" if pay else "Would go back"
    for currency in sorted({each.paid.currency for each in closed}):
        mine = [each for each in closed if each.paid.currency == currency]
        paid = sum((each.paid for each in mine[1:]), mine[0].paid)
        left = sum((each.left for each in mine[1:]), mine[0].left)
        console.print(f"{len(mine)} balances. {word}: {paid}. Stays: {left}.", highlight=False)
    if not closed:
        console.print("No balance has anything on it.")


def _write(closed: list[Closed], report: Path | None) -> None:
    rows = closed if report else [each for each in closed if each.left]
    if not rows:
        return
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(_HEADINGS)
    for each in rows:
        amounts = (str(each.paid), str(each.left))
        writer.writerow((each.account, each.user_public_id, *amounts, each.why, each.reason))
    if report is None:
        console.print(lines.getvalue(), highlight=False, markup=False, soft_wrap=True)
    else:
        report.write_text(lines.getvalue(), encoding="utf-8")
