"""The command that records published tariffs, once somebody has looked at them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from django.db import transaction
from django.utils.timezone import now
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pennywhistle.apps.rights.actions import RegisterError, record_tariff
from pennywhistle.apps.rights.known_tariffs import (
    KnownLine,
    known_lines,
    read_lines,
    record_known,
)
from pennywhistle.interfaces.common.format import period_text
from pennywhistle.interfaces.common.tariff_words import asks
from pennywhistle.interfaces.console.party_argument import party_of

if TYPE_CHECKING:
    from collections.abc import Sequence


app = typer.Typer(no_args_is_help=True, help="What licensors ask for works.")
console = Console()
KNOWN = "known"
_BYTES_MAX = 1_000_000


@app.callback()
def tariffs() -> None:
    """What licensors ask for works."""


@app.command("load")
def load(
    file: Annotated[
        str, typer.Argument(help="A table of tariffs (CSV), or “known”: the one that comes along.")
    ],
    *,
    licensor: Annotated[str, typer.Option(help="Who asks it: exact name, code, IPI or DPID.")],
    tariff: Annotated[str, typer.Option(help="Which tariff, if the table has several.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="I checked the rates; do not ask.")] = False,
) -> None:
    """Record a published tariff's lines, after showing each with its source."""
    whose = party_of(licensor)
    lines = _lines(file, tariff)
    console.print(_table(lines))
    console.print("Check before relying on it: look up what holds today where it is published.")
    if not yes and not typer.confirm(f"Did you check, and shall {whose.name} ask this?"):
        console.print("Nothing was recorded.")
        raise typer.Exit
    try:
        with transaction.atomic():
            kept = record_tariff(licensor_id=whose.pk, name=lines[0].tariff, now=now())
            count = len(record_known(tariff_id=kept.pk, lines=lines, now=now()))
    except RegisterError as error:
        raise typer.BadParameter(str(error)) from error
    console.print(
        f"The tariff {kept.name} of {whose.name} has {count} of these lines. "
        "It counts once a license names it.",
        highlight=False,
    )


def _lines(file: str, tariff: str) -> list[KnownLine]:
    """The lines of one tariff of the table."""
    try:
        lines = known_lines() if file == KNOWN else read_lines(_text(Path(file)))
    except RegisterError as error:
        raise typer.BadParameter(str(error)) from error
    names = sorted({line.tariff for line in lines})
    chosen = [line for line in lines if line.tariff == tariff or (not tariff and len(names) == 1)]
    if not chosen:
        raise typer.BadParameter(f"Name one of its tariffs with --tariff: {'; '.join(names)}.")
    return chosen


def _text(path: Path) -> str:
    try:
        with path.open("rb") as table:
            content = table.read(_BYTES_MAX + 1)
        if len(content) > _BYTES_MAX:
            raise typer.BadParameter(f"{path} has more than {_BYTES_MAX:,} bytes.")
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read: {error}.") from error


def _table(lines: Sequence[KnownLine]) -> Table:
    table = Table(title=lines[0].tariff)
    for heading in ("Where", "When", "What it asks", "Source"):
        table.add_column(heading)
    for line in lines:
        asked = "; ".join(asks(line.terms.rule))
        cells = (line.where, period_text(line.terms.valid), asked, line.terms.source)
        table.add_row(*map(Text, cells))
    return table
