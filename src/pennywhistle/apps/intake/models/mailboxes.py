"""Where suppliers' messages arrive: folders, S3 prefixes, uploads; and each parcel that came."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def open(self) -> MailboxQuerySet:
        """Those that take what comes."""
        return self.filter(closed_at__isnull=True)

    def looked_into(self) -> MailboxQuerySet:
        """Open ones, and closed ones of which something is still to be acknowledged."""
        unfinished = Parcel.objects.filter(mailbox=OuterRef("pk"), acknowledged_at__isnull=True)
        return self.filter(Q(closed_at__isnull=True) | Exists(unfinished))


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
    # Why the last look failed, and since when they do; empty: it did not.
    trouble = models.CharField(max_length=600, blank=True)
    trouble_since = models.DateTimeField(null=True)
    # What was not complete at the last look: its name, since when, why, and files that are missing.
    waiting = models.JSONField(default=list)

    objects = MailboxQuerySet.as_manager()

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


class ParcelQuerySet(models.QuerySet["Parcel"]):
    def undecided(self) -> ParcelQuerySet:
        """Those whose messages are all taken, and not all decided."""
        return self.filter(state=Parcel.State.TAKEN, taken_whole_at__isnull=False)

    def unacknowledged(self) -> ParcelQuerySet:
        """Those that are decided, and of which the supplier was not told everything yet."""
        return self.filter(done_at__isnull=False, acknowledged_at__isnull=True)


class Parcel(models.Model):
    """What came at once: the folder of a release, or a batch with its manifest.

    A parcel that was sent again under its name with other content is one of its own: name~2.
    """

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
    # The listing that it was taken by (names, sizes, versions), and what was read: SHA-256 of all.
    listing_digest = models.CharField(max_length=64, blank=True)
    content_digest = models.CharField(max_length=64, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    taken_at = models.DateTimeField()
    # When the last of its messages was taken; empty: that was interrupted, and goes on.
    taken_whole_at = models.DateTimeField(null=True)
    # When its content was last compared with what was taken.
    compared_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("mailbox", "name", name="intake_parcel_once"),
        ]
        indexes = [
            models.Index(
                "mailbox",
                "id",
                name="intake_parcel_unfinished",
                condition=Q(acknowledged_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.mailbox}"


class Arrival(models.Model):
    """A message in a parcel: where it lay, which message it is, and its acknowledgement.

    The same message may arrive in several parcels; each arrival is acknowledged. Without a
    message it was refused before it was one; without a path it is the parcel as a whole.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="arrivals")
    path = models.CharField(max_length=1000, blank=True)
    release_id = models.CharField(max_length=200)
    message = models.ForeignKey(
        "intake.Message", on_delete=models.PROTECT, null=True, related_name="arrivals"
    )
    # What was wrong with it on the way: a hash, a file that is missing.
    findings = models.JSONField(default=list)
    queued_at = models.DateTimeField(null=True)
    # A word of DDEX's (docs/supplying/acknowledgements.md), ours where it has none, and the text.
    status = models.CharField(max_length=40, blank=True)
    own_status = models.CharField(max_length=40, blank=True)
    error_text = models.TextField(blank=True)
    # The file's name in acknowledgements/; settled before it is written, so that there is one.
    file_name = models.CharField(max_length=160, blank=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("parcel", "path", name="intake_arrival_once"),
        ]

    def __str__(self) -> str:
        return f"{self.path or 'all'} of {self.parcel}"


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
