"""A bank's word that comes by many ways at once, or into a crash, is applied once."""

import signal
from functools import partial
from uuid import UUID

import pytest
from django.db import transaction

from builders import a_shelf, a_store, a_user, usd
from forked import die, in_a_process
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import balance_of, sum_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import BalanceTooSmallError
from pennywhistle.apps.payments import actions, chargebacks, work
from pennywhistle.apps.payments.chargeback_following import follow_chargebacks
from pennywhistle.apps.payments.models import Chargeback, Payback, TopUp
from pennywhistle.apps.payments.paying_back import PaybackAsked, PaybackError, pay_back
from pennywhistle.providers.fakepay import cases, desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakeDispute, FakePayment
from threads import at_once, overtaken

pytestmark = pytest.mark.django_db(transaction=True)


def a_disputed_top_up() -> TopUp:
    """Ten dollars, paid, credited, and taken back by a bank; the store does not know of that."""
    a_store()
    asked = actions.TopUpAsked(a_user().pk, usd("10.00"), "fakepay", "key-1", "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    top_up = TopUp.objects.get()
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now())
    work.refresh_top_up(top_up_id=top_up.id, now=now())
    cases.open_dispute(ref=top_up.provider_ref, now=now())
    return top_up


def sums(kind: str) -> int:
    return sum(sum_of(account).micro for account in Account.objects.filter(kind=kind))


def test_a_dispute_a_purchase_and_a_payback_at_once_move_each_cent_once() -> None:
    top_up, shelf = a_disputed_top_up(), a_shelf(track_price="4.00")
    ref = FakeDispute.objects.get().ref
    ways = [
        lambda: chargebacks.refresh_dispute(provider_code="fakepay", ref=ref, now=now()),
        lambda: follow_chargebacks(now=now()),
        lambda: check_out(
            buyer_id=top_up.user_id,
            wanted=[shelf.track(1)],
            territory="US",
            shown=usd("4.00"),
            key="order",
            now=now(),
        ),
        lambda: pay_back(asked=PaybackAsked(top_up.user_id, "USD", usd("1.00"), "back"), now=now()),
    ]

    answers = at_once(24, lambda number: ways[number % 4]())

    bad = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(each, BalanceTooSmallError | PaybackError) for each in bad)
    # A payback that began first was refused by the provider, and its money came back.
    follow_chargebacks(now=now())
    assert Payback.objects.standing().count() == 0
    spent = 4_000_000 if Entry.objects.filter(kind="sale").exists() else 0
    row = Chargeback.objects.get()
    assert (row.held_micro, row.short_micro) == (10_000_000 - spent, spent)
    assert balance_of(user=top_up.user, currency="USD") == usd("0")
    assert sums("disputed") == 0


def follow_and_be_killed(top_up_id: UUID) -> None:
    """Do what a worker does, and be killed before its transaction commits."""
    with transaction.atomic():
        follow_chargebacks(now=now())
        assert Chargeback.objects.filter(top_up=top_up_id).exists()
        die()


def test_a_store_that_is_killed_while_it_books_a_dispute_books_it_once() -> None:
    top_up = a_disputed_top_up()

    assert in_a_process(partial(follow_and_be_killed, top_up.id)) == -signal.SIGKILL
    assert not Chargeback.objects.exists()
    for _ in range(2):
        follow_chargebacks(now=now())

    assert Chargeback.objects.get().held_micro == 10_000_000
    assert Entry.objects.filter(kind="dispute").count() == 2


def a_warning_of(top_up: TopUp) -> Chargeback:
    """A bank warned, and the store has not decided anything."""
    FakeDispute.objects.all().delete()
    cases.warn(ref=top_up.provider_ref, now=now())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chargebacks, "refund_warned", lambda **_: None)
        follow_chargebacks(now=now())
    return Chargeback.objects.get()


def test_a_warning_that_is_being_left_is_not_refunded_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    top_up = a_disputed_top_up()
    row = a_warning_of(top_up)

    with pytest.raises(chargebacks.ChargebackEndedError):
        overtaken(
            monkeypatch,
            (chargebacks.entries, "take_back"),
            lambda: chargebacks.leave_warning(chargeback_id=row.id, reason="Known.", now=now()),
            lambda: chargebacks.refund_warned(chargeback_id=row.id, now=now()),
        )

    assert Chargeback.objects.get().state == "left"
    assert not FakePayment.objects.get().refunds.exists()
    assert balance_of(user=top_up.user, currency="USD") == usd("10.00")


def refund_and_be_killed(chargeback_id: UUID) -> None:
    """Be killed when the provider has refunded, and the store has not noted it."""
    row = Chargeback.objects.select_related("top_up").get(id=chargeback_id)
    Chargeback.objects.filter(id=row.id).update(state="refunding")
    chargebacks.providers.provider("fakepay").refund(
        provider_ref=row.top_up.provider_ref, amount=row.amount, key=f"warning-{row.id}"
    )
    die()


def test_a_refund_of_a_warning_is_sent_once_though_the_store_died_after_it() -> None:
    top_up = a_disputed_top_up()
    row = a_warning_of(top_up)

    assert in_a_process(partial(refund_and_be_killed, row.id)) == -signal.SIGKILL
    at_once(4, lambda _: follow_chargebacks(now=now()))

    assert Chargeback.objects.get().state == "refunded"
    assert FakePayment.objects.get().refunds.count() == 1
    assert sums("disputed") == sums("expense") == 0
