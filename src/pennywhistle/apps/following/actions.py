"""Following somebody, no longer, and being told by mail or by a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.following.models import Follow, Reader
from pennywhistle.apps.following.queries import FEED, MAIL, hashes_of, secret_of
from pennywhistle.apps.users.models import User

if TYPE_CHECKING:
    from datetime import datetime

follows_max = 2_000


class TooManyFollowsError(Exception):
    """The person follows as many as one may."""

    code = "too-many-follows"


@transaction.atomic
def follow(*, user_id: int, party_id: int, now: datetime) -> None:
    """Hear of what a party releases from now on; once more is harmless.

    Raises TooManyFollowsError.
    """
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    _reader(user_id)
    mine = Follow.objects.of(user=user)
    if mine.filter(party_id=party_id).exists():
        return
    if mine.count() >= follows_max:
        raise TooManyFollowsError(f"One follows at most {follows_max} artists and labels.")
    Follow.objects.create(follower=user, party_id=party_id, since=now)


@transaction.atomic
def unfollow(*, user_id: int, party_id: int) -> None:
    """Hear of a party no more; once more is harmless."""
    Follow.objects.filter(follower_id=user_id, party_id=party_id).delete()


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
