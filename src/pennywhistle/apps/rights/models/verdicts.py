"""What was decided, and what clearance must look at again."""

from __future__ import annotations

from django.db import models


class Verdict(models.Model):
    """A clearance as it was decided, under its document's SHA-256; each sale line names one."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    document = models.JSONField()
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest.hex()


class RegisterChange(models.Model):
    """A row of the register came or was closed; written by the database's triggers alone.

    A reader deletes the rows that it has dealt with. It may not remember how far it read
    instead: a transaction that commits later can hold a smaller id.
    """

    # The table without its prefix: "mandate", "ownershipshare", "grant".
    kind = models.CharField(max_length=40)
    row_id = models.BigIntegerField()

    class Meta:
        db_table = "rights_change"

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
