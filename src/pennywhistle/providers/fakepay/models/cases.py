"""What banks do later: disputes, and early warnings of fraud."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q

from pennywhistle.kernel.money import Money
from pennywhistle.providers.fakepay.models.moving import FakePayment


def new_dispute_ref() -> str:
    """A dispute's name."""
    return f"fd_{secrets.token_hex(12)}"


def new_warning_ref() -> str:
    """A warning's name."""
    return f"fw_{secrets.token_hex(12)}"


class FakeDispute(models.Model):
    """A buyer's bank takes a payment back; won and lost are final."""

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        WON = "won"
        LOST = "lost"

    ref = models.CharField(max_length=40, primary_key=True, default=new_dispute_ref)
    payment = models.OneToOneField(FakePayment, on_delete=models.CASCADE, related_name="dispute")
    amount_micro = models.BigIntegerField()
    # For being disputed, and for answering, which is given back if that wins.
    fee_micro = models.BigIntegerField()
    answer_fee_micro = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    # A question only: no money is taken.
    is_inquiry = models.BooleanField(default=False)
    reason = models.CharField(max_length=60, default="fraudulent")
    opened_at = models.DateTimeField()
    answer_until = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer_key = models.CharField(max_length=255, blank=True)
    evidence = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="fakepay_dispute_amount"),
            models.CheckConstraint(
                condition=Q(state__in=["won", "lost"], closed_at__isnull=False)
                | Q(state__in=["open", "answered"], closed_at__isnull=True),
                name="fakepay_dispute_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def amount(self) -> Money:
        """What is in dispute."""
        return Money(self.amount_micro, self.payment.currency)

    @property
    def fee(self) -> Money:
        """What fakepay has kept for it so far."""
        answered = 0 if self.state == self.State.WON else self.answer_fee_micro
        return Money(self.fee_micro + answered, self.payment.currency)


class FakeWarning(models.Model):
    """A bank's word that a payment is fraud."""

    ref = models.CharField(max_length=40, primary_key=True, default=new_warning_ref)
    payment = models.OneToOneField(FakePayment, on_delete=models.CASCADE, related_name="warning")
    told_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref
