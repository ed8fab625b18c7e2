"""A verdict as a terminal shows it: each check with what it means, framed like a till roll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.text import Text

if TYPE_CHECKING:
    from rich.table import Table

    from pennywhistle.engines.tlog.checks import Check

MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("…", "yellow")}
WIDTH = 78


def framed(name: str, content: Table | Text, *, good: bool) -> Panel:
    """The verdict on `name`, with its outcome in the lower edge."""
    subtitle = "all that could be checked is right" if good else "something is WRONG"
    style = "green" if good else "bold red"
    # Never read as markup: names are those of strangers' files.
    return Panel(content, title=Text(name), subtitle=subtitle, width=WIDTH, border_style=style)


def add_check(table: Table, check: Check) -> None:
    """Add what was looked at, and what was found."""
    mark, style = MARKS[check.passed]
    table.add_row(Text(f"{mark} {check.title}", style), "")
    table.add_row(Text(f"  {check.sentence}", "dim"), "")
