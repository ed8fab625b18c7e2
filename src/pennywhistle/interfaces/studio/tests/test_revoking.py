"""Who gave a mandate sees what its end would change, and revokes it with its notice."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from builders import NOON, Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Membership, Party
from pennywhistle.apps.rights.actions import (
    MandateTerms,
    Subject,
    add_to_repertoire,
    record_mandate,
    record_repertoire,
)
from pennywhistle.apps.rights.models import Mandate, Repertoire
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import a_society, mandate, written_by

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db
NOTICE_DAYS = 90


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf(territories=Territories.of("DE", "FR", "US"), track_price="0.99")


@pytest.fixture
def wanda(shelf: Shelf) -> Party:
    return written_by(shelf, {"Wanda": Fraction(1)})["Wanda"]


def given(
    giver: Party,
    holder: Party,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    repertoire_id: int | None = None,
) -> Mandate:
    terms = MandateTerms(
        from_party_id=giver.pk,
        to_party_id=holder.pk,
        rights=WORK_RIGHTS,
        territories=Territories.worldwide(),
        valid=Period(starts_at, ends_at),
        notice_days=NOTICE_DAYS,
        repertoire_id=repertoire_id,
    )
    return record_mandate(terms=terms, now=NOON)


def signed_in_for(party: Party) -> Client:
    person = a_user(f"{party.public_id.lower()}@example.org")
    Membership.objects.create(party=party, user=person)
    client = Client()
    client.force_login(person)
    return client


def test_the_giver_revokes_and_the_mandate_ends_when_its_notice_has_run(wanda: Party) -> None:
    found = given(wanda, a_society())
    client = signed_in_for(wanda)
    address = f"/studio/mandates/{found.pk}/revoke"

    page = client.get(address).content.decode()
    assert "Its notice is 90 days" in page
    assert "France, Germany, United States" in page  # could not be sold any more
    assert Mandate.objects.open().get().valid_until is None

    before = timezone.now()
    said = client.post(address, follow=True).content.decode()
    assert "The mandate ends on" in said
    ends_at = Mandate.objects.open().get().valid_until
    assert before + timedelta(days=NOTICE_DAYS) <= ends_at
    assert ends_at <= timezone.now() + timedelta(days=NOTICE_DAYS)

    again = client.post(address, follow=True).content.decode()
    assert "was revoked already" in again
    assert Mandate.objects.open().get().valid_until == ends_at


def test_a_mandate_that_ends_sooner_anyway_is_not_revoked(wanda: Party) -> None:
    ends_at = timezone.now() + timedelta(days=NOTICE_DAYS - 1)
    found = given(wanda, a_society(), ends_at=ends_at)
    client = signed_in_for(wanda)

    page = client.get(f"/studio/mandates/{found.pk}/revoke").content.decode()

    assert "nothing to revoke" in page
    assert "Revoke the mandate" not in page
    client.post(f"/studio/mandates/{found.pk}/revoke")
    assert Mandate.objects.open().get() == found


def test_only_the_giver_may_revoke(shelf: Shelf, wanda: Party) -> None:
    society = a_society()
    found = given(wanda, society)

    for other in (society, shelf.release.supplier):
        client = signed_in_for(other)
        assert client.get(f"/studio/mandates/{found.pk}/revoke").status_code == 404
        assert client.post(f"/studio/mandates/{found.pk}/revoke").status_code == 404
    listed = signed_in_for(a_society("Other")).get("/studio/mandates").content.decode()
    assert f"/studio/mandates/{found.pk}/revoke" not in listed
    assert Mandate.objects.open().get().valid_until is None
    nobody = signed_in_for(wanda).get(f"/studio/mandates/{10**30}/revoke")
    assert nobody.status_code == 404


def test_the_end_is_weighed_when_the_notice_has_run(wanda: Party) -> None:
    """Another mandate, to the same society, begins before the notice has run: nothing changes."""
    society = a_society()
    found = given(wanda, society)
    given(wanda, society, starts_at=timezone.now() + timedelta(days=NOTICE_DAYS - 1))

    page = signed_in_for(wanda).get(f"/studio/mandates/{found.pk}/revoke").content.decode()

    assert "Nothing would change" in page


def test_a_publisher_sees_what_its_own_mandate_would_change_for_its_writers(
    shelf: Shelf, wanda: Party
) -> None:
    publisher = ensure_party(name="Paper Publishing", kind=Party.Kind.ORGANIZATION)
    mandate(wanda, publisher)
    client = signed_in_for(publisher)
    asked = {"from_party": str(publisher.pk), "to_party": a_society().name, "rights": WORK_RIGHTS}

    page = client.get("/studio/mandates", asked).content.decode()

    assert "Weighed on 1 release" in page
    assert "France, Germany, United States" in page


def test_a_mandate_for_a_list_changes_what_is_on_it_only(shelf: Shelf, wanda: Party) -> None:
    client, society = signed_in_for(wanda), a_society()
    asked = {"from_party": str(wanda.pk), "to_party": society.name, "rights": WORK_RIGHTS}
    empty = record_repertoire(owner_id=wanda.pk, name="Nothing", now=NOON)
    full = record_repertoire(owner_id=wanda.pk, name="Songs", now=NOON)
    work = shelf.tracks[0].recording.works.get()
    add_to_repertoire(repertoire_id=full.pk, subjects=[Subject(work_id=work.pk)], now=NOON)

    def weighed(repertoire: Repertoire) -> str:
        return client.get(
            "/studio/mandates", asked | {"repertoire": repertoire.pk}
        ).content.decode()

    assert "Weighed on 0 releases" in weighed(empty)
    assert "France, Germany, United States" in weighed(full)


def test_a_list_of_another_party_limits_no_mandate(wanda: Party) -> None:
    client, other = signed_in_for(wanda), a_society("Other")
    Membership.objects.create(party=other, user=Membership.objects.get(party=wanda).user)
    theirs = record_repertoire(owner_id=other.pk, name="Theirs", now=NOON)
    asked = {"from_party": str(wanda.pk), "to_party": other.name, "rights": WORK_RIGHTS}

    page = client.get("/studio/mandates", asked | {"repertoire": theirs.pk}).content.decode()

    assert "a list of another party" in page
