"""Release messages (DDEX ERN): each that a supplier sent, and what it did to its release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.models.deliveries import Delivery
from pennywhistle.apps.intake.models.mailboxes import Parcel
from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class MessageQuerySet(models.QuerySet["Message"]):
    def sent_for(self, *, user: User) -> MessageQuerySet:
        """Messages of the parties that this person acts for, newest first."""
        parties = Party.objects.acted_for_by(user=user)
        return self.filter(supplier__in=parties).order_by("-received_at", "-id")

    def unfinished(self) -> MessageQuerySet:
        """Those of which it is not decided yet what they do."""
        return self.filter(state__in=(Message.State.WAITING, Message.State.CHECKING))


class Message(models.Model):
    """A NewReleaseMessage or a PurgeReleaseMessage, as it was sent.

    The document is kept under its SHA-256 in the folder of messages; what was not understood in
    it can be read again there. A message that cannot be read has no sender and no id of its own.
    """

    class Kind(models.TextChoices):
        NEW_RELEASE = "new-release", gettext_noop("Release")
        PURGE = "purge", gettext_noop("Purge")
        UNREADABLE = "unreadable", gettext_noop("Not readable")

    class State(models.TextChoices):
        WAITING = "waiting", gettext_noop("Waits for its turn")
        CHECKING = "checking", gettext_noop("Being checked")
        APPLIED = "applied", gettext_noop("In force")
        SUPERSEDED = "superseded", gettext_noop("Replaced by a newer message")
        IGNORED = "ignored", gettext_noop("Changed nothing")
        REFUSED = "refused", gettext_noop("Refused")
        HELD = "held", gettext_noop("Waits for the operator")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="messages")
    # Empty: it did not come through a mailbox.
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, null=True, related_name="messages")
    source_name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    sender_dpid = models.CharField(max_length=40, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    # When its sender made it (MessageCreatedDateTime): messages take effect in this order.
    created_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    # What was found, as `engines.ddex.Finding`s and those of the files; what it changed.
    findings = models.JSONField(default=list)
    change = models.JSONField(default=dict)
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, related_name="messages"
    )
    # The files that came with it; empty where none did.
    delivery = models.OneToOneField(
        Delivery, on_delete=models.PROTECT, null=True, related_name="message"
    )
    finished_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            # By supplier, too: nobody can use up the ids of somebody else's messages.
            models.UniqueConstraint(
                "supplier",
                "sender_dpid",
                "message_id",
                name="intake_message_id_once",
                condition=~Q(message_id=""),
            ),
            models.UniqueConstraint(
                "supplier",
                "sha256",
                name="intake_message_unreadable_once",
                condition=Q(kind="unreadable"),
            ),
        ]
        indexes = [
            models.Index("supplier", "received_at", "id", name="intake_message_by_supplier"),
            models.Index(
                "supplier",
                "created_at",
                "id",
                name="intake_message_unfinished",
                condition=Q(state__in=("waiting", "checking")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id or self.source_name} of {self.supplier}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def sent_to(self, *, user: User) -> NoticeQuerySet:
        """Notices for the parties that this person acts for, newest first."""
        return self.filter(supplier__in=Party.objects.acted_for_by(user=user)).order_by("-id")

    def unseen(self) -> NoticeQuerySet:
        """Alerts that nobody has marked as seen."""
        return self.filter(level=Notice.Level.ALERT, seen_at__isnull=True)


class Notice(models.Model):
    """Something that a supplier should hear of: in the mailbox, the feed, by webhook and mail.

    `code` is stable; sentence and cure are English, as the engine says them.
    """

    class Level(models.TextChoices):
        ALERT = "alert", gettext_noop("Needs you")
        NOTE = "note", gettext_noop("For your knowledge")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="notices")
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="notices"
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, related_name="notices"
    )
    level = models.CharField(max_length=5, choices=Level.choices)
    code = models.CharField(max_length=40)
    sentence = models.CharField(max_length=1000)
    cure = models.CharField(max_length=600, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("supplier", "id", name="intake_notice_by_supplier"),
            models.Index(
                "supplier",
                "id",
                name="intake_notice_unseen",
                condition=Q(level="alert", seen_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} for {self.supplier}"
