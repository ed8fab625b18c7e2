"""What others' tables say: rates of tax as a data set has them, and rates of exchange."""

from __future__ import annotations

from fractions import Fraction

from django.db import models
from django.db.models import F, Q


class RateReading(models.Model):
    """A version of the data set that the store has seen: its standard rates. Written once."""

    version = models.DateField(primary_key=True)
    # By ISO 3166-1 code: percent of the net price as a decimal text.
    percents = models.JSONField()
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"rates of {self.version}"


class RateProposal(models.Model):
    """A rate of the data set that differs from the store's; closed when an operator decided.

    `begins_on` is the day that the rate seems to hold from; empty where that cannot be told.
    """

    territory = models.CharField(max_length=2)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    begins_on = models.DateField(null=True)
    version = models.DateField()
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "territory",
                name="taxes_proposal_one_a_territory",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(numerator__gte=0)
                & Q(denominator__gt=0)
                & Q(numerator__lte=F("denominator")),
                name="taxes_proposal_is_a_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate} proposed for {self.territory}"

    @property
    def rate(self) -> Fraction:
        """As a part of the net price."""
        return Fraction(self.numerator, self.denominator)


class ExchangeRate(models.Model):
    """How much of a currency the European Central Bank gave for a euro on a day. Written once."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    per_euro = models.DecimalField(max_digits=18, decimal_places=8)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("currency", "day", name="taxes_exchange_rate_once"),
            models.CheckConstraint(
                condition=Q(per_euro__gt=0), name="taxes_exchange_rate_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.per_euro} {self.currency} on {self.day}"
