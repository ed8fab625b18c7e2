"""Top-ups, and what providers told about them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.users.models import User


class TopUpQuerySet(models.QuerySet["TopUp"]):
    def of(self, *, user: User) -> TopUpQuerySet:
        """This person's top-ups, newest first."""
        return self.filter(user=user).order_by("-created_at")

    def open(self) -> TopUpQuerySet:
        """Those whose end is not known yet."""
        return self.filter(state__in=[TopUp.State.CREATED, TopUp.State.PENDING])

    def due(self, *, at: datetime) -> TopUpQuerySet:
        """Those to ask their provider about, the longest due first."""
        return self.filter(state=TopUp.State.PENDING, due_at__lte=at).order_by("due_at", "id")

    def never_started(self, *, at: datetime) -> TopUpQuerySet:
        """Those that no provider was told of in time."""
        return self.filter(state=TopUp.State.CREATED, due_at__lte=at)

    def known_as(self, *, provider: str, ref: str) -> TopUpQuerySet:
        """The one that the provider calls so, or none."""
        return self.filter(provider=provider, provider_ref=ref)


class TopUp(models.Model):
    """Money that a buyer wants to pay in; committed before the provider is asked."""

    class State(models.TextChoices):
        CREATED = "created"  # intent written, provider not asked yet
        PENDING = "pending"  # the provider knows of it
        PAID = "paid"  # credited to the balance
        FAILED = "failed"  # declined, canceled or expired

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    key = models.CharField(max_length=64)
    provider = models.CharField(max_length=30)
    provider_ref = models.CharField(max_length=120, blank=True)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # What the store adds when it is paid, as was promised when it began.
    bonus_micro = models.BigIntegerField(default=0, db_default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    # Where to on this store's pages, afterwards.
    return_path = models.CharField(max_length=300, default="/")
    created_at = models.DateTimeField()
    # While it is open: when to ask the provider next, or to give it up if none was told of it.
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = TopUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "key", name="payments_topup_key_once"),
            models.UniqueConstraint(
                "provider",
                "provider_ref",
                name="payments_topup_ref_once",
                condition=~Q(provider_ref=""),
            ),
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="payments_topup_positive"),
            models.CheckConstraint(
                condition=Q(bonus_micro__gte=0) & Q(bonus_micro__lte=F("amount_micro")),
                name="payments_topup_bonus",
            ),
        ]
        indexes = [
            models.Index(
                "due_at", name="payments_topup_due", condition=Q(state__in=["created", "pending"])
            ),
            models.Index("settled_at", name="payments_topup_settled"),
        ]

    def __str__(self) -> str:
        return f"top-up {self.id}"


class ProviderNoticeQuerySet(models.QuerySet["ProviderNotice"]):
    def taken(self, *, provider: str, notice_id: str) -> ProviderNoticeQuerySet:
        """The notice of this name, if it was taken before."""
        return self.filter(provider=provider, notice_id=notice_id)


class ProviderNotice(models.Model):
    """A webhook that was received; kept once, so that the hundredth copy does nothing."""

    provider = models.CharField(max_length=30)
    notice_id = models.CharField(max_length=120)
    provider_ref = models.CharField(max_length=120)
    received_at = models.DateTimeField()

    objects = ProviderNoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("provider", "notice_id", name="payments_notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.notice_id}"
