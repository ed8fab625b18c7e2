"""Doors for money: which are open where, how much may lie behind each, what went wrong there."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

reason_length_max = 500


class DoorSwitchQuerySet(models.QuerySet["DoorSwitch"]):
    def standing(self) -> DoorSwitchQuerySet:
        """Those that hold now."""
        return self.filter(closed_at__isnull=True)

    def about(self, *, currency: str, country: str) -> DoorSwitchQuerySet:
        """Those that say something of a currency and a country."""
        return self.filter(currency__in=["", currency], country__in=["", country])


class DoorSwitch(models.Model):
    """A door is open or closed, everywhere or for a currency or country, since when and why.

    An operator's word stands until there is another; what the store closed by itself it opens by
    itself, or an operator does. Rows are closed, never edited.
    """

    class Cause(models.TextChoices):
        OPERATOR = "operator"
        FROZEN = "frozen"  # the provider says that it takes no payments
        HEALTH = "health"  # too few payments succeed
        EXPOSURE = "exposure"  # it holds more than it may

    provider = models.CharField(max_length=30)
    # Empty: all of them.
    currency = models.CharField(max_length=3, blank=True)
    country = models.CharField(max_length=2, blank=True)
    is_open = models.BooleanField()
    cause = models.CharField(max_length=10, choices=Cause)
    reason = models.CharField(max_length=reason_length_max)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = DoorSwitchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "provider",
                "currency",
                "country",
                "cause",
                name="payments_door_switch_once",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="payments_door_switch_by",
                condition=Q(cause="operator", recorded_by__isnull=False)
                | (~Q(cause="operator") & Q(recorded_by__isnull=True, is_open=False)),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="payments_door_switch_why"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {'open' if self.is_open else 'closed'}"


class DoorLimitQuerySet(models.QuerySet["DoorLimit"]):
    def standing(self) -> DoorLimitQuerySet:
        """Those that hold now."""
        return self.filter(closed_at__isnull=True)


class DoorLimit(models.Model):
    """How much of the store's money a provider may hold before its door closes."""

    provider = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    most_micro = models.BigIntegerField()
    reason = models.CharField(max_length=reason_length_max)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = DoorLimitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "provider",
                "currency",
                name="payments_door_limit_once",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(most_micro__gte=0), name="payments_door_limit_amount"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="payments_door_limit_why"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} up to {self.most}"

    @property
    def most(self) -> Money:
        """What it may hold."""
        return Money(self.most_micro, self.currency)


class DoorErrorQuerySet(models.QuerySet["DoorError"]):
    def since(self, instant: datetime) -> DoorErrorQuerySet:
        """Those after an instant, the newest first."""
        return self.filter(at__gt=instant).order_by("-at", "-id")


class DoorError(models.Model):
    """A payment that could not begin, because the provider did not answer or refused to."""

    provider = models.CharField(max_length=30)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    code = models.CharField(max_length=40)
    said = models.CharField(max_length=reason_length_max)
    at = models.DateTimeField()

    objects = DoorErrorQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("at", name="payments_door_error_at")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.code}"


class SweepQuerySet(models.QuerySet["Sweep"]):
    def waiting(self) -> SweepQuerySet:
        """Those that an operator has to move, the oldest first."""
        return self.filter(state=Sweep.State.DUE).order_by("day", "id")


class Sweep(models.Model):
    """What a provider holds for the store and should go to the store's bank, day by day.

    Once it is moved it is booked, with who said so and how.
    """

    class State(models.TextChoices):
        DUE = "due"
        MOVED = "moved"  # on its way to the bank: booked
        DROPPED = "dropped"  # not moved, or replaced by a later day's

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    provider = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    day = models.DateField()
    amount_micro = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    # The provider's or the bank's name of the transfer, or why it was dropped.
    words = models.CharField(max_length=reason_length_max, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = SweepQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "provider", "currency", "day", name="payments_sweep_once_a_day"
            ),
            models.UniqueConstraint(
                "provider", "currency", name="payments_sweep_one_due", condition=Q(state="due")
            ),
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="payments_sweep_amount"),
            models.CheckConstraint(
                condition=Q(state="due") | Q(settled_at__isnull=False) & ~Q(words=""),
                name="payments_sweep_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"sweep of {self.provider} on {self.day}"

    @property
    def amount(self) -> Money:
        """What should go to the bank."""
        return Money(self.amount_micro, self.currency)
