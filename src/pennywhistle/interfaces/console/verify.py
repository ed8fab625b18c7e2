"""`pennywhistle verify`: checks receipts, statements and files offline, and asks nobody."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pennywhistle.engines.tlog.checks import amount_text
from pennywhistle.engines.tlog.cosignature import parse_log_key
from pennywhistle.engines.tlog.manifest import SUMS_NAME, ManifestInvalidError
from pennywhistle.engines.tlog.note import NoteInvalidError
from pennywhistle.engines.tlog.policy import (
    Policy,
    PolicyInvalidError,
    parse_policy,
    policy_size_bytes_max,
)
from pennywhistle.engines.tlog.receipt import ReceiptInvalidError, receipt_size_bytes_max
from pennywhistle.engines.tlog.statement import StatementInvalidError, statement_size_bytes_max
from pennywhistle.engines.tlog.verify import (
    StatementVerdict,
    Verdict,
    verify_receipt,
    verify_statement,
)
from pennywhistle.interfaces.console.verdict_panel import add_check, framed
from pennywhistle.interfaces.console.verify_files import (
    FilesVerdict,
    is_manifest,
    verify_manifest,
)
from pennywhistle.interfaces.console.verify_together import Together, added_up, sold_twice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.panel import Panel

    from pennywhistle.engines.tlog.checks import Check
    from pennywhistle.engines.tlog.note import Verifier

KEY_FILE = "log-key.txt"
_NAMES_SHOWN_MAX = 40
FAILED, UNREADABLE = 1, 2
console = Console()


@dataclass(frozen=True, slots=True)
class UnreadableError(Exception):
    """The file or the key cannot be read, so nothing can be said."""

    sentence: str


def verify(
    files: Annotated[
        list[Path], typer.Argument(help="Receipts (.tlog-proof), statements, MANIFESTs.")
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(help=f"The store's public log key. Else {KEY_FILE} beside the file is read."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="Keys of the log, and the witnesses that must have signed too."),
    ] = None,
) -> None:
    """Check that a sale is in the store's public log and that everybody was credited.

    Of several statements of an account: that no page between them is missing, and what they sum to.
    Of several receipts: that each is of a sale of its own.
    Of a MANIFEST: that the files beside it are as the store sent them.
    """
    worst = 0
    found: dict[Path, Verdict | StatementVerdict] = {}
    for file in files:
        try:
            worst = max(worst, _verify_one(file, key or [], _policy(policy), found))
        except UnreadableError as error:
            # As Text: the sentence quotes the file, and its markup is not ours.
            console.print(Text.assemble((str(file), "bold red"), f": {error.sentence}"))
            worst = UNREADABLE
    for each in added_up(v for v in found.values() if isinstance(v, StatementVerdict)):
        console.print(_together_panel(each))
        worst = max(worst, FAILED if each.flaws else 0)
    repeated = sold_twice({file: v for file, v in found.items() if isinstance(v, Verdict)})
    if repeated:
        console.print(_repeated_panel(repeated))
        worst = max(worst, FAILED)
    raise typer.Exit(worst)


def _verify_one(
    file: Path,
    key_texts: Sequence[str],
    policy: Policy | None,
    found: dict[Path, Verdict | StatementVerdict],
) -> int:
    data = _read(file)
    of_policy = policy.log_keys if policy else []
    keys = of_policy if of_policy and not key_texts else _keys(file, key_texts)
    if is_manifest(data):
        return _verify_files(file, data, keys)
    try:
        verdict: Verdict | StatementVerdict = (
            verify_statement(data, keys=keys, policy=policy)
            if data.lstrip()[:1] == b"{"
            else verify_receipt(data, keys=keys, policy=policy, now_us=time.time_ns() // 1_000)
        )
    except (ReceiptInvalidError, StatementInvalidError) as error:
        raise UnreadableError(str(error)) from error
    console.print(_till(file, verdict))
    found[file.resolve()] = verdict
    if not key_texts and not of_policy:
        console.print(
            f"[dim]The key came with the file ({KEY_FILE}). Compare it once with the one that the"
            " store shows on its about page, or give it by --key.[/]"
        )
    return 0 if verdict.passed else FAILED


def _verify_files(file: Path, data: bytes, keys: Sequence[Verifier]) -> int:
    try:
        verdict = verify_manifest(data, folder=file.parent, keys=keys)
    except ManifestInvalidError as error:
        raise UnreadableError(str(error)) from error
    except OSError as error:
        raise UnreadableError(f"{SUMS_NAME} beside it cannot be read: {error.strerror}.") from error
    console.print(_files_panel(file, verdict))
    return 0 if verdict.passed else FAILED


def _files_panel(file: Path, verdict: FilesVerdict) -> Panel:
    lines = Text()
    if verdict.is_list_signed:
        lines.append(f"{verdict.right_count} files are as {', '.join(verdict.signed_by)} sent them")
    else:
        lines.append(f"{SUMS_NAME} is not the list that was signed", "bold red")
    for word, names in (("changed", verdict.wrong), ("missing", verdict.missing)):
        for name in names[:_NAMES_SHOWN_MAX]:
            lines.append(f"\n✗ {word}: {name}", "red")
        if len(names) > _NAMES_SHOWN_MAX:
            lines.append(f"\n✗ {word}: {len(names) - _NAMES_SHOWN_MAX} more", "red")
    return framed(file.name, lines, good=verdict.passed)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(statement_size_bytes_max + 1)
    except OSError as error:
        raise UnreadableError(f"It cannot be read: {error.strerror}.") from error
    is_statement = data.lstrip()[:1] == b"{"
    if len(data) > (statement_size_bytes_max if is_statement else receipt_size_bytes_max):
        raise UnreadableError("It is too large to be a receipt or a statement.")
    return data


def _policy(file: Path | None) -> Policy | None:
    if file is None:
        return None
    try:
        with file.open("rb") as opened:
            return parse_policy(opened.read(policy_size_bytes_max + 1))
    except (PolicyInvalidError, OSError) as error:
        raise UnreadableError(f"The policy {file} cannot be read: {error}") from error


def _keys(file: Path, texts: Sequence[str]) -> list[Verifier]:
    beside = file.parent / KEY_FILE
    if not texts and not beside.is_file():
        raise UnreadableError(
            "The store's public key is needed: give it by --key (the store's about page shows it)"
            f" or put it beside the file as {KEY_FILE}."
        )
    try:
        return [
            parse_log_key(text.strip())
            for text in (texts or beside.read_text(encoding="utf-8")[:10_000].split())
        ]
    except (NoteInvalidError, OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"The key cannot be read: {error}") from error


def _till(file: Path, verdict: Verdict | StatementVerdict) -> Panel:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    if isinstance(verdict, Verdict):
        _add_sale(table, verdict)
    else:
        account = verdict.statement.account
        _add_totals(table, account, verdict.page_numbers, verdict.totals_micro)
    table.add_row("", "")
    for check in verdict.checks:
        add_check(table, check)
    return framed(file.name, table, good=verdict.passed)


def _add_sale(table: Table, verdict: Verdict) -> None:
    till = verdict.till
    sold_at = _instant_text(till.occurred_at_us)
    table.add_row(Text(till.origin, "bold"), Text(f"{sold_at}, {till.territory}"))
    for item in till.items:
        name = f"{item.title} — {item.artist}" if item.title else item.item
        table.add_row(Text(name), Text(amount_text(item.price_micro, item.currency)))
    for party in till.parties:
        if party.account != till.buyer:
            words = f"  {party.name}, {party.role}" if party.name else "  credited"
            table.add_row(
                Text(f"{words} (account {party.account})"),
                Text(amount_text(party.amount_micro, party.currency)),
            )


def _instant_text(instant_us: int) -> str:
    """When it was; what no calendar reaches is told as it stands."""
    try:
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)
    except OverflowError:
        return f"{instant_us} µs"
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _add_totals(
    table: Table, account: int, page_numbers: tuple[int, int], totals_micro: Mapping[str, int]
) -> None:
    first, last = page_numbers
    table.add_row(Text(f"Account {account}, pages {first} to {last}", "bold"), "")
    for currency, amount in totals_micro.items():
        table.add_row("Total", Text(amount_text(amount, currency)))


def _repeated_panel(checks: Sequence[Check]) -> Panel:
    table = Table.grid(padding=(0, 1))
    for check in checks:
        add_check(table, check)
    return framed("Together", table, good=False)


def _together_panel(together: Together) -> Panel:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    _add_totals(table, together.account, together.page_numbers, together.totals_micro)
    for flaw in together.flaws:
        table.add_row(Text(f"✗ {flaw}", "red"), "")
    return framed("Together", table, good=not together.flaws)
