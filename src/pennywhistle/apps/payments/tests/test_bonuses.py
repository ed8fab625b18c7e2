"""A large top-up brings a bonus out of the store's account, once, as it was promised."""

from fractions import Fraction

import pytest
from django.db import IntegrityError, connection, transaction

from builders import NOON, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments.actions import BonusStepError, set_bonus_step
from pennywhistle.apps.payments.bonus import BONUS, bonus_for, bonus_left, bonus_steps, left_of
from pennywhistle.apps.payments.models import BonusStep, TopUp
from pennywhistle.apps.payments.provider import Payment, PaymentState
from pennywhistle.apps.payments.work import _apply
from threads import at_once
from worked_tables import micro_of, worked_table

pytestmark = pytest.mark.django_db


def step(least: str, percent: int) -> None:
    set_bonus_step(least=usd(least), part=Fraction(percent, 100), now=NOON)


def a_top_up(user, amount: str) -> TopUp:
    """A top-up that its provider knows of, with what was promised."""
    return TopUp.objects.create(
        user=user,
        key="key",
        provider="fakepay",
        provider_ref="ref-1",
        amount_micro=usd(amount).micro,
        currency="USD",
        bonus_micro=bonus_for(usd(amount)).micro,
        state=TopUp.State.PENDING,
        created_at=NOON,
        due_at=NOON,
    )


def paid(top_up: TopUp) -> Payment:
    return Payment(
        provider_ref="ref-1",
        reference=str(top_up.pk),
        state=PaymentState.PAID,
        amount=usd("50.00"),
    )


def test_the_highest_step_that_is_reached_counts() -> None:
    step("20", 2)
    step("50", 5)

    given = {amount: bonus_for(usd(amount)) for amount in ("19.99", "20", "49.99", "50", "100")}

    assert given == {
        "19.99": usd("0"),
        "20": usd("0.40"),
        "49.99": usd("0.9998"),
        "50": usd("2.50"),
        "100": usd("5.00"),
    }


def test_it_comes_with_the_money_and_out_of_the_store_s_account() -> None:
    a_store()
    step("50", 5)
    user = a_user()
    top_up = a_top_up(user, "50.00")

    _apply(top_up.pk, paid(top_up), NOON)
    _apply(top_up.pk, paid(top_up), NOON)

    assert balance_of(user=user, currency="USD") == usd("52.50")
    moved = Posting.objects.values_list("entry__kind", "account__kind", "amount_micro")
    assert sorted(moved) == [
        (BONUS, Account.Kind.BALANCE, 2_500_000),
        (BONUS, Account.Kind.STORE, -2_500_000),
        (Entry.Kind.TOP_UP, Account.Kind.BALANCE, 50_000_000),
        (Entry.Kind.TOP_UP, Account.Kind.CLEARING, -50_000_000),
    ]
    assert bonus_left(user=user, currency="USD") == usd("2.50")


@pytest.mark.django_db(transaction=True)
def test_however_often_the_payment_is_told_it_is_credited_once() -> None:
    a_store()
    step("50", 5)
    user = a_user()
    top_up = a_top_up(user, "50.00")

    answers = at_once(4, lambda _: _apply(top_up.pk, paid(top_up), NOON))

    assert {each.state for each in answers} == {TopUp.State.PAID}
    assert balance_of(user=user, currency="USD") == usd("52.50")


def test_what_was_promised_holds_though_the_table_changes() -> None:
    a_store()
    step("50", 5)
    user = a_user()
    top_up = a_top_up(user, "50.00")
    step("50", 0)

    _apply(top_up.pk, paid(top_up), NOON)

    assert balance_of(user=user, currency="USD") == usd("52.50")
    assert bonus_steps("USD") == []
    assert bonus_for(usd("50")) == usd("0")


def test_the_same_step_again_changes_nothing_and_another_part_replaces_it() -> None:
    step("50", 5)
    step("50", 5)
    step("50", 7)

    assert BonusStep.objects.count() == 2
    assert [each.part for each in bonus_steps("USD")] == [Fraction(7, 100)]


@pytest.mark.parametrize(
    ("least", "part"),
    [("0", Fraction(1, 20)), ("50", Fraction(-1, 20)), ("50", Fraction(21, 20))],
)
def test_what_is_no_step_is_refused(least: str, part: Fraction) -> None:
    with pytest.raises(BonusStepError):
        set_bonus_step(least=usd(least), part=part, now=NOON)

    assert not BonusStep.objects.exists()


def test_a_step_is_closed_and_never_changed() -> None:
    step("50", 5)

    for statement in (
        "UPDATE payments_bonusstep SET numerator = 9",
        "DELETE FROM payments_bonusstep",
    ):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("movements", "left"),
    [
        ([], 0),
        ([("top_up", 50)], 0),
        ([("top_up", 50), (BONUS, 5)], 5),
        # What was paid in is spent first.
        ([("top_up", 50), (BONUS, 5), ("sale", -50)], 5),
        ([("top_up", 50), (BONUS, 5), ("sale", -52)], 3),
        ([("top_up", 50), (BONUS, 5), ("sale", -55)], 0),
        # What is spent of it does not come back with other money.
        ([("top_up", 50), (BONUS, 5), ("sale", -55), ("top_up", 20)], 0),
        # A refund restores it first, whatever was bought.
        ([("top_up", 50), (BONUS, 5), ("sale", -53), ("sale", -2), ("refund", 53)], 5),
        ([("top_up", 50), (BONUS, 5), ("sale", -55), ("refund", 2)], 2),
        # Nothing was spent of it before a refund.
        ([("top_up", 50), (BONUS, 5), ("sale", -10), ("refund", 10)], 5),
        # Two of them, and what was set aside and came back.
        ([("top_up", 50), (BONUS, 5), ("sale", -54), ("top_up", 9), (BONUS, 1)], 2),
        ([("top_up", 50), (BONUS, 5), ("reserve", -53), ("unreserve", 53)], 5),
        # What could not be paid back is what was paid in.
        ([("top_up", 9), (BONUS, 5), ("sale", -12), ("top_up", 9), ("payback", -9),
          ("payback", 9)], 2),
        # It goes back to the store with what is paid back.
        ([("top_up", 50), (BONUS, 5), ("payback", -50), (BONUS, -5)], 0),
    ],
)  # fmt: skip
def test_how_much_of_a_balance_was_given(movements, left: int) -> None:
    assert left_of(movements) == left


def test_the_worked_bonus_is_right() -> None:
    kinds = {"paid in": "top_up", "bonus": BONUS, "bought for": "sale", "refund of": "refund"}
    movements: list[tuple[str, int]] = []

    for row in worked_table("offers.md", "Bonuses"):
        word, _, amount = row["movement"].rpartition(" ")
        sign = -1 if word == "bought for" else 1
        movements.append((kinds[word], sign * micro_of(amount)))

        assert sum(each for _, each in movements) == micro_of(row["balance"])
        assert left_of(movements) == micro_of(row["of it given"])

    assert len(movements) == 4
