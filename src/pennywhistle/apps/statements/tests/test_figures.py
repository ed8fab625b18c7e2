"""What is owed, held and paid adds up, and a stranger adds up what came in and left."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import NOON, a_shelf, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.payments import actions as payments
from pennywhistle.apps.payments import work as top_ups
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.paying_back import PaybackAsked, pay_back
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.proof.models import Leaf
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.figures import newest_figures
from pennywhistle.apps.statements.lines import all_lines
from pennywhistle.apps.statements.queries import statement_for
from pennywhistle.engines.tlog.audit import audit_records
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.machine.storage import Folder
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(tmp_path) -> Log:
    cache.clear()
    origin = "records.example/log"
    return Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)


def close(log: Log, *, at=NOON) -> None:
    work.order_waiting()
    work.close_page(log=log, now=at)
    work.publish(log=log)


def pay_in(user, amount: str) -> None:
    key = f"top-up-key-{TopUp.objects.count():04}"
    asked = payments.TopUpAsked(user.pk, usd(amount), "fakepay", key, "/")
    payments.start_top_up(asked=asked, origin="http://testserver", now=now())
    top_up = TopUp.objects.get(key=key)
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now())
    top_ups.refresh_top_up(top_up_id=top_up.id, now=now())


def buy(user, shelf, number: int) -> OrderLine:
    order_id = check_out(
        buyer_id=user.pk,
        wanted=[shelf.track(number)],
        territory="US",
        shown=usd("0.14"),
        key=f"key-{number}",
        now=NOON,
    )
    return OrderLine.objects.get(order=order_id)


def test_before_the_first_page_nothing_is_said(log: Log) -> None:
    a_store()
    pay_in(a_user(), "10.00")

    assert newest_figures() == []


def test_all_money_is_somebody_s_and_what_is_on_no_page_is_not_said(log: Log) -> None:
    a_store()
    user, shelf = a_user(), a_shelf()
    pay_in(user, "10.00")
    line = buy(user, shelf, 1)
    buy(user, shelf, 2)
    close(log)
    refund_sale(asked=RefundAsked(line.pk, user.pk), now=NOON)
    pay_back(asked=PaybackAsked(user.pk, "USD", usd("4.00"), "payback-key-01"), now=now())

    (first,) = newest_figures()
    assert (first.balances, first.owed, first.store) == (usd("9.72"), usd("0.252"), usd("0.028"))
    assert first.together == first.at_providers == usd("10.00")

    close(log)
    (second,) = newest_figures()
    assert (second.page_number, second.balances, second.owed) == (1, usd("5.86"), usd("0.126"))
    assert (second.paid_in, second.paid_back) == (usd("10.00"), usd("4.00"))
    assert second.together == second.at_providers == usd("6.00")


def test_only_what_is_new_is_summed_up_and_another_log_s_sums_are_not_taken(log: Log) -> None:
    a_store()
    pay_in(a_user(), "10.00")
    close(log)
    (first,) = newest_figures()
    with CaptureQueriesContext(connection) as asked:
        assert newest_figures() == [first]
    assert not any("unnest" in query["sql"] for query in asked)

    kept = cache.get("statements:figures")
    cache.set("statements:figures", kept | {"root": "00" * 32, "sums": {}})
    assert newest_figures() == [first]


def test_an_auditor_finds_refunds_in_order(log: Log) -> None:
    a_store()
    user, shelf = a_user(), a_shelf()
    pay_in(user, "10.00")
    line = buy(user, shelf, 1)
    close(log)
    refund_sale(asked=RefundAsked(line.pk, user.pk), now=NOON)
    close(log)

    records = [bytes(leaf.record) for leaf in Leaf.objects.order_by("log_index")]

    assert all(check.passed for check in audit_records(records))
    assert sorted(record[:1] for record in records) == [b"E", b"P", b"P", b"S", b"S"]


def test_a_refund_after_the_period_is_a_line_of_the_next_statement(log: Log) -> None:
    a_store()
    user, shelf = a_user(), a_shelf()
    pay_in(user, "10.00")
    line = buy(user, shelf, 1)
    close(log)
    later = NOON + timedelta(days=10)
    refund_sale(asked=RefundAsked(line.pk, user.pk), now=later)
    close(log, at=NOON + timedelta(days=12))
    payee = Account.objects.payable_to(parties=shelf.payees[0].__class__.objects.all())[0]

    november = statement_for(account=payee, days=Days.month_of(NOON.date()))
    december = statement_for(account=payee, days=Days.month_of(later.date() + timedelta(days=2)))

    assert (november.sale_count, november.refund_count, november.earned) == (1, 0, usd("0.063"))
    assert (december.sale_count, december.refund_count) == (0, 1)
    assert december.earned == december.refunded == -usd("0.063")
    assert december.by_item == ()
    (taken,) = all_lines(statement=december)
    assert taken.is_refund
    assert taken.name.title == "Track 1"
    assert taken.amount == -usd("0.063")
