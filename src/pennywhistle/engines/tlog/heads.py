"""Two signed heads of one log: whether one continues the other, or both together are proof.

Two heads of one size and two roots are proof by themselves. Two heads of different sizes are none:
a shorter one may just be old. They become proof with a path that leads from the larger head to the
root that it gives the smaller one's entries, if that root is another one. Tiles that prove neither
prove nothing: whoever serves them may be broken, or somebody else than the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.base64_strict import encode_base64
from pennywhistle.engines.tlog.checkpoint import Checkpoint, CheckpointInvalidError, open_checkpoint
from pennywhistle.engines.tlog.checks import Check
from pennywhistle.engines.tlog.document import (
    DocumentInvalidError,
    Fields,
    NodePool,
    dump_document,
    load_document,
)
from pennywhistle.engines.tlog.merkle import (
    EMPTY_ROOT,
    ProofInvalidError,
    hash_size_bytes,
    verify_consistency,
)
from pennywhistle.engines.tlog.note import NoteInvalidError, note_size_bytes_max
from pennywhistle.engines.tlog.tiles import TileInvalidError, TileReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pennywhistle.engines.tlog.note import Verifier

evidence_format = "pennywhistle-evidence/1"
evidence_size_bytes_max = 1024 * 1024
_OPENING = f'{{"format":"{evidence_format}"'.encode()
_TITLE = "The store signed two histories"


class Relation(StrEnum):
    """How a head stands to one that was seen before it."""

    SAME = "same"
    GREW = "grew"
    OLDER = "older"
    FORKED = "forked"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A relation; of a fork between two sizes also what proves it.

    `prefix_root` is the root that the larger head gives the entries of the smaller one, by `path`.
    """

    relation: Relation
    prefix_root: bytes = b""
    path: tuple[bytes, ...] = ()


class EvidenceInvalidError(ValueError):
    """The bytes are no evidence of anything."""

    code = "evidence-invalid"


def compare_heads(before: Checkpoint, now: Checkpoint, read: Callable[[str], bytes]) -> Comparison:
    """Compare two heads of one log, both signed, by the tiles that `read` gives."""
    if before.size == now.size:
        return Comparison(Relation.SAME if before.root == now.root else Relation.FORKED)
    smaller, larger = sorted((before, now), key=lambda head: head.size)
    reader = TileReader(read, larger.size)
    try:
        path = tuple(reader.consistency(smaller.size))
        prefix_root = reader.prefix_root(smaller.size)
        if smaller.size:
            verify_consistency(
                old_size=smaller.size,
                old_root=prefix_root,
                size=larger.size,
                root=larger.root,
                path=path,
            )
    except (ProofInvalidError, TileInvalidError, FileNotFoundError, KeyError):
        return Comparison(Relation.UNPROVEN)
    if prefix_root == smaller.root:
        return Comparison(Relation.GREW if smaller is before else Relation.OLDER)
    return Comparison(Relation.FORKED, prefix_root, path)


def build_evidence(*, before: bytes, now: bytes, origin: str, compared: Comparison) -> bytes:
    """Write both signed heads, and what connects them, so that anybody can check the fork."""
    pool = NodePool()
    path = pool.put(compared.path)
    return dump_document(
        {
            "format": evidence_format,
            "origin": origin,
            "before": before.decode(errors="replace"),
            "now": now.decode(errors="replace"),
            "prefix": encode_base64(compared.prefix_root),
            "path": path,
            "nodes": pool.to_text(),
        }
    )


def is_evidence(data: bytes) -> bool:
    """Whether this is meant to be evidence of a fork."""
    return data.startswith(_OPENING)


def check_evidence(data: bytes, *, keys: Sequence[Verifier]) -> Check:
    """Check evidence offline: fails, as the store did, where both heads cannot be of one log.

    It is open where the evidence proves nothing. Raises EvidenceInvalidError.
    """
    if len(data) > evidence_size_bytes_max:
        raise EvidenceInvalidError(f"Evidence has at most {evidence_size_bytes_max} bytes.")
    try:
        fields = load_document(data, name="evidence")
        origin, heads, compared = _read(fields)
        before, now = (open_checkpoint(head, keys=keys, origin=origin) for head in heads)
    except (DocumentInvalidError, NoteInvalidError, CheckpointInvalidError) as error:
        raise EvidenceInvalidError(f"This proves nothing: {error}") from error
    sentence = f"Both heads, of {before.size} and {now.size} entries, may be of one log."
    if not _contradicts(before, now, compared):
        return Check("two-histories", _TITLE, None, sentence)
    small = min(before.size, now.size)
    sentence = (
        f"Proven: {origin} signed two different histories of its first {small} entries."
        " Its payees, its buyers and its witnesses should see this file."
    )
    return Check("two-histories", _TITLE, passed=False, sentence=sentence)


def _contradicts(before: Checkpoint, now: Checkpoint, compared: Comparison) -> bool:
    if before.size == now.size:
        return before.root != now.root
    smaller, larger = sorted((before, now), key=lambda head: head.size)
    if not smaller.size:
        return smaller.root != EMPTY_ROOT
    try:
        verify_consistency(
            old_size=smaller.size,
            old_root=compared.prefix_root,
            size=larger.size,
            root=larger.root,
            path=compared.path,
        )
    except ProofInvalidError:
        return False
    return compared.prefix_root != smaller.root


def _read(fields: Fields) -> tuple[str, tuple[bytes, bytes], Comparison]:
    if fields.text("format") != evidence_format:
        fields.refuse("format", f"is not {evidence_format}")
    origin = fields.text("origin")
    heads = (
        fields.note("before", length_max=note_size_bytes_max),
        fields.note("now", length_max=note_size_bytes_max),
    )
    prefix = fields.octets("prefix")
    if len(prefix) not in {0, hash_size_bytes}:
        fields.refuse("prefix", f"is not empty, nor {hash_size_bytes} bytes")
    path = fields.path("path", NodePool.parse(fields, "nodes"))
    fields.close()
    return origin, heads, Comparison(Relation.FORKED, prefix, path)
