"""A withdrawal is kept, carried out and acknowledged once, whatever happens at the same time."""

from datetime import timedelta

import pytest

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.refunds import RefundRefusedError
from pennywhistle.apps.orders.actions.withdraw import Stated, withdraw
from pennywhistle.apps.orders.letters import (
    letters_waiting,
    note_letter_failed,
    note_letter_sent,
)
from pennywhistle.apps.orders.models import Letter, OrderLine, Refund, Withdrawal
from pennywhistle.apps.payments.paying_back import NothingToPayBackError
from threads import at_once

LATER = NOON + timedelta(hours=1)


def a_line(user, *, territory: str = "DE") -> OrderLine:
    order_id = check_out(
        buyer_id=user.pk,
        wanted=[a_shelf().track(1)],
        territory=territory,
        shown=usd("0.14"),
        key="key-1",
        now=NOON,
    )
    return OrderLine.objects.get(order=order_id)


def stated(user, line: OrderLine | None, *, key: str = "one-click") -> Stated:
    return Stated(
        user_id=user.pk,
        key=key,
        name="Ann Buyer",
        contact="ann@example.org",
        sale_id=line.pk if line else None,
        currency="USD",
        statement="I, Ann Buyer, withdraw from it.",
    )


@pytest.mark.django_db(transaction=True)
def test_one_click_in_ten_threads_is_one_withdrawal() -> None:
    a_store()
    user = a_buyer()
    line = a_line(user)

    answers = at_once(10, lambda _: withdraw(stated=stated(user, line), now=LATER).pk)

    assert set(answers) == {Withdrawal.objects.get().pk}
    assert Refund.objects.count() == Letter.objects.count() == 1
    assert Entry.objects.filter(kind="refund").count() == 1
    assert balance_of(user=user, currency="USD") == usd("10.00")


@pytest.mark.django_db
@pytest.mark.parametrize("territory", ["US", "CH"])
def test_where_the_law_gives_no_right_nothing_is_kept(territory: str) -> None:
    a_store()
    user = a_buyer()
    line = a_line(user, territory=territory)

    with pytest.raises(RefundRefusedError):
        withdraw(stated=stated(user, line), now=LATER)
    with pytest.raises(NothingToPayBackError):
        withdraw(stated=stated(user, None), now=LATER)

    assert not Withdrawal.objects.exists()
    assert not Letter.objects.exists()
    assert not Refund.objects.exists()


@pytest.mark.django_db
def test_letters_wait_until_a_server_takes_them_and_go_out_once() -> None:
    a_store()
    user = a_buyer()
    withdraw(stated=stated(user, a_line(user)), now=LATER)
    (letter,) = letters_waiting()

    note_letter_failed(letter_id=letter.pk)
    assert [each.pk for each in letters_waiting()] == [letter.pk]
    for minute in range(2):
        note_letter_sent(letter_id=letter.pk, now=LATER + timedelta(minutes=minute))

    letter.refresh_from_db()
    assert (letter.try_count, letter.sent_at) == (1, LATER)
    assert letters_waiting() == []
