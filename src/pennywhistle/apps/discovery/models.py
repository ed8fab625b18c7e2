"""What the search is made of: what changed, who bought how much, and the index in the database."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from pennywhistle.apps.catalog.models import Release


class SearchDocument(models.Model):
    """The words of something that can be found; `object_id` is its row's id in its own table.

    Made from the catalog, never truth; only a store that keeps its index in the database has rows.
    """

    kind = models.CharField(max_length=8)
    object_id = models.BigIntegerField()
    # Empty for parties, which outlive their releases.
    release = models.ForeignKey(Release, on_delete=models.CASCADE, null=True, related_name="+")
    vector = SearchVectorField()
    marks = ArrayField(models.CharField(max_length=140), default=list, db_default=[])
    price_micro = models.BigIntegerField(default=0, db_default=0)
    released_on = models.DateField(null=True)
    buyers = models.IntegerField(default=0, db_default=0)
    sort = models.BigIntegerField(default=0, db_default=0)
    digest = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "object_id", name="discovery_document_once"),
        ]
        indexes = [GinIndex("vector", name="discovery_document_words")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Change(models.Model):
    """A row that search documents are made of came, changed or went.

    Written by the database's triggers in the transaction of the change, under its number, and read
    by every machine's follower (docs/algorithms/search.md); deleted after some days.
    """

    class Kind(models.TextChoices):
        RELEASE = "release"
        RECORDING = "recording"
        WORK = "work"
        PARTY = "party"
        GENRE = "genre"

    # The transaction's; numbers of rows are handed out before commits, and tell no order.
    xid = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    row_id = models.BigIntegerField()
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index("xid", "id", name="discovery_change_in_order"),
            models.Index("noted_at", name="discovery_change_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class Popularity(models.Model):
    """How many own an item: different people, none of whom acts for who sells it.

    Counted anew by the clock (`popularity.count_buyers`), never truth.
    """

    release = models.ForeignKey(
        Release, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    # Empty: the release as a whole.
    track_id = models.BigIntegerField(null=True)
    buyers = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "track_id"],
                name="discovery_popularity_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(buyers__gt=0), name="discovery_popularity_is_some"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.buyers} of release {self.release_id}"


class Position(models.Model):
    """How far the index in the database stands; what a folder says of itself in its own note."""

    name = models.CharField(max_length=20, primary_key=True)
    kept = models.JSONField()

    def __str__(self) -> str:
        return self.name
