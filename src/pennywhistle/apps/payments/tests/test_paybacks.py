"""Unspent money goes back to where it came from, once; what fails is on the balance again."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_buyer, a_shelf, a_store, a_user, give_balance, usd
from pennywhistle.apps.ledger.models import Account, Balance, Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of, sum_of
from pennywhistle.apps.ledger.reserving import reserve, unreserve
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.payments import actions, paying_back, work
from pennywhistle.apps.payments.models import Payback, TopUp
from pennywhistle.apps.payments.payback_limits import (
    PaybackTooFineError,
    PaybackTooLittleError,
    PaybackTooManyError,
    PaybackTooMuchError,
)
from pennywhistle.apps.payments.paying_back import (
    NothingToPayBackError,
    PaybackAsked,
    intend_payback,
    pay_back,
    refresh_open_paybacks,
    refresh_payback,
)
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.payments.reconciling.daily import reconcile_all
from pennywhistle.apps.payments.unspent import unspent_of
from pennywhistle.apps.users.models import User
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.adapter import Fakepay
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakePayment, FakeRefund, FakeWebhook
from pennywhistle.providers.fakepay.webhooks import signed

pytestmark = pytest.mark.django_db


def pay_in(user: User, amount: str, *, scenario: str = "succeed") -> TopUp:
    key = f"top-up-key-{TopUp.objects.count():04}"
    asked = actions.TopUpAsked(user.pk, usd(amount), "fakepay", key, "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    top_up = TopUp.objects.get(key=key)
    desk.choose(ref=top_up.provider_ref, scenario=scenario, now=now())
    FakePayment.objects.filter(ref=top_up.provider_ref, state="delayed").update(settles_at=NOON)
    return work.refresh_top_up(top_up_id=top_up.id, now=now())


def ask(user: User, amount: str | None = None, *, key: str = "payback-key-0001") -> list[Payback]:
    money = None if amount is None else usd(amount)
    return pay_back(asked=PaybackAsked(user.pk, "USD", money, key), now=now())


def has(user: User) -> str:
    return str(balance_of(user=user, currency="USD").decimal)


def spend(user: User, price: str, *, title: str = "Spent") -> OrderLine:
    shelf = a_shelf(title, track_price=price, album_price="999.00")
    order_id = check_out(
        buyer_id=user.pk,
        wanted=[shelf.track(1)],
        territory="US",
        shown=usd(price),
        key=f"buy-{title}",
        now=now(),
    )
    return OrderLine.objects.get(order=order_id)


def clearing() -> Account:
    return Account.objects.get(kind="clearing", code="fakepay")


def test_all_of_an_unspent_top_up_goes_back_and_is_posted() -> None:
    a_store()
    user = a_user()
    top_up = pay_in(user, "10.00")

    (payback,) = ask(user)

    assert (payback.state, payback.top_up_id) == (Payback.State.DONE, top_up.id)
    assert has(user) == "0.000000"
    assert sum_of(clearing()) == usd("0")
    entry = Entry.objects.get(kind="payback")
    amounts = list(Posting.objects.filter(entry=entry).values_list("amount_micro", flat=True))
    assert sorted(amounts) == [-10_000_000, 10_000_000]
    assert FakeRefund.objects.get().amount_micro == 10_000_000
    assert desk.holding(currency="USD", now=now()) == usd("0")


def test_what_came_first_is_spent_first_and_the_newest_goes_back_first() -> None:
    a_store()
    user = a_user()
    first, second = pay_in(user, "5.00"), pay_in(user, "3.00")
    spend(user, "6.00")

    unspent = unspent_of(user=user, currency="USD")

    assert [(lot.top_up_id, lot.money) for lot in unspent.lots] == [(second.id, usd("2.00"))]
    assert first.id not in {each.top_up_id for each in ask(user)}


def test_a_part_goes_back_over_several_top_ups_up_to_what_came_in_by_each() -> None:
    a_store()
    user = a_user()
    first, second = pay_in(user, "5.00"), pay_in(user, "3.00")

    paid = ask(user, "4.00")
    again = ask(user, "4.00", key="payback-key-0002")

    assert {(each.top_up_id, each.amount_micro) for each in paid} == {
        (second.id, 3_000_000),
        (first.id, 1_000_000),
    }
    assert [(each.top_up_id, each.amount_micro) for each in again] == [(first.id, 4_000_000)]
    assert has(user) == "0.000000"


def test_a_refunded_purchase_is_unspent_again() -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")
    line = spend(user, "2.00")
    assert unspent_of(user=user, currency="USD").payable == usd("3.00")

    refund_sale(asked=RefundAsked(line.pk, user.pk), now=now())

    assert unspent_of(user=user, currency="USD").payable == usd("5.00")
    assert len(ask(user)) == 1


def test_less_than_a_coin_stays() -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")
    spend(user, "0.0215")

    assert ask(user)[0].amount_micro == 4_970_000
    assert has(user) == "0.008500"


def test_presents_stay_and_what_was_only_set_aside_is_unspent() -> None:
    a_store()
    giver, user = a_user("giver@example.org"), a_user()
    pay_in(giver, "5.00")
    pay_in(user, "3.00")
    aside = {"money": usd("2.00"), "now": now()}
    reserve(user_id=giver.pk, key="aside-1", **aside)
    unreserve(from_user_id=giver.pk, to_user_id=user.pk, key="given-1", **aside)
    reserve(user_id=user.pk, key="aside-2", money=usd("1.00"), now=now())
    unreserve(from_user_id=user.pk, to_user_id=user.pk, key="back-2", money=usd("1.00"), now=now())

    unspent = unspent_of(user=user, currency="USD")

    assert (unspent.balance, unspent.payable, unspent.rest) == (
        usd("5.00"),
        usd("3.00"),
        usd("2.00"),
    )
    assert unspent_of(user=giver, currency="USD").payable == usd("3.00")


def test_money_that_nobody_knows_the_way_of_stays() -> None:
    a_store()
    user = a_buyer(balance="7.00")

    assert unspent_of(user=user, currency="USD").rest == usd("7.00")
    with pytest.raises(NothingToPayBackError):
        ask(user)
    with pytest.raises(NothingToPayBackError):
        ask(a_user("nobody@example.org"))


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("5.01", PaybackTooMuchError),
        ("0.00", PaybackTooMuchError),
        ("0.005", PaybackTooFineError),
        ("0.99", PaybackTooLittleError),
    ],
)
def test_another_amount_than_can_go_back_moves_nothing(amount, error) -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")

    with pytest.raises(error):
        ask(user, amount)

    assert not Payback.objects.exists()
    assert has(user) == "5.000000"


def test_parts_go_back_some_times_a_day_and_all_of_it_whenever() -> None:
    a_store()
    user = a_user()
    top_up = pay_in(user, "10.00")
    for number in range(5):
        ask(user, "1.00", key=f"part-{number}")

    with pytest.raises(PaybackTooManyError):
        ask(user, "1.00", key="part-5")

    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paying_back, "refresh_payback", lambda **which: asked.append(which))
        patch.setattr(paying_back, "done_asked_max", 2)
        paying_back.refresh_paybacks_of(top_up_id=top_up.id, now=now())
    assert len(asked) == 2, "of those that arrived, the newest only"
    ask(user, "5.00", key="all")
    assert has(user) == "0.000000"


def test_the_same_key_again_is_the_same_payback() -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")

    assert [each.id for each in ask(user, "2.00")] == [each.id for each in ask(user, "2.00")]

    assert has(user) == "3.000000"
    assert FakeRefund.objects.count() == 1


def test_a_payback_that_fails_later_is_on_the_balance_again_with_its_reason() -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00", scenario="no-refund")
    (payback,) = ask(user)
    assert (payback.state, has(user)) == (Payback.State.SENT, "0.000000")

    later = now() + timedelta(hours=1)
    FakeRefund.objects.update(settles_at=NOON)
    assert refresh_open_paybacks(now=later) == 1
    assert refresh_open_paybacks(now=later + timedelta(hours=1)) == 0

    payback.refresh_from_db()
    assert (payback.state, payback.reason) == (Payback.State.FAILED, "The card was closed.")
    assert has(user) == "5.000000"
    assert Entry.objects.filter(kind="payback").count() == 2
    assert sum_of(clearing()) == -usd("5.00")
    assert desk.holding(currency="USD", now=later) == usd("5.00")
    # And it can be asked for again.
    assert unspent_of(user=user, currency="USD").payable == usd("5.00")


def test_a_slow_payback_arrives_later() -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00", scenario="delay")
    (payback,) = ask(user)
    assert payback.state == Payback.State.SENT

    FakeRefund.objects.update(settles_at=NOON)

    assert refresh_payback(payback_id=payback.id, now=now()).state == Payback.State.DONE
    assert has(user) == "0.000000"


def test_a_provider_that_refuses_for_good_fails_the_payback_at_once() -> None:
    a_store()
    user = a_user()
    top_up = pay_in(user, "5.00")
    desk.refund(ref=top_up.provider_ref, amount=usd("4.00"), key="by-hand", now=now())

    (payback,) = ask(user)

    assert payback.state == Payback.State.FAILED
    assert "less than" in payback.reason
    assert has(user) == "5.000000"


def test_a_provider_that_is_away_is_asked_again_by_the_clock(monkeypatch) -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")

    def away(_self, **_asked):
        raise ProviderError("Nobody answers.")

    with monkeypatch.context() as patch:
        patch.setattr(Fakepay, "refund", away)
        (payback,) = ask(user)
        assert (payback.state, has(user)) == (Payback.State.SENT, "0.000000")
        assert refresh_open_paybacks(now=now() + timedelta(minutes=2)) == 0

    assert refresh_open_paybacks(now=now()) == 0, "it is not due yet"
    assert refresh_open_paybacks(now=now() + timedelta(hours=7)) == 1
    assert FakeRefund.objects.count() == 1


def test_what_no_provider_was_told_of_is_back_when_its_provider_is_gone(settings) -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")
    asked = PaybackAsked(user.pk, "USD", None, "payback-key-0001")
    (payback,) = intend_payback(asked=asked, now=now())
    settings.PAYMENT_PROVIDERS = []

    refresh_payback(payback_id=payback.id, now=now())
    ended = refresh_payback(payback_id=payback.id, now=now())

    assert (ended.state, has(user)) == (Payback.State.FAILED, "5.000000")
    assert "fakepay" in ended.reason
    assert Entry.objects.filter(kind="payback").count() == 2


def test_what_a_provider_may_have_sent_waits_for_it_however_long(settings, monkeypatch) -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")
    real = Fakepay.refund

    def unheard(self, **asked):
        real(self, **asked)
        raise ProviderError("The answer was lost.")

    with monkeypatch.context() as patch:
        patch.setattr(Fakepay, "refund", unheard)
        (payback,) = ask(user)
    settings.PAYMENT_PROVIDERS = []
    with pytest.raises(ProviderError):
        refresh_payback(payback_id=payback.id, now=now())
    assert list(Payback.objects.stranded(providers=[])) == [payback]
    settings.PAYMENT_PROVIDERS = ["fakepay"]

    ended = refresh_payback(payback_id=payback.id, now=now())

    assert (ended.state, has(user)) == (Payback.State.DONE, "0.000000")
    assert FakeRefund.objects.count() == 1
    assert not Payback.objects.stranded(providers=["fakepay"]).exists()


def test_a_webhook_of_a_refund_says_that_it_ended_and_is_taken_once() -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00", scenario="no-refund")
    (payback,) = ask(user)
    FakeRefund.objects.update(settles_at=NOON)
    body, headers = signed(FakeWebhook.objects.order_by("-due_at")[0], at=now())

    for _ in range(3):
        actions.take_notice(provider_code="fakepay", body=body, headers=headers, now=now())

    payback.refresh_from_db()
    assert payback.state == Payback.State.FAILED
    assert Entry.objects.filter(kind="payback").count() == 2
    assert has(user) == "5.000000"


@pytest.mark.parametrize("is_told", [True, False])
def test_a_payback_that_had_arrived_and_is_sent_back_weeks_later_is_on_the_balance_again(
    is_told: bool,  # noqa: FBT001 (by a webhook, or by the day's report)
) -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")
    (payback,) = ask(user)
    assert payback.state == Payback.State.DONE

    desk.fail_refund(key=str(payback.id), now=now())
    for webhook in FakeWebhook.objects.filter(about="refund") if is_told else []:
        body, headers = signed(webhook, at=now())
        actions.take_notice(provider_code="fakepay", body=body, headers=headers, now=now())
    for _ in range(2):
        assert reconcile_all(now=now()) == 0

    payback.refresh_from_db()
    assert (payback.state, payback.reason) == (Payback.State.FAILED, "The card was closed.")
    assert Entry.objects.filter(kind="payback").count() == 2
    assert has(user) == "5.000000"
    assert sum_of(clearing()) == -desk.holding(currency="USD", now=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Payback.objects.filter(id=payback.id).update(state="done")


def test_the_database_lets_no_more_go_back_than_came_in() -> None:
    a_store()
    user, other = a_user(), a_user("other@example.org")
    top_up = pay_in(user, "5.00")
    (payback,) = intend_payback(
        asked=PaybackAsked(user.pk, "USD", usd("3.00"), "payback-key-0001"), now=now()
    )
    more = {
        "user": user,
        "top_up": top_up,
        "amount_micro": 2_010_000,
        "currency": "USD",
        "created_at": NOON,
        "due_at": NOON,
        "key": "x",
    }

    for change in ({}, {"amount_micro": 1, "user": other}, {"amount_micro": 1, "currency": "EUR"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payback.objects.create(**more | change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payback.objects.filter(id=payback.id).update(amount_micro=1)
    paying_back.refresh_payback(payback_id=payback.id, now=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Payback.objects.filter(id=payback.id).update(state="created")
    assert give_balance(other, "1.00").number
    assert Balance.objects.count() == 2


def with_bonus(user: User, *, scenario: str = "succeed") -> None:
    """Ten dollars paid in, to which the store adds one."""
    actions.set_bonus_step(least=usd("10.00"), part=Fraction(1, 10), now=now())
    pay_in(user, "10.00", scenario=scenario)
    assert has(user) == "11.000000"


def test_a_bonus_never_goes_out_and_goes_back_to_the_store_with_its_money() -> None:
    a_store()
    user = a_user()
    with_bonus(user)
    assert unspent_of(user=user, currency="USD").payable == usd("10.00")

    ask(user, "4.00")

    assert has(user) == "6.600000"
    ask(user, key="payback-key-0002")
    assert has(user) == "0.000000"
    assert sum_of(Account.objects.get(kind="store")) == usd("0")
    assert sum(FakeRefund.objects.values_list("amount_micro", flat=True)) == 10_000_000


def test_a_bonus_is_spent_after_the_money_that_it_came_with() -> None:
    a_store()
    user = a_user()
    with_bonus(user)
    spend(user, "6.00")
    ask(user, "4.00")
    assert has(user) == "0.600000", "six tenths of the bonus belong to the six that were spent"

    unspent = unspent_of(user=user, currency="USD")

    assert (unspent.payable, unspent.rest) == (usd("0"), usd("0.60"))


def test_a_bonus_comes_again_with_money_that_could_not_be_sent() -> None:
    a_store()
    user = a_user()
    with_bonus(user, scenario="no-refund")
    ask(user)
    assert has(user) == "0.000000"

    FakeRefund.objects.update(settles_at=NOON)
    refresh_open_paybacks(now=now() + timedelta(hours=1))

    assert has(user) == "11.000000"
    unspent = unspent_of(user=user, currency="USD")
    assert (unspent.payable, unspent.rest) == (usd("10.00"), usd("1.00"))
