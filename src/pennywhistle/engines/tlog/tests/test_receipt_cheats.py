"""A store that cheats, and the check of the buyer's receipt that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.page import close_page
from pennywhistle.engines.tlog.receipt import PageOpening, Receipt, build_receipt
from pennywhistle.engines.tlog.tests.sealed_shop import (
    KEY,
    KEYS,
    SECRET,
    Shop,
    relabelled,
    sale_lines,
)
from pennywhistle.engines.tlog.verify import Verdict, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.note import VerifierKey
    from pennywhistle.engines.tlog.records import Line


def judged(receipt: Receipt, keys: Sequence[VerifierKey] = KEYS) -> Verdict:
    return verify_receipt(build_receipt(receipt), keys=keys)


def failures(receipt: Receipt, keys: Sequence[VerifierKey] = KEYS) -> dict[str, str]:
    verdict = judged(receipt, keys)
    found = {check.code: check.sentence for check in verdict.checks if check.passed is False}
    assert verdict.passed is not bool(found)
    return found


def opened(receipt: Receipt) -> PageOpening:
    assert receipt.page is not None
    return receipt.page


def paged_shop() -> Shop:
    shop = Shop()
    for _ in range(5):
        shop.sell()
    shop.close()
    shop.sell()
    return shop


def test_leaving_a_posting_out_is_seen_by_the_buyer() -> None:
    shop = Shop()
    for _ in range(3):
        shop.sell()
    postings = shop.postings()
    del postings[2][1]
    shop.close(postings)

    assert failures(shop.receipt(1)) == {
        "credited-2": "Account 2 (Ben) was not credited: "
        "line 2 of page 0 does not hold its posting of 0.225 EUR."
    }
    assert failures(shop.receipt(0)) == {}


def test_crediting_another_account_on_the_page_is_seen_by_the_buyer() -> None:
    shop = Shop()
    shop.sell()
    postings = shop.postings()
    postings[5] = postings.pop(2)
    page = shop.close(postings)
    receipt = shop.receipt(0)

    assert list(failures(receipt)) == ["credited-2"]

    # Showing line 5 as if it were line 2 does not help: a position is bound to its line.
    theirs = page.open_account(5)
    forged = replace(theirs, line=replace(theirs.line, account=2))
    accounts = tuple(forged if o.line.account == 2 else o for o in opened(receipt).accounts)
    places = tuple(
        page.place(5, line.hash()) if line.account == 2 else place
        for line, place in zip(receipt.lines, opened(receipt).places, strict=True)
    )
    page_opening = replace(opened(receipt), accounts=accounts, places=places)
    assert failures(replace(receipt, page=page_opening)) == {
        "credited-2": "Account 2 (Ben) was not credited: "
        "what the receipt shows is not line 2 of page 0."
    }


def test_naming_another_payee_than_was_sealed_is_seen_by_the_buyer() -> None:
    shop = Shop()
    receipt = relabelled(shop.receipt(shop.sell()), 2, account=5)

    assert failures(receipt) == {
        "lines-match": "At least one line differs from what the store sealed for this sale."
    }


def test_a_changed_amount_is_seen_by_the_buyer() -> None:
    receipt = relabelled(paged_shop().receipt(1), 1, amount_micro=440_000)

    assert failures(receipt) == {
        "lines-match": "At least one line differs from what the store sealed for this sale.",
        "sums-to-zero": "The lines do not add up to zero; -0.01 EUR is left over.",
        "credited-1": "Account 1 (Ada) was not credited: "
        "line 1 of page 0 does not hold its posting of 0.44 EUR.",
    }


def test_a_line_left_out_of_the_receipt_is_seen_by_the_buyer() -> None:
    shop = Shop()
    receipt = shop.receipt(shop.sell())

    found = failures(replace(receipt, lines=receipt.lines[:-1]))
    assert found["lines-match"] == "The store sealed 5 lines for this sale; the receipt shows 4."
    assert found["sums-to-zero"] == "The lines do not add up to zero; -0.09 EUR is left over."


def sealed(lines: list[Line]) -> Receipt:
    shop = Shop()
    return shop.receipt(shop.sell(lines))


def test_money_kept_from_the_payees_is_seen_by_the_buyer() -> None:
    receipt = sealed(sale_lines(0, split={1: 450_000}, paid_micro=900_000, price_micro=900_000))

    assert failures(receipt) == {
        "sums-to-zero": "The lines do not add up to zero; -0.45 EUR is left over."
    }


def test_a_buyer_who_paid_more_than_the_price_sees_it() -> None:
    receipt = sealed(sale_lines(0, price_micro=800_000))

    assert failures(receipt) == {
        "price-paid": "The price is 0.80 EUR, but account 0 paid 0.90 EUR."
    }


def test_two_prices_for_one_item_are_seen() -> None:
    lines = sale_lines(0)
    lines[1] = replace(lines[1], price_micro=1)

    assert failures(sealed(lines)) == {
        "price-paid": "The lines give different prices for one item."
    }


def test_a_sale_that_is_not_in_the_log_is_seen() -> None:
    shop = paged_shop()
    receipt = shop.receipt(2)

    assert failures(replace(receipt, index=3))["sale-in-log"] == (
        "Entry 3 of the log is not this sale."
    )


def test_a_head_that_the_store_did_not_sign_proves_nothing() -> None:
    receipt = paged_shop().receipt(2)
    other = SigningKey(KEY.name, bytes(32))
    altered = receipt.checkpoint.replace(b"\n7\n", b"\n8\n")
    no_note, no_head = b"no note\n", sign_checkpoint(Checkpoint("other.example", 7, bytes(32)), KEY)

    assert failures(receipt, [other.verifier]) == {
        "signature": "It does not carry a signature of store.example/log "
        "that matches the keys given."
    }
    assert failures(replace(receipt, checkpoint=altered)) == {
        "signature": "The signature of store.example/log is wrong: "
        "this was altered, or never signed."
    }
    for checkpoint in (no_note, no_head):
        verdict = judged(replace(receipt, checkpoint=checkpoint))
        assert verdict.checks[0].sentence.startswith("The signed head of the log cannot be read: ")
        unchecked = {check.code: check.passed for check in verdict.checks}
        assert unchecked["sale-in-log"] is unchecked["page-in-log"] is unchecked["credited"] is None
        assert not verdict.passed


def test_a_page_that_is_not_in_the_log_is_seen() -> None:
    shop = paged_shop()
    receipt = shop.receipt(2)
    forged = replace(opened(receipt), leaf=replace(opened(receipt).leaf, account_count=7))

    verdict = judged(replace(receipt, page=forged))
    assert not verdict.passed
    assert verdict.checks[-2].sentence == "Entry 5 of the log is not this page 0."
    assert verdict.checks[-1].passed is None
    assert "page itself could not be proven" in verdict.checks[-1].sentence


def test_a_page_of_another_interval_is_seen() -> None:
    shop = paged_shop()
    shop.close()
    receipt = shop.receipt(2)
    other = shop.opening(receipt.lines, *shop.pages[1])

    assert failures(replace(receipt, page=other)) == {
        "page-in-log": "Page 1 covers entries 5 to 6, but the sale is entry 2."
    }


@pytest.mark.parametrize(
    ("first_index", "end_index", "covered"),
    [(0, 1, "entries 0 to 0"), (2, 3, "entries 2 to 2"), (1, 1, "no entries")],
)
def test_a_page_that_ends_just_before_the_sale_does_not_cover_it(
    first_index: int, end_index: int, covered: str
) -> None:
    shop = Shop()
    for _ in range(3):
        shop.sell()
    page = shop.close()
    shop.records.pop()
    shop.pages.pop()
    narrow = replace(page, leaf=replace(page.leaf, first_index=first_index, end_index=end_index))
    shop.publish(narrow)
    receipt = shop.receipt(1)
    opening = shop.opening(receipt.lines, *shop.pages[0])

    assert failures(replace(receipt, page=opening)) == {
        "page-in-log": f"Page 0 covers {covered}, but the sale is entry 1."
    }


@pytest.mark.parametrize("end_index", [3, 100])
def test_a_page_cannot_cover_what_came_after_it(end_index: int) -> None:
    shop = Shop()
    shop.sell()
    index = shop.sell()
    postings = shop.postings()
    page = close_page(
        number=0, account_count=6, first_index=0, end_index=end_index,
        line_hashes=postings, secret=SECRET,
    )  # fmt: skip
    shop.publish(page)

    assert failures(shop.receipt(index)) == {
        "page-in-log": "Page 0 claims entries that came after it."
    }


def test_the_signature_of_one_store_does_not_vouch_for_another() -> None:
    receipt = paged_shop().receipt(2)
    mallory = SigningKey("mallory.example", bytes(32))
    resigned = sign_checkpoint(Checkpoint(KEY.name, 7, bytes(32)), mallory)

    found = failures(replace(receipt, checkpoint=resigned), [*KEYS, mallory.verifier])
    assert found["signature"].startswith("It does not carry a signature of store.example/log")
