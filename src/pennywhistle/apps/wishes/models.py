"""Wish lists and what is on them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.rights.queries import ItemRef

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


def new_link() -> str:
    """The last part of a public list's address: 128 random bits, nobody's name."""
    return secrets.token_urlsafe(16)


class WishList(models.Model):
    """Somebody's list. Others see it only while its owner wants them to, by its link."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="wish_list",
    )
    is_public = models.BooleanField(default=False)
    # It is meant to be shown, so it is kept as it is.
    link = models.CharField(max_length=32, unique=True, default=new_link)
    # As its owner wants to be called there; not the account's name.
    shown_name = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"wishes of {self.owner_id}"


class WishQuerySet(models.QuerySet["Wish"]):
    def of(self, *, user: User) -> WishQuerySet:
        """This person's wishes, newest first."""
        return self.filter(owner=user).order_by("-added_at", "-id")

    def of_item(self, ref: ItemRef) -> WishQuerySet:
        """Those for exactly this item."""
        mine = self.filter(release_id=ref.release_id)
        if ref.track_id is None:
            return mine.filter(track__isnull=True)
        return mine.filter(track_id=ref.track_id)


class Wish(models.Model):
    """A release, or one track of it, that somebody would like to have."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes"
    )
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, null=True, related_name="+")
    added_at = models.DateTimeField()

    objects = WishQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "owner", "release", "track", name="wishes_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track or self.release} for {self.owner_id}"

    @property
    def ref(self) -> ItemRef:
        """What is wished for."""
        return ItemRef(self.release_id, self.track_id)
