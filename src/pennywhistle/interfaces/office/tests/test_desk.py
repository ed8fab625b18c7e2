"""The desk: what waits for an operator, and what does not any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from builders import Shelf, a_shelf
from pennywhistle.apps.media.models import DatabaseCheck
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights import work
from pennywhistle.apps.rights.actions import (
    LicenseTerms,
    LineTerms,
    close_agreement,
    record_agreement,
    record_license,
    record_tariff,
    record_tariff_line,
)
from pennywhistle.apps.rights.models import DueRelease, SupplierAgreement
from pennywhistle.interfaces.office.waiting import everything_waiting
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import NINE_PERCENT


def waiting() -> dict[str, int]:
    """How many wait of each kind, by the first word of its title."""
    return {each.title: each.count for each in everything_waiting(now=timezone.now())}


@pytest.fixture
def shelf(store) -> Shelf:
    return a_shelf(track_count=1)


def ends_in(days: int) -> Period:
    return Period(None, timezone.now() + timedelta(days=days))


def test_an_empty_desk_says_that_nothing_waits(office) -> None:
    text = office.get("/office/").content.decode()

    assert "Nothing waits." in text
    assert "In order" in text


def test_damage_in_the_database_is_named_until_all_of_it_is_sound(office) -> None:
    at = timezone.now()
    place = {"name": "ledger_posting", "file": "base/5/16385", "block": 7}
    DatabaseCheck.objects.create(checked_at=at, how="pages", damaged=[place], trouble="No disk.")
    text = office.get("/office/").content.decode()
    assert "ledger_posting, block 7" in text
    assert "No disk." in text

    DatabaseCheck.objects.create(checked_at=at, how="pages", is_copied=True)
    assert "Nothing waits." in office.get("/office/").content.decode()


def test_an_agreement_that_ends_soon_waits_until_another_follows(shelf) -> None:
    supplier = shelf.release.supplier
    close_all_agreements()
    valid = ends_in(30)
    record_agreement(supplier_id=supplier.pk, valid=valid, us_source="direct", now=timezone.now())
    assert waiting()["Agreements that end within 60 days"] == 1

    record_agreement(
        supplier_id=supplier.pk,
        valid=Period(valid.ends_at, None),
        us_source="direct",
        now=timezone.now(),
    )

    assert waiting()["Agreements that end within 60 days"] == 0


@pytest.mark.parametrize(("days", "count"), [(59, 1), (61, 0)])
def test_licenses_and_tariff_lines_wait_sixty_days_before_their_end(store, days, count) -> None:
    society = ensure_party(name="Society")
    tariff = record_tariff(licensor_id=society.pk, name="Downloads", now=timezone.now())
    record_tariff_line(
        tariff_id=tariff.pk,
        terms=LineTerms(NINE_PERCENT, ends_in(days), "test"),
        now=timezone.now(),
    )
    record_license(
        terms=LicenseTerms(
            licensor_id=society.pk,
            territories=Territories.worldwide(),
            valid=ends_in(days),
            tariff_id=tariff.pk,
        ),
        now=timezone.now(),
    )

    found = waiting()

    assert found["Licenses that end within 60 days"] == count
    assert found["Tariffs whose line ends within 60 days"] == count


def test_a_release_that_may_be_sold_nowhere_waits_once_it_is_weighed(shelf, office) -> None:
    title = "Releases sold nowhere"
    work.mark_all_due(now=timezone.now())
    assert waiting()[title] == 0

    while work.refresh_availability(now=timezone.now()).releases:
        pass
    assert not DueRelease.objects.filter(due_at__lte=timezone.now()).exists()
    assert waiting()[title] == 0

    close_all_agreements()
    while work.refresh_availability(now=timezone.now()).releases:
        pass

    assert waiting()[title] == 1
    assert shelf.release.title in office.get("/office/").content.decode()


def close_all_agreements() -> None:
    for row in SupplierAgreement.objects.open():
        close_agreement(agreement_id=row.pk, now=timezone.now())


def test_a_supplier_with_nothing_agreed_for_the_united_states_waits(shelf, office) -> None:
    supplier = shelf.release.supplier
    title = "Suppliers with nothing agreed for the United States"
    record_agreement(
        supplier_id=supplier.pk, valid=Period.always(), us_source=None, now=timezone.now()
    )
    assert waiting()[title] == 1
    assert supplier.name in office.get("/office/").content.decode()

    record_agreement(
        supplier_id=supplier.pk, valid=Period.always(), us_source="blanket", now=timezone.now()
    )

    assert waiting()[title] == 0
