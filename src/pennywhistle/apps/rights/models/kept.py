"""What every row of the register has: when it is true in the world, and when the store knew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

_Row_co = TypeVar("_Row_co", bound=models.Model, covariant=True)


class KeptQuerySet(models.QuerySet[_Row_co]):
    """Questions to rows that are closed and never edited."""

    def open(self) -> Self:
        """What the store believes now."""
        return self.filter(closed_at__isnull=True)

    def known(self, *, at: datetime) -> Self:
        """What the store believed at an instant."""
        return self.filter(recorded_at__lte=at).filter(
            Q(closed_at__isnull=True) | Q(closed_at__gt=at)
        )


class Kept(models.Model):
    """A row that is closed once and otherwise never changed; both times are the store's."""

    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("recorded_at")),
                name="rights_%(class)s_closed_after",
            ),
        ]


class Dated(Kept):
    """A kept row that holds for a time in the world: [`valid_from`, `valid_until`)."""

    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                name="rights_%(class)s_period",
            ),
        ]

    @property
    def valid(self) -> Period:
        """When it holds in the world."""
        return Period(self.valid_from, self.valid_until)


def words_field(size_max: int = 8) -> ArrayField[Any, Any]:
    """A column for a sorted set of DDEX's or the register's words (rights, uses)."""
    return ArrayField(models.CharField(max_length=40), size=size_max)


def open_only() -> Q:
    """The condition of indexes and constraints that are about open rows."""
    return Q(closed_at__isnull=True)
