"""Accounts are opened once, entries are written once, and the books always add up."""

import uuid

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from builders import NOON, a_buyer, a_shelf, a_store, a_user, give_balance, usd
from examples import as_many
from pennywhistle.apps.ledger.actions import (
    Amount,
    EntryDiffersError,
    UnbalancedError,
    open_account,
    write_entry,
)
from pennywhistle.apps.ledger.models import Account, Balance, Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of, sum_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import AlreadyOwnedError, BalanceTooSmallError
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.money import Money


def move(amounts: list[Amount], *, key: str = "once", kind: str = Entry.Kind.TOP_UP) -> Entry:
    return write_entry(
        kind=kind, key=key, subject=amounts[0].account if amounts else 0, amounts=amounts, now=NOON
    )


@pytest.fixture
def accounts(db: None) -> tuple[int, int]:
    """A buyer's account and the provider's."""
    balance = give_balance(a_user(), "0.00")
    clearing = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay")
    return balance.number, clearing.number


def test_an_account_is_opened_once_and_numbers_are_dense(db: None) -> None:
    user = a_user()

    first = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=user.pk)
    again = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=user.pk)
    euros = open_account(kind=Account.Kind.BALANCE, currency="EUR", user_id=user.pk)

    assert (first.number, again.number, euros.number) == (0, 0, 1)
    assert Balance.objects.count() == 2


def test_an_entry_s_key_writes_once(accounts: tuple[int, int]) -> None:
    balance, clearing = accounts
    amounts = [Amount(balance, usd("5")), Amount(clearing, -usd("5"))]

    first, again = move(amounts), move(amounts)

    assert first == again
    assert sum_of(Account.objects.get(number=balance)) == usd("5")


def test_a_key_that_comes_with_other_amounts_is_refused(accounts: tuple[int, int]) -> None:
    balance, clearing = accounts
    move([Amount(balance, usd("5")), Amount(clearing, -usd("5"))])

    with pytest.raises(EntryDiffersError):
        move([Amount(balance, usd("6")), Amount(clearing, -usd("6"))])

    assert sum_of(Account.objects.get(number=balance)) == usd("5")


@pytest.mark.parametrize(
    "amounts",
    [
        [],
        [(0, "5.00")],
        [(0, "5.00"), (1, "5.00")],
        [(0, "0.00"), (1, "0.00")],
    ],
)
def test_what_does_not_balance_is_not_written(
    accounts: tuple[int, int], amounts: list[tuple[int, str]]
) -> None:
    with pytest.raises(UnbalancedError):
        move([Amount(accounts[index], usd(text)) for index, text in amounts])

    assert not Entry.objects.exists()


def test_an_entry_is_in_one_currency(accounts: tuple[int, int]) -> None:
    balance, clearing = accounts

    with pytest.raises(UnbalancedError, match="in one currency"):
        move([Amount(balance, usd("5")), Amount(clearing, Money(-5_000_000, "EUR"))])


def test_somebody_without_an_account_has_nothing(db: None) -> None:
    assert balance_of(user=a_user(), currency="USD") == usd("0")


class Books(RuleBasedStateMachine):
    """Any sequence of top-ups and sales, by several buyers, some of them refused."""

    def __init__(self) -> None:
        super().__init__()
        self._savepoint = transaction.atomic()
        self._savepoint.__enter__()
        tag = uuid.uuid4().hex[:8]
        a_store()
        self.shelf = a_shelf(f"Shelf {tag}", track_count=4, album_price="0.35")
        self.buyers: list[User] = [
            a_buyer(f"{number}-{tag}@example.org", balance="0.00") for number in range(2)
        ]
        self.paid_in = {buyer.pk: 0 for buyer in self.buyers}
        self.sold = {buyer.pk: 0 for buyer in self.buyers}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._savepoint.__exit__(None, None, None)

    @rule(who=st.integers(0, 1), micro=st.integers(1, 300_000))
    def top_up(self, who: int, micro: int) -> None:
        buyer = self.buyers[who]
        give_balance(buyer, str(Money(micro, "USD").decimal))
        self.paid_in[buyer.pk] += micro

    @rule(who=st.integers(0, 1), number=st.integers(0, 4))
    @precondition(lambda self: any(self.paid_in.values()))
    def buy(self, who: int, number: int) -> None:
        buyer = self.buyers[who]
        ref = self.shelf.track(number) if number else self.shelf.album
        owned = OrderLine.objects.filter(order__buyer=buyer, track__isnull=False)
        spent = sum(owned.values_list("price_micro", flat=True))
        price = 140_000 if number else max(350_000 - spent, 10_000)
        try:
            check_out(
                buyer_id=buyer.pk,
                wanted=[ref],
                territory="US",
                shown=Money(price, "USD"),
                key=uuid.uuid4().hex,
                now=NOON,
            )
        except BalanceTooSmallError:
            assert self._left(buyer) < price
        except AlreadyOwnedError:
            assert OrderLine.objects.filter(order__buyer=buyer).exists()
        else:
            self.sold[buyer.pk] += price

    @invariant()
    def every_entry_sums_to_zero(self) -> None:
        sums = Posting.objects.values("entry").annotate(total=Sum("amount_micro"))
        assert all(entry["total"] == 0 for entry in sums)

    @invariant()
    def every_balance_equals_its_postings_and_what_was_paid(self) -> None:
        for balance in Balance.objects.select_related("account"):
            assert sum_of(balance.account).micro == balance.amount_micro >= 0
        for buyer in self.buyers:
            assert balance_of(user=buyer, currency="USD").micro == self._left(buyer)

    def _left(self, buyer: User) -> int:
        return self.paid_in[buyer.pk] - self.sold[buyer.pk]


class TestBooks(TestCase, Books.TestCase):  # type: ignore[misc]
    """Runs the machine above, each run in a transaction of its own."""

    settings = as_many(0.2, stateful_step_count=10)
