"""Money that moves between places, people and payments is taxed once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from builders import NOON, a_user, give_balance, usd
from pennywhistle.apps.invoices.doubting import decide_place
from pennywhistle.apps.invoices.models import Lot, PlaceDoubt, Supply
from pennywhistle.apps.invoices.recording import record_supplies
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.reserving import reserve, unreserve
from pennywhistle.apps.payments.models import Payback, TopUp
from pennywhistle.apps.proof.work import order_waiting
from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.apps.users.models import User
from pennywhistle.engines.tax import ClueKind
from taxed_shop import (
    Purchases,
    a_taxed_store,
    confirm_business,
    on,
    read_all,
    supplies,
)
from threads import at_once

LATER = NOON + timedelta(days=1)
# Of 1.20 with tax, in Finland.
FINNISH = 1_200_000 * 51 // 251


def clue(buyer: Purchases, kind: ClueKind, country: str, at: datetime = NOON) -> None:
    note_clue(
        user_id=buyer.user.pk,
        kind=kind,
        country=country,
        source="a test",
        now=at - timedelta(hours=1),
    )


def a_buyer_of(country: str = "FR") -> Purchases:
    """Somebody in a store that taxes what is paid in, who said where they are."""
    shelf = a_taxed_store(track_price="1.20", vat_point="topup")
    buyer = Purchases(shelf, balance="0.00", country=country)
    clue(buyer, ClueKind.DECLARED, country)
    return buyer


def decide(country: str, at: datetime = NOON) -> None:
    operator = User.objects.filter(email="op@example.org").first() or a_user("op@example.org")
    decide_place(
        doubt_id=PlaceDoubt.objects.open().get().pk,
        country=country,
        reason="Their letter.",
        operator_id=operator.pk,
        now=at,
    )


def move_to(buyer: Purchases, country: str) -> None:
    User.objects.filter(id=buyer.user.pk).update(country=country)
    buyer.country = country


def left() -> list[int]:
    return [
        lot.amount_micro - sum(lot.moves.values_list("amount_micro", flat=True))
        for lot in Lot.objects.order_by("id")
    ]


def pay(buyer: Purchases, kind: str, key: str, amount: str, *, back: bool = False) -> None:
    account = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=buyer.user.pk)
    clearing = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay")
    money = -usd(amount) if back else usd(amount)
    write_entry(
        kind=kind,
        key=key,
        subject=account.number,
        amounts=[Amount(account.number, money), Amount(clearing.number, -money)],
        now=NOON,
    )


@pytest.mark.django_db
def test_money_paid_in_where_no_tax_is_due_is_taxed_where_it_is_spent() -> None:
    buyer = a_buyer_of("US")
    give_balance(buyer.user, "6.00")
    read_all()
    move_to(buyer, "FR")
    buyer.buy(1, price="1.20")

    read_all()

    assert supplies() == [("sale", "FR", "oss", 1_200_000, 200_000)]
    assert on("tax", "FR") == 200_000


@pytest.mark.django_db
def test_beside_a_taxed_lot_it_is_a_lot_that_is_taxed_when_it_is_spent() -> None:
    buyer = a_buyer_of()
    give_balance(buyer.user, "1.20")
    read_all()
    clue(buyer, ClueKind.DECLARED, "US", NOON + timedelta(seconds=1))
    give_balance(buyer.user, "6.00")
    read_all()
    buyer.buy(1, price="1.20")
    read_all()
    buyer.buy(2, price="1.20")

    read_all()

    assert Lot.objects.filter(supply__isnull=True).count() == 1
    assert [row for row in supplies() if row[0] == "sale"] == [
        ("sale", "FR", "oss", 0, 0),
        ("sale", "FR", "oss", 1_200_000, 200_000),
    ]


@pytest.mark.django_db
def test_a_gift_keeps_its_givers_tax_and_is_not_taxed_again() -> None:
    giver = a_buyer_of()
    friend = Purchases(giver.shelf, balance="1.00", email="friend@example.org")
    give_balance(giver.user, "6.00")
    read_all()
    for key, amount in (("mine", "1.00"), ("gift", "2.00")):
        reserve(user_id=giver.user.pk, money=usd(amount), key=key, now=NOON)
        read_all()
    to = {"gift": friend, "mine": giver}
    # What was set aside last goes to the friend; the rest of it is the giver's again.
    for key, amount in (("gift", "2.00"), ("mine", "1.00")):
        unreserve(
            from_user_id=giver.user.pk,
            to_user_id=to[key].user.pk,
            money=usd(amount),
            key=f"{key}:free",
            now=NOON,
        )
        read_all()
    friend.buy(1, price="1.20")

    read_all()

    # The friend's own 1.00, that was there before, is spent first.
    assert supplies()[-1] == ("sale", "FR", "oss", 1_000_000, supplies()[-1][-1])
    assert sorted(left()) == [0, 1_800_000, 4_000_000]
    assert sum(tax for *_, tax in supplies()) in {1_166_666, 1_166_667}


@pytest.mark.django_db
def test_a_payment_that_is_moved_moves_the_tax_of_what_is_spent_of_it() -> None:
    buyer = a_buyer_of()
    for kind in (ClueKind.PAYMENT, ClueKind.NETWORK):
        clue(buyer, kind, "FI")
    give_balance(buyer.user, "6.00")
    read_all()
    buyer.buy(1, price="1.20")
    read_all()

    decide("FI")
    read_all()

    assert on("tax", "FR") == 0
    assert abs(on("tax", "FI") - FINNISH) <= 1

    buyer.country = "FI"
    buyer.buy(2, price="1.20")
    read_all()

    assert abs(on("tax", "FI") - 2 * FINNISH) <= 2


@pytest.mark.django_db
def test_a_payment_of_which_a_part_went_back_is_moved_without_it() -> None:
    buyer = a_buyer_of()
    for kind in (ClueKind.PAYMENT, ClueKind.NETWORK):
        clue(buyer, kind, "FI")
    give_balance(buyer.user, "6.00")
    read_all()
    pay(buyer, Entry.Kind.PAYBACK, "payback:of old", "2.51", back=True)
    read_all()

    decide("FI")
    read_all()

    tax = round(3_490_000 * 51 / 251)
    moved = dict(Supply.objects.filter(kind__startswith="moved").values_list("kind", "gross_micro"))
    assert moved == {"moved_out": -3_490_000, "moved_in": 3_490_000}
    assert Supply.objects.get(kind="moved_in").tax_micro == tax
    assert sum(each.tax_micro for each in Supply.objects.filter(state="FR")) == 0


@pytest.mark.django_db
def test_what_goes_back_is_of_the_payment_that_it_names() -> None:
    buyer = a_buyer_of()
    top_ups = [a_top_up(buyer, amount) for amount in ("6.00", "1.00")]
    payback = Payback.objects.create(
        user=buyer.user,
        key="back",
        top_up=top_ups[0],
        amount_micro=3_000_000,
        currency="USD",
        created_at=NOON,
        due_at=NOON,
    )
    pay(buyer, Entry.Kind.PAYBACK, f"payback:{payback.id}", "3.00", back=True)

    read_all()

    assert left() == [3_000_000, 1_000_000]
    first = Supply.objects.get(entry__key=f"top-up:{top_ups[0].id}", kind="top_up")
    assert Supply.objects.get(kind="payback").corrects == first


def a_top_up(buyer: Purchases, amount: str) -> TopUp:
    top_up = TopUp.objects.create(
        user=buyer.user,
        key=str(uuid4()),
        provider="fakepay",
        amount_micro=usd(amount).micro,
        currency="USD",
        state=TopUp.State.PAID,
        created_at=NOON,
        due_at=NOON,
    )
    pay(buyer, Entry.Kind.TOP_UP, f"top-up:{top_up.id}", amount)
    read_all()
    return top_up


@pytest.mark.django_db
def test_a_place_without_tax_is_doubted_where_other_evidence_names_one_with_tax() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"), country="GP")
    for kind in (ClueKind.PAYMENT, ClueKind.NETWORK):
        clue(buyer, kind, "FI")
    buyer.buy(1, price="1.20")
    read_all()

    decide("FI")
    read_all()

    assert abs(on("tax", "FI") - FINNISH) <= 1
    assert supplies()[-1][:3] == ("moved_in", "FI", "oss")


@pytest.mark.django_db
def test_a_place_without_tax_is_nobodys_business_where_no_other_has_one_either() -> None:
    buyer = Purchases(a_taxed_store(), country="GP")
    for kind in (ClueKind.PAYMENT, ClueKind.NETWORK):
        clue(buyer, kind, "US")
    buyer.buy(1)

    read_all()

    assert Supply.objects.get().is_contradicted
    assert not PlaceDoubt.objects.exists()


@pytest.mark.django_db
def test_what_a_decision_affirmed_is_not_moved_by_a_later_one() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    clue(buyer, ClueKind.PAYMENT, "FI")
    buyer.buy(1, price="1.20")
    read_all()
    decide("FR")
    clue(buyer, ClueKind.OTHER, "FI", LATER)
    buyer.buy(2, price="1.20", at=LATER)
    read_all(LATER)

    decide("FI", LATER)

    moved = Supply.objects.get(kind="moved_out").corrects
    assert moved is not None
    assert moved.occurred_at == LATER


@pytest.mark.django_db
def test_a_business_whose_place_is_contradicted_pays_the_tax() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    confirm_business(buyer.user)
    for kind in (ClueKind.PAYMENT, ClueKind.NETWORK):
        clue(buyer, kind, "DE")
    buyer.buy(1, price="1.20")

    read_all()

    assert supplies() == [("sale", "FR", "oss", 1_200_000, 200_000)]
    assert PlaceDoubt.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_a_refund_and_a_decision_at_once_leave_no_tax_anywhere() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    for kind in (ClueKind.PAYMENT, ClueKind.NETWORK):
        clue(buyer, kind, "FI")
    order_id: UUID = buyer.buy(1, price="1.20")
    read_all()
    buyer.refund(order_id)
    while order_waiting():
        pass

    at_once(2, lambda number: decide("FI") if number else record_supplies(now=NOON))
    read_all()

    assert sum(Supply.objects.values_list("gross_micro", flat=True)) == 0
    by_state: dict[str, int] = {}
    for state, tax in Supply.objects.values_list("state", "tax_micro"):
        by_state[state] = by_state.get(state, 0) + tax
    assert set(by_state.values()) == {0}
    assert (on("tax", "FR"), on("tax", "FI")) == (0, 0)
