"""The commands that take in files of works and shares, as societies and publishers send them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from django.utils.timezone import now
from rich.console import Console, Group
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pennywhistle.apps.intake.actions import NotRecordableError, import_works
from pennywhistle.apps.rights.actions import EvidenceEmptyError
from pennywhistle.interfaces.console.party_argument import party_of
from pennywhistle.machine.storage import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.apps.intake.works.reading import Progress as Heard
    from pennywhistle.apps.intake.works.report import ImportReport

app = typer.Typer(no_args_is_help=True, help="Works, and who owns and licenses them.")
console = Console()
errors = Console(stderr=True)
REFUSED_EXIT_CODE = 1
_REMARKS_SHOWN_MAX = 40
_STEPS = {"read": "Checking", "record": "Recording"}
_COUNTS = {
    "works": "works that can be recorded",
    "works_refused": "works refused",
    "works_answers": "answers of societies, not recorded",
    "works_older": "works of which a newer file told",
    "works_made": "works that were new",
    "parties_made": "parties that were new",
    "shares_recorded": "shares recorded",
    "shares_kept": "shares that stood already",
    "shares_closed": "shares closed",
    "shares_contradicted": "shares of others that contradict",
    "shares_not_claimed": "shares of others, not claimed",
    "mandates_recorded": "mandates recorded",
    "mandates_closed": "mandates closed",
    "recordings_linked": "recordings tied to their works",
    "recordings_otherwise": "recordings that play another work",
    "recordings_proposed": "recordings of other suppliers, not tied",
}


@app.callback()
def works() -> None:
    """Works, and who owns and licenses them."""


@app.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="CWR 2.1 or 2.2, or tables (CSV).")],
    *,
    submitter: Annotated[
        str, typer.Option(help="Whose word it is: a party's name, or its code where two have it.")
    ],
    check: Annotated[bool, typer.Option("--check", help="Report, and record nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The reports as JSON lines.")] = False,
) -> None:
    """Check files of works and shares, and record them; the same file again changes nothing.

    Ends with 1 if a file, or a work of one, was refused; the rest is recorded all the same.
    """
    submitter_id = party_of(submitter).pk
    # All of them, though one before was refused.
    were_taken = [_take_in(file, submitter_id, check=check, as_json=as_json) for file in files]
    if not all(were_taken):
        raise typer.Exit(REFUSED_EXIT_CODE)


def _take_in(file: Path, submitter_id: int, *, check: bool, as_json: bool) -> bool:
    """Whether all of it could be taken in; what was wrong has been told."""
    try:
        with _progress(file.name, is_silent=as_json) as progress:
            report = import_works(
                data=file, submitter_id=submitter_id, now=now(), is_check=check, progress=progress
            )
    except (EvidenceEmptyError, TooLargeError, NotRecordableError, OSError) as error:
        if as_json:
            typer.echo(json.dumps({"file": str(file), "error": str(error)}))
        else:
            errors.print(f"{file}: {error}", style="red", markup=False, highlight=False)
        return False
    is_good = not report.is_refused and report.works > 0 and not report.works_refused
    if as_json:
        typer.echo(json.dumps({"file": str(file), "is_good": is_good} | report.to_json()))
    else:
        _print(file, report, is_check=check)
    return is_good


@contextmanager
def _progress(name: str, *, is_silent: bool) -> Iterator[Heard]:
    """A bar for each step: bytes while the file is read, works while they are recorded."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=errors, transient=True, disable=is_silent
    ) as bars:
        tasks = {step: bars.add_task(f"{word} {name}", total=None) for step, word in _STEPS.items()}

        def heard(step: str, done: int, total: int) -> None:
            bars.update(tasks[step], completed=done, total=total)

        yield heard


def _print(file: Path, report: ImportReport, *, is_check: bool) -> None:
    """What became of a file. All text of it is a stranger's: no markup."""
    console.print(Text(f"\n{file.name}", style="bold"))
    if report.remarks:
        console.print(_remarks(report))
    left_out = max(0, len(report.remarks) - _REMARKS_SHOWN_MAX) + report.remarks_omitted
    if left_out:
        console.print(f"… and {left_out} more; see --json.", style="dim")
    for name, words in _COUNTS.items():
        count = getattr(report, name)
        if count or name == "works":
            console.print(f"{count:>9,} {words}", highlight=False)
    if report.is_refused or not report.works:
        console.print("The file was refused. Nothing was recorded.", style="red")
    elif is_check:
        console.print("Nothing was recorded; leave out --check for that.")


def _remarks(report: ImportReport) -> Table:
    table = Table("", "Line", "Work", "What was seen, and what to do", expand=True, pad_edge=False)
    styles = {"error": "bold red", "warning": "yellow"}
    errors_first = sorted(report.remarks, key=lambda remark: remark.level != "error")
    for remark in errors_first[:_REMARKS_SHOWN_MAX]:
        seen = f"{remark.field}: {remark.value} — " if remark.field and remark.value else ""
        table.add_row(
            Text(remark.level, style=styles.get(remark.level, "")),
            Text(str(remark.line or "")),
            Text(remark.work, overflow="fold"),
            Group(Text(f"{seen}{remark.sentence}"), Text(remark.remedy, style="dim")),
        )
    return table
