"""How suppliers hear of their messages elsewhere: webhooks, what they were told, and feeds."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.intake.models.messages import Message, Notice
from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.users.models import User


def new_salt() -> str:
    """What makes a hook's secret its own (`telling.signing`)."""
    return secrets.token_hex(16)


class HookQuerySet(models.QuerySet["Hook"]):
    def registered_for(self, *, user: User) -> HookQuerySet:
        """Those of the parties that this person acts for, also the ones that are switched off."""
        parties = Party.objects.acted_for_by(user=user)
        return self.filter(supplier__in=parties, closed_at__isnull=True).order_by("id")

    def calling(self) -> HookQuerySet:
        """Those that are told of news."""
        return self.filter(closed_at__isnull=True, stopped_at__isnull=True)

    def due(self, *, at: datetime) -> HookQuerySet:
        """Those that have something to be told now, and have not failed just before."""
        is_patient = Q(next_call_at__isnull=True) | Q(next_call_at__lte=at)
        waiting = HookCall.objects.due(at=at).filter(hook=models.OuterRef("pk"))
        return self.calling().filter(is_patient).filter(models.Exists(waiting))


class Hook(models.Model):
    """An address of a supplier's that is called with news of its messages."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="hooks")
    url = models.CharField(max_length=500)
    secret_salt = models.CharField(max_length=32, default=new_salt)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # Switched off because it failed again and again; it can be switched on again.
    stopped_at = models.DateTimeField(null=True)
    # In a row; any success sets it to 0.
    failures = models.PositiveIntegerField(default=0)
    next_call_at = models.DateTimeField(null=True)

    objects = HookQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.url} of {self.supplier}"


class HookCallQuerySet(models.QuerySet["HookCall"]):
    def due(self, *, at: datetime) -> HookCallQuerySet:
        """Those to be made now, the oldest first."""
        return self.filter(due_at__lte=at).order_by("id")


class HookCall(models.Model):
    """One event for one hook. Tried again it is the same call: its public id names the event.

    `due_at` is empty once it was taken, or was given up.
    """

    class Event(models.TextChoices):
        APPLIED = "message.applied", gettext_noop("A message is in force")
        REFUSED = "message.refused", gettext_noop("A message was refused")
        HELD = "message.held", gettext_noop("A message waits for the operator")
        ALERT = "message.alert", gettext_noop("Something needs you")
        TEST = "test", gettext_noop("A test")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="calls")
    event = models.CharField(max_length=16, choices=Event.choices)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, null=True, related_name="+")
    body = models.JSONField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    # What the last try brought: the status of the answer, or why there was none.
    status = models.PositiveSmallIntegerField(null=True)
    trouble = models.CharField(max_length=200, blank=True)

    objects = HookCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "hook",
                "message",
                "event",
                name="intake_hook_message_once",
                condition=Q(message__isnull=False, notice__isnull=True),
            ),
            models.UniqueConstraint(
                "hook",
                "notice",
                name="intake_hook_notice_once",
                condition=Q(notice__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                "hook", "id", name="intake_hook_call_due", condition=Q(due_at__isnull=False)
            ),
            models.Index("created_at", name="intake_hook_call_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} for {self.hook}"


class FeedAddressQuerySet(models.QuerySet["FeedAddress"]):
    def held_by(self, *, user: User) -> FeedAddressQuerySet:
        """The open ones that this person made, of parties that they still act for."""
        parties = Party.objects.acted_for_by(user=user)
        return self.filter(user=user, supplier__in=parties, closed_at__isnull=True).order_by("id")


class FeedAddress(models.Model):
    """A secret address at which a feed reader finds a supplier's news; only its SHA-256 is kept.

    It is one person's: it answers as long as they act for the supplier.
    """

    supplier = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_sha256 = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    objects = FeedAddressQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "supplier",
                "user",
                name="intake_feed_once",
                condition=Q(closed_at__isnull=True),
            ),
        ]
        verbose_name_plural = "feed addresses"

    def __str__(self) -> str:
        return f"Feed of {self.supplier} for {self.user}"
