"""Reading a report back: its records by name, its counts checked; what a recipient would do."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pennywhistle.engines.dsr.layouts import LAYOUTS

_SALES = {"SU01.02", "SU01.03", "SR08"}
_FOOTERS = {"FOOT", "SRFO"}


class ReportInvalidError(ValueError):
    """The file is not a report of these profiles, or miscounts itself."""

    code = "report-invalid"


@dataclass(frozen=True, slots=True)
class ReadReport:
    """The records of a report in their order: type, and cells by name."""

    records: tuple[tuple[str, dict[str, str]], ...]

    def of(self, *kinds: str) -> list[dict[str, str]]:
        """The records of these types."""
        return [cells for kind, cells in self.records if kind in kinds]

    @property
    def head(self) -> dict[str, str]:
        """The header."""
        return self.records[0][1]

    @property
    def sales(self) -> list[dict[str, str]]:
        """All records of sales."""
        return self.of(*_SALES)


def read_report(document: bytes) -> ReadReport:
    """Read a file of one report; lines that begin with # are no records.

    Raises:
        ReportInvalidError: what is wrong, and in which line, counted from 1.
    """
    lines = document.decode().splitlines()
    records = [
        _record(number, line)
        for number, line in enumerate(lines, 1)
        if line and not line.startswith("#")
    ]
    report = ReadReport(tuple(records))
    _check_ends(report)
    _check_counts(report, len(lines))
    _check_summaries(report)
    return report


def _record(number: int, line: str) -> tuple[str, dict[str, str]]:
    cells = line.split("\t")
    layout = LAYOUTS.get(cells[0])
    if layout is None:
        raise ReportInvalidError(f"Line {number}: {cells[0][:20]!r} is no record")
    if len(cells) != len(layout):
        raise ReportInvalidError(
            f"Line {number}: {cells[0]} has {len(layout)} cells, and this one {len(cells)}"
        )
    return cells[0], dict(zip(layout, cells, strict=True))


def _check_ends(report: ReadReport) -> None:
    kinds = [kind for kind, _ in report.records]
    if not kinds or kinds[0] != "HEAD" or kinds.count("HEAD") != 1:
        raise ReportInvalidError("A report begins with its one HEAD")
    if kinds[-1] not in _FOOTERS or sum(kind in _FOOTERS for kind in kinds) != 1:
        raise ReportInvalidError("A report ends with its one FOOT or SRFO")


def _check_counts(report: ReadReport, line_count: int) -> None:
    foot = report.records[-1][1]
    summaries = sum(kind.startswith("SY") for kind, _ in report.records)
    blocks = len({cells["BlockId"] for _, cells in report.records if "BlockId" in cells})
    counted = {
        "NumberOfLinesInFile": line_count,
        "NumberOfLinesInReport": line_count,
        "NumberOfSummaryRecords": summaries,
        "NumberOfBlocksInFile": blocks,
        "NumberOfBlocksInReport": blocks,
    }
    for name, count in counted.items():
        if name in foot and foot[name] != str(count):
            raise ReportInvalidError(f"{name} is {foot[name]}, and there are {count}")


def _check_summaries(report: ReadReport) -> None:
    """The usages of each summary are those of its sales."""
    for kind, summary in report.records:
        if not kind.startswith("SY"):
            continue
        name = "AllocatedUsages" if kind == "SY10" else "TotalUsages"
        number = summary["SummaryRecordId"]
        mine = [each for each in report.sales if each["SummaryRecordId"] == number]
        sold = sum(Decimal(each.get("Usages") or each["TotalUsages"]) for each in mine)
        if sold != Decimal(summary[name]):
            raise ReportInvalidError(f"Summary {number} has {summary[name]} usages, not {sold}")
    known = {cells["SummaryRecordId"] for kind, cells in report.records if kind.startswith("SY")}
    lost = {each["SummaryRecordId"] for each in report.sales} - known
    if lost:
        raise ReportInvalidError(f"Sales name summaries that are not there: {sorted(lost)}")
