"""A promise is pending until it is due, then kept or broken, and nothing else passes for one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pennywhistle.engines.tlog.delegation import sign_delegation
from pennywhistle.engines.tlog.document import dump_document
from pennywhistle.engines.tlog.promise import (
    Promise,
    Terms,
    build_promise,
    is_promise,
    parse_promise,
    sign_promise,
)
from pennywhistle.engines.tlog.promise_checks import LookedUp, PromiseVerdict, verify_promise
from pennywhistle.engines.tlog.receipt import ReceiptInvalidError, build_receipt
from pennywhistle.engines.tlog.tests.sealed_shop import (
    DAY_US,
    DELEGATION,
    KEY,
    KEYS,
    SOLD_US,
    TILL,
    Shop,
    sale_lines,
)

LINES = sale_lines(1)
BEFORE, AFTER = SOLD_US + 1_000, SOLD_US + 2 * DAY_US


def judged(promise: Promise, now_us: int, found: LookedUp | None = None) -> PromiseVerdict:
    return verify_promise(build_promise(promise), keys=KEYS, now_us=now_us, found=found)


def outcome(verdict: PromiseVerdict, code: str = "promise-kept") -> tuple[bool | None, str]:
    check = next(each for each in verdict.checks if each.code == code)
    return check.passed, check.sentence


@pytest.mark.parametrize(
    ("now_us", "found", "passed", "words"),
    [
        (BEFORE, None, None, "Pending: it is to be there by 2026-09-22"),
        (BEFORE, LookedUp(None, 9), None, "Pending"),
        (BEFORE, LookedUp(7, 9), True, "entry 7 of 9"),
        (BEFORE, LookedUp(7, 9), True, "in the log."),
        (AFTER, LookedUp(7, 9), True, "Whether it was there by 2026-09-22"),
        (AFTER, None, False, "nothing given here shows it"),
        (AFTER, LookedUp(None, 9), False, "Broken: the store signed"),
    ],
)
def test_a_promise_is_pending_kept_or_broken(
    now_us: int, found: LookedUp | None, *, passed: bool | None, words: str
) -> None:
    verdict = judged(Shop().promise(LINES), now_us, found)

    assert outcome(verdict)[0] is passed
    assert words in outcome(verdict)[1]
    assert verdict.passed is (passed is not False)
    assert verdict.till.paid_micro == {"EUR": 900_000}


def test_a_promise_outlives_a_round_trip_and_is_told_from_a_statement() -> None:
    data = build_promise(Shop().promise(LINES))

    assert is_promise(data)
    assert build_promise(parse_promise(data)) == data
    assert not is_promise(build_receipt_of_a_sale())
    assert not is_promise(b'{"format":"pennywhistle-statement/1"}')


def build_receipt_of_a_sale() -> bytes:
    shop = Shop()
    return build_receipt(shop.receipt(shop.sell()))


def test_a_promise_without_a_date_that_anybody_lives_to_see_fails() -> None:
    verdict = judged(Shop().promise(LINES, by_us=SOLD_US + 30 * DAY_US), BEFORE)
    assert outcome(verdict, "promised-soon")[0] is False


def test_other_lines_than_the_promised_ones_fail() -> None:
    promise = Shop().promise(LINES)
    other = (replace(LINES[0], amount_micro=-1), *LINES[1:])
    verdict = judged(replace(promise, lines=other), BEFORE)

    assert outcome(verdict, "lines-match")[0] is False
    assert outcome(verdict, "sums-to-zero")[0] is False


def test_a_promise_that_nobody_known_signed_is_worth_nothing() -> None:
    promise = Shop().promise(LINES)
    terms = Terms(KEY.name, promise.leaf, promise.after, promise.by_us)
    short = sign_delegation(TILL.verifier, until_us=SOLD_US, signers=[KEY])
    notes = {
        "known": sign_promise(terms, key=KEY, delegation=DELEGATION),
        "not allowed to sign for so long": sign_promise(terms, key=TILL, delegation=short),
        "is wrong": promise.note.replace(b"\nafter 0\n", b"\nafter 9\n"),
    }
    for words, note in notes.items():
        verdict = judged(replace(promise, note=note), AFTER)
        assert outcome(verdict, "signature")[0] is False, words
        assert outcome(verdict)[0] is None, words


@pytest.mark.parametrize(
    "change",
    [
        {"format": "pennywhistle-promise/2"},
        {"promise": "x"},
        {"promise": "x\n\n\u2014 a b\n"},
        {"entry": "00"},
        {"lines": []},
        {"more": 1},
        {"buyer": -1},
    ],
)
def test_what_is_no_promise_is_refused_in_a_sentence(change: dict[str, object]) -> None:
    document = json.loads(build_promise(Shop().promise(LINES))) | change
    with pytest.raises(ReceiptInvalidError, match=r"\.$"):
        parse_promise(dump_document(document))
    with pytest.raises(ReceiptInvalidError):
        parse_promise(b" " * (1024 * 1024 + 1))
