"""What buyers set aside: moved once for each key, and never more than there is."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_buyer, usd
from pennywhistle.apps.ledger.actions import Amount, EntryDiffersError, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import balance_of, reserved_of, sum_of
from pennywhistle.apps.ledger.reserving import AmountShortError, reserve, unreserve
from pennywhistle.apps.users.models import User
from threads import at_once


def held(user: User) -> tuple[str, str]:
    """The balance, and what is set aside."""
    return (
        str(balance_of(user=user, currency="USD")),
        str(reserved_of(user=user, currency="USD")),
    )


@pytest.mark.django_db
def test_money_is_set_aside_once_for_each_key() -> None:
    buyer = a_buyer(balance="10.00")

    first = reserve(user_id=buyer.pk, money=usd("4.00"), key="a", now=NOON)
    again = reserve(user_id=buyer.pk, money=usd("4.00"), key="a", now=NOON)

    assert first == again
    assert held(buyer) == ("6.00 USD", "4.00 USD")
    with pytest.raises(EntryDiffersError):
        reserve(user_id=buyer.pk, money=usd("3.00"), key="a", now=NOON)


@pytest.mark.django_db
def test_no_more_is_set_aside_than_there_is() -> None:
    buyer = a_buyer(balance="1.00")

    with pytest.raises(AmountShortError):
        reserve(user_id=buyer.pk, money=usd("1.01"), key="a", now=NOON)

    assert not Entry.objects.filter(kind=Entry.Kind.RESERVE).exists()


@pytest.mark.django_db
def test_what_was_set_aside_goes_to_whom_it_is_given() -> None:
    giver, recipient = a_buyer("giver@example.org"), a_buyer("kid@example.org", balance="0")
    reserve(user_id=giver.pk, money=usd("4.00"), key="a", now=NOON)

    for _ in range(2):
        unreserve(
            from_user_id=giver.pk,
            to_user_id=recipient.pk,
            money=usd("4.00"),
            key="b",
            now=NOON,
        )

    assert held(giver) == ("6.00 USD", "0.00 USD")
    assert held(recipient) == ("4.00 USD", "0.00 USD")
    with pytest.raises(AmountShortError):
        unreserve(from_user_id=giver.pk, to_user_id=giver.pk, money=usd("0.01"), key="c", now=NOON)


@pytest.mark.django_db
def test_the_database_refuses_to_take_more_than_is_set_aside() -> None:
    buyer = a_buyer(balance="10.00")
    reserve(user_id=buyer.pk, money=usd("4.00"), key="a", now=NOON)
    aside = Account.objects.reserved_of(user=buyer, currency="USD").get()
    balance = Account.objects.balance_of(user=buyer, currency="USD").get()

    with pytest.raises(IntegrityError, match="never_negative"), transaction.atomic():
        write_entry(
            kind=Entry.Kind.UNRESERVE,
            key="b",
            subject=balance.number,
            amounts=[Amount(aside.number, -usd("4.01")), Amount(balance.number, usd("4.01"))],
            now=NOON,
        )

    assert held(buyer) == ("6.00 USD", "4.00 USD")
    assert sum_of(aside) == usd("4.00")


@pytest.mark.django_db
def test_an_account_of_what_is_set_aside_belongs_to_a_buyer() -> None:
    for holder in ({}, {"user": a_buyer(), "code": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.create(
                kind=Account.Kind.RESERVED,
                currency="USD",
                number=Account.objects.count(),
                **holder,
            )


@pytest.mark.django_db(transaction=True)
def test_money_is_not_set_aside_twice_at_the_same_moment() -> None:
    buyer = a_buyer(balance="1.00")

    answers = at_once(
        6, lambda n: reserve(user_id=buyer.pk, money=usd("0.30"), key=f"k{n % 5}", now=NOON)
    )

    kinds = Counter(type(answer).__name__ for answer in answers)
    assert kinds["AmountShortError"] + kinds["Entry"] == 6
    assert Entry.objects.filter(kind=Entry.Kind.RESERVE).count() == 3
    assert held(buyer) == ("0.10 USD", "0.90 USD")
