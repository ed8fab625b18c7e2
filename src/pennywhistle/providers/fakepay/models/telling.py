"""What fakepay says: webhooks that it has to send, and answers that it has given."""

from __future__ import annotations

import secrets

from django.db import models

from pennywhistle.providers.fakepay.models.moving import FakePayment


def new_notice_id() -> str:
    """A webhook's name."""
    return f"fn_{secrets.token_hex(12)}"


class FakeWebhook(models.Model):
    """A webhook to be sent: what changed. It names no state: the store has to ask."""

    class About(models.TextChoices):
        PAYMENT = "payment"
        REFUND = "refund"
        DISPUTE = "dispute"
        WARNING = "warning"

    notice_id = models.CharField(max_length=40, primary_key=True, default=new_notice_id)
    payment = models.ForeignKey(FakePayment, on_delete=models.CASCADE, related_name="webhooks")
    about = models.CharField(max_length=10, choices=About.choices, default=About.PAYMENT)
    # The refund's, dispute's or warning's name.
    subject_ref = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    # How many copies are sent; none of one that gets lost.
    copy_count = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return self.notice_id


class FakeAnswer(models.Model):
    """What the Stripe-shaped face answered to an idempotency key."""

    key = models.CharField(max_length=255, primary_key=True)
    # SHA-256 of the method, path and parameters that it came with.
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
