"""Whom somebody follows, and what is new of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.catalog.models import Release, ReleaseArtist
from pennywhistle.apps.following.models import Follow, Reader
from pennywhistle.apps.users.derived import derived_token, token_sha256

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.catalog.models import ReleaseQuerySet
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.users.models import User

FEED, MAIL = "feed", "mail"
feed_entries_max = 100


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed reader finds at a secret address."""

    user: User
    releases: tuple[Release, ...]


def follows_of(*, user: User) -> list[Follow]:
    """Whom the person follows, by name."""
    return list(Follow.objects.of(user=user).select_related("party"))


def is_followed(*, user_id: int, party: Party) -> bool:
    """Whether a person follows a party."""
    return Follow.objects.filter(follower_id=user_id, party=party).exists()


def reader_of(*, user: User) -> Reader | None:
    """How the person is told; None who never followed anybody."""
    return Reader.objects.filter(user=user).first()


def feed_at(*, token: str, now: datetime) -> Feed | None:
    """The feed of a secret; None for any other text, and for who is gone."""
    reader = Reader.objects.fed_at(token).select_related("user").first()
    if reader is None or not reader.user.is_active:
        return None
    newest = new_of_followed(user_id=reader.user_id, at=now)
    rows = newest.select_related("label").order_by("-published_at", "-id")
    return Feed(reader.user, tuple(rows[:feed_entries_max]))


def new_of_followed(*, user_id: int, at: datetime) -> ReleaseQuerySet:
    """What is on the shelves of whom a person follows."""
    followed = Follow.objects.filter(follower=user_id).values("party")
    by_artist = ReleaseArtist.objects.filter(party__in=followed).values("release")
    return Release.objects.published(at=at).filter(Q(label__in=followed) | Q(id__in=by_artist))


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
