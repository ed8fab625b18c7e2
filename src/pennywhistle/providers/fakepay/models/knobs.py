"""The knobs by which fakepay misbehaves as real providers do; one row, turned by its operator."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q


class Webhooks(models.TextChoices):
    """How webhooks arrive."""

    ONCE = "once"
    TWICE = "twice"
    REORDERED = "reordered"
    LATE = "late"
    LOST = "lost"


class Refunds(models.TextChoices):
    """How refunds end, unless the payment's own scenario says otherwise."""

    AT_ONCE = "at-once"
    SLOW = "slow"
    FAIL = "fail"


class Payouts(models.TextChoices):
    """How payouts end."""

    AT_ONCE = "at-once"
    SLOW = "slow"
    FAIL = "fail"


class FakeKnobs(models.Model):
    """How fakepay behaves now."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    # Charges are refused, and what lies here stays here.
    frozen_at = models.DateTimeField(null=True)
    webhooks = models.CharField(max_length=10, choices=Webhooks.choices, default=Webhooks.ONCE)
    refunds = models.CharField(max_length=10, choices=Refunds.choices, default=Refunds.AT_ONCE)
    payouts = models.CharField(max_length=10, choices=Payouts.choices, default=Payouts.AT_ONCE)
    # Millionths of each payment, and an amount besides, in units of the payment's currency.
    fee_ppm = models.PositiveIntegerField(default=0)
    fee_micro = models.PositiveBigIntegerField(default=0)
    # For being disputed, and again for answering.
    dispute_fee_micro = models.PositiveBigIntegerField(default=15_000_000)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="fakepay_knobs_one_row"),
            models.CheckConstraint(condition=Q(fee_ppm__lte=1_000_000), name="fakepay_knobs_fee"),
        ]

    def __str__(self) -> str:
        return "fakepay's knobs"

    @classmethod
    def now_set(cls) -> Self:
        """As they are set; nothing is written before somebody turns one."""
        return cls.objects.filter(id=1).first() or cls()
