"""A log's head, origin, size and root, as C2SP tlog-checkpoint writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64
from pennywhistle.engines.tlog.merkle import hash_size_bytes
from pennywhistle.engines.tlog.note import NoteUnsignedError, open_note, sign_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.note import Signer, Verifier

log_size_max = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class CheckpointInvalidError(ValueError):
    """The text is not a checkpoint, or one of another log."""

    code = "checkpoint-invalid"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of log `origin` at `size` leaves; the text of a signed note.

    `extensions` are lines that other logs may add; ours has none, as the specification advises.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text strictly: one spelling per head.

        Raises:
            CheckpointInvalidError: with a sentence that says which line is wrong.
        """
        if not text.endswith("\n"):
            raise CheckpointInvalidError("A checkpoint ends with a newline.")
        lines = text.removesuffix("\n").split("\n")
        mandatory = 3
        if len(lines) < mandatory or "" in lines:
            raise CheckpointInvalidError("A checkpoint has three lines or more, none empty.")
        origin, size, root, *extensions = lines
        return cls(origin, _parse_size(size), _parse_root(root), tuple(extensions))

    def format(self) -> str:
        """Write the text that is signed."""
        if not self.origin or "\n" in self.origin or not 0 <= self.size <= log_size_max:
            raise CheckpointInvalidError("A checkpoint needs an origin of one line and a size.")
        if len(self.root) != hash_size_bytes:
            raise CheckpointInvalidError(f"A root hash has {hash_size_bytes} bytes.")
        lines = [self.origin, str(self.size), encode_base64(self.root), *self.extensions]
        return "".join(f"{line}\n" for line in lines)


def sign_checkpoint(checkpoint: Checkpoint, *keys: Signer) -> bytes:
    """Write and sign a head; the caller has made sure that it continues the last one."""
    return sign_note(checkpoint.format(), *keys)


def open_checkpoint(data: bytes, *, keys: Sequence[Verifier], origin: str) -> Checkpoint:
    """Check the signature of log `origin` under its head, and read it.

    The log's own key carries the log's name. Without that rule, one store could sign for another
    as soon as a reader knows both their keys, and a witness could sign for a log.

    Raises:
        NoteInvalidError: not a note, a wrong signature, or none of the log's.
        CheckpointInvalidError: not a checkpoint, or of another log.
    """
    note = open_note(data, keys)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise CheckpointInvalidError(f"The checkpoint is of {checkpoint.origin}, not of {origin}.")
    if origin not in [key.name for key in note.signatures]:
        raise NoteUnsignedError(f"None of the known keys of {origin} has signed this.")
    return checkpoint


def _parse_size(text: str) -> int:
    if not _DECIMAL.fullmatch(text) or int(text) > log_size_max:
        raise CheckpointInvalidError("The second line of a checkpoint is the size of the log.")
    return int(text)


def _parse_root(text: str) -> bytes:
    try:
        root = decode_base64(text)
    except ValueError:
        root = b""
    if len(root) != hash_size_bytes:
        raise CheckpointInvalidError("The third line of a checkpoint is the root hash in base64.")
    return root
