"""One audit of a whole log: its head, its growth since the last audit, its entries and tiles."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.audit_state import (
    AuditState,
    AuditStateInvalidError,
    format_state,
    parse_state,
    state_size_bytes_max,
)
from pennywhistle.engines.tlog.checkpoint import Checkpoint, CheckpointInvalidError
from pennywhistle.engines.tlog.checks import Check, check_signature, check_witnessed
from pennywhistle.engines.tlog.cosignature import cosignatures_of, parse_log_key
from pennywhistle.engines.tlog.log_audit import LogAudit, growth_check, time_check, tree_checks
from pennywhistle.engines.tlog.note import NoteInvalidError, read_note
from pennywhistle.engines.tlog.policy import Policy, PolicyInvalidError, parse_policy
from pennywhistle.engines.tlog.tiles import TileInvalidError
from pennywhistle.interfaces.console.log_source import CHECKPOINT, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pennywhistle.engines.tlog.note import Verifier
    from pennywhistle.interfaces.console.log_source import Source

STATE_EVERY_S = 5.0
_EVIDENCE_OF = {"log-grew", "tree-recomputed"}


@dataclass(frozen=True, slots=True)
class Believed:
    """Whose signatures count: keys of the log, and the witnesses; `came_along` if unasked for."""

    keys: tuple[Verifier, ...]
    policy: Policy | None
    came_along: bool = False


@dataclass(frozen=True, slots=True)
class Audited:
    """What was found: the checks, the head, how much there is of what, and the evidence's file."""

    checks: tuple[Check, ...]
    head: Checkpoint | None = None
    note: bytes = b""
    audit: LogAudit | None = None
    evidence: Path | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing that could be checked is wrong."""
        return all(check.passed is not False for check in self.checks)


@dataclass
class LogAuditor:
    """Audits a log, and keeps in a file how far it came; a new file begins at entry 0."""

    source: Source
    believed: Believed
    state_file: Path | None
    # Told of how many entries of how many are read.
    report: Callable[[int, int], None] = lambda _done, _all: None
    # Told of each new record, with its index.
    record: Callable[[int, bytes], None] = lambda _index, _data: None

    def run(self) -> Audited:
        """Audit the log as its head is now.

        What was read is kept every few seconds, so that a run that is cut off goes on there; a
        head is only remembered once everything below it was right.

        Raises:
            SourceError: the log cannot be read now; AuditStateInvalidError: the state cannot.
        """
        before = load_state(self.state_file)
        note = self._checkpoint()
        origin = before.origin if before else _origin_of(note)
        signature, head = check_signature(note, keys=self.believed.keys, origin=origin)
        first = (signature, *self._witnessed(note))
        if head is None:
            return Audited(first)
        audited_head = _head_of(before.head) if before and before.head else None
        grew = growth_check(audited_head, head, self.source.read)
        if grew.passed is False:
            evidence = self._keep_evidence(before, note)
            return Audited((*first, grew), head, note, evidence=evidence)
        audit = before.audit if before else LogAudit()
        if audit.tree.size > head.size:
            # What was read under a later head, in a run that was cut off, cannot be unread.
            sentence = f"A head of {audit.tree.size} entries was seen; this has {head.size}."
            later = Check("log-grew", grew.title, passed=False, sentence=sentence)
            return Audited((*first, later), head, note)
        return self._read(
            AuditState(origin, before.head if before else b"", audit), note, first, grew
        )

    def _read(self, state: AuditState, note: bytes, first: Sequence[Check], grew: Check) -> Audited:
        head, audit = _head_of(note), state.audit
        kept_s = time.monotonic()
        index = audit.tree.size
        try:
            for new in audit.read_on(self.source.read, head.size):
                for data in new:
                    self.record(index, data)
                    index += 1
                self.report(audit.tree.size, head.size)
                if time.monotonic() - kept_s >= STATE_EVERY_S:
                    self._keep(state)
                    kept_s = time.monotonic()
        except (TileInvalidError, FileNotFoundError, KeyError) as error:
            sentence = _sentence(error)
            there = Check(
                "files-there", "The log's files are there", passed=False, sentence=sentence
            )
            return Audited((*first, grew, there), head, note, audit)
        except SourceError:
            self._keep(state)
            raise
        checks = (*first, grew, *tree_checks(audit, head), *audit.records.checks())
        wrong = {check.code for check in checks if check.passed is False}
        if wrong & _EVIDENCE_OF:
            evidence = self._keep_evidence(state, note)
            return Audited(checks, head, note, audit, evidence)
        if not wrong & {"signature", "witnessed", "dated"}:
            self._keep(AuditState(state.origin, note, audit))
        return Audited(checks, head, note, audit)

    def _checkpoint(self) -> bytes:
        try:
            return self.source.read(CHECKPOINT)
        except FileNotFoundError as error:
            raise SourceError("There is no checkpoint, so this is no log.") from error

    def _witnessed(self, note: bytes) -> tuple[Check, ...]:
        policy = self.believed.policy
        if policy is None:
            return ()
        try:
            found = cosignatures_of(note, [witness.key for witness in policy.witnesses])
        except NoteInvalidError:
            found = ()
        return (check_witnessed(note, policy=policy), time_check(found, now_s=int(time.time())))

    def _keep(self, state: AuditState) -> None:
        if self.state_file is not None:
            write_whole(self.state_file, format_state(state))

    def _keep_evidence(self, before: AuditState | None, note: bytes) -> Path | None:
        """Both signed heads in a file: whoever has it can show that the store signed two logs."""
        if self.state_file is None or before is None or not before.head:
            return None
        number = time.time_ns()
        file = self.state_file.with_name(f"{self.state_file.name}.evidence-{number}.json")
        both = {"before": before.head.decode(), "now": note.decode(errors="replace")}
        document = {"format": "pennywhistle-evidence/1", "origin": before.origin, **both}
        write_whole(file, json.dumps(document, indent=1).encode())
        return file


def load_state(file: Path | None) -> AuditState | None:
    """The state in a file; None before there is one. Raises AuditStateInvalidError."""
    if file is None or not file.exists():
        return None
    try:
        with file.open("rb") as opened:
            return parse_state(opened.read(state_size_bytes_max + 1))
    except OSError as error:
        raise AuditStateInvalidError(f"It cannot be read: {error.strerror}.") from error


def write_whole(file: Path, data: bytes) -> None:
    """Write a file whole or not at all, so that it outlives a crash."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    beside.replace(file)


def believed_of(source: Source, *, keys: Sequence[str], policy: bytes | None) -> Believed:
    """Keys as they were given, or else those that the log's own store publishes.

    Raises:
        SourceError: there are none, or they cannot be read.
    """
    came_along = policy is None and not keys
    try:
        if came_along:
            policy = source.policy()
        read = parse_policy(policy) if policy is not None else None
        given: tuple[Verifier, ...] = tuple(parse_log_key(text.strip()) for text in keys)
    except FileNotFoundError as error:
        raise SourceError("The log's public key is needed: give --key or --policy.") from error
    except (PolicyInvalidError, NoteInvalidError) as error:
        raise SourceError(f"The log's keys cannot be read: {error}") from error
    found = given or tuple(read.log_keys if read else ())
    if not found:
        raise SourceError("The policy names no key of a log: give --key.")
    return Believed(found, read, came_along=came_along)


def _head_of(note: bytes) -> Checkpoint:
    return Checkpoint.parse(read_note(note)[0])


def _origin_of(note: bytes) -> str:
    """The name in a head's first line; its key has to carry it too."""
    try:
        return _head_of(note).origin
    except (NoteInvalidError, CheckpointInvalidError):
        return "this log"


def _sentence(error: Exception) -> str:
    if isinstance(error, TileInvalidError):
        return str(error)
    return f"{error.args[0] if error.args else 'A file'} is not there."
