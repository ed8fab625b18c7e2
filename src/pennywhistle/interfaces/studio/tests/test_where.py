"""Where an item may be sold, why not elsewhere, and what a mandate would change."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.test import Client
from django.utils import timezone

from builders import Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.parties.models import Membership, Party
from pennywhistle.apps.rights.models import Mandate
from pennywhistle.interfaces.studio import mandates
from pennywhistle.kernel.territories import Territories
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf(territories=Territories.of("DE", "FR", "US"), track_price="0.99")


def signed_in_for(party: Party, email: str = "label@example.org") -> Client:
    person = a_user(email)
    Membership.objects.create(party=party, user=person)
    client = Client()
    client.force_login(person)
    return client


def where(client: Client, shelf: Shelf, **query: object) -> str:
    return client.get(f"/studio/releases/{shelf.release.public_id}/where", query).content.decode()


def test_every_territory_has_its_answer_and_every_no_its_cure(shelf: Shelf) -> None:
    page = where(signed_in_for(shelf.release.supplier), shelf)

    assert "France, Germany, United States" in page
    assert "$0.35" in page
    assert "may be sold in France, Germany, United States, not in all countries but" in page
    assert "Add " in page
    assert "to the territories of the grant" in page
    assert page.count('<li class="tile') == len(Territories.worldwide())
    assert page.count('class="tile is-open"') == 3


def test_a_track_whose_work_nobody_licenses_says_who_could(shelf: Shelf) -> None:
    written_by(shelf, {"Wanda": Fraction(1)})
    track = shelf.tracks[0]

    page = where(signed_in_for(shelf.release.supplier), shelf, item=track.pk)

    assert "100 % of the work Track 1 (work: reproduction) is not licensed" in page
    assert "A letter to Wanda" in page
    assert page.count('class="tile is-open"') == 0


def test_where_is_shown_to_its_supplier_only(shelf: Shelf) -> None:
    stranger = signed_in_for(a_shelf("Other").release.supplier, "other@example.org")

    answer = stranger.get(f"/studio/releases/{shelf.release.public_id}/where")

    assert answer.status_code == 404


def asked(member: Party, society: Party, **more: str) -> dict[str, str | list[str]]:
    return {
        "from_party": str(member.pk),
        "to_party": society.name,
        "rights": ["MECH", "MAKING_AVAILABLE"],
        **more,
    }


def test_a_mandate_shows_what_it_would_open_and_records_nothing(shelf: Shelf) -> None:
    wanda = written_by(shelf, {"Wanda": Fraction(1)})["Wanda"]
    client = signed_in_for(wanda, "wanda@example.org")
    society = a_society(territories=Territories.of("FR"))

    page = client.get("/studio/mandates", asked(wanda, society)).content.decode()

    assert "Weighed on 1 release" in page
    assert "France" in page
    assert not Mandate.objects.exists()


def test_an_exclusive_mandate_shows_what_it_would_close(shelf: Shelf) -> None:
    label = shelf.release.supplier
    society = a_society(territories=Territories.of("FR"))

    page = (
        signed_in_for(label)
        .get("/studio/mandates", asked(label, society, is_exclusive="on"))
        .content.decode()
    )

    assert "Germany, United States" in page  # could not be sold any more
    assert "Could not be sold any more" in page


def test_the_end_of_a_mandate_is_weighed_by_its_parties_only(shelf: Shelf) -> None:
    wanda = written_by(shelf, {"Wanda": Fraction(1)})["Wanda"]
    number = mandate(wanda, a_society())

    mine = signed_in_for(wanda, "wanda@example.org").get("/studio/mandates", {"end": number})
    other = signed_in_for(shelf.release.supplier).get("/studio/mandates", {"end": number})

    assert "If the mandate of Wanda for Society of Authors ended on" in mine.content.decode()
    assert "France, Germany, United States" in mine.content.decode()
    assert other.status_code == 404


@pytest.mark.parametrize("said", ["", "x", "-1", "²", "9" * 40])
def test_the_end_of_no_mandate_is_not_weighed(shelf: Shelf, said: str) -> None:
    answer = signed_in_for(shelf.release.supplier).get("/studio/mandates", {"end": said})

    assert answer.status_code == 404


def test_a_mandate_beyond_the_shown_ones_is_weighed_too(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanda = written_by(shelf, {"Wanda": Fraction(1)})["Wanda"]
    number = mandate(wanda, a_society())
    monkeypatch.setattr(mandates, "mandates_shown_max", 0)

    answer = signed_in_for(wanda).get("/studio/mandates", {"end": number})

    assert "Weighed on 1 release" in answer.content.decode()


def test_a_release_that_is_yet_to_come_is_not_told_of(shelf: Shelf) -> None:
    wanda = written_by(shelf, {"Wanda": Fraction(1)})["Wanda"]
    shelf.release.published_at = timezone.now() + timedelta(days=1)
    shelf.release.save()
    client = signed_in_for(wanda)
    asked_with = asked(wanda, a_society(), first_day="2099-01-01")

    for query in (asked_with, {"end": mandate(wanda, a_society("Second"))}):
        page = client.get("/studio/mandates", query).content.decode()
        assert "Weighed on 0 releases" in page
        assert shelf.release.title not in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"to_party": "Nobody"}, "Nobody is called Nobody"),
        ({"rights": "PUBLIC_PERFORMANCE"}, "Select a valid choice"),
        ({"included": "ZZ"}, "ZZ"),
        ({"first_day": "2027-01-02", "last_day": "2027-01-01"}, "before the first"),
        ({"from_party": "0"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_mandate_is_said(shelf: Shelf, change: dict[str, str], said: str) -> None:
    label, society = shelf.release.supplier, a_society()

    page = signed_in_for(label).get("/studio/mandates", asked(label, society) | change)

    assert said in page.content.decode()
