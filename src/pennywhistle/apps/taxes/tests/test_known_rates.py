"""The table is filled from the data set, follows it where that is plain, and asks where not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from builders import NOON
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.apps.taxes.exchange import (
    ExchangeRateError,
    per_euro,
    read_bank_table,
    record_exchange_rates,
)
from pennywhistle.apps.taxes.known import (
    KnownRates,
    accept_proposal,
    dismiss_proposal,
    fill_rates,
    installed_rates,
    look_for_changes,
)
from pennywhistle.apps.taxes.models import RateProposal, RateReading, SellerTerms, TaxRate
from pennywhistle.apps.taxes.queries import tax_rate_at
from pennywhistle.apps.taxes.terms import TermsInvalidError, TermsSaid, set_seller_terms, terms_at
from pennywhistle.kernel.period import Period

JULY = date(2026, 7, 1)
SAID = {
    "legal_name": "Test Records GmbH",
    "street": "Ring 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
    "email": "tax@example.org",
    "scheme": "oss",
    "vat_number": "DE136695976",
}


def terms(valid_from: datetime = NOON, now: datetime = NOON, **changed: object) -> SellerTerms:
    return set_seller_terms(said=TermsSaid(**SAID | changed), valid_from=valid_from, now=now)


def known(version: date, **changed: str) -> KnownRates:
    percents = {"DE": "19.0", "FR": "20.0", "FI": "25.5", "GB": "20.0", "MC": "20.0", **changed}
    return KnownRates(version, percents)


def filled(version: date = date(2026, 11, 1)) -> None:
    terms()
    fill_rates(known=known(version), first_day=JULY, also=(), now=NOON)


def test_the_installed_data_set_knows_the_union_and_its_rates_are_exact() -> None:
    rates = installed_rates()

    assert rates.rate("FI") == Fraction(255, 1000)
    assert rates.rate("DE") == Fraction(19, 100)
    assert rates.rate("US") is None
    assert rates.version >= date(2026, 9, 29)


@pytest.mark.django_db
def test_every_state_is_filled_from_its_own_midnight_on_and_again_is_harmless() -> None:
    filled()

    assert tax_rate_at("FI", NOON) == Fraction(51, 200)
    assert tax_rate_at("MC", NOON) == Fraction(1, 5)
    assert tax_rate_at("GB", NOON) == 0
    assert tax_rate_at("FR", datetime(2026, 6, 30, 22, tzinfo=UTC)) == Fraction(1, 5)
    assert tax_rate_at("FR", datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == 0
    assert fill_rates(known=known(date(2026, 11, 1)), first_day=JULY, also=(), now=NOON) == ()


@pytest.mark.django_db
def test_below_the_threshold_the_home_rate_holds_in_all_of_the_union() -> None:
    terms(scheme="home")
    done = fill_rates(known=known(date(2026, 11, 1)), first_day=JULY, also=["GB"], now=NOON)

    assert {"FR", "FI", "DE", "GB", "IM"} <= set(done)
    assert tax_rate_at("FI", NOON) == Fraction(19, 100)
    assert tax_rate_at("GB", NOON) == Fraction(1, 5)


@pytest.mark.django_db
def test_without_terms_nothing_is_filled() -> None:
    assert fill_rates(known=known(date(2026, 11, 1)), first_day=JULY, also=(), now=NOON) == ()


@pytest.mark.django_db
def test_a_change_over_one_first_of_a_month_is_taken_from_that_day() -> None:
    filled(date(2026, 10, 20))

    looked = look_for_changes(known=known(date(2026, 11, 15), FR="21.0"), now=NOON)

    assert (looked.taken, looked.proposed) == (("FR", "MC"), ())
    day = datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert tax_rate_at("FR", day) == Fraction(21, 100)
    assert tax_rate_at("FR", day - timedelta(seconds=1)) == Fraction(1, 5)
    assert look_for_changes(known=known(date(2026, 11, 15), FR="21.0"), now=NOON).taken == ()


@pytest.mark.django_db
@pytest.mark.parametrize("seen", [date(2026, 11, 2), date(2026, 9, 30)])
def test_a_change_whose_day_is_not_plain_is_proposed_once(seen: date) -> None:
    filled(seen)
    later = known(date(2026, 11, 20), FI="24.0")

    assert look_for_changes(known=later, now=NOON).proposed == ("FI",)
    assert look_for_changes(known=later, now=NOON).proposed == ()
    assert tax_rate_at("FI", NOON) == Fraction(51, 200)

    proposal = RateProposal.objects.get()
    for _ in range(2):
        accept_proposal(proposal_id=proposal.pk, begins_on=date(2026, 11, 20), now=NOON)
    assert tax_rate_at("FI", NOON) == Fraction(24, 100)
    assert look_for_changes(known=later, now=NOON).proposed == ()


@pytest.mark.django_db
def test_what_an_operator_declined_is_not_proposed_again_by_the_same_version() -> None:
    filled(date(2026, 11, 2))
    later = known(date(2026, 11, 20), FI="24.0")
    look_for_changes(known=later, now=NOON)

    dismiss_proposal(proposal_id=RateProposal.objects.get().pk, now=NOON)

    assert look_for_changes(known=later, now=NOON).proposed == ()
    newer = known(date(2026, 11, 21), FI="24.0")
    assert look_for_changes(known=newer, now=NOON).proposed == ("FI",)
    assert tax_rate_at("FI", NOON) == Fraction(51, 200)


@pytest.mark.django_db
def test_a_rate_that_is_on_record_for_the_future_is_no_news() -> None:
    filled()
    begins = Period(datetime(2027, 1, 1, tzinfo=UTC), None)
    set_tax_rate(territory="FI", rate=Fraction(26, 100), valid=begins, source="A law", now=NOON)

    looked = look_for_changes(known=known(date(2026, 11, 20), FI="26.0"), now=NOON)

    assert (looked.taken, looked.proposed) == ((), ())
    assert tax_rate_at("FI", NOON) == Fraction(51, 200)


@pytest.mark.django_db
def test_a_state_without_a_rate_for_a_day_is_proposed() -> None:
    filled(date(2026, 11, 2))
    TaxRate.objects.filter(territory="FR").update(closed_at=NOON)

    looked = look_for_changes(known=known(date(2026, 11, 2)), now=NOON)

    assert looked.proposed == ("FR",)
    assert RateReading.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"legal_name": " "}, "legal_name"),
        ({"country": "EU"}, "country"),
        ({"clues_needed": 0}, "clues_needed"),
        ({"vat_number": "DE136695978"}, "vat_number"),
        ({"vat_number": ""}, "vat_number"),
        ({"country": "US", "scheme": "home", "vat_number": ""}, "scheme"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(
    changed: dict[str, object], field: str
) -> None:
    with pytest.raises(TermsInvalidError) as caught:
        terms(**changed)

    assert caught.value.field == field
    assert not SellerTerms.objects.exists()


@pytest.mark.django_db
def test_later_terms_never_reach_into_the_past() -> None:
    first = terms(valid_from=NOON - timedelta(days=300))
    assert terms(valid_from=NOON) == first
    with pytest.raises(TermsInvalidError):
        terms(valid_from=NOON - timedelta(days=1), vat_point="topup")

    second = terms(valid_from=NOON + timedelta(days=1), vat_point="topup")

    assert terms_at(NOON) == first
    assert terms_at(NOON + timedelta(days=1)) == second


@pytest.mark.django_db
@pytest.mark.parametrize("days", [-1, 0])
def test_the_database_takes_no_terms_for_what_was(days: int) -> None:
    first = terms(valid_from=NOON - timedelta(days=300))
    same = {name: getattr(first, name) for name in SAID}

    with pytest.raises(IntegrityError, match="not in the past"), transaction.atomic():
        SellerTerms.objects.create(
            **same, valid_from=NOON + timedelta(days=days, seconds=-1), recorded_at=NOON
        )
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        SellerTerms.objects.update(vat_point="topup")


TABLE = ["Date,USD,JPY,CYP,\n", "2027-01-04,1.10,160.5,N/A,\n", "2026-09-30,1.08,150,N/A,\n"]


@pytest.mark.django_db
def test_the_next_published_rate_is_taken_where_a_day_has_none() -> None:
    rates = read_bank_table(TABLE, since=date(2026, 1, 1))

    assert record_exchange_rates(rates=rates, now=NOON) == 4
    assert record_exchange_rates(rates=rates, now=NOON) == 0
    assert per_euro("USD", date(2026, 12, 31)) == Fraction(Decimal("1.10"))
    assert per_euro("EUR", date(1990, 1, 1)) == 1
    with pytest.raises(ExchangeRateError):
        per_euro("USD", date(2026, 12, 20))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Day,USD\n"],
        ["Date,USD\n", "yesterday,1\n"],
        ["Date,USD\n", "2026-01-02,one\n"],
        ["Date,USD\n", "2026-01-02,-1\n"],
        ["Date,USD\n", "2026-01-02,NaN\n"],
    ],
)
def test_what_is_not_the_banks_table_is_refused(lines: list[str]) -> None:
    with pytest.raises(ExchangeRateError):
        read_bank_table(lines, since=date(2026, 1, 1))
