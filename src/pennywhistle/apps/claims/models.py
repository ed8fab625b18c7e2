"""Disputes over shares. The database opens them; they are closed once and never edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Evidence, OwnershipShare

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.rights.models.ownership import OwnershipShareQuerySet
    from pennywhistle.apps.users.models import User

OPEN = Q(settled_at__isnull=True)


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> DisputeQuerySet:
        """Those that wait for a settlement."""
        return self.filter(OPEN)

    def of_party(self, *, user: User) -> DisputeQuerySet:
        """Those in which a party that this person acts for claims a share."""
        return self.filter(Exists(_shares_of(user).open().standing()))

    def told_to(self, *, user: User) -> DisputeQuerySet:
        """Those in which such a party claims a share, or claimed one while it was open."""
        claimed = (
            _shares_of(user)
            .standing()
            .filter(Q(closed_at__isnull=True) | Q(closed_at__gt=OuterRef("opened_at")))
        )
        in_time = claimed.filter(recorded_at__lt=OuterRef("settled_at"))
        return self.filter(Exists(claimed) & OPEN | Exists(in_time))


def _shares_of(user: User) -> OwnershipShareQuerySet:
    """The shares of this person's parties in what a dispute is about."""
    return OwnershipShare.objects.filter(
        Q(work=OuterRef("work")) | Q(recording=OuterRef("recording")),
        right=OuterRef("right"),
        party__in=Party.objects.acted_for_by(user=user),
    )


class Dispute(models.Model):
    """The shares of one right in one work or recording are more than the whole, somewhere.

    Of a work only the contested part is held; a recording is not sold until it is settled
    (rights.md 4.3, 4.5). Opened by the database when the share is recorded (0002).
    """

    work = models.ForeignKey(Work, on_delete=models.PROTECT, null=True, related_name="disputes")
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, null=True, related_name="disputes"
    )
    right = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    # By when the claimants hand in what proves their shares.
    evidence_due_at = models.DateTimeField()
    # When the contested part of earlier sales was held last; empty while that is still to do.
    held_back_at = models.DateTimeField(null=True)
    # The newest share of its right when that was done: a later one joined. Not by its time, which
    # is read before the share is committed.
    share_seen_id = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Empty where the claimants withdrew or lowered shares until they fit together.
    settlement = models.CharField(max_length=2_000, blank=True)
    settlement_evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = DisputeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(work__isnull=True) ^ Q(recording__isnull=True),
                name="claims_dispute_is_about_one",
            ),
            models.UniqueConstraint(
                fields=["work", "recording", "right"],
                name="claims_dispute_once",
                condition=OPEN,
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index("evidence_due_at", name="claims_dispute_open", condition=OPEN)]

    def __str__(self) -> str:
        return f"dispute {self.pk} over {self.right} of {self.work or self.recording}"

    @property
    def subject(self) -> str:
        """The work's or recording's ref, as codes of money that is kept apart have it."""
        return f"work-{self.work_id}" if self.work_id else f"recording-{self.recording_id}"


class Position(models.Model):
    """What a claimant says for its share, and the document that proves it. Written once."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="positions")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    statement = models.CharField(max_length=2_000)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    stated_at = models.DateTimeField()

    class Meta:
        ordering = ["stated_at", "id"]

    def __str__(self) -> str:
        return f"{self.party} in {self.dispute}"


class Notice(models.Model):
    """Somebody who acts for a claimant is told of a dispute by mail: once, however often tried.

    The row is there before the mail, so that a mail server that is down loses nothing.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    noted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "user"], name="claims_notice_once"),
        ]
        indexes = [
            models.Index(
                "try_count",
                "id",
                name="claims_notice_waits",
                condition=Q(sent_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is told of {self.dispute}"


class TransferWordQuerySet(models.QuerySet["TransferWord"]):
    def newest_for(self, *, recording_id: int) -> list[TransferWord]:
        """What holds for a recording, between any two suppliers: the newest word first."""
        about = self.filter(Q(recording=recording_id) | Q(recording__isnull=True))
        return list(about.order_by("-id"))


class TransferWord(models.Model):
    """An operator says whose the sales were that a catalog's transfer left open. Written once.

    The newest word about a recording holds, whether it is about that one or the whole catalog.
    """

    class Whose(models.TextChoices):
        OLD = "old"  # all of the supplier's who gives the catalog away
        NEW = "new"  # all of the supplier's who takes it over
        BY_DAY = "by-day"  # the old one's before an instant, the new one's from then on

    from_supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    to_supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    # Empty: every recording of the catalog.
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, null=True, related_name="transfer_words"
    )
    whose = models.CharField(max_length=6, choices=Whose.choices)
    changes_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=2_000)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()

    objects = TransferWordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(whose__in=["old", "new"], changes_at__isnull=True)
                | Q(whose="by-day", changes_at__isnull=False),
                name="claims_transferword_whose",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="claims_transferword_reason"),
            models.CheckConstraint(
                condition=~Q(from_supplier=models.F("to_supplier")),
                name="claims_transferword_of_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_supplier} to {self.to_supplier}: {self.whose}"

    def owner_at(self, at: datetime) -> int:
        """Whose a sale at that instant was, by the party's id."""
        if self.whose == TransferWord.Whose.BY_DAY:
            assert self.changes_at is not None, "the database asks for it"
            is_new = at >= self.changes_at
        else:
            is_new = self.whose == TransferWord.Whose.NEW
        return self.to_supplier_id if is_new else self.from_supplier_id
