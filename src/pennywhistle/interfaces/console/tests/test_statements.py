"""The commands lay a payee's statement and sales reports into folders, and note what was sent."""

import pytest
from typer.testing import CliRunner

from builders import NOON, a_shelf, a_store
from pennywhistle.apps.parties.models import PartyIdentifier
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.engines.dsr import read_report
from pennywhistle.interfaces.console import statements
from pennywhistle.interfaces.console.commands import app

pytestmark = pytest.mark.django_db
DAYS = ["--first", "2026-11-01", "--last", "2026-11-30"]


@pytest.fixture
def payee(settings, tmp_path):
    settings.KEYS, settings.DATA = tmp_path / "keys", tmp_path
    settings.DPID = "PADPIDA2008120501W"
    create_keys(now=NOON)
    a_store()
    return a_shelf().payees[0]


def run(*arguments: str):
    return CliRunner().invoke(app, [*arguments, *([] if "sent" in arguments else DAYS)])


def test_the_files_of_a_statement_lie_in_a_folder(payee, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(statements, "print_pdf", lambda html: b"%PDF-" + html[:0].encode())

    told = run("statement", payee.name, str(tmp_path / "out"))

    assert told.exit_code == 0, told.output
    ends = sorted(file.name.partition("11-30")[2] for file in (tmp_path / "out").iterdir())
    assert ends == ["-detail.csv", ".beancount", ".csv", ".html", ".pdf"]


def test_a_report_is_made_and_sent_once(payee, tmp_path) -> None:
    told = run("dsr", "make", payee.name, str(tmp_path), "--profile", "financial")
    assert (told.exit_code, "no DPID" in told.output) == (1, True)
    PartyIdentifier.objects.create(party=payee, scheme="dpid", value="PADPIDA2014120301U")

    messages = []
    for name in ("first", "second"):
        folder = tmp_path / name
        assert run("dsr", "make", payee.name, str(folder), "--profile", "financial").exit_code == 0
        (file,) = folder.iterdir()
        messages.append(read_report(file.read_bytes()).head["MessageId"])

    first, second = messages
    assert run("dsr", "sent", first).exit_code == 0
    assert run("dsr", "sent", second).exit_code == 1
    again = run("dsr", "sent", second, "--replaces", first, "--note", "A wrong name")
    assert again.exit_code == 0
