"""Mails to buyers: receipts, gifts, pre-orders that came back, new releases; each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as store_settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from coming import a_coming_shelf, grant_from
from pennywhistle.apps.catalog.models import Genre, Release
from pennywhistle.apps.following import actions as following
from pennywhistle.apps.following.models import Follow, News, Reader
from pennywhistle.apps.following.noting import note_news
from pennywhistle.apps.gifts.actions import Asked as Gift
from pennywhistle.apps.gifts.actions import Note, To, give
from pennywhistle.apps.gifts.models import Gift as Given
from pennywhistle.apps.gifts.queries import secret_of, stop_secret_of
from pennywhistle.apps.letters.models import OrderLetter
from pennywhistle.apps.letters.work import letters_due, note_orders
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.downloads import record_waiver
from pennywhistle.apps.preorders.actions import Asked, order_ahead
from pennywhistle.apps.preorders.work import release_due
from pennywhistle.apps.proof import work as proof
from pennywhistle.apps.proof.signing import create_keys, the_signing_log
from pennywhistle.interfaces.clock.gift_mails import send_gifts
from pennywhistle.interfaces.clock.new_releases import tell_followers
from pennywhistle.interfaces.clock.order_letters import send_receipts
from pennywhistle.interfaces.clock.pre_order_notices import tell_buyers

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Failing(EmailBackend):
    """A mail server that is down, or refuses everybody."""

    error: Exception | None = None

    def send_messages(self, messages: list[mail.EmailMessage]) -> int:
        if Failing.error:
            raise Failing.error
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def server(monkeypatch) -> type[Failing]:
    monkeypatch.setattr("django.core.mail.get_connection", lambda *_a, **_k: Failing())
    monkeypatch.setattr(Failing, "error", None)
    return Failing


@pytest.fixture(autouse=True)
def log(settings: SettingsWrapper, tmp_path: Path) -> None:
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    create_keys(now=NOON)


def the_time() -> datetime:
    return datetime.now(tz=UTC)


def a_sale(buyer: User, shelf: Shelf, *, at: datetime) -> None:
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(1), shelf.track(2)],
        territory="US",
        shown=usd("0.28"),
        key="key",
        now=at,
    )


def seal() -> None:
    proof.order_waiting()
    proof.publish(log=the_signing_log())


def test_a_sealed_order_is_mailed_once_with_its_receipts() -> None:
    a_store()
    a_sale(a_buyer(), a_shelf(), at=the_time())
    assert send_receipts() == 0
    seal()

    assert send_receipts() == 1
    assert send_receipts() == 0

    (sent,) = mail.outbox
    assert sent.to == ["buyer@example.org"]
    assert "- Track 1, Tin Weather Payee 1: $0.14" in sent.body
    assert "Total $0.28" in sent.body
    names = [name for name, _, _ in sent.attachments]
    assert names == ["receipt-1.tlog-proof", "receipt-2.tlog-proof"]
    assert f"{store_settings.ORIGIN}/orders/" in sent.body


def test_the_mail_names_the_day_on_which_downloads_that_wait_begin() -> None:
    a_store()
    buyer, shelf = a_buyer(), a_shelf()
    order_ids = [
        check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(number)],
            territory="GB",
            shown=usd("0.14"),
            key=f"key-{number}",
            now=the_time(),
        )
        for number in (1, 2)
    ]
    record_waiver(user_id=buyer.pk, order_id=order_ids[1], words="At once.", now=the_time())
    seal()

    assert send_receipts() == 2

    waiting = {str(order_ids[0]) in sent.body: sent.body for sent in mail.outbox}
    assert "Your downloads begin on " in waiting[True]
    assert "Your downloads begin" not in waiting[False]


def test_an_order_that_is_not_sealed_in_time_is_mailed_provisionally_and_again_sealed() -> None:
    a_store()
    a_sale(a_buyer(), a_shelf(), at=the_time() - 3 * MINUTE)

    assert send_receipts() == 1
    assert send_receipts() == 0
    seal()
    assert send_receipts() == 1

    first, second = mail.outbox
    assert "This is provisional" in first.body
    assert [each.filename for each in first.attachments] == [
        "receipt-1.tlog-promise",
        "receipt-2.tlog-promise",
    ]
    assert len(second.attachments) == 2
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]


def test_old_orders_are_not_mailed_and_new_ones_are_noted_once() -> None:
    a_store()
    a_sale(a_buyer(), a_shelf(), at=NOON)

    assert note_orders(now=NOON + timedelta(days=2)) == 0
    assert note_orders(now=NOON + MINUTE) == 1
    assert note_orders(now=NOON + 20 * MINUTE) == 0
    assert letters_due(now=NOON + timedelta(days=8)) == []


def test_a_mail_server_that_is_down_is_asked_again(server: type[Failing]) -> None:
    a_store()
    a_sale(a_buyer(), a_shelf(), at=the_time())
    seal()

    for error in (ConnectionRefusedError(), SMTPRecipientsRefused({})):
        server.error = error
        assert send_receipts() == 0
    assert OrderLetter.objects.get().try_count == 2
    server.error = None

    assert send_receipts() == 1


def a_gift(giver: User, *, words: str = "For you\nand you alone", language: str = "en") -> str:
    made = give(
        asked=Gift(giver.pk, None, usd("5.00"), "US", "a-gift-of-the-day"),
        note=Note("Ida\nBcc: all", words, language),
        to=To(email="kid@example.org"),
        now=the_time(),
    )
    return secret_of(made)


def test_a_gift_is_mailed_once_with_its_link_and_a_way_out() -> None:
    a_store()
    secret = a_gift(a_buyer("ida@example.org"))

    assert send_gifts() == 1
    assert send_gifts() == 0

    (sent,) = mail.outbox
    assert sent.to == ["kid@example.org"]
    assert sent.subject == "Ida Bcc: all has a gift for you"
    assert f"{store_settings.ORIGIN}/gift/{secret}\n" in sent.body
    assert "> For you\n> and you alone" in sent.body
    assert "ida@example.org" not in sent.message().as_string()
    stop = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop == f"{store_settings.ORIGIN}/gift/{stop_secret_of(Given.objects.get())}/no-mails"
    assert stop in sent.body
    assert secret not in stop


def test_a_gift_whose_address_is_refused_is_tried_again_and_stays_a_gift(
    server: type[Failing],
) -> None:
    a_store()
    secret = a_gift(a_buyer("ida@example.org"))
    server.error = SMTPRecipientsRefused({})

    assert send_gifts() == 0
    server.error = None

    assert Client().get(f"/gift/{secret}").status_code == 200
    assert send_gifts() == 1


def test_who_wants_no_gift_mails_gets_none() -> None:
    a_store()
    a_gift(a_buyer("ida@example.org"))
    Client().post(f"/gift/{stop_secret_of(Given.objects.get())}/no-mails")

    assert send_gifts() == 0
    assert mail.outbox == []


def test_a_gift_is_written_in_its_givers_language() -> None:
    a_store()
    a_gift(a_buyer("ida@example.org"), language="de")

    send_gifts()

    assert "Geschenk" in mail.outbox[0].subject


def test_a_pre_order_that_came_back_is_told_once_with_the_reason() -> None:
    a_store()
    buyer, day = a_buyer(balance="1.00"), the_time() - MINUTE
    shelf = a_coming_shelf(from_at=day)
    order_ahead(
        asked=Asked(buyer.pk, shelf.album, "US", usd("0.35"), "key"),
        now=day - timedelta(minutes=30),
    )
    grant_from(shelf, day, album_price="0.40", now=day)
    release_due(now=the_time())

    assert tell_buyers() == 1
    assert tell_buyers() == 0

    (sent,) = mail.outbox
    assert sent.subject == "Your pre-order of “Thaw” was not sold"
    assert "It costs more now" in sent.body
    assert "$0.35" in sent.body


def follower_of(shelf: Shelf, email: str = "fan@example.org") -> User:
    fan = a_user(email)
    since = the_time() - timedelta(hours=2)
    following.follow(user_id=fan.pk, party_id=shelf.payees[0].pk, now=since)
    following.follow(user_id=fan.pk, party_id=shelf.release.label.pk, now=since)
    return fan


def publish(shelf: Shelf) -> None:
    shelf.release.published_at = the_time() - timedelta(hours=1)
    shelf.release.save()


def test_a_new_release_is_told_once_to_who_follows_artist_and_label() -> None:
    a_store()
    shelf = a_shelf()
    follower_of(shelf)
    a_user("stranger@example.org")
    publish(shelf)

    assert tell_followers() == 1
    assert tell_followers() == 0

    (sent,) = mail.outbox
    assert sent.to == ["fan@example.org"]
    assert f"{store_settings.ORIGIN}/release/tin-weather-{shelf.release.public_id}" in sent.body
    stop = sent.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(store_settings.ORIGIN)
    assert "Done." in Client(enforce_csrf_checks=True).post(stop).content.decode()
    assert not Reader.objects.get().wants_mail


def test_news_of_a_genre_and_of_a_search_say_why_they_are_told() -> None:
    a_store()
    one, two = a_shelf("One", track_count=1), a_shelf("Two", track_count=1)
    since, fan = the_time() - timedelta(hours=2), a_user("fan@example.org")
    genre = Genre.objects.create(name="Dub", slug="dub")
    Release.objects.filter(pk=one.release.pk).update(genre=genre)
    one.release.refresh_from_db()
    following.follow_genre(user_id=fan.pk, genre_id=genre.pk, now=since)
    following.follow_search(user_id=fan.pk, text='"two payee" -live', now=since)
    publish(one)

    assert tell_followers() == 1
    Reader.objects.update(mailed_at=None)
    publish(two)
    assert tell_followers() == 1

    first, second = mail.outbox
    assert first.subject == "New: One Payee 1: One"
    assert "- One Payee 1: One (genre: Dub)" in first.body
    assert '- Two Payee 1: Two (search: "two payee" -live)' in second.body


def test_what_was_withdrawn_after_it_was_noted_is_not_told() -> None:
    a_store()
    shelf = a_shelf()
    follower_of(shelf)
    publish(shelf)
    note_news(now=the_time())
    Release.objects.update(withdrawn_at=the_time())

    assert tell_followers() == 0
    Release.objects.update(withdrawn_at=None)
    assert tell_followers() == 1


def test_what_came_before_one_followed_is_not_told() -> None:
    a_store()
    shelf = a_shelf()
    publish(shelf)
    fan = follower_of(shelf)
    Follow.objects.filter(follower=fan).update(since=the_time())

    assert tell_followers() == 0
    assert not News.objects.exists()


def test_one_mail_a_day_holds_what_came_since() -> None:
    a_store()
    first, second = a_shelf("One", payees_of="Band"), a_shelf("Two", payees_of="Band")
    follower_of(first)
    publish(first)
    tell_followers()
    publish(second)

    assert tell_followers() == 0
    Reader.objects.update(mailed_at=the_time() - timedelta(days=1))
    assert tell_followers() == 1
    assert "Two" in mail.outbox[-1].body
    assert "One" not in mail.outbox[-1].body


def test_who_wants_no_mails_gets_none() -> None:
    a_store()
    shelf = a_shelf()
    fan = follower_of(shelf)
    publish(shelf)
    following.want_mails(user_id=fan.pk, is_wanted=False)

    assert tell_followers() == 0
