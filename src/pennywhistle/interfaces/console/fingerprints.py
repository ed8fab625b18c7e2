"""Commands for the index of what every recording sounds like."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pennywhistle.apps.copies.index_folder import IndexUnavailableError, index_folder
from pennywhistle.apps.copies.upkeep import (
    index_status,
    merge_index,
    rebuild_index,
    verify_index,
)
from pennywhistle.engines.fingerprint import IndexDamagedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer(no_args_is_help=True, help="The index of what every recording sounds like.")
console = Console()


@app.callback()
def fingerprints() -> None:
    """The index of what every recording sounds like."""


@app.command("rebuild")
def rebuild() -> None:
    """Make the index again from the fingerprints in the database; deliveries wait meanwhile."""
    with _told("Adding"), _bar("Adding") as progress:
        count = rebuild_index(progress=progress)
    console.print(f"{count:,} recordings are in {index_folder()}.", highlight=False, soft_wrap=True)


@app.command("verify")
def verify() -> None:
    """Read all of the index, and look whether every recording is in it."""
    with _told("Verifying"), _bar("Looking up") as progress:
        missing = verify_index(progress=progress)
    if missing:
        console.print(f"{missing:,} recordings were missing; the worker adds them now.")
        raise typer.Exit(1)
    console.print("The index is whole.")


@app.command("merge")
def merge() -> None:
    """Make few large files of many small ones, which makes looking up faster."""
    with _told("Merging"):
        count = merge_index()
    console.print(f"Merged {count} times." if count else "There was nothing to merge.")


@app.command("status")
def status() -> None:
    """How many recordings are in the index, and whether it is complete."""
    found = index_status()
    if found.defect and found.sound_count:
        console.print(found.defect, highlight=False, soft_wrap=True)
    console.print(f"{found.indexed_count:,} of {found.sound_count:,} recordings are in the index.")
    console.print(f"{found.size_bytes:,} bytes in {index_folder()}", soft_wrap=True)
    if found.sound_count and not found.is_complete:
        console.print("It is not complete: deliveries wait until the worker has filled it.")
        raise typer.Exit(1)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Say in a sentence why the index cannot be worked on."""
    try:
        yield
    except IndexUnavailableError as error:
        console.print(f"{what} has to wait: somebody else is working on the index.")
        raise typer.Exit(1) from error
    except IndexDamagedError as error:
        console.print(f"{error} The worker makes it again now.", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as drawn:
        task = drawn.add_task(label, total=None)
        yield lambda done, total: drawn.update(task, completed=done, total=total)
