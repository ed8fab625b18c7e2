"""An offline proof that a record is in a log, as C2SP tlog-proof writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64
from pennywhistle.engines.tlog.merkle import hash_size_bytes

_HEADER = "c2sp.org/tlog-proof@v1"
# 2,000 lines of a big cart with their openings, and a head with 16 post-quantum cosignatures.
proof_size_bytes_max = 1024 * 1024
path_length_max = 63
_INDEX_LINE = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
index_max = 2**63 - 1


class TlogProofInvalidError(ValueError):
    """The bytes are not a tlog-proof."""

    code = "tlog-proof-invalid"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Leaf index, inclusion path and signed head; `extra` is not covered by any signature."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""


def format_proof(proof: TlogProof) -> bytes:
    """Write the proof as text; no extra line where there is no extra data."""
    lines = [_HEADER]
    if proof.extra:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += [encode_base64(node) for node in proof.path]
    return ("\n".join(lines) + "\n\n").encode() + proof.checkpoint


def parse_proof(data: bytes) -> TlogProof:
    """Read a proof strictly; its checkpoint is handed on as it is, not yet checked.

    Raises:
        TlogProofInvalidError: with a sentence.
    """
    if len(data) > proof_size_bytes_max:
        raise TlogProofInvalidError(f"A proof has at most {proof_size_bytes_max} bytes.")
    head, parted, checkpoint = data.partition(b"\n\n")
    if not parted or not checkpoint:
        raise TlogProofInvalidError("A proof has an empty line and then a checkpoint.")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise TlogProofInvalidError("The lines of a proof are plain ASCII.") from error
    if lines.pop(0) != _HEADER:
        raise TlogProofInvalidError(f"A proof begins with the line {_HEADER}.")
    extra = _take_extra(lines)
    index = _take_index(lines)
    return TlogProof(index, _read_path(lines), checkpoint, extra)


def _take_extra(lines: list[str]) -> bytes:
    if not lines or not lines[0].startswith("extra "):
        return b""
    extra = _decode(lines.pop(0).removeprefix("extra "))
    if not extra:
        raise TlogProofInvalidError("The extra line of a proof is left out where it is empty.")
    return extra


def _take_index(lines: list[str]) -> int:
    match = _INDEX_LINE.fullmatch(lines.pop(0)) if lines else None
    if match is None or int(match[1]) > index_max:
        raise TlogProofInvalidError("A proof gives the index of its entry as a decimal number.")
    return int(match[1])


def _read_path(lines: list[str]) -> tuple[bytes, ...]:
    if len(lines) > path_length_max:
        raise TlogProofInvalidError(f"A proof's path has at most {path_length_max} hashes.")
    path = tuple(_decode(line) for line in lines)
    if any(len(node) != hash_size_bytes for node in path):
        raise TlogProofInvalidError(f"A hash in a proof's path has {hash_size_bytes} bytes.")
    return path


def _decode(text: str) -> bytes:
    try:
        return decode_base64(text)
    except ValueError as error:
        raise TlogProofInvalidError("A line of the proof is not standard base64.") from error
