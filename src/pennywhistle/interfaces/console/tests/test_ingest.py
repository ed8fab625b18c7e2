"""The command that takes folders in, as an operator uses it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner, Result

from builders import NOON, a_store, a_user
from pennywhistle.apps.catalog.models import Release, Role
from pennywhistle.apps.intake.doubts.actions import decide_doubt
from pennywhistle.apps.intake.models import Delivery, Doubt
from pennywhistle.apps.media.tests.audio_files import write_album, write_audio
from pennywhistle.apps.parties.actions import ensure_party, open_studio
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Grant, GrantShare
from pennywhistle.interfaces.console.ingest import ingest
from pennywhistle.interfaces.console.sample import CATALOG
from pennywhistle.interfaces.console.terms import TermsInvalidError, read_terms

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(db: None) -> None:
    a_store()


def run(*arguments: object) -> Result:
    """The command with its arguments, on a wide terminal."""
    app = typer.Typer()
    app.command()(ingest)
    return CliRunner().invoke(
        app, [str(argument) for argument in arguments], env={"COLUMNS": "200"}
    )


def test_a_folder_is_checked_and_published(tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Two Winds")

    result = run(
        folder, "--supplier", "North Label", "--album-price", "0.50",
        "--territories", "DE,AT", "--split", "Ada=60%,Ben=40%", "--yes",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    release = Release.objects.get()
    assert (release.title, release.supplier.name) == ("Two Winds", "North Label")
    assert release.supplier.kind == Party.Kind.ORGANIZATION
    assert {grant.territories.text for grant in Grant.objects.all()} == {"AT, DE"}
    shares = GrantShare.objects.filter(grant__track__title="North")
    assert {(s.party.name, s.numerator, s.denominator) for s in shares} == {
        ("Ada", 3, 5),
        ("Ben", 2, 5),
    }


def test_the_same_command_again_says_so_and_changes_nothing(tmp_path: Path) -> None:
    folder = write_album(tmp_path / "Two Winds")
    run(folder, "--supplier", "North Label", "--yes")

    again = run(folder, "--supplier", "North Label", "--yes")

    assert again.exit_code == 0
    assert "published already" in again.output
    assert (Release.objects.count(), Grant.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        (("North",), ("1 track, ", "1 of 1 track passed", "1 of 1 file checked", "Published: 1 r")),
        (("North", "South"), ("2 tracks, ", "2 of 2 tracks passed", "2 of 2 files checked")),
    ],
)
def test_numbers_and_their_nouns_agree(tmp_path: Path, titles, said) -> None:
    result = run(write_album(tmp_path / "Winds", titles), "--supplier", "North Label", "--yes")

    output = " ".join(result.output.split())
    for words in said:
        assert words in output, output
    assert "(s)" not in output


def test_a_lossy_file_is_one_of_one(tmp_path: Path) -> None:
    write_audio(tmp_path / "Winds" / "01 North.mp3", codec="mp3", title="North", artist="Ada")

    result = run(tmp_path / "Winds", "--supplier", "North Label", "--check-only")

    assert "Thefileislossy(mp3" in "".join(result.output.split())


def test_checking_only_publishes_nothing(tmp_path: Path) -> None:
    result = run(write_album(tmp_path / "Winds"), "--supplier", "North Label", "--check-only")

    assert result.exit_code == 0
    assert Delivery.objects.get().state == Delivery.State.READY
    assert not Release.objects.exists()


def test_whoever_does_not_say_yes_publishes_nothing(tmp_path: Path) -> None:
    result = run(write_album(tmp_path / "Winds"), "--supplier", "North Label")

    assert result.exit_code == 1
    assert not Release.objects.exists()


def test_a_release_with_a_silent_track_waits_and_is_published_after_the_decision(
    tmp_path: Path,
) -> None:
    folder = write_album(tmp_path / "Two Winds")
    write_audio(folder / "03 [b]East.flac", pitch_hz=0, title="East", artist="Ada", track="3")

    waiting = run(folder, "--supplier", "North Label", "--yes")

    assert waiting.exit_code == 1, waiting.output
    assert "03 [b]East.flac: Silent (1 s). Export the track again" in waiting.output
    assert "Two Winds. Waits for the store's decision: Silent." in waiting.output
    assert not Release.objects.exists()
    doubt, operator = Doubt.objects.get(), a_user("operator@example.org")
    decide_doubt(doubt_id=doubt.pk, kind="overruled", reason="4'33.", user_id=operator.pk, now=NOON)

    again = run(folder, "--supplier", "North Label", "--yes")

    assert again.exit_code == 0, again.output
    assert "Published: 1 release." in again.output
    assert Release.objects.count() == 1


def test_what_was_refused_is_told_and_is_the_exit_code(tmp_path: Path) -> None:
    good = write_album(tmp_path / "Good", ("North",))
    bad = write_album(tmp_path / "Bad", ("South",))
    (bad / "02 [red]East.flac").write_bytes(b"ffconcat version 1.0\n")

    result = run(bad, good, tmp_path / "Nowhere", "--supplier", "North Label", "--yes")

    assert result.exit_code == 1
    assert "02 [red]East.flac" in result.output
    # Lines are broken at the width of the terminal, wherever that falls.
    assert "Nowhereisnotafolder" in "".join(result.output.split())
    assert [release.title for release in Release.objects.all()] == ["Good"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--track-price", "1,20"),
        ("--track-price", "1e309"),
        ("--album-price", "-1"),
        ("--territories", "DE,XX"),
        ("--split", "Ada"),
        ("--split", "Ada=0"),
        ("--split", "Ada=60%,Ben=41%"),
        ("--split", "Ada=50%,Ada=50%"),
        ("--split", "Ada=1/0"),
        ("--album-by", "color"),
        ("--credits", "/dev/null"),
    ],
)
def test_options_that_mean_nothing_are_refused(tmp_path: Path, option: str, value: str) -> None:
    result = run(write_album(tmp_path / "W"), "--supplier", "North", option, value, "--yes")

    assert result.exit_code != 0
    assert not Release.objects.exists()


def test_terms_that_cannot_be_read_make_nobody(tmp_path: Path) -> None:
    run(write_album(tmp_path / "W"), "--supplier", "North", "--split", "Ada=50%,Bo=51%", "--yes")

    assert not Party.objects.exists()


def test_a_payees_name_does_not_reach_a_stranger_who_took_it(tmp_path: Path) -> None:
    stranger = open_studio(user_id=a_user("stranger@example.org").pk, name="Ada")
    friend = open_studio(user_id=a_user("friend@example.org").pk, name="Ben")

    result = run(
        write_album(tmp_path / "Winds"), "--supplier", "North Label",
        "--split", f"Ada=60%,{friend.public_id}=40%", "--yes",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    paid = {share.party for share in GrantShare.objects.filter(grant__track__title="North")}
    assert friend in paid
    assert stranger not in paid
    assert {party.name for party in paid} == {"Ada", "Ben"}


def test_terms_are_exact() -> None:
    label = ensure_party(name="North Label").pk
    terms = read_terms(
        supplier_id=label,
        currency="USD",
        prices=("", "0.14"),
        territories=("Worldwide", "US"),
        split=["Ada=1/3", "@writers=33.33%"],
    )

    assert terms.album_price is None
    assert terms.track_price is not None
    assert terms.track_price.micro == 140_000
    assert "US" not in terms.territories
    assert "DE" in terms.territories
    assert [share.fraction for share in terms.shares] == [Fraction(1, 3)]
    assert terms.writers_share == Fraction(3333, 10_000)
    with pytest.raises(TermsInvalidError):
        read_terms(
            supplier_id=label,
            currency="USD",
            prices=("", ""),
            territories=("Mars", ""),
            split=[],
        )


def test_the_sample_speaks_the_catalogs_language() -> None:
    tracks = [track for label in CATALOG for release in label.releases for track in release.tracks]

    assert {credit.role for track in tracks for credit in track.credits} <= set(Role.values)
    assert all(f"{track.number:02d}" != "00" for track in tracks)
