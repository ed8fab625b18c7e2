"""The report on a works file: what it tells, what was recorded, what was refused and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from pennywhistle.apps.intake.works.limits import (
    ERRORS_TOLD_MAX,
    NOT_KEPT_TOLD_MAX,
    WARNINGS_TOLD_MAX,
)

if TYPE_CHECKING:
    from pennywhistle.engines.works import FileReport, Finding


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that the sender should know; `work` is its title, or empty for the file.

    `level` is "error" (the work is refused, or the file) or "warning"; `line`, `record`, `field`
    and `value` say where it stands and what stood there; `rule` is for programs.
    """

    level: str
    line: int
    sentence: str
    remedy: str
    rule: str
    work: str = ""
    record: str = ""
    field: str = ""
    value: str = ""


@dataclass(slots=True)
class ImportReport:
    """What became of a file, counted; of the remarks at most a few hundred are kept.

    Until it is recorded, what counts rows of the register is 0. `works` is how many can be
    recorded, `works_refused` and `works_answers` how many not: a society's answers are nobody's
    claims. `shares_not_claimed` are shares of parties for whom the sender does not speak.
    """

    is_refused: bool = False
    sender: str = ""
    works: int = 0
    works_refused: int = 0
    works_answers: int = 0
    shares: int = 0
    shares_not_claimed: int = 0
    works_made: int = 0
    works_older: int = 0
    parties_made: int = 0
    shares_recorded: int = 0
    shares_kept: int = 0
    shares_closed: int = 0
    shares_contradicted: int = 0
    mandates_recorded: int = 0
    mandates_closed: int = 0
    recordings_linked: int = 0
    recordings_otherwise: int = 0
    recordings_proposed: int = 0
    not_kept: list[tuple[str, str, int]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    remarks_omitted: int = 0

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        remarks = [Remark(**remark) for remark in value["remarks"]]
        not_kept = [(record, name, count) for record, name, count in value["not_kept"]]
        return cls(**{**value, "remarks": remarks, "not_kept": not_kept})

    def to_json(self) -> dict[str, Any]:
        """JSON values, for the file's row and for programs."""
        return asdict(self)

    def of(self, level: str) -> list[Remark]:
        """The remarks of one level."""
        return [remark for remark in self.remarks if remark.level == level]

    def add(self, remark: Remark) -> None:
        """Keep a remark, or count it where there are too many. The same twice is one."""
        most = ERRORS_TOLD_MAX if remark.level == "error" else WARNINGS_TOLD_MAX
        if remark in self.remarks:
            return
        if len(self.of(remark.level)) < most:
            self.remarks.append(remark)
        else:
            self.remarks_omitted += 1

    def add_findings(
        self, findings: tuple[Finding, ...], *, omitted: int = 0, work: str = ""
    ) -> None:
        """Keep what the reader found."""
        self.remarks_omitted += omitted
        for found in findings:
            self.add(
                Remark(
                    level=found.level,
                    line=found.line,
                    sentence=found.sentence,
                    remedy=found.remedy,
                    rule=found.rule,
                    work=work.replace("\0", "\N{REPLACEMENT CHARACTER}"),
                    record=found.record,
                    field=found.field,
                    # What is no text cannot be kept in the database.
                    value=found.value.replace("\0", "\N{REPLACEMENT CHARACTER}"),
                )
            )

    def close(self, told: FileReport) -> None:
        """Take in what holds for the file as a whole."""
        self.is_refused = told.is_refused
        self.not_kept = list(told.not_kept[:NOT_KEPT_TOLD_MAX])
        self.add_findings(told.findings, omitted=told.findings_omitted)
