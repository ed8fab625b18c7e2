"""What a supplier agreed: one agreement, and one meaning of a price code, at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, usd
from examples import as_many
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.actions import (
    RateTerms,
    RegisterError,
    close_agreement,
    close_rate,
    close_transfer,
    record_agreement,
    record_rate,
    record_transfer,
)
from pennywhistle.apps.rights.closing import without
from pennywhistle.apps.rights.models import RateCardLine, SupplierAgreement, Transfer
from pennywhistle.apps.rights.words import interned
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
Y2026, Y2027, Y2028 = (datetime(year, 1, 1, tzinfo=UTC) for year in (2026, 2027, 2028))


@pytest.fixture
def supplier() -> Party:
    """A distributor."""
    return ensure_party(name="Distributor")


def rate(
    supplier: Party, price: str = "0.14", *places: str, valid: Period | None = None
) -> RateTerms:
    return RateTerms(
        supplier_id=supplier.pk,
        code="SINGLE",
        territories=Territories.of(*places) if places else Territories.worldwide(),
        valid=valid or Period.always(),
        price=usd(price),
        wholesale=usd("0.05"),
    )


def price_at(place: str, at: datetime) -> int:
    """What the code means there and then, in micro-units; exactly one line must say it."""
    lines = RateCardLine.objects.open().select_related("territories")
    (price,) = [
        line.price_micro
        for line in lines
        if at in line.valid and place in Territories.from_bytes(bytes(line.territories.mask))
    ]
    return price


def test_an_agreement_is_recorded_once(supplier: Party) -> None:
    said = {"supplier_id": supplier.pk, "valid": Period.always(), "us_source": "direct"}

    first = record_agreement(**said, now=NOON)
    again = record_agreement(**said, now=LATER)

    assert again == first
    assert first.us_source == "direct"


def test_a_new_agreement_takes_over_from_its_day(supplier: Party) -> None:
    said = {"supplier_id": supplier.pk}
    record_agreement(**said, valid=Period(Y2026, None), us_source=None, now=NOON)

    record_agreement(**said, valid=Period(Y2027, None), us_source="blanket", now=LATER)

    known = SupplierAgreement.objects.open().order_by("valid_from")
    assert list(known.values_list("valid_from", "valid_until", "us_source")) == [
        (Y2026, Y2027, ""),
        (Y2027, None, "blanket"),
    ]


def test_an_agreement_ends(supplier: Party) -> None:
    said = {"supplier_id": supplier.pk, "valid": Period(Y2026, None), "us_source": None}
    made = record_agreement(**said, now=NOON)

    ended = close_agreement(agreement_id=made.pk, now=NOON, ends_at=Y2028)

    assert ended is not None
    assert ended.valid == Period(Y2026, Y2028)
    assert close_agreement(agreement_id=ended.pk, now=NOON, ends_at=Y2026) is None
    assert not SupplierAgreement.objects.open().exists()


def test_works_are_licensed_for_the_united_states_in_a_known_way(supplier: Party) -> None:
    with pytest.raises(actions.SourceUnknownError):
        record_agreement(
            supplier_id=supplier.pk, valid=Period.always(), us_source="harry fox", now=NOON
        )

    assert not SupplierAgreement.objects.exists()


def test_two_agreements_at_a_time_are_refused_by_the_database(supplier: Party) -> None:
    record_agreement(supplier_id=supplier.pk, valid=Period.always(), us_source=None, now=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        SupplierAgreement.objects.create(supplier=supplier, valid_from=Y2026, recorded_at=NOON)


def test_a_rate_takes_over_only_where_and_when_it_is_said_to(supplier: Party) -> None:
    record_rate(terms=rate(supplier, "0.14"), now=NOON)

    record_rate(terms=rate(supplier, "0.20", "DE", "AT", valid=Period(Y2027, Y2028)), now=LATER)

    assert price_at("DE", Y2026) == 140_000
    assert price_at("DE", Y2027) == 200_000
    assert price_at("DE", Y2028) == 140_000
    assert price_at("FR", Y2027) == 140_000


def test_the_same_rate_again_changes_nothing(supplier: Party) -> None:
    first = record_rate(terms=rate(supplier), now=NOON)

    assert record_rate(terms=rate(supplier), now=LATER) == first
    assert RateCardLine.objects.count() == 1
    assert close_rate(rate_id=first.pk, now=LATER) is None
    assert not RateCardLine.objects.open().exists()


def test_another_supplier_s_code_is_another_code(supplier: Party) -> None:
    record_rate(terms=rate(supplier), now=NOON)

    record_rate(terms=rate(ensure_party(name="Label"), "0.20"), now=NOON)

    assert RateCardLine.objects.open().count() == 2


@pytest.mark.parametrize("places", [(), ("DE",)])
def test_two_meanings_of_a_code_are_refused_by_the_database(
    supplier: Party, places: tuple[str, ...]
) -> None:
    record_rate(terms=rate(supplier, "0.14", "DE", "AT", valid=Period(Y2026, Y2028)), now=NOON)
    territories = Territories.of(*places) if places else Territories.worldwide()
    columns = {
        "supplier": supplier,
        "code": "SINGLE",
        "currency": "USD",
        "price_micro": 200_000,
        "recorded_at": NOON,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        RateCardLine.objects.create(**columns, territories=interned(territories), valid_from=Y2027)
    france = interned(Territories.of("FR"))
    assert RateCardLine.objects.create(**columns, territories=france).pk
    after = RateCardLine.objects.create(
        **columns, territories=interned(Territories.of("DE")), valid_from=Y2028
    )
    assert after.pk


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"price": Money(0, "USD")}, "amount-wrong"),
        ({"wholesale": Money(-1, "USD")}, "amount-wrong"),
        ({"wholesale": Money(1, "EUR")}, "amount-wrong"),
        ({"code": " "}, "price-code-missing"),
        ({"territories": Territories.none()}, "nothing-covered"),
    ],
)
def test_what_cannot_be_a_rate_is_refused(
    supplier: Party, change: dict[str, object], error: str
) -> None:
    with pytest.raises(RegisterError) as refused:
        record_rate(terms=replace(rate(supplier), **change), now=NOON)

    assert refused.value.code == error
    assert not RateCardLine.objects.exists()


def test_a_catalog_is_handed_over_to_another_supplier(supplier: Party) -> None:
    said = {
        "from_supplier_id": supplier.pk,
        "to_supplier_id": ensure_party(name="Label").pk,
        "valid": Period(Y2026, Y2027),
    }

    made = record_transfer(**said, now=NOON)

    assert record_transfer(**said, now=LATER) == made
    with pytest.raises(actions.TransferToSelfError):
        record_transfer(**{**said, "to_supplier_id": supplier.pk}, now=NOON)
    assert close_transfer(transfer_id=made.pk, now=LATER) is None
    assert not Transfer.objects.open().exists()


INSTANTS = st.none() | st.integers(0, 20).map(lambda days: NOON + timedelta(days=days))


def _is_period(ends: tuple[datetime | None, datetime | None]) -> bool:
    return ends[0] is None or ends[1] is None or ends[0] < ends[1]


PERIODS = st.tuples(INSTANTS, INSTANTS).filter(_is_period).map(lambda ends: Period(*ends))


@as_many(4)
@given(PERIODS, PERIODS, st.integers(-1, 21))
def test_what_is_taken_out_of_a_period_and_what_is_left_are_all_of_it(
    valid: Period, taken: Period, day: int
) -> None:
    at = NOON + timedelta(days=day)

    pieces = [piece for piece in without(valid, taken) if at in piece]

    assert len(pieces) == (at in valid and at not in taken)
