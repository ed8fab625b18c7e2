"""What a works file may hold: what is refused, how it is recorded, where it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from builders import NOON, a_user
from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.intake.actions import (
    NotRecordableError,
    confirm_works_file,
    refuse_works_file,
    take_works_file,
    vouch_for_works_file,
)
from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works import limits, recording
from pennywhistle.apps.intake.works.tests.sending import (
    a_publisher,
    cwr,
    good_work,
    send,
    shares,
)
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import EvidenceEmptyError
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.apps.users.models import User
from pennywhistle.engines.works.tests.csv_tables import row, table
from pennywhistle.engines.works.tests.cwr_files import (
    CwrFile,
)
from pennywhistle.machine.storage import TooLargeError

pytestmark = pytest.mark.django_db

THIRD = Fraction(1, 3)
LATER = NOON + timedelta(days=1)


def mech() -> dict[str, Fraction]:
    return {name: part for (name, right, _), part in shares().items() if right == "MECH"}


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


def vouch(works_file: WorksFile, *, now: datetime = NOON) -> WorksFile:
    """An operator knows that the file is its sender's."""
    known = User.objects.filter(email="operator@example.org").first()
    operator = known or a_user("operator@example.org")
    return vouch_for_works_file(works_file_id=works_file.pk, user_id=operator.pk, now=now)


def a_confirmed_file(submitter: Party, data: bytes) -> WorksFile:
    taken = take_works_file(
        submitter_id=submitter.pk, source_name="rain.V21", chunks=[data], now=NOON
    )
    recording.check_works_file(works_file_id=taken.pk, now=NOON)
    return confirm_works_file(works_file_id=taken.pk, now=NOON)


def test_the_first_file_of_a_party_waits_for_an_operator_and_the_next_does_not() -> None:
    submitter = a_publisher()
    first = a_confirmed_file(submitter, cwr())
    assert first.state == "waiting"
    recording.record_works_file(works_file_id=first.pk, now=NOON)
    assert confirm_works_file(works_file_id=first.pk, now=NOON).state == "waiting"
    assert not Work.objects.exists()

    assert vouch(first).state == "recording"
    recording.record_works_file(works_file_id=first.pk, now=NOON)

    assert Work.objects.exists()
    assert vouch(first, now=LATER).vouched_at == NOON
    again = a_confirmed_file(submitter, cwr(good_work(number="W9", iswc="", title="NEXT")))
    assert again.state == "recording"


def test_a_first_file_that_is_refused_says_why_and_stays_out() -> None:
    first = a_confirmed_file(a_publisher(), cwr())
    refusal = {"works_file_id": first.pk, "user_id": a_user("op@example.org").pk, "now": NOON}
    with pytest.raises(NotRecordableError):
        refuse_works_file(reason=" ", **refusal)

    refused = refuse_works_file(reason="Tin Roof says that you are not with them.", **refusal)

    assert (refused.state, refused.refusal[:8]) == ("refused", "Tin Roof")
    assert refuse_works_file(reason="Otherwise.", **refusal).refusal == refused.refusal
    with pytest.raises(NotRecordableError):
        vouch(first)
    with pytest.raises(NotRecordableError):
        confirm_works_file(works_file_id=first.pk, now=NOON)
    assert not Work.objects.exists()


def test_an_operator_lets_nothing_in_that_its_sender_has_not_confirmed() -> None:
    taken = take_works_file(
        submitter_id=a_publisher().pk, source_name="rain.V21", chunks=[cwr()], now=NOON
    )
    recording.check_works_file(works_file_id=taken.pk, now=NOON)

    with pytest.raises(NotRecordableError):
        vouch(taken)


def test_an_interrupted_file_goes_on_where_it_was(monkeypatch) -> None:
    monkeypatch.setattr(recording, "WORKS_OF_PORTION", 2)
    submitter = a_publisher()
    data = cwr(*[good_work(number=f"W{n}", iswc="", title=f"SONG {n}") for n in range(5)])
    works_file = take_works_file(
        submitter_id=submitter.pk, source_name="five", chunks=[data], now=NOON
    )
    recording.check_works_file(works_file_id=works_file.pk, now=NOON)
    confirm_works_file(works_file_id=works_file.pk, now=NOON)
    vouch(works_file)

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
