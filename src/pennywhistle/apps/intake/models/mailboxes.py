"""Where suppliers' messages arrive: folders, S3 prefixes, uploads; and each parcel that came."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id


class Mailbox(models.Model):
    """A place that is looked into again and again for what one supplier has sent.

    `location` is a folder on this machine, or an address of the form s3://bucket/prefix; empty
    for what is uploaded by HTTPS with one of the supplier's keys.
    """

    class Kind(models.TextChoices):
        FOLDER = "folder", gettext_noop("Folder")
        S3 = "s3", gettext_noop("S3 prefix")
        UPLOAD = "upload", gettext_noop("HTTPS upload")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mailboxes")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    location = models.CharField(max_length=1000, blank=True)
    # What the contract settles where the standard leaves it open (docs/algorithms/ern.md, E5).
    accepts_missing_start = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    # Why the last look failed; empty: it did not.
    trouble = models.CharField(max_length=600, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "location",
                name="intake_mailbox_location_once",
                condition=Q(closed_at__isnull=True) & ~Q(location=""),
            ),
            models.UniqueConstraint(
                "supplier",
                name="intake_mailbox_upload_once",
                condition=Q(closed_at__isnull=True, kind="upload"),
            ),
        ]
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return f"{self.location or self.kind} of {self.supplier}"


class Parcel(models.Model):
    """What came at once: the folder of a release, or a batch with its manifest."""

    class State(models.TextChoices):
        TAKEN = "taken", gettext_noop("Being worked on")
        DONE = "done", gettext_noop("Done")
        REFUSED = "refused", gettext_noop("Refused")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="parcels")
    name = models.CharField(max_length=300)
    is_batch = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.TAKEN)
    # What is wrong with the parcel as a whole: a manifest that miscounts, a hash that differs.
    findings = models.JSONField(default=list)
    taken_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("mailbox", "name", name="intake_parcel_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.mailbox}"


class SupplierKey(models.Model):
    """With this key a supplier's program uploads messages; only its SHA-256 is kept."""

    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="supplier_keys")
    label = models.CharField(max_length=120)
    key_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.label} of {self.supplier}"
