"""Buyers of whom the evidence says different places, and what an operator decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class PlaceDoubtQuerySet(models.QuerySet["PlaceDoubt"]):
    def open(self) -> PlaceDoubtQuerySet:
        """Those that wait, the oldest first."""
        return self.filter(closed_at__isnull=True).order_by("id")


class PlaceDoubt(models.Model):
    """A buyer was taxed in `country`; other evidence names `rival`, or several others.

    Closed by a decision, or because the evidence of later sales agrees.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    country = models.CharField(max_length=2)
    rival = models.CharField(max_length=2, blank=True)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = PlaceDoubtQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user",
                "country",
                name="invoices_doubt_one_a_place",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("recorded_at")),
                name="invoices_doubt_closed_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.country}?"


class PlaceDecision(models.Model):
    """Where the buyer belongs, and why. Written once."""

    doubt = models.OneToOneField(PlaceDoubt, on_delete=models.PROTECT, related_name="decision")
    country = models.CharField(max_length=2)
    reason = models.CharField(max_length=2_000)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="invoices_decision_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.doubt} {self.country}"
