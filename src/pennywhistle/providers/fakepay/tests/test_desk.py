"""fakepay keeps its word: one payment a reference, refunds within it, codes, and a clock."""

from datetime import datetime, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import NOON, usd
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.kernel.money import Money
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.models import FakePayment, FakeRefund

pytestmark = pytest.mark.django_db

State = FakePayment.State
TEN = usd("10.00")


def begin(reference: str = "order-1", amount: Money = TEN) -> FakePayment:
    return desk.begin(
        reference=reference,
        amount=amount,
        return_url="http://testserver/back/",
        notify_url="http://127.0.0.1:1/hooks/fakepay/",
        now=NOON,
    )


def state(payment: FakePayment, at: datetime = NOON) -> str:
    return desk.look_up(ref=payment.ref).state_at(at)


def test_the_same_reference_is_the_same_payment() -> None:
    assert begin() == begin()
    assert FakePayment.objects.count() == 1


@pytest.mark.parametrize("amount", [usd("10.01"), Money(10_000_000, "EUR")])
def test_a_reference_with_another_amount_is_refused(amount: Money) -> None:
    begin()

    with pytest.raises(desk.KeyReusedError):
        begin(amount=amount)


@pytest.mark.parametrize("micro", [0, -1])
def test_nothing_is_not_paid(micro: int) -> None:
    with pytest.raises(desk.AmountRefusedError):
        begin(amount=Money(micro, "USD"))


@pytest.mark.parametrize(
    ("scenario", "at_once", "later"),
    [
        ("succeed", State.PAID, State.PAID),
        ("secure", State.CONFIRMING, State.FAILED),
        ("delay", State.DELAYED, State.PAID),
        ("decline", State.FAILED, State.FAILED),
        ("cancel", State.FAILED, State.FAILED),
    ],
)
def test_each_outcome_comes_true(scenario: str, at_once: str, later: str) -> None:
    payment = begin()

    desk.choose(ref=payment.ref, scenario=scenario, now=NOON)

    assert state(payment) == at_once
    assert state(payment, NOON + timedelta(days=2)) == later


def test_a_delayed_payment_settles_by_the_clock() -> None:
    payment = begin()
    desk.choose(ref=payment.ref, scenario="delay", now=NOON)
    settles = NOON + timedelta(seconds=desk.settle_delay_s)

    assert state(payment, settles - timedelta(microseconds=1)) == State.DELAYED
    assert state(payment, settles) == State.PAID


def test_a_payment_that_nobody_answers_expires() -> None:
    payment = begin()
    late = NOON + timedelta(hours=desk.payment_hours_max)

    desk.choose(ref=payment.ref, scenario="succeed", now=late)

    assert state(payment, late) == State.FAILED


def test_an_outcome_is_final() -> None:
    payment = begin()
    desk.choose(ref=payment.ref, scenario="decline", now=NOON)

    desk.choose(ref=payment.ref, scenario="succeed", now=NOON)
    desk.confirm(ref=payment.ref, code=desk.SECURE_CODE, now=NOON)

    assert state(payment) == State.FAILED


def test_the_right_code_pays() -> None:
    payment = begin()
    desk.choose(ref=payment.ref, scenario="secure", now=NOON)

    desk.confirm(ref=payment.ref, code="0000", now=NOON)
    desk.confirm(ref=payment.ref, code=desk.SECURE_CODE, now=NOON)

    assert state(payment) == State.PAID


def test_three_wrong_codes_end_it() -> None:
    payment = begin()
    desk.choose(ref=payment.ref, scenario="secure", now=NOON)

    for _ in range(3):
        desk.confirm(ref=payment.ref, code="0000", now=NOON)
    desk.confirm(ref=payment.ref, code=desk.SECURE_CODE, now=NOON)

    assert state(payment) == State.FAILED


def test_giving_up_at_the_code_ends_it() -> None:
    payment = begin()
    desk.choose(ref=payment.ref, scenario="secure", now=NOON)

    desk.give_up(ref=payment.ref, now=NOON)

    assert state(payment) == State.FAILED


def test_refunds_stay_within_what_was_paid() -> None:
    payment = begin()
    desk.choose(ref=payment.ref, scenario="succeed", now=NOON)
    desk.refund(ref=payment.ref, amount=usd("6.00"), key="r-1", now=NOON)

    with pytest.raises(desk.RefundRefusedError, match=r"4\.00 USD of"):
        desk.refund(ref=payment.ref, amount=usd("4.01"), key="r-2", now=NOON)
    desk.refund(ref=payment.ref, amount=usd("4.00"), key="r-2", now=NOON)

    assert desk.look_up(ref=payment.ref).left_micro() == 0


def test_a_refund_happens_once_a_key() -> None:
    payment = begin()
    desk.choose(ref=payment.ref, scenario="succeed", now=NOON)

    desk.refund(ref=payment.ref, amount=usd("6.00"), key="r-1", now=NOON)
    desk.refund(ref=payment.ref, amount=usd("6.00"), key="r-1", now=NOON)
    with pytest.raises(desk.KeyReusedError):
        desk.refund(ref=payment.ref, amount=usd("1.00"), key="r-1", now=NOON)

    assert FakeRefund.objects.count() == 1


@pytest.mark.parametrize("scenario", [None, "decline", "delay"])
def test_what_was_not_paid_is_not_refunded(scenario: str | None) -> None:
    payment = begin()
    if scenario:
        desk.choose(ref=payment.ref, scenario=scenario, now=NOON)

    with pytest.raises(desk.RefundRefusedError):
        desk.refund(ref=payment.ref, amount=usd("1.00"), key="r-1", now=NOON)


def test_a_refund_is_in_the_payment_s_currency() -> None:
    payment = begin()
    desk.choose(ref=payment.ref, scenario="succeed", now=NOON)

    with pytest.raises(desk.RefundRefusedError):
        desk.refund(ref=payment.ref, amount=Money(1_000_000, "EUR"), key="r-1", now=NOON)


def test_a_payout_happens_once_a_key() -> None:
    first = desk.pay_out(key="p-1", amount=usd("20.00"), account="DE00", now=NOON)
    again = desk.pay_out(key="p-1", amount=usd("20.00"), account="DE00", now=NOON)

    assert first.ref == again.ref
    with pytest.raises(desk.KeyReusedError):
        desk.pay_out(key="p-1", amount=usd("20.00"), account="DE01", now=NOON)


def test_what_fakepay_does_not_know_is_the_port_s_error() -> None:
    with pytest.raises(ProviderError):
        desk.look_up(ref="fp_nothing")
    with pytest.raises(ProviderError):
        desk.refund(ref="fp_nothing", amount=usd("1.00"), key="r-1", now=NOON)


def test_a_decided_payment_queues_its_webhook_for_when_it_counts() -> None:
    paid, slow, asking = begin("a"), begin("b"), begin("c")

    desk.choose(ref=paid.ref, scenario="succeed", now=NOON)
    desk.choose(ref=slow.ref, scenario="delay", now=NOON)
    desk.choose(ref=asking.ref, scenario="secure", now=NOON)

    due = list(
        ProcrastinateJob.objects.filter(queue_name="fakepay")
        .order_by("id")
        .values_list("scheduled_at", flat=True)
    )
    assert due == [NOON, NOON + timedelta(seconds=desk.settle_delay_s)]
