"""The command that puts a copy of the database in its place; it needs no settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pennywhistle.machine.postgres.restoring import restore as restore_database

console = Console()
DAMAGED_EXIT_CODE = 1


def restore(
    *,
    data: Annotated[
        Path, typer.Option(envvar="PENNYWHISTLE_DATA", help="The store's folder.")
    ] = Path("data"),
    copies: Annotated[
        Path, typer.Option(envvar="PENNYWHISTLE_DATABASE_COPY", help="Where the copies lie.")
    ],
    name: Annotated[
        str | None, typer.Option("--copy", help="Which of them; the newest if not said.")
    ] = None,
) -> None:
    """Put a copy of the database in its place, with all that came after it. Deletes nothing."""
    done = restore_database(data, copies, name=name, report=console.print)
    console.print(
        f"Restored from {done.copy}, with what came after it, in {done.seconds:.1f} s.",
        highlight=False,
    )
    if done.aside is not None:
        console.print(f"The former database lies in {done.aside}.", highlight=False)
    for page in done.bad:
        console.print(f"Damaged: {page.file}, block {page.block}", style="red", markup=False)
    if done.bad:
        raise typer.Exit(DAMAGED_EXIT_CODE)
    console.print("All of it was read again, and is as it was written.")
