"""Terms, proposals, returns, numbers and places: what an operator decides about tax."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.urls import reverse
from django.utils import timezone

from builders import NOON, a_user
from pennywhistle.apps.invoices.models import PlaceDecision, PlaceDoubt, Supply
from pennywhistle.apps.taxes.exchange import record_exchange_rates
from pennywhistle.apps.taxes.models import RateProposal, SellerTerms, VatAnswer
from pennywhistle.apps.taxes.numbers import state_vat_number
from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.apps.taxes.queries import tax_rate_at
from pennywhistle.engines.tax import ClueKind, Quarter
from taxed_shop import TERMS, TILLEUL, Purchases, a_taxed_store, read_all

TERMS_POSTED = {**TERMS, "clues_needed": "2", "vat_point": "sale", "first_day": "2026-01-01"}


def test_terms_are_recorded_once_and_listed(office) -> None:
    address = reverse("office-tax-terms")
    assert office.get(address).status_code == 200

    for _ in range(2):
        assert office.post(address, TERMS_POSTED).status_code == 302

    assert SellerTerms.objects.get().vat_number == "DE136695976"
    assert "Test Records GmbH" in office.get(reverse("office-taxes")).content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"legal_name": ""},
        {"country": "EU"},
        {"scheme": "magic"},
        {"clues_needed": "0"},
        {"vat_number": "DE136695978"},
        {"first_day": "never"},
        {"email": "nobody"},
    ],
)
def test_a_slip_in_the_terms_is_told(office, change) -> None:
    answer = office.post(reverse("office-tax-terms"), {**TERMS_POSTED, **change})

    assert answer.status_code == 400
    assert not SellerTerms.objects.exists()


def test_a_proposed_rate_is_taken_or_left(office) -> None:
    proposal = RateProposal.objects.create(
        territory="FI", numerator=51, denominator=200, version=NOON.date(), recorded_at=NOON
    )
    address = reverse("office-tax-proposal", args=[proposal.pk])
    assert "25.5" in office.get(address).content.decode()
    assert "Finland" in office.get(reverse("office-taxes")).content.decode()

    assert office.post(address, {"decision": "take"}).status_code == 400
    said = {"decision": "take", "begins_on": "2026-11-01"}
    assert office.post(address, said).status_code == 302

    assert tax_rate_at("FI", NOON) == Fraction(51, 200)
    assert office.get(address).status_code == 404


def test_a_return_is_a_page_and_a_table_once_the_rate_of_exchange_is_known(office, store) -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    buyer.buy(1, price="1.20")
    read_all()
    page = reverse("office-tax-return", args=["2026-Q4"])
    table = reverse("office-tax-return-table", args=["2026-Q4"])
    assert "USD for 2026-12-31" in office.get(page).content.decode()
    assert office.get(table).status_code == 409

    record_exchange_rates(rates=[("USD", Quarter(2026, 4).last_day, 2)], now=NOON)

    text = office.get(page).content.decode()
    assert "France" in text
    assert "1 supply rests on less evidence" in text
    assert office.get(table).content.decode().splitlines() == [
        "part,quarter,state,rate_percent,net_eur,tax_eur",
        "supplies,2026-Q4,FR,20,0.50,0.10",
    ]
    assert "2026-Q4" in office.get(reverse("office-tax-returns")).content.decode()
    assert office.get(reverse("office-tax-return", args=["2026-Q7"])).status_code == 404


def test_a_place_in_doubt_waits_in_the_inbox_and_is_decided(office, store) -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    for kind in (ClueKind.PAYMENT, ClueKind.NETWORK):
        note_clue(user_id=buyer.user.pk, kind=kind, country="FI", source="a test", now=NOON)
    buyer.buy(1, price="1.20")
    read_all()
    doubt = PlaceDoubt.objects.get()
    address = reverse("office-tax-place", args=[doubt.pk])
    for page in ("office-inbox", "office", "office-tax-places"):
        assert buyer.user.email in office.get(reverse(page)).content.decode()
    assert "payment: Finland" in office.get(address).content.decode()

    assert office.post(address, {"country": "FI", "reason": " "}).status_code == 400
    assert office.post(address, {"country": "FI", "reason": "A bill."}).status_code == 302

    assert PlaceDecision.objects.get().country == "FI"
    assert Supply.objects.filter(kind="moved_in", state="FI").exists()
    assert office.get(address).status_code == 404


def test_an_operator_answers_for_a_number(office, store) -> None:
    user = a_user("business@example.org", country="GB")
    number = state_vat_number(
        user_id=user.pk, text="GB980780684", business=TILLEUL, now=timezone.now()
    )
    address = reverse("office-tax-number", args=[number.pk])
    assert "GB980780684" in office.get(reverse("office-tax-numbers")).content.decode()

    assert office.post(address, {"is_valid_number": "yes", "reason": ""}).status_code == 400
    said = {"is_valid_number": "yes", "reason": "The page of HMRC says so."}
    assert office.post(address, said).status_code == 302

    assert VatAnswer.objects.get().is_valid
    assert "operator@example.org" in office.get(reverse("office-tax-numbers")).content.decode()


def test_above_the_threshold_the_office_is_told(office, store) -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20", scheme="home"))
    buyer.buy(1, price="1.20")
    read_all()
    record_exchange_rates(
        rates=[("USD", Quarter(2026, 4).last_day + timedelta(days=1), "0.00001")], now=NOON
    )

    assert "over 10,000 euros" in office.get(reverse("office-tax-returns")).content.decode()
