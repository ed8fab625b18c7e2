"""Recordings, the works that they play, and who is on them."""

from __future__ import annotations

from fractions import Fraction

from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.catalog.models.works import Role, Work
from pennywhistle.apps.parties.models import Party


class Recording(models.Model):
    """A performance of works, fixed."""

    title = models.CharField(max_length=500)
    # Not unique: two suppliers may hold the same recording (rights.md 4.2).
    isrc = models.CharField(max_length=12, blank=True)
    # As its supplier says; nothing is found by it.
    mbid = models.CharField(max_length=36, blank=True, default="")
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
