"""Following artists, labels, genres and searches, no longer, and being told by mail or feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.following.models import Follow, Reader, search_length_max
from pennywhistle.apps.following.queries import FEED, MAIL, hashes_of, secret_of
from pennywhistle.apps.users.models import User
from pennywhistle.engines.search import parse_query

if TYPE_CHECKING:
    from datetime import datetime

follows_max = 2_000
genres_followed_max = 100
searches_followed_max = 50


class TooManyFollowsError(Exception):
    """The person follows as many of a kind as one may: `most`."""

    code = "too-many-follows"

    def __init__(self, most: int) -> None:
        super().__init__(f"One follows at most {most} of these.")
        self.most = most


class NothingToSearchError(Exception):
    """A search that asks for nothing is not followed."""

    code = "nothing-to-search"


def follow(*, user_id: int, party_id: int, now: datetime) -> None:
    """Hear of what a party releases from now on; once more is harmless.

    Raises TooManyFollowsError.
    """
    _begin(Follow(follower_id=user_id, party_id=party_id, since=now), most=follows_max)


def follow_genre(*, user_id: int, genre_id: int, now: datetime) -> None:
    """Hear of what is released in a genre from now on; once more is harmless.

    Raises TooManyFollowsError.
    """
    _begin(Follow(follower_id=user_id, genre_id=genre_id, since=now), most=genres_followed_max)


def follow_search(*, user_id: int, text: str, now: datetime) -> str:
    """Hear of what is released from now on and found by a search; answers how it is called.

    Raises:
        NothingToSearchError: it asks for nothing, or only for what is not to be there.
        TooManyFollowsError: the person follows as many searches as one may.
    """
    typed = " ".join(parse_query(text[:search_length_max]).text.split())
    if parse_query(typed).is_empty:
        raise NothingToSearchError("A search that finds nothing cannot be followed.")
    _begin(Follow(follower_id=user_id, search=typed, since=now), most=searches_followed_max)
    return typed


@transaction.atomic
def _begin(wanted: Follow, *, most: int) -> None:
    user = User.objects.select_for_update(no_key=True).get(id=wanted.follower_id)
    _reader(user.pk)
    mine = Follow.objects.filter(follower=user)
    same = mine.filter(party=wanted.party_id, genre=wanted.genre_id, search=wanted.search)
    if same.exists():
        return
    kin = mine.filter(party__isnull=wanted.party_id is None, genre__isnull=wanted.genre_id is None)
    if kin.count() >= most:
        raise TooManyFollowsError(most)
    wanted.save(force_insert=True)


@transaction.atomic
def unfollow(*, user_id: int, party_id: int) -> None:
    """Hear of a party no more; once more is harmless."""
    Follow.objects.filter(follower_id=user_id, party_id=party_id).delete()


@transaction.atomic
def end_follow(*, user_id: int, follow_id: int) -> None:
    """Follow one thing no more, whatever it is; somebody else's stays."""
    Follow.objects.filter(follower_id=user_id, id=follow_id).delete()


@transaction.atomic
def want_mails(*, user_id: int, is_wanted: bool) -> None:
    """Be told by mail too, or by the feed alone."""
    _reader(user_id)
    Reader.objects.filter(user_id=user_id).update(wants_mail=is_wanted)


@transaction.atomic
def want_no_mails(*, token: str) -> bool:
    """End the mails by the secret that each carries; False for any other text."""
    return bool(Reader.objects.told_with(token).update(wants_mail=False))


@transaction.atomic
def feed_of(*, user_id: int) -> str:
    """The secret of the person's feed; a new one where the store's key changed."""
    reader = _reader(user_id)
    return secret_of(reader, FEED) or _renew(reader, FEED)


@transaction.atomic
def new_feed(*, user_id: int) -> str:
    """Give the person's feed another secret; the earlier address, and that in mails, end."""
    return _renew(_reader(user_id), FEED)


@transaction.atomic
def mail_secret_of(*, user_id: int) -> str:
    """The secret by which a mail ends the mails."""
    reader = _reader(user_id)
    return secret_of(reader, MAIL) or _renew(reader, MAIL)


def _reader(user_id: int) -> Reader:
    made = Reader(user_id=user_id)
    hashes = hashes_of(made)
    Reader.objects.get_or_create(user_id=user_id, defaults=hashes)
    return Reader.objects.select_for_update().get(user_id=user_id)


def _renew(reader: Reader, purpose: str) -> str:
    reader.serial += 1
    for field, sha256 in hashes_of(reader).items():
        setattr(reader, field, sha256)
    reader.save(update_fields=["serial", "feed_sha256", "mail_sha256"])
    return secret_of(reader, purpose)
