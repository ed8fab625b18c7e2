"""What others ask the store to let in: the office lets it in or says why not."""

from __future__ import annotations

import pytest
from django.urls import reverse

from builders import NOON, a_user
from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.intake.actions import confirm_works_file, take_works_file
from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works import recording
from pennywhistle.apps.intake.works.tests.sending import a_publisher, cwr
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.models import License
from pennywhistle.apps.societies.actions import set_up_society
from pennywhistle.apps.societies.models import Proposal
from pennywhistle.apps.societies.proposals import LicenseProposed, propose
from pennywhistle.apps.societies.tests.society_shop import SMALL, TENTH
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

INBOX = "/office/inbox"


@pytest.fixture
def works_file(store) -> WorksFile:
    taken = take_works_file(
        submitter_id=a_publisher().pk, source_name="rain.V21", chunks=[cwr()], now=NOON
    )
    recording.check_works_file(works_file_id=taken.pk, now=NOON)
    return confirm_works_file(works_file_id=taken.pk, now=NOON)


@pytest.fixture
def proposal(store) -> Proposal:
    party = ensure_party(name="Kestrel Society")
    society = set_up_society(party_id=party.pk, terms=TENTH)
    proposed = LicenseProposed(SMALL, Territories.of("FR"), Period(NOON, None), "Our list")
    person = a_user("kestrel@example.org")
    return propose(society_id=society.pk, proposed=proposed, user_id=person.pk, now=NOON)


def decide(office, kind: str, item_id: int, **said: str) -> str:
    address = reverse("office-inbox-decide", args=[kind, item_id])
    return office.post(address, said, follow=True).content.decode()


def test_an_empty_inbox_says_so(office) -> None:
    page = office.get(INBOX).content.decode()

    assert "No file waits" in page
    assert "No proposal waits" in page


def test_a_first_file_waits_on_the_desk_and_is_let_in(office, works_file) -> None:
    assert "Tin Roof Songs" in office.get("/office/").content.decode()
    page = office.get(INBOX).content.decode()
    for text in ("Tin Roof Songs", "rain.V21", "1 work", "3 shares", "TIN ROOF SONGS"):
        assert text in page, text

    assert "It is let in" in decide(office, "file", works_file.pk, do="accept")

    recording.record_works_file(works_file_id=works_file.pk, now=NOON)
    assert Work.objects.exists()
    works_file.refresh_from_db()
    assert works_file.vouched_by.email == "operator@example.org"
    assert "It is let in" in decide(office, "file", works_file.pk, do="accept")


def test_a_first_file_is_refused_with_a_reason_and_not_without(office, works_file) -> None:
    assert "Say why" in decide(office, "file", works_file.pk, do="refuse")

    assert "reads why" in decide(office, "file", works_file.pk, do="refuse", reason="Not yours.")

    works_file.refresh_from_db()
    assert (works_file.state, works_file.refusal) == ("refused", "Not yours.")


def test_a_proposal_is_accepted_and_on_record(office, proposal) -> None:
    page = office.get(INBOX).content.decode()
    assert "A license by Unit downloads: 9 %" in page
    assert "Kestrel Society" in office.get("/office/").content.decode()

    assert "It is let in" in decide(office, "proposal", proposal.pk, do="accept")

    assert License.objects.get().licensor.name == "Kestrel Society"
    decided = decide(office, "proposal", proposal.pk, do="refuse", reason="Too late.")
    assert "It was accepted" in decided


def test_a_proposal_is_refused_and_its_society_reads_why(office, proposal) -> None:
    assert "Say why" in decide(office, "proposal", proposal.pk, do="refuse", reason=" ")

    decide(office, "proposal", proposal.pk, do="refuse", reason="Too dear.")

    page = office.get(reverse("office-society", args=[proposal.society.party.public_id]))
    assert "Too dear." in page.content.decode()
    assert not License.objects.exists()


def test_what_does_not_exist_is_not_found(office) -> None:
    for kind in ("file", "proposal", "else"):
        address = reverse("office-inbox-decide", args=[kind, 99])
        assert office.post(address, {"do": "accept"}).status_code == 404
