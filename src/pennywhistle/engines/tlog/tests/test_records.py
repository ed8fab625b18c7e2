"""Records as bytes: what is written is read back, and nothing else is read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.tlog.records import (
    AccountLine,
    EntryLeaf,
    Line,
    PageLeaf,
    RecordInvalidError,
    account_line_salt,
    fields_of,
    line_salt,
    record,
)

SECRET = bytes(range(32))
counts = st.integers(0, 2**63 - 1)
amounts = st.integers(-(2**63) + 1, 2**63 - 1)
hashes = st.binary(min_size=32, max_size=32)
words = st.text(max_size=60).filter(str.isprintable)
lines = st.builds(
    Line,
    salt=hashes,
    entry_id=st.binary(min_size=16, max_size=16),
    j=counts,
    account=counts,
    amount_micro=amounts,
    currency=st.sampled_from(["EUR", "USD"]),
    item=words,
    price_micro=counts,
    territory=words,
    occurred_at_us=amounts,
)
LINE: dict[str, Any] = {
    "salt": bytes(32),
    "entry_id": bytes(16),
    "j": 0,
    "account": 1,
    "amount_micro": 5,
    "currency": "EUR",
    "item": "song",
    "price_micro": 5,
    "territory": "DE",
    "occurred_at_us": 0,
}


@given(st.binary(min_size=1, max_size=1), st.lists(st.binary(max_size=30), max_size=9))
def test_a_record_is_read_as_it_was_written(tag: bytes, fields: list[bytes]) -> None:
    assert fields_of(record(tag, *fields)) == (tag, tuple(fields))


@given(st.binary(max_size=40))
def test_what_is_read_has_one_spelling(data: bytes) -> None:
    try:
        tag, fields = fields_of(data)
    except RecordInvalidError:
        return
    assert record(tag, *fields) == data


@pytest.mark.parametrize("data", [b"", b"L\x00", b"L\x00\x02a", b"L\x00\x01ab"])
def test_a_record_that_is_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(RecordInvalidError):
        fields_of(data)


def test_a_record_that_could_not_be_read_is_not_written() -> None:
    with pytest.raises(RecordInvalidError, match="one byte"):
        record(b"LL")
    with pytest.raises(RecordInvalidError, match="65535"):
        record(b"L", bytes(65_536))


@given(lines)
def test_a_line_is_read_as_it_was_written(line: Line) -> None:
    assert Line.decode(line.encode()) == line


def test_the_bytes_of_a_line_do_not_change() -> None:
    # Every receipt ever handed out depends on these bytes.
    encoded = Line(**LINE).encode()
    assert encoded.hex() == (
        "4c"
        "0020" + "00" * 32 + "0010" + "00" * 16 + "0008" + "00" * 8 + "00080000000000000001"
        "00080000000000000005" + "0003455552" + "0004736f6e67" + "00080000000000000005"
        "00024445" + "0008" + "00" * 8
    )


@given(st.sampled_from(["S", "E"]), counts, hashes)
def test_an_entry_leaf_is_read_as_it_was_written(kind: Any, count: int, root: bytes) -> None:
    leaf = EntryLeaf(kind, count, root)
    assert EntryLeaf.decode(leaf.encode()) == leaf
    assert leaf.encode()[:1] == kind.encode()


@given(hashes, counts, counts, hashes)
def test_an_account_line_is_read_as_it_was_written(
    salt: bytes, account: int, count: int, root: bytes
) -> None:
    line = AccountLine(salt, account, count, root)
    assert AccountLine.decode(line.encode()) == line


@given(counts, counts, st.tuples(counts, counts).map(sorted), hashes)
def test_a_page_leaf_is_read_as_it_was_written(
    number: int, accounts: int, interval: list[int], root: bytes
) -> None:
    leaf = PageLeaf(number, accounts, interval[0], interval[1], root)
    assert PageLeaf.decode(leaf.encode()) == leaf


@pytest.mark.parametrize(
    "changes",
    [
        {"salt": bytes(31)},
        {"entry_id": bytes(17)},
        {"j": -1},
        {"account": 2**63},
        {"amount_micro": -(2**63)},
        {"price_micro": -1},
        {"occurred_at_us": 2**63},
        {"currency": "EURO"},
        {"currency": "eur"},
        {"item": "a\nb"},
        {"item": "é" * 128},
        {"territory": "\ud800"},
    ],
)
def test_a_line_with_an_impossible_value_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RecordInvalidError):
        Line(**{**LINE, **changes})


@pytest.mark.parametrize(
    ("cls", "data"),
    [
        (Line, record(b"K", *[b""] * 10)),
        (Line, record(b"L", *[b""] * 9)),
        (Line, Line(**LINE).encode().replace(b"song", b"\xffong")),
        (Line, Line(**LINE).encode().replace(b"EUR", b"\xffUR")),
        (EntryLeaf, record(b"X", bytes(8), bytes(32))),
        (EntryLeaf, record(b"S", bytes(7), bytes(32))),
        (EntryLeaf, record(b"E", bytes(8), bytes(31))),
        (AccountLine, record(b"K", bytes(32), bytes(8), b"\xff" * 8, bytes(32))),
        (PageLeaf, record(b"P", bytes(8), bytes(8), b"\x01" * 8, bytes(8), bytes(32))),
    ],
)
def test_another_record_is_not_taken_for_this_one(cls: Any, data: bytes) -> None:
    with pytest.raises(RecordInvalidError):
        cls.decode(data)


def test_salts_differ_by_everything_they_stand_for() -> None:
    salts = {
        line_salt(SECRET, bytes(16), 0),
        line_salt(SECRET, bytes(16), 1),
        line_salt(SECRET, b"\x01" * 16, 0),
        line_salt(bytes(32), bytes(16), 0),
        account_line_salt(SECRET, 0, 1),
        account_line_salt(SECRET, 1, 0),
        account_line_salt(bytes(32), 0, 1),
    }
    assert len(salts) == 7
    assert {len(salt) for salt in salts} == {32}


def test_the_bytes_of_a_salt_do_not_change() -> None:
    # A receipt can be written again only as long as the same secret gives the same salts.
    assert line_salt(SECRET, bytes(16), 0).hex() == (
        "522ab7093681a4e245c848ebe67d4c04a015e7bc226fb69af473a15fb9e26053"
    )
    assert account_line_salt(SECRET, 0, 1).hex() == (
        "02bbcc23736cd2caffa21654f3350a731bca00c215d67d02ff3da393975b1e92"
    )


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(RecordInvalidError, match="at least 16 bytes"):
        line_salt(b"secret", bytes(16), 0)
