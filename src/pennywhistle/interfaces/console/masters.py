"""The command that judges masters that were delivered before files were judged."""

from __future__ import annotations

import typer
from django.utils.timezone import now
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.copies.models import Conflict
from pennywhistle.apps.intake.doubts.older import weigh_older
from pennywhistle.apps.intake.models import Doubt
from pennywhistle.apps.intake.telling.copies import title_in
from pennywhistle.apps.media.hearings import hear_masters

app = typer.Typer(no_args_is_help=True, help="The files that suppliers delivered.")
console = Console()
FAILED_EXIT_CODE = 1


@app.command("hear")
def hear() -> None:
    """Examine, judge and compare every master that was not yet; may be interrupted."""
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
    is_compared = _compare()
    if failed or not is_compared:
        raise typer.Exit(FAILED_EXIT_CODE)


def _compare() -> bool:
    """Compare what was heard, and name what an operator has to decide; False: not all of it."""
    instant = now()
    try:
        count = weigh_older(now=instant)
    except IndexUnavailableError:
        console.print("The index of recordings is not complete: call this again later.")
        return False
    console.print(f"Compared: {count}.", highlight=False)
    related = ("sound", "newcomer", "holder", "block")
    for conflict in Conflict.objects.filter(opened_at=instant).select_related(*related):
        other = conflict.holder.name if conflict.holder else "the blocklist"
        _name(f"{conflict.newcomer.name}, {title_in(conflict)}: a recording of {other}")
    for doubt in Doubt.objects.filter(opened_at=instant).select_related("supplier"):
        _name(f"{doubt.supplier.name}, {doubt.path}: {doubt.code}")
    return True


def _name(what: str) -> None:
    console.print(f"To decide: {what}", markup=False, highlight=False, soft_wrap=True)
