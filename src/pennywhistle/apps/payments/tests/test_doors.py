"""Doors close when they fail, hold too much, or an operator says so; the others stay open."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_buyer, a_store, a_user, usd
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.payments.doors import is_open, open_doors, require_open
from pennywhistle.apps.payments.errors import DoorClosedError
from pennywhistle.apps.payments.health import Health, health_of
from pennywhistle.apps.payments.holdings import held_by_books
from pennywhistle.apps.payments.models import DoorSwitch, Sweep, TopUp, Trace
from pennywhistle.apps.payments.provider import ProviderClosedError, ProviderError
from pennywhistle.apps.payments.sweeping import (
    SweepEndedError,
    SweepTooMuchError,
    propose_sweeps,
    settle_sweep,
)
from pennywhistle.apps.payments.switching import (
    DoorWordError,
    SwitchAsked,
    limit_door,
    note_refusal,
    review_doors,
    switch_door,
)
from pennywhistle.apps.users.models import User
from pennywhistle.providers.fakepay.models import FakePayment
from second_door import open_second_door

MINUTE = timedelta(minutes=1)


@pytest.fixture
def user(db, settings, monkeypatch) -> User:
    """Somebody in a store with two doors."""
    open_second_door(monkeypatch, settings)
    a_store()
    return a_user()


def rich() -> User:
    """A buyer with thirty dollars on the balance, which lie at fakepay."""
    FakePayment.objects.create(
        reference="rich",
        amount_micro=usd("30.00").micro,
        currency="USD",
        state="paid",
        created_at=NOON,
        expires_at=NOON,
    )
    return a_buyer("rich@example.org", balance="30.00")


def offered(currency: str = "USD", country: str = "US", at=NOON) -> list[str]:
    return [door.code for door in open_doors(currency=currency, country=country, now=at)]


def say(user, reason: str, *, opened: bool, provider: str = "fakepay", country: str = "") -> None:
    """An operator's word, which stands from noon on."""
    asked = SwitchAsked(
        provider=provider, is_open=opened, reason=reason, user_id=user.pk, country=country
    )
    switch_door(asked=asked, now=NOON)


def ended(*states: str, provider: str = "fakepay", ago: timedelta = MINUTE) -> None:
    """Payments of as many accounts that ended so."""
    for state in states:
        number = TopUp.objects.count()
        TopUp.objects.create(
            user=a_user(f"{number}@example.org"),
            key=f"key-{number}",
            provider=provider,
            provider_ref=f"ref-{number}",
            amount_micro=1_000_000,
            currency="USD",
            state=state,
            created_at=NOON - ago - MINUTE,
            due_at=NOON,
            settled_at=NOON - ago,
        )


def word(*, opened: bool, currency: str = "", country: str = "", cause: str = "operator"):
    return DoorSwitch(
        provider="fakepay", currency=currency, country=country, is_open=opened, cause=cause
    )


@pytest.mark.parametrize(
    ("switches", "answer"),
    [
        ([], True),
        ([word(opened=False)], False),
        ([word(opened=False), word(opened=True, country="DE")], True),
        ([word(opened=True), word(opened=False, currency="USD")], False),
        ([word(opened=True, country="DE"), word(opened=False, currency="USD")], False),
        ([word(opened=True, country="DE"), word(opened=False, cause="frozen")], False),
    ],
)
def test_the_narrowest_word_holds_and_what_the_store_closed_is_closed(switches, answer) -> None:
    assert is_open(switches) is answer


def test_an_operator_closes_a_door_where_they_say_and_every_word_stays_on_record(user) -> None:
    for _ in range(2):
        say(user, "They ask questions.", opened=False, country="DE")

    assert (offered(country="DE"), offered()) == (["second"], ["fakepay", "second"])
    with pytest.raises(DoorClosedError):
        require_open("fakepay", currency="USD", country="DE")
    say(user, "Answered.", opened=True, country="DE")
    assert offered(country="DE") == ["fakepay", "second"]
    kept = DoorSwitch.objects.order_by("id").values_list("reason", "recorded_by", "closed_at")
    assert list(kept) == [
        ("They ask questions.", user.pk, NOON),
        ("Answered.", user.pk, None),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        DoorSwitch.objects.update(reason="Nothing.")
    for provider, reason in (("gone", "Why."), ("fakepay", " ")):
        with pytest.raises(DoorWordError):
            say(user, reason, opened=False, provider=provider)


def test_a_provider_that_says_it_is_closed_is_closed_at_once_and_tried_again_later(user) -> None:
    note_refusal(
        provider="second", user_id=user.pk, error=ProviderClosedError("Account frozen."), now=NOON
    )
    assert offered() == ["fakepay"]

    review_doors(now=NOON + 14 * MINUTE)
    assert offered() == ["fakepay"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pennywhistle.apps.payments.switching._is_wrong", lambda _code, _now: False)
        review_doors(now=NOON + 15 * MINUTE)

    assert offered() == ["fakepay", "second"]


def test_a_door_where_little_succeeds_is_offered_last_and_then_closes(user) -> None:
    ended("failed", "failed", "failed", "paid", "paid")
    assert (health_of("fakepay", now=NOON).rate, offered()) == (
        Fraction(2, 5),
        ["second", "fakepay"],
    )

    ended("failed", "failed", "failed", "failed", "failed")
    review_doors(now=NOON)

    assert offered() == ["second"]
    assert DoorSwitch.objects.get().reason == "20 % of its payments succeed."
    say(user, "It was a slip.", opened=True)
    review_doors(now=NOON)
    assert offered() == ["fakepay", "second"]


def test_who_goes_away_closes_no_door_and_one_closed_for_its_health_is_tried_again(
    user, monkeypatch
) -> None:
    ended(*["failed"] * 8)
    for top_up in TopUp.objects.all():
        Trace.objects.create(top_up=top_up, user_id=top_up.user_id, created_at=NOON)
    assert health_of("fakepay", now=NOON) == Health("fakepay", 0, None)

    Trace.objects.update(decline_count=1)
    review_doors(now=NOON)
    assert (health_of("fakepay", now=NOON).account_count, offered()) == (8, ["second"])

    # Whatever the self-check finds: that has not closed it.
    monkeypatch.setattr("pennywhistle.apps.payments.switching._is_wrong", lambda _code, _now: True)
    review_doors(now=NOON + 15 * MINUTE)
    assert offered() == ["fakepay", "second"]


def test_one_account_is_one_voice_few_say_nothing_and_old_news_fade(user) -> None:
    for _ in range(50):
        note_refusal(
            provider="fakepay", user_id=user.pk, error=ProviderError("No answer."), now=NOON
        )
    ended("failed", "failed")
    assert health_of("fakepay", now=NOON) == Health("fakepay", 3, None)

    ended(*["paid"] * 4, ago=timedelta(minutes=45))
    ended("failed", "failed")

    # Five failures that count whole, four payments that count half.
    assert health_of("fakepay", now=NOON).rate == Fraction(2, 7)
    assert health_of("fakepay", now=NOON + timedelta(hours=4)).rate is None


def test_a_provider_that_holds_more_than_it_may_is_not_offered_until_some_is_moved(user) -> None:
    rich()
    limit_door(provider="fakepay", most=usd("29.99"), reason="New here.", user_id=user.pk, now=NOON)
    review_doors(now=NOON)
    assert (offered(), offered(currency="EUR")) == (["second"], ["fakepay", "second"])

    assert propose_sweeps(now=NOON) == 1
    sweep = Sweep.objects.get()
    for _ in range(2):
        settle_sweep(sweep_id=sweep.id, is_moved=True, words="SEPA 17", user_id=user.pk, now=NOON)
    review_doors(now=NOON)

    assert offered() == ["fakepay", "second"]
    assert held_by_books("fakepay", currency="USD") == usd("0")
    assert held_by_books("bank", currency="USD") == usd("30.00")
    assert Entry.objects.filter(kind="sweep").count() == 1


def test_what_is_due_is_written_once_a_day_and_the_newest_day_counts(user) -> None:
    buyer = rich()
    for at in (NOON, NOON + MINUTE, NOON + timedelta(days=1)):
        propose_sweeps(now=at)

    states = dict(Sweep.objects.values_list("day", "state"))
    assert list(states.values()) == ["dropped", "due"]
    due = Sweep.objects.waiting().get()
    account = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=buyer.pk)
    clearing = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay")
    write_entry(
        kind=Entry.Kind.PAYBACK,
        key="gone-back",
        subject=account.number,
        amounts=[Amount(account.number, -usd("1.00")), Amount(clearing.number, usd("1.00"))],
        now=NOON,
    )
    with pytest.raises(SweepTooMuchError):
        settle_sweep(sweep_id=due.id, is_moved=True, words="SEPA 18", user_id=user.pk, now=NOON)
    settle_sweep(sweep_id=due.id, is_moved=False, words="Less is there.", user_id=user.pk, now=NOON)
    with pytest.raises(SweepEndedError):
        settle_sweep(sweep_id=due.id, is_moved=True, words="SEPA 18", user_id=user.pk, now=NOON)
