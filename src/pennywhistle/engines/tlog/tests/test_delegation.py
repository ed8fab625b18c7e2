"""A second key signs for the log's: as long as it may, for that log alone, and never a head."""

from __future__ import annotations

import pytest

from pennywhistle.engines.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.delegation import (
    is_delegated,
    open_delegated,
    sign_delegated,
    sign_delegation,
    till_name,
)
from pennywhistle.engines.tlog.manifest import (
    ManifestInvalidError,
    open_manifest,
    sign_manifest,
    write_sums,
)
from pennywhistle.engines.tlog.note import (
    NoteInvalidError,
    NoteUnsignedError,
    SigningKey,
    sign_note,
)
from pennywhistle.engines.tlog.tests.sealed_shop import DELEGATION, KEY, KEYS, TILL

TEXT = "Some words\n"
SIGNED = sign_delegated(TEXT, key=TILL, delegation=DELEGATION)
OTHER = SigningKey("other.example/log", bytes(32))


def test_who_knows_the_log_s_key_can_check_what_its_till_signed() -> None:
    note = sign_delegated(TEXT, key=TILL, delegation=DELEGATION)
    opened = open_delegated(note, keys=KEYS)

    assert opened.text == TEXT
    assert opened.delegation.signed_by == (KEY.verifier,)
    assert is_delegated(note)
    assert not is_delegated(sign_note(TEXT, KEY))
    assert not is_delegated(b"nothing")


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        (
            sign_delegated(TEXT, key=TILL, delegation=DELEGATION).replace(b"words", b"birds"),
            "does not match",
        ),
        (sign_delegated(TEXT, key=OTHER, delegation=DELEGATION), "known keys"),
        (sign_note(TEXT, TILL), "carries no delegation"),
        (sign_delegated(TEXT, key=TILL, delegation=b"x"), "A note is"),
        (sign_delegated(TEXT, key=TILL, delegation=sign_note(TEXT, KEY)), "not a delegation"),
        (
            sign_delegated(
                TEXT,
                key=OTHER,
                delegation=sign_delegation(OTHER.verifier, until_us=1, signers=[KEY]),
            ),
            "another log",
        ),
    ],
)
def test_whatever_else_is_refused(note: bytes, problem: str) -> None:
    with pytest.raises(NoteInvalidError, match=problem):
        open_delegated(note, keys=KEYS)


def test_another_log_s_key_stands_behind_nothing() -> None:
    note = sign_delegated(TEXT, key=TILL, delegation=DELEGATION)
    with pytest.raises(NoteUnsignedError):
        open_delegated(note, keys=[OTHER.verifier])


def test_the_till_s_key_signs_no_head() -> None:
    assert TILL.name == till_name(KEY.name)
    stolen = SigningKey(KEY.name, TILL.seed)
    head = Checkpoint(KEY.name, 1, bytes(32))
    for key in (TILL, stolen):
        with pytest.raises(NoteUnsignedError):
            open_checkpoint(sign_checkpoint(head, key), keys=KEYS, origin=KEY.name)


def test_a_manifest_is_signed_by_the_till_for_the_log() -> None:
    sums = write_sums([("a.flac", "0" * 64)])
    manifest = open_manifest(sign_manifest(sums, key=TILL, delegation=DELEGATION), keys=KEYS)

    assert manifest.signed_by == (KEY.verifier,)
    assert manifest.file_count == 1
    with pytest.raises(ManifestInvalidError):
        open_manifest(sign_manifest(sums, key=TILL), keys=KEYS)
