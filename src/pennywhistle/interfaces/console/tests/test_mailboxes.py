"""The operator opens mailboxes, looks into them, and makes keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from drops import GTIN, RELEASE, a_message, a_supplier, put
from pennywhistle.apps.intake.models import Mailbox, Message, SupplierKey
from pennywhistle.apps.intake.ways.keys import key_of
from pennywhistle.interfaces.console.mailboxes import app

pytestmark = pytest.mark.django_db


def run(*arguments: str, code: int = 0) -> str:
    told = CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})
    assert told.exit_code == code, told.output
    return told.output


def test_a_mailbox_is_opened_looked_into_and_closed(tmp_path: Path, settings: object) -> None:
    settings.MAILBOX_QUIET_S = 0  # type: ignore[attr-defined]
    a_supplier()
    root = tmp_path / "in"
    put(root / RELEASE, {f"{GTIN}.xml": a_message()})

    opened = run("open", "--supplier", "Copper Yard", str(root))
    again = run("open", "--supplier", "Copper Yard", str(root))
    mailbox = Mailbox.objects.get()
    assert mailbox.public_id in opened
    assert opened == again
    assert "1 taken" in run("look")
    assert Message.objects.count() == 1
    assert "Copper Yard" in run("list")
    run("close", mailbox.public_id)

    assert not Mailbox.objects.open().exists()


def test_trouble_ends_with_an_error(tmp_path: Path) -> None:
    a_supplier()
    root = tmp_path / "in"
    root.mkdir()
    run("open", "--supplier", "Copper Yard", str(root))
    root.rmdir()

    assert "not there" in run("look", code=1)


def test_a_key_is_shown_once_and_can_be_revoked() -> None:
    supplier = a_supplier()

    written = run("key", "--supplier", "Copper Yard", "--label", "robot").split()[-1]

    key = SupplierKey.objects.get()
    assert key_of(f"Bearer {written}", now=key.created_at) == key
    assert key.supplier == supplier
    run("revoke", str(key.pk))
    assert key_of(f"Bearer {written}", now=key.created_at) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("open", "--supplier", "Nobody", "upload"),
        ("open", "--supplier", "Copper Yard", "/nowhere/at/all"),
        ("close", "none"),
        ("look", "none"),
        ("revoke", "7"),
    ],
)
def test_what_cannot_be_meant_is_said(arguments: tuple[str, ...]) -> None:
    a_supplier()

    run(*arguments, code=2)
