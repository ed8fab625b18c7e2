"""Small works tables, and what is read out of them."""

from __future__ import annotations

from pennywhistle.engines.works import FileReport, WorkRegistration, read_works_csv

HEADER = (
    "work_title,iswc,isrc,party_name,ipi,role,right,share_percent,territories,society,from,until"
)
ROW = {
    "work_title": "Rain",
    "iswc": "T-034.524.680-1",
    "isrc": "AA6Q72000047",
    "party_name": "Ada Ohm",
    "ipi": "00014107338",
    "role": "composer-author",
    "right": "mechanical",
    "share_percent": "100",
    "territories": "Worldwide",
    "society": "GEMA",
    "from": "",
    "until": "",
}


def row(**changes: str) -> str:
    return ",".join((ROW | changes).values())


def table(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def read(text: str | bytes) -> tuple[list[WorkRegistration], FileReport]:
    *works, report = read_works_csv(text)
    assert isinstance(report, FileReport)
    assert all(isinstance(work, WorkRegistration) for work in works)
    return works, report  # type: ignore[return-value]


def the_work(*rows: str) -> WorkRegistration:
    works, report = read(table(*rows))
    assert not report.findings
    assert len(works) == 1
    return works[0]


def rules(*rows: str) -> set[str]:
    return {one.rule for one in the_work(*rows).findings}
