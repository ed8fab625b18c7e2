"""`pennywhistle verify`: checks receipts, statements and files offline, and asks nobody.

With `--log` it also looks at the log as it is now, and at nothing else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from pennywhistle.engines.tlog.checkpoint import Checkpoint
from pennywhistle.engines.tlog.cosignature import parse_log_key
from pennywhistle.engines.tlog.heads import (
    EvidenceInvalidError,
    check_evidence,
    is_evidence,
)
from pennywhistle.engines.tlog.manifest import SUMS_NAME, ManifestInvalidError
from pennywhistle.engines.tlog.note import NoteInvalidError, read_note
from pennywhistle.engines.tlog.payout import PayoutInvalidError, is_payout
from pennywhistle.engines.tlog.payout_checks import PayoutVerdict, verify_payout
from pennywhistle.engines.tlog.policy import (
    Policy,
    PolicyInvalidError,
    parse_policy,
    policy_size_bytes_max,
)
from pennywhistle.engines.tlog.promise import is_promise, parse_promise
from pennywhistle.engines.tlog.promise_checks import LookedUp, verify_promise
from pennywhistle.engines.tlog.receipt import ReceiptInvalidError, receipt_size_bytes_max
from pennywhistle.engines.tlog.statement import StatementInvalidError, statement_size_bytes_max
from pennywhistle.engines.tlog.verify import (
    StatementVerdict,
    Verdict,
    verify_receipt,
    verify_statement,
)
from pennywhistle.interfaces.console.log_now import LogNow
from pennywhistle.interfaces.console.log_source import SourceError
from pennywhistle.interfaces.console.verify_drawn import (
    evidence_panel,
    files_panel,
    repeated_panel,
    till_panel,
    together_panel,
)
from pennywhistle.interfaces.console.verify_files import is_manifest, verify_manifest
from pennywhistle.interfaces.console.verify_payouts import (
    beside_panel,
    beside_statements,
    payout_panel,
)
from pennywhistle.interfaces.console.verify_together import added_up, sold_twice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.checks import Check
    from pennywhistle.engines.tlog.note import Verifier
    from pennywhistle.engines.tlog.promise import Promise

KEY_FILE = "log-key.txt"
FAILED, UNREADABLE = 1, 2
console = Console()


@dataclass(frozen=True, slots=True)
class UnreadableError(Exception):
    """The file or the key cannot be read, so nothing can be said."""

    sentence: str

    def __str__(self) -> str:
        """The sentence."""
        return self.sentence


@dataclass
class _Asked:
    """What everything is checked by, and what was found so far."""

    key_texts: Sequence[str]
    policy: Policy | None
    log: LogNow | None
    found: dict[Path, Verdict | StatementVerdict] = field(default_factory=dict)
    payouts: dict[Path, PayoutVerdict] = field(default_factory=dict)

    @property
    def of_policy(self) -> Sequence[Verifier]:
        """The log's keys by the policy."""
        return self.policy.log_keys if self.policy else []

    def keys(self, file: Path) -> Sequence[Verifier]:
        """The keys that a file is checked by."""
        if self.of_policy and not self.key_texts:
            return self.of_policy
        return _keys(file, self.key_texts)


def verify(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Receipts (.tlog-proof), promises, statements, payouts, MANIFESTs, evidence."
        ),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(help=f"The store's public log key. Else {KEY_FILE} beside the file is read."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="Keys of the log, and the witnesses that must have signed too."),
    ] = None,
    log: Annotated[
        str,
        typer.Option(help="Look at the log of now too: https://store.example/log, or a mirror."),
    ] = "",
) -> None:
    """Check that a sale is in the store's public log and that everybody was credited.

    Of several statements of an account: that no page between them is missing, and what they sum to.
    Of a payout: that the log holds it, and that statements given with it show it.
    Of several receipts: that each is of a sale of its own.
    Of a promise: whether it is due, and kept: by a receipt given with it, or by --log.
    Of a MANIFEST: that the files beside it are as the store sent them.
    """
    try:
        asked = _Asked(key or [], _policy(policy), LogNow.at(log) if log else None)
    except (SourceError, UnreadableError) as error:
        console.print(Text(str(error), "bold red"))
        raise typer.Exit(UNREADABLE) from error
    # Receipts first: they may keep what promises say.
    worst = 0
    for file in sorted(files, key=_is_promise_file):
        try:
            worst = max(worst, _verify_one(file, asked))
        except (UnreadableError, SourceError) as error:
            # As Text: the sentence quotes the file, and its markup is not ours.
            console.print(Text.assemble((str(file), "bold red"), f": {error}"))
            worst = UNREADABLE
    if asked.log is not None:
        asked.log.close()
    raise typer.Exit(max(worst, _verify_together(asked)))


def _verify_together(asked: _Asked) -> int:
    worst, found = 0, asked.found
    statements = [v for v in found.values() if isinstance(v, StatementVerdict)]
    beside = beside_statements(asked.payouts, statements)
    if beside:
        console.print(beside_panel(beside))
        worst = FAILED if any(check.passed is False for check in beside) else 0
    for each in added_up(statements):
        console.print(together_panel(each))
        worst = max(worst, FAILED if each.flaws else 0)
    repeated = sold_twice({file: v for file, v in found.items() if isinstance(v, Verdict)})
    if repeated:
        console.print(repeated_panel(repeated))
        worst = max(worst, FAILED)
    return worst


def _is_promise_file(file: Path) -> bool:
    try:
        return is_promise(_read(file))
    except UnreadableError:
        return False


def _verify_one(file: Path, asked: _Asked) -> int:
    data = _read(file)
    keys = asked.keys(file)
    if is_manifest(data):
        return _verify_files(file, data, keys)
    now_us = time.time_ns() // 1_000
    try:
        if is_evidence(data):
            check = check_evidence(data, keys=keys)
            console.print(evidence_panel(file, check))
            return 0 if check.passed is not False else FAILED
        if is_payout(data):
            asked.payouts[file.resolve()] = paid = verify_payout(
                data, keys=keys, policy=asked.policy
            )
            console.print(payout_panel(file, paid))
            return 0 if paid.passed else FAILED
        if is_promise(data):
            promised = verify_promise(
                data, keys=keys, now_us=now_us, found=_kept(parse_promise(data), asked, keys)
            )
            console.print(till_panel(file, promised))
            return 0 if promised.passed else FAILED
        verdict: Verdict | StatementVerdict = (
            verify_statement(data, keys=keys, policy=asked.policy)
            if data.lstrip()[:1] == b"{"
            else verify_receipt(data, keys=keys, policy=asked.policy, now_us=now_us)
        )
    except (
        ReceiptInvalidError,
        StatementInvalidError,
        EvidenceInvalidError,
        PayoutInvalidError,
    ) as error:
        raise UnreadableError(str(error)) from error
    verdict = _beside_log(file, verdict, asked, keys)
    console.print(till_panel(file, verdict))
    asked.found[file.resolve()] = verdict
    if not asked.key_texts and not asked.of_policy:
        console.print(
            f"[dim]The key came with the file ({KEY_FILE}). Compare it once with the one that the"
            " store shows on its about page, or give it by --key.[/]"
        )
    return 0 if verdict.passed else FAILED


def _beside_log(
    file: Path, verdict: Verdict | StatementVerdict, asked: _Asked, keys: Sequence[Verifier]
) -> Verdict | StatementVerdict:
    """The verdict with what the log of now says to it, where one is given. Raises SourceError."""
    if asked.log is None:
        return verdict
    opened = verdict.receipt if isinstance(verdict, Verdict) else verdict.statement
    checks, head = asked.log.head(keys=keys, origin=opened.origin, policy=asked.policy)
    further: list[Check] = [*checks]
    # A head of its own that the store did not sign is no reason to look.
    if head is not None and verdict.checks[0].passed:
        further.append(asked.log.continues(opened.checkpoint, head, beside=file))
    return replace(verdict, checks=(*verdict.checks, *further))


def _kept(promise: Promise, asked: _Asked, keys: Sequence[Verifier]) -> LookedUp | None:
    """Where a promised sale is: by a receipt that passed, else by the log. Raises SourceError."""
    for verdict in asked.found.values():
        if (
            isinstance(verdict, Verdict)
            and verdict.passed
            and (verdict.receipt.origin, verdict.receipt.leaf) == (promise.origin, promise.leaf)
        ):
            size = Checkpoint.parse(read_note(verdict.receipt.checkpoint)[0]).size
            return LookedUp(verdict.receipt.index, size)
    if asked.log is None:
        return None
    checks, head = asked.log.head(keys=keys, origin=promise.origin, policy=asked.policy)
    wrong = [check.sentence for check in checks if check.passed is False]
    if head is None or wrong:
        raise SourceError(f"The log cannot be believed: {wrong[0]}")
    return asked.log.look_for(promise, head)


def _verify_files(file: Path, data: bytes, keys: Sequence[Verifier]) -> int:
    try:
        verdict = verify_manifest(data, folder=file.parent, keys=keys)
    except ManifestInvalidError as error:
        raise UnreadableError(str(error)) from error
    except OSError as error:
        raise UnreadableError(f"{SUMS_NAME} beside it cannot be read: {error.strerror}.") from error
    console.print(files_panel(file, verdict))
    return 0 if verdict.passed else FAILED


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
