"""What somebody follows, and what is new of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.following.models import Follow, Reader
from pennywhistle.apps.users.derived import derived_token, token_sha256

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.users.models import User

FEED, MAIL = "feed", "mail"
feed_entries_max = 100
# Of one artist, who may be on the sleeve of very many; what was written last counts as newest.
of_artist_max = 500


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed reader finds at a secret address."""

    user: User
    releases: tuple[Release, ...]


def follows_of(*, user: User) -> list[Follow]:
    """What the person follows, by name: parties, then genres, then searches."""
    return list(Follow.objects.of(user=user).select_related("party", "genre"))


def is_followed(*, user_id: int, party: Party) -> bool:
    """Whether a person follows a party."""
    return Follow.objects.filter(follower_id=user_id, party=party).exists()


def is_genre_followed(*, user_id: int, genre_id: int) -> bool:
    """Whether a person follows a genre."""
    return Follow.objects.filter(follower_id=user_id, genre=genre_id).exists()


def is_search_followed(*, user_id: int, text: str) -> bool:
    """Whether a person follows a search, as it is typed."""
    typed = " ".join(text.split())
    return bool(typed) and Follow.objects.filter(follower_id=user_id, search=typed).exists()


def reader_of(*, user: User) -> Reader | None:
    """How the person is told; None who never followed anybody."""
    return Reader.objects.filter(user=user).first()


def feed_at(*, token: str, now: datetime) -> Feed | None:
    """The feed of a secret; None for any other text, and for who is gone."""
    reader = Reader.objects.fed_at(token).select_related("user").first()
    if reader is None or not reader.user.is_active:
        return None
    ids = new_of_followed(user_id=reader.user_id, at=now)
    rows = Release.objects.filter(id__in=ids).select_related("label")
    return Feed(reader.user, tuple(rows.order_by("-published_at", "-id")))


# Of each label along its index; of artists what was written last; of genres and searches what
# was noted when it came out, since they may hold a million releases.
_NEWEST = """
WITH followed AS MATERIALIZED (
  SELECT party_id FROM following_follow WHERE follower_id = %(user)s AND party_id IS NOT NULL),
found AS (
  SELECT r.id FROM followed f CROSS JOIN LATERAL (
    SELECT id FROM catalog_release
    WHERE label_id = f.party_id AND published_at <= %(at)s
      AND (withdrawn_at IS NULL OR withdrawn_at > %(at)s)
    ORDER BY released_on DESC, id DESC LIMIT %(most)s) r
  UNION
  SELECT a.release_id FROM followed f CROSS JOIN LATERAL (
    SELECT release_id FROM catalog_releaseartist
    WHERE party_id = f.party_id ORDER BY release_id DESC LIMIT %(of_artist)s) a
  UNION
  (SELECT release_id FROM following_news
   WHERE follower_id = %(user)s AND kind <> 'party' ORDER BY noted_at DESC LIMIT %(most)s))
SELECT r.id FROM found JOIN catalog_release r ON r.id = found.id
WHERE r.published_at <= %(at)s AND (r.withdrawn_at IS NULL OR r.withdrawn_at > %(at)s)
ORDER BY r.published_at DESC, r.id DESC LIMIT %(most)s
"""


def new_of_followed(*, user_id: int, at: datetime) -> list[int]:
    """The newest on the shelves of what a person follows."""
    wanted: dict[str, Any] = {
        "user": user_id,
        "at": at,
        "most": feed_entries_max,
        "of_artist": of_artist_max,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, wanted)
        return [release_id for (release_id,) in cursor.fetchall()]


def secret_of(reader: Reader, purpose: str) -> str:
    """A reader's secret; empty where it was made with another key of the store."""
    token = derived_token(f"following.{purpose}", reader.subject)
    kept = reader.feed_sha256 if purpose == FEED else reader.mail_sha256
    return token if token_sha256(token) == kept else ""


def hashes_of(reader: Reader) -> dict[str, str]:
    """What a reader's row keeps of its secrets."""
    return {
        f"{purpose}_sha256": token_sha256(derived_token(f"following.{purpose}", reader.subject))
        for purpose in (FEED, MAIL)
    }
