"""A sale's split is the one that was published before it, or the receipt says who differs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.announced import AnnouncedLeaf
from pennywhistle.engines.tlog.merkle import Tree
from pennywhistle.engines.tlog.receipt import (
    Receipt,
    ReceiptInvalidError,
    build_receipt,
    parse_receipt,
)
from pennywhistle.engines.tlog.records import RecordInvalidError, record
from pennywhistle.engines.tlog.terms import TermsArea, TermsOpening, territories_text
from pennywhistle.engines.tlog.tests.sealed_shop import KEYS, SPLIT, Shop, sale_lines
from pennywhistle.engines.tlog.verify import verify_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PRICE = sum(SPLIT.values())
SHARES = {account: Fraction(amount, PRICE) for account, amount in SPLIT.items()}
HERE = "DE FR"


def area_of(
    shares: Mapping[int, Fraction] = SHARES,
    *,
    territories: str = HERE,
    item: str = "song-1",
    total_micro: int = PRICE,
) -> TermsArea:
    parts = tuple(shares.items())
    return TermsArea(bytes(32), item, territories, "EUR", PRICE, total_micro, parts)


class Publisher(Shop):
    """A store that announces terms of its item, and opens them on receipts."""

    def announce(self, area: TermsArea, subject: str = "song-1") -> None:
        self.areas = [area_of(territories="US"), area]
        self.area_tree = Tree([each.hash() for each in self.areas])
        self.terms_leaf = AnnouncedLeaf("C", subject, self.area_tree.root)
        self.terms_index = len(self.records)
        self.records.append(self.terms_leaf.encode())

    def receipt(self, index: int) -> Receipt:
        terms = TermsOpening(
            leaf=self.terms_leaf,
            index=self.terms_index,
            path=tuple(self.tree().path(self.terms_index)),
            area=self.areas[1],
            place=1,
            count=2,
            area_path=tuple(self.area_tree.path(1)),
        )
        return replace(super().receipt(index), terms=terms)


def published(area: TermsArea, subject: str = "song-1") -> Publisher:
    shop = Publisher()
    shop.sell()
    shop.announce(area, subject)
    return shop


def split_said(receipt: Receipt) -> tuple[bool | None, str]:
    """What the check of the split says; no other check fails with it."""
    verdict = verify_receipt(build_receipt(receipt), keys=KEYS)
    (found,) = [check for check in verdict.checks if check.code == "split-published"]
    others = [each for each in verdict.checks if each.passed is False and each is not found]
    assert others == []
    return found.passed, found.sentence


def sold(shop: Publisher, **changes: object) -> Receipt:
    number = len(shop.records)
    index = shop.sell(sale_lines(number, **changes))  # type: ignore[arg-type]
    shop.close()
    return shop.receipt(index)


def test_a_sale_with_the_published_split_passes() -> None:
    assert split_said(sold(published(area_of()))) == (
        True,
        "Entry 1 of the log published this split before the sale.",
    )


def test_a_receipt_with_terms_is_read_as_it_was_written() -> None:
    receipt = sold(published(area_of()))
    assert parse_receipt(build_receipt(receipt)) == receipt


def test_a_straw_account_in_the_sale_is_seen_by_the_buyer() -> None:
    split = {**SPLIT, 1: 350_000, 5: 100_000}

    assert split_said(sold(published(area_of()), split=split)) == (
        False,
        "Account 5 got 0.10 EUR, but the published terms do not name it.",
    )


def test_a_smaller_share_than_the_published_one_is_seen_by_the_buyer() -> None:
    split = {**SPLIT, 1: 350_000, 4: 190_000}

    assert split_said(sold(published(area_of()), split=split)) == (
        False,
        "Account 1 got 0.35 EUR, but its published share is 1/2 of 0.90 EUR.",
    )


def test_a_payee_who_is_left_out_is_seen_by_the_buyer() -> None:
    split = {1: 450_000, 2: 225_000, 4: 225_000}

    assert split_said(sold(published(area_of()), split=split)) == (
        False,
        "Account 3 got 0.00 EUR, but its published share is 3/20 of 0.90 EUR.",
    )


def test_rounding_by_one_micro_unit_is_no_cheat_and_by_two_it_is() -> None:
    for off, passed in ((1, True), (2, False)):
        split = {**SPLIT, 1: SPLIT[1] - off, 4: SPLIT[4] + off}
        assert split_said(sold(published(area_of()), split=split))[0] is passed


def test_a_receipt_without_terms_says_that_it_shows_none() -> None:
    assert split_said(replace(sold(published(area_of())), terms=None)) == (
        None,
        "Not checked: this receipt shows no published terms.",
    )


def test_at_another_price_everybody_has_to_be_named() -> None:
    split = {1: 900_000, 2: 500_000, 4: 100_000}
    shop = published(area_of())

    passed, sentence = split_said(sold(shop, split=split))
    assert passed is None
    assert sentence == (
        "The shares are not checked, because the price is another than the published one."
        " Everybody who got something is named in the terms, entry 1 of the log."
    )
    passed, _ = split_said(sold(shop, split={**split, 5: 1}))
    assert passed is False


def test_what_the_operator_adds_is_part_of_the_terms() -> None:
    total = PRICE + 100_000
    shares = {1: Fraction(1), 4: Fraction(-100_000, total)}
    area = area_of(shares, total_micro=total)

    assert split_said(sold(published(area), split={1: total, 4: -100_000}))[0] is True
    assert split_said(sold(published(area), split={1: total - 9, 4: -99_991}))[0] is False


def test_a_reversal_is_held_to_the_same_terms() -> None:
    shop = published(area_of())
    for change, passed in (({}, True), ({1: -400_000, 4: -140_000}, False)):
        split = {**{account: -amount for account, amount in SPLIT.items()}, **change}
        assert split_said(sold(shop, split=split, price_micro=PRICE))[0] is passed


@pytest.mark.parametrize("territories", ["FR", "-DE", ""])
def test_terms_of_another_place_are_no_terms(territories: str) -> None:
    assert split_said(sold(published(area_of(territories=territories)))) == (
        False,
        "The published terms are of another item or another place than the sale.",
    )


@pytest.mark.parametrize(
    ("item", "subject"), [("song-2", "song-2"), ("song-1", "song-2"), ("song-2", "song-1")]
)
def test_terms_of_another_item_are_no_terms(item: str, subject: str) -> None:
    assert split_said(sold(published(area_of(item=item), subject)))[0] is False


def test_terms_that_came_after_the_sale_are_seen() -> None:
    shop = published(area_of())
    assert split_said(shop.receipt(0)) == (
        False,
        "The terms were published after the sale, as entry 1 of the log.",
    )


def test_terms_that_are_not_in_the_log_are_seen() -> None:
    receipt = sold(published(area_of()))
    assert receipt.terms is not None
    other = area_of({**SHARES, 5: Fraction(0)})
    wrong = "Entry 1 of the log is not these terms."
    shown = AnnouncedLeaf("C", "song-1", other.hash())

    for changes in (
        {"area": other},
        {"leaf": shown, "area": other, "place": 0, "count": 1, "area_path": ()},
        {"leaf": replace(receipt.terms.leaf, kind="T")},
        {"place": 0},
    ):
        forged = replace(receipt.terms, **changes)  # type: ignore[arg-type]
        assert split_said(replace(receipt, terms=forged)) == (False, wrong)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        record(b"A", bytes(32)),
        record(b"A", bytes(31), b"i", b"DE", b"EUR", bytes(8), bytes(8)),
        record(b"A", bytes(32), b"i", b"de", b"EUR", bytes(8), bytes(8)),
        record(b"A", bytes(32), b"i", b"DE", b"EUR", bytes(7), bytes(8)),
        record(b"A", bytes(32), b"\xff", b"DE", b"EUR", bytes(8), bytes(8)),
        *(
            record(b"A", bytes(32), b"i", b"DE", b"EUR", bytes(8), bytes(8), *parts)
            for parts in (
                [bytes(8) + b"1/0"],
                [bytes(8) + b"01/2"],
                [bytes(8) + b"1"],
                [bytes(7)],
                [b"\xff" * 8 + b"1/2"],
                [bytes(8) + b"1/2", bytes(8) + b"1/2"],
            )
        ),
    ],
)
def test_terms_that_cannot_be_read_are_refused(data: bytes) -> None:
    with pytest.raises(RecordInvalidError):
        TermsArea.decode(data)


def test_a_receipt_with_a_bent_path_of_terms_is_refused() -> None:
    receipt = sold(published(area_of()))
    assert receipt.terms is not None
    for path in ((b"short",), (bytes(32),) * 64):
        with pytest.raises(ReceiptInvalidError):
            build_receipt(replace(receipt, terms=replace(receipt.terms, path=path)))


def test_territories_are_named_the_shorter_way() -> None:
    world = ["DE", "FR", "GB", "US"]
    assert territories_text(["US", "DE"], world) == "DE US"
    assert territories_text(["US", "DE", "FR"], world) == "-GB"
    assert territories_text(world, world) == "-"
    for codes in ([], ["DE"], ["US", "FR", "DE"], world):
        area = area_of(territories=territories_text(codes, world))
        assert [code for code in world if area.covers(code)] == sorted(codes)


def receipts_of_terms() -> Iterator[tuple[str, Receipt]]:
    """What both verifiers have to judge alike: every way in which terms and a sale may differ."""
    splits: dict[str, dict[int, int]] = {
        "published split": SPLIT,
        "straw account": {**SPLIT, 1: 350_000, 5: 100_000},
        "smaller share": {**SPLIT, 1: 350_000, 4: 190_000},
        "left out": {1: 450_000, 2: 225_000, 4: 225_000},
        "off by one": {**SPLIT, 1: 449_999, 4: 90_001},
        "off by two": {**SPLIT, 1: 449_998, 4: 90_002},
        "other price": {1: 900_000, 2: 500_000, 4: 100_000},
        "other price, straw account": {1: 900_000, 2: 500_000, 5: 100_000},
    }
    for name, split in splits.items():
        yield name, sold(published(area_of()), split=split)
    few = {1: Fraction(1, 2), 2: Fraction(1, 2)}
    yield "two straw accounts", sold(published(area_of(few)))
    reversal = {account: -amount for account, amount in SPLIT.items()}
    yield "reversal", sold(published(area_of()), split=reversal, price_micro=PRICE)
    for territories in ("FR", "-DE", "-FR", "-", ""):
        yield f"terms of {territories}", sold(published(area_of(territories=territories)))
    yield "other item", sold(published(area_of(item="song-2"), "song-2"))
    yield "other subject", sold(published(area_of(), "song-2"))
    yield "late terms", published(area_of()).receipt(0)
    honest = sold(published(area_of()))
    assert honest.terms is not None
    for name, changes in {
        "other area": {"area": area_of({**SHARES, 5: Fraction(0)})},
        "other place": {"place": 0},
        "a statement's leaf": {"leaf": replace(honest.terms.leaf, kind="T")},
        "other entry": {"index": 0},
    }.items():
        yield name, replace(honest, terms=replace(honest.terms, **changes))  # type: ignore[arg-type]
    subsidized = {1: Fraction(1), 4: Fraction(-100_000, PRICE + 100_000)}
    area = area_of(subsidized, total_micro=PRICE + 100_000)
    for amount in (100_000, 99_990):
        split = {1: PRICE + amount, 4: -amount}
        yield f"operator adds {amount}", sold(published(area), split=split)
