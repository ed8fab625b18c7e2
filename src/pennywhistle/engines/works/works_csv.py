"""Works and their shares from a CSV file: one row a share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pennywhistle.engines.works.csv_table import Row, read_rows
from pennywhistle.engines.works.csv_works import WorkRows
from pennywhistle.engines.works.findings import Log
from pennywhistle.engines.works.registration import WorkRegistration
from pennywhistle.engines.works.transmission import FileReport

if TYPE_CHECKING:
    from collections.abc import Iterator

CsvItem: TypeAlias = WorkRegistration | FileReport


def read_works_csv(data: str | bytes) -> Iterator[CsvItem]:
    """Read a file with one row a share; the columns are in docs/supplying/works.md.

    Gives the works in the order in which they first appear, then a `FileReport`. Rows belong to
    one work if they have the same work number; without one, the same ISWC; without that, the same
    title. A cell that is wrong refuses its work; a row that cannot be told apart refuses the file.
    Never raises for what the file says. Bytes are UTF-8; text may begin with a byte order mark.
    """
    log = Log()
    works: dict[tuple[str, str], WorkRows] = {}
    rows = 0
    for row in read_rows(data, log):
        rows += 1
        key = _key(row)
        if key not in works:
            works[key] = WorkRows(row)
        works[key].add(row)
    refused = 0
    for work in works.values():
        told = work.finish()
        refused += told.is_refused
        yield told
    yield FileReport(
        records=rows,
        transactions=len(works),
        works=len(works),
        works_refused=refused,
        not_kept=tuple((one.record, one.field, rows) for one in log.not_kept),
        findings=tuple(log.findings),
        findings_omitted=log.omitted,
    )


def _key(row: Row) -> tuple[str, str]:
    for name in ("work_number", "iswc"):
        if row.raw(name):
            return name, row.raw(name)
    return "work_title", row.raw("work_title").casefold()
