"""The keeper follows the register until it is stopped; the operator's command catches up."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from builders import NOON, a_shelf, a_store
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.proof.models import Announcement
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.apps.rights.models import Availability
from pennywhistle.interfaces.console.keeper import REST, Announcing, availability, keeper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
ITEMS = 4  # a release with three tracks


@pytest.fixture
def _own_signals() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def run(*arguments: str) -> str:
    """The command, which says how far it is."""
    app = typer.Typer()
    app.command()(availability)
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("_own_signals")
def test_the_keeper_makes_what_is_sellable_and_stops_when_it_is_told() -> None:
    a_store()
    a_shelf()
    stopped = threading.Timer(1, os.kill, (os.getpid(), signal.SIGTERM))
    stopped.start()

    keeper()

    stopped.join()
    assert Availability.objects.count() == ITEMS


def test_the_command_catches_up_and_does_no_more() -> None:
    a_store()
    a_shelf()

    assert "1/1" in run()
    assert "0/0" in run()
    assert Availability.objects.count() == ITEMS


def test_a_rebuild_looks_at_everything() -> None:
    a_store()
    a_shelf()
    run()
    Availability.objects.all().delete()

    run()
    assert not Availability.objects.exists()
    assert "1/1" in run("--rebuild")
    assert Availability.objects.count() == ITEMS


def test_it_announces_terms_when_there_is_nothing_else_to_do_and_rests_then(
    settings: SettingsWrapper, tmp_path: Path
) -> None:
    settings.KEYS = str(tmp_path / "keys")
    announcing = Announcing()
    a_store()
    a_shelf()
    announcing.step(at=NOON)
    assert not Announcement.objects.exists(), "without keys there is no log"

    create_keys(now=NOON)
    announcing.step(at=NOON)
    assert Announcement.objects.count() == ITEMS
    assert announcing.rests_until == NOON + REST
    Release.objects.update(published_at=None)
    announcing.step(at=NOON + REST)
    assert Announcement.objects.count() == ITEMS
