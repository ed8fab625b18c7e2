"""A month's statements are announced once it has ended, and are those that payees download."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from builders import a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.proof.models import Announcement
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.issuing import StatementsRound
from pennywhistle.apps.statements.queries import statement_document, statement_for
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.payee_audit import statement_digest, statement_subject
from pennywhistle.engines.tlog.statement import parse_statement
from pennywhistle.interfaces.console.sequencer import run_round
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
NOVEMBER = Days(date(2026, 11, 1), date(2026, 11, 30))
IN_DECEMBER = datetime(2026, 12, 2, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    origin = "records.example/log"
    return Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)


def test_a_statement_of_a_month_that_ended_is_announced_as_it_is_downloaded(log: Log) -> None:
    a_store()
    shelf, buyer = a_shelf(track_count=4, album_price="5.00"), a_buyer(balance="100.00")
    at = datetime(2026, 11, 22, tzinfo=UTC)
    for number in (1, 2, 3, 4):
        check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(number)],
            territory="US",
            shown=usd("0.14"),
            key=f"key-{number}",
            now=at,
        )
        run_round(log=log, at=at)
        at += timedelta(days=3)
    payees = Account.objects.filter(kind=Account.Kind.PAYEE)

    in_november = datetime(2026, 11, 30, tzinfo=UTC)
    assert StatementsRound().step(now=in_november)
    assert not Announcement.objects.exists()
    for _ in range(2):
        assert StatementsRound().step(now=IN_DECEMBER)
    assert Announcement.objects.count() == payees.count() > 1

    for account in payees:
        data = statement_document(log=log, statement=statement_for(account=account, days=NOVEMBER))
        assert data is not None
        document = parse_statement(data)
        assert len(document.pages) == 3
        told = Announcement.objects.get(subject=statement_subject(account.number, 0, 2))
        assert bytes(told.digest) == statement_digest(document)


def test_a_month_without_a_later_page_waits(log: Log) -> None:
    a_store()
    shelf, buyer = a_shelf(track_count=1, album_price="5.00"), a_buyer(balance="100.00")
    at = datetime(2026, 11, 22, tzinfo=UTC)
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(1)],
        territory="US",
        shown=usd("0.14"),
        key="key",
        now=at,
    )
    run_round(log=log, at=at)

    assert StatementsRound().step(now=IN_DECEMBER)
    assert not Announcement.objects.exists()
