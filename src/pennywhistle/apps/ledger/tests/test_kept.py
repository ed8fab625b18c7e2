"""Money that is held or unclaimed is paid out once, and never more of it than there is."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from builders import NOON, usd
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Balance, Entry
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import Purse, PurseKind
from threads import at_once

HELD = Purse(PurseKind.HELD, code="claims:work-17:FR:2026")
UNCLAIMED = Purse(PurseKind.UNCLAIMED, code="no-mandate:work-17:FR:2026")
KEPT = pytest.mark.parametrize("purse", [HELD, UNCLAIMED], ids=lambda purse: purse.kind)


def number_of(purse: Purse) -> int:
    return account_numbers([purse], currency="USD")[purse]


def clearing() -> int:
    return open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay").number


def move(purse: Purse, money: Money, *, key: str) -> UUID:
    number = number_of(purse)
    amounts = [Amount(number, money), Amount(clearing(), -money)]
    entry = write_entry(kind=Entry.Kind.RELEASE, key=key, subject=number, amounts=amounts, now=NOON)
    return entry.id


def put(purse: Purse, text: str, *, key: str = "in") -> UUID:
    return move(purse, usd(text), key=key)


def take(purse: Purse, text: str, *, key: str = "out") -> UUID:
    return move(purse, -usd(text), key=key)


def kept(purse: Purse) -> Money:
    return sum_of(Account.objects.get(number=number_of(purse)))


@pytest.mark.django_db
@KEPT
def test_kept_money_is_paid_out_to_the_last_of_it(purse: Purse) -> None:
    put(purse, "5.00")
    take(purse, "3.00", key="first")
    take(purse, "2.00", key="second")

    assert kept(purse) == usd("0.00")
    assert not Balance.objects.exists()


@pytest.mark.django_db
@KEPT
def test_more_than_is_kept_is_not_paid_out(purse: Purse) -> None:
    put(purse, "5.00")

    with pytest.raises(IntegrityError, match="does not hold so much"), transaction.atomic():
        take(purse, "5.000001")

    assert kept(purse) == usd("5.00")
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_one_purse_does_not_pay_for_another() -> None:
    put(HELD, "5.00")

    with pytest.raises(IntegrityError, match="does not hold so much"), transaction.atomic():
        take(Purse(PurseKind.HELD, code="claims:work-18:FR:2026"), "5.00")


@pytest.mark.django_db
def test_several_purses_are_emptied_by_one_entry_or_none_is() -> None:
    put(HELD, "5.00", key="one")
    put(UNCLAIMED, "1.00", key="two")
    held, unclaimed, other = number_of(HELD), number_of(UNCLAIMED), clearing()

    with pytest.raises(IntegrityError, match="does not hold so much"), transaction.atomic():
        write_entry(
            kind=Entry.Kind.RELEASE,
            key="both",
            subject=held,
            amounts=[
                Amount(held, -usd("5.00")),
                Amount(unclaimed, -usd("2.00")),
                Amount(other, usd("7.00")),
            ],
            now=NOON,
        )

    assert (kept(HELD), kept(UNCLAIMED)) == (usd("5.00"), usd("1.00"))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [PurseKind.TAX, PurseKind.SUBSIDY, PurseKind.STORE])
def test_what_the_store_pays_from_its_own_may_fall_below_zero(kind: PurseKind) -> None:
    purse = Purse(kind, code="DE" if kind is PurseKind.TAX else "")

    take(purse, "1.00")

    assert kept(purse) == -usd("1.00")


@pytest.mark.django_db(transaction=True)
def test_of_ten_payments_of_the_same_held_money_one_succeeds() -> None:
    put(HELD, "5.00")

    answers = at_once(10, lambda number: take(HELD, "4.00", key=f"out-{number}"))

    assert sum(isinstance(answer, UUID) for answer in answers) == 1
    refused = [str(answer) for answer in answers if not isinstance(answer, UUID)]
    assert all("does not hold so much" in answer for answer in refused), refused
    assert kept(HELD) == usd("1.00")


@pytest.mark.django_db(transaction=True)
def test_a_credit_waits_for_nobody() -> None:
    put(HELD, "5.00")
    credited = threading.Event()

    def credit_while_a_payment_is_under_way(number: int) -> bool:
        if number:
            put(HELD, "1.00", key="more")
            credited.set()
            return True
        with transaction.atomic():
            take(HELD, "5.00")
            return credited.wait(timeout=20)

    assert at_once(2, credit_while_a_payment_is_under_way) == [True, True]
    assert kept(HELD) == usd("1.00")


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_cannot_see_what_others_took_may_not_take() -> None:
    put(HELD, "5.00")

    def take_with_an_older_snapshot() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            take(HELD, "1.00")

    with pytest.raises(IntegrityError, match="read committed"):
        take_with_an_older_snapshot()

    assert kept(HELD) == usd("5.00")
