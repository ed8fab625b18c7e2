"""Signed notes and heads: published ones, our own, and everything that is not one."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.tlog import merkle, tiles
from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64
from pennywhistle.engines.tlog.checkpoint import (
    Checkpoint,
    CheckpointInvalidError,
    open_checkpoint,
    sign_checkpoint,
)
from pennywhistle.engines.tlog.note import (
    NoteForgedError,
    NoteInvalidError,
    NoteUnsignedError,
    SigningKey,
    VerifierKey,
    open_note,
    sign_note,
)

if TYPE_CHECKING:
    from pathlib import Path

VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
KEY = SigningKey("store.example/log", bytes(range(32)))
OTHER = SigningKey("witness.example", bytes(32))
HEAD = Checkpoint("store.example/log", 5, merkle.leaf_hash(b""))


def test_every_published_head_is_signed_and_has_the_root_of_its_entries(vectors: Path) -> None:
    log, key = vectors / "tessera-log/testdata/log", VerifierKey.parse(VKEY)
    records = tiles.decode_bundle((log / "tile/entries/000.p/15").read_bytes())
    hashes = [merkle.leaf_hash(data) for data in records]

    assert key.to_text() == VKEY
    for size in range(16):
        note = (log / f"checkpoint.{size}").read_bytes()
        head = open_checkpoint(note, keys=[key], origin=key.name)
        assert (head.size, head.root) == (size, merkle.tree_root(hashes[:size]))
        assert head.format() == open_note(note, [key]).text


def test_heads_are_parsed_as_published(vectors: Path) -> None:
    known = json.loads((vectors / "derived/checkpoint_parse.json").read_text())
    root = b64encode(bytes(32)).decode()

    for text in known["valid"]:
        # These have roots of any length, which only a parser of syntax accepts.
        with pytest.raises(CheckpointInvalidError, match="third line"):
            Checkpoint.parse(text)
        lines = text.split("\n")
        head = Checkpoint.parse("\n".join([*lines[:2], root, *lines[3:]]))
        assert (head.origin, head.size) == (lines[0], int(lines[1]))
        assert head.extensions == tuple(lines[3:-1])
    for text in known["invalid"]:
        with pytest.raises(CheckpointInvalidError):
            Checkpoint.parse(text)


@pytest.mark.parametrize("size", ["05", "+5", "5 ", "\u0665", "", str(2**63)])
def test_a_size_has_one_spelling(size: str) -> None:
    with pytest.raises(CheckpointInvalidError):
        Checkpoint.parse(f"log\n{size}\n{encode_base64(bytes(32))}\n")


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("", 5, bytes(32)),
        Checkpoint("a\nb", 5, bytes(32)),
        Checkpoint("log", -1, bytes(32)),
        Checkpoint("log", 5, bytes(31)),
    ],
)
def test_a_head_that_could_not_be_read_is_not_written(head: Checkpoint) -> None:
    with pytest.raises(CheckpointInvalidError):
        head.format()


def test_a_head_is_opened_by_its_own_logs_key_only() -> None:
    both = [KEY.verifier, OTHER.verifier]
    assert open_checkpoint(sign_checkpoint(HEAD, KEY, OTHER), keys=both, origin=KEY.name) == HEAD

    with pytest.raises(NoteUnsignedError, match="None of the known keys of store"):
        open_checkpoint(sign_checkpoint(HEAD, OTHER), keys=both, origin=KEY.name)
    with pytest.raises(CheckpointInvalidError, match="not of witness"):
        open_checkpoint(sign_checkpoint(HEAD, KEY), keys=both, origin=OTHER.name)


def test_keys_are_read_as_they_were_written() -> None:
    key = SigningKey.generate("store.example/log")

    assert SigningKey.from_text(key.to_text()) == key
    assert VerifierKey.parse(key.verifier.to_text()) == key.verifier
    assert key.to_text().startswith("PRIVATE+KEY+store.example/log+")
    assert SigningKey.generate("a") != SigningKey.generate("a")


def test_a_key_whose_base64_has_a_plus_is_read_whole() -> None:
    keys = (SigningKey("log", i.to_bytes(32, "big")).verifier for i in range(100))
    key = next(key for key in keys if "+" in encode_base64(b"\x01" + key.public_key))

    assert VerifierKey.parse(key.to_text()) == key


def test_a_private_key_is_not_printed_by_accident() -> None:
    assert KEY.to_text() not in repr(KEY)
    assert repr(KEY) == "SigningKey(name='store.example/log')"


@pytest.mark.parametrize(
    "text",
    [
        "log+33d7b496",
        "log+33d7b49+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
        VKEY.replace("33d7b496", "33d7b497"),
        VKEY.replace("example.com/log", "example.com/lag"),
        VKEY.replace("Ae", "Be"),
        VKEY[:-4],
        VKEY + "!",
        VKEY.replace("example.com/log/testdata", ""),
        VKEY.replace("/log", " log"),
    ],
)
def test_a_key_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalidError):
        VerifierKey.parse(text)
    with pytest.raises(NoteInvalidError):
        SigningKey.from_text(f"PRIVATE+KEY+{text}")


def test_a_public_key_is_not_taken_for_a_private_one() -> None:
    with pytest.raises(NoteInvalidError, match="begins with PRIVATE"):
        SigningKey.from_text(VKEY)
    with pytest.raises(NoteInvalidError, match="neither spaces nor plus"):
        SigningKey.generate("a b")


def test_a_note_names_those_who_signed_it() -> None:
    note = sign_note("a\n\nb\n", KEY, OTHER, KEY)

    opened = open_note(note, [OTHER.verifier, KEY.verifier])
    assert opened.text == "a\n\nb\n"
    assert opened.signatures == (KEY.verifier, OTHER.verifier)
    assert open_note(note, [OTHER.verifier]).signatures == (OTHER.verifier,)


def test_an_unknown_key_is_ignored_even_under_a_known_name() -> None:
    impostor = SigningKey(KEY.name, bytes(31) + b"\x07")

    assert open_note(sign_note("a\n", impostor, KEY), [KEY.verifier]).signatures == (KEY.verifier,)
    with pytest.raises(NoteUnsignedError):
        open_note(sign_note("a\n", impostor), [KEY.verifier])


def test_one_wrong_signature_by_a_known_key_spoils_the_note() -> None:
    wrong = sign_note("b\n", OTHER).split(b"\n\n")[1]

    with pytest.raises(NoteForgedError, match="witness"):
        open_note(sign_note("a\n", KEY) + wrong, [KEY.verifier, OTHER.verifier])


@given(st.integers(0, 8 * 150))
def test_no_flipped_bit_is_accepted(bit: int) -> None:
    note = bytearray(sign_checkpoint(HEAD, KEY))
    note[bit // 8 % len(note)] ^= 1 << bit % 8

    with pytest.raises((NoteInvalidError, CheckpointInvalidError)):
        open_checkpoint(bytes(note), keys=[KEY.verifier], origin=KEY.name)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_in_another_way(data: bytes) -> None:
    for note in (data, b"a\n\n\xe2\x80\x94 " + data + b"\n"):
        with pytest.raises(NoteInvalidError):
            open_note(note, [KEY.verifier])


LINE = "\u2014 log AAAAAAA=\n"


@pytest.mark.parametrize(
    "note",
    [
        "a\n",
        "a\n\n",
        f"a\n\n{LINE}"[:-1],
        f"a\r\n\n{LINE}",
        f"a\t\n\n{LINE}",
        f"a\n\n{LINE}\n",
        "a\n\n- log AAAAAAA=\n",
        "a\n\n\u2014 l\u00a0og AAAAAAA=\n",
        "a\n\n\u2014 l+og AAAAAAA=\n",
        "a\n\n\u2014 log AAAAAA==\n",
        "a\n\n\u2014 log AAAAAAB=\n",
        "a\n\n\u2014 log AAAA\n",
        "a\n\n\u2014  AAAAAAA=\n",
        "a\n\n" + LINE * 65,
        "a" * 262_144 + "\n\n" + LINE,
    ],
)
def test_what_is_not_a_note_is_refused(note: str) -> None:
    with pytest.raises(NoteInvalidError) as caught:
        open_note(note.encode(), [KEY.verifier])
    assert caught.value.code == "note-invalid"


def test_sixteen_signatures_of_post_quantum_size_are_accepted() -> None:
    strangers = "".join(f"\u2014 w{i} {encode_base64(bytes(5000))}\n" for i in range(16))

    note = sign_note("a\n", KEY) + strangers.encode()
    assert open_note(note, [KEY.verifier]).text == "a\n"


@pytest.mark.parametrize(("text", "count"), [("a\n", 0), ("a", 1), ("a\x00\n", 1)])
def test_what_could_not_be_opened_is_not_signed(text: str, count: int) -> None:
    with pytest.raises(NoteInvalidError):
        sign_note(text, *[KEY][:count])


@given(st.binary(max_size=50))
def test_base64_has_one_spelling(data: bytes) -> None:
    text = encode_base64(data)
    assert decode_base64(text) == data
    for other in (text + "=", text + "\n", " " + text, text.rstrip("=") + "é"):
        with pytest.raises(ValueError, match="standard base64"):
            decode_base64(other)
