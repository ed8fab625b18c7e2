"""Whatever happens at the same time, money moves once."""

import signal
from functools import partial
from uuid import UUID

import pytest
from django.db import transaction

from builders import NOON, a_buyer, a_shelf, a_store, a_user, usd
from forked import die, in_a_process
from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import BalanceTooSmallError, KeyReusedError
from pennywhistle.apps.orders.models import Order
from pennywhistle.apps.payments import actions, work
from pennywhistle.apps.payments.models import ProviderNotice, TopUp
from pennywhistle.apps.users.models import User
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakePayment, FakeWebhook
from pennywhistle.providers.fakepay.webhooks import signed
from threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def a_top_up(user: User | None = None) -> TopUp:
    """Ten dollars, begun and not answered."""
    a_store()
    asked = actions.TopUpAsked((user or a_user()).pk, usd("10.00"), "fakepay", "key-1", "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    return TopUp.objects.get()


def a_paid_top_up() -> TopUp:
    """Ten dollars, paid at the provider, of which the store does not know yet."""
    top_up = a_top_up()
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now())
    return top_up


def test_of_fifty_spends_of_the_last_balance_one_succeeds() -> None:
    a_store()
    shelf, buyer = a_shelf(track_count=50), a_buyer(balance="0.14")

    answers = at_once(
        50,
        lambda number: check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(number + 1)],
            territory="US",
            shown=usd("0.14"),
            key=f"key-{number}",
            now=NOON,
        ),
    )

    assert sum(isinstance(answer, UUID) for answer in answers) == 1
    assert sum(isinstance(answer, BalanceTooSmallError) for answer in answers) == 49
    assert Order.objects.count() == Entry.objects.filter(kind="sale").count() == 1
    assert balance_of(user=buyer, currency="USD") == usd("0")


def test_one_key_in_twenty_threads_is_one_order() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="10.00")

    answers = at_once(
        20,
        lambda _: check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(1)],
            territory="US",
            shown=usd("0.14"),
            key="one-click",
            now=NOON,
        ),
    )

    assert set(answers) == {Order.objects.get().pk}
    assert balance_of(user=buyer, currency="USD") == usd("9.86")


def test_one_key_with_two_carts_at_once_buys_one_of_them() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="10.00")

    answers = at_once(
        20,
        lambda number: check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(1 + number % 2)],
            territory="US",
            shown=usd("0.14"),
            key="one-click",
            now=NOON,
        ),
    )

    assert sum(isinstance(answer, KeyReusedError) for answer in answers) == 10
    assert Order.objects.count() == 1
    assert balance_of(user=buyer, currency="USD") == usd("9.86")


def test_one_top_up_asked_about_in_twenty_threads_is_one_credit() -> None:
    top_up = a_paid_top_up()

    answers = at_once(20, lambda _: work.refresh_top_up(top_up_id=top_up.id, now=now()).state)

    assert answers == ["paid"] * 20
    assert Entry.objects.count() == 1
    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")


def test_a_webhook_a_poll_and_the_buyer_s_return_at_once_are_one_credit() -> None:
    top_up = a_paid_top_up()
    TopUp.objects.update(due_at=NOON)
    body, headers = signed(FakeWebhook.objects.get(), at=now())
    ways = [
        lambda: actions.take_notice(provider_code="fakepay", body=body, headers=headers, now=now()),
        lambda: work.refresh_open_top_ups(now=now()),
        lambda: work.refresh_top_up(top_up_id=top_up.id, now=now()),
    ]

    answers = at_once(30, lambda number: ways[number % 3]())

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert Entry.objects.count() == 1
    assert ProviderNotice.objects.count() == 1
    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")


def test_one_click_in_twenty_threads_begins_one_payment() -> None:
    a_store()
    asked = actions.TopUpAsked(a_user().pk, usd("10.00"), "fakepay", "one-click", "/")

    answers = at_once(
        20,
        lambda _: actions.start_top_up(asked=asked, origin="http://testserver", now=now()),
    )

    top_up = TopUp.objects.get()
    assert set(answers) == {f"http://testserver/fakepay/pay/{top_up.provider_ref}/"}
    assert FakePayment.objects.count() == 1


def test_two_refunds_at_once_stay_within_the_payment() -> None:
    ref = a_paid_top_up().provider_ref

    answers = at_once(
        10, lambda n: desk.refund(ref=ref, amount=usd("6.00"), key=f"r-{n}", now=now())
    )

    refused = [answer for answer in answers if isinstance(answer, desk.RefundRefusedError)]
    assert len(refused) == 9


def test_accounts_that_are_opened_at_once_are_numbered_without_a_gap() -> None:
    users = [a_user(f"{number}@example.org") for number in range(20)]

    opened = at_once(
        40,
        lambda number: (
            open_account(
                kind=Account.Kind.BALANCE, currency="USD", user_id=users[number % 20].pk
            ).number
        ),
    )

    assert sorted(set(opened)) == list(range(20))
    assert opened[:20] == opened[20:]


def credit_and_be_killed(top_up_id: UUID) -> None:
    """Do what a worker does, and be killed before its transaction commits.

    The provider says paid, the credit is written, and then the machine is gone.
    """
    with transaction.atomic():
        top_up = work.refresh_top_up(top_up_id=top_up_id, now=now())
        assert top_up.state == "paid"
        die()


def test_a_store_that_is_killed_between_the_provider_s_success_and_its_own_credits_once() -> None:
    top_up = a_paid_top_up()
    TopUp.objects.update(due_at=NOON)

    ended = in_a_process(partial(credit_and_be_killed, top_up.id))

    assert ended == -signal.SIGKILL
    assert not Entry.objects.exists()
    runs = [work.refresh_open_top_ups(now=now()).ended_count for _ in range(2)]
    assert runs == [1, 0]
    assert Entry.objects.count() == 1
    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")
