"""What the studio shows of files that tell of works; every query starts from the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works.report import ImportReport

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.users.models import User


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A works file as its page shows it; `report` is None until it is checked, and in lists."""

    id: int
    public_id: str
    source_name: str
    submitter_name: str
    kind: str
    state: str
    state_text: str
    works_total: int
    works_done: int
    created_at: datetime
    recorded_at: datetime | None
    report: ImportReport | None
    refusal: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether its page should ask again."""
        return self.state in {WorksFile.State.CHECKING, WorksFile.State.RECORDING}


def works_files(*, user: User, count_max: int) -> list[ShownFile]:
    """The newest files of the parties that this person acts for, without their reports."""
    found = WorksFile.objects.sent_for(user=user).select_related("submitter").defer("report")
    return [_shown(each, None) for each in found[:count_max]]


def works_file(*, user: User, public_id: str) -> ShownFile | None:
    """One file with its report; None if there is none that this person may see."""
    found = WorksFile.objects.sent_for(user=user).select_related("submitter")
    each = found.filter(public_id=public_id).first()
    if each is None:
        return None
    return _shown(each, ImportReport.from_json(each.report) if each.report else None)


def _shown(each: WorksFile, report: ImportReport | None) -> ShownFile:
    return ShownFile(
        id=each.pk,
        public_id=each.public_id,
        source_name=each.source_name,
        submitter_name=each.submitter.name,
        kind=each.get_kind_display(),
        state=each.state,
        state_text=each.get_state_display(),
        works_total=each.works_total,
        works_done=each.works_done,
        created_at=each.created_at,
        recorded_at=each.recorded_at,
        report=report,
        refusal=each.refusal,
    )
