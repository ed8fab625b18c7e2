"""The queue of recordings whose work is not certain: one page, one form."""

from __future__ import annotations

from fractions import Fraction
from unittest.mock import ANY

import pytest
from django.urls import reverse

from builders import NOON
from pennywhistle.apps.catalog.actions import Credit, record_work
from pennywhistle.apps.catalog.models import Recording, RecordingCredit, Work
from pennywhistle.apps.intake.models import MatchProposal
from pennywhistle.apps.intake.works.matching import queries
from pennywhistle.apps.intake.works.matching.finding import match_due
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.actions import Claim, Subject, record_shares
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

QUEUE = "/office/matching"


def a_waiting_recording(number: int = 1) -> Recording:
    """It has the title of a work of the same artist, and plays nothing yet."""
    artist = ensure_party(name="Ada Weir")
    work = record_work(title=f"Rain {number}", iswc="", writers=[Credit(artist.pk, "Composer")])
    claims = [
        Claim(artist.pk, right, "Composer", Fraction(1), Territories.worldwide(), Period.always())
        for right in WORK_RIGHTS
    ]
    record_shares(subject=Subject(work_id=work.pk), claims=claims, now=NOON)
    label = ensure_party(name="A Label")
    found = Recording.objects.create(title=work.title, duration_ms=1000, supplier=label)
    RecordingCredit.objects.create(recording=found, party=artist, role="MainArtist")
    match_due(now=NOON)
    return found


@pytest.fixture
def recording(store) -> Recording:
    return a_waiting_recording()


def proposed(recording: Recording) -> MatchProposal:
    return MatchProposal.objects.get(recording=recording)


def test_the_page_says_what_is_proposed_how_sure_and_why(office, recording) -> None:
    shown = office.get(QUEUE).content.decode()

    for said in ("Rain 1", "850 ‰", "The titles are 100 % alike. Ada Weir is credited on both."):
        assert said in shown
    desk = office.get(reverse("office")).content.decode()
    assert "Recordings whose work is not certain" in desk
    assert QUEUE in desk


def test_what_is_chosen_is_linked(office, recording) -> None:
    proposal = proposed(recording)

    answer = office.post(QUEUE, {f"recording-{recording.pk}": proposal.pk})

    assert answer.status_code == 302
    assert recording.works.get() == proposal.work
    assert MatchProposal.objects.values_list("state", "decided_by").get() == ("accepted", ANY)
    assert "Nothing waits" in office.get(QUEUE).content.decode()


def test_what_is_rejected_waits_no_more(office, recording) -> None:
    office.post(QUEUE, {f"recording-{recording.pk}": "none"})

    assert not recording.works.exists()
    assert proposed(recording).state == "rejected"


def test_another_work_is_linked_by_its_iswc(office, recording) -> None:
    other = Work.objects.create(title="Snow", iswc="T0345246801")
    said = {f"recording-{recording.pk}": "other", f"work-{recording.pk}": "T-034.524.680-1"}

    office.post(QUEUE, said)

    assert recording.works.get() == other
    assert proposed(recording).state == "settled"


def test_a_work_that_is_none_is_told_and_nothing_is_recorded(office, store) -> None:
    first, second = a_waiting_recording(1), a_waiting_recording(2)
    said = {
        f"recording-{first.pk}": proposed(first).pk,
        f"recording-{second.pk}": "other",
        f"work-{second.pk}": "nothing",
    }

    answer = office.post(QUEUE, said)

    assert answer.status_code == 400
    assert "No work has this ISWC or number." in answer.content.decode()
    assert 'value="nothing"' in answer.content.decode()
    assert not first.works.exists()


@pytest.mark.parametrize("chosen", ["later", "9999999", "nonsense"])
def test_what_is_left_for_later_still_waits(office, recording, chosen) -> None:
    office.post(QUEUE, {f"recording-{recording.pk}": chosen})

    assert proposed(recording).state == "waiting"
    assert not recording.works.exists()


def test_pages_of_the_queue_follow_one_another(office, store, monkeypatch) -> None:
    monkeypatch.setattr("pennywhistle.interfaces.office.matching.recordings_per_page", 1)
    monkeypatch.setattr(queries, "recordings_per_page", 1)
    first, second = a_waiting_recording(1), a_waiting_recording(2)

    shown = office.get(QUEUE).content.decode()
    following = f"{QUEUE}?after=850.{first.pk}"

    assert following in shown
    assert second.title in office.get(following).content.decode()
    assert office.get(f"{QUEUE}?after=x.y").status_code == 200


def test_the_page_asks_the_same_of_the_database_whatever_waits(
    office, store, django_assert_max_num_queries
) -> None:
    for number in range(1, 4):
        a_waiting_recording(number)

    with django_assert_max_num_queries(20):
        office.get(QUEUE)
