"""Releases, their artists and their tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from pennywhistle.apps.catalog.models.recordings import Recording
from pennywhistle.apps.catalog.models.works import Genre
from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from datetime import datetime


class ReleaseQuerySet(models.QuerySet["Release"]):
    def published(self, *, at: datetime) -> ReleaseQuerySet:
        """On the shelves at that instant: published, not withdrawn."""
        return self.filter(published_at__lte=at).filter(
            Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at)
        )

    def newest_first(self) -> ReleaseQuerySet:
        """By release date, newest first; the id makes the order total."""
        return self.order_by("-released_on", "-id")

    def supplied_by(self, *, parties: models.QuerySet[Party]) -> ReleaseQuerySet:
        """Those that one of these parties delivered."""
        return self.filter(supplier__in=parties)


class Release(models.Model):
    """A product: what is on the shelf under one title."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    slug = models.CharField(max_length=80)
    title = models.CharField(max_length=500)
    # The artists' names as the sleeve has them, "A & B feat. C".
    artist_line = models.CharField(max_length=500)
    artists = models.ManyToManyField(Party, through="ReleaseArtist", related_name="releases")
    label = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="label_releases")
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    genre = models.ForeignKey(Genre, on_delete=models.PROTECT, null=True)
    upc = models.CharField(max_length=14, blank=True)
    mbid = models.CharField(max_length=36, blank=True, default="")
    released_on = models.DateField()
    is_explicit = models.BooleanField(default=False)
    about = models.TextField(blank=True)
    # Whether buyers get the delivered files themselves too, byte for byte, with what they carry.
    offers_original = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "supplier", "upc", name="catalog_release_upc_once", condition=~Q(upc="")
            ),
        ]
        indexes = [
            models.Index("released_on", "id", name="catalog_release_by_day"),
            models.Index("genre", "released_on", "id", name="catalog_release_by_genre"),
            models.Index("label", "released_on", "id", name="catalog_release_by_label"),
            models.Index("upc", name="catalog_release_by_upc"),
        ]

    def __str__(self) -> str:
        return self.title


class ReleaseArtist(models.Model):
    """An artist of a release, in the sleeve's order."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE)
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("release", "party", name="catalog_release_artist_once"),
        ]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.party} on {self.release}"


class TrackQuerySet(models.QuerySet["Track"]):
    def present(self) -> TrackQuerySet:
        """Those that are part of their releases now."""
        return self.filter(left_at__isnull=True)


class Track(models.Model):
    """A recording's place on a release."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    slug = models.CharField(max_length=80)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="tracks")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="tracks")
    disc_number = models.PositiveSmallIntegerField(default=1)
    track_number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=500)
    artist_line = models.CharField(max_length=500)
    # Since when it is not part of the release any more; who bought it before that keeps it.
    left_at = models.DateTimeField(null=True)

    objects = TrackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "release", "disc_number", "track_number", name="catalog_track_place_once"
            ),
        ]
        ordering = ["disc_number", "track_number"]

    def __str__(self) -> str:
        return self.title

    def is_in_what_was_bought(self, *, at: datetime) -> bool:
        """Whether who bought the release at that instant has the track with it."""
        return self.left_at is None or at < self.left_at
