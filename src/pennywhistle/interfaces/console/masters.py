"""The command that hears masters that were delivered before files were heard."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pennywhistle.apps.media.hearings import hear_masters

app = typer.Typer(no_args_is_help=True, help="The files that suppliers delivered.")
console = Console()
FAILED_EXIT_CODE = 1


@app.command("hear")
def hear() -> None:
    """Examine, judge and fingerprint every master that was not heard yet; may be interrupted."""
    columns = (TextColumn("Hearing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=None)
        total = 0

        def heard(done: int, of: int, /) -> None:
            nonlocal total
            total = of
            bars.update(task, completed=done, total=of)

        failed = hear_masters(progress=heard)
    for each in failed:
        console.print(f"{each.sha256}: {each.sentence}", style="red", markup=False, highlight=False)
    console.print(f"Heard: {total - len(failed)} of {total}.", highlight=False)
    if failed:
        raise typer.Exit(FAILED_EXIT_CODE)
