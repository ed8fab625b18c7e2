"""Who follows what, what they were told, and the secrets of their feeds and mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.catalog.models import Genre, Release
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.users.derived import token_sha256

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


search_length_max = 200


class FollowQuerySet(models.QuerySet["Follow"]):
    def of(self, *, user: User) -> FollowQuerySet:
        """What this person follows, by name: parties, then genres, then searches."""
        return self.filter(follower=user).order_by(
            "party__name", "genre__name", "search", "party_id", "id"
        )


class Follow(models.Model):
    """Somebody wants to hear of what is released from `since` on: by a party, in a genre, found.

    One of the three: an artist or a label; a genre; a search as it was typed.
    """

    class Kind(models.TextChoices):
        PARTY = "party"
        GENRE = "genre"
        SEARCH = "search"

    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    party = models.ForeignKey(Party, on_delete=models.CASCADE, null=True, related_name="+")
    genre = models.ForeignKey(Genre, on_delete=models.CASCADE, null=True, related_name="+")
    search = models.CharField(max_length=search_length_max, blank=True)
    since = models.DateTimeField()

    objects = FollowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "follower",
                "party",
                "genre",
                "search",
                name="following_one_thing_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="following_one_thing",
                condition=Q(party__isnull=False, genre__isnull=True, search="")
                | Q(party__isnull=True, genre__isnull=False, search="")
                | (Q(party__isnull=True, genre__isnull=True) & ~Q(search="")),
            ),
        ]
        indexes = [
            models.Index("search", name="following_searches", condition=~Q(search="")),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.name}"

    @property
    def kind(self) -> Follow.Kind:
        """Which of the three it is."""
        if self.party_id is not None:
            return Follow.Kind.PARTY
        return Follow.Kind.SEARCH if self.genre_id is None else Follow.Kind.GENRE

    @property
    def name(self) -> str:
        """What is followed, by name."""
        named = self.party or self.genre
        return named.name if named else self.search


class ReaderQuerySet(models.QuerySet["Reader"]):
    def fed_at(self, token: str) -> ReaderQuerySet:
        """Whose feed a secret address is."""
        return self.filter(feed_sha256=token_sha256(token)).exclude(feed_sha256="")

    def told_with(self, token: str) -> ReaderQuerySet:
        """Whose mails carry a secret."""
        return self.filter(mail_sha256=token_sha256(token)).exclude(mail_sha256="")


class Reader(models.Model):
    """Somebody who follows: whether by mail too, and the hashes of their secrets."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="reader"
    )
    wants_mail = models.BooleanField(default=True)
    # Both secrets are derived (users.derived); a new serial ends the earlier ones.
    serial = models.PositiveSmallIntegerField(default=0)
    feed_sha256 = models.CharField(max_length=64, unique=True)
    mail_sha256 = models.CharField(max_length=64, unique=True)
    mailed_at = models.DateTimeField(null=True)

    objects = ReaderQuerySet.as_manager()

    def __str__(self) -> str:
        return f"reader {self.user_id}"

    @property
    def subject(self) -> str:
        """What the secrets are derived from."""
        return f"{self.user_id}:{self.serial}"


class News(models.Model):
    """A release that a follower is to hear of, by one thing that they follow."""

    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    # What it is news of, as it was called then: whoever no longer follows it is still told why.
    kind = models.CharField(max_length=6, choices=Follow.Kind, default=Follow.Kind.PARTY)
    name = models.CharField(max_length=300, blank=True)
    noted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            # Whoever follows artist and label hears of it once.
            models.UniqueConstraint("follower", "release", name="following_news_once"),
        ]
        indexes = [
            models.Index(
                "try_count", "id", name="following_news_unsent", condition=Q(sent_at__isnull=True)
            ),
            models.Index("follower", "noted_at", name="following_news_of_reader"),
            models.Index("noted_at", name="following_news_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} for {self.follower_id}"


class Noted(models.Model):
    """Up to when new releases were looked through for who follows them: one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="following_noted_is_one"),
        ]

    def __str__(self) -> str:
        return f"noted until {self.until}"
