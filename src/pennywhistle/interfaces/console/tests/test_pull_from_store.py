"""`pull` and the store understand each other: a shelf comes to disk, and is the same again."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from builders import NOON
from pennywhistle.apps.media.models import Rendition
from pennywhistle.apps.users.models import AccessToken
from pennywhistle.apps.users.tokens import create_token
from pennywhistle.interfaces.console.pull import pull
from pennywhistle.interfaces.console.pull_folder import sha256_of
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> SoundingShop:
    return a_sounding_shop()


def test_a_shelf_comes_to_disk_in_the_form_that_is_wanted(
    shop: SoundingShop, live_server, tmp_path: Path
) -> None:
    shop.sell_album()
    token = create_token(
        user_id=shop.buyer.pk, label="laptop", scope=AccessToken.Scope.SHELF, now=NOON
    )
    app = typer.Typer()
    app.command()(pull)
    asked = [live_server.url, str(tmp_path), "--token", token, "--format", "opus-96"]

    first, second = CliRunner().invoke(app, asked), CliRunner().invoke(app, asked)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert "3 new" in first.output
    assert "3 there already" in second.output
    files = sorted(tmp_path.rglob("*.opus"))
    folder = "Tin Weather Payee 1 - Tin Weather"
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        f"{folder}/01 Track 1.opus",
        f"{folder}/02 Track 2.opus",
    ]
    made = Rendition.objects.filter(recipe="opus-96").values_list("sha256", flat=True)
    assert {sha256_of(file) for file in files} == set(made)


def test_a_wrong_token_brings_nothing(shop: SoundingShop, live_server, tmp_path: Path) -> None:
    shop.sell_album()
    app = typer.Typer()
    app.command()(pull)

    result = CliRunner().invoke(app, [live_server.url, str(tmp_path), "--token", "pwt_x"])

    assert result.exit_code == 2
    assert "The token opens nothing" in result.output
    assert not Rendition.objects.filter(recipe="flac").exists()
