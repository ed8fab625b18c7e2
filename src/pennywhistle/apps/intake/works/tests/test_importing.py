"""What a works file changes in the register, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from builders import NOON, a_user
from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.intake.actions import (
    NotRecordableError,
    confirm_works_file,
    take_works_file,
)
from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works import limits, recording
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
from pennywhistle.apps.rights.actions import EvidenceEmptyError, revoke_share
from pennywhistle.apps.rights.actions.warranty import warrant_recordings
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.engines.works.tests.csv_tables import row, table
from pennywhistle.engines.works.tests.cwr_files import (
    GOOD_WORK,
    CwrFile,
    publisher,
    publisher_territory,
    writer,
    writer_territory,
)
from pennywhistle.machine.storage import TooLargeError

pytestmark = pytest.mark.django_db

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
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
    recording = work.recordings.create(title="Rain", duration_ms=1000, supplier=submitter)
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


def test_three_times_a_third_is_exact_and_wrong_sums_are_refused_with_the_numbers() -> None:
    good = [row(party_name=name, ipi="", share_percent="33.33") for name in ("A", "B", "C")]
    bad = [
        row(work_title="Bad", iswc="", isrc="", party_name=name, ipi="", share_percent=percent)
        for name, percent in (("A", "50"), ("B", "50.10"))
    ]

    report = send(a_publisher(), table(*good, *bad).encode())

    assert (report.works, report.works_refused) == (1, 1)
    assert set(mech().values()) == {THIRD}
    (error,) = report.of("error")
    assert "100.1 %" in error.sentence
    assert error.work == "Bad"


def test_a_table_with_wrong_check_digits_is_refused_with_the_number() -> None:
    report = send(a_publisher(), table(row(iswc="T-034.524.680-2", isrc="")).encode())

    assert (report.works, report.works_refused) == (0, 1)
    assert report.of("error")[0].value == "T-034.524.680-2"
    assert not Work.objects.exists()


def test_days_are_whole_days_and_the_last_one_counts() -> None:
    send(
        a_publisher(),
        table(
            row(until="2026-12-31"), row(**{"from": "2027-01-01", "party_name": "B", "ipi": ""})
        ).encode(),
    )

    ends = {share.party.name: share.valid_until for share in OwnershipShare.objects.all()}
    assert ends == {"Ada Ohm": datetime(2027, 1, 1, tzinfo=UTC), "B": None}


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


def test_an_answer_of_a_society_is_nobodys_claim() -> None:
    conflict = good_work(kind="EXC")

    report = send(a_publisher(), cwr(conflict, kind="EXC"))

    assert (report.works, report.works_answers) == (0, 1)
    assert not OwnershipShare.objects.exists()


def test_a_file_that_lost_a_line_records_nothing() -> None:
    lines = cwr(good_work(), good_work(number="W2", iswc="")).splitlines(keepends=True)
    cut = b"".join(lines[:5] + lines[6:])

    report = send(a_publisher(), cut)

    assert report.is_refused
    assert WorksFile.objects.get().state == "refused"
    assert not Work.objects.exists()
    assert not OwnershipShare.objects.exists()


@pytest.mark.parametrize("data", [b"\x7fELF\x00\x01", b"%PDF-1.7 \n1 0 obj", b"HDR", b"a,b\n1,2\n"])
def test_what_is_no_works_file_is_refused_with_a_sentence(data) -> None:
    report = send(a_publisher(), data)

    assert report.is_refused or not report.works
    assert report.of("error")
    assert not Work.objects.exists()


def test_an_empty_file_and_a_huge_one_are_refused_and_not_kept(settings) -> None:
    settings.WORKS_FILE_BYTES_MAX = 1_000
    with pytest.raises(EvidenceEmptyError):
        send(a_publisher(), b"")
    with pytest.raises(TooLargeError):
        send(ensure_party(name="Other"), b"HDR" + b" " * 2_000)

    assert not WorksFile.objects.exists()


def test_a_work_that_is_told_twice_is_told_once() -> None:
    report = send(a_publisher(), cwr(good_work(), good_work()))

    assert (report.works, report.works_refused) == (1, 1)
    assert report.of("error")[0].rule == "work-twice"


def test_nothing_is_recorded_before_the_sender_has_seen_the_report() -> None:
    submitter = a_publisher()
    works_file = take_works_file(
        submitter_id=submitter.pk, source_name="rain.V21", chunks=[cwr()], now=NOON
    )
    with pytest.raises(NotRecordableError):
        confirm_works_file(works_file_id=works_file.pk, now=NOON)

    checked = recording.check_works_file(works_file_id=works_file.pk, now=NOON)

    assert (checked.works, checked.shares, checked.sender) == (1, 3, "TIN ROOF SONGS")
    assert not Work.objects.exists()
    recording.record_works_file(works_file_id=works_file.pk, now=NOON)
    assert not Work.objects.exists()


def test_an_interrupted_file_goes_on_where_it_was(monkeypatch) -> None:
    monkeypatch.setattr(recording, "WORKS_OF_PORTION", 2)
    submitter = a_publisher()
    data = cwr(*[good_work(number=f"W{n}", iswc="", title=f"SONG {n}") for n in range(5)])
    works_file = take_works_file(
        submitter_id=submitter.pk, source_name="five", chunks=[data], now=NOON
    )
    recording.check_works_file(works_file_id=works_file.pk, now=NOON)
    confirm_works_file(works_file_id=works_file.pk, now=NOON)

    def stop(_step: str, done: int, _total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recording.record_works_file(works_file_id=works_file.pk, now=NOON, progress=stop)
    works_file.refresh_from_db()
    assert (works_file.state, works_file.works_done, Work.objects.count()) == ("recording", 4, 4)

    report = recording.record_works_file(works_file_id=works_file.pk, now=LATER)

    works_file.refresh_from_db()
    assert (works_file.state, works_file.works_done) == ("recorded", 5)
    assert (report.works_made, report.shares_recorded) == (5, 15)


def test_a_portion_that_fails_leaves_nothing_of_itself(monkeypatch) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("pennywhistle.apps.intake.works.portion.record_collectors", fail)
    with pytest.raises(RuntimeError):
        send(a_publisher(), cwr())

    assert not Work.objects.exists()
    assert not OwnershipShare.objects.exists()
    assert WorksFile.objects.get().works_done == 0


def test_a_report_of_very_many_faults_stays_small() -> None:
    rows = [row(work_title=f"W{n}", iswc="", isrc="", share_percent="x") for n in range(1_000)]

    report = send(a_publisher(), table(*rows).encode())

    assert report.works_refused == 1_000
    assert len(report.remarks) <= limits.ERRORS_TOLD_MAX + limits.WARNINGS_TOLD_MAX
    assert report.remarks_omitted >= 800


def test_a_society_that_the_store_does_not_know_is_named_once() -> None:
    works = [good_work(number=f"W{n}", iswc="", title=f"SONG {n}") for n in range(3)]

    report = send(a_publisher(), cwr(*works))

    unknown = [remark.value for remark in report.remarks if remark.rule == "society-unknown"]
    assert sorted(unknown) == ["035", "044", "052"]
    assert report.shares_recorded == 9


def test_groups_of_new_and_revised_works_are_read_alike() -> None:
    data = CwrFile().group(good_work()).group(good_work(kind="REV", number="W2", iswc="")).data()

    assert send(a_publisher(), data).works == 2
