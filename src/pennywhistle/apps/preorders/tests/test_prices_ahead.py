"""A deal's price for pre-orders alone: agreed when it is ordered, and paid on the day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from builders import NOON, a_buyer, a_store, usd
from coming import DAY, RELEASE_DAY, a_coming_shelf
from pennywhistle.apps.claims.again import SalesAgain, Sold
from pennywhistle.apps.ledger.models import Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.orders.queries import AtTill
from pennywhistle.apps.preorders.actions import Asked, order_ahead
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.preorders.queries import Coming, coming_of
from pennywhistle.apps.preorders.work import release_due
from pennywhistle.apps.rights.actions import (
    GrantTerms,
    RateTerms,
    record_all_grants,
    record_rate,
)
from pennywhistle.apps.rights.standing import standing_terms
from pennywhistle.apps.users.models import User
from pennywhistle.engines.clearance import clear
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from builders import Shelf
    from pennywhistle.engines.clearance import Item

WORLDWIDE = Territories.worldwide()
EUROS = Money(200_000, "EUR")
# For orders until its day; each test says how it is priced.
AHEAD = GrantTerms(
    WORLDWIDE, Period(None, RELEASE_DAY), "USD", None, Money.zero("USD"), is_pre_order=True
)


@pytest.fixture
def buyer() -> User:
    a_store()
    return a_buyer(balance="1.00")


def deal(shelf: Shelf, *ahead: GrantTerms, on_the_day: str | None = None) -> None:
    """Its supplier's deals: those for pre-orders beside those of its day, at another price."""
    supplier_id, release_id = shelf.release.supplier_id, shelf.release.pk
    terms = {
        item: [each for each in standing if not each.is_pre_order]
        for item, standing in standing_terms(supplier_id, release_id).items()
    }
    if on_the_day is not None:
        terms[None] = [replace(each, price=usd(on_the_day)) for each in terms[None]]
    terms[None] += ahead
    record_all_grants(
        licensor_id=supplier_id, release_id=release_id, terms=terms, now=NOON + DAY / 2
    )


def coming(shelf: Shelf, buyer: User) -> Coming | None:
    asker = AtTill(buyer.pk, "US", NOON, {shelf.release.pk})
    return coming_of(shelf.album, asker)


def order(shelf: Shelf, buyer: User, price: str) -> PreOrder:
    asked = Asked(buyer.pk, shelf.album, "US", usd(price), "ahead")
    return order_ahead(asked=asked, now=NOON)


def sold(placed: PreOrder) -> OrderLine:
    """The line of the sale that it became on its day."""
    release_due(now=RELEASE_DAY)
    placed.refresh_from_db()
    assert placed.state == PreOrder.State.SOLD, placed.reason
    return OrderLine.objects.get(order_id=placed.order_id)


PRICED = [
    pytest.param(replace(AHEAD, price=usd("0.20")), "0.20", id="an amount"),
    pytest.param(replace(AHEAD, price_code="EARLY"), "0.25", id="a code of the rate card"),
    # 10 % of the store's on top, in whole cents.
    pytest.param(replace(AHEAD, wholesale=usd("0.09"), is_at_floor=True), "0.10", id="wholesale"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("ahead", "price"), PRICED)
def test_who_orders_ahead_pays_what_the_deal_for_that_says(
    buyer: User, ahead: GrantTerms, price: str
) -> None:
    shelf = a_coming_shelf()
    early = RateTerms(
        supplier_id=shelf.release.supplier_id,
        code="EARLY",
        territories=WORLDWIDE,
        valid=Period(None, RELEASE_DAY),
        price=usd("0.25"),
        wholesale=usd("0.05"),
    )
    record_rate(terms=early, now=NOON)
    # So much is due on its day that nobody would be paid by what was agreed.
    deal(shelf, ahead, on_the_day="0.90")

    found = coming(shelf, buyer)
    assert found is not None
    assert (found.at, found.price, found.later) == (RELEASE_DAY, usd(price), usd("0.90"))
    placed = order(shelf, buyer, price)
    # The deal for pre-orders is not there any more on the day, as after most messages.
    deal(shelf, on_the_day="0.80")
    line = sold(placed)

    assert line.price_micro == usd(price).micro
    assert balance_of(user=buyer, currency="USD") == usd("1.00") - usd(price)
    paid = Posting.objects.filter(entry_id=line.entry_id, amount_micro__gt=0)
    assert sum(paid.values_list("amount_micro", flat=True)) == usd(price).micro
    (reduced,) = [row for code, row in line.verdict.document["basis"] if code == "reduces"]
    assert (reduced["kind"], reduced["giver"]) == ("pre-order", shelf.release.supplier.name)


@pytest.mark.django_db
def test_what_its_supplier_is_due_is_what_was_agreed(buyer: User) -> None:
    shelf = a_coming_shelf()
    dear = replace(AHEAD, is_pre_order=False, valid=Period(RELEASE_DAY, None), price=usd("0.90"))
    deal(shelf, replace(AHEAD, price=usd("0.20"), wholesale=usd("0.18")))
    terms = standing_terms(shelf.release.supplier_id, shelf.release.pk)
    placed = order(shelf, buyer, "0.20")
    terms[None] = [replace(dear, wholesale=usd("0.81"))]
    record_all_grants(
        licensor_id=shelf.release.supplier_id, release_id=shelf.release.pk, terms=terms, now=NOON
    )

    line = sold(placed)

    assert (line.price_micro, line.verdict.document["floor_micro"]) == (200_000, 200_000)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ahead",
    [
        pytest.param(replace(AHEAD, price_code="NOBODY-KNOWS"), id="an unknown code"),
        pytest.param(
            replace(AHEAD, currency="EUR", price=EUROS, wholesale=Money.zero("EUR")),
            id="another currency",
        ),
        pytest.param(replace(AHEAD, price=usd("0.20"), wholesale=usd("0.19")), id="too little"),
    ],
)
def test_a_price_that_means_nothing_here_lets_nobody_order(buyer: User, ahead: GrantTerms) -> None:
    shelf = a_coming_shelf()
    deal(shelf, ahead)

    assert coming(shelf, buyer) is None


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [AHEAD, replace(AHEAD, price=usd("0.50"))])
def test_a_deal_that_says_no_price_or_a_higher_one_sells_for_that_of_the_day(
    buyer: User, ahead: GrantTerms
) -> None:
    shelf = a_coming_shelf()
    deal(shelf, ahead)

    assert coming(shelf, buyer) == Coming(RELEASE_DAY, usd("0.35"))
    placed = order(shelf, buyer, "0.35")

    assert placed.grant is None
    assert sold(placed).price_micro == usd("0.35").micro


@pytest.mark.django_db
def test_it_costs_less_where_everybody_pays_less_by_then(buyer: User) -> None:
    shelf = a_coming_shelf()
    deal(shelf, replace(AHEAD, price=usd("0.30")))
    placed = order(shelf, buyer, "0.30")
    deal(shelf, on_the_day="0.15")

    assert sold(placed).price_micro == usd("0.15").micro
    assert balance_of(user=buyer, currency="USD") == usd("0.85")


@pytest.mark.django_db
def test_a_sale_that_is_cleared_again_divides_what_was_agreed(
    buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = a_coming_shelf()
    deal(shelf, replace(AHEAD, price=usd("0.20"), wholesale=usd("0.10")), on_the_day="0.90")
    line = sold(order(shelf, buyer, "0.20"))
    again = []

    class Nothing:
        ends = ()

        def put_into(self, then: Item) -> Item:
            return then

    def noted(*asked: object, **more: object) -> object:
        again.append(clear(*asked, **more))  # type: ignore[arg-type]
        return again[-1]

    monkeypatch.setattr("pennywhistle.apps.claims.again.clear", noted)
    digest = bytes(line.verdict_id)
    what = Sold(line.entry_id, digest, shelf.album, RELEASE_DAY, line.price_micro)
    SalesAgain(Nothing()).dues(what)

    (verdict,) = again
    parts = [[*part[:4], part[4]] for part in line.verdict.document["parts"]]
    assert verdict.document["parts"] == parts
    assert verdict.document["floor_micro"] == line.verdict.document["floor_micro"]
