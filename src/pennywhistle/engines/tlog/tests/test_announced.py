"""What a store announces is a subject and a digest, and both are read back or refused."""

from __future__ import annotations

import pytest

from pennywhistle.engines.tlog.announced import (
    AnnouncedLeaf,
    announced_digest,
    announced_salt,
    repeated_subjects,
)
from pennywhistle.engines.tlog.audit import audit_records
from pennywhistle.engines.tlog.records import RecordInvalidError, record

SECRET = bytes(32)
DIGEST = bytes(range(32))


@pytest.mark.parametrize("kind", ["C", "T", "O"])
def test_a_leaf_is_read_as_it_was_written_and_an_audit_knows_it(kind: str) -> None:
    leaf = AnnouncedLeaf(kind, "release-12", DIGEST)  # type: ignore[arg-type]

    assert AnnouncedLeaf.decode(leaf.encode()) == leaf
    assert all(check.passed for check in audit_records([leaf.encode()]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"C",
        record(b"C", b"release-1"),
        record(b"C", b"release-1", DIGEST, b""),
        record(b"C", b"", DIGEST),
        record(b"C", b"two\nlines", DIGEST),
        record(b"C", b"\xff", DIGEST),
        record(b"C", b"x" * 256, DIGEST),
        record(b"C", b"release-1", DIGEST[1:]),
        record(b"Q", b"release-1", DIGEST),
        AnnouncedLeaf("C", "release-1", DIGEST).encode()[:-1],
    ],
)
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(RecordInvalidError):
        AnnouncedLeaf.decode(data)


def test_a_digest_binds_its_document_and_salt_and_the_salt_its_subject() -> None:
    salt = announced_salt(SECRET, "C", "release-1", b"terms")

    assert announced_digest(salt, b"terms") != announced_digest(salt, b"other")
    assert announced_digest(salt, b"terms") != announced_digest(bytes(32), b"terms")
    others = [
        announced_salt(SECRET, "C", "release-2", b"terms"),
        announced_salt(SECRET, "T", "release-1", b"terms"),
        announced_salt(SECRET, "C", "release-1", b"other"),
        announced_salt(bytes(31) + b"x", "C", "release-1", b"terms"),
    ]
    assert salt not in others
    with pytest.raises(RecordInvalidError):
        announced_digest(salt[1:], b"terms")


def test_only_terms_may_change() -> None:
    def leaves(kind: str) -> list[AnnouncedLeaf]:
        return [
            AnnouncedLeaf(kind, "x-1", digest)  # type: ignore[arg-type]
            for digest in (DIGEST, DIGEST, bytes(32))
        ]

    assert repeated_subjects(leaves("C")) == []
    assert repeated_subjects(leaves("T")) == ["The statement x-1 was announced in two versions."]
    assert repeated_subjects(leaves("O")) == ["The payout x-1 was announced in two versions."]
