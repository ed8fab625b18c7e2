"""`pennywhistle audit`: a look at a whole log, or at a payee's statements in it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from pennywhistle.engines.tlog.audit_state import AuditStateInvalidError
from pennywhistle.engines.tlog.policy import policy_size_bytes_max
from pennywhistle.interfaces.console.log_audit import Audited, LogAuditor, believed_of
from pennywhistle.interfaces.console.log_mirror import CopyingSource
from pennywhistle.interfaces.console.log_source import (
    FolderSource,
    SourceError,
    WebSource,
)
from pennywhistle.interfaces.console.payee_audit import audit_payee
from pennywhistle.interfaces.console.verdict_panel import add_check, framed

if TYPE_CHECKING:
    from pennywhistle.interfaces.console.log_source import Source

FAILED, UNREADABLE = 1, 2
MIRROR_STATE = "audit.json"
console = Console()
errors = Console(stderr=True)
KIND_WORDS = {
    "S": "sales and their reversals",
    "E": "other entries",
    "P": "pages",
    "C": "terms of items",
    "T": "statements",
    "O": "payouts",
    "?": "unreadable",
}
_Log = Annotated[str, typer.Option("--log", help="As https://store.example/log, or a mirror.")]
_Keys = Annotated[list[str] | None, typer.Option("--key", help="The log's public key.")]
_Policy = Annotated[
    Path | None, typer.Option("--policy", help="Keys of the log, and the witnesses it must have.")
]


def audit(
    log: _Log,
    *,
    state: Annotated[
        Path | None,
        typer.Option("--from", help="Keeps how far the log was audited; the next run goes on."),
    ] = None,
    payee: Annotated[
        list[Path] | None,
        typer.Option("--payee", help="A statement (JSON). Give it again for each of a row."),
    ] = None,
    key: _Keys = None,
    policy: _Policy = None,
) -> None:
    """Check a store's whole public log; or that a payee's statements are whole and stand in it."""
    try:
        with closing(source_of(log)) as source:
            believed = believed_of(source, keys=key or [], policy=read_policy(policy))
            if payee:
                passed = audit_payee(
                    payee, source=source, believed=believed, console=console, state=state
                )
            else:
                passed = run_shown(LogAuditor(source, believed, state), name=log).passed
    except (SourceError, AuditStateInvalidError) as error:
        refuse(error)
    if believed.came_along:
        console.print(
            "[dim]The key came with the log. Compare it once with one that you have from"
            " elsewhere, or give it by --key or --policy.[/]"
        )
    raise typer.Exit(0 if passed else FAILED)


def mirror(
    url: Annotated[str, typer.Argument(help="As https://store.example/log, or another mirror.")],
    folder: Annotated[Path, typer.Argument(help="Where the copy lies, or shall lie.")],
    *,
    key: _Keys = None,
    policy: _Policy = None,
) -> None:
    """Copy a log and audit it on the way; again, only what is new.

    The folder can be served as it is. Its checkpoint only ever changes to one that was right.
    """
    try:
        with closing(CopyingSource(source_of(url), folder)) as source:
            believed = believed_of(source, keys=key or [], policy=read_policy(policy))
            audited = run_shown(LogAuditor(source, believed, folder / MIRROR_STATE), name=url)
    except (SourceError, AuditStateInvalidError) as error:
        refuse(error)
    if audited.passed:
        source.keep_checkpoint(audited.note)
    else:
        source.forget_fetched()
    raise typer.Exit(0 if audited.passed else FAILED)


def source_of(log: str) -> Source:
    """Where a log is read from. Raises SourceError."""
    if "://" in log:
        return WebSource(log)
    if not Path(log).is_dir():
        raise SourceError(f"{log} is neither a folder nor an address.")
    return FolderSource(Path(log))


def read_policy(file: Path | None) -> bytes | None:
    """A policy's bytes, at most as many as one has. Raises SourceError."""
    if file is None:
        return None
    try:
        with file.open("rb") as opened:
            return opened.read(policy_size_bytes_max + 1)
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error


def refuse(error: SourceError | AuditStateInvalidError) -> NoReturn:
    """Say why nothing can be said, and end."""
    errors.print(Text(str(error), "bold red"))
    raise typer.Exit(UNREADABLE)


def run_shown(auditor: LogAuditor, *, name: str) -> Audited:
    """Run an audit under a bar that tells the truth, and print its verdict."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=errors) as bars:
        bar = bars.add_task("Reading entries", total=None)
        auditor.report = lambda done, all_: bars.update(bar, completed=done, total=all_)
        audited = auditor.run()
    console.print(framed(name, _table(audited), good=audited.passed))
    if audited.evidence is not None:
        console.print(Text(f"Both signed heads are kept as evidence in {audited.evidence}"))
    return audited


def _table(audited: Audited) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    if audited.head is not None and audited.audit is not None:
        records = audited.audit.records
        table.add_row(Text(audited.head.origin, "bold"), f"{audited.head.size} entries")
        for kind, word in KIND_WORDS.items():
            if count := records.counts.get(kind):
                table.add_row(f"  {word}", str(count))
        covered = records.last_page.end_index if records.last_page else 0
        waiting = max(0, records.index - covered - (1 if records.last_page else 0))
        table.add_row("  behind the last page", str(waiting))
        table.add_row("", "")
    for check in audited.checks:
        add_check(table, check)
    return table
