"""fakepay misbehaves as real providers do, by its knobs and by its operator's hand."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import NOON, a_user, usd
from pennywhistle.apps.payments.abilities import DisputeState, Evidence, MovementKind
from pennywhistle.apps.payments.provider import (
    About,
    AnswerRefusedError,
    KeyReusedError,
    ProviderClosedError,
    RefundRefusedError,
)
from pennywhistle.apps.users.actions import let_operate
from pennywhistle.providers.fakepay import account, cases, clock, desk, operating, telling
from pennywhistle.providers.fakepay.adapter import Fakepay
from pennywhistle.providers.fakepay.models import (
    FakeDispute,
    FakeKnobs,
    FakePayment,
    FakePayout,
    FakeRefund,
    FakeWebhook,
)
from pennywhistle.providers.fakepay.shape.keys import api_key
from pennywhistle.providers.fakepay.webhooks import signed

pytestmark = pytest.mark.django_db

TEN = usd("10.00")
Kind = MovementKind


def begin(reference: str = "order-1", *, challenge: bool = False) -> FakePayment:
    return desk.begin(
        reference=reference,
        amount=TEN,
        return_url="http://testserver/back/",
        notify_url="http://127.0.0.1:1/hooks/fakepay/",
        now=NOON,
        challenge=challenge,
    )


def paid(reference: str = "order-1") -> FakePayment:
    return desk.choose(ref=begin(reference).ref, scenario="succeed", card="teal", now=NOON)


def held() -> str:
    return str(account.holding(currency="USD", now=NOON))


@pytest.mark.parametrize(
    ("mode", "delays_s", "copies"),
    [
        ("once", [0, 0], 1),
        ("twice", [0, 0], 2),
        ("late", [telling.late_s, telling.late_s], 1),
        ("reordered", [telling.reordered_s, 0], 1),
    ],
)
def test_webhooks_arrive_as_the_knob_says(mode: str, delays_s: list[int], copies: int) -> None:
    FakeKnobs(webhooks=mode).save()

    first, second = paid("a"), paid("b")

    due = dict(FakeWebhook.objects.values_list("payment", "due_at"))
    assert [due[each.ref] - NOON for each in (first, second)] == [
        timedelta(seconds=each) for each in delays_s
    ]
    assert {each.copy_count for each in FakeWebhook.objects.all()} == {copies}
    assert ProcrastinateJob.objects.filter(queue_name="fakepay").count() == 2


def test_a_lost_webhook_is_never_sent() -> None:
    FakeKnobs(webhooks="lost").save()

    paid()

    assert FakeWebhook.objects.get().copy_count == 0
    assert not ProcrastinateJob.objects.filter(queue_name="fakepay").exists()


def test_a_frozen_account_takes_and_gives_nothing_until_it_thaws() -> None:
    payment, open_one = paid(), begin("order-2")
    operating.freeze(now=NOON)

    with pytest.raises(ProviderClosedError):
        begin("order-3")
    with pytest.raises(ProviderClosedError):
        desk.refund(ref=payment.ref, amount=TEN, key="r-1", now=NOON)
    with pytest.raises(ProviderClosedError):
        desk.pay_out(key="p-1", amount=TEN, account="", now=NOON)
    assert desk.choose(ref=open_one.ref, scenario="succeed", now=NOON).state == "failed"
    funds = account.funds(currency="USD", now=NOON)
    assert (funds.available, funds.frozen) == (usd("0"), TEN)

    operating.freeze(now=NOON, is_frozen=False)

    assert desk.refund(ref=payment.ref, amount=TEN, key="r-1", now=NOON).state == "done"


def test_refunds_fail_later_also_those_that_were_done() -> None:
    FakeKnobs(refunds="fail").save()
    doomed = desk.refund(ref=paid("a").ref, amount=TEN, key="r-1", now=NOON)
    FakeKnobs.objects.update(refunds="at-once")
    done = desk.refund(ref=paid("b").ref, amount=TEN, key="r-2", now=NOON)
    later = NOON + timedelta(days=9)
    assert (doomed.state_at(NOON), doomed.state_at(later)) == ("pending", "failed")

    desk.fail_refund(key=done.key, now=later)

    kinds = [each.kind for each in account.movements(now=later)]
    assert kinds.count(Kind.REFUND_FAILED) == 2
    assert account.holding(currency="USD", now=later) == usd("20.00")


def test_payouts_are_paid_or_come_back() -> None:
    paid()
    FakeKnobs(payouts="fail").save()

    sent = operating.sweep(currency="USD", key="sweep-1", now=NOON)

    assert sent is not None
    later = NOON + timedelta(hours=1)
    assert (sent.state_at(NOON), sent.state_at(later)) == ("pending", "failed")
    assert held() == "0.00 USD"
    assert account.holding(currency="USD", now=later) == TEN
    assert operating.sweep(currency="USD", key="sweep-2", now=NOON) is None
    assert FakePayout.objects.get().account == ""


def test_fees_are_kept_and_the_report_adds_up() -> None:
    FakeKnobs(fee_ppm=29_000, fee_micro=300_000).save()

    paid()

    (moved,) = account.movements(now=NOON)
    assert (moved.amount, moved.fee, str(moved.net)) == (TEN, usd("0.59"), held())
    assert moved.reference == "order-1"


def test_a_dispute_takes_the_money_with_a_fee_and_winning_gives_the_money_back() -> None:
    payment = paid()
    found = cases.open_dispute(ref=payment.ref, now=NOON)
    assert cases.open_dispute(ref=payment.ref, now=NOON) == found
    assert held() == "-15.00 USD"
    with pytest.raises(RefundRefusedError):
        desk.refund(ref=payment.ref, amount=TEN, key="r-1", now=NOON)

    said = {"log": "fetched"}
    cases.answer_dispute(ref=found.ref, evidence=said, key="a-1", now=NOON)
    assert held() == "-30.00 USD"
    cases.answer_dispute(ref=found.ref, evidence=said, key="a-1", now=NOON)
    with pytest.raises(KeyReusedError):
        cases.answer_dispute(ref=found.ref, evidence={}, key="a-1", now=NOON)
    with pytest.raises(AnswerRefusedError):
        cases.answer_dispute(ref=found.ref, evidence=said, key="a-2", now=NOON)

    cases.close_dispute(ref=found.ref, is_won=True, now=NOON)
    cases.close_dispute(ref=found.ref, is_won=False, now=NOON)

    assert held() == "-5.00 USD"
    assert FakeDispute.objects.get().state == "won"


def test_only_what_is_left_is_disputed_and_nothing_of_nothing() -> None:
    payment = paid()
    desk.refund(ref=payment.ref, amount=usd("4.00"), key="r-1", now=NOON)
    assert cases.open_dispute(ref=payment.ref, now=NOON).amount == usd("6.00")

    whole = paid("order-2")
    desk.refund(ref=whole.ref, amount=TEN, key="r-2", now=NOON)
    with pytest.raises(cases.NotDisputableError):
        cases.open_dispute(ref=whole.ref, now=NOON)


def test_the_store_is_told_of_cases_through_the_port() -> None:
    payment = paid()
    cases.warn(ref=payment.ref, now=NOON)
    cases.open_dispute(ref=payment.ref, now=NOON, is_inquiry=True)
    provider = Fakepay()

    (warning,), (dispute,) = provider.warnings(since=NOON), provider.disputes(since=NOON)

    assert not warning.is_actionable, "it is disputed already"
    assert (dispute.reference, dispute.is_withdrawn, dispute.fee) == ("order-1", False, usd("0"))
    assert provider.disputes(since=NOON + timedelta(seconds=1)) == []
    FakeDispute.objects.update(answer_until=clock.now() + timedelta(days=1))
    evidence = Evidence(log="fetched", receipt=b"%PDF")
    answered = provider.answer_dispute(ref=dispute.ref, evidence=evidence, key="a-1")
    assert (answered.state, answered.answer_until) == (DisputeState.ANSWERED, None)
    assert provider.fetch(provider_ref=payment.ref).fingerprint == "fakecard-teal"


def test_notices_say_what_they_are_about() -> None:
    payment = paid()
    dispute = cases.open_dispute(ref=payment.ref, now=NOON)
    webhook = FakeWebhook.objects.select_related("payment").get(about="dispute")
    body, headers = signed(webhook, at=clock.now())

    notice = Fakepay().read_notice(body=body, headers=headers)

    assert (notice.about, notice.provider_ref) == (About.DISPUTE, dispute.ref)
    assert json.loads(body)["payment"] == payment.ref


def test_the_bank_is_sure_without_a_question_where_the_store_wants_it() -> None:
    frictionless = begin(challenge=True)
    desk.choose(ref=frictionless.ref, scenario="succeed", now=NOON)
    plain = paid("order-2")

    assert desk.look_up(ref=frictionless.ref).is_challenged
    assert not plain.is_challenged


@pytest.fixture
def operator(client: Client) -> Client:
    user = a_user("operator@example.org")
    let_operate(user_id=user.pk)
    client.force_login(user)
    return client


KNOBS = {
    "is_frozen": "on",
    "webhooks": "late",
    "refunds": "slow",
    "payouts": "fail",
    "fee_percent": "2.9",
    "fee_fixed": "0.30",
    "dispute_fee": "20",
}


def test_the_desk_turns_the_knobs(operator: Client) -> None:
    assert operator.post("/fakepay/desk/", KNOBS).status_code == 302

    knobs = FakeKnobs.objects.get()
    assert knobs.frozen_at is not None
    assert (knobs.webhooks, knobs.refunds, knobs.payouts) == ("late", "slow", "fail")
    assert (knobs.fee_ppm, knobs.fee_micro, knobs.dispute_fee_micro) == (
        29_000,
        300_000,
        20_000_000,
    )
    page = operator.get("/fakepay/desk/").content.decode()
    assert 'value="2.9"' in page
    assert "This is play money." in page
    assert api_key() in page

    assert operator.post("/fakepay/desk/", KNOBS | {"fee_percent": "1e309"}).status_code == 400
    assert operator.post("/fakepay/desk/", KNOBS | {"webhooks": "never-ever"}).status_code == 400
    assert FakeKnobs.objects.get().fee_ppm == 29_000


def test_the_desk_lets_banks_act(operator: Client) -> None:
    payment = paid()
    desk.refund(ref=payment.ref, amount=usd("1.00"), key="r-1", now=NOON)

    def act(deed: str, ref: str) -> int:
        return operator.post("/fakepay/desk/deed/", {"deed": deed, "ref": ref}).status_code

    assert act("warn", payment.ref) == 302
    assert act("dispute", payment.ref) == 302
    dispute = FakeDispute.objects.get()
    assert operator.get("/fakepay/desk/").status_code == 200
    assert act("lose", dispute.ref) == 302
    assert act("fail-refund", FakeRefund.objects.get().ref) == 302
    assert act("dispute", "fp_" + "0" * 24) == 302
    assert act("bribe", payment.ref) == 404
    assert act("dispute", "../../x") == 404

    assert FakeDispute.objects.get().state == "lost"
    assert FakeRefund.objects.get().state == "failed"


def test_the_desk_sends_what_lies_there_to_the_bank_once(operator: Client) -> None:
    paid()

    for _ in range(2):
        said = {"currency": "USD", "key": "sweep-key-00000001"}
        assert operator.post("/fakepay/desk/sweep/", said).status_code == 302

    assert FakePayout.objects.get().amount == TEN


def test_to_others_the_desk_is_not_there(client: Client) -> None:
    pages = ["/fakepay/desk/", "/fakepay/desk/deed/", "/fakepay/desk/sweep/"]
    assert {client.get(page).status_code for page in pages} == {404}
    client.force_login(a_user())
    assert {client.post(page).status_code for page in pages} == {404}
