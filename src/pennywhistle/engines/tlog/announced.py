"""What a store announces in its log apart from money: terms, statements and payouts, by digest.

Whoever holds the document sees that the store has one version of it, and since when. The public
sees which subject was announced, and how often, but nothing of what it says: the digest is salted.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from pennywhistle.engines.tlog.merkle import hash_size_bytes, leaf_hash
from pennywhistle.engines.tlog.records import (
    RecordInvalidError,
    derive_salt,
    fields_of,
    record,
    salt_size_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AnnouncedKind = Literal["C", "T", "O"]
subject_bytes_max = 255
_FIELD_COUNT = 2
_KINDS: Mapping[bytes, AnnouncedKind] = {b"C": "C", b"T": "T", b"O": "O"}


@dataclass(frozen=True, slots=True)
class AnnouncedLeaf:
    """C terms of an item, T a payee's statement, O a payout: a subject and a document's digest.

    A later leaf of kind C replaces the terms from there on; T and O stand once for a subject.
    """

    kind: AnnouncedKind
    subject: str
    digest: bytes

    def __post_init__(self) -> None:
        size = len(self.subject.encode())
        if not self.subject.isprintable() or not 1 <= size <= subject_bytes_max:
            raise RecordInvalidError(
                f"A subject is one printable line of 1 to {subject_bytes_max} bytes."
            )
        if len(self.digest) != hash_size_bytes:
            raise RecordInvalidError(f"A digest has {hash_size_bytes} bytes.")

    def encode(self) -> bytes:
        """Write the leaf; its kind is its tag."""
        return record(self.kind.encode(), self.subject.encode(), self.digest)

    def hash(self) -> bytes:
        """Hash of the leaf in the log."""
        return leaf_hash(self.encode())

    @classmethod
    def decode(cls, data: bytes) -> AnnouncedLeaf:
        """Read what `encode` wrote. Raises RecordInvalidError."""
        tag, fields = fields_of(data)
        if tag not in _KINDS or len(fields) != _FIELD_COUNT:
            raise RecordInvalidError("This is not a record C, T or O with 2 fields.")
        try:
            subject = fields[0].decode()
        except UnicodeDecodeError as error:
            raise RecordInvalidError("A text in a record is UTF-8.") from error
        return cls(_KINDS[tag], subject, fields[1])


def is_announced(data: bytes) -> bool:
    """Whether a record's tag says that it announces something."""
    return data[:1] in _KINDS


def announced_salt(secret: bytes, kind: AnnouncedKind, subject: str, document: bytes) -> bytes:
    """Derive the salt of a document from the store's secret: the same document, the same salt."""
    inside = sha256(document).digest()
    return derive_salt(
        secret, b"pennywhistle/announced-salt/1", kind.encode(), subject.encode(), inside
    )


def announced_digest(salt: bytes, document: bytes) -> bytes:
    """The digest that the log holds of a document, opened by its salt (32 bytes)."""
    if len(salt) != salt_size_bytes:
        raise RecordInvalidError(f"A salt has {salt_size_bytes} bytes.")
    return leaf_hash(record(b"N", salt, sha256(document).digest()))


def repeated_subjects(leaves: Sequence[AnnouncedLeaf]) -> list[str]:
    """Sentences about what was announced in two versions though it stands once (T and O)."""
    first: dict[tuple[str, str], bytes] = {}
    problems = []
    for leaf in leaves:
        if leaf.kind == "C":
            continue
        known = first.setdefault((leaf.kind, leaf.subject), leaf.digest)
        if known != leaf.digest:
            what = "statement" if leaf.kind == "T" else "payout"
            problems.append(f"The {what} {leaf.subject} was announced in two versions.")
    return problems
