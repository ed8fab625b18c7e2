"""The tables of the page on tax are what the engine computes."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from pennywhistle.engines.tax import (
    Clue,
    ClueKind,
    Item,
    Lot,
    Scheme,
    Seller,
    Taken,
    return_newest,
    rule_place,
    spend_newest,
    spend_oldest,
    totals_of,
    treatment_of,
)

PAGE = (Path(__file__).resolve().parents[5] / "docs" / "algorithms" / "tax.md").read_text("utf-8")
MICRO = 1_000_000
CENT = 10_000


def table(first_heading: str) -> list[list[str]]:
    """The rows of the table whose first heading this is."""
    _, _, rest = PAGE.partition(f"| {first_heading} |")
    assert rest, f"the page has no table that begins with {first_heading}"
    rows = []
    for line in rest.splitlines()[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def micro(text: str) -> int:
    return int(Decimal(text) * MICRO)


@pytest.mark.parametrize("row", table("paid"), ids=" ".join)
def test_an_amount_becomes_a_document(row: list[str]) -> None:
    paid, rate, net, tax, total, rounding, beyond = row
    percent = Fraction(rate.removesuffix(" %")) / 100

    found = totals_of([Item(micro(paid), percent)], coin_micro=CENT)

    assert (found.net, found.tax, found.total) == (cents(net), cents(tax), cents(total))
    assert found.rounding == cents(rounding)
    assert found.unshown_micro == micro(beyond)


@pytest.mark.parametrize("row", table("needed"), ids=" ".join)
def test_evidence_settles_a_place_or_not(row: list[str]) -> None:
    needed, *countries, outcome = row
    kinds = (ClueKind.DECLARED, ClueKind.PAYMENT, ClueKind.NETWORK)
    clues = [
        Clue(kind, country)
        for kind, country in zip(kinds, countries, strict=True)
        if country != "-"
    ]

    ruling = rule_place("DE", clues, needed=int(needed))

    told, _, rival = outcome.partition(": ")
    words = {(True, False): "settled", (False, True): "contradicted", (False, False): "too little"}
    assert words[ruling.is_settled, ruling.is_contradicted] == told
    assert ruling.rival == rival


@pytest.mark.parametrize("row", table("seller"), ids=" ".join)
def test_a_sale_is_treated_by_who_sells_and_buys(row: list[str]) -> None:
    country, scheme, buyer, is_taxed, is_business, treatment = row

    found = treatment_of(
        seller=Seller(country, Scheme(scheme)),
        territory=buyer,
        is_taxed=is_taxed == "yes",
        is_business=is_business == "yes",
    )

    assert found == treatment


def test_lots_are_spent_first_in_first_out() -> None:
    rows = [(what, *(micro(cell or "0") for cell in left)) for what, *left in table("what")]
    lots: dict[int, int] = {}
    taken: list[Taken] = []

    assert len(rows) == 6
    for what, *left in rows:
        amount, verb = micro(what.split()[0]), what.partition(" ")[2]
        held = [Lot(lot_id, rest) for lot_id, rest in lots.items()]
        if verb == "paid in":
            lots[len(lots) + 1] = amount
            moves = []
        elif verb == "refunded":
            moves = return_newest(taken, amount)
        else:
            moves = (spend_oldest if verb == "spent" else spend_newest)(held, amount)
        taken = moves if verb == "spent" else []
        for move in moves:
            lots[move.lot_id] -= move.amount_micro
        assert [lots.get(1, 0), lots.get(2, 0)] == left, what
