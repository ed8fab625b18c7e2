"""The demo's society: a real tariff in some countries, the label's own license in the others."""

import pytest

from builders import NOON, a_shelf, a_store, a_user
from pennywhistle.apps.catalog.models import Role, WorkCredit
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.models import License, Mandate, OwnershipShare
from pennywhistle.apps.rights.queries import items_for, store_terms
from pennywhistle.engines.clearance import clear
from pennywhistle.interfaces.console.sample.labels.hollow_kettle import (
    COLM,
    HOLLOW_KETTLE,
    LABEL,
    TIN_WEATHER,
)
from pennywhistle.interfaces.console.sample_society import DISPUTED, SOCIETY, found_society
from pennywhistle.kernel.identifiers import Gtin

pytestmark = pytest.mark.django_db


def verdict_in(territory, shelf, track):
    question = store_terms().question(territory=territory, at=NOON)
    return clear(items_for([shelf.track(track)], at=NOON)[shelf.track(track)], question)


@pytest.fixture
def shelf():
    a_store()
    shelf = a_shelf(TIN_WEATHER.title, track_count=2)
    label = shelf.release.label
    label.name = LABEL
    label.save()
    shelf.release.upc = Gtin.parse(TIN_WEATHER.upc).value
    shelf.release.save()
    works = [track.recording.works.get() for track in shelf.tracks]
    works[1].title = DISPUTED
    works[1].save()
    for work in works:
        WorkCredit.objects.create(work=work, party=ensure_party(name=COLM), role=Role.COMPOSER)
    user = a_user("society@example.org")
    for _ in range(2):
        found_society(user_id=user.pk, now=NOON)
    return shelf


def test_prices_hold_and_the_society_has_its_part_where_it_licenses(shelf):
    assert HOLLOW_KETTLE.releases[0] is TIN_WEATHER
    with_society, without = verdict_in("FR", shelf, 1), verdict_in("CH", shelf, 1)
    assert with_society.allowed
    assert without.allowed
    assert SOCIETY in {part.name for part in with_society.parts}
    assert SOCIETY not in {part.name for part in without.parts}


def test_half_of_the_disputed_work_is_held(shelf):
    assert [reason.code for reason in verdict_in("US", shelf, 2).holds] == ["held-claims"]


def test_founding_it_twice_changes_nothing(shelf):
    assert Mandate.objects.count() == 6
    assert License.objects.filter(licensor__name=SOCIETY).count() == 1
    assert OwnershipShare.objects.open().filter(work__isnull=False).count() == 6
