"""What a works file changes in the register, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, a_user
from pennywhistle.apps.catalog.actions import WorkPart, link_works
from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.intake.actions import (
    NotRecordableError,
)
from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works.tests.sending import (
    a_publisher,
    cwr,
    good_work,
    mandates,
    send,
    shares,
    societies,
)
from pennywhistle.apps.parties.actions import ensure_party, let_act, open_studio
from pennywhistle.apps.parties.models import Party, PartyIdentifier
from pennywhistle.apps.rights.actions import revoke_share
from pennywhistle.apps.rights.actions.warranty import warrant_recordings
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.engines.works.tests.csv_tables import row, table
from pennywhistle.engines.works.tests.cwr_files import (
    GOOD_WORK,
    publisher,
    publisher_territory,
    writer,
    writer_territory,
)

pytestmark = pytest.mark.django_db

HALF = Fraction(1, 2)
LATER = NOON + timedelta(days=1)


def revised(writer_part: int, publisher_part: int, *, kind: str = "REV") -> bytes:
    """Rain on the Roof with other parts of the mechanical right."""
    return cwr(
        (
            GOOD_WORK[0] if kind == "NWR" else good_work(kind=kind)[0],
            publisher((5000, publisher_part, publisher_part)),
            publisher_territory((5000, publisher_part, publisher_part)),
            writer((5000, writer_part, writer_part)),
            writer_territory((5000, writer_part, writer_part)),
            *GOOD_WORK[5:],
        ),
        kind=kind,
    )


def two() -> tuple:
    """Another work."""
    return good_work(number="W2", iswc="", title="SLOW GUTTERS")


def mech() -> dict[str, Fraction]:
    return {name: part for (name, right, _), part in shares().items() if right == "MECH"}


def test_the_same_file_twice_changes_nothing() -> None:
    societies()
    submitter = a_publisher()
    send(submitter, cwr())
    rows = OwnershipShare.objects.count(), Party.objects.count(), Work.objects.count()

    again = send(submitter, cwr(), now=LATER)

    assert rows == (OwnershipShare.objects.count(), Party.objects.count(), Work.objects.count())
    assert WorksFile.objects.count() == 1
    assert again.shares_recorded == 3


def test_the_same_works_in_another_file_change_nothing() -> None:
    societies()
    submitter = a_publisher()
    send(submitter, cwr())

    again = send(submitter, cwr(good_work(), two()), now=LATER)

    assert (again.shares_kept, again.shares_recorded, again.shares_closed) == (3, 3, 0)
    assert (again.works_made, again.mandates_recorded, again.parties_made) == (1, 0, 0)


def test_a_revision_closes_what_was_said_and_records_it_anew() -> None:
    submitter = a_publisher()
    send(submitter, cwr())

    report = send(submitter, revised(2500, 7500), now=LATER)

    assert (report.shares_closed, report.shares_recorded, report.shares_kept) == (1, 2, 2)
    assert mech() == {"Tin Roof Songs": Fraction(3, 4), "ADA OHM": Fraction(1, 4)}
    closed = OwnershipShare.objects.get(closed_at=LATER)
    assert (closed.part, closed.right) == (1, "MECH")


def test_another_sender_neither_replaces_nor_closes_what_was_said() -> None:
    send(a_publisher(), cwr())
    stranger = ensure_party(name="Other Songs", kind=Party.Kind.ORGANIZATION)

    report = send(stranger, revised(2500, 7500, kind="NWR"), now=LATER)

    assert (report.shares_contradicted, report.shares_closed) == (1, 0)
    assert mech() == {"Tin Roof Songs": 1, "ADA OHM": Fraction(1, 4)}
    disputed = OwnershipShare.objects.open().get(status="disputed")
    assert (disputed.party.name, disputed.part) == ("Tin Roof Songs", 1)
    assert [each.rule for each in report.of("warning") if "disputed" in each.sentence] == [
        "share-contradicts"
    ]


def test_claims_of_two_senders_stand_beside_each_other() -> None:
    one, other = a_publisher(), ensure_party(name="Other Songs", kind=Party.Kind.ORGANIZATION)
    send(one, cwr())

    send(other, table(row(party_name="Bo Reed", ipi="")).encode())

    assert mech() == {"Tin Roof Songs": 1, "Bo Reed": 1}


def test_the_very_same_file_is_one_senders_word() -> None:
    send(a_publisher(), cwr())
    stranger = ensure_party(name="Other Songs", kind=Party.Kind.ORGANIZATION)

    with pytest.raises(NotRecordableError):
        send(stranger, cwr(), now=LATER)

    assert mech() == {"Tin Roof Songs": 1}


def test_a_share_that_was_revoked_is_recorded_anew() -> None:
    submitter = a_publisher()
    send(submitter, cwr())
    share = OwnershipShare.objects.get(right="MECH")
    revoke_share(share_id=share.pk, now=NOON)

    send(submitter, cwr(good_work(), two()), now=LATER)

    open_ones = OwnershipShare.objects.open().filter(work_id=share.work_id, right="MECH")
    assert [each.status for each in open_ones] == ["asserted"]


def test_a_warranty_gives_way_to_what_the_same_party_says_exactly() -> None:
    submitter = a_publisher()
    work = Work.objects.create(title="Rain", iswc="T0345246801")
    recording = Recording.objects.create(title="Rain", duration_ms=1000, supplier=submitter)
    link_works(
        recording_id=recording.pk,
        parts=[WorkPart(work.pk, Fraction(1))],
        matched_by="supplier",
        now=NOON,
    )
    warrant_recordings(supplier_id=submitter.pk, recording_ids=[recording.pk], now=NOON)
    assert mech() == {"Tin Roof Songs": 1}

    send(submitter, revised(2500, 7500, kind="NWR"), now=LATER)

    assert mech() == {"Tin Roof Songs": Fraction(3, 4), "ADA OHM": Fraction(1, 4)}


def test_an_older_file_that_comes_late_changes_nothing() -> None:
    submitter = a_publisher()
    newer, older = cwr(), revised(2500, 7500).replace(b"20261122", b"20261101")
    send(submitter, newer)

    report = send(submitter, older, now=LATER)

    assert (report.works_older, report.shares_recorded) == (1, 0)
    assert mech() == {"Tin Roof Songs": 1}


def test_a_society_that_changes_is_changed_by_who_said_the_first() -> None:
    societies("035", "044", "052", "080")
    submitter = a_publisher()
    send(submitter, cwr())
    moved = cwr((*GOOD_WORK[:3], writer(societies=("080", "080", "")), *GOOD_WORK[4:]))
    stranger = ensure_party(name="Other Songs", kind=Party.Kind.ORGANIZATION)
    theirs = cwr((good_work(number="X")[0], *GOOD_WORK[1:3], *moved_writer(), *GOOD_WORK[4:]))

    told = send(stranger, theirs)
    assert ("ADA OHM", "Society 035", ("MAKING_AVAILABLE", "MECH"), "Worldwide") in mandates()
    assert "society-contradicts" in {remark.rule for remark in told.remarks}

    report = send(submitter, moved, now=LATER)
    assert report.mandates_closed == 1
    assert ("ADA OHM", "Society 080", ("MAKING_AVAILABLE", "MECH"), "Worldwide") in mandates()
    assert not any(each[1] == "Society 035" for each in mandates())


def test_a_file_that_says_two_societies_of_somebody_is_believed_the_first() -> None:
    societies("035", "044", "052", "080")
    other = (good_work(number="W2", iswc="", title="TWO")[0], *GOOD_WORK[1:3], *moved_writer())

    report = send(a_publisher(), cwr(GOOD_WORK, (*other, *GOOD_WORK[4:])))

    assert report.shares_recorded == 6
    assert {to for giver, to, *_ in mandates() if giver == "ADA OHM"} == {"Society 035"}
    assert "society-twice" in {remark.rule for remark in report.remarks}


def moved_writer() -> tuple:
    return (writer(societies=("080", "080", "")),)


def test_nobody_else_says_which_society_somebody_with_a_studio_is_with() -> None:
    societies()
    ada = open_studio(user_id=a_user("ada@example.org").pk, name="Ada")
    PartyIdentifier.objects.create(party=ada, scheme="ipi-name", value="00014107338")

    report = send(a_publisher(), cwr())

    assert ("Ada", "MAKING_AVAILABLE", "ComposerLyricist") in shares()
    assert not any(giver == "Ada" for giver, *_ in mandates())
    assert "speaks-for-itself" in {remark.rule for remark in report.remarks}


def test_a_number_is_never_put_on_somebody_who_only_has_the_name() -> None:
    mallory = open_studio(user_id=a_user("mallory@example.org").pk, name="ADA OHM")
    label = ensure_party(name="ADA OHM")

    send(a_publisher(), cwr())

    owner = Party.objects.get(partyidentifier__value="00014107338")
    assert owner not in {mallory, label}
    assert not PartyIdentifier.objects.filter(party__in=[mallory, label]).exists()


def test_a_name_without_a_number_is_nobody_who_has_one() -> None:
    numbered = ensure_party(name="Bo Reed")
    PartyIdentifier.objects.create(party=numbered, scheme="ipi-name", value="00000000298")
    submitter = a_publisher()
    let_act(party_id=submitter.pk, user_id=a_user("songs@example.org").pk)

    send(submitter, table(row(party_name="Bo Reed", ipi="")).encode())
    send(submitter, table(row(party_name="Bo Reed", ipi="", work_title="Two", iswc="")).encode())

    assert set(OwnershipShare.objects.values_list("party__name", flat=True)) == {"Bo Reed"}
    assert not OwnershipShare.objects.filter(party=numbered).exists()
    assert Party.objects.filter(name="Bo Reed").count() == 2


def test_whom_the_sender_does_not_control_it_claims_nothing_for() -> None:
    works = (
        GOOD_WORK[0],
        publisher((2500, 5000, 5000)),
        publisher_territory((2500, 5000, 5000)),
        *(writer((2500, 0, 0)), writer_territory((2500, 0, 0)), GOOD_WORK[5]),
        writer((5000, 5000, 5000), kind="OWR", number="B1", name="REED", ipi="00000000298"),
    )

    report = send(a_publisher(), cwr(works))

    assert not report.of("error"), report.of("error")
    assert report.shares_not_claimed == 2
    assert mech() == {"Tin Roof Songs": HALF}
    assert Work.objects.get().credits.filter(party__name="ADA REED").exists()
