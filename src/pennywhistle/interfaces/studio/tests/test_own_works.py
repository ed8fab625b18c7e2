"""Writers, publishers and societies see where their works are sold, and why not elsewhere."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.test import Client
from django.utils import timezone

from builders import NOON, Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Membership, Party
from pennywhistle.apps.rights.actions import (
    MandateTerms,
    Subject,
    add_to_repertoire,
    record_mandate,
    record_repertoire,
)
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.interfaces.studio import own_works
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf(territories=Territories.of("DE", "FR", "US"), track_price="0.99")


@pytest.fixture
def wanda(shelf: Shelf) -> Party:
    return written_by(shelf, {"Wanda": Fraction(1)})["Wanda"]


@pytest.fixture
def work(shelf: Shelf, wanda: Party) -> Work:
    return shelf.tracks[0].recording.works.get()


def signed_in_for(party: Party) -> Client:
    person = a_user(f"{party.public_id.lower()}@example.org")
    Membership.objects.create(party=party, user=person)
    client = Client()
    client.force_login(person)
    return client


def test_a_writer_sees_what_is_missing_and_whom_to_ask(work: Work, wanda: Party) -> None:
    client = signed_in_for(wanda)

    assert f"/studio/own-works/{work.pk}" in client.get("/studio/own-works").content.decode()
    page = client.get(f"/studio/own-works/{work.pk}").content.decode()

    assert f"100 % of the work {work.title} (work: reproduction) is not licensed" in page
    assert "A letter to Wanda" in page
    assert page.count('<li class="tile') == len(Territories.worldwide())
    assert page.count('class="tile is-open"') == 0


def test_publisher_and_society_see_where_it_is_sold_without_the_suppliers_floor(
    work: Work, wanda: Party
) -> None:
    publisher = ensure_party(name="Paper Publishing", kind=Party.Kind.ORGANIZATION)
    society = a_society(territories=Territories.of("FR"))
    mandate(wanda, publisher)
    mandate(publisher, society)

    for party in (publisher, society):
        page = signed_in_for(party).get(f"/studio/own-works/{work.pk}").content.decode()
        assert page.count('class="tile is-open"') == 1
        assert "$0.99" in page
        assert "floor" not in page


def test_nobody_else_sees_it(shelf: Shelf, work: Work) -> None:
    for other in (shelf.release.supplier, a_society()):
        client = signed_in_for(other)
        assert client.get(f"/studio/own-works/{work.pk}").status_code == 404
        listed = client.get("/studio/own-works").content.decode()
        assert f'own-works/{work.pk}"' not in listed
        assert client.get(f"/studio/own-works/{10**30}").status_code == 404


def test_a_mandate_for_a_list_shows_what_is_on_it_only(work: Work, wanda: Party) -> None:
    society = a_society()
    listed = record_repertoire(owner_id=wanda.pk, name="Songs", now=NOON)
    terms = MandateTerms(
        from_party_id=wanda.pk,
        to_party_id=society.pk,
        rights=WORK_RIGHTS,
        territories=Territories.worldwide(),
        valid=Period.always(),
        repertoire_id=listed.pk,
    )
    record_mandate(terms=terms, now=NOON)
    client = signed_in_for(society)

    assert client.get(f"/studio/own-works/{work.pk}").status_code == 404
    add_to_repertoire(repertoire_id=listed.pk, subjects=[Subject(work_id=work.pk)], now=NOON)
    assert client.get(f"/studio/own-works/{work.pk}").status_code == 200


def test_a_release_that_is_yet_to_come_is_not_told_of(
    shelf: Shelf, work: Work, wanda: Party
) -> None:
    shelf.release.published_at = timezone.now() + timedelta(days=1)
    shelf.release.save()

    page = signed_in_for(wanda).get(f"/studio/own-works/{work.pk}").content.decode()

    assert "Nothing on the shelves plays this work" in page
    assert shelf.release.title not in page


def test_works_are_found_by_title_and_paged(
    shelf: Shelf, wanda: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_by(shelf, {"Wanda": Fraction(1)}, track=2)
    first, second = (shelf.tracks[place].recording.works.get() for place in (0, 1))
    client = signed_in_for(wanda)
    monkeypatch.setattr(own_works, "works_per_page", 1)

    page = client.get("/studio/own-works").content.decode()
    assert f'own-works/{first.pk}"' in page
    assert f'own-works/{second.pk}"' not in page
    rest = client.get("/studio/own-works", {"after": first.pk}).content.decode()
    assert f'own-works/{second.pk}"' in rest
    found = client.get("/studio/own-works", {"q": second.title.upper()}).content.decode()
    assert f'own-works/{second.pk}"' in found
