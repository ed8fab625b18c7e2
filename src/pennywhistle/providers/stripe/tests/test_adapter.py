"""The store's adapter, with the real `stripe` package, against fakepay's Stripe-shaped face."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from builders import usd
from pennywhistle.apps.payments.abilities import (
    Checks,
    DisputeState,
    Evidence,
    Level,
    MovementKind,
    PayoutState,
    PaysOut,
    TellsDisputes,
    TellsFunds,
    TellsMovements,
    TellsWarnings,
)
from pennywhistle.apps.payments.provider import (
    AnswerRefusedError,
    KeyReusedError,
    PaymentState,
    PayoutRefusedError,
    ProviderClosedError,
    ProviderError,
    RefundRefusedError,
    RefundState,
    Started,
)
from pennywhistle.kernel.money import Money
from pennywhistle.providers.fakepay import cases, desk, operating
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakeAnswer, FakeKnobs, FakePayment, FakeRefund
from pennywhistle.providers.stripe.adapter import PROVIDER, Stripe
from stripe_shaped import stripe_shaped

pytestmark = pytest.mark.django_db

TEN = usd("10.00")
RETURN = "http://records.example/balance/top-ups/1/"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STRIPE = Stripe()


@pytest.fixture(autouse=True)
def face(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with stripe_shaped(monkeypatch) as address:
        yield address


def start(reference: str = "top-up-1", amount: Money = TEN, *, challenge: bool = False) -> Started:
    return STRIPE.start(
        reference=reference,
        amount=amount,
        return_url=RETURN,
        notify_url="",
        challenge=challenge,
    )


def ours(started: Started) -> str:
    """What fakepay calls it."""
    return FakePayment.objects.get(ref=started.provider_ref.replace("cs_test", "fp")).ref


def paid(reference: str = "top-up-1", *, card: str = "rose", amount: Money = TEN) -> Started:
    started = start(reference, amount)
    desk.choose(ref=ours(started), scenario="succeed", card=card, now=now())
    return started


def test_it_has_every_ability() -> None:
    for ability in (TellsDisputes, TellsMovements, TellsFunds, TellsWarnings, PaysOut, Checks):
        assert isinstance(PROVIDER, ability)


def test_a_payment_is_begun_once_on_stripe_s_page(face: str) -> None:
    started, again = start(), start()

    assert started == again
    assert started.redirect_url.startswith(f"{face}/fakepay/pay/fp_")
    payment = STRIPE.fetch(provider_ref=started.provider_ref)
    assert (payment.state, payment.reference, payment.amount) == (
        PaymentState.PENDING,
        "top-up-1",
        TEN,
    )


def test_what_is_paid_says_by_what(face: str) -> None:
    payment = STRIPE.fetch(provider_ref=paid().provider_ref)

    assert payment.state is PaymentState.PAID
    assert (payment.country, payment.network, payment.fingerprint) == ("DE", "visa", "fakecardrose")
    assert not payment.is_challenged


def test_3_d_secure_is_asked_for_and_seen() -> None:
    started = start(challenge=True)
    assert FakePayment.objects.get().is_challenge_wanted
    desk.choose(ref=ours(started), scenario="secure", now=now())
    assert STRIPE.fetch(provider_ref=started.provider_ref).state is PaymentState.PENDING

    desk.confirm(ref=ours(started), code=desk.SECURE_CODE, now=now())

    payment = STRIPE.fetch(provider_ref=started.provider_ref)
    assert (payment.state, payment.is_challenged) == (PaymentState.PAID, True)


@pytest.mark.parametrize(
    ("scenario", "state", "declines"),
    [
        ("decline", PaymentState.FAILED, 1),
        ("cancel", PaymentState.FAILED, 0),
        ("delay", PaymentState.PENDING, 0),
    ],
)
def test_each_other_end(scenario: str, state: PaymentState, declines: int) -> None:
    started = start()

    desk.choose(ref=ours(started), scenario=scenario, now=now())

    payment = STRIPE.fetch(provider_ref=started.provider_ref)
    assert (payment.state, payment.decline_count) == (state, declines)


def test_a_slow_payment_is_paid_later() -> None:
    started = start()
    desk.choose(ref=ours(started), scenario="delay", now=now())

    FakePayment.objects.update(settles_at=now())

    assert STRIPE.fetch(provider_ref=started.provider_ref).state is PaymentState.PAID


def test_a_reference_with_another_amount_is_refused() -> None:
    start()

    with pytest.raises(KeyReusedError):
        start(amount=usd("11.00"))


def test_a_frozen_account_is_a_closed_door() -> None:
    started = start()
    operating.freeze(now=now())

    with pytest.raises(ProviderClosedError):
        start("top-up-2")
    assert STRIPE.fetch(provider_ref=started.provider_ref).state is PaymentState.PENDING
    funds = STRIPE.funds(currency="USD")
    assert (funds.available, funds.frozen) == (usd("0"), usd("0"))


def test_what_a_frozen_account_holds_is_frozen() -> None:
    paid()
    assert STRIPE.funds(currency="USD").available == TEN

    operating.freeze(now=now())

    funds = STRIPE.funds(currency="USD")
    assert (funds.available, funds.frozen) == (usd("0"), TEN)
    assert STRIPE.holding(currency="USD") == TEN


def test_a_wrong_key_is_a_closed_door(settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_another0"

    with pytest.raises(ProviderClosedError):
        start()


def test_nobody_there_is_no_answer(settings) -> None:
    settings.STRIPE_URL = "http://localhost:1"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *_: 0)
        with pytest.raises(ProviderError):
            STRIPE.fetch(provider_ref="cs_test_1")


def test_a_refund_happens_once_a_key_also_after_stripe_forgot_the_key() -> None:
    ref = paid().provider_ref

    first = STRIPE.refund(provider_ref=ref, amount=usd("6.00"), key="r-1")
    FakeAnswer.objects.update(created_at=now() - timedelta(days=2))
    again = STRIPE.refund(provider_ref=ref, amount=usd("6.00"), key="r-1")

    assert (first.state, again.state) == (RefundState.DONE, RefundState.DONE)
    assert FakeRefund.objects.get().amount_micro == usd("6.00").micro


@pytest.mark.parametrize("amount", ["4.01", "10.00"])
def test_more_than_is_left_is_never_sent_back(amount: str) -> None:
    ref = paid().provider_ref
    STRIPE.refund(provider_ref=ref, amount=usd("6.00"), key="r-1")

    with pytest.raises(RefundRefusedError):
        STRIPE.refund(provider_ref=ref, amount=usd(amount), key="r-2")


def test_what_was_not_paid_or_is_disputed_is_not_sent_back() -> None:
    with pytest.raises(RefundRefusedError):
        STRIPE.refund(provider_ref=start().provider_ref, amount=TEN, key="r-1")
    started = paid("top-up-2")
    cases.open_dispute(ref=ours(started), now=now())

    with pytest.raises(RefundRefusedError):
        STRIPE.refund(provider_ref=started.provider_ref, amount=TEN, key="r-2")


def test_a_frozen_account_sends_back_later() -> None:
    ref = paid().provider_ref
    operating.freeze(now=now())

    with pytest.raises(ProviderError) as refused:
        STRIPE.refund(provider_ref=ref, amount=TEN, key="r-1")
    assert not isinstance(refused.value, RefundRefusedError)

    operating.freeze(now=now(), is_frozen=False)
    FakeAnswer.objects.all().delete()
    assert STRIPE.refund(provider_ref=ref, amount=TEN, key="r-1").state is RefundState.DONE


def test_a_refund_that_fails_weeks_later_is_told_with_its_reason() -> None:
    ref = paid().provider_ref
    STRIPE.refund(provider_ref=ref, amount=TEN, key="r-1")

    desk.fail_refund(key="r-1", now=now())

    told = STRIPE.refund(provider_ref=ref, amount=TEN, key="r-1")
    assert (told.state, told.reason) == (RefundState.FAILED, "expired_or_canceled_card")


def test_a_dispute_takes_the_money_and_a_fee_and_gives_the_money_back_when_won() -> None:
    started = paid()
    cases.open_dispute(ref=ours(started), now=now())

    (dispute,) = STRIPE.disputes(since=LONG_AGO)
    assert (dispute.state, dispute.amount, dispute.fee) == (DisputeState.OPEN, TEN, usd("15.00"))
    assert (dispute.provider_ref, dispute.reference) == (started.provider_ref, "top-up-1")
    assert dispute.is_withdrawn
    assert dispute.answer_until is not None
    assert STRIPE.holding(currency="USD") == -usd("15.00")

    evidence = Evidence(buyer_name="Ann", log="x" * 30_000, receipt=b"%PDF-1.7 receipt")
    answered = STRIPE.answer_dispute(ref=dispute.ref, evidence=evidence, key="a-1")
    assert (answered.state, answered.fee) == (DisputeState.ANSWERED, usd("30.00"))

    cases.close_dispute(ref=dispute.ref.replace("du", "fd"), is_won=True, now=now())
    won = STRIPE.fetch_dispute(ref=dispute.ref)
    assert (won.state, won.fee, won.is_withdrawn) == (DisputeState.WON, usd("15.00"), False)
    assert STRIPE.holding(currency="USD") == -usd("5.00")


def test_evidence_is_sent_once_and_not_too_late() -> None:
    cases.open_dispute(ref=ours(paid()), now=now())
    (dispute,) = STRIPE.disputes(since=LONG_AGO)
    for _ in range(2):
        STRIPE.answer_dispute(ref=dispute.ref, evidence=Evidence(statement="Fetched."), key="a-1")
    cases.open_dispute(ref=ours(paid("top-up-2")), now=now() - timedelta(days=8))
    cases.close_dispute(
        ref=cases.FakeDispute.objects.get(state="open").ref, is_won=False, now=now()
    )
    late = next(each for each in STRIPE.disputes(since=LONG_AGO) if each.reference == "top-up-2")

    with pytest.raises(AnswerRefusedError):
        STRIPE.answer_dispute(ref=late.ref, evidence=Evidence(statement="Late."), key="a-2")


def test_an_inquiry_takes_nothing() -> None:
    cases.open_dispute(ref=ours(paid()), now=now(), is_inquiry=True)

    (dispute,) = STRIPE.disputes(since=LONG_AGO)

    assert (dispute.is_withdrawn, dispute.fee) == (False, usd("0"))
    assert STRIPE.holding(currency="USD") == TEN


def test_a_warning_can_be_acted_on_until_the_money_went_back() -> None:
    started = paid()
    cases.warn(ref=ours(started), now=now())
    (warning,) = STRIPE.warnings(since=LONG_AGO)
    assert (warning.reference, warning.is_actionable) == ("top-up-1", True)

    STRIPE.refund(provider_ref=started.provider_ref, amount=TEN, key="r-1")

    assert not STRIPE.warnings(since=LONG_AGO)[0].is_actionable


def test_the_balance_report_names_everything_and_adds_up() -> None:
    FakeKnobs(fee_ppm=29_000, fee_micro=300_000).save()
    first, second = paid(), paid("top-up-2", amount=usd("5.00"))
    STRIPE.refund(provider_ref=first.provider_ref, amount=usd("1.00"), key="r-1")
    desk.fail_refund(key="r-1", now=now())
    cases.open_dispute(ref=ours(second), now=now())
    STRIPE.pay_out(key="p-1", amount=usd("2.00"), account="acct_label")

    moved = STRIPE.movements(since=LONG_AGO)

    assert {(each.kind, each.reference) for each in moved} == {
        (MovementKind.PAYMENT, "top-up-1"),
        (MovementKind.PAYMENT, "top-up-2"),
        (MovementKind.REFUND, "r-1"),
        (MovementKind.REFUND_FAILED, "r-1"),
        (MovementKind.DISPUTE, "top-up-2"),
        (MovementKind.TRANSFER, "p-1"),
    }
    fees = {each.reference: each.fee for each in moved if each.kind is MovementKind.PAYMENT}
    assert fees == {"top-up-1": usd("0.59"), "top-up-2": usd("0.44")}
    assert sum(each.net.micro for each in moved) == STRIPE.holding(currency="USD").micro


def test_a_long_report_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pennywhistle.providers.stripe.keeping.page_size", 2)
    for number in range(5):
        paid(f"top-up-{number}")

    assert len(STRIPE.movements(since=LONG_AGO)) == 5
    assert STRIPE.movements(since=now() + timedelta(hours=1)) == []


def test_money_goes_out_once_a_key_and_may_come_back() -> None:
    paid()
    sent = STRIPE.pay_out(key="p-1", amount=usd("2.00"), account="acct_label")
    FakeAnswer.objects.all().delete()

    assert STRIPE.pay_out(key="p-1", amount=usd("2.00"), account="acct_label") == sent
    assert STRIPE.fetch_payout(ref=sent.ref).state is PayoutState.PAID
    # Payees and operators read the sentence: the account does not stand in it.
    with pytest.raises(PayoutRefusedError, match=r"^\D+$"):
        STRIPE.pay_out(key="p-2", amount=usd("1.00"), account="DE02120300000000202051")


def test_what_lies_there_goes_to_the_store_s_bank_once() -> None:
    paid()
    FakeKnobs(payouts="fail").save()
    sent = STRIPE.pay_out(key="sweep-1", amount=TEN, account="")
    FakeAnswer.objects.all().delete()

    assert STRIPE.pay_out(key="sweep-1", amount=TEN, account="") == sent
    assert sent.state is PayoutState.PENDING
    desk.FakePayout.objects.update(settles_at=now())
    failed = STRIPE.fetch_payout(ref=sent.ref)
    assert (failed.state, failed.reason) == (
        PayoutState.FAILED,
        "The bank account has been closed.",
    )
    assert STRIPE.holding(currency="USD") == TEN


def test_whole_yen_are_whole() -> None:
    started = start("top-up-jpy", Money(500_000_000, "JPY"))

    assert STRIPE.fetch(provider_ref=started.provider_ref).amount == Money(500_000_000, "JPY")
    assert FakePayment.objects.get().amount == Money(500_000_000, "JPY")


def test_the_doctor_finds_a_good_account_and_a_frozen_one(face: str) -> None:
    def look() -> dict[str, Level]:
        found = STRIPE.check(notify_url=f"{face}/hooks/stripe/", currency="USD", now=now())
        return {each.name: each.level for each in found}

    right = dict.fromkeys(["account", "currency", "clock", "webhook"], Level.RIGHT)
    assert look() == right | {"key": Level.DOUBTFUL}

    operating.freeze(now=now())

    assert look() == right | {"key": Level.DOUBTFUL, "account": Level.WRONG}
