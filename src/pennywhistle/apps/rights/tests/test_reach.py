"""A change of the register reaches the releases that it decides on, and no others."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from builders import NOON, Shelf, a_shelf, a_store, usd
from pennywhistle.apps.catalog.actions import withdraw_release
from pennywhistle.apps.catalog.models import Recording, Release, Track
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Store
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.models import DueRelease, Grant, OwnershipShare, RegisterChange
from pennywhistle.apps.rights.reach import bulk_releases_min, mark_due
from pennywhistle.apps.rights.tests.registers import catch_up
from pennywhistle.apps.rights.tests.small_edits import (
    ALWAYS,
    WORLDWIDE,
    coded_grant,
    license_,
    mandate,
    rate,
    society,
    tax,
    work_of,
)
from pennywhistle.apps.rights.work import refresh_availability
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

TIN, BOTH, NOBODY = {"Tin Weather"}, {"Tin Weather", "Salt"}, set[str]()


@pytest.fixture(autouse=True)
def _store(db: None) -> None:
    a_store()


@pytest.fixture
def tin() -> Shelf:
    """The release that things happen to."""
    return a_shelf("Tin Weather", track_count=2)


@pytest.fixture
def salt() -> Shelf:
    """A release of another label."""
    return a_shelf("Salt", track_count=1)


def reached() -> set[str]:
    """The titles of the releases that the changes since last time reach."""
    DueRelease.objects.all().delete()
    refresh_availability(now=NOON, releases_max=0)
    assert not RegisterChange.objects.exists()
    due = DueRelease.objects.filter(due_at__lte=NOON).values("release")
    return set(Release.objects.filter(id__in=due).values_list("title", flat=True))


CHANGES: dict[str, tuple[Callable[[Shelf], object], set[str]]] = {
    "a stop": (
        lambda tin: actions.stop_sale(
            release_id=tin.release.pk, kind="operator", sentence="Asked to.", now=NOON
        ),
        TIN,
    ),
    "a grant that is closed": (
        lambda tin: actions.close_grant(grant_id=tin.release.grants.all()[0].pk, now=NOON),
        TIN,
    ),
    "a share of a work": (
        lambda tin: actions.revoke_share(
            share_id=OwnershipShare.objects.filter(work=work_of(tin))[0].pk, now=NOON
        ),
        TIN,
    ),
    "a share of a recording": (
        lambda tin: actions.revoke_share(
            share_id=tin.tracks[0].recording.shares.get().pk, now=NOON
        ),
        TIN,
    ),
    "a mandate of the owner": (lambda tin: mandate(tin.release.label_id, society()), TIN),
    "a mandate for the owner": (lambda tin: mandate(society(), tin.release.label_id), NOBODY),
    "a license of the owner": (
        lambda tin: license_(tin.release.label_id, territories=Territories.of("DE")),
        TIN,
    ),
    "a license of somebody else": (lambda _: license_(society()), NOBODY),
    "a license by law": (lambda _: license_(society(), unidentified_by="A law."), BOTH),
    "a free work": (
        lambda tin: actions.record_public_domain(
            work_id=work_of(tin), territories=WORLDWIDE, valid=ALWAYS, now=NOON
        ),
        TIN,
    ),
    "an agreement": (
        lambda tin: actions.close_agreement(
            agreement_id=tin.release.label.agreements.get().pk, now=NOON
        ),
        TIN,
    ),
    "a transfer to who holds no deal": (
        lambda tin: actions.record_transfer(
            from_supplier_id=tin.release.label_id, to_supplier_id=society(), valid=ALWAYS, now=NOON
        ),
        NOBODY,
    ),
    "a price code that no grant names": (lambda tin: rate(tin, "FULL"), NOBODY),
    "a withdrawal": (lambda tin: withdraw_release(release_id=tin.release.pk, now=NOON), TIN),
    "a new description": (
        lambda tin: Release.objects.filter(id=tin.release.pk).update(about="New."),
        NOBODY,
    ),
    "a longer recording": (
        lambda tin: Recording.objects.filter(id=tin.tracks[0].recording_id).update(
            duration_ms=90_000
        ),
        TIN,
    ),
    "a renamed recording": (
        lambda tin: Recording.objects.filter(id=tin.tracks[0].recording_id).update(title="New"),
        NOBODY,
    ),
    "a track that goes elsewhere": (
        lambda tin: Track.objects.filter(id=tin.tracks[0].pk).update(
            release=Release.objects.get(title="Salt"), track_number=9
        ),
        BOTH,
    ),
    "a renamed track": (
        lambda tin: Track.objects.filter(id=tin.tracks[0].pk).update(title="New"),
        NOBODY,
    ),
    "a tax": (lambda _: tax("DE"), BOTH),
    "the store's share": (lambda _: Store.objects.update(share_numerator=2), BOTH),
    "a subsidy of the store": (lambda _: Store.objects.update(adds_subsidy=True), BOTH),
    "the store's name": (lambda _: Store.objects.update(name="Another"), NOBODY),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_kind_of_change(tin: Shelf, salt: Shelf, change: str) -> None:
    do, wanted = CHANGES[change]
    catch_up(NOON)
    assert salt.release.title in BOTH

    do(tin)

    assert reached() == wanted


def test_a_mandate_reaches_everybody_upstream(tin: Shelf, salt: Shelf) -> None:
    publisher, agency = ensure_party(name="Publisher").pk, ensure_party(name="Agency").pk
    mandate(tin.release.label_id, publisher)
    mandate(publisher, agency)
    assert salt.release.pk
    reached()

    mandate(agency, society())

    assert reached() == TIN


def test_a_license_reaches_those_whose_mandates_lead_to_it(tin: Shelf, salt: Shelf) -> None:
    publisher = ensure_party(name="Publisher").pk
    mandate(tin.release.label_id, publisher)
    mandate(publisher, society())
    assert salt.release.pk
    reached()

    license_(society())

    assert reached() == TIN


def test_a_tariff_reaches_what_its_licenses_reach(tin: Shelf, salt: Shelf) -> None:
    tariff = actions.record_tariff(licensor_id=society(), name="Downloads", now=NOON)
    mandate(tin.release.label_id, society())
    license_(society(), tariff_id=tariff.pk)
    assert salt.release.pk
    reached()

    rule = Tariff(0, "Downloads", "USD", track_minimum_micro=70_000)
    line = actions.LineTerms(rule, ALWAYS, "A page of the society.")
    actions.record_tariff_line(tariff_id=tariff.pk, terms=line, now=NOON)

    assert reached() == TIN


def test_a_mandate_for_masters_does_not_reach_works(tin: Shelf, salt: Shelf) -> None:
    actions.record_share(
        subject=actions.Subject(work_id=work_of(salt)),
        claim=actions.Claim(society(), "MECH", "Composer", Fraction(1), WORLDWIDE, ALWAYS),
        now=NOON,
    )
    reached()

    mandate(society(), tin.release.label_id, rights=("MASTER",))
    assert reached() == NOBODY
    mandate(society(), tin.release.label_id, rights=("MECH",))
    assert reached() == {"Salt"}


def test_a_mandate_of_a_repertoire_reaches_only_that(tin: Shelf) -> None:
    other = a_shelf("Rain", track_count=1)
    owner = tin.release.label_id
    actions.record_share(
        subject=actions.Subject(work_id=work_of(other)),
        claim=actions.Claim(owner, "MECH", "Composer", Fraction(1), WORLDWIDE, ALWAYS),
        now=NOON,
    )
    listed = actions.record_repertoire(owner_id=owner, name="Early", now=NOON)
    reached()

    actions.add_to_repertoire(
        repertoire_id=listed.pk, subjects=[actions.Subject(work_id=work_of(other))], now=NOON
    )
    assert reached() == {"Rain"}
    mandate(owner, society(), repertoire_id=listed.pk)
    assert reached() == {"Rain"}
    mandate(owner, society())
    assert reached() == {"Rain", "Tin Weather"}


def test_a_price_code_reaches_the_grants_that_name_it(tin: Shelf, salt: Shelf) -> None:
    coded_grant(tin, "FULL")
    coded_grant(salt, "FULL")
    reached()

    rate(tin, "FULL")

    assert reached() == TIN


def test_a_transfer_reaches_what_both_sides_hold_deals_of(tin: Shelf, salt: Shelf) -> None:
    actions.record_grant(
        licensor_id=salt.release.label_id,
        release_id=tin.release.pk,
        track_id=None,
        terms=actions.GrantTerms(WORLDWIDE, ALWAYS, "USD", usd("0.40"), Money.zero("USD")),
        now=NOON,
    )
    reached()

    actions.record_transfer(
        from_supplier_id=tin.release.label_id,
        to_supplier_id=salt.release.label_id,
        valid=ALWAYS,
        now=NOON,
    )

    assert reached() == TIN


def test_a_transfer_reaches_what_one_side_sells_and_does_not_own(tin: Shelf, salt: Shelf) -> None:
    actions.record_grant(
        licensor_id=salt.release.label_id,
        release_id=tin.release.pk,
        track_id=None,
        terms=actions.GrantTerms(WORLDWIDE, ALWAYS, "USD", usd("0.40"), Money.zero("USD")),
        now=NOON,
    )
    for grant in Grant.objects.open().filter(licensor=tin.release.label_id):
        actions.close_grant(grant_id=grant.pk, now=NOON)
    reached()

    actions.record_transfer(
        from_supplier_id=tin.release.label_id,
        to_supplier_id=salt.release.label_id,
        valid=ALWAYS,
        now=NOON,
    )

    assert reached() == TIN


def test_a_tax_reaches_only_what_is_granted_in_its_territory(salt: Shelf) -> None:
    a_shelf("Tin Weather", territories=Territories.of("FR", "AT"))
    reached()

    tax("FR")
    assert reached() == BOTH
    tax("DE")
    assert reached() == {salt.release.title}


def test_what_is_not_on_the_shelves_is_not_looked_at(tin: Shelf, salt: Shelf) -> None:
    withdraw_release(release_id=tin.release.pk, now=NOON)
    assert salt.release.pk
    reached()

    Store.objects.update(share_numerator=2)

    assert reached() == {"Salt"}


def test_a_change_that_reaches_very_many_marks_them_as_bulk() -> None:
    few, many = range(1, bulk_releases_min + 1), range(1, bulk_releases_min + 2)

    mark_due(many, now=NOON)
    assert DueRelease.objects.filter(is_bulk=True).count() == len(many)
    # What a small change reaches too does not wait behind the many.
    mark_due(few, now=NOON)
    assert DueRelease.objects.filter(is_bulk=True).count() == 1
    mark_due(many, now=NOON)
    assert DueRelease.objects.filter(is_bulk=True).count() == 1
