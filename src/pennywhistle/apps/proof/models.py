"""The log's durable order (leaves), its pages and its signed head."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pennywhistle.apps.ledger.models import Account, Entry


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
    """What salts the lines of a buyer's sales. Destroying it is erasure; other proofs hold."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True)
    secret = models.BinaryField()

    def __str__(self) -> str:
        return f"secret of account {self.account_id}"
