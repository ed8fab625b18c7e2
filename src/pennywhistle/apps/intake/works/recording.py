"""Checking a works file, and recording it in portions; an interrupted file goes on where it was."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works.limits import WORKS_OF_PORTION
from pennywhistle.apps.intake.works.mandates import societies_unknown
from pennywhistle.apps.intake.works.portion import Telling, source_of, write_portion
from pennywhistle.apps.intake.works.reading import Progress, Reading, unheard
from pennywhistle.apps.intake.works.report import ImportReport
from pennywhistle.apps.intake.works.telling import tell
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.intake.works.telling import WorkTold


def check_works_file(
    *, works_file_id: int, now: datetime, progress: Progress = unheard
) -> ImportReport:
    """Read a file from its first line to its last, and write its report; nothing is recorded.

    A file that was checked before answers with the report that it has.
    """
    works_file = WorksFile.objects.select_related("evidence").get(id=works_file_id)
    if works_file.report is not None:
        return ImportReport.from_json(works_file.report)
    reading = Reading(works_file, progress)
    report, societies = reading.report, set()
    for registration in reading.works():
        work = tell(registration)
        report.shares += len(work.claims)
        report.shares_not_claimed += work.not_claimed
        societies |= {membership.society for membership in work.memberships}
    for remark in societies_unknown(societies):
        report.add(remark)
    may_stand = not report.is_refused and report.works > 0
    WorksFile.objects.filter(id=works_file_id, state=WorksFile.State.CHECKING).update(
        state=WorksFile.State.READY if may_stand else WorksFile.State.REFUSED,
        report=report.to_json(),
        works_total=report.works if may_stand else 0,
        checked_at=now,
    )
    return report


def record_works_file(
    *, works_file_id: int, now: datetime, progress: Progress = unheard
) -> ImportReport:
    """Record the works of a file that its sender confirmed, portion by portion.

    Each portion is a transaction and moves the mark of how far it is: what is interrupted goes on
    there, and what was recorded once changes nothing. Two at the same time do not do it twice.
    """
    works_file = WorksFile.objects.select_related("evidence").get(id=works_file_id)
    assert works_file.report is not None, "a file that was confirmed was checked"
    report = ImportReport.from_json(works_file.report)
    if works_file.state != WorksFile.State.RECORDING:
        return report
    reading = Reading(works_file)
    done = works_file.works_done
    works = (tell(registration) for registration in islice(reading.works(), done, None))
    while portion := list(islice(works, WORKS_OF_PORTION)):
        if not _record(works_file_id, portion, done, reading.made_at, now):
            break
        done += len(portion)
        progress("record", done, works_file.works_total)
    return _finish(works_file_id, now)


@transaction.atomic
def _record(
    works_file_id: int,
    portion: list[WorkTold],
    done: int,
    made_at: datetime | None,
    now: datetime,
) -> bool:
    """Record a portion; False if somebody else has done it meanwhile."""
    works_file = WorksFile.objects.select_for_update(of=("self",)).get(id=works_file_id)
    if works_file.works_done != done or works_file.state != WorksFile.State.RECORDING:
        return False
    # One file of a sender after the other: what it says last is what it says.
    works_file.submitter = Party.objects.select_for_update(no_key=True).get(
        id=works_file.submitter_id
    )
    assert works_file.report is not None, "it was checked"
    report = ImportReport.from_json(works_file.report)
    telling = Telling(works_file, source_of(works_file), made_at or works_file.created_at, report)
    write_portion(telling, portion, now=now)
    works_file.works_done = done + len(portion)
    works_file.report = report.to_json()
    works_file.save(update_fields=["works_done", "report"])
    return True


@transaction.atomic
def _finish(works_file_id: int, now: datetime) -> ImportReport:
    works_file = WorksFile.objects.select_for_update(of=("self",)).get(id=works_file_id)
    is_done = works_file.works_done == works_file.works_total
    if is_done and works_file.state == WorksFile.State.RECORDING:
        works_file.state = WorksFile.State.RECORDED
        works_file.recorded_at = now
        works_file.save(update_fields=["state", "recorded_at"])
    assert works_file.report is not None, "it was checked"
    return ImportReport.from_json(works_file.report)
