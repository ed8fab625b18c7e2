"""What is sellable where: made from the register, never truth (docs/algorithms/availability.md)."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func, Q

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.rights.models.territory_sets import TerritorySet
from pennywhistle.kernel.territories import TERRITORY_CODES

_BIT_BY_CODE = {code: bit for bit, code in enumerate(TERRITORY_CODES)}


class AvailabilityQuerySet(models.QuerySet["Availability"]):
    def sellable(self, *, territory: str) -> AvailabilityQuerySet:
        """What may be sold in a territory; nothing where there is no such territory.

        Rows stand until the keeper replaces them, also those whose time has just run out: at the
        end of a year whole shelves would be empty for minutes. Checkout clears live.
        """
        if territory not in _BIT_BY_CODE:
            return self.none()
        places = TerritorySet.objects.holding(bit=_BIT_BY_CODE[territory]).values("digest")
        # An array is made once; joined, the few sets would be looked up again for each row.
        is_here: Func = Func(
            F("territories"),
            ArraySubquery(places),
            arg_joiner=" = ANY (",
            template="%(expressions)s)",
            output_field=models.BooleanField(),
        )
        return self.filter(is_here)


class Availability(models.Model):
    """An item may be sold at one price in these territories; what is sellable nowhere has no row.

    Rows are replaced (`apps.rights.work`). None of its columns is a foreign key in the database:
    a row that points to nothing is replaced like any other that is out of date.
    """

    release = models.ForeignKey(
        Release, on_delete=models.DO_NOTHING, related_name="availability",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    # Empty: the release as a whole.
    track = models.ForeignKey(
        Track, on_delete=models.DO_NOTHING, null=True, related_name="availability",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    territories = models.ForeignKey(
        TerritorySet, on_delete=models.DO_NOTHING, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    currency = models.CharField(max_length=3)
    price_micro = models.BigIntegerField()
    # The highest of the area: everybody is paid everywhere in it at this price.
    floor_micro = models.BigIntegerField()
    # The price is the least; the buyer names theirs.
    is_open = models.BooleanField(default=False, db_default=False)
    # When something that this rests on begins or ends; empty: never, as far as the register says.
    holds_until = models.DateTimeField(null=True)

    objects = AvailabilityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "track", "currency", "price_micro", "is_open"],
                name="rights_availability_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(price_micro__gt=0) & Q(floor_micro__gte=0),
                name="rights_availability_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track or self.release} in {self.territories}"


class DueRelease(models.Model):
    """A release whose availability is to be made anew from `due_at` on.

    It is due because something changed, or because something begins or ends then.
    """

    release = models.OneToOneField(
        Release, on_delete=models.DO_NOTHING, primary_key=True, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    due_at = models.DateTimeField()
    # One of very many that a single change reached: those that few changes reached go first.
    is_bulk = models.BooleanField(default=False)

    class Meta:
        db_table = "rights_due"
        indexes = [models.Index(F("is_bulk"), F("due_at"), name="rights_due_next")]

    def __str__(self) -> str:
        return f"release {self.release_id} at {self.due_at}"
