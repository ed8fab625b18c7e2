"""A manifest vouches for its list of sums, and for nothing else."""

from hashlib import sha256

import pytest

from pennywhistle.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.manifest import (
    ManifestInvalidError,
    open_manifest,
    read_sums,
    sign_manifest,
    write_sums,
)
from pennywhistle.engines.tlog.note import SigningKey, sign_note

KEY = SigningKey("records.example/log", b"k" * 32)
FILES = [("01 One.flac", "a" * 64), ("receipts/One.tlog-proof", "b" * 64)]


def test_a_manifest_tells_the_list_that_it_was_signed_for() -> None:
    sums = write_sums(FILES)

    signed = sign_manifest(sums, key=KEY)
    opened = open_manifest(signed, keys=[KEY.verifier])

    assert opened.sums_sha256 == sha256(sums).hexdigest()
    assert (opened.file_count, opened.signed_by) == (2, (KEY.verifier,))
    assert signed == sign_manifest(sums, key=KEY)
    assert read_sums(sums) == dict(FILES)


def test_a_changed_manifest_and_a_strangers_are_refused() -> None:
    signed = sign_manifest(write_sums(FILES), key=KEY)
    stranger = SigningKey("records.example/log", b"s" * 32).verifier

    for data, key in [
        (signed.replace(b"files 2", b"files 3"), KEY.verifier),
        (signed, stranger),
        (b"", KEY.verifier),
        (b"\xff\xfe", KEY.verifier),
    ]:
        with pytest.raises(ManifestInvalidError):
            open_manifest(data, keys=[key])


def test_nothing_else_that_the_key_signed_is_a_manifest() -> None:
    checkpoint = sign_checkpoint(Checkpoint(KEY.name, 1, b"r" * 32), KEY)

    for data in (checkpoint, sign_note("Pennywhistle manifest of files 1\n", KEY)):
        with pytest.raises(ManifestInvalidError):
            open_manifest(data, keys=[KEY.verifier])


@pytest.mark.parametrize(
    "name",
    ["../out", "/etc/passwd", "a//b", "a/../../b", ".", "", "a\\b", "C:evil", "two\nlines"],
)
def test_a_list_that_leads_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(ManifestInvalidError):
        read_sums(write_sums([(name, "a" * 64)]))


@pytest.mark.parametrize(
    "data",
    [b"x" * 64 + b"  a\n", b"a" * 64 + b" a\n", b"a" * 64 + b"  a", (b"a" * 64 + b"  a\n") * 2],
)
def test_a_list_that_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestInvalidError):
        read_sums(data)
