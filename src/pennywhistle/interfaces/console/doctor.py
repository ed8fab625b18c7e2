"""`pennywhistle doctor`: is every payment provider set up well, and what is to be done?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from django.conf import settings
from django.utils.timezone import now
from rich.console import Console
from rich.markup import escape

from pennywhistle.apps.payments.abilities import Level
from pennywhistle.apps.payments.checking import check_providers

if TYPE_CHECKING:
    from pennywhistle.apps.payments.abilities import Finding
    from pennywhistle.apps.payments.checking import Checked

console = Console()
WRONG = 1
_MARKS = {
    Level.RIGHT: "[green]right[/green]   ",
    Level.DOUBTFUL: "[yellow]doubtful[/yellow]",
    Level.WRONG: "[red]wrong[/red]   ",
}


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program.")] = False,
) -> None:
    """Look at every payment provider, and say what is wrong and what to do. Exit code 1: wrong."""
    checked = check_providers(origin=settings.ORIGIN, now=now())
    if as_json:
        typer.echo(json.dumps({(each.code or "store"): _plain(each) for each in checked}))
    else:
        for each in checked:
            _tell(each)
    raise typer.Exit(0 if all(each.is_right for each in checked) else WRONG)


def _tell(checked: Checked) -> None:
    console.print(f"[bold]{escape(checked.code or 'the store')}[/bold]")
    for each in checked.findings:
        console.print(
            f"  {_MARKS[each.level]}  {escape(each.name)}: {escape(each.said)}",
            highlight=False,
            soft_wrap=True,
        )
        if each.cure and each.level is not Level.RIGHT:
            console.print(f"            {escape(each.cure)}", highlight=False, soft_wrap=True)


def _plain(checked: Checked) -> list[dict[str, str]]:
    return [_words(each) for each in checked.findings]


def _words(found: Finding) -> dict[str, str]:
    return {
        "name": found.name,
        "level": found.level.value,
        "said": found.said,
        "cure": found.cure,
    }
