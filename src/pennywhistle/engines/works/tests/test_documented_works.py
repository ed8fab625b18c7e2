"""The page for publishers is true: its table is read, and its names are known."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from pennywhistle.engines.works import (
    WorkRegistration,
    read_works_csv,
    society_name,
    society_number,
)
from pennywhistle.engines.works.csv_row import PUBLISHER_ROLES, WRITER_ROLES
from pennywhistle.engines.works.csv_table import OPTIONAL, REQUIRED

PAGE = Path(__file__).parents[5] / "docs" / "supplying" / "works.md"


def test_the_table_of_the_page_is_read_without_a_finding() -> None:
    found = re.search(r"```csv\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None

    rain, slow, report = read_works_csv(found[1])

    assert isinstance(rain, WorkRegistration)
    assert isinstance(slow, WorkRegistration)
    assert not (*rain.findings, *slow.findings, *report.findings)
    assert [one.party.name for one in rain.publishers] == ["Tin Roof Songs"]
    assert len(slow.recordings) == 2
    assert {one.share for writer in slow.writers for one in writer.ownership} == {Fraction(1, 3)}


def test_the_page_names_every_column_and_role() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = "\n".join(line for line in page.splitlines() if line.startswith("|"))

    for word in (*REQUIRED, *OPTIONAL, *WRITER_ROLES, *PUBLISHER_ROLES):
        assert word in rows, word


def test_societies_are_known_by_number_and_name() -> None:
    assert society_name("035") == "GEMA"
    assert society_number(" gema ") == "035"
    assert (society_name("999"), society_number("nobody")) == ("", "")
    assert society_number("Harry Fox Agency") == "034"
