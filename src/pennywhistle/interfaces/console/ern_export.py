"""The command with which a supplier's catalog leaves, whole, as release messages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.utils.timezone import now
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pennywhistle.apps.intake.leaving.batches import AnotherExportError, export_catalog
from pennywhistle.interfaces.console.party_argument import party_of

console = Console()
errors = Console(stderr=True)
LOST_EXIT_CODE = 1
_LOST_SHOWN_MAX = 40


def export(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one where this was begun.")],
    *,
    supplier: Annotated[
        str, typer.Option(help="Whose catalog: a name, or a code where two have the name.")
    ],
) -> None:
    """Lay a supplier's whole catalog into a folder as ERN 4.3.2, with all masters and covers.

    What was interrupted goes on where it was. Ends with 1 if the store has lost a file.
    """
    party = party_of(supplier)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, TimeRemainingColumn(), console=errors, transient=True) as bars:
            task = bars.add_task("Releases", total=None)
            summary = export_catalog(
                supplier=party,
                folder=folder,
                now=now(),
                progress=lambda done, total: bars.update(task, completed=done, total=total),
            )
    except (AnotherExportError, OSError) as error:
        errors.print(f"{error}", style="red", markup=False, highlight=False)
        raise typer.Exit(LOST_EXIT_CODE) from error
    console.print(
        f"{summary.releases:,} releases ({summary.taken_down:,} not on sale), "
        f"{summary.files:,} files, {summary.bytes:,} bytes in {summary.batches:,} batches.",
        markup=False,
        highlight=False,
    )
    for lost in summary.lost[:_LOST_SHOWN_MAX]:
        errors.print(f"Lost: {lost}", style="red", markup=False, highlight=False)
    if summary.lost:
        raise typer.Exit(LOST_EXIT_CODE)
