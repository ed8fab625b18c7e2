"""Gifts: set aside by one person, taken by another, once, or taken back."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.gifts import errors, limits
from pennywhistle.apps.gifts.actions import (
    Asked,
    Note,
    Recipient,
    To,
    give,
    leave_out_unwanted,
    note_sent,
    redeem,
    redeeming,
    renew_secret,
    take_back,
    take_back_all,
    want_no_gifts,
)
from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.gifts.queries import (
    gift_opened,
    gifts_due,
    given_to,
    secret_of,
    stop_secret_of,
)
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of, reserved_of
from pennywhistle.apps.orders.models import Entitlement, Order
from pennywhistle.apps.rights.actions import stop_sale
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.apps.users.models import User
from threads import at_once

NOTE = Note("Aunt Ida", "Happy birthday!\nLove", "en")
DAY = timedelta(days=1)


@pytest.fixture
def giver() -> User:
    a_store()
    return a_buyer("giver@example.org", balance="10.00")


def given(
    giver: User,
    ref: ItemRef | None = None,
    *,
    amount: str = "0.35",
    key: str = "gift-of-the-day",
    to: To | None = None,
    note: Note = NOTE,
) -> Gift:
    """A gift of the giver, to an address unless said otherwise."""
    asked = Asked(giver.pk, ref, usd(amount), "US", key)
    return give(asked=asked, note=note, to=to or To(email="kid@example.org"), now=NOON)


def take(gift: Gift, user: User, *, shown: str | None = None) -> Gift | None:
    """Somebody in the United States takes it."""
    return redeem(
        token=secret_of(gift),
        recipient=Recipient(user.pk, "US"),
        shown=usd(shown) if shown else None,
        now=NOON,
    )


def money(user: User) -> tuple[str, str]:
    """The balance, and what is set aside."""
    return (
        str(balance_of(user=user, currency="USD")),
        str(reserved_of(user=user, currency="USD")),
    )


@pytest.mark.django_db
def test_an_album_is_given_and_bought_by_who_takes_it(giver: User) -> None:
    shelf, kid = a_shelf(), a_user("kid@example.org")

    gift = given(giver, shelf.album)
    assert money(giver) == ("9.65 USD", "0.35 USD")
    for _ in range(2):
        taken = take(gift, kid, shown="0.35")

    assert taken is not None
    assert taken.order is not None
    assert Entitlement.objects.get().buyer == kid
    assert Order.objects.get().id == taken.order_id
    assert (money(giver), money(kid)) == (("9.65 USD", "0.00 USD"), ("0.00 USD", "0.00 USD"))


@pytest.mark.django_db
def test_balance_is_given(giver: User) -> None:
    kid = a_user("kid@example.org")

    take(given(giver, amount="5.00"), kid)

    assert (money(giver), money(kid)) == (("5.00 USD", "0.00 USD"), ("5.00 USD", "0.00 USD"))


@pytest.mark.django_db
def test_one_may_take_ones_own_gift(giver: User) -> None:
    take(given(giver, a_shelf().album), giver, shown="0.35")

    assert Entitlement.objects.get().buyer == giver
    assert money(giver) == ("9.65 USD", "0.00 USD")


@pytest.mark.django_db
def test_who_owns_it_takes_the_balance_instead(giver: User) -> None:
    shelf, kid = a_shelf(), a_user("kid@example.org")
    take(given(giver, shelf.album, key="the-first-one"), kid, shown="0.35")
    gift = given(giver, shelf.album, key="the-second-one")

    with pytest.raises(errors.GiftNotSoldError):
        take(gift, kid, shown="0.35")
    assert money(kid) == ("0.00 USD", "0.00 USD")
    assert money(giver) == ("9.30 USD", "0.35 USD")
    take(gift, kid)

    assert money(kid) == ("0.35 USD", "0.00 USD")


@pytest.mark.django_db
def test_what_is_stopped_meanwhile_stays_a_gift_until_the_balance_is_taken(giver: User) -> None:
    shelf, kid = a_shelf(), a_user("kid@example.org")
    gift = given(giver, shelf.album)
    stop_sale(release_id=shelf.release.pk, track_id=None, kind="dispute", sentence="x", now=NOON)

    with pytest.raises(errors.GiftNotSoldError):
        take(gift, kid, shown="0.35")

    gift.refresh_from_db()
    assert gift.state == Gift.State.OPEN
    assert not Order.objects.exists()
    assert take(gift, kid) is not None


@pytest.mark.django_db
def test_what_completes_an_album_leaves_the_rest_on_the_balance(giver: User) -> None:
    shelf, kid = a_shelf(), a_user("kid@example.org")
    take(given(giver, shelf.track(1), amount="0.14", key="one-of-its-tracks"), kid, shown="0.14")

    take(given(giver, shelf.album), kid, shown="0.21")

    assert money(kid) == ("0.14 USD", "0.00 USD")


@pytest.mark.django_db
def test_a_gift_is_taken_back_until_somebody_takes_it(giver: User) -> None:
    kid, other = a_user("kid@example.org"), a_user("other@example.org")
    gift = given(giver, a_shelf().album)

    assert take_back(giver_id=other.pk, gift_id=gift.id, now=NOON) is None
    assert take_back(giver_id=giver.pk, gift_id=uuid4(), now=NOON) is None
    for _ in range(2):
        assert take_back(giver_id=giver.pk, gift_id=gift.id, now=NOON) is not None
    assert money(giver) == ("10.00 USD", "0.00 USD")
    with pytest.raises(errors.GiftGoneError):
        take(gift, kid, shown="0.35")


@pytest.mark.django_db
def test_what_was_taken_neither_comes_back_nor_goes_to_somebody_else(giver: User) -> None:
    gift = given(giver, amount="5.00")
    take(gift, a_user("kid@example.org"))

    with pytest.raises(errors.GiftGoneError):
        take_back(giver_id=giver.pk, gift_id=gift.id, now=NOON)
    with pytest.raises(errors.GiftGoneError):
        take(gift, a_user("thief@example.org"))


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "é" * 43, "a" * 500, "A" * 43])
def test_no_other_text_opens_a_gift(giver: User, token: str) -> None:
    given(giver, amount="5.00")

    assert gift_opened(token) is None
    answer = redeem(token=token, recipient=Recipient(giver.pk, "US"), shown=None, now=NOON)
    assert answer is None
    assert not want_no_gifts(token=token, now=NOON)


@pytest.mark.django_db
def test_the_database_does_not_hold_the_secret(giver: User) -> None:
    gift = given(giver, amount="5.00")
    secret = secret_of(gift)

    row = Gift.objects.filter(id=gift.id).values().get()

    assert len(secret) == 43
    assert secret not in str(row)


@pytest.mark.django_db
def test_the_same_key_gives_once(giver: User) -> None:
    assert given(giver, amount="5.00") == given(giver, amount="5.00")
    with pytest.raises(errors.GiftKeyReusedError):
        given(giver, amount="4.00")

    assert money(giver) == ("5.00 USD", "5.00 USD")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0.99", errors.GiftMalformedError),
        ("500.01", errors.GiftMalformedError),
        ("1.001", errors.GiftMalformedError),
        ("10.01", errors.GiftTooDearError),
    ],
)
def test_amounts_out_of_bounds_are_refused(
    giver: User, amount: str, expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        given(giver, amount=amount)

    assert not Entry.objects.filter(kind=Entry.Kind.RESERVE).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "note",
    [
        Note("", "hello", "en"),
        Note(" \n", "hello", "en"),
        Note("x" * (limits.name_chars_max + 1), "", "en"),
        Note("Ida", "x" * (limits.words_chars_max + 1), "en"),
        Note("Ida", "Cheap watches: https://watches.example", "en"),
        Note("Ida", "look at www.watches.example", "en"),
        Note("watches.com", "", "en"),
    ],
)
def test_a_gift_is_no_way_to_advertise(giver: User, note: Note) -> None:
    with pytest.raises(errors.GiftMalformedError):
        given(giver, amount="5.00", note=note)

    assert money(giver) == ("10.00 USD", "0.00 USD")


@pytest.mark.django_db
def test_another_price_than_was_shown_gives_nothing(giver: User) -> None:
    with pytest.raises(errors.GiftPriceMovedError):
        given(giver, a_shelf().album, amount="0.34")
    with pytest.raises(errors.GiftRefusedError):
        given(giver, ItemRef(10**9))


@pytest.mark.django_db
def test_one_giver_causes_a_few_mails_a_day_and_prints_the_rest(giver: User) -> None:
    for number in range(limits.mails_per_giver_max):
        to = To(email=f"kid{number}@example.org")
        given(giver, a_shelf(f"S{number}").track(1), amount="0.14", key=f"gift{number}", to=to)

    with pytest.raises(errors.TooManyGiftsError):
        given(giver, amount="1.00", key="one-more")
    assert given(giver, amount="1.00", key="on-paper", to=To()).send_at is None


@pytest.mark.django_db
def test_one_address_gets_a_few_a_day_and_the_rest_later(giver: User) -> None:
    made = [given(giver, amount="1.00", key=f"gift{n}") for n in range(5)]

    first = gifts_due(now=NOON)
    for gift in first:
        note_sent(gift_id=gift.id, now=NOON)

    assert len(first) == limits.mails_per_address_max
    assert gifts_due(now=NOON) == []
    assert {gift.id for gift in gifts_due(now=NOON + DAY)} == {
        gift.id for gift in made if gift not in first
    }


@pytest.mark.django_db
def test_many_gifts_to_one_address_hold_up_no_other(
    giver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "mails_per_run_max", 4)
    names = ["kid@example.org", "KID@example.org"]
    for n in range(6):
        given(giver, amount="1.00", key=f"flood{n}", to=To(email=names[n % 2]))
    other = given(giver, amount="1.00", key="other", to=To(email="other@example.org"))

    first = gifts_due(now=NOON)
    for gift in first:
        note_sent(gift_id=gift.id, now=NOON)
    last = given(
        a_buyer("late@example.org", balance="5.00"), amount="1.00", to=To(email="x@example.org")
    )

    assert other in first
    assert len(first) == limits.mails_per_address_max + 1
    monkeypatch.setattr(limits, "mails_per_run_max", 1)
    assert gifts_due(now=NOON) == [last]


@pytest.mark.django_db
def test_a_gift_is_sent_on_its_day_and_not_when_it_was_taken_back(giver: User) -> None:
    later = given(giver, amount="1.00", to=To("kid@example.org", send_at=NOON + DAY))

    assert gifts_due(now=NOON) == []
    assert gifts_due(now=NOON + DAY) == [later]
    take_back(giver_id=giver.pk, gift_id=later.id, now=NOON)
    assert gifts_due(now=NOON + DAY) == []


@pytest.mark.django_db
def test_who_wants_no_gift_mails_gets_none_of_anybody(giver: User) -> None:
    first = given(giver, amount="1.00")
    assert not want_no_gifts(token=secret_of(first), now=NOON), "its giver has that"
    assert not leave_out_unwanted(gift_id=first.id)
    assert not want_no_gifts(token=stop_secret_of(first)[:-1] + "!", now=NOON)
    assert want_no_gifts(token=stop_secret_of(first), now=NOON)

    other = a_buyer("other@example.org", balance="5.00")
    second = given(other, amount="1.00", to=To(email="KID@example.org"))

    assert leave_out_unwanted(gift_id=second.id)
    assert second.id not in {gift.id for gift in gifts_due(now=NOON)}
    assert take(second, a_user("kid@example.org")) is not None


@pytest.mark.django_db
def test_a_gift_of_a_wish_list_is_for_its_owner(giver: User) -> None:
    shelf, kid = a_shelf(), a_user("kid@example.org")

    given(giver, shelf.album, to=To(user_id=kid.pk))

    assert given_to(user_id=kid.pk) == {shelf.album}
    assert Gift.objects.get().to_email == ""


@pytest.mark.django_db
def test_another_key_of_the_store_keeps_sent_secrets_and_renews_others(
    giver: User, settings: object
) -> None:
    sent, unsent = given(giver, amount="1.00", key="sent"), given(giver, amount="1.00", key="un")
    known = secret_of(sent)
    note_sent(gift_id=sent.id, now=NOON)

    settings.SECRET_KEY = "another" * 10  # type: ignore[attr-defined]

    assert gift_opened(known) == sent
    assert renew_secret(gift_id=sent.id) == ""
    assert gift_opened(renew_secret(gift_id=unsent.id)) == unsent


@pytest.mark.django_db
def test_the_database_keeps_what_was_given(giver: User) -> None:
    gift = given(giver, amount="5.00")

    for change in (
        {"held_micro": 1},
        {"giver": a_user("thief@example.org")},
        {"state": "redeemed"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Gift.objects.filter(id=gift.id).update(**change)
    take_back(giver_id=giver.pk, gift_id=gift.id, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Gift.objects.filter(id=gift.id).update(state="open", ended_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Gift.objects.filter(id=gift.id).delete()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_at_once_one_has_it() -> None:
    a_store()
    giver, shelf = a_buyer("giver@example.org", balance="10.00"), a_shelf()
    gift = given(giver, shelf.album)
    takers = [a_user(f"kid{n}@example.org") for n in range(4)]

    answers = at_once(4, lambda n: take(gift, takers[n], shown="0.35"))

    kinds = Counter(type(answer).__name__ for answer in answers)
    assert kinds == {"Gift": 1, "GiftGoneError": 3}
    assert Entitlement.objects.count() == 1
    assert money(giver) == ("9.65 USD", "0.00 USD")


@pytest.mark.django_db(transaction=True)
def test_taking_it_and_taking_it_back_at_once_ends_in_one_of_the_two() -> None:
    a_store()
    giver, kid = a_buyer("giver@example.org", balance="10.00"), a_user("kid@example.org")
    gift = given(giver, amount="5.00")

    at_once(
        2,
        lambda n: take(gift, kid) if n else take_back(giver_id=giver.pk, gift_id=gift.id, now=NOON),
    )

    gift.refresh_from_db()
    is_theirs = gift.state == Gift.State.REDEEMED
    assert money(kid)[0] == ("5.00 USD" if is_theirs else "0.00 USD")
    assert money(giver) == ("5.00 USD" if is_theirs else "10.00 USD", "0.00 USD")


@pytest.mark.django_db
def test_when_the_store_closes_open_gifts_go_back_to_their_givers(giver: User) -> None:
    kid = a_user("kid@example.org")
    take(given(giver, amount="2.00", key="the-taken-one"), kid)
    given(giver, amount="3.00", key="the-open-one")

    assert [take_back_all(now=NOON) for _ in range(2)] == [1, 0]

    assert money(giver) == ("8.00 USD", "0.00 USD")
    assert money(kid) == ("2.00 USD", "0.00 USD")


class KilledError(Exception):
    """The program ends here."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["unreserve", "check_out"])
def test_whoever_is_killed_while_taking_has_taken_nothing(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    a_store()
    giver, kid = a_buyer("giver@example.org", balance="10.00"), a_user("kid@example.org")
    gift = given(giver, a_shelf().album)
    real = getattr(redeeming, step)

    def killed(*args: object, **more: object) -> object:
        real(*args, **more)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(redeeming, step, killed)
        with pytest.raises(KilledError):
            take(gift, kid, shown="0.35")
    assert money(giver) == ("9.65 USD", "0.35 USD")
    assert not Order.objects.exists()
    take(gift, kid, shown="0.35")

    assert Entitlement.objects.get().buyer == kid
