"""An honest receipt: every check passes, and says what it found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.receipt import Receipt, build_receipt
from pennywhistle.engines.tlog.tests.sealed_shop import (
    KEYS,
    SPLIT,
    Shop,
    sale_lines,
)
from pennywhistle.engines.tlog.verify import Verdict, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.note import VerifierKey
    from pennywhistle.engines.tlog.records import Line


def sealed(lines: list[Line]) -> Receipt:
    shop = Shop()
    return shop.receipt(shop.sell(lines))


def paged_shop() -> Shop:
    shop = Shop()
    for _ in range(5):
        shop.sell()
    shop.close()
    shop.sell()
    return shop


def judged(receipt: Receipt, keys: Sequence[VerifierKey] = KEYS) -> Verdict:
    return verify_receipt(build_receipt(receipt), keys=keys)


def test_an_honest_sale_is_sealed_and_waits_for_its_page() -> None:
    shop = Shop()
    index = shop.sell()

    verdict = judged(shop.receipt(index))

    assert verdict.passed
    assert verdict.state == "sealed"
    assert [(check.code, check.passed) for check in verdict.checks] == [
        ("signature", True),
        ("sale-in-log", True),
        ("lines-match", True),
        ("sums-to-zero", True),
        ("price-paid", True),
        ("split-published", None),
        ("page-in-log", None),
        ("credited", None),
    ]
    assert "next page will cover this sale" in verdict.checks[-1].sentence


def test_an_honest_page_credits_everybody() -> None:
    verdict = judged(paged_shop().receipt(2))

    assert verdict.state == "paged"
    open_still = {check.code for check in verdict.checks if check.passed is not True}
    assert open_still == {"split-published", "buyer"}
    sentences = [check.sentence for check in verdict.checks]
    assert sentences == [
        "store.example/log signed the state of its log with 7 entries.",
        "The sale is entry 2 of 7 in the signed log.",
        "All 5 lines are exactly what the store sealed for this sale.",
        "What was paid and what was credited add up to zero.",
        "The buyer, account 0, paid 0.90 EUR: the price.",
        "Not checked: this receipt shows no published terms.",
        "Page 0, which covers entries 0 to 4, is in the signed log.",
        "Account 0 was charged 0.90 EUR: it stands in line 0 of page 0.",
        "Account 1 (Ada) was credited 0.45 EUR: it stands in line 1 of page 0.",
        "Account 2 (Ben) was credited 0.225 EUR: it stands in line 2 of page 0.",
        "Account 3 (Little Label) was credited 0.135 EUR: it stands in line 3 of page 0.",
        "Account 4 (The store) was credited 0.09 EUR: it stands in line 4 of page 0.",
        (
            "Account 0 bought this, and must be yours: compare it with the number on your receipts"
            " at the store."
        ),
    ]


def test_the_till_receipt_has_proven_amounts_beside_shown_names() -> None:
    till = judged(paged_shop().receipt(2)).till

    assert till.paid_micro == {"EUR": 900_000}
    assert (till.origin, till.territory, till.buyer) == ("store.example/log", "DE", 0)
    assert [(i.item, i.price_micro, i.title, i.artist) for i in till.items] == [
        ("song-1", 900_000, "A Song", "Ada & Ben")
    ]
    assert [(p.account, p.amount_micro, p.name, p.role) for p in till.parties] == [
        (0, -900_000, "", ""),
        (1, 450_000, "Ada", "payee"),
        (2, 225_000, "Ben", "payee"),
        (3, 135_000, "Little Label", "payee"),
        (4, 90_000, "The store", "payee"),
    ]


def test_a_reversal_gives_the_price_back() -> None:
    lines = [replace(line, amount_micro=-line.amount_micro) for line in sale_lines(0)]

    verdict = judged(sealed(lines))
    assert verdict.passed
    assert verdict.checks[4].sentence == "The buyer, account 0, got back 0.90 EUR: the price."


def test_a_free_song_costs_nothing() -> None:
    verdict = judged(sealed(sale_lines(0, split={1: 0})))

    assert verdict.passed
    assert verdict.checks[4].sentence == "The buyer, account 0, paid nothing: the price."


def test_an_album_credits_each_account_for_all_its_tracks() -> None:
    lines = [line for track in range(3) for line in sale_lines(0, item=f"track-{track}")]
    shop = Shop()
    shop.sell([replace(line, j=j) for j, line in enumerate(lines)])
    shop.close()

    verdict = judged(shop.receipt(0))
    assert verdict.passed
    assert verdict.till.paid_micro == {"EUR": 2_700_000}
    assert len(verdict.till.items) == 3
    assert len(verdict.till.parties) == len(SPLIT) + 1
    assert "Account 1 (Ada) was credited 1.35 EUR" in verdict.checks[8].sentence
