"""What is known of how payments were begun, and puzzles that were used."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Trace(models.Model):
    """From where a top-up was begun, and by what it was paid: what limits are counted by.

    Kept as evidence for as long as a bank may take a payment back; then it is deleted.
    """

    top_up = models.OneToOneField(
        "payments.TopUp", on_delete=models.CASCADE, primary_key=True, related_name="trace"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    created_at = models.DateTimeField()
    # The address that it was asked from, and the networks around that.
    address = models.CharField(max_length=45)
    network = models.CharField(max_length=50)
    network_wide = models.CharField(max_length=50)
    # Whether the provider was asked to make sure who pays, and whether the buyer's bank did.
    is_challenge_asked = models.BooleanField(default=False)
    is_challenged = models.BooleanField(default=False)
    fingerprint = models.CharField(max_length=120, blank=True)
    scheme = models.CharField(max_length=30, blank=True)
    decline_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index("user", "created_at", name="payments_trace_user"),
            models.Index("network", "created_at", name="payments_trace_network"),
            models.Index("network_wide", "created_at", name="payments_trace_wide"),
            models.Index(
                "fingerprint",
                "created_at",
                name="payments_trace_fingerprint",
                condition=~models.Q(fingerprint=""),
            ),
            models.Index("created_at", name="payments_trace_at"),
        ]

    def __str__(self) -> str:
        return f"trace of {self.top_up_id}"


class SpentPuzzle(models.Model):
    """A puzzle that let somebody pass; it lets nobody pass again."""

    nonce = models.CharField(max_length=32, primary_key=True)
    spent_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.nonce
