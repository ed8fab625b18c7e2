"""What was sold is told to the right tax office, once, and taken back there where it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from builders import NOON, a_user
from pennywhistle.apps.invoices import settling
from pennywhistle.apps.invoices.doubting import DecisionInvalidError, decide_place
from pennywhistle.apps.invoices.models import PlaceDoubt, Reading, Settlement, Supply
from pennywhistle.apps.invoices.recording import record_supplies
from pennywhistle.apps.invoices.returns import crossing_eur, oss_return, quarter_totals
from pennywhistle.apps.invoices.settling import settle_due
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.proof.work import order_waiting
from pennywhistle.apps.taxes.exchange import record_exchange_rates
from pennywhistle.apps.taxes.models import SellerTerms
from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.engines.tax import ClueKind, Quarter
from taxed_shop import (
    Purchases,
    a_taxed_store,
    confirm_business,
    on,
    read_all,
    supplies,
)
from threads import at_once

Q4 = Quarter(2026, 4)


@pytest.mark.django_db
def test_a_sale_to_a_consumer_is_taxed_where_they_are() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    buyer.buy(1, price="1.20")

    read_all()

    assert supplies() == [("sale", "FR", "oss", 1_200_000, 200_000)]
    assert on("tax", "FR") == 200_000


@pytest.mark.django_db
def test_reading_again_records_nothing_twice() -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1)
    read_all()
    before = supplies()

    Reading.objects.update(next_index=Reading.objects.get().next_index)
    assert record_supplies(now=NOON) == 0
    # Even one that begins anew is refused by its own rows.
    Reading.objects.update(next_index=0)
    with pytest.raises(IntegrityError, match="invoices_supply_once"), transaction.atomic():
        record_supplies(now=NOON)

    assert supplies() == before


@pytest.mark.django_db
def test_without_terms_nothing_is_read_and_what_was_sold_before_them_is_left_out() -> None:
    buyer = Purchases(a_taxed_store(valid_from=NOON + timedelta(hours=1)))
    buyer.buy(1)
    buyer.buy(2, at=NOON + timedelta(hours=2))

    read_all()

    assert Supply.objects.get().occurred_at == NOON + timedelta(hours=2)


@pytest.mark.django_db
def test_a_fraction_of_a_cent_is_told_to_the_micro_unit() -> None:
    buyer = Purchases(a_taxed_store(track_price="0.010001"))
    buyer.buy(1, price="0.010001")

    read_all()

    ((kind, state, treatment, gross, tax),) = supplies()
    assert (kind, state, treatment, gross) == ("sale", "FR", "oss", 10_001)
    # A sixth of it is 1666.83: one of the two, as the sale's own rounding has it.
    assert tax == on("tax", "FR")
    assert tax in {1_666, 1_667}


@pytest.mark.django_db
def test_a_place_without_a_rate_bears_no_tax() -> None:
    buyer = Purchases(a_taxed_store(), country="GP")
    buyer.buy(1)

    read_all()

    assert supplies() == [("sale", "GP", "outside", 1_190_000, 0)]
    assert not PlaceDoubt.objects.exists()


@pytest.mark.django_db
def test_below_the_threshold_it_is_the_home_states_tax() -> None:
    buyer = Purchases(a_taxed_store(scheme="home", track_price="1.20"))
    buyer.buy(1, price="1.20")

    read_all()

    assert supplies() == [("sale", "DE", "domestic", 1_200_000, 200_000)]
    assert oss_return(Q4).rows == ()


@pytest.mark.django_db
def test_a_business_pays_the_net_price_and_owes_the_tax_itself() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    confirm_business(buyer.user)
    order_id = buyer.buy(1, price="1.20")

    read_all()

    assert supplies() == [("sale", "FR", "reverse", 1_000_000, 0)]
    assert on("tax", "FR") == 0
    assert balance_of(user=buyer.user, currency="USD").micro == 9_000_000

    buyer.refund(order_id)
    read_all()

    assert supplies()[-1] == ("refund", "FR", "reverse", -1_000_000, 0)
    assert on("tax", "FR") == 0
    assert balance_of(user=buyer.user, currency="USD").micro == 10_000_000
    assert not Settlement.objects.exists()


@pytest.mark.django_db
def test_a_number_that_is_confirmed_later_does_not_count_before() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    buyer.buy(1, price="1.20")
    confirm_business(buyer.user, at=NOON + timedelta(minutes=1))

    read_all()

    assert supplies() == [("sale", "FR", "oss", 1_200_000, 200_000)]


def planned(buyer: Purchases, *numbers: int) -> None:
    """Sales to a business whose relief is planned, and not written."""
    for number in numbers:
        buyer.buy(number, price="1.20")
    while order_waiting():
        pass
    record_supplies(now=NOON)


@pytest.mark.django_db
def test_tax_that_is_not_there_waits_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    confirm_business(buyer.user)
    planned(buyer, 1, 2)
    first = Settlement.objects.earliest("pk")
    # As if it took more than the balance holds.
    first.postings = [[account, -100 * micro] for account, micro in first.postings]
    first.save()
    monkeypatch.setattr(settling, "settled_at_once_max", 1)

    written = [settle_due(now=NOON) for _ in range(64)]

    assert sum(written) == 1
    assert Settlement.objects.get() == first
    assert Entry.objects.filter(kind=Entry.Kind.TAX).count() == 1


@pytest.mark.django_db
def test_who_gives_it_back_has_its_tax_taken_back_at_the_same_moment() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    confirm_business(buyer.user)
    order_id = buyer.buy(1, price="1.20")
    read_all()
    assert balance_of(user=buyer.user, currency="USD").micro == 9_000_000

    # No clock, nothing read: the balance never has both.
    buyer.refund(order_id)

    assert balance_of(user=buyer.user, currency="USD").micro == 10_000_000
    assert on("tax", "FR") == 0
    read_all()
    assert Entry.objects.filter(kind=Entry.Kind.TAX).count() == 2
    assert balance_of(user=buyer.user, currency="USD").micro == 10_000_000


@pytest.mark.django_db
def test_relief_that_is_planned_when_the_sale_is_refunded_is_never_paid() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    confirm_business(buyer.user)
    planned(buyer, 1)
    assert Settlement.objects.count() == 1

    buyer.refund(OrderLine.objects.get().order_id)
    settle_due(now=NOON)

    assert balance_of(user=buyer.user, currency="USD").micro == 10_000_000
    read_all()
    assert not Entry.objects.filter(kind=Entry.Kind.TAX).exists()
    assert not Settlement.objects.exists()
    assert on("tax", "FR") == 0


@pytest.mark.django_db
def test_a_refund_in_the_next_quarter_corrects_the_one_before() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    order_id = buyer.buy(1, price="1.20")
    later = datetime(2027, 2, 1, tzinfo=UTC)
    buyer.refund(order_id, at=later)
    read_all(later)
    rates = [("USD", Q4.last_day, 2), ("USD", Quarter(2027, 1).last_day, 4)]
    record_exchange_rates(rates=rates, now=later)

    assert [(row.state, row.net_cents, row.tax_cents) for row in oss_return(Q4).rows] == [
        ("FR", 50, 10)
    ]
    next_return = oss_return(Quarter(2027, 1))
    assert next_return.rows == ()
    assert [(each.state, each.quarter, each.tax_cents) for each in next_return.corrections] == [
        ("FR", Q4, -10)
    ]
    assert next_return.owed_cents == -10


@pytest.mark.django_db
def test_a_quarter_begins_at_the_sellers_midnight() -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1, at=datetime(2026, 12, 31, 22, 59, tzinfo=UTC))
    buyer.buy(2, at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC))

    read_all()

    quarters = Supply.objects.order_by("occurred_at").values_list("quarter", flat=True)
    assert list(quarters) == ["2026-Q4", "2027-Q1"]


@pytest.mark.django_db
def test_a_return_without_the_rate_of_exchange_says_which_is_missing() -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1)
    read_all()

    found = oss_return(Q4)

    assert found.rows == ()
    assert "USD for 2026-12-31" in found.missing[0]
    assert found.unsettled_count == 1
    assert [(row.state, row.count) for row in quarter_totals(Q4)] == [("FR", 1)]
    assert crossing_eur(SellerTerms.objects.get(), 2026) is None

    # While the quarter runs, the newest rate is near enough to warn by.
    early = [("USD", date(2026, 1, 5), "0.00001"), ("USD", date(2026, 1, 6), "0.0001")]
    record_exchange_rates(rates=early, now=NOON)
    assert crossing_eur(SellerTerms.objects.get(), 2026) in {9_916, 9_917}
    assert oss_return(Q4).rows == ()


def clue(buyer: Purchases, kind: ClueKind, country: str) -> None:
    note_clue(user_id=buyer.user.pk, kind=kind, country=country, source="a test", now=NOON)


@pytest.mark.django_db
def test_two_pieces_that_agree_settle_a_place_and_one_does_where_the_store_is_small() -> None:
    buyer = Purchases(a_taxed_store())
    clue(buyer, ClueKind.PAYMENT, "FR")
    clue(buyer, ClueKind.NETWORK, "DE")
    clue(buyer, ClueKind.NETWORK, "XX")
    buyer.buy(1)

    read_all()

    supply = Supply.objects.get()
    assert (supply.is_settled, supply.is_contradicted) == (True, False)
    assert supply.clues == [["declared", "FR"], ["network", "DE"], ["payment", "FR"]]
    assert not PlaceDoubt.objects.exists()


@pytest.mark.django_db
def test_a_network_of_yesterday_says_nothing_of_today() -> None:
    buyer = Purchases(a_taxed_store())
    clue(buyer, ClueKind.NETWORK, "DE")
    buyer.buy(1, at=NOON + timedelta(hours=25))

    read_all()

    assert Supply.objects.get().clues == [["declared", "FR"]]


@pytest.mark.django_db
def test_evidence_that_contradicts_is_told_once_and_a_decision_moves_the_tax() -> None:
    buyer, operator = Purchases(a_taxed_store(track_price="1.20")), a_user("op@example.org")
    clue(buyer, ClueKind.PAYMENT, "FI")
    clue(buyer, ClueKind.NETWORK, "FI")
    order_id = buyer.buy(1, price="1.20")
    buyer.buy(2, price="1.20")
    read_all()
    doubt = PlaceDoubt.objects.get()
    assert (doubt.country, doubt.rival) == ("FR", "FI")
    said = {"doubt_id": doubt.pk, "operator_id": operator.pk, "now": NOON}
    for wrong in ({"country": "EU", "reason": "x"}, {"country": "FI", "reason": " "}):
        with pytest.raises(DecisionInvalidError):
            decide_place(**said, **wrong)

    for _ in range(2):
        decide_place(**said, country="FI", reason="Their letter.")
    read_all()

    due = 1_200_000 * 51 // 251
    assert on("tax", "FR") == 0
    assert abs(on("tax", "FI") - 2 * due) <= 2
    buyer.user.refresh_from_db()
    assert buyer.user.country == "FI"
    assert [row.state for row in quarter_totals(Q4) if row.gross_micro] == ["FI"]

    buyer.refund(order_id)
    read_all()

    assert abs(on("tax", "FI") - due) <= 2
    assert on("tax", "FR") == 0
    assert [row.gross_micro for row in quarter_totals(Q4) if row.state == "FI"] == [1_200_000]


@pytest.mark.django_db
def test_a_decision_that_keeps_the_place_settles_what_comes_after() -> None:
    buyer, operator = Purchases(a_taxed_store()), a_user("op@example.org")
    clue(buyer, ClueKind.PAYMENT, "FI")
    buyer.buy(1)
    read_all()
    decide_place(
        doubt_id=PlaceDoubt.objects.get().pk,
        country="FR",
        reason="They pay with a card of their employer.",
        operator_id=operator.pk,
        now=NOON,
    )
    buyer.buy(2, at=NOON + timedelta(hours=1))

    read_all()

    assert not PlaceDoubt.objects.open().exists()
    assert Supply.objects.order_by("-id")[0].is_settled


@pytest.mark.parametrize(
    "statement", ["UPDATE invoices_supply SET tax_micro = 0", "DELETE FROM invoices_supply"]
)
@pytest.mark.django_db
def test_a_supply_is_written_once(statement: str) -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1)
    read_all()

    with (
        pytest.raises(IntegrityError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_workers_that_read_at_once_record_each_sale_once() -> None:
    buyer = Purchases(a_taxed_store())
    for number in (1, 2, 3):
        buyer.buy(number)
    while order_waiting():
        pass

    answers = at_once(6, lambda _: record_supplies(now=NOON))

    assert all(isinstance(answer, int) for answer in answers), answers
    assert Supply.objects.count() == 3
