"""How much the store gives away in a campaign of its own, at most and so far."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.offers.models.codes import Campaign
from pennywhistle.kernel.money import Money


class Outlay(models.Model):
    """What a campaign takes off, at most of one purchase and of all together.

    Each campaign of the store has one: no code of it is redeemed otherwise, since prices are the
    suppliers', who may raise them. Only a redemption adds to what was given, in the database
    (migration 0003).
    """

    campaign = models.OneToOneField(
        Campaign, on_delete=models.PROTECT, related_name="outlay", primary_key=True
    )
    currency = models.CharField(max_length=3)
    purchase_max_micro = models.BigIntegerField()
    total_max_micro = models.BigIntegerField()
    given_micro = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purchase_max_micro__gt=0)
                & Q(purchase_max_micro__lte=F("total_max_micro")),
                name="offers_outlay_limits",
            ),
            models.CheckConstraint(
                condition=Q(given_micro__gte=0) & Q(given_micro__lte=F("total_max_micro")),
                name="offers_outlay_total",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="offers_outlay_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_micro} of {self.total_max_micro} {self.currency}"

    @property
    def purchase_max(self) -> Money:
        """The most that is taken off one purchase."""
        return Money(self.purchase_max_micro, self.currency)

    @property
    def total_max(self) -> Money:
        """The most that is taken off all purchases together."""
        return Money(self.total_max_micro, self.currency)

    @property
    def left_micro(self) -> int:
        """What may be taken off the next purchase."""
        return min(self.purchase_max_micro, self.total_max_micro - self.given_micro)
