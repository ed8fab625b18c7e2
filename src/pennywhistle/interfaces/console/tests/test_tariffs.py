"""The command that records published tariffs shows them first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.known_tariffs import COLUMNS
from pennywhistle.apps.rights.models import Tariff, TariffLine
from pennywhistle.interfaces.console.tariffs import app

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
SACEM = "SACEM unit downloads"


def run(*arguments: object, said: str = "") -> Result:
    """The command with its arguments, on a wide terminal."""
    asked = ["load", *map(str, arguments)]
    return CliRunner().invoke(app, asked, input=said, env={"COLUMNS": "220"})


@pytest.fixture(autouse=True)
def _licensor(db: None) -> None:
    ensure_party(name="SACEM")


def test_nothing_is_recorded_before_somebody_said_that_they_checked() -> None:
    refused = run("known", "--licensor", "SACEM", "--tariff", SACEM, said="n\n")

    assert "clients.sacem.fr, undated copy" in refused.output
    assert "Check before relying on it" in refused.output
    assert "Nothing was recorded" in refused.output
    assert not Tariff.objects.exists()

    recorded = run("known", "--licensor", "SACEM", "--tariff", SACEM, said="y\n")

    assert recorded.exit_code == 0, recorded.output
    assert TariffLine.objects.get().tariff.licensor.name == "SACEM"
    assert run("known", "--licensor", "SACEM", "--tariff", SACEM, "--yes").exit_code == 0
    assert TariffLine.objects.count() == 1


def test_one_tariff_at_a_time_is_loaded() -> None:
    several = run("known", "--licensor", "SACEM", "--yes")
    unknown = run("known", "--licensor", "SACEM", "--tariff", "GEMA VR-OD", "--yes")

    for result in (several, unknown):
        assert result.exit_code != 0
        assert SACEM in result.output
    assert not Tariff.objects.exists()


def test_a_table_of_ones_own_is_loaded(tmp_path: Path) -> None:
    row = {"tariff": "Ours", "currency": "EUR", "base": "net", "percent": "8"}
    row |= {"per_work": "no", "by_repertoire": "no", "source": "A letter of 2026-11-01"}
    file = tmp_path / "ours.csv"
    file.write_text(
        f"{','.join(COLUMNS)}\n{','.join(row.get(name, '') for name in COLUMNS)}\n",
        encoding="utf-8-sig",
    )

    result = run(file, "--licensor", "SACEM", "--yes")

    assert result.exit_code == 0, result.output
    assert TariffLine.objects.get().source == "A letter of 2026-11-01"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1,2\n"])
def test_what_is_no_table_of_tariffs_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)

    assert run(file, "--licensor", "SACEM", "--yes").exit_code == 2
    assert run(tmp_path / "none.csv", "--licensor", "SACEM", "--yes").exit_code == 2
    assert run("known", "--licensor", "Nobody", "--tariff", SACEM, "--yes").exit_code == 2
