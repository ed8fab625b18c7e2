"""The command that takes in files of works, as an operator uses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from builders import a_store
from pennywhistle.apps.intake.works.tests.sending import a_publisher, cwr, good_work, shares
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.engines.works.tests.csv_tables import row, table
from pennywhistle.interfaces.console.works import app

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(db: None) -> None:
    a_store()


def run(*arguments: object) -> Result:
    """The command with its arguments, on a wide terminal."""
    return CliRunner().invoke(app, ["import", *map(str, arguments)], env={"COLUMNS": "200"})


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "CW260001TIN_000.V21"
    file.write_bytes(cwr())
    return file


def test_a_file_is_recorded_and_told(good) -> None:
    submitter = a_publisher()

    result = run(good, "--submitter", submitter.name)

    assert result.exit_code == 0, result.output
    assert "3 shares recorded" in result.output
    assert "society 035, GEMA" in result.output
    assert len(shares()) == 3


def test_a_check_records_nothing(good) -> None:
    a_publisher()

    result = run(good, "--submitter", "Tin Roof Songs", "--check")

    assert result.exit_code == 0, result.output
    assert "Nothing was recorded" in result.output
    assert not OwnershipShare.objects.exists()


def test_one_bad_file_stops_no_other_and_is_told_by_the_exit_code(good, tmp_path) -> None:
    submitter = a_publisher()
    bad = tmp_path / "bad.csv"
    bad.write_text(table(row(share_percent="50", work_title="[red]Bad[/red]")))
    empty = tmp_path / "empty.V21"
    empty.touch()

    result = run(bad, empty, tmp_path / "missing.V21", good, "--submitter", submitter.public_id)

    assert result.exit_code == 1
    assert "[red]Bad[/red]" in result.output
    assert "is an empty file" in result.output
    assert len(shares()) == 3


def test_programs_read_the_reports_as_json(good, tmp_path) -> None:
    a_publisher()
    second = tmp_path / "second.V21"
    second.write_bytes(cwr(good_work(), good_work(number="W2")))

    result = run(good, second, "--submitter", "Tin Roof Songs", "--json")

    first, other = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 1
    assert (first["is_good"], first["works"], first["shares_recorded"]) == (True, 1, 3)
    assert (other["is_good"], other["works_refused"]) == (False, 1)
    assert other["remarks"][0]["rule"] == "work-twice"


def test_nobody_is_made_a_sender_by_a_slip(good) -> None:
    assert run(good, "--submitter", "Nobody").exit_code == 2
    assert not Party.objects.filter(name="Nobody").exists()
    ensure_party(name="Two")
    Party.objects.create(name="Two", slug="two")
    assert "give the code of one" in run(good, "--submitter", "Two").output
