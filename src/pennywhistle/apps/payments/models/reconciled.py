"""What providers' balance reports say, and what does not agree with the books.

A report's lines are written once. A difference is opened by the reconciliation of a day, and closed
by a person with a posting and a reason, or by the next day's reconciliation when what it missed has
come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

reason_length_max = 500


class ProviderMovementQuerySet(models.QuerySet["ProviderMovement"]):
    def of(self, *, provider: str, currency: str) -> ProviderMovementQuerySet:
        """A provider's, in their order."""
        return self.filter(provider=provider, currency=currency).order_by("moved_at", "id")


class ProviderMovement(models.Model):
    """One line of a provider's balance report (`abilities.Movement`)."""

    provider = models.CharField(max_length=30)
    ref = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    amount_micro = models.BigIntegerField()
    fee_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    moved_at = models.DateTimeField()
    available_at = models.DateTimeField(null=True)
    source_ref = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    read_at = models.DateTimeField()

    objects = ProviderMovementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("provider", "ref", name="payments_movement_once"),
        ]
        indexes = [
            models.Index(fields=["provider", "currency", "moved_at"], name="payments_movement_by")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.ref}"

    @property
    def amount(self) -> Money:
        """What came in (above zero) or went out, before the fee."""
        return Money(self.amount_micro, self.currency)

    @property
    def net_micro(self) -> int:
        """What changed on the account, in micro-units."""
        return self.amount_micro - self.fee_micro


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def open(self) -> DifferenceQuerySet:
        """What waits for a person, the oldest first."""
        return self.filter(settled_at__isnull=True).order_by("found_at", "id")


class Difference(models.Model):
    """Something that a provider or the bank says and the books do not, or the other way round."""

    class Kind(models.TextChoices):
        UNKNOWN = "unknown"  # a line of the report that nothing in the books explains
        MISSING = "missing"  # the books have it, and the report should by now
        AMOUNT = "amount"  # both have it, with different amounts
        BALANCE = "balance"  # the sums differ, though every line agrees
        GAP = "gap"  # statements do not follow each other: one is missing

    provider = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # What it is about: the line's ref, or the entry's key in the books.
    subject = models.CharField(max_length=160)
    # By how much the provider has more than the books.
    amount_micro = models.BigIntegerField()
    said = models.CharField(max_length=1_000)
    # The entries in question: [{"where": "books" or "provider", "what": …, "amount": …, "at": …}].
    entries = models.JSONField(default=list)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=reason_length_max, blank=True)
    ledger_key = models.CharField(max_length=120, blank=True)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "provider",
                "currency",
                "kind",
                "subject",
                name="payments_difference_open_once",
                condition=Q(settled_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | ~Q(reason=""),
                name="payments_difference_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.subject}"

    @property
    def amount(self) -> Money:
        """By how much the provider has more than the books."""
        return Money(self.amount_micro, self.currency)

    def age_days(self, *, at: datetime) -> int:
        """How many whole days it waits."""
        return (at - self.found_at).days
