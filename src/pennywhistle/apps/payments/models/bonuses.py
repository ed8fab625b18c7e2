"""What the store adds to large top-ups."""

from __future__ import annotations

from fractions import Fraction

from django.db import models
from django.db.models import F, Q


class BonusStepQuerySet(models.QuerySet["BonusStep"]):
    def open(self, *, currency: str) -> BonusStepQuerySet:
        """What the store promises now, the smallest amount first."""
        return self.filter(closed_at__isnull=True, currency=currency).order_by("from_micro")


class BonusStep(models.Model):
    """Who pays in so much at once gets a part of it on top, out of the store's own account."""

    currency = models.CharField(max_length=3)
    from_micro = models.BigIntegerField()
    numerator = models.IntegerField()
    denominator = models.IntegerField()
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = BonusStepQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "currency",
                "from_micro",
                name="payments_bonus_step_once",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(from_micro__gt=0)
                & Q(numerator__gt=0)
                & Q(numerator__lte=F("denominator")),
                name="payments_bonus_step_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator} from {self.from_micro} {self.currency}"

    @property
    def part(self) -> Fraction:
        """What is added, as a part of what is paid in."""
        return Fraction(self.numerator, self.denominator)
