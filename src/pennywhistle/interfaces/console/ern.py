"""The commands about release messages (DDEX ERN): checking files, installing DDEX's schemas."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from django.conf import settings
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pennywhistle.apps.intake.message_limits import schemas_folder
from pennywhistle.engines.ddex import Severity
from pennywhistle.interfaces.common.release_message import look_at
from pennywhistle.interfaces.console.ern_schemas import (
    SchemasRefusedError,
    install_schemas,
    installed_schemas,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.ddex import Finding, Outlook
    from pennywhistle.engines.ddex.outlook import Sale, Stopped
    from pennywhistle.interfaces.common.release_message import Look

app = typer.Typer(no_args_is_help=True, help="Release messages (DDEX ERN).")
schemas = typer.Typer(no_args_is_help=True, help="DDEX's own schemas, which are not ours to ship.")
app.add_typer(schemas, name="schemas")
console = Console()
errors = Console(stderr=True)
UNUSABLE_EXIT_CODE = 1
_ROWS_SHOWN_MAX, _PLACES_SHOWN = 40, 3
_STYLES = {
    Severity.ERROR: "bold red",
    Severity.STOP: "red",
    Severity.WARNING: "yellow",
    Severity.NOTICE: "",
}
_SCHEMA_WORDS = {
    "valid": "Valid by DDEX's schema.",
    "invalid": "Not valid by DDEX's schema.",
    "missing": "DDEX's schema for it is not installed here; see `ern schemas install`.",
    "unusable": "DDEX's schema as it is installed here does not compile:",
}


@app.callback()
def ern() -> None:
    """Release messages (DDEX ERN)."""


@app.command("check")
def check_files(
    files: Annotated[list[Path], typer.Argument(help="Messages; - is what comes in by a pipe.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say what would be published, sold and stopped by messages, and what is wrong with them.

    Nothing is taken in. Ends with 1 if the store could not use one of them.
    """
    are_usable = [_check(file, as_json=as_json) for file in files]
    if not all(are_usable):
        raise typer.Exit(UNUSABLE_EXIT_CODE)


@schemas.command("install")
def schemas_install(
    source: Annotated[Path, typer.Argument(help="A zip or a folder of .xsd files, from DDEX.")],
) -> None:
    """Put DDEX's schemas where messages are checked by them; they must compile by themselves."""
    try:
        installed = install_schemas(source, schemas_folder())
    except (SchemasRefusedError, OSError) as error:
        errors.print(f"{source}: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(UNUSABLE_EXIT_CODE) from None
    console.print(f"Installed {installed.file_count} files, for:", highlight=False)
    for namespace in installed.namespaces:
        console.print(f"  {namespace}", markup=False, highlight=False)
    if installed.skipped_count:
        console.print(f"{installed.skipped_count} files that are no schemas were left out.")


@schemas.command("list")
def schemas_list() -> None:
    """Print the namespaces of the messages that can be checked by DDEX's schemas."""
    found = installed_schemas(schemas_folder())
    if not found:
        console.print("None are installed. `ern schemas install FILE` takes those of DDEX.")
    for namespace in found:
        console.print(namespace, markup=False, highlight=False)


def _check(file: Path, *, as_json: bool) -> bool:
    """Whether the file is a message that the store could use; what it is has been told."""
    try:
        look = look_at(_read(file))
    except OSError as error:
        _refused(file, "unreadable", str(error), "", as_json=as_json)
        return False
    if look.refusal is not None:
        refusal = look.refusal
        _refused(file, refusal.code, refusal.sentence, refusal.cure, as_json=as_json)
        return False
    assert look.outlook is not None
    if as_json:
        typer.echo(json.dumps({"file": str(file)} | look.outlook.as_json() | _schema_json(look)))
    else:
        _print(file, look, look.outlook)
    return look.is_usable


def _read(file: Path) -> bytes:
    """The file as far as it matters: one byte beyond the limit is refused by the engine."""
    most = settings.ERN_BYTES_MAX + 1
    if str(file) == "-":
        return sys.stdin.buffer.read(most)
    if not file.is_file():
        raise FileNotFoundError("there is no such file")
    with file.open("rb") as opened:
        return opened.read(most)


def _refused(file: Path, code: str, sentence: str, cure: str, *, as_json: bool) -> None:
    if as_json:
        refusal = {"code": code, "sentence": sentence, "cure": cure}
        typer.echo(json.dumps({"file": str(file), "is_usable": False, "refusal": refusal}))
        return
    console.print(Text(f"\n{file}", style="bold"))
    console.print(Text(f"Refused ({code}): {sentence} {cure}", style="red"))


def _schema_json(look: Look) -> dict[str, Any]:
    word = look.schema
    assert word is not None, "every message that was read was looked at by the schema"
    found = [
        {"path": one.path, "line": one.line, "sentence": one.sentence} for one in word.findings
    ]
    return {"schema": {"state": word.state, "trouble": word.trouble, "findings": found}}


def _print(file: Path, look: Look, outlook: Outlook) -> None:
    """What would come of a message. All text of it is a stranger's: no markup."""
    console.print(Text(f"\n{file}", style="bold"))
    head = f"{outlook.kind}, ERN {outlook.version}, {outlook.message_id} of {outlook.sender}"
    console.print(Text(f"{head}, {outlook.created}{', a test' if outlook.is_test else ''}"))
    for one in outlook.published:
        line = f"{one.title} by {one.artist} ({', '.join(one.identifiers)}), {one.items} items"
        console.print(Text(f"Published: {line}"))
    _rows(
        "Sold",
        ("What", "Where", "When", "Price to the supplier"),
        [
            (
                _called(one, look),
                one.where,
                "\n".join(one.periods),
                _price(one),
            )
            for one in outlook.sold
        ],
    )
    _rows(
        "Not sold",
        ("What", "Where", "Why"),
        [(_called(one, look), one.where, one.code) for one in outlook.stopped],
    )
    _findings(outlook.findings)
    _schema(look)
    if outlook.not_kept_count:
        console.print(f"{outlook.not_kept_count} values are not kept; see --json.", style="dim")
    usable = "The store could use this message." if outlook.is_usable else "It cannot be used."
    console.print(Text(usable, style="green" if outlook.is_usable else "bold red"))


def _called(one: Sale | Stopped, look: Look) -> str:
    return one.title or look.titles.get(one.release) or one.release


def _price(sale: Sale) -> str:
    price = "\n".join(sale.prices) or "by the rate card"
    return f"pre-order: {price}" if sale.is_pre_order else price


def _rows(title: str, headings: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    if not rows:
        return
    table = Table(*headings, title=title, title_justify="left", expand=True, pad_edge=False)
    for row in rows[:_ROWS_SHOWN_MAX]:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console.print(table)
    _more(len(rows))


def _findings(findings: Sequence[Finding]) -> None:
    """One row for each thing that is said, with the first places that it is said of."""
    if not findings:
        return
    places: dict[Finding, list[str]] = {}
    for one in findings[:_ROWS_SHOWN_MAX]:
        value = f" = {one.value}" if one.value else ""
        line = f", line {one.line}" if one.line else ""
        said = replace(one, path="", value="", line=0)
        places.setdefault(said, []).append(f"{one.path}{value}{line}")
    table = Table("", "Where", "What, and the cure", "Rule", expand=True, pad_edge=False)
    for said, where in places.items():
        more = [f"and {len(where) - _PLACES_SHOWN} more"] if len(where) > _PLACES_SHOWN else []
        table.add_row(
            Text(said.severity.name.lower(), style=_STYLES[said.severity]),
            Text("\n".join([*where[:_PLACES_SHOWN], *more]), overflow="fold"),
            Group(Text(said.sentence), Text(said.cure, style="dim")),
            Text(said.rule),
        )
    console.print(table)
    _more(len(findings))


def _schema(look: Look) -> None:
    word = look.schema
    assert word is not None, "every message that was read was looked at by the schema"
    console.print(Text(f"{_SCHEMA_WORDS[word.state]} {word.trouble}".strip(), style="dim"))
    for one in word.findings[:_ROWS_SHOWN_MAX]:
        console.print(Text(f"  line {one.line}, {one.path}: {one.sentence}"))
    _more(len(word.findings))


def _more(count: int) -> None:
    if count > _ROWS_SHOWN_MAX:
        console.print(f"… and {count - _ROWS_SHOWN_MAX} more; see --json.", style="dim")
