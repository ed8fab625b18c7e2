"""Money that is taxed when it is paid in is spent first in, first out, and taxed once."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, give_balance, usd
from pennywhistle.apps.invoices.models import Lot, LotMove, Supply
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.engines.tax import ClueKind
from pennywhistle.kernel.period import Period
from taxed_shop import (
    Purchases,
    a_taxed_store,
    confirm_business,
    issue_all,
    on,
    read_all,
    supplies,
    with_terms,
)

LATER = NOON + timedelta(days=1)


def paid_in_france(buyer: Purchases, amount: str = "6.00") -> None:
    """The buyer says at the till where they are, and pays in."""
    declare(buyer)
    give_balance(buyer.user, amount)
    read_all()


def declare(buyer: Purchases) -> None:
    note_clue(
        user_id=buyer.user.pk,
        kind=ClueKind.DECLARED,
        country=buyer.country,
        source="a test",
        now=NOON - timedelta(hours=1),
    )


def left() -> list[int]:
    return [
        lot.amount_micro - sum(lot.moves.values_list("amount_micro", flat=True))
        for lot in Lot.objects.order_by("id")
    ]


def pay_back(buyer: Purchases, amount: str) -> None:
    """Unspent money goes back to where it came from."""
    account = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=buyer.user.pk)
    clearing = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay")
    write_entry(
        kind=Entry.Kind.PAYBACK,
        key=f"payback:{amount}",
        subject=account.number,
        amounts=[Amount(account.number, -usd(amount)), Amount(clearing.number, usd(amount))],
        now=LATER,
    )


@pytest.mark.django_db
def test_tax_is_due_when_money_is_paid_in_and_not_again_when_it_is_spent() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20", vat_point="topup"), balance="0.00")
    paid_in_france(buyer)
    buyer.buy(1, price="1.20")

    read_all()

    assert supplies() == [
        ("top_up", "FR", "oss", 6_000_000, 1_000_000),
        ("sale", "FR", "oss", 0, 0),
    ]
    assert left() == [4_800_000]
    # The till's tax is the lot's own: nothing has to move.
    assert on("tax", "FR") == 200_000
    assert not Entry.objects.filter(kind=Entry.Kind.TAX).exists()


@pytest.mark.django_db
def test_a_lot_keeps_its_rate_when_the_rate_changes() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20", vat_point="topup"), balance="0.00")
    paid_in_france(buyer)
    later = Period(NOON + timedelta(hours=1), None)
    set_tax_rate(territory="FR", rate=Fraction(1, 4), valid=later, source="A law", now=NOON)
    buyer.buy(1, price="1.20", at=LATER)
    store_before = on("store")

    read_all(LATER)

    assert on("tax", "FR") == 200_000
    assert on("store") == store_before + 40_000


@pytest.mark.django_db
def test_of_two_lots_the_older_one_is_spent_first() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20", vat_point="topup"), balance="0.00")
    paid_in_france(buyer, "2.00")
    paid_in_france(buyer, "1.00")
    buyer.buy(1, price="1.20")
    buyer.buy(2, price="1.20")

    read_all()

    assert left() == [0, 600_000]


@pytest.mark.django_db
def test_a_balance_from_before_the_choice_is_the_first_lot() -> None:
    shelf = a_taxed_store(track_price="1.20")
    buyer = Purchases(shelf, balance="2.00")
    read_all()
    assert not Lot.objects.exists()
    with_terms(vat_point="topup", valid_from=NOON + timedelta(hours=1))
    declare(buyer)
    give_later(buyer, "6.00")
    for number in (1, 2):
        buyer.buy(number, price="1.20", at=LATER + timedelta(minutes=number))

    read_all(LATER)

    assert left() == [0, 5_600_000]
    sales = Supply.objects.filter(kind="sale").order_by("id")
    assert [(each.gross_micro, each.prepaid_micro) for each in sales] == [
        (1_200_000, 0),
        (800_000, 400_000),
    ]
    assert sum(each.tax_micro for each in sales) in {333_333, 333_334}


def give_later(buyer: Purchases, amount: str) -> None:
    account = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=buyer.user.pk)
    clearing = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay")
    write_entry(
        kind=Entry.Kind.TOP_UP,
        key=f"later:{amount}",
        subject=account.number,
        amounts=[Amount(account.number, usd(amount)), Amount(clearing.number, -usd(amount))],
        now=LATER,
    )


@pytest.mark.django_db
def test_a_sale_that_the_log_has_before_the_money_that_paid_it_is_taken_off_the_lot() -> None:
    shelf = a_taxed_store(track_price="1.20")
    buyer = Purchases(shelf, balance="2.00")
    read_all()
    with_terms(vat_point="topup", valid_from=NOON + timedelta(hours=1))
    declare(buyer)
    give_later(buyer, "6.00")
    for number in (1, 2):
        # Another machine's clock is behind.
        buyer.buy(number, price="1.20", at=LATER - timedelta(seconds=number))

    read_all(LATER)

    assert left() == [5_600_000]


@pytest.mark.django_db
def test_a_refund_gives_back_to_the_lots_and_a_payback_takes_the_tax_back() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20", vat_point="topup"), balance="0.00")
    paid_in_france(buyer)
    order_id = buyer.buy(1, price="1.20")
    issue_all()
    buyer.refund(order_id, at=LATER)
    issue_all(LATER)
    assert left() == [6_000_000]
    assert supplies()[-1] == ("refund", "FR", "oss", 0, 0)

    pay_back(buyer, "3.00")
    issue_all(LATER)

    assert left() == [3_000_000]
    assert supplies()[-1] == ("payback", "FR", "oss", -3_000_000, -500_000)
    documents = list(
        Supply.objects.first().user.document_set.order_by("id").values_list("code", flat=True)
    )
    assert documents == ["R-2026-000001", "C-2026-000001"]


@pytest.mark.django_db
def test_a_business_pays_in_without_tax_and_gets_the_tills_tax_back() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20", vat_point="topup"), balance="0.00")
    confirm_business(buyer.user, at=NOON - timedelta(hours=1))
    paid_in_france(buyer)
    order_id = buyer.buy(1, price="1.20")

    read_all()

    assert supplies()[0] == ("top_up", "FR", "reverse", 6_000_000, 0)
    assert on("tax", "FR") == 0
    assert left() == [5_000_000]

    buyer.refund(order_id, at=LATER)
    read_all(LATER)

    assert on("tax", "FR") == 0
    assert sum(left()) == balance_of(user=buyer.user, currency="USD").micro == 6_000_000


@pytest.mark.django_db
def test_a_sale_from_before_the_choice_is_refunded_into_a_lot_of_its_own() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"), balance="2.00")
    order_id = buyer.buy(1, price="1.20")
    read_all()
    with_terms(vat_point="topup", valid_from=NOON + timedelta(hours=1))
    declare(buyer)
    give_later(buyer, "6.00")
    buyer.refund(order_id, at=LATER + timedelta(minutes=1))

    read_all(LATER)

    assert left() == [800_000, 6_000_000, 1_200_000]
    assert supplies()[-1] == ("refund", "FR", "oss", -1_200_000, -200_000)


@pytest.mark.django_db
def test_no_lot_gives_more_than_it_holds() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20", vat_point="topup"), balance="0.00")
    paid_in_france(buyer, "2.00")
    lot = Lot.objects.get()

    for amount in (2_000_001, -1):
        with pytest.raises(IntegrityError, match="holds 2000000"), transaction.atomic():
            LotMove.objects.create(lot=lot, entry_id=lot.entry_id, amount_micro=amount)
    assert left() == [2_000_000]


@pytest.mark.django_db
def test_what_the_store_adds_to_money_paid_in_is_no_money_paid_in() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20", vat_point="topup"), balance="0.00")
    paid_in_france(buyer)
    account = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=buyer.user.pk)
    store = open_account(kind=Account.Kind.STORE, currency="USD")

    write_entry(
        kind=Entry.Kind.BONUS,
        key="bonus:1",
        subject=account.number,
        amounts=[Amount(account.number, usd("0.30")), Amount(store.number, -usd("0.30"))],
        now=LATER,
    )
    read_all()

    assert supplies() == [("top_up", "FR", "oss", 6_000_000, 1_000_000)]
    # It was not taxed, and is taxed when it is spent.
    added = Lot.objects.get(entry__kind=Entry.Kind.BONUS)
    assert (added.amount_micro, added.supply) == (300_000, None)
    assert left() == [6_000_000, 300_000]
