"""What a witness answers, and why: the rules of C2SP tlog-witness, without network or files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64
from pennywhistle.engines.tlog.checkpoint import (
    Checkpoint,
    CheckpointInvalidError,
    log_size_max,
    open_checkpoint,
)
from pennywhistle.engines.tlog.merkle import EMPTY_ROOT, ProofInvalidError, verify_consistency
from pennywhistle.engines.tlog.note import (
    NoteForgedError,
    NoteInvalidError,
    NoteUnsignedError,
    note_size_bytes_max,
    open_note,
    read_note,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.engines.tlog.note import Verifier

path_length_max = 63
# A note, 63 hashes of 44 characters, and the line before them.
request_size_bytes_max = note_size_bytes_max + 64 * 64
SIZE_MIME_TYPE = "text/x.tlog.size"
TEXT_MIME_TYPE = "text/plain; charset=utf-8"
_OLD_LINE = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_BAD, _FORBIDDEN, _UNKNOWN, _CONFLICT, _UNPROVEN = 400, 403, 404, 409, 422


@dataclass(frozen=True, slots=True)
class Seen:
    """The head that a witness cosigned last, and the time that it put there (POSIX seconds)."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    time_s: int = 0


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request: the size that the log believes the witness to know, the proof, the head."""

    old_size: int
    path: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """Write the request's body."""
        lines = [f"old {self.old_size}", *(encode_base64(node) for node in self.path), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.note


class WitnessRefusedError(Exception):
    """The witness does not cosign; `status` is that of tlog-witness, `body` what it answers."""

    code = "witness-refused"

    def __init__(self, status: int, sentence: str, *, known_size: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.known_size = known_size

    @property
    def content_type(self) -> str:
        """A size is told as tlog-witness wants it, all else as a sentence."""
        return TEXT_MIME_TYPE if self.known_size is None else SIZE_MIME_TYPE

    @property
    def body(self) -> str:
        """The known size, or why not."""
        return f"{self if self.known_size is None else self.known_size}\n"


def parse_request(body: bytes) -> AddCheckpoint:
    """Read a request strictly. Raises WitnessRefusedError (400)."""
    if len(body) > request_size_bytes_max:
        raise WitnessRefusedError(_BAD, "The request is too large.")
    head, parted, note = body.partition(b"\n\n")
    try:
        first, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise WitnessRefusedError(_BAD, "The lines before the checkpoint are ASCII.") from error
    old = _OLD_LINE.fullmatch(first)
    if not parted or old is None or int(old[1]) > log_size_max:
        raise WitnessRefusedError(_BAD, "A request is: old SIZE, a proof, an empty line, a note.")
    if len(proof) > path_length_max:
        raise WitnessRefusedError(_BAD, f"A proof has at most {path_length_max} hashes.")
    try:
        path = tuple(decode_base64(line) for line in proof)
    except ValueError as error:
        raise WitnessRefusedError(_BAD, "A hash of the proof is not base64.") from error
    return AddCheckpoint(int(old[1]), path, note)


def open_head(
    request: AddCheckpoint, *, logs: Mapping[str, Sequence[Verifier]]
) -> tuple[Checkpoint, str]:
    """Read the head that a known log signed, and the text that is cosigned.

    Raises:
        WitnessRefusedError: 400 no checkpoint, 404 of an unknown log, 403 not signed by its key.
    """
    try:
        text, _ = read_note(request.note)
        origin = Checkpoint.parse(text).origin
    except (NoteInvalidError, CheckpointInvalidError) as error:
        raise WitnessRefusedError(_BAD, str(error)) from error
    if origin not in logs:
        raise WitnessRefusedError(_UNKNOWN, "This log is not one that is witnessed here.")
    try:
        head = open_checkpoint(request.note, keys=logs[origin], origin=origin)
    except (NoteForgedError, NoteUnsignedError) as error:
        raise WitnessRefusedError(_FORBIDDEN, str(error)) from error
    return head, open_note(request.note, logs[origin]).text


def check_growth(seen: Seen, request: AddCheckpoint, head: Checkpoint) -> None:
    """Make sure that the log only grew since the head that was cosigned last.

    Raises:
        WitnessRefusedError: 400 it shrinks by its own words, 409 another size is known (which
            the answer tells) or another root at this size, 422 the proof is wrong.
    """
    if request.old_size > head.size:
        raise WitnessRefusedError(_BAD, "The old size is larger than the checkpoint's.")
    if request.old_size != seen.size:
        raise WitnessRefusedError(_CONFLICT, "Another size is known.", known_size=seen.size)
    if head.size == seen.size and head.root != seen.root:
        raise WitnessRefusedError(_CONFLICT, "Another root is known.", known_size=seen.size)
    if seen.size == 0:
        # From nothing to anything there is nothing to prove, and so nothing may be sent.
        if request.path:
            raise WitnessRefusedError(_UNPROVEN, "From size 0 there is no proof.")
        return
    try:
        verify_consistency(
            old_size=seen.size,
            old_root=seen.root,
            size=head.size,
            root=head.root,
            path=request.path,
        )
    except ProofInvalidError as error:
        raise WitnessRefusedError(_UNPROVEN, str(error)) from error


def next_seen(seen: Seen, head: Checkpoint, *, now_s: int) -> Seen:
    """What is kept before the answer leaves: time never goes back, whatever the clock does."""
    return Seen(head.size, head.root, max(seen.time_s, now_s))
