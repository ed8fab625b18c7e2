"""A top-up is credited once, by its own amount, however often and from wherever it is told."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from builders import NOON, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.payments import actions, work
from pennywhistle.apps.payments.errors import (
    AmountOutOfRangeError,
    AmountTooFineError,
    CurrencyRefusedError,
    PaymentDiffersError,
    TopUpEndedError,
    TopUpKeyReusedError,
)
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.apps.payments.providers import ProviderUnknownError
from pennywhistle.kernel.money import Money
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.models import FakePayment

pytestmark = pytest.mark.django_db

ORIGIN = "http://testserver"
SOON = timedelta(minutes=2)


@pytest.fixture
def asked() -> actions.TopUpAsked:
    """Ten dollars, by a buyer of a store that takes play money."""
    a_store()
    return actions.TopUpAsked(a_user().pk, usd("10.00"), "fakepay", "key-1", "/cart/")


def start(asked: actions.TopUpAsked, at: datetime = NOON) -> TopUp:
    actions.start_top_up(asked=asked, origin=ORIGIN, now=at)
    return TopUp.objects.get(user_id=asked.user_id, key=asked.key)


def pay(top_up: TopUp, scenario: str = "succeed") -> None:
    desk.choose(ref=top_up.provider_ref, scenario=scenario, now=NOON)


def balance(asked: actions.TopUpAsked) -> Money:
    return balance_of(user=TopUp.objects.get(key=asked.key).user, currency="USD")


def poll(at: datetime) -> work.Refreshed:
    return work.refresh_open_top_ups(now=at)


def test_the_buyer_is_sent_to_the_provider(asked: actions.TopUpAsked) -> None:
    address = actions.start_top_up(asked=asked, origin=ORIGIN, now=NOON)

    top_up = TopUp.objects.get()
    assert top_up.state == TopUp.State.PENDING
    assert address == f"{ORIGIN}/fakepay/pay/{top_up.provider_ref}/"
    assert FakePayment.objects.get().return_url == f"{ORIGIN}/balance/top-ups/{top_up.id}/"


def test_the_same_key_goes_on_with_the_same_top_up(asked: actions.TopUpAsked) -> None:
    assert start(asked) == start(asked, NOON + SOON)
    assert FakePayment.objects.count() == 1


def test_a_paid_top_up_is_credited_once(asked: actions.TopUpAsked) -> None:
    top_up = start(asked)
    pay(top_up)

    states = [work.refresh_top_up(top_up_id=top_up.id, now=NOON).state for _ in range(3)]

    assert states == ["paid"] * 3
    assert balance(asked) == usd("10.00")
    assert Entry.objects.get().key == f"top-up:{top_up.id}"


@pytest.mark.parametrize(
    ("scenario", "state"),
    [("decline", "failed"), ("cancel", "failed"), ("secure", "pending"), ("delay", "pending")],
)
def test_what_is_not_paid_is_not_credited(
    asked: actions.TopUpAsked, scenario: str, state: str
) -> None:
    top_up = start(asked)
    # By fakepay's own clock, which the store does not set.
    desk.choose(ref=top_up.provider_ref, scenario=scenario, now=desk_now())

    assert work.refresh_top_up(top_up_id=top_up.id, now=NOON).state == state
    assert balance(asked) == usd("0")


def test_a_delayed_payment_is_credited_when_it_has_arrived(asked: actions.TopUpAsked) -> None:
    top_up = start(asked)
    pay(top_up, "delay")
    FakePayment.objects.update(settles_at=NOON - timedelta(days=1))

    assert poll(NOON + SOON).ended_count == 1
    assert balance(asked) == usd("10.00")


def desk_now() -> datetime:
    return FakePayment.objects.get().created_at


@pytest.mark.parametrize(
    ("micro", "error"),
    [
        (0, AmountOutOfRangeError),
        (-10_000_000, AmountOutOfRangeError),
        (999_999, AmountOutOfRangeError),
        (500_000_001, AmountOutOfRangeError),
        (10**18, AmountOutOfRangeError),
        (1_000_001, AmountTooFineError),
        (1_005_000, AmountTooFineError),
    ],
)
def test_an_amount_that_cannot_be_paid_begins_nothing(
    asked: actions.TopUpAsked, micro: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        start(replace(asked, amount=Money(micro, "USD")))

    assert not TopUp.objects.exists()
    assert not FakePayment.objects.exists()


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_another_currency_than_the_store_s_is_refused(
    asked: actions.TopUpAsked, currency: str
) -> None:
    with pytest.raises(CurrencyRefusedError):
        start(replace(asked, amount=Money(10_000_000, currency)))

    assert not TopUp.objects.exists()


@pytest.mark.parametrize("code", ["stripe", "", "../fakepay", "fakepay.adapter"])
def test_a_provider_that_is_not_set_up_is_refused(asked: actions.TopUpAsked, code: str) -> None:
    with pytest.raises(ProviderUnknownError):
        start(replace(asked, provider_code=code))

    assert not TopUp.objects.exists()


def test_a_key_with_another_amount_is_refused(asked: actions.TopUpAsked) -> None:
    start(asked)

    with pytest.raises(TopUpKeyReusedError):
        start(replace(asked, amount=usd("11.00")))

    assert FakePayment.objects.get().amount == usd("10.00")


def test_a_key_is_its_user_s_own(asked: actions.TopUpAsked) -> None:
    other = a_user("other@example.org")

    assert start(asked) != start(replace(asked, user_id=other.pk, amount=usd("11.00")))


def test_a_key_that_is_paid_leads_to_its_page_and_pays_no_more(asked: actions.TopUpAsked) -> None:
    top_up = start(asked)
    pay(top_up)
    poll(NOON + SOON)

    address = actions.start_top_up(asked=asked, origin=ORIGIN, now=NOON + SOON)

    assert address == f"{ORIGIN}/balance/top-ups/{top_up.id}/"
    assert balance(asked) == usd("10.00")


def test_a_key_that_failed_begins_nothing(asked: actions.TopUpAsked) -> None:
    top_up = start(asked)
    pay(top_up, "decline")
    poll(NOON + SOON)

    with pytest.raises(TopUpEndedError):
        start(asked, NOON + SOON)


@pytest.mark.parametrize(
    "lie", [{"amount_micro": 20_000_000}, {"currency": "EUR"}, {"reference": "another-top-up"}]
)
@pytest.mark.parametrize("scenario", ["succeed", "decline"])
def test_a_payment_that_is_not_the_store_s_changes_nothing(
    asked: actions.TopUpAsked, lie: dict[str, object], scenario: str
) -> None:
    top_up = start(asked)
    pay(top_up, scenario)
    FakePayment.objects.update(**lie)

    with pytest.raises(PaymentDiffersError):
        work.refresh_top_up(top_up_id=top_up.id, now=NOON)

    assert TopUp.objects.get().state == TopUp.State.PENDING
    assert not Entry.objects.exists()


def test_the_clock_completes_what_was_paid_while_the_store_was_dead(
    asked: actions.TopUpAsked,
) -> None:
    top_up = start(asked)
    pay(top_up)

    runs = [poll(NOON + SOON), poll(NOON + 2 * SOON), poll(NOON + 3 * SOON)]

    assert [run.ended_count for run in runs] == [1, 0, 0]
    assert balance(asked) == usd("10.00")


def test_a_store_that_died_before_noting_the_answer_goes_on_with_the_same_payment(
    asked: actions.TopUpAsked,
) -> None:
    top_up = start(asked)
    # As if the process was killed after the provider's answer, before it was committed.
    TopUp.objects.filter(id=top_up.id).update(state="created", provider_ref="")

    again = start(asked, NOON + SOON)

    assert again.provider_ref == top_up.provider_ref
    assert FakePayment.objects.count() == 1


def test_an_intent_that_no_provider_was_told_of_expires(asked: actions.TopUpAsked) -> None:
    top_up = start(asked)
    TopUp.objects.filter(id=top_up.id).update(
        state="created", provider_ref="", due_at=NOON + timedelta(hours=1)
    )

    assert work.expire_never_started(now=NOON + timedelta(minutes=59)) == 0
    assert work.expire_never_started(now=NOON + timedelta(minutes=60)) == 1

    assert TopUp.objects.get().state == TopUp.State.FAILED
    with pytest.raises(TopUpEndedError):
        start(asked, NOON + timedelta(hours=2))


def test_a_new_click_gives_an_intent_a_new_hour(asked: actions.TopUpAsked) -> None:
    top_up = start(asked)
    TopUp.objects.filter(id=top_up.id).update(state="created", provider_ref="")

    start(asked, NOON + timedelta(minutes=59))

    assert work.expire_never_started(now=NOON + timedelta(minutes=100)) == 0


def many(asked: actions.TopUpAsked, count: int) -> list[UUID]:
    return [
        start(replace(asked, key=f"key-{number}"), NOON + timedelta(seconds=number)).id
        for number in range(count)
    ]


def test_one_that_cannot_be_asked_about_stops_none_of_the_others(
    asked: actions.TopUpAsked,
) -> None:
    ids = many(asked, 3)
    FakePayment.objects.filter(reference=str(ids[0])).delete()
    FakePayment.objects.filter(reference=str(ids[1])).update(state="paid", amount_micro=1)
    FakePayment.objects.filter(reference=str(ids[2])).update(state="paid")

    run = poll(NOON + SOON)

    assert run == work.Refreshed(ended_count=1, open_count=0, error_count=2)
    assert TopUp.objects.get(id=ids[2]).state == TopUp.State.PAID


def test_a_batch_is_bounded_and_makes_room_for_the_next(
    asked: actions.TopUpAsked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "batch_top_ups_max", 2)
    ids = many(asked, 5)
    FakePayment.objects.update(state="paid")

    ended = [poll(NOON + SOON).ended_count for _ in range(4)]

    assert ended == [2, 2, 1, 0]
    assert TopUp.objects.filter(id__in=ids, state="paid").count() == 5


def test_open_ones_are_asked_about_less_and_less_often(asked: actions.TopUpAsked) -> None:
    start(asked)
    asked_at, at = [], NOON
    while len(asked_at) < 6:
        at += timedelta(minutes=1)
        if poll(at).open_count:
            asked_at.append(int((at - NOON).total_seconds() // 60))
        if len(asked_at) == 5:
            at = NOON + timedelta(days=9)

    assert asked_at[:5] == [1, 2, 3, 4, 5]
    assert TopUp.objects.get().due_at - at == timedelta(hours=6)


def test_a_provider_that_was_switched_off_is_an_error_of_its_top_ups_alone(
    asked: actions.TopUpAsked,
) -> None:
    ids = many(asked, 2)
    TopUp.objects.filter(id=ids[0]).update(provider="gone")
    FakePayment.objects.update(state="paid")

    assert poll(NOON + SOON) == work.Refreshed(ended_count=1, open_count=0, error_count=1)


def test_a_payment_that_the_provider_forgot_is_asked_about_again(
    asked: actions.TopUpAsked,
) -> None:
    top_up = start(asked)
    FakePayment.objects.all().delete()

    with pytest.raises(ProviderError):
        work.refresh_top_up(top_up_id=top_up.id, now=NOON)

    assert TopUp.objects.get().state == TopUp.State.PENDING
