"""What banks take back is booked once, whatever comes first; payees keep what they earned."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from builders import a_shelf, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.ledger.queries import balance_of, sum_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.chargeback_evidence import pack_of
from pennywhistle.apps.orders.models import OrderLine, Refund
from pennywhistle.apps.payments import answering, chargeback_following, chargebacks
from pennywhistle.apps.payments.actions import TopUpAsked, start_top_up, take_notice
from pennywhistle.apps.payments.chargeback_following import follow_chargebacks
from pennywhistle.apps.payments.guarding import is_known
from pennywhistle.apps.payments.models import Chargeback, TopUp
from pennywhistle.apps.payments.paying_back import PaybackAsked, pay_back
from pennywhistle.apps.payments.unspent import unspent_of
from pennywhistle.apps.payments.work import refresh_top_up
from pennywhistle.kernel.money import CurrencyDiffersError, Money
from pennywhistle.providers.fakepay import cases, desk
from pennywhistle.providers.fakepay.adapter import PROVIDER
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakeDispute, FakePayment, FakeWarning, FakeWebhook
from pennywhistle.providers.fakepay.webhooks import signed

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payments.abilities import Dispute
    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    a_store()
    return a_user()


def paid_in(user: User, amount: str = "10.00", *, key: str = "key-1") -> TopUp:
    """A top-up that was paid at the provider and credited."""
    top_up = begun(user, amount, key=key)
    return refresh_top_up(top_up_id=top_up.id, now=now())


def begun(user: User, amount: str = "10.00", *, key: str = "key-1") -> TopUp:
    """The same, of which the store does not know yet that it is paid."""
    asked = TopUpAsked(user.pk, usd(amount), "fakepay", key, "/")
    start_top_up(asked=asked, origin="http://testserver", now=now())
    top_up = TopUp.objects.get(user=user, key=key)
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now(), card="us-visa")
    return top_up


def buy(user: User) -> OrderLine:
    """A track of 14 cents."""
    order_id = check_out(
        buyer_id=user.pk,
        wanted=[a_shelf(track_price="4.00").track(1)],
        territory="US",
        shown=usd("4.00"),
        key="order-1",
        now=now(),
    )
    return OrderLine.objects.get(order=order_id)


def dispute(top_up: TopUp, *, is_inquiry: bool = False) -> FakeDispute:
    return cases.open_dispute(ref=top_up.provider_ref, now=now(), is_inquiry=is_inquiry)


def books() -> dict[str, str]:
    """What each kind of account has, where that is something; payees and tax are left out."""
    found: dict[str, str] = {}
    for account in Account.objects.exclude(kind__in=["payee", "tax", "store"]):
        held = sum_of(account)
        if held:
            whose = "buyer's" if account.user_id else account.code
            found[f"{account.kind} {whose}"] = f"{held.decimal:.0f}"
    return found


def payees() -> int:
    rows = Posting.objects.on(Account.objects.filter(kind="payee"))
    return sum(rows.values_list("amount_micro", flat=True))


def test_what_is_left_is_kept_apart_and_what_is_spent_is_the_store_s_loss(user: User) -> None:
    top_up = paid_in(user)
    buy(user)
    earned = payees()
    dispute(top_up)

    for _ in range(2):
        assert follow_chargebacks(now=now()) == 1

    row = Chargeback.objects.get()
    assert (row.held, row.short, row.fee) == (usd("6.00"), usd("4.00"), usd("15.00"))
    assert balance_of(user=user, currency="USD") == usd("0")
    assert books() == {
        "disputed buyer's": "6",
        "disputed fakepay": "-6",
        "clearing fakepay": "15",
        "expense chargeback": "-4",
        "expense chargeback-fee": "-15",
    }
    assert payees() == earned
    assert PROVIDER.holding(currency="USD") == usd("0") - usd("15.00")
    assert not unspent_of(user=user, currency="USD").payable
    assert not is_known(user_id=user.pk, now=now() + timedelta(days=9))


def test_what_was_won_while_more_was_to_be_held_holds_nothing(user: User) -> None:
    top_up = paid_in(user)
    buy(user)
    found = dispute(top_up)
    follow_chargebacks(now=now())
    as_it_was = Chargeback.objects.get()
    cases.close_dispute(ref=found.ref, is_won=True, now=now())
    follow_chargebacks(now=now())

    assert as_it_was.short_micro
    assert chargebacks._hold_more(as_it_was, now()) == 0
    assert balance_of(user=user, currency="USD") == usd("6.00")


@pytest.mark.parametrize("ending", ["won", "lost"])
def test_won_is_as_if_nothing_had_been_but_the_fee_and_lost_is_gone(
    user: User, ending: str
) -> None:
    is_won = ending == "won"
    top_up = paid_in(user)
    buy(user)
    found = dispute(top_up)
    follow_chargebacks(now=now())
    cases.close_dispute(ref=found.ref, is_won=is_won, now=now())

    for _ in range(2):
        assert follow_chargebacks(now=now()) == 0

    at_fakepay = "5" if is_won else "15"
    fee = {"clearing fakepay": at_fakepay, "expense chargeback-fee": "-15"}
    won = {"balance buyer's": "6"}
    assert books() == fee | (won if is_won else {"expense chargeback": "-4"})
    assert Chargeback.objects.get().state == ending
    assert unspent_of(user=user, currency="USD").payable == usd("6.00" if is_won else "0")
    with pytest.raises(IntegrityError), transaction.atomic():
        Chargeback.objects.update(state="open", settled_at=None)


def test_a_dispute_that_comes_before_its_payment_s_notice_credits_it_first(user: User) -> None:
    top_up = begun(user)
    dispute(top_up)
    hooks = FakeWebhook.objects.filter(about=FakeWebhook.About.DISPUTE)
    body, headers = signed(hooks.get(), at=now())

    for _ in range(3):
        take_notice(provider_code="fakepay", body=body, headers=headers, now=now())

    assert TopUp.objects.get(id=top_up.id).state == TopUp.State.PAID
    assert Chargeback.objects.get().held == usd("10.00")
    assert balance_of(user=user, currency="USD") == usd("0")


def test_a_dispute_after_a_payback_is_for_the_rest_and_a_second_one_for_more_is_all_loss(
    user: User,
) -> None:
    top_up = paid_in(user)
    pay_back(asked=PaybackAsked(user.pk, "USD", usd("3.00"), "back"), now=now())
    found = dispute(top_up)
    follow_chargebacks(now=now())
    told = replace(
        PROVIDER.fetch_dispute(ref=found.ref), ref="fd_of-another-bank", amount=usd("10.00")
    )

    chargebacks.note_dispute(provider_code="fakepay", told=told, now=now())

    rows = list(Chargeback.objects.order_by("noted_at").values_list("held_micro", "short_micro"))
    assert rows == [(7_000_000, 0), (0, 10_000_000)]
    assert books()["expense chargeback"] == "-10"


def test_money_of_other_payments_and_a_bonus_stay_apart(user: User) -> None:
    first = paid_in(user)
    paid_in(user, "20.00", key="key-2")
    TopUp.objects.filter(id=first.id).update(bonus_micro=0)
    dispute(first)

    follow_chargebacks(now=now())

    assert Chargeback.objects.get().held == usd("10.00")
    assert unspent_of(user=user, currency="USD").payable == usd("20.00")


def test_an_inquiry_keeps_money_apart_and_takes_nothing(user: User) -> None:
    found = dispute(paid_in(user), is_inquiry=True)
    follow_chargebacks(now=now())
    assert books() == {"disputed buyer's": "10", "clearing fakepay": "-10"}

    cases.close_dispute(ref=found.ref, is_won=True, now=now())
    follow_chargebacks(now=now())

    assert books() == {"balance buyer's": "10", "clearing fakepay": "-10"}


@pytest.mark.parametrize("state", ["open", "lost"])
def test_a_refunded_purchase_of_a_disputed_payment_is_kept_apart_as_well(
    user: User, state: str
) -> None:
    top_up = paid_in(user)
    line = buy(user)
    found = dispute(top_up)
    follow_chargebacks(now=now())
    if state == "lost":
        cases.close_dispute(ref=found.ref, is_won=False, now=now())
        follow_chargebacks(now=now())
    refund_sale(
        asked=RefundAsked(line.pk, user.pk, Refund.Why.OPERATOR, "A bad master."), now=now()
    )

    for _ in range(2):
        chargebacks.hold_what_came_back(now=now())

    assert balance_of(user=user, currency="USD") == usd("0")
    row = Chargeback.objects.get()
    assert (row.held, row.short) == (usd("10.00"), usd("0"))
    assert "expense chargeback" not in books()


def test_a_payment_that_nobody_knows_is_told_and_changes_nothing(user: User, caplog) -> None:
    told = PROVIDER.fetch_dispute(ref=dispute(paid_in(user)).ref)

    for lie in ({"provider_ref": "fp_other", "reference": "x"}, {"amount": replace_euro(told)}):
        assert (
            chargebacks.note_dispute(provider_code="fakepay", told=replace(told, **lie), now=now())
            is None
        )

    assert not Chargeback.objects.exists()
    assert "paid no top-up" in caplog.text


def test_a_fee_in_another_currency_is_told_and_what_is_wrong_stops_no_other(
    user: User, caplog, monkeypatch
) -> None:
    first, other = dispute(paid_in(user)), dispute(paid_in(user, key="key-2"))
    euros = Money.parse("15.00", currency="EUR")

    def noted(*, provider_code: str, told: Dispute, now: datetime) -> Chargeback | None:
        if told.ref == first.ref:
            raise CurrencyDiffersError("As a provider's other currency did.")
        return chargebacks.note_dispute(
            provider_code=provider_code, told=replace(told, fee=euros), now=now
        )

    monkeypatch.setattr(chargeback_following, "note_dispute", noted)

    assert follow_chargebacks(now=now()) == 1
    row = Chargeback.objects.get()
    assert (row.ref, row.held, row.fee) == (other.ref, usd("10.00"), usd("0"))
    assert first.ref in caplog.text
    assert "15.00 EUR, which is not booked" in caplog.text


def replace_euro(told):
    return replace(told.amount, currency="EUR")


def test_the_evidence_is_sent_once_as_it_was_committed(user: User, monkeypatch) -> None:
    top_up = paid_in(user)
    line = buy(user)
    dispute(top_up)
    follow_chargebacks(now=now())
    row = Chargeback.objects.get()
    pack = pack_of(row)
    asked = {"chargeback_id": row.id, "evidence": pack.evidence, "user_id": user.pk}

    with monkeypatch.context() as patch:
        patch.setattr(answering, "_sent", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            answering.answer_chargeback(**asked, now=now())
    # Killed before it was sent: the clock sends what was committed.
    sent = [answering.send_answers(now=now()) for _ in range(2)]
    again = answering.answer_chargeback(
        **asked | {"evidence": replace(pack.evidence, statement="Another.")}, now=now()
    )

    assert sent == [1, 0]
    kept = FakeDispute.objects.get().evidence
    assert kept["statement"] == again.evidence["statement"] == pack.evidence.statement
    assert str(line.pk) in kept["statement"]
    assert "Refunds: within 14 days" in kept["refund_terms"]
    assert user.email in pack.text
    assert Chargeback.objects.get().state == "answered"
    with pytest.raises(IntegrityError), transaction.atomic():
        Chargeback.objects.get().answer.__class__.objects.update(sent_at=None)


def warn(top_up: TopUp) -> FakeWarning:
    return cases.warn(ref=top_up.provider_ref, now=now())


def test_a_small_payment_that_a_bank_warns_of_goes_back_before_it_is_disputed(user: User) -> None:
    top_up = paid_in(user)
    buy(user)
    warn(top_up)

    for _ in range(2):
        follow_chargebacks(now=now())

    row = Chargeback.objects.get()
    assert (row.state, row.held, row.short) == ("refunded", usd("6.00"), usd("4.00"))
    assert books() == {"expense chargeback": "-4"}
    assert FakePayment.objects.get().left_micro() == 0
    with pytest.raises(cases.NotDisputableError):
        dispute(top_up)


def test_a_large_one_waits_for_an_operator_who_refunds_or_leaves_it(user: User) -> None:
    for number, amount in enumerate(("20.00", "30.00", "40.00")):
        warn(paid_in(user, amount, key=f"key-{number}"))
    follow_chargebacks(now=now())
    rows = list(Chargeback.objects.order_by("amount_micro"))
    assert [row.state for row in rows] == ["open"] * 3
    assert balance_of(user=user, currency="USD") == usd("0")

    for _ in range(2):
        chargebacks.refund_warned(chargeback_id=rows[0].id, now=now())
        chargebacks.leave_warning(chargeback_id=rows[1].id, reason="A friend.", now=now())
    with pytest.raises(chargebacks.ChargebackEndedError):
        chargebacks.refund_warned(chargeback_id=rows[1].id, now=now())
    dispute(TopUp.objects.get(amount_micro=40_000_000))
    follow_chargebacks(now=now())

    states = dict(Chargeback.objects.values_list("amount_micro", "state").exclude(kind="dispute"))
    assert states == {20_000_000: "refunded", 30_000_000: "left", 40_000_000: "left"}
    assert Chargeback.objects.get(kind="dispute").held == usd("40.00")
    assert balance_of(user=user, currency="USD") == usd("30.00")
