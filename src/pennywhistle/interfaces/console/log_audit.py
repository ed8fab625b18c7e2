"""One audit of a whole log: its head, its growth since the last audit, its entries and tiles."""

from __future__ import annotations

import time
from copy import deepcopy
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
from pennywhistle.engines.tlog.heads import Comparison, Relation, build_evidence
from pennywhistle.engines.tlog.log_audit import LogAudit, growth_check, time_check, tree_checks
from pennywhistle.engines.tlog.note import NoteInvalidError, read_note
from pennywhistle.engines.tlog.policy import Policy, PolicyInvalidError, parse_policy
from pennywhistle.engines.tlog.tiles import TileInvalidError
from pennywhistle.interfaces.console.kept_files import alone, write_whole
from pennywhistle.interfaces.console.log_source import CHECKPOINT, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pennywhistle.engines.tlog.note import Verifier
    from pennywhistle.interfaces.console.log_source import Source

STATE_EVERY_S = 5.0
# What may be the fault of a copy, or of a run that was cut off: read once more before it is told.
_DAMAGED = {"files-there", "tree-recomputed", "tiles-right"}


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

    @property
    def is_damaged(self) -> bool:
        """Whether files are not what they should be, on the store's side or on ours."""
        return any(check.passed is False and check.code in _DAMAGED for check in self.checks)


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
    # Told that records from this index on are read anew: what was said of them counts no more.
    restart: Callable[[int], None] = lambda _index: None
    # Called before it is kept that so much was read.
    settle: Callable[[], None] = lambda: None

    def run(self) -> Audited:
        """Audit the log as its head is now.

        What was read is kept every few seconds, so that a run that is cut off goes on there; a
        head is only remembered once everything below it was right. What turns out wrong is read
        once more, from there and past damaged copies, before it is said to be wrong.

        Raises:
            SourceError: the log cannot be read now, or another run uses the state;
            AuditStateInvalidError: the state cannot be read.
        """
        with alone(self.state_file):
            return self._run(load_state(self.state_file))

    def _run(self, before: AuditState | None) -> Audited:
        note = self._checkpoint()
        origin = before.origin if before else _origin_of(note)
        signature, head = check_signature(note, keys=self.believed.keys, origin=origin)
        first = (signature, *self._witnessed(note))
        if head is None:
            return Audited(first)
        known = before or AuditState(origin, b"", LogAudit())
        audited_head = _head_of(known.head) if known.head else None
        grew, compared = growth_check(audited_head, head, self.source.read)
        if grew.passed is False and self.source.renew():
            grew, compared = growth_check(audited_head, head, self.source.read)
        if grew.passed is False:
            evidence = self._keep_evidence(known, note, compared)
            return Audited((*first, grew), head, note, evidence=evidence)
        return self._read_patiently(known, note, (*first, grew))

    def _read_patiently(self, known: AuditState, note: bytes, first: Sequence[Check]) -> Audited:
        """Read on from where a run was cut off; else, or if that was wrong, from the last head."""
        size = _head_of(note).size
        if known.ahead is not None and known.ahead.tree.size <= size:
            audited = self._read(known, deepcopy(known.ahead), note, first)
            if not audited.is_damaged:
                return audited
        self.restart(known.audit.tree.size)
        audited = self._read(known, deepcopy(known.audit), note, first)
        if audited.is_damaged and self.source.renew():
            self.restart(known.audit.tree.size)
            audited = self._read(known, deepcopy(known.audit), note, first)
        if audited.is_damaged:
            # Entries that no head vouches for are nobody's news.
            self.restart(known.audit.tree.size)
            self._keep(AuditState(known.origin, known.head, known.audit))
        return audited

    def _read(
        self, known: AuditState, audit: LogAudit, note: bytes, first: Sequence[Check]
    ) -> Audited:
        head = _head_of(note)
        kept_s, whole = time.monotonic(), deepcopy(audit)
        index = audit.tree.size
        try:
            for new in audit.read_on(self.source.read, head.size):
                for data in new:
                    self.record(index, data)
                    index += 1
                self.report(audit.tree.size, head.size)
                # Within a bundle it is not: its tree may be ahead of its records.
                whole = deepcopy(audit)
                if time.monotonic() - kept_s >= STATE_EVERY_S:
                    self._keep(AuditState(known.origin, known.head, known.audit, audit))
                    kept_s = time.monotonic()
        except (TileInvalidError, FileNotFoundError, KeyError) as error:
            sentence = _sentence(error)
            there = Check(
                "files-there", "The log's files are there", passed=False, sentence=sentence
            )
            return Audited((*first, there), head, note, audit)
        except SourceError:
            self._keep(AuditState(known.origin, known.head, known.audit, whole))
            raise
        checks = (*first, *tree_checks(audit, head), *audit.records.checks())
        wrong = {check.code for check in checks if check.passed is False}
        if not wrong & {"signature", "witnessed", "dated", *_DAMAGED}:
            self._keep(AuditState(known.origin, note, audit))
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
        self.settle()
        if self.state_file is not None:
            data = format_state(state)
            # The second copy stands in should a disk or a machine spoil the first.
            write_whole(_copy_of(self.state_file), data)
            write_whole(self.state_file, data)

    def _keep_evidence(
        self, before: AuditState, note: bytes, compared: Comparison | None
    ) -> Path | None:
        """Both signed heads in a file, where they prove that the store signed two histories."""
        is_proof = compared is not None and compared.relation is Relation.FORKED
        if self.state_file is None or compared is None or not is_proof:
            return None
        data = build_evidence(before=before.head, now=note, origin=before.origin, compared=compared)
        file = self.state_file.with_name(f"{self.state_file.name}.evidence-{time.time_ns()}.json")
        write_whole(file, data)
        return file


def load_state(file: Path | None) -> AuditState | None:
    """The state in a file, or in its copy; None before there is one.

    Raises AuditStateInvalidError where there is something, and neither can be read: the head that
    was known is not forgotten in silence.
    """
    if file is None:
        return None
    trouble: AuditStateInvalidError | None = None
    for each in (file, _copy_of(file)):
        try:
            with each.open("rb") as opened:
                return parse_state(opened.read(state_size_bytes_max + 1))
        except FileNotFoundError:
            continue
        except OSError as error:
            trouble = AuditStateInvalidError(f"It cannot be read: {error.strerror}.")
        except AuditStateInvalidError as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return None


def _copy_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.copy")


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
