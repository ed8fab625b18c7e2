"""A delivery's report and its progress, as the terminal shows them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pennywhistle.interfaces.common.format import duration_text
from pennywhistle.kernel.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.apps.intake.models import Delivery
    from pennywhistle.apps.intake.report import Finding, PlannedRelease, Report
    from pennywhistle.apps.intake.work import Progress as Heard

_STEPS = {"store": "Copying", "check": "Checking"}
_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


@contextmanager
def checking(name: str) -> Iterator[Heard]:
    """A progress bar for each step of reading a folder."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), transient=True) as bars:
        tasks = {
            step: bars.add_task(escape(f"{word} {name}"), total=None)
            for step, word in _STEPS.items()
        }

        def heard(step: str, done: int, total: int, /, *paths: str) -> None:
            # Paths are a stranger's text: no markup.
            words = escape(", ".join([f"{_STEPS[step]} {name}", *paths]))
            bars.update(tasks[step], completed=done, total=total, description=words)

        yield heard


def print_report(console: Console, delivery: Delivery, report: Report) -> None:
    """What would be published, and what was found. All text in it is a stranger's: no markup."""
    for index, release in enumerate(report.releases):
        mark = "" if report.may_publish(index) else " — not published"
        console.print(Text(f"\n{release.artist_line}: {release.title}{mark}", style="bold"))
        console.print(_release_line(release), style="dim", markup=False, highlight=False)
    console.print()
    if report.findings:
        console.print(_findings(report))
    counts = ", ".join(
        counted(len(report.of(level)), level) for level in ("error", "warning", "note")
    )
    checked = f"{delivery.files_checked} of {counted(delivery.files_total, 'file')} checked"
    console.print(f"{checked}: {counts}.", highlight=False)


def _release_line(release: PlannedRelease) -> str:
    duration_ms = sum(track.duration_ms for track in release.tracks)
    parts = [
        f"{counted(len(release.tracks), 'track')}, {duration_text(duration_ms)}",
        release.label,
        release.genre,
        f"{release.released_on:%Y-%m-%d}",
        f"UPC {release.upc}" if release.upc else "",
    ]
    return " · ".join(part for part in parts if part)


def _findings(report: Report) -> Table:
    table = Table("", "File", "What was seen, and what to do", expand=True, pad_edge=False)
    for finding in report.findings:
        style = _STYLES[finding.level]
        table.add_row(
            Text(finding.level, style=style),
            Text(_where(finding, report), overflow="fold"),
            Group(Text(finding.seen), Text(finding.todo, style="dim")),
        )
    return table


def _where(finding: Finding, report: Report) -> str:
    if finding.file or finding.release is None:
        return finding.file
    return report.releases[finding.release].title
