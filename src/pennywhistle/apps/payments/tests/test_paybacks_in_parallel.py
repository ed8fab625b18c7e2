"""Whatever happens at the same time, or in the middle, unspent money goes back once."""

import signal
from datetime import timedelta
from functools import partial

import pytest

from builders import a_shelf, a_store, a_user, usd
from forked import die, in_a_process
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import BalanceTooSmallError
from pennywhistle.apps.payments import actions, paying_back, work
from pennywhistle.apps.payments.models import Payback, TopUp
from pennywhistle.apps.payments.paying_back import (
    NothingToPayBackError,
    PaybackAsked,
    pay_back,
    refresh_open_paybacks,
    refresh_payback,
)
from pennywhistle.apps.users.models import User
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.adapter import Fakepay
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakeRefund, FakeWebhook
from pennywhistle.providers.fakepay.webhooks import signed
from threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def a_paid_user(*, scenario: str = "succeed") -> User:
    """Ten dollars paid in, unspent."""
    a_store()
    user = a_user()
    asked = actions.TopUpAsked(user.pk, usd("10.00"), "fakepay", "key-1", "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    top_up = TopUp.objects.get()
    desk.choose(ref=top_up.provider_ref, scenario=scenario, now=now())
    work.refresh_top_up(top_up_id=top_up.id, now=now())
    return user


def ask(user: User, key: str = "one-click") -> list[Payback]:
    return pay_back(asked=PaybackAsked(user.pk, "USD", None, key), now=now())


def test_one_click_in_twenty_threads_is_one_payback() -> None:
    user = a_paid_user()

    answers = at_once(20, lambda _: [each.id for each in ask(user)])

    assert {tuple(answer) for answer in answers} == {(Payback.objects.get().id,)}
    assert FakeRefund.objects.count() == 1
    assert balance_of(user=user, currency="USD") == usd("0")


def test_of_twenty_requests_for_all_of_it_one_succeeds() -> None:
    user = a_paid_user()

    answers = at_once(20, lambda number: ask(user, f"click-{number}"))

    assert sum(isinstance(answer, NothingToPayBackError) for answer in answers) == 19
    assert FakeRefund.objects.count() == Entry.objects.filter(kind="payback").count() == 1


def test_of_a_payback_and_checkouts_of_the_last_money_one_wins() -> None:
    user = a_paid_user()
    shelf = a_shelf(track_price="10.00", album_price="99.00", track_count=6)

    answers = at_once(
        7,
        lambda number: (
            check_out(
                buyer_id=user.pk,
                wanted=[shelf.track(number)],
                territory="US",
                shown=usd("10.00"),
                key=f"key-{number}",
                now=now(),
            )
            if number
            else ask(user)
        ),
    )

    lost = (BalanceTooSmallError, NothingToPayBackError)
    assert sum(isinstance(answer, lost) for answer in answers) == 6, answers
    assert balance_of(user=user, currency="USD") == usd("0")
    assert Entry.objects.filter(kind__in=["sale", "payback"]).count() == 1


def test_a_webhook_a_poll_and_a_look_at_once_return_a_failed_payback_once() -> None:
    user = a_paid_user(scenario="no-refund")
    (payback,) = ask(user)
    FakeRefund.objects.update(settles_at=now() - timedelta(seconds=1))
    body, headers = signed(FakeWebhook.objects.order_by("-due_at")[0], at=now())
    ways = [
        lambda: actions.take_notice(provider_code="fakepay", body=body, headers=headers, now=now()),
        lambda: refresh_open_paybacks(now=now() + timedelta(hours=1)),
        lambda: refresh_payback(payback_id=payback.id, now=now()),
    ]

    answers = at_once(18, lambda number: ways[number % 3]())

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert Entry.objects.filter(kind="payback").count() == 2
    assert balance_of(user=user, currency="USD") == usd("10.00")


def test_while_one_tells_a_provider_of_a_payback_nobody_else_does(monkeypatch) -> None:
    user = a_paid_user()
    (payback,) = paying_back.intend_payback(
        asked=PaybackAsked(user.pk, "USD", None, "one-click"), now=now()
    )
    told, real = [], Fakepay.refund

    def slow(self, **asked):
        told.append(asked["key"])
        told.extend(at_once(1, lambda _: refresh_payback(payback_id=payback.id, now=now()).state))
        return real(self, **asked)

    monkeypatch.setattr(Fakepay, "refund", slow)
    ended = refresh_payback(payback_id=payback.id, now=now())

    assert told == [str(payback.id), Payback.State.SENT]
    assert ended.state == Payback.State.DONE


def pay_back_and_be_killed(user_id: int, dies_at: str) -> None:
    """Do what a buyer's click does, and be killed once the intent is committed.

    That is before the provider is told, or after it and before its answer is noted.
    """
    setattr(paying_back, dies_at, die)
    pay_back(asked=PaybackAsked(user_id, "USD", None, "one-click"), now=now())


@pytest.mark.parametrize(("dies_at", "sent"), [("refresh_payback", 0), ("_apply", 1)])
def test_a_store_that_is_killed_in_between_sends_it_once(dies_at: str, sent: int) -> None:
    user = a_paid_user()

    ended = in_a_process(partial(pay_back_and_be_killed, user.pk, dies_at))

    assert ended == -signal.SIGKILL
    assert balance_of(user=user, currency="USD") == usd("0")
    assert FakeRefund.objects.count() == sent
    later = now() + timedelta(hours=1)
    assert [refresh_open_paybacks(now=later + timedelta(hours=n)) for n in range(2)] == [1, 0]
    assert FakeRefund.objects.count() == 1
    assert Payback.objects.get().state == Payback.State.DONE
