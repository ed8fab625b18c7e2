"""Who follows whom, what they were told, and the secrets of their feeds and mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.users.derived import token_sha256

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class FollowQuerySet(models.QuerySet["Follow"]):
    def of(self, *, user: User) -> FollowQuerySet:
        """Whom this person follows, by name."""
        return self.filter(follower=user).order_by("party__name", "party_id")


class Follow(models.Model):
    """Somebody wants to hear of what an artist or a label releases from `since` on."""

    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    objects = FollowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("follower", "party", name="following_once"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.party_id}"


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
    """A release that a follower is to hear of, by the party that they follow."""

    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
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
        ]

    def __str__(self) -> str:
        return f"{self.release_id} for {self.follower_id}"
