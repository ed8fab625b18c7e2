"""Receipts and statements that a stranger bent: refused with a sentence, or seen through."""

from __future__ import annotations

import json
import tracemalloc
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounded import bounded_work
from pennywhistle.engines.tlog.document import DocumentInvalidError, NodePool, load_document
from pennywhistle.engines.tlog.receipt import (
    Receipt,
    ReceiptInvalidError,
    build_receipt,
    parse_receipt,
)
from pennywhistle.engines.tlog.statement import (
    StatementInvalidError,
    build_statement,
    parse_statement,
    statement_size_bytes_max,
)
from pennywhistle.engines.tlog.tests.sealed_shop import KEYS, Shop
from pennywhistle.engines.tlog.tlog_proof import format_proof, parse_proof
from pennywhistle.engines.tlog.verify import verify_receipt, verify_statement


def _shop() -> Shop:
    shop = Shop()
    for _ in range(3):
        shop.sell()
    shop.close()
    return shop


RECEIPT = _shop().receipt(1)
DATA = build_receipt(RECEIPT)
PROOF = parse_proof(DATA)
DOCUMENT: dict[str, Any] = json.loads(PROOF.extra)
STATEMENT = _shop().statement(1)
STATEMENT_DATA = build_statement(STATEMENT)
STATEMENT_DOCUMENT: dict[str, Any] = json.loads(STATEMENT_DATA)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["", "AAAA", "A" * 43 + "=", "00" * 16, "EUR", "\ud800"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def receipt_of(document: object) -> bytes:
    return format_proof(replace(PROOF, extra=json.dumps(document).encode()))


def proven(receipt: Receipt) -> Receipt:
    """All of a receipt but the words that are only shown."""
    return replace(receipt, items=(), parties=())


def bend(document: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Replace, remove or add something at any depth."""
    root = bent = deepcopy(document)
    place: Any = root
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from([*keys, "x"] if isinstance(place, dict) else keys or [0]))
        inner = place.get(key) if isinstance(place, dict) else place[key] if keys else None
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            place = inner
            continue
        if keys and inner is not None and data.draw(st.integers(0, 3)) == 0:
            del place[key]
        elif isinstance(place, dict) or keys:
            place[key] = data.draw(anything)
        return bent


def test_a_receipt_is_read_as_it_was_written() -> None:
    assert parse_receipt(DATA) == RECEIPT
    sealed_only = replace(RECEIPT, page=None)
    assert parse_receipt(build_receipt(sealed_only)) == sealed_only


@given(st.data())
def test_a_bent_receipt_is_refused_or_seen_through(data: st.DataObject) -> None:
    bent = receipt_of(bend(DOCUMENT, data))

    try:
        verdict = verify_receipt(bent, keys=KEYS)
    except ReceiptInvalidError:
        return
    # A receipt cut back to its sealed state is still true; it only proves less.
    honest = RECEIPT if verdict.state == "paged" else replace(RECEIPT, page=None)
    assert verdict.passed is (proven(verdict.receipt) == proven(honest))


@given(st.data())
def test_a_bent_statement_is_refused_or_seen_through(data: st.DataObject) -> None:
    bent = json.dumps(bend(STATEMENT_DOCUMENT, data)).encode()

    try:
        verdict = verify_statement(bent, keys=KEYS)
    except StatementInvalidError:
        return
    assert verdict.passed is (verdict.statement == STATEMENT)


@given(st.integers(0, len(DATA) * 8 - 1))
def test_no_flipped_bit_of_a_receipt_changes_what_is_proven(bit: int) -> None:
    bent = bytearray(DATA)
    bent[bit // 8] ^= 1 << bit % 8

    try:
        verdict = verify_receipt(bytes(bent), keys=KEYS)
    except ReceiptInvalidError:
        return
    assert not verdict.passed or proven(verdict.receipt) == proven(RECEIPT)


@given(st.integers(0, len(STATEMENT_DATA) * 8 - 1))
def test_no_flipped_bit_of_a_statement_changes_what_is_proven(bit: int) -> None:
    bent = bytearray(STATEMENT_DATA)
    bent[bit // 8] ^= 1 << bit % 8

    try:
        verdict = verify_statement(bytes(bent), keys=KEYS)
    except StatementInvalidError:
        return
    assert not verdict.passed or verdict.statement == STATEMENT


@given(st.binary(max_size=100))
def test_no_bytes_make_it_fail_in_another_way(data: bytes) -> None:
    with pytest.raises(ReceiptInvalidError):
        parse_receipt(data)
    with pytest.raises(ReceiptInvalidError):
        parse_receipt(format_proof(replace(PROOF, extra=data)))
    with pytest.raises(StatementInvalidError):
        parse_statement(data)


def changed(**changes: object) -> dict[str, Any]:
    return {**DOCUMENT, **changes}


def page_changed(**changes: object) -> dict[str, Any]:
    return changed(page={**DOCUMENT["page"], **changes})


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], "The receipt is not an object."),
        ({}, "In the receipt, “format” is missing."),
        (changed(format="x"), "In the receipt, “format” is not pennywhistle-receipt/1."),
        (changed(more=1), "In the receipt, “more” is not known."),
        (changed(origin="a\nb"), "“origin” is not a text of one line"),
        (changed(origin=7), "“origin” is not a text of one line"),
        (changed(origin="a" * 301), "at most 300 characters"),
        (changed(entry="0" * 31), "“entry” is not 32 hexadecimal digits."),
        (changed(entry=0), "“entry” is not 32 hexadecimal digits."),
        (changed(buyer=True), "“buyer” is not a whole number from 0."),
        (changed(buyer=-1), "“buyer” is not a whole number from 0."),
        (changed(buyer=1.5), "Numbers in the document are whole"),
        (changed(buyer=float("nan")), "Numbers in the document are whole"),
        (changed(buyer=10**18 * 10), "Numbers in the document are whole"),
        (changed(buyer=2**63), "Numbers in the document are whole"),
        (changed(leaf=1), "“leaf” is not base64 of the right length."),
        (changed(leaf="AAA"), "“leaf” is not base64 of the right length."),
        (changed(leaf="AAAA"), "This is not a record E with 2 fields."),
        (changed(lines=[]), "“lines” is empty."),
        (changed(lines={}), "“lines” is not a list of at most 2000."),
        (changed(lines=[{}] * 2001), "“lines” is not a list of at most 2000."),
        (changed(lines=[1]), "The lines, place 0, of the receipt is not an object."),
        (changed(lines=[{}]), "In the lines, place 0, of the receipt, “account” is missing."),
        (changed(common={"salt": 1}), "In the common of the receipt, “salt” is not known."),
        (changed(common={**DOCUMENT["common"], "currency": "euro"}), "three capital letters"),
        (changed(shown={}), "In the shown of the receipt, “items” is missing."),
        (changed(nodes="AAAA"), "“nodes” is not made of hashes of 32 bytes."),
        (changed(nodes=""), "“path” points at a hash that is not there."),
        (page_changed(path=[-1]), "“path” points at a hash that is not there."),
        (page_changed(path=["0"]), "“path” is not a list of whole numbers."),
        (page_changed(path=[True]), "“path” is not a list of whole numbers."),
        (page_changed(path=[0] * 64), "“path” is not a list of at most 63."),
        (page_changed(places=[]), "“places” does not have one place for each line"),
        (page_changed(accounts=[]), "“accounts” does not have each account of the sale once."),
        (
            page_changed(accounts=[*DOCUMENT["page"]["accounts"], DOCUMENT["page"]["accounts"][0]]),
            "“accounts” does not have each account of the sale once.",
        ),
    ],
)
def test_a_malformed_receipt_is_refused_with_a_sentence(document: object, sentence: str) -> None:
    with pytest.raises(ReceiptInvalidError) as caught:
        parse_receipt(receipt_of(document))
    assert sentence in str(caught.value)
    assert caught.value.code == "receipt-invalid"


@pytest.mark.parametrize(
    "extra",
    [
        b"[" * 500_000,
        b'{"a":' * 100_000,
        b"1" * 5_000,
        b"\xff{}",
        b'{"format":"\\ud800"}',
        b'"' + b'\\"' * 300_000,
        b'"' * 300_001,
        b"[" + b"{}," * 200_000 + b"{}]",
        b"",
    ],
)
def test_a_hostile_receipt_is_refused_at_once(extra: bytes) -> None:
    data = format_proof(replace(PROOF, extra=extra))

    with bounded_work(), pytest.raises(ReceiptInvalidError):
        parse_receipt(data)


def test_a_name_given_twice_is_refused_since_readers_could_differ() -> None:
    extra = b'{"buyer":1,' + PROOF.extra.removeprefix(b"{")

    with pytest.raises(ReceiptInvalidError, match="given twice"):
        parse_receipt(format_proof(replace(PROOF, extra=extra)))


def test_too_large_a_document_is_not_even_read() -> None:
    with pytest.raises(ReceiptInvalidError, match="at most 1048576 bytes"):
        parse_receipt(bytes(1024 * 1024 + 1))
    with pytest.raises(StatementInvalidError, match="at most 67108864 bytes"):
        parse_statement(bytes(statement_size_bytes_max + 1))


def test_brackets_in_texts_are_not_nesting() -> None:
    fields = load_document(json.dumps({"a": '[[[[[[[["\\'}).encode(), name="test")
    assert fields.text("a") == '[[[[[[[["\\'
    with pytest.raises(DocumentInvalidError, match="nested deeper"):
        load_document(b'{"a":' + b"[" * 6 + b"]" * 6 + b"}", name="test")


def test_a_title_with_control_characters_is_shown_without_them() -> None:
    items = (replace(RECEIPT.items[0], title="A\tSong\u202e" + "x" * 400),)

    shown = parse_receipt(build_receipt(replace(RECEIPT, items=items))).items[0].title
    assert shown == ("A Song " + "x" * 400)[:300]


def test_lines_of_two_entries_are_not_one_receipt() -> None:
    other = replace(RECEIPT.lines[1], entry_id=bytes(16))
    with pytest.raises(ReceiptInvalidError, match="one ledger entry"):
        build_receipt(replace(RECEIPT, lines=(RECEIPT.lines[0], other)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": "x"}, "“format” is not pennywhistle-statement/1."),
        ({"checkpoint": 1}, "“checkpoint” is not a text of at most 262144 characters."),
        ({"checkpoint": "\ud800"}, "“checkpoint” is not valid text."),
        ({"totals": [{"currency": "EUR", "amount": 1}] * 2}, "“currency” is given twice."),
        ({"pages": []}, "“pages” is empty."),
    ],
)
def test_a_malformed_statement_is_refused_with_a_sentence(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(StatementInvalidError) as caught:
        parse_statement(json.dumps({**STATEMENT_DOCUMENT, **changes}).encode())
    assert sentence in str(caught.value)


def test_a_pool_keeps_each_hash_once() -> None:
    pool = NodePool()
    first, second = pool.put([b"a" * 32, b"b" * 32]), pool.put([b"c" * 32, b"b" * 32])

    assert (first, second) == ([0, 1], [2, 1])
    assert pool.take(second) == (b"c" * 32, b"b" * 32)


@pytest.mark.parametrize("value", ["{}", "[]", "0", '""', '{"":0}'])
def test_a_document_of_empty_values_costs_little_more_than_its_own_size(value: str) -> None:
    count = 10_000_000
    data = ('{"pages":[' + f"{value}," * count + value + "]}").encode()
    tracemalloc.start()
    try:
        with pytest.raises(DocumentInvalidError, match=r"values|brackets"):
            load_document(data, name="statement")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < len(data) * 1.5
