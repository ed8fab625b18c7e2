"""Recordings find their works: certain ones at once, the others when somebody says so."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.catalog.actions import Credit, WorkPart, link_works, record_work
from pennywhistle.apps.catalog.models import Recording, RecordingCredit, Work
from pennywhistle.apps.intake.models import MatchDue, MatchProposal, NamedIsrc
from pennywhistle.apps.intake.works.matching.deciding import Decision, decide_match
from pennywhistle.apps.intake.works.matching.finding import match_due
from pennywhistle.apps.intake.works.matching.queries import (
    readiness_of,
    waiting_count,
    waiting_recordings,
)
from pennywhistle.apps.intake.works.tests.sending import a_publisher, cwr, send, societies
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.rights.actions import Claim, Subject, record_shares
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import a_society

pytestmark = pytest.mark.django_db

# What the good CWR file names for its work, "Rain on the Roof" by Ada Ohm.
ISRC, TITLE = "AA6Q72000047", "Rain on the Roof"
LATER = NOON + timedelta(hours=1)


def a_recording(title: str = TITLE, *, isrc: str = "", artist: str = "Tin Band") -> Recording:
    """Of a label that nobody acts for; it plays nothing."""
    label = ensure_party(name=f"Label of {isrc or title}")
    found = Recording.objects.create(title=title, isrc=isrc, duration_ms=60_000, supplier=label)
    credited = ensure_party(name=artist)
    RecordingCredit.objects.create(recording=found, party=credited, role="MainArtist")
    return found


def an_owned_work(title: str = TITLE, *, writer: str = "Ada Weir", iswc: str = "") -> Work:
    """A work that its writer owns."""
    party = ensure_party(name=writer)
    work = record_work(title=title, iswc=iswc, writers=[Credit(party.pk, "Composer")])
    own(work, party.pk)
    return work


def own(work: Work, party_id: int) -> None:
    claims = [
        Claim(party_id, right, "Composer", Fraction(1), Territories.worldwide(), Period.always())
        for right in WORK_RIGHTS
    ]
    record_shares(subject=Subject(work_id=work.pk), claims=claims, now=NOON)


def proposals(recording: Recording) -> list[tuple[str, int, str]]:
    rows = MatchProposal.objects.filter(recording=recording).order_by("-permille")
    return [(row.work.title, row.permille, row.state) for row in rows]


def played(recording: Recording) -> list[tuple[str, str, int | None]]:
    links = recording.work_links.open().select_related("work")
    return [(each.work.title, each.matched_by, each.confidence_permille) for each in links]


def test_an_isrc_that_a_licensor_of_the_store_names_is_linked_at_once() -> None:
    societies()
    publisher = a_publisher()
    a_society("Tin Roof Songs")
    recording = a_recording(isrc=ISRC)

    report = send(publisher, cwr())
    done = match_due(now=LATER)

    assert (report.recordings_proposed, done.linked) == (1, 1)
    assert [row[1:] for row in played(recording)] == [("isrc", 980)]
    assert NamedIsrc.objects.get().isrc == ISRC
    assert match_due(now=LATER).rows <= 1
    assert not MatchDue.objects.exists()


def test_a_stranger_who_names_an_isrc_only_proposes() -> None:
    societies()
    recording = a_recording(isrc=ISRC)

    send(a_publisher(), cwr())
    match_due(now=LATER)

    assert played(recording) == []
    assert [row[1:] for row in proposals(recording)] == [(900, "waiting")]


def test_a_recording_that_comes_after_the_file_is_found_as_well() -> None:
    societies()
    publisher = a_publisher()
    send(publisher, cwr())
    match_due(now=NOON)
    recording = Recording.objects.create(
        title="Another title", isrc=ISRC, duration_ms=1000, supplier=publisher
    )

    done = match_due(now=LATER)

    assert done.linked == 1
    assert [row[1:] for row in played(recording)] == [("isrc", 1000)]


def test_a_work_that_comes_later_finds_recordings_by_title_and_writer() -> None:
    recording = a_recording("Rain on the roof (live)", artist="A. Weir")
    match_due(now=NOON)
    assert waiting_count() == 0

    work = an_owned_work()
    match_due(now=LATER)

    (waiting,) = waiting_recordings()
    assert waiting.recording == recording
    assert waiting.artists == ("A. Weir",)
    (proposal,) = waiting.proposals
    assert (proposal.work, proposal.rule, proposal.people) == (
        work,
        "title-and-name",
        ["Ada Weir"],
    )


def test_works_of_the_same_people_are_found_under_titles_that_are_alike() -> None:
    an_owned_work("A Long Rain over Old Kassel", writer="Ada Weir")
    an_owned_work("Snow over Bonn", writer="Ada Weir")
    recording = a_recording("Long Rain over Kassel", artist="Ada Weir")

    match_due(now=NOON)

    assert proposals(recording) == [("A Long Rain over Old Kassel", 822, "waiting")]


def test_a_work_of_its_own_title_alone_gives_way_and_an_owned_one_does_not() -> None:
    a_store()
    shelf = a_shelf(track_count=1)
    owned = shelf.tracks[0].recording
    provisional = a_recording()
    link_works(
        recording_id=provisional.pk,
        parts=[WorkPart(Work.objects.create(title=TITLE).pk, Fraction(1))],
        matched_by="supplier",
        now=NOON,
    )
    an_owned_work()
    an_owned_work("Track 1")

    match_due(now=NOON)

    assert len(proposals(provisional)) == 1
    assert proposals(owned) == []


def test_two_certain_works_are_none() -> None:
    publisher = a_publisher()
    recording = Recording.objects.create(
        title=TITLE, isrc=ISRC, duration_ms=1000, supplier=publisher
    )
    for writer in ("Ada Weir", "Will Ohm"):
        NamedIsrc.objects.create(isrc=ISRC, work=an_owned_work(writer=writer), submitter=publisher)

    done = match_due(now=NOON)

    assert done.linked == 0
    assert {state for _, _, state in proposals(recording)} == {"waiting"}
    assert len(proposals(recording)) == 2
    assert played(recording) == []


def test_another_suppliers_recording_of_the_same_isrc_says_what_it_plays() -> None:
    work = an_owned_work()
    known, recording = a_recording(isrc=ISRC), a_recording(isrc="")
    link_works(
        recording_id=known.pk,
        parts=[WorkPart(work.pk, Fraction(1))],
        matched_by="operator",
        now=NOON,
    )
    match_due(now=NOON)
    assert proposals(recording) == [(TITLE, 400, "waiting")]

    Recording.objects.filter(id=recording.pk).update(isrc=ISRC)
    match_due(now=LATER)

    assert proposals(recording) == [(TITLE, 850, "waiting")]


def test_a_decision_links_and_settles_the_others() -> None:
    operator = a_user("operator@example.org")
    works = [an_owned_work(writer=writer) for writer in ("Ada Weir", "Will Ohm")]
    recording = a_recording(artist="Ada Weir")
    match_due(now=NOON)
    decision = Decision(recording.pk, works[1].pk)

    assert decide_match(decision=decision, user_id=operator.pk, now=LATER)
    assert not decide_match(decision=decision, user_id=operator.pk, now=LATER)

    assert played(recording) == [(TITLE, "operator", None)]
    assert recording.works.get() == works[1]
    states = MatchProposal.objects.values_list("work", "state", "decided_by")
    assert set(states) == {
        (works[0].pk, "settled", operator.pk),
        (works[1].pk, "accepted", operator.pk),
    }


def test_what_is_rejected_is_not_proposed_again() -> None:
    operator = a_user("operator@example.org")
    work = an_owned_work()
    recording = a_recording(artist="Ada Weir")
    match_due(now=NOON)

    decide_match(decision=Decision(recording.pk, None), user_id=operator.pk, now=LATER)
    # Even where it has become certain by what its sender says.
    NamedIsrc.objects.create(isrc=ISRC, work=work, submitter=recording.supplier)
    Recording.objects.filter(id=recording.pk).update(isrc=ISRC)
    match_due(now=LATER)

    assert played(recording) == []
    assert proposals(recording) == [(TITLE, 850, "rejected")]
    assert waiting_count() == 0


def test_what_becomes_known_otherwise_waits_no_more() -> None:
    work = an_owned_work()
    recording = a_recording(artist="Ada Weir")
    match_due(now=NOON)
    assert waiting_count() == 1

    link_works(
        recording_id=recording.pk,
        parts=[WorkPart(work.pk, Fraction(1))],
        matched_by="operator",
        now=LATER,
    )
    match_due(now=LATER)

    assert [state for _, _, state in proposals(recording)] == ["settled"]


def test_pages_go_on_behind_the_last_recording() -> None:
    an_owned_work()
    recordings = [a_recording(isrc=f"AA6Q7200000{n}", artist="Ada Weir") for n in range(3)]
    recordings.append(a_recording(artist="Somebody Else"))
    match_due(now=NOON)

    first = waiting_recordings(most=2)
    surest = first[-1].proposals[0].permille
    second = waiting_recordings(after=(surest, first[-1].recording.pk), most=2)

    assert [each.recording for each in (*first, *second)] == recordings


def test_a_title_that_many_have_is_done_in_batches_and_loses_nothing() -> None:
    for n in range(7):
        a_recording(isrc=f"AA6Q7200001{n}")
    match_due(now=NOON)
    an_owned_work()

    done = match_due(now=LATER, batches_max=1)

    assert done.is_waiting
    assert MatchDue.objects.filter(kind="recording").count() == 7
    assert match_due(now=LATER).proposed == 7


def test_readiness_counts_recordings_all_of_whose_works_have_owners() -> None:
    a_store()
    shelf: Shelf = a_shelf(track_count=3)
    supplier = shelf.release.supplier
    person = a_user("person@example.org")
    let_act(party_id=supplier.pk, user_id=person.pk)
    (whole,) = readiness_of(user=person)
    assert (whole.recordings, whole.known, whole.percent) == (3, 3, 100)

    first, second, _ = (track.recording for track in shelf.tracks)
    link_works(recording_id=first.pk, parts=[], matched_by="operator", now=LATER)
    link_works(
        recording_id=second.pk,
        parts=[WorkPart(Work.objects.create(title="Nobody's").pk, Fraction(1))],
        matched_by="operator",
        now=LATER,
    )

    (left,) = readiness_of(user=person)
    assert (left.recordings, left.known, left.percent) == (3, 1, 33)
    assert readiness_of(user=a_user("stranger@example.org")) == []
