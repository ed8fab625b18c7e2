"""A track that a newer message leaves out is part of its release only for who bought it before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import a_buyer, keep, usd
from ern_messages import ISRCS, TRACK_TITLES
from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.delivery.queries import owned_track, published_recording, tracks_owned
from pennywhistle.apps.discovery import pages
from pennywhistle.apps.discovery.models import SearchDocument
from pennywhistle.apps.intake.ern.tests.conftest import NOW, reasons, sale, verdict
from pennywhistle.apps.intake.models import Message, Notice
from pennywhistle.apps.orders.actions.check_out import check_out
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.orders.queries import entitlement_to
from pennywhistle.apps.orders.shelf import owned_in, sounds_of_items
from pennywhistle.apps.rights.models import Availability
from pennywhistle.apps.rights.queries import ItemRef, items_for, load_items

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.intake.ern.tests.conftest import Desk
    from pennywhistle.apps.users.models import User

BOTH = ("R0", "R1", "R2")
LATER = NOW + timedelta(days=1)


def buy(user: User, ref: ItemRef, shown: str, *, now: datetime = NOW) -> Entitlement:
    check_out(
        buyer_id=user.pk,
        wanted=[ref],
        territory="US",
        shown=usd(shown),
        key=f"on-{now:%d}",
        now=now,
    )
    return Entitlement.objects.get(buyer=user, release=ref.release_id, track=ref.track_id)


def without_the_second(desk: Desk, *, now: datetime = NOW) -> Message:
    letter = desk.letter(sale(releases=("R0", "R1")), isrcs=ISRCS[:1])
    return desk.send(letter, now=now)


@pytest.fixture
def release(desk: Desk) -> Release:
    desk.deliver(sale(releases=BOTH))
    return Release.objects.get()


def test_the_album_is_sold_without_it_and_the_supplier_is_told(
    desk: Desk, release: Release
) -> None:
    message = without_the_second(desk)

    assert message.state == Message.State.APPLIED, message.findings
    assert [track.left_at for track in release.tracks.all()] == [None, NOW]
    assert Notice.objects.order_by("id").last().code == "track-left-out"  # type: ignore[union-attr]
    assert verdict(release).allowed
    assert verdict(release, track=1).allowed
    assert reasons(verdict(release, track=2)) == ["not-published"]
    ref = ItemRef(release.pk)
    assert [track.title for track in items_for([ref], at=NOW)[ref].tracks] == [TRACK_TITLES[0]]


def test_who_bought_the_album_or_the_track_before_keeps_it_and_later_buyers_do_not_get_it(
    desk: Desk, release: Release
) -> None:
    second = release.tracks.get(track_number=2)
    early, single, late = a_buyer("a@example.org"), a_buyer("b@example.org"), a_buyer("c@x.org")
    whole = buy(early, ItemRef(release.pk), "1.12")
    alone = buy(single, ItemRef(release.pk, second.pk), "1.12")
    without_the_second(desk, now=LATER)
    after = buy(late, ItemRef(release.pk), "1.12", now=LATER)

    assert [track.title for track in tracks_owned(whole)] == list(TRACK_TITLES)
    assert tracks_owned(alone) == [second]
    assert [track.title for track in tracks_owned(after)] == [TRACK_TITLES[0]]
    sounds = {
        user.email: len(owned_in(user=user, release_ids=[release.pk])[0].sounds)
        for user in (early, single, late)
    }
    assert sounds == {early.email: 2, single.email: 1, late.email: 1}
    assert len(sounds_of_items([(release.pk, None)])) == 1
    for user, has_it in ((early, True), (single, True), (late, False)):
        owned = owned_track(user=user, track_public_id=second.public_id)
        assert owned == (second if has_it else None)
        assert (
            entitlement_to(user=user, release_id=release.pk, track_id=second.pk) is not None
        ) is has_it
        page = pages.track_page(second.public_id, at=LATER, user_id=user.pk)
        assert (page is not None) is has_it


def test_what_the_track_cost_alone_does_not_make_the_album_cheaper_that_is_without_it(
    desk: Desk, release: Release
) -> None:
    user = a_buyer()
    buy(user, ItemRef(release.pk, release.tracks.get(track_number=2).pk), "1.12")
    without_the_second(desk, now=LATER)

    assert buy(user, ItemRef(release.pk), "1.12", now=LATER).track is None


def test_the_shop_shows_finds_and_plays_it_no_more(desk: Desk, release: Release) -> None:
    second = release.tracks.get(track_number=2)
    without_the_second(desk)

    page = pages.release_page(release.public_id, at=NOW, user_id=0)
    assert page is not None
    assert [line.title for line in page.tracks] == [TRACK_TITLES[0]]
    assert pages.track_page(second.public_id, at=NOW, user_id=0) is None
    assert published_recording(track_public_id=second.public_id, now=NOW) is None
    found = SearchDocument.objects.filter(kind="track", object_id=second.pk)
    assert not found.exists()


def test_what_is_sold_where_is_worked_out_anew(desk: Desk, release: Release) -> None:
    second = release.tracks.get(track_number=2)
    keep()
    assert Availability.objects.filter(track=second).exists()

    # Nothing but the day on which it left.
    Track.objects.filter(id=second.pk).update(left_at=NOW)
    keep()

    assert not Availability.objects.filter(track=second).exists()
    Track.objects.filter(id=second.pk).update(left_at=None)
    keep()
    assert Availability.objects.filter(track=second).exists()


def test_a_later_message_brings_it_back(desk: Desk, release: Release) -> None:
    tracks = set(release.tracks.all())
    without_the_second(desk)

    message = desk.send(desk.letter(sale(releases=BOTH)))

    assert message.state == Message.State.APPLIED, message.findings
    assert set(release.tracks.filter(left_at=None)) == tracks
    assert verdict(release, track=2).allowed


def test_a_sale_of_before_is_cleared_again_with_it(desk: Desk, release: Release) -> None:
    without_the_second(desk, now=LATER)
    ref = ItemRef(release.pk)

    then = load_items([ref], at=NOW, known_at=NOW)[ref].item
    today = load_items([ref], at=LATER, known_at=LATER)[ref].item

    assert (len(then.tracks), len(today.tracks)) == (2, 1)
