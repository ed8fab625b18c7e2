"""Rates of tax by territory. Rows are never changed, only closed (`closed_at`).

The database refuses two open rates for the same territory and time (`migrations/0002_guards.py`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from datetime import datetime


class TaxRateQuerySet(models.QuerySet["TaxRate"]):
    def open(self) -> TaxRateQuerySet:
        """What the store believes now."""
        return self.filter(closed_at__isnull=True)

    def of(self, *, territory: str) -> TaxRateQuerySet:
        """Those of one territory."""
        return self.filter(territory=territory)

    def valid(self, *, at: datetime) -> TaxRateQuerySet:
        """Those that hold at an instant."""
        return self.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=at)).filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=at)
        )

    def overlapping(self, *, period: Period) -> TaxRateQuerySet:
        """Those that hold at some instant of a period."""
        found = self
        if period.ends_at is not None:
            found = found.filter(Q(valid_from__isnull=True) | Q(valid_from__lt=period.ends_at))
        if period.starts_at is not None:
            found = found.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=period.starts_at))
        return found


class TaxRate(models.Model):
    """Tax that the store owes on what it sells in a territory, as an exact part of the net price.

    `valid_from`/`valid_until`: when the law says so, in instants, because a day begins at another
    instant in each place; `recorded_at`/`closed_at`: when the store knew. Periods are half-open;
    None is without bound.
    """

    territory = models.CharField(max_length=2)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    # Who says so: a law, an office's page, a data set and its version.
    source = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = TaxRateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(territory__regex=r"^[A-Z]{2}$"), name="taxes_rate_territory"
            ),
            models.CheckConstraint(
                condition=Q(numerator__gte=0)
                & Q(denominator__gt=0)
                & Q(numerator__lte=F("denominator")),
                name="taxes_rate_is_a_part",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                name="taxes_rate_period",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("recorded_at")),
                name="taxes_rate_closed_after_recorded",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="taxes_rate_has_a_source"),
        ]
        indexes = [
            models.Index("territory", name="taxes_rate_open", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.rate} in {self.territory}"

    @property
    def rate(self) -> Fraction:
        """19/100 for 19 % of the net price."""
        return Fraction(self.numerator, self.denominator)

    @property
    def period(self) -> Period:
        """When it holds in the world."""
        return Period(self.valid_from, self.valid_until)
