"""Money that goes back from a balance to where it came from."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.users.models import User

reason_length_max = 500


class PaybackQuerySet(models.QuerySet["Payback"]):
    def of(self, *, user: User) -> PaybackQuerySet:
        """This person's paybacks, newest first."""
        return self.filter(user=user).order_by("-created_at", "-id")

    def open(self) -> PaybackQuerySet:
        """Those whose end is not known yet."""
        return self.filter(state__in=[Payback.State.CREATED, Payback.State.SENT])

    def due(self, *, at: datetime) -> PaybackQuerySet:
        """Those to send, or to ask about, the longest due first."""
        return self.open().filter(due_at__lte=at).order_by("due_at", "id")

    def stranded(self, *, providers: Collection[str]) -> PaybackQuerySet:
        """Those that wait for a provider that is none of these."""
        return self.open().exclude(top_up__provider__in=providers)

    def standing(self) -> PaybackQuerySet:
        """Those that took money from their top-up: all that did not fail."""
        return self.exclude(state=Payback.State.FAILED)

    def from_top_up(self, top_up_id: UUID) -> PaybackQuerySet:
        """What goes back, or went, of one top-up."""
        return self.filter(top_up=top_up_id)


class Payback(models.Model):
    """A part of a top-up that goes back; committed, and off the balance, before it is sent."""

    class State(models.TextChoices):
        CREATED = "created"  # off the balance; the provider was not told yet
        SENT = "sent"  # the provider was told, or just before it is
        DONE = "done"  # it has arrived, as far as the provider can say
        FAILED = "failed"  # back on the balance, for the reason given; also after it was done

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    # Of the request, which may take from several top-ups.
    key = models.CharField(max_length=64)
    top_up = models.ForeignKey(
        "payments.TopUp", on_delete=models.PROTECT, related_name="paybacks", db_index=False
    )
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    reason = models.CharField(max_length=reason_length_max, blank=True)
    created_at = models.DateTimeField()
    # While it is open: when to send it, or to ask the provider next.
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = PaybackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("top_up", "user", "key", name="payments_payback_once"),
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0), name="payments_payback_positive"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(reason=""), name="payments_payback_failed_why"
            ),
        ]
        indexes = [
            models.Index(
                "due_at", name="payments_payback_due", condition=Q(state__in=["created", "sent"])
            ),
        ]

    def __str__(self) -> str:
        return f"payback {self.id}"
