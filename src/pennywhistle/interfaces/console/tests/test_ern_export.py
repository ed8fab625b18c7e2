"""`pennywhistle ern export`: a catalog leaves by one command."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from builders import a_shelf, a_store
from pennywhistle.apps.catalog.models import Release
from pennywhistle.interfaces.console.commands import app

PROGRAM = CliRunner()


@pytest.mark.django_db
def test_a_catalog_leaves_and_an_export_that_is_whole_stays_as_it_is(tmp_path: Path) -> None:
    a_store()
    supplier = a_shelf().release.supplier
    arguments = ["ern", "export", "--supplier", supplier.public_id, str(tmp_path / "out")]

    first = PROGRAM.invoke(app, arguments)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("N_*/*/*.xml")}
    again = PROGRAM.invoke(app, arguments)

    assert first.exit_code == again.exit_code == 0, first.output
    assert "1 releases (0 not on sale)" in " ".join(first.output.split())
    release = Release.objects.get()
    assert [path.stem for path in times] == [release.upc or release.public_id]
    assert times == {path: path.stat().st_mtime_ns for path in times}
    assert (tmp_path / "out" / "rate-card.csv").exists()


@pytest.mark.django_db
def test_nobody_of_that_name_leaves_nothing(tmp_path: Path) -> None:
    a_store()

    result = PROGRAM.invoke(app, ["ern", "export", "--supplier", "Nobody", str(tmp_path / "out")])

    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()
