"""Lists that the clock makes and pages only read."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Chart(models.Model):
    """What sold to most people in a window of time, somewhere, in a genre or in all.

    Empty `territory`: everywhere. `genre_id` 0: all genres. A chart that fewer than the least
    buyers made has no row.
    """

    class Kind(models.TextChoices):
        RELEASES = "releases"
        TRACKS = "tracks"

    class Window(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        MONTH = "month"

    kind = models.CharField(max_length=8, choices=Kind)
    window = models.CharField(max_length=5, choices=Window)
    territory = models.CharField(max_length=2, blank=True)
    genre_id = models.BigIntegerField(default=0)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Different buyers whose purchases counted, also of what has no place.
    buyer_count = models.BigIntegerField()
    purchase_count = models.BigIntegerField()
    # Best first: releases or tracks, and how many different buyers each had.
    item_ids = ArrayField(models.BigIntegerField())
    buyer_counts = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "kind", "window", "territory", "genre_id", name="charts_chart_once"
            ),
            models.CheckConstraint(
                condition=Q(begins_at__lt=F("ends_at")) & Q(buyer_count__lte=F("purchase_count")),
                name="charts_chart_window",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of the {self.window}"


class Making(models.Model):
    """When a list was last made whole: `name` is the list, `ends_at` up to when it counts."""

    name = models.CharField(primary_key=True, max_length=20)
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} up to {self.ends_at}"


class Together(models.Model):
    """People who bought a release bought another: the best of them, by release."""

    release_id = models.BigIntegerField(primary_key=True)
    other_ids = ArrayField(models.BigIntegerField())
    # How many bought both.
    buyer_counts = ArrayField(models.BigIntegerField())
    # How much more often than by chance: its square, in millionths.
    weights = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"with {self.release_id}"


class LabelLine(models.Model):
    """A label that has something on the shelves, where it stands in the index by letter."""

    party_id = models.BigIntegerField(primary_key=True)
    # What was read of it when the line was made: whoever has another name gets another line.
    name = models.CharField(max_length=300)
    letter = models.CharField(max_length=4)
    sort_key = models.CharField(max_length=300, db_collation="C")
    release_count = models.BigIntegerField()

    class Meta:
        indexes = [models.Index("letter", "sort_key", "party_id", name="charts_label_by_letter")]

    def __str__(self) -> str:
        return self.name
