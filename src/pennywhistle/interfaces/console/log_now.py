"""`verify --log`: what receipts, promises and statements say, beside the log as it is seen now."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checkpoint import Checkpoint, CheckpointInvalidError
from pennywhistle.engines.tlog.checks import Check, check_signature, check_witnessed
from pennywhistle.engines.tlog.heads import Relation, build_evidence, compare_heads
from pennywhistle.engines.tlog.look import find_leaf
from pennywhistle.engines.tlog.note import NoteInvalidError, read_note
from pennywhistle.engines.tlog.promise_checks import LookedUp
from pennywhistle.engines.tlog.tiles import TileInvalidError
from pennywhistle.interfaces.console.audit import source_of
from pennywhistle.interfaces.console.kept_files import write_whole
from pennywhistle.interfaces.console.log_source import CHECKPOINT, PinnedSource, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pennywhistle.engines.tlog.note import Verifier
    from pennywhistle.engines.tlog.policy import Policy
    from pennywhistle.engines.tlog.promise import Promise

_TITLE = "The log is still the one that it was signed in"


@dataclass
class LogNow:
    """A log under one head, the same for all files that are checked."""

    source: PinnedSource
    is_live: bool
    _told: set[str] = field(default_factory=set)

    @classmethod
    def at(cls, log: str) -> LogNow:
        """A log at an address, or the mirror in a folder. Raises SourceError."""
        return cls(PinnedSource(source_of(log)), "://" in log)

    def head(
        self, *, keys: Sequence[Verifier], origin: str, policy: Policy | None
    ) -> tuple[tuple[Check, ...], Checkpoint | None]:
        """The head of now with its checks; None where the store did not sign it.

        Raises SourceError.
        """
        try:
            note = self.source.read(CHECKPOINT)
        except FileNotFoundError as error:
            raise SourceError("There is no checkpoint there, so this is no log.") from error
        signed, head = check_signature(note, keys=keys, origin=origin)
        checks = [
            Check("log-signature", "The log of now is signed", signed.passed, signed.sentence)
        ]
        if policy is not None and head is not None:
            seen = check_witnessed(note, policy=policy)
            checks.append(Check("log-witnessed", "Others watch it now", seen.passed, seen.sentence))
        return tuple(checks), head

    def continues(self, checkpoint: bytes, head: Checkpoint, *, beside: Path) -> Check:
        """Whether the log of now continues the head that a receipt or a statement was signed under.

        Where both contradict each other, that is kept as evidence beside the file.
        """
        try:
            before = Checkpoint.parse(read_note(checkpoint)[0])
        except (NoteInvalidError, CheckpointInvalidError):
            return Check("log-holds", _TITLE, None, "Not checked: its own head cannot be read.")
        compared = compare_heads(before, head, self.source.read)
        sizes = f"{before.size} entries of then, {head.size} of now"
        match compared.relation:
            case Relation.SAME | Relation.GREW:
                sentence = f"The log of now begins with the one of then ({sizes})."
                return Check("log-holds", _TITLE, passed=True, sentence=sentence)
            case Relation.FORKED:
                kept = beside.with_name(f"{beside.name}.evidence-{time.time_ns()}.json")
                now = self.source.read(CHECKPOINT)
                data = build_evidence(
                    before=checkpoint, now=now, origin=before.origin, compared=compared
                )
                write_whole(kept, data)
                sentence = f"The store signed two histories. The proof is kept in {kept}"
                return Check("log-holds", _TITLE, passed=False, sentence=sentence)
            case Relation.OLDER:
                sentence = f"The log there is an older copy ({sizes}). Look at a newer one."
            case _:
                sentence = (
                    f"Its tiles do not show that it continues the one of then ({sizes}). That is no"
                    " proof: they may be damaged. Look again, and at another copy."
                )
        # A mirror may be behind. Whoever runs the log is not, and must show that it holds the sale.
        is_behind = head.size < before.size and not self.is_live
        return Check("log-holds", _TITLE, None if is_behind else False, sentence)

    def look_for(self, promise: Promise, head: Checkpoint) -> LookedUp | None:
        """Where the log of now holds a promised sale; None where a copy does not show it.

        A copy may be older than the sale, and convicts nobody. Raises SourceError.
        """
        try:
            index = find_leaf(self.source.read, head, promise.leaf.hash(), after=promise.after)
        except (TileInvalidError, FileNotFoundError) as error:
            raise SourceError(f"The log's tiles cannot be read: {error}") from error
        if index is None and head.size < promise.after:
            raise SourceError("The log there is older than the promise. Look at a newer copy.")
        return None if index is None and not self.is_live else LookedUp(index, head.size)

    def close(self) -> None:
        """Let the log go."""
        self.source.close()
