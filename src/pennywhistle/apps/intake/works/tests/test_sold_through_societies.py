"""From a works file to a sale that pays the societies of those who wrote the song."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

import pytest

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.catalog.actions import WorkPart, link_works
from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.intake.works.tests.sending import (
    a_publisher,
    cwr,
    good_work,
    mandates,
    send,
    shares,
    societies,
)
from pennywhistle.apps.ledger.models import Posting
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import RefusedError
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.parties.actions import let_act
from pennywhistle.apps.parties.models import Membership
from pennywhistle.apps.rights.actions import close_share
from pennywhistle.apps.rights.closing import restate
from pennywhistle.apps.rights.models import Evidence, OwnershipShare
from pennywhistle.engines.works.tests.cwr_files import GOOD_WORK, publisher, publisher_territory

pytestmark = pytest.mark.django_db

HALF = Fraction(1, 2)
ISRC = "AA6Q72000047"


@pytest.fixture
def shelf() -> Shelf:
    """A track of which nobody has said which work it plays; the sender acts for its supplier."""
    a_store()
    shelf = a_shelf(track_count=1)
    recording = shelf.tracks[0].recording
    link_works(recording_id=recording.pk, parts=[], matched_by="operator", now=NOON)
    Recording.objects.filter(id=recording.pk).update(isrc=ISRC)
    sender = a_user("sender@example.org")
    for party in (a_publisher(), recording.supplier):
        let_act(party_id=party.pk, user_id=sender.pk)
    return shelf


def buy(shelf: Shelf, territory: str = "DE") -> OrderLine:
    order_id = check_out(
        buyer_id=a_buyer(f"{uuid4()}@example.org").pk,
        wanted=[shelf.track(1)],
        territory=territory,
        shown=usd("0.14"),
        key="key",
        now=NOON,
    )
    return OrderLine.objects.get(order=order_id)


def test_a_file_makes_a_recording_sellable_and_pays_its_societies(shelf) -> None:
    societies()
    with pytest.raises(RefusedError):
        buy(shelf)

    report = send(a_publisher(), cwr())

    assert not report.is_refused
    assert (report.works, report.works_made, report.recordings_linked) == (1, 1, 1)
    assert (report.shares_recorded, report.mandates_recorded) == (3, 3)
    paid = {
        posting.account.party.name: posting.amount_micro
        for posting in Posting.objects.filter(
            entry=buy(shelf).entry, account__party__name__startswith="Society"
        )
    }
    assert paid == {"Society 035": 7_000, "Society 044": 7_000, "Society 052": 7_000}


def test_what_was_told_stands_in_the_register_and_names_its_file(shelf) -> None:
    societies()

    send(a_publisher(), cwr())

    assert shares(work=Work.objects.get(iswc="T0345246801")) == {
        ("ADA OHM", "MAKING_AVAILABLE", "ComposerLyricist"): HALF,
        ("Tin Roof Songs", "MAKING_AVAILABLE", "OriginalPublisher"): HALF,
        ("Tin Roof Songs", "MECH", "OriginalPublisher"): Fraction(1),
    }
    assert mandates() == {
        ("ADA OHM", "Society 035", ("MAKING_AVAILABLE", "MECH"), "Worldwide"),
        ("Tin Roof Songs", "Society 052", ("MAKING_AVAILABLE",), "Worldwide"),
        ("Tin Roof Songs", "Society 044", ("MECH",), "Worldwide"),
    }
    evidence = Evidence.objects.get()
    assert {
        share.evidence for share in OwnershipShare.objects.filter(work__iswc="T0345246801")
    } == {evidence}


def test_a_sub_publisher_licenses_where_it_collects_and_nowhere_else(shelf) -> None:
    societies("035", "044", "052", "080")
    works = (
        GOOD_WORK[0],
        GOOD_WORK[1],
        publisher_territory(),
        publisher_territory((0, 0, 0), "276", "E", place=2),
        *sub_publisher(),
        *GOOD_WORK[3:],
    )

    report = send(a_publisher(), cwr(works))

    assert not report.of("error"), report.remarks
    assert ("Tin Roof Songs", "FREMDE LIEDER", ("MECH",), "DE") in mandates()
    assert ("FREMDE LIEDER", "Society 080", ("MAKING_AVAILABLE", "MECH"), "Worldwide") in mandates()
    assert buy(shelf, "DE")
    assert buy(shelf, "FR")


def sub_publisher() -> tuple:
    """The same chain's sub-publisher, which owns nothing and collects in Germany."""
    return (
        publisher(
            (0, 0, 0),
            number="P2",
            name="FREMDE LIEDER",
            role="SE",
            ipi="",
            societies=("080", "080", ""),
        ),
        publisher_territory((5000, 10000, 10000), "276", number="P2"),
    )


def test_a_share_that_was_settled_to_nothing_is_not_claimed_again_silently(shelf) -> None:
    send(a_publisher(), cwr())
    later = NOON + timedelta(days=1)
    away = OwnershipShare.objects.get(role="OriginalPublisher", right="MECH")
    restate(away, now=later, party_id=shelf.release.label_id, status="confirmed")

    report = send(a_publisher(), cwr(good_work(kind="REV"), kind="REV"), now=later)

    mine = OwnershipShare.objects.open().filter(party=away.party)
    assert set(mine.values_list("right", flat=True)) == {"MAKING_AVAILABLE"}
    (remark,) = [each for each in report.remarks if each.rule == "share-settled"]
    assert "left Tin Roof Songs nothing of MECH" in remark.sentence
    assert remark.remedy.startswith("Is it theirs after all?")


def test_a_share_that_was_settled_to_less_and_closed_since_is_told_again(shelf) -> None:
    send(a_publisher(), cwr())
    later = NOON + timedelta(days=1)
    share = OwnershipShare.objects.get(role="OriginalPublisher", right="MECH")
    settled = restate(share, now=NOON, numerator=1, denominator=4, status="confirmed")
    close_share(share_id=settled.pk, now=later)

    report = send(a_publisher(), cwr(good_work(kind="REV"), kind="REV"), now=later)

    mine = OwnershipShare.objects.open().filter(party=share.party)
    assert set(mine.values_list("right", flat=True)) == {"MAKING_AVAILABLE", "MECH"}
    assert not [each for each in report.remarks if each.rule == "share-settled"]


def test_a_file_tells_what_it_contradicts_of_a_settlement_and_changes_nothing(shelf) -> None:
    send(a_publisher(), cwr())
    share = OwnershipShare.objects.get(role="OriginalPublisher", right="MECH")
    settled = restate(share, now=NOON, numerator=1, denominator=4, status="confirmed")

    report = send(a_publisher(), cwr(good_work(kind="REV"), kind="REV"))

    settled.refresh_from_db()
    assert (report.shares_contradicted, settled.closed_at) == (1, None)
    assert [each.rule for each in report.remarks if each.rule.startswith("share")] == [
        "share-confirmed"
    ]


def test_a_recording_of_another_supplier_is_not_tied_and_sold_as_before(shelf) -> None:
    Membership.objects.all().delete()

    report = send(a_publisher(), cwr())

    assert (report.recordings_linked, report.recordings_proposed) == (0, 1)
    (remark,) = [each for each in report.remarks if each.rule == "recording-of-another"]
    assert remark.value == ISRC
    assert not shelf.tracks[0].recording.works.exists()


def test_a_recording_that_plays_another_work_is_left_alone(shelf) -> None:
    other = Work.objects.create(title="Another")
    recording = shelf.tracks[0].recording
    link_works(
        recording_id=recording.pk,
        parts=[WorkPart(other.pk, Fraction(1))],
        matched_by="operator",
        now=NOON,
    )

    report = send(a_publisher(), cwr(good_work()))

    assert (report.recordings_linked, report.recordings_otherwise) == (0, 1)
    assert [remark.value for remark in report.of("warning") if remark.rule.startswith("rec")] == [
        ISRC
    ]
    assert recording.works.get() == other
