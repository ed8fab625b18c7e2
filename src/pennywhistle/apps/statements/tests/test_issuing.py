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


def sell_and_close(log: Log, *days: datetime) -> None:
    """A sale and a page on each of the days."""
    a_store()
    shelf, buyer = a_shelf(track_count=4, album_price="5.00"), a_buyer(balance="100.00")
    for number, at in enumerate(days, 1):
        check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(number)],
            territory="US",
            shown=usd("0.14"),
            key=f"key-{number}",
            now=at,
        )
        run_round(log=log, at=at)


def subjects() -> set[str]:
    return {
        each.partition("/")[2] for each in Announcement.objects.values_list("subject", flat=True)
    }


def test_no_month_is_left_out_where_one_had_no_sales(log: Log) -> None:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (23, 25)]
    sell_and_close(log, *days, datetime(2027, 1, 10, tzinfo=UTC))

    # November's last page is known as such since January; December has none.
    standing = StatementsRound()
    while not standing.step(now=datetime(2027, 1, 11, tzinfo=UTC)):
        pass
    assert subjects() == {"pages-0-1"}

    # January has no later page yet, and waits; so does a process that begins anew.
    for each in (standing, StatementsRound()):
        for _ in range(4):
            each.step(now=datetime(2027, 2, 2, tzinfo=UTC))
    assert subjects() == {"pages-0-1"}


def test_a_process_that_begins_anew_goes_on_behind_the_last_month(log: Log) -> None:
    days = [datetime(2027, month, 10, tzinfo=UTC) for month in (1, 2, 4, 5)]
    sell_and_close(log, *days)
    StatementsRound().step(now=datetime(2027, 2, 11, tzinfo=UTC))
    assert subjects() == {"pages-0-0"}

    for _ in range(3):
        standing = StatementsRound()
        while not standing.step(now=datetime(2027, 5, 11, tzinfo=UTC)):
            pass
    assert subjects() == {"pages-0-0", "pages-1-1", "pages-2-2"}
    payees = Account.objects.filter(kind=Account.Kind.PAYEE).count()
    assert Announcement.objects.count() == 3 * payees


def test_books_that_differ_from_what_was_announced_are_told(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    sell_and_close(log, *(datetime(2026, 11, day, tzinfo=UTC) for day in (23, 25)), IN_DECEMBER)
    payee = Account.objects.filter(kind=Account.Kind.PAYEE).order_by("number")[0]
    subject = statement_subject(payee.number, 0, 1)
    told = Announcement.objects.create(
        kind=Announcement.Kind.STATEMENT,
        subject=subject,
        digest=bytes(32),
        announced_at=IN_DECEMBER,
    )

    assert StatementsRound().step(now=IN_DECEMBER)
    assert f"The statement {subject} differs from the one announced." in caplog.text
    assert list(Announcement.objects.filter(subject=subject)) == [told]


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
