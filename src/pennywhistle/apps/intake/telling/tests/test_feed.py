"""A feed's secret address: of one person, for as long as they act for the supplier."""

import pytest

from builders import NOON, a_user
from pennywhistle.apps.intake.models import FeedAddress, Message
from pennywhistle.apps.intake.telling.feed import feed_at
from pennywhistle.apps.intake.telling.registering import mark_seen, open_feed, revoke_feed
from pennywhistle.apps.intake.telling.tests.told import a_label, a_message, a_notice
from pennywhistle.apps.parties.actions import let_act
from pennywhistle.apps.parties.models import Membership

pytestmark = pytest.mark.django_db


def an_address():
    label, user = a_label(), a_user()
    let_act(party_id=label.pk, user_id=user.pk)
    return label, user, open_feed(supplier_id=label.pk, user_id=user.pk, now=NOON)


def test_it_has_the_suppliers_news_and_nobody_elses() -> None:
    label, _, token = an_address()
    a_message(label)
    a_message(label, state=Message.State.WAITING)
    a_notice(label)
    a_message(a_label("Somebody Else"))

    feed = feed_at(token=token, now=NOON)

    assert feed is not None
    assert feed.supplier == label
    assert len(feed.entries) == 2
    assert token not in str(list(FeedAddress.objects.values()))


def test_it_ends_when_it_is_revoked_made_anew_or_its_person_leaves() -> None:
    label, user, first = an_address()
    second = open_feed(supplier_id=label.pk, user_id=user.pk, now=NOON)
    assert feed_at(token=first, now=NOON) is None
    assert feed_at(token=second, now=NOON) is not None

    Membership.objects.all().delete()
    assert feed_at(token=second, now=NOON) is None

    let_act(party_id=label.pk, user_id=user.pk)
    revoke_feed(supplier_id=label.pk, user_id=user.pk, now=NOON)
    assert feed_at(token=second, now=NOON) is None
    assert feed_at(token="", now=NOON) is None


def test_what_was_seen_keeps_its_time() -> None:
    notice = a_notice(a_label())

    assert mark_seen(notice_ids=[notice.pk], now=NOON) == 1
    assert mark_seen(notice_ids=[notice.pk], now=NOON.replace(hour=13)) == 0
    notice.refresh_from_db()
    assert notice.seen_at == NOON
