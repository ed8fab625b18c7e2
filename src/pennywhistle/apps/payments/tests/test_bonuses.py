"""A large top-up brings a bonus out of the store's account, once, as it was promised."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, connection, transaction

from builders import NOON, a_shelf, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.models import OrderLine, Refund
from pennywhistle.apps.payments.actions import BonusStepError, set_bonus_step
from pennywhistle.apps.payments.bonus import bonus_for, bonus_steps
from pennywhistle.apps.payments.models import BonusStep, TopUp
from pennywhistle.apps.payments.paying_back import PaybackAsked, intend_payback
from pennywhistle.apps.payments.provider import Payment, PaymentState
from pennywhistle.apps.payments.unspent import unspent_of
from pennywhistle.apps.payments.work import _apply
from pennywhistle.kernel.money import Money
from threads import at_once
from worked_tables import micro_of, worked_table

pytestmark = pytest.mark.django_db


def step(least: str, percent: int) -> None:
    set_bonus_step(least=usd(least), part=Fraction(percent, 100), now=NOON)


def a_top_up(user, amount: str, *, ref: str = "ref-1") -> TopUp:
    """A top-up that its provider knows of, with what was promised."""
    return TopUp.objects.create(
        user=user,
        key=f"key-of-{ref}",
        provider="fakepay",
        provider_ref=ref,
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
        (Entry.Kind.BONUS, Account.Kind.BALANCE, 2_500_000),
        (Entry.Kind.BONUS, Account.Kind.STORE, -2_500_000),
        (Entry.Kind.TOP_UP, Account.Kind.BALANCE, 50_000_000),
        (Entry.Kind.TOP_UP, Account.Kind.CLEARING, -50_000_000),
    ]
    assert given_to(user) == usd("2.50")


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


def moved(user, *movements: tuple[str, str]) -> None:
    """Pay in with what is added, buy, give the purchase back, or have money paid back."""
    for number, (word, amount) in enumerate(movements):
        if word == "paid in":
            top_up = a_top_up(user, amount, ref=f"ref-{TopUp.objects.count()}")
            payment = Payment(
                provider_ref=top_up.provider_ref,
                reference=str(top_up.pk),
                state=PaymentState.PAID,
                amount=usd(amount),
            )
            _apply(top_up.pk, payment, NOON + timedelta(minutes=number))
        elif word == "bought for":
            shelf = a_shelf(f"Bought {number}", track_price=amount, album_price="999.00")
            check_out(
                buyer_id=user.pk,
                wanted=[shelf.track(1)],
                territory="US",
                shown=usd(amount),
                key=f"buy-{number}",
                now=NOON + timedelta(minutes=number),
            )
        elif word == "refund of":
            line = OrderLine.objects.get(price_micro=usd(amount).micro)
            asked = RefundAsked(line.pk, user.pk, Refund.Why.OPERATOR, "They asked for it.")
            refund_sale(asked=asked, now=NOON + timedelta(minutes=number))
        else:
            asked_back = PaybackAsked(user.pk, "USD", usd(amount), f"payback-{number}")
            intend_payback(asked=asked_back, now=NOON + timedelta(minutes=number))


def given_to(user) -> Money:
    return unspent_of(user=user, currency="USD").bonus


@pytest.mark.parametrize(
    ("movements", "left"),
    [
        # What was paid in is spent first.
        ([("paid in", "50"), ("bought for", "50")], "2.50"),
        ([("paid in", "50"), ("bought for", "51")], "1.50"),
        ([("paid in", "50"), ("bought for", "52.50")], "0"),
        # What is spent of it does not come back with other money.
        ([("paid in", "50"), ("bought for", "52.50"), ("paid in", "20")], "0"),
        # A refund is as if nothing had been bought.
        ([("paid in", "50"), ("bought for", "52"), ("refund of", "52")], "2.50"),
        # What came first is spent first, with what came with it.
        ([("paid in", "50"), ("paid in", "100"), ("bought for", "60")], "5.00"),
        # It goes back to the store with what is paid back.
        ([("paid in", "50"), ("paid back", "20")], "1.50"),
        ([("paid in", "50"), ("paid back", "20"), ("bought for", "30")], "1.50"),
        ([("paid in", "50"), ("paid back", "50")], "0"),
    ],
)
def test_how_much_of_a_balance_was_given(movements, left: str) -> None:
    a_store()
    step("50", 5)
    user = a_user()

    moved(user, *movements)

    unspent = unspent_of(user=user, currency="USD")
    assert unspent.bonus == usd(left)
    assert unspent.bonus + unspent.payable == unspent.balance


def test_the_worked_bonus_is_right() -> None:
    a_store()
    step("50", 5)
    user = a_user()

    for row in worked_table("offers.md", "Bonuses"):
        word, _, amount = row["movement"].rpartition(" ")
        if word != "bonus":  # it comes with the money before it
            moved(user, (word, amount))
        if word != "paid in":
            has = balance_of(user=user, currency="USD")
            assert has.micro == micro_of(row["balance"])
            assert given_to(user).micro == micro_of(row["of it given"])

    assert OrderLine.objects.filter(refund__isnull=False).count() == 1
