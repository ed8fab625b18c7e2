"""Two names of one artist get one page: neither a chain nor a loop, and no money moves."""

import pytest
from django.db import IntegrityError, connection

from builders import NOON, a_shelf, a_store, a_user
from pennywhistle.apps.catalog.models import Release, ReleaseArtist
from pennywhistle.apps.following.actions import follow
from pennywhistle.apps.following.models import Follow
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.reach.actions import JoiningRefusedError, join_pages
from pennywhistle.apps.reach.models import JoinedPage
from pennywhistle.apps.reach.queries import page_led_to
from pennywhistle.apps.rights.models import GrantShare

pytestmark = pytest.mark.django_db


def test_what_people_look_at_becomes_the_others_and_rights_stay() -> None:
    a_store()
    one, other = a_shelf("Tin Weather", track_count=1), a_shelf("Low Harbor", track_count=1)
    gone, stays = one.payees[0], other.payees[0]
    shares = set(GrantShare.objects.values_list("id", "party_id", "account_number"))
    for email in ("one@example.org", "two@example.org"):
        follow(user_id=a_user(email).pk, party_id=gone.pk, now=NOON)
    follow(user_id=Follow.objects.order_by("id")[0].follower_id, party_id=stays.pk, now=NOON)

    join_pages(party_id=gone.pk, leads_to_id=stays.pk, now=NOON)
    join_pages(party_id=gone.pk, leads_to_id=stays.pk, now=NOON)

    assert set(ReleaseArtist.objects.values_list("party", flat=True)) == {stays.pk}
    assert page_led_to(gone.pk) == stays
    assert Follow.objects.filter(party=stays).count() == 2
    assert not Follow.objects.filter(party=gone).exists()
    assert set(GrantShare.objects.values_list("id", "party_id", "account_number")) == shares


def test_both_on_one_release_become_one() -> None:
    a_store()
    shelf = a_shelf(track_count=1)
    first, second = shelf.payees
    ReleaseArtist.objects.create(release=shelf.release, party=second, position=1)

    join_pages(party_id=second.pk, leads_to_id=first.pk, now=NOON)

    assert list(ReleaseArtist.objects.values_list("party", flat=True)) == [first.pk]


def test_a_label_keeps_its_releases_under_its_new_page() -> None:
    a_store()
    shelf = a_shelf(track_count=1)
    renamed = ensure_party(name="Tin Weather Records")

    join_pages(party_id=shelf.release.label_id, leads_to_id=renamed.pk, now=NOON)

    assert Release.objects.get().label == renamed
    assert Release.objects.get().supplier != renamed


def test_there_is_neither_a_chain_nor_a_loop() -> None:
    first, second, third = (ensure_party(name=name) for name in ("A", "B", "C"))
    join_pages(party_id=first.pk, leads_to_id=second.pk, now=NOON)

    join_pages(party_id=second.pk, leads_to_id=third.pk, now=NOON)

    assert page_led_to(first.pk) == page_led_to(second.pk) == third
    for party, leads_to in ((third, first), (third, third), (first, second)):
        with pytest.raises(JoiningRefusedError):
            join_pages(party_id=party.pk, leads_to_id=leads_to.pk, now=NOON)


def test_the_database_itself_refuses_a_chain() -> None:
    first, second, third = (ensure_party(name=name) for name in ("A", "B", "C"))
    JoinedPage.objects.create(party=first, leads_to=second, joined_at=NOON)
    JoinedPage.objects.create(party=second, leads_to=third, joined_at=NOON)

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
