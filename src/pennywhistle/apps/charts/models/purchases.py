"""Purchases as charts count them, and how far the log was read for them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Reading(models.Model):
    """How far the log was read: one row, moved in the transaction that writes what was read."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    next_index = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="charts_reading_is_one"),
        ]

    def __str__(self) -> str:
        return f"read up to {self.next_index}"


class Purchase(models.Model):
    """A sale, and whether it counts; none of its columns is a foreign key in the database.

    Rows are made from the log and the orders, and forgotten after a while: never truth.
    """

    class LeftOut(models.TextChoices):
        """Why a sale does not count."""

        NOT = ""
        OWN_PEOPLE = "own"  # who pays acts for somebody who delivers it or is paid for it
        OPERATOR = "operator"  # who pays runs the store
        PRICE = "price"  # a cent or less, or less than half of what is asked
        AGAIN = "again"  # the same payer had bought the same item before

    # The sale's entry.
    entry_id = models.UUIDField(primary_key=True)
    # Who paid: of a gift its giver, else the buyer.
    payer_id = models.BigIntegerField()
    release_id = models.BigIntegerField()
    track_id = models.BigIntegerField(null=True)
    territory = models.CharField(max_length=2)
    bought_at = models.DateTimeField()
    # Supplier, label, artists and payees: whose people's purchases do not count.
    party_ids = ArrayField(models.BigIntegerField())
    left_out = models.CharField(max_length=8, choices=LeftOut, blank=True)

    class Meta:
        constraints = [
            # Once per payer and item, whatever is sold and given back again in between.
            models.UniqueConstraint(
                "payer_id",
                "release_id",
                "track_id",
                name="charts_counted_once",
                condition=Q(left_out=""),
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index("bought_at", name="charts_purchase_by_time")]

    def __str__(self) -> str:
        return f"purchase {self.entry_id}"
