"""The command that hears masters of an earlier version."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from judged_files import LOSSY, judge_as
from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.media import hearings
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Hearing, Master
from pennywhistle.engines.audio import Examination
from pennywhistle.engines.audio.judgement import Judgement
from pennywhistle.engines.fingerprint import Fingerprint
from pennywhistle.interfaces.console import masters
from pennywhistle.interfaces.console.masters import app
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(settings, tmp_path: Path) -> SoundingShop:
    settings.FINGERPRINTS = tmp_path / "fingerprints"
    return a_sounding_shop()


def run() -> Result:
    """The command, on a wide terminal."""
    return CliRunner().invoke(app, [], env={"COLUMNS": "200"})


@pytest.mark.usefixtures("shop")
def test_every_master_is_heard_once() -> None:
    first = run()
    again = run()

    assert (first.exit_code, "Heard: 2 of 2." in first.output) == (0, True), first.output
    assert "Heard: 0 of 0." in again.output
    assert set(Hearing.objects.values_list("sha256", flat=True)) == set(
        Master.objects.values_list("sha256", flat=True)
    )
    for row in Hearing.objects.all():
        examination = Examination.from_json(row.examination)
        assert Judgement.from_json(row.judgement).sample_count == examination.sample_count
        assert Fingerprint.from_bytes(bytes(row.fingerprint)).duration_s == 4.0


@pytest.mark.usefixtures("shop")
def test_what_an_operator_has_to_decide_is_named() -> None:
    hearings.hear_masters(progress=lambda *_: None)
    rows = list(Hearing.objects.order_by("sha256").values_list("sha256", "examination"))
    judge_as(rows[:1], LOSSY)

    first, again = run(), run()

    assert (first.exit_code, "Compared: 2." in first.output) == (0, True), first.output
    title = Track.objects.get(recording__master__sha256=rows[0][0]).title
    assert f"To decide: Tin Weather Label, {title}: lossy-source" in first.output
    assert "Compared: 0." in again.output
    assert "To decide" not in again.output


@pytest.mark.usefixtures("shop")
def test_while_the_index_is_made_again_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wait(**_values: object) -> int:
        raise IndexUnavailableError("The index is being made again.")

    monkeypatch.setattr(masters, "weigh_older", wait)

    told = run()

    assert told.exit_code == 1
    assert "Heard: 2 of 2." in told.output
    assert "call this again later" in told.output


@pytest.mark.usefixtures("shop")
def test_what_was_interrupted_goes_on_where_it_was() -> None:
    class Killed(Exception):  # noqa: N818
        """Stands for the end of the process."""

    def kill_after_one(done: int, _total: int, /) -> None:
        if done == 1:
            raise Killed

    with pytest.raises(Killed):
        hearings.hear_masters(progress=kill_after_one)
    assert Hearing.objects.count() == 1

    assert "Heard: 1 of 1." in run().output


@pytest.mark.usefixtures("shop")
def test_a_master_that_is_gone_is_named_and_the_others_are_heard() -> None:
    content = {row.sha256: MASTERS.path(row.sha256).read_bytes() for row in Master.objects.all()}
    gone = min(content)
    MASTERS.remove(gone)
    try:
        result = run()
    finally:
        MASTERS.put([content[gone]])

    assert result.exit_code == 1
    assert f"{gone}: The file is not in the store." in result.output
    assert "Heard: 1 of 2." in result.output
