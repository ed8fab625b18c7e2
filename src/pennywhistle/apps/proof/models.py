"""The log's durable order (leaves), its pages and its signed head."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pennywhistle.apps.ledger.models import Account, Entry


class Announcement(models.Model):
    """Terms of an item (C), a statement (T) or a payout (O), by what the log holds of it.

    `document` is what opens it: an item's areas, record by record; empty for what others keep.
    """

    class Kind(models.TextChoices):
        """The tag of its leaf."""

        TERMS = "C"
        STATEMENT = "T"
        PAYOUT = "O"

    kind = models.CharField(max_length=1, choices=Kind)
    subject = models.CharField(max_length=255)
    digest = models.BinaryField(max_length=32)
    document = models.BinaryField(default=b"")
    announced_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "subject", "-id"], name="proof_announced_newest")]
        constraints = [
            # Terms may change; a statement and a payout have one version.
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=~Q(kind="C"), name="proof_announced_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class AnnouncementWaiting(models.Model):
    """An announcement that the log does not hold yet."""

    announcement = models.OneToOneField(
        Announcement, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.announcement_id)


class Waiting(models.Model):
    """An entry that the log does not hold yet. The database adds it with the entry itself."""

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, db_constraint=False, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.entry_id)


class Leaf(models.Model):
    """A record of the log at its place. Written once; the files of the log are made from these."""

    log_index = models.BigIntegerField(primary_key=True)
    record = models.BinaryField()
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, related_name="leaf", db_constraint=False
    )
    announcement = models.OneToOneField(
        Announcement, on_delete=models.PROTECT, null=True, related_name="leaf"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(log_index__gte=0), name="proof_leaf_index"),
        ]

    def __str__(self) -> str:
        return f"leaf {self.log_index}"


class Head(models.Model):
    """The last checkpoint that was signed: one row, changed by compare and swap."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField()
    checkpoint = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="proof_head_is_one")]

    def __str__(self) -> str:
        return f"head of {self.size}"


class CosignedHead(models.Model):
    """The last head that witnesses cosigned: one row, written after the head was published."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField()
    # The signed head as it was published, with the witnesses' lines below it.
    checkpoint = models.TextField()
    # Names of the witnesses as the policy calls them.
    witnesses = models.JSONField()
    is_quorum = models.BooleanField()
    cosigned_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="proof_cosigned_is_one")]

    def __str__(self) -> str:
        return f"cosigned head of {self.size}"


class Page(models.Model):
    """A closed stretch of the ledger: one line for every account, under one root in the log."""

    number = models.BigIntegerField(primary_key=True)
    account_count = models.IntegerField()
    first_index = models.BigIntegerField()
    end_index = models.BigIntegerField()
    lines_root = models.BinaryField()
    # The hashes of lines 0 to M - 1, 32 bytes each: paths to them are made from these.
    line_hashes = models.BinaryField()
    leaf = models.OneToOneField(Leaf, on_delete=models.PROTECT, related_name="page")
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end_index__gte=models.F("first_index")), name="proof_page_stretch"
            ),
        ]

    def __str__(self) -> str:
        return f"page {self.number}"


class AccountSecret(models.Model):
    """What salts the lines of a buyer's sales; kept as long as the books, to open them anew."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True)
    secret = models.BinaryField()

    def __str__(self) -> str:
        return f"secret of account {self.account_id}"
