"""A payee's statement is what the pages hold of its account, to the micro-unit."""

import csv
import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import let_act
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.proof.models import Page
from pennywhistle.apps.statements.csv_file import csv_lines
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.lines import all_lines, lines_page
from pennywhistle.apps.statements.pages import stretch_of
from pennywhistle.apps.statements.queries import (
    accounts_of,
    statement_document,
    statement_for,
)
from pennywhistle.apps.statements.sales import recent_sales
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.verify import verify_statement
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.machine.storage import Folder

pytestmark = pytest.mark.django_db

NOVEMBER = Days(date(2026, 11, 1), date(2026, 11, 30))
DECEMBER = Days(date(2026, 12, 1), date(2026, 12, 31))
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
CHOICES = random.Random(20261121)  # noqa: S311 (which sales a test makes is no secret)


@pytest.fixture
def log(tmp_path) -> Log:
    CHOICES.seed(20261121)
    origin = "records.example/log"
    return Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)


def sell(buyer, ref, shown, *, at):
    return check_out(
        buyer_id=buyer.pk,
        wanted=[ref],
        territory=CHOICES.choice(["US", "DE", "JP"]),
        shown=usd(shown),
        key=f"sale-{ref.release_id}-{ref.track_id or 0}",
        now=at,
    )


def seal(log, *, page_at=None):
    work.order_waiting()
    if page_at is not None:
        work.close_page(log=log, now=page_at)
    work.publish(log=log)


def account_of(party) -> Account:
    return Account.objects.get(kind=Account.Kind.PAYEE, party=party)


def sell_at_random(log, *, count):
    """Sales over seven weeks of three shelves that share payees; some of them stay unpaged."""
    shelves = [
        a_shelf(
            title,
            shares=(Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)),
            track_count=12,
            track_price=price,
            album_price="99.00",
            payees_of="Everyone",
        )
        for title, price in [("One", "0.14"), ("Two", "0.01"), ("Three", "1.27")]
    ]
    prices = dict(
        zip([shelf.release.pk for shelf in shelves], ["0.14", "0.01", "1.27"], strict=True)
    )
    buyer = a_buyer(balance="500.00")
    refs = [shelf.track(number) for shelf in shelves for number in range(1, 13)]
    now = START
    for ref in CHOICES.sample(refs, count):
        now += timedelta(hours=CHOICES.randrange(1, 60))
        sell(buyer, ref, prices[ref.release_id], at=now)
        if CHOICES.random() < 0.4:
            seal(log, page_at=now)
    return shelves, buyer, now


def test_statements_and_what_is_not_closed_yet_are_the_whole_ledger(log) -> None:
    a_store()
    shelves, _, now = sell_at_random(log, count=30)

    for payee in shelves[0].payees:
        account = account_of(payee)
        month, lines, earned = Days.month_of(START.date()), [], Money.zero("USD")
        while month.first <= now.date():
            statement = statement_for(account=account, days=month)
            own = list(all_lines(statement=statement))
            assert statement.opening == earned
            assert statement.earned == sum((line.amount for line in own), Money.zero("USD"))
            assert statement.sale_count == len({line.sale_id for line in own})
            for totals in (
                [total for total, _ in statement.by_item],
                statement.by_territory,
                [total for total, _ in statement.by_month],
            ):
                assert sum((t.amount for t in totals), Money.zero("USD")) == statement.earned
                assert sum(t.sale_count for t in totals) == statement.sale_count
            earned = statement.closing
            lines += own
            month = Days.month_of(month.last + timedelta(days=1))
        tail = statement.not_closed
        assert earned + tail.amount == sum_of(account)
        assert len(lines) + tail.sale_count == Posting.objects.filter(account=account).count()


def test_the_four_parts_of_any_period_are_the_whole_ledger(log) -> None:
    a_store()
    shelves, _, _ = sell_at_random(log, count=20)
    account = account_of(shelves[0].payees[0])

    for first in range(40):
        start = START.date() + timedelta(days=first)
        days = Days(start, start + timedelta(days=CHOICES.randrange(9)))
        statement = statement_for(account=account, days=days)
        assert statement.closing + statement.later + statement.not_closed.amount == sum_of(account)


def test_a_statement_is_of_the_pages_closed_on_its_days(log) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    sell(buyer, shelf.track(1), "0.14", at=datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    seal(log, page_at=datetime(2026, 12, 1, tzinfo=UTC))
    account = account_of(shelf.payees[0])

    november, december = (statement_for(account=account, days=d) for d in (NOVEMBER, DECEMBER))

    assert (november.stretch.page_count, november.earned) == (0, usd("0"))
    assert (december.stretch.first_number, december.stretch.last_number) == (0, 0)
    assert december.earned == usd("0.063")


def test_a_clock_that_was_set_back_leaves_no_page_out_and_names_none_twice(log) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    for number, day in [(1, 30), (2, 31), (3, 30)]:
        sell(buyer, shelf.track(number), "0.14", at=START)
        seal(log, page_at=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day - 1))

    first, second = stretch_of(NOVEMBER), stretch_of(DECEMBER)

    assert (first.first_number, first.last_number) == (0, 0)
    assert (second.first_number, second.last_number) == (1, 2)


def test_sales_that_no_page_covers_yet_are_told_apart(log) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    sell(buyer, shelf.track(1), "0.14", at=START)
    seal(log, page_at=START)
    sell(buyer, shelf.track(2), "0.14", at=START)
    seal(log)
    sell(buyer, shelf.track(3), "0.14", at=START)

    statement = statement_for(account=account_of(shelf.payees[0]), days=NOVEMBER)

    assert (statement.sale_count, statement.earned) == (1, usd("0.063"))
    assert statement.not_closed.sale_count == 2
    assert statement.not_closed.amount == usd("0.126")


def test_a_page_without_a_signed_head_is_on_no_statement(log) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    sell(buyer, shelf.track(1), "0.14", at=START)
    work.order_waiting()
    work.close_page(log=log, now=START)

    statement = statement_for(account=account_of(shelf.payees[0]), days=NOVEMBER)

    assert Page.objects.count() == 1
    assert (statement.stretch.page_count, statement.not_closed.sale_count) == (0, 1)
    assert statement_document(log=log, statement=statement) is None


def test_the_document_convinces_the_verifier_to_the_micro_unit(log) -> None:
    a_store()
    shelves, _, _ = sell_at_random(log, count=25)
    account = account_of(shelves[0].payees[1])
    statement = statement_for(account=account, days=DECEMBER)
    assert statement.stretch.page_count > 1

    verdict = verify_statement(
        statement_document(log=log, statement=statement), keys=[log.verifier]
    )

    assert verdict.passed
    assert verdict.totals_micro == {"USD": statement.earned.micro}
    numbers = (statement.stretch.first_number, statement.stretch.last_number)
    assert verdict.page_numbers == numbers


def test_the_document_names_no_buyer(log) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer("somebody@example.org")
    sell(buyer, shelf.track(1), "0.14", at=START)
    seal(log, page_at=START)
    statement = statement_for(account=account_of(shelf.payees[0]), days=NOVEMBER)
    subject = Account.objects.get(kind=Account.Kind.BALANCE, user=buyer).number

    document = statement_document(log=log, statement=statement).decode()
    table = "".join(csv_lines(statement))

    for written in (document, table):
        assert "somebody" not in written
        assert f'"account":{subject}' not in written.replace(" ", "")


def test_the_csv_has_every_line_with_exact_amounts(log) -> None:
    a_store()
    shelves, _, _ = sell_at_random(log, count=25)
    statement = statement_for(account=account_of(shelves[0].payees[0]), days=DECEMBER)

    rows = list(csv.DictReader("".join(csv_lines(statement)).splitlines(keepends=True)))

    assert len(rows) == sum(total.sale_count for total, _ in statement.by_item) > 0
    assert sum(int(row["amount_micro"]) for row in rows) == statement.earned.micro
    for row in rows:
        assert Money.parse(row["amount"], currency="USD").micro == int(row["amount_micro"])
        page = Page.objects.get(number=int(row["page"]))
        assert page.first_index <= int(row["log_index"]) < page.end_index


def test_lines_are_read_page_by_page_from_the_newest(log, monkeypatch) -> None:
    monkeypatch.setattr("pennywhistle.apps.statements.lines.LINES_PER_PAGE", 4)
    a_store()
    shelf, buyer = a_shelf(track_count=10), a_buyer()
    for number in range(1, 11):
        sell(buyer, shelf.track(number), "0.14", at=START)
    seal(log, page_at=START)
    statement = statement_for(account=account_of(shelf.payees[0]), days=NOVEMBER)

    seen, older_than = [], None
    for _ in range(3):
        page = lines_page(statement=statement, older_than=older_than)
        seen += [line.log_index for line in page.lines]
        older_than = page.older_than

    assert older_than is None
    assert seen == sorted(range(10), reverse=True)


def test_a_statement_takes_the_same_queries_for_one_sale_and_for_many(log) -> None:
    a_store()
    shelf, buyer = a_shelf(track_count=10), a_buyer()
    account = account_of(shelf.payees[0])
    counts = []
    for numbers in ([1], range(2, 11)):
        for number in numbers:
            sell(buyer, shelf.track(number), "0.14", at=START)
            seal(log, page_at=START)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            statement = statement_for(account=account, days=NOVEMBER)
            lines_page(statement=statement)
            recent_sales(account=account, now=START)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_recent_sales_have_every_day_and_what_each_brought(log) -> None:
    a_store()
    shelf, buyer, today = a_shelf(), a_buyer(), START + timedelta(days=40)
    sell(buyer, shelf.track(1), "0.14", at=START)
    sell(buyer, shelf.track(2), "0.14", at=today - timedelta(days=2))
    sell(buyer, shelf.track(3), "0.14", at=today)
    seal(log)

    recent = recent_sales(account=account_of(shelf.payees[0]), now=today, day_count=30)

    assert len(recent.by_day) == 30
    assert [bar.sale_count for _, bar in recent.by_day[-3:]] == [1, 0, 1]
    assert (recent.sale_count, recent.earned, len(recent.latest)) == (2, usd("0.126"), 3)
    assert {line.seal.value for line in recent.latest} == {"sealed"}


def test_a_title_that_is_a_formula_leaves_the_store_as_text(log) -> None:
    a_store()
    shelf, buyer = a_shelf('=HYPERLINK("https://evil.example")'), a_buyer()
    sell(buyer, shelf.album, "0.35", at=START)
    seal(log, page_at=START)
    statement = statement_for(account=account_of(shelf.payees[0]), days=NOVEMBER)

    (row,) = csv.DictReader("".join(csv_lines(statement)).splitlines(keepends=True))

    assert row["title"] == '\'=HYPERLINK("https://evil.example")'
    assert row["artist"].startswith("'=HYPERLINK")


def test_a_person_reads_the_accounts_of_the_parties_they_act_for() -> None:
    a_store()
    first, second = a_shelf("One"), a_shelf("Two")
    user = a_user("ada@example.org")
    let_act(party_id=first.payees[0].pk, user_id=user.pk)

    assert [account.party for account in accounts_of(user=user)] == [first.payees[0]]
    assert second.payees[0] not in [account.party for account in accounts_of(user=user)]


def test_money_that_was_held_stands_on_the_payee_s_statement(log) -> None:
    a_store()
    payee = account_of(a_shelf().payees[0])
    purse = Purse(PurseKind.HELD, code="claims:work-17:FR:2026")
    held = account_numbers([purse], currency="USD")[purse]
    clearing = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay").number
    for key, giver, taker in [("in", clearing, held), ("out", held, payee.number)]:
        write_entry(
            kind=Entry.Kind.RELEASE,
            key=key,
            subject=held,
            amounts=[Amount(giver, -usd("0.50")), Amount(taker, usd("0.50"))],
            now=START,
        )
    seal(log, page_at=START + timedelta(hours=1))

    statement = statement_for(account=payee, days=NOVEMBER)
    document = verify_statement(
        statement_document(log=log, statement=statement), keys=[log.verifier]
    )

    (line,) = lines_page(statement=statement).lines
    assert (line.name.title, line.amount) == ("Money that was kept apart", usd("0.50"))
    assert statement.earned == usd("0.50")
    assert document.passed
