"""The catalog's tables: genres, works, recordings, releases, tracks and who made them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from datetime import datetime


class Role(models.TextChoices):
    """What somebody did; the words of DDEX's allowed values, as people read them."""

    MAIN_ARTIST = "MainArtist", gettext_noop("Main artist")
    FEATURED_ARTIST = "FeaturedArtist", gettext_noop("Featured artist")
    PERFORMER = "Performer", gettext_noop("Performer")
    COMPOSER = "Composer", gettext_noop("Composer")
    LYRICIST = "Lyricist", gettext_noop("Lyricist")
    ARRANGER = "Arranger", gettext_noop("Arranger")
    PRODUCER = "Producer", gettext_noop("Producer")
    MIXER = "Mixer", gettext_noop("Mixing")
    MASTERING_ENGINEER = "MasteringEngineer", gettext_noop("Mastering")
    LABEL = "Label", gettext_noop("Label")


class Genre(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Work(models.Model):
    """A composition."""

    title = models.CharField(max_length=500)
    iswc = models.CharField(max_length=11, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("iswc", name="catalog_work_iswc_once", condition=~Q(iswc="")),
        ]

    def __str__(self) -> str:
        return self.title


class WorkCredit(models.Model):
    """Who wrote what of a work."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="credits")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="work_credits")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint("work", "party", "role", name="catalog_work_credit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.get_role_display()}"


class Recording(models.Model):
    """A performance of works, fixed."""

    title = models.CharField(max_length=500)
    # Not unique: two suppliers may hold the same recording (rights.md 4.2).
    isrc = models.CharField(max_length=12, blank=True)
    duration_ms = models.PositiveIntegerField()
    is_explicit = models.BooleanField(default=False)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    # What is believed now; `work_links` has all that ever was.
    works = models.ManyToManyField(Work, through="WorkPlayed", related_name="recordings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "supplier", "isrc", name="catalog_recording_isrc_once", condition=~Q(isrc="")
            ),
            models.CheckConstraint(condition=Q(duration_ms__gt=0), name="catalog_recording_lasts"),
        ]
        indexes = [models.Index("isrc", name="catalog_recording_by_isrc")]

    def __str__(self) -> str:
        return self.title


class RecordingWorkQuerySet(models.QuerySet["RecordingWork"]):
    def open(self) -> RecordingWorkQuerySet:
        """What the store believes now."""
        return self.filter(closed_at__isnull=True)


class RecordingWork(models.Model):
    """A work is played in a recording and takes up this part of it, as the store came to believe.

    Rows are closed and never edited, like the register's: a sale is cleared again by the links of
    its day. The open parts of a recording sum to at most one: to one where all that is played is
    known.
    """

    class Matched(models.TextChoices):
        """By whom, or by what, the two were brought together."""

        SUPPLIER = "supplier"
        ISRC = "isrc"
        TITLE = "title"
        OPERATOR = "operator"

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="work_links")
    work = models.ForeignKey(
        Work, on_delete=models.PROTECT, related_name="recording_links", db_index=False
    )
    part_numerator = models.BigIntegerField(default=1)
    part_denominator = models.BigIntegerField(default=1)
    matched_by = models.CharField(max_length=10, choices=Matched.choices, default=Matched.SUPPLIER)
    # How sure the match is; empty: somebody said so.
    confidence_permille = models.PositiveSmallIntegerField(null=True)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = RecordingWorkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "work"],
                name="catalog_recording_work_once",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("recorded_at")),
                name="catalog_recording_work_closed_after",
            ),
            models.CheckConstraint(
                condition=Q(part_numerator__gt=0)
                & Q(part_denominator__gt=0)
                & Q(part_numerator__lte=F("part_denominator")),
                name="catalog_recording_work_is_a_part",
            ),
            models.CheckConstraint(
                condition=Q(confidence_permille__isnull=True) | Q(confidence_permille__lte=1000),
                name="catalog_recording_work_confidence",
            ),
        ]
        indexes = [
            models.Index(
                "work", name="catalog_played_by_work", condition=Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work} in {self.recording}"

    @property
    def part(self) -> Fraction:
        """Its exact part of the recording."""
        return Fraction(self.part_numerator, self.part_denominator)


class WorkPlayed(models.Model):
    """The open links alone, for reading: what recordings play by what is believed now."""

    recording = models.ForeignKey(Recording, on_delete=models.DO_NOTHING, related_name="+")
    work = models.ForeignKey(Work, on_delete=models.DO_NOTHING, related_name="+")

    class Meta:
        # A view, which the database reads as if its condition stood in the query.
        managed = False
        db_table = "catalog_workplayed"

    def __str__(self) -> str:
        return f"{self.work} in {self.recording}"


class RecordingCredit(models.Model):
    """Who did what on a recording."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="credits")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="recording_credits")
    role = models.CharField(max_length=20, choices=Role.choices)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("recording", "party", "role", name="catalog_credit_once"),
        ]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.party}: {self.get_role_display()}"


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
