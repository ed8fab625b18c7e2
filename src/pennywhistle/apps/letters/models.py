"""Which orders' receipts were mailed, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.orders.models import Order

if TYPE_CHECKING:
    from datetime import datetime


class OrderLetterQuerySet(models.QuerySet["OrderLetter"]):
    def unsealed(self, *, since: datetime) -> OrderLetterQuerySet:
        """Those whose buyer has no sealed receipt by mail, what failed least first."""
        return self.filter(sealed_at__isnull=True, placed_at__gt=since).order_by(
            "try_count", "order_id"
        )


class OrderLetter(models.Model):
    """The mail about an order: with its sealed receipts, or at first without."""

    # Orders are never deleted; as with their own tables, no lock is taken on them.
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    placed_at = models.DateTimeField()
    # Sent before the log had it.
    provisional_at = models.DateTimeField(null=True)
    # Sent with receipts that anybody can check.
    sealed_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)

    objects = OrderLetterQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                "try_count",
                "order",
                name="letters_order_unsealed",
                condition=Q(sealed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"letter about {self.order_id}"
