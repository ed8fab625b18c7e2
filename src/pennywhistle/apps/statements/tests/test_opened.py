"""What came through a provider lies opened in files; a stranger adds it up, and costs nothing."""

from __future__ import annotations

import html
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import typer
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rich.console import Console
from typer.testing import CliRunner

from builders import NOON, a_store, a_user, give_balance
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.keys import prepare_keys, rotate_keys
from pennywhistle.apps.proof.log import Log, the_log
from pennywhistle.apps.proof.models import CosignedHead, Head
from pennywhistle.apps.proof.signing import create_keys, the_signing_log
from pennywhistle.apps.statements import opened
from pennywhistle.apps.statements.figures import newest_figures
from pennywhistle.engines.tlog.verify import verify_statement
from pennywhistle.interfaces.clock import jobs
from pennywhistle.interfaces.console import verify
from pennywhistle.interfaces.console.log import app as log_commands
from pennywhistle.interfaces.console.verify_together import added_up

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def log(tmp_path: Path, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch) -> Log:
    settings.DATA, settings.KEYS = tmp_path / "data", tmp_path / "keys"
    create_keys(now=NOON)
    a_store()
    monkeypatch.setattr(opened, "pages_per_document", 2)
    return the_signing_log()


def pay_in_and_seal(log: Log, *, pages: int, payments: int = 1) -> None:
    for number in range(pages):
        for _ in range(payments):
            give_balance(a_user(f"buyer-{Account.objects.count()}@example.org"), "10.00")
        work.order_waiting()
        work.close_page(log=log, now=NOON + timedelta(hours=number))
        work.publish(log=log)


def the_account() -> Account:
    (account,) = opened.clearing_accounts()
    return account


def fetched(name: str) -> bytes:
    answer = Client().get(reverse("figures-proof", args=[the_account().number, name]))
    assert answer.status_code == 200
    return b"".join(answer)


def names() -> list[str]:
    return [each.name for each in opened.opened_documents(the_account().number)]


def test_a_stranger_adds_up_a_provider_s_account_offline(log: Log) -> None:
    pay_in_and_seal(log, pages=5)
    jobs.open_accounts(timestamp=0)

    assert names() == ["0-1", "2-3", "newest"]
    documents = [fetched(name) for name in names()]
    verdicts = [verify_statement(each, keys=[log.verifier]) for each in documents]
    assert all(verdict.passed for verdict in verdicts)
    (together,) = added_up(verdicts)
    (figures,) = newest_figures()
    assert together.totals_micro == {"USD": -figures.at_providers.micro}
    assert (together.page_numbers, together.flaws) == ((0, 4), ())
    assert json.loads(documents[0])["account"] == the_account().number
    assert b"@example.org" not in b"".join(documents)


def test_statements_that_leave_out_a_page_or_tell_it_twice_are_not_added_up(log: Log) -> None:
    pay_in_and_seal(log, pages=5)
    opened.open_accounts(log=log)
    first, second, last = (verify_statement(fetched(n), keys=[log.verifier]) for n in names())

    assert added_up([last, first])[0].flaws == ("Pages 2 to 3 are missing.",)
    assert added_up([first, second, first])[0].flaws == ("Page 0 is given twice.",)
    assert added_up([first]) == []


def test_the_command_adds_up_all_files_and_misses_one(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay_in_and_seal(log, pages=5)
    opened.open_accounts(log=log)
    files = []
    for name in names():
        files.append(tmp_path / f"provider-account-{name}.json")
        files[-1].write_bytes(fetched(name))
    printed = io.StringIO()
    monkeypatch.setattr(verify, "console", Console(file=printed, width=120, height=100))

    with pytest.raises(typer.Exit) as stopped:
        verify.verify(files, key=[log.verifier.to_text()])

    assert stopped.value.exit_code == 0
    _, _, together = printed.getvalue().partition("Together")
    assert "pages 0 to 4" in together
    assert "50.00" in together
    with pytest.raises(typer.Exit) as stopped:
        verify.verify(files[::2], key=[log.verifier.to_text()])
    assert stopped.value.exit_code == verify.FAILED
    assert "Pages 2 to 3 are missing." in printed.getvalue()


def test_what_is_full_stays_and_the_newest_follows_the_log(log: Log) -> None:
    pay_in_and_seal(log, pages=3)
    opened.open_accounts(log=log)
    full, newest = fetched("0-1"), fetched("newest")
    with CaptureQueriesContext(connection) as asked:
        opened.open_accounts(log=log)
    assert not any("line_hashes" in query["sql"] for query in asked)

    pay_in_and_seal(log, pages=2)
    opened.open_accounts(log=log)

    assert names() == ["0-1", "2-3", "newest"]
    assert fetched("0-1") == full
    assert json.loads(fetched("2-3"))["pages"][0]["leaf"] == json.loads(newest)["pages"][0]["leaf"]
    files = [each for each in opened.opened_folder().root.rglob("*") if each.is_file()]
    assert len(files) == 3 + 1


def test_what_never_changes_waits_for_the_witnesses_of_its_head(log: Log) -> None:
    pay_in_and_seal(log, pages=2)
    head = Head.objects.get()
    witnessed = CosignedHead.objects.create(
        id=1,
        size=1,
        checkpoint=head.checkpoint,
        witnesses=["Wren"],
        is_quorum=True,
        cosigned_at=NOON,
    )
    opened.open_accounts(log=log)
    assert names() == ["newest"]

    witnessed.size = head.size
    witnessed.save()
    opened.open_accounts(log=log)

    assert names() == ["0-1"]


def test_pages_with_many_payments_share_no_document(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "pages_per_document", 4)
    monkeypatch.setattr(opened, "lines_per_document_max", 4)
    pay_in_and_seal(log, pages=3, payments=3)

    opened.open_accounts(log=log)
    opened.open_accounts(log=log)

    assert names() == ["0-0", "1-1", "newest"]
    assert all(verify_statement(fetched(name), keys=[log.verifier]).passed for name in names())


def test_who_asks_gets_bytes_that_lie_there_and_a_cache_keeps_them(log: Log) -> None:
    pay_in_and_seal(log, pages=3)
    opened.open_accounts(log=log)
    address = reverse("figures-proof", args=[the_account().number, "0-1"])
    client = Client()

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})

    assert not any("proof_" in query["sql"] for query in asked)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert again.status_code == 304
    newest = client.get(reverse("figures-proof", args=[the_account().number, "newest"]))
    assert newest["Cache-Control"] == "public, max-age=300"
    page = client.get(reverse("figures")).content.decode()
    assert address in page
    assert f"provider-account-{the_account().number}-*.json" in page


def test_the_page_names_the_keys_that_signed_documents_that_never_change(log: Log) -> None:
    pay_in_and_seal(log, pages=3)
    opened.open_accounts(log=log)
    prepare_keys(now=NOON)
    rotate_keys(now=NOON, is_revoked=False)

    page = html.unescape(Client().get(reverse("figures")).content.decode())

    for key in (log.verifier, the_log().verifier):
        assert f"--key '{key.to_text()}'" in page


def test_no_other_account_is_opened_to_the_world(log: Log) -> None:
    pay_in_and_seal(log, pages=1)
    opened.open_accounts(log=log)

    for account in Account.objects.exclude(kind=Account.Kind.CLEARING):
        address = reverse("figures-proof", args=[account.number, "newest"])
        assert Client().get(address).status_code == 404
    missing = reverse("figures-proof", args=[the_account().number, "0-7"])
    assert Client().get(missing).status_code == 404


def test_an_auditor_adds_up_a_sum_of_the_money_page(log: Log, tmp_path: Path) -> None:
    pay_in_and_seal(log, pages=3, payments=2)
    place = tmp_path / "for-the-auditor"
    told = CliRunner().invoke(log_commands, ["open", "balance", str(place)])
    assert told.exit_code == 0, told.output

    (figures,) = newest_figures()
    documents = [file.read_bytes() for file in sorted(place.iterdir())]
    verdicts = [verify_statement(data, keys=[log.verifier]) for data in documents]
    assert all(verdict.passed for verdict in verdicts)
    total = sum(verdict.totals_micro.get("USD", 0) for verdict in verdicts)
    assert total == figures.balances.micro == 60_000_000
    assert "12 statements in" in told.output
    assert "together 60.00 USD." in told.output.replace("\n", "")
    assert CliRunner().invoke(log_commands, ["open", "nothing", str(place)]).exit_code == 2
