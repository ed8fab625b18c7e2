"""Trying stolen cards is slow; people who have paid before hardly notice."""

from datetime import timedelta

import pytest

from builders import NOON, a_store, a_user, usd
from pennywhistle.apps.payments import guarding
from pennywhistle.apps.payments.actions import TopUpAsked, Way, start_top_up
from pennywhistle.apps.payments.errors import PuzzleNeededError, TooManyError
from pennywhistle.apps.payments.models import TopUp, Trace
from pennywhistle.apps.users.models import User
from pennywhistle.providers.fakepay.models import FakePayment

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _a_store(db) -> None:
    a_store()


def begin(user: User, key: str, *, address: str = "", at=NOON) -> TopUp:
    asked = TopUpAsked(user.pk, usd("1.00"), "fakepay", key, "/", Way(address=address))
    start_top_up(asked=asked, origin="http://testserver", now=at)
    return TopUp.objects.get(user=user, key=key)


def somebody(number: int) -> User:
    return a_user(f"{number}@example.org")


def known(email: str = "known@example.org") -> User:
    """Somebody who paid a week ago."""
    user = a_user(email)
    ended(user, "paid", at=NOON - 7 * DAY)
    return user


def ended(user: User, state: str, *, at=NOON, fingerprint: str = "") -> None:
    number = TopUp.objects.count()
    top_up = TopUp.objects.create(
        user=user,
        key=f"ended-{number}",
        provider="fakepay",
        provider_ref=f"ended-{number}",
        amount_micro=1_000_000,
        currency="USD",
        state=state,
        created_at=at,
        due_at=at,
        settled_at=at,
    )
    Trace.objects.create(top_up=top_up, user=user, created_at=at, fingerprint=fingerprint)


@pytest.mark.parametrize(
    ("address", "around"),
    [
        ("192.0.2.17", ("192.0.2.0/24", "192.0.2.0/24")),
        ("::ffff:192.0.2.17", ("192.0.2.0/24", "192.0.2.0/24")),
        ("2001:db8:1:2:3::4", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("", ("", "")),
        ("unix:", ("", "")),
    ],
)
def test_addresses_are_counted_by_their_networks(address, around) -> None:
    found = guarding.networks_of(address)

    assert (found.network, found.wide) == around


def test_a_network_is_counted_over_all_accounts_but_not_for_who_is_known(monkeypatch) -> None:
    monkeypatch.setattr(guarding, "network_limits", (guarding.Limit(2, guarding.hour),))
    monkeypatch.setattr(guarding, "wide_limits", (guarding.Limit(3, guarding.hour),))
    for number, address in enumerate(("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")):
        begin(somebody(number), "key", address=address)

    for number, address in ((7, "2001:db8::9"), (8, "2001:db8:0:9::1")):
        with pytest.raises(TooManyError):
            begin(somebody(number), "key", address=address)

    begin(known(), "key", address="2001:db8::9")
    begin(somebody(9), "key", address="2001:db9::1")
    begin(somebody(10), "key", address="2001:db8::9", at=NOON + 2 * guarding.hour)


def test_a_card_is_counted_over_all_accounts_that_use_it(monkeypatch) -> None:
    monkeypatch.setattr(guarding, "card_limits", (guarding.Limit(3, guarding.hour),))
    users = [somebody(number) for number in range(3)]
    for user in users:
        ended(user, "paid", fingerprint="card-1")

    with pytest.raises(TooManyError):
        begin(users[0], "key")

    begin(somebody(7), "key")
    begin(users[0], "key", at=NOON + 2 * guarding.hour)


def test_three_hundred_declines_trip_the_breaker_and_who_is_known_passes() -> None:
    buyer = known()
    tester = somebody(0)
    rows = [
        TopUp(
            user=tester,
            key=f"{number}",
            provider="fakepay",
            provider_ref=f"{number}",
            amount_micro=1_000_000,
            currency="USD",
            state="failed",
            created_at=NOON - timedelta(seconds=number),
            due_at=NOON,
            settled_at=NOON - timedelta(seconds=number),
        )
        for number in range(300)
    ]
    TopUp.objects.bulk_create(rows)

    assert guarding.declines(now=NOON) == (300, 300)
    with pytest.raises(PuzzleNeededError):
        begin(somebody(1), "key", address="198.51.100.1")
    assert not TopUp.objects.filter(key="key").exists()
    assert begin(buyer, "key", address="198.51.100.1").state == TopUp.State.PENDING
    # It lets newcomers pass again by itself.
    begin(somebody(2), "key", address="198.51.100.1", at=NOON + timedelta(minutes=11))


def test_cards_that_are_tried_on_one_page_count_each() -> None:
    ended(somebody(0), "failed")
    Trace.objects.update(decline_count=40)
    ended(somebody(1), "paid")

    assert guarding.declines(now=NOON) == (40, 41)
    assert guarding.is_tripped(now=NOON)


def test_newcomers_are_challenged_and_who_is_known_is_not() -> None:
    begin(somebody(0), "key")
    begin(known(), "key")

    wanted = FakePayment.objects.order_by("created_at").values_list(
        "is_challenge_wanted", flat=True
    )
    assert list(wanted) == [True, False]


def test_traces_are_forgotten_once_no_bank_asks_any_more() -> None:
    ended(somebody(0), "paid")

    guarding.forget_old(now=NOON + 540 * DAY)
    assert Trace.objects.exists()
    guarding.forget_old(now=NOON + 541 * DAY)
    assert not Trace.objects.exists()
