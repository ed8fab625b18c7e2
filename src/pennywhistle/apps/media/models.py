"""Masters, renditions and covers. Files lie in `machine.storage` under their SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from pennywhistle.apps.catalog.models import Extra, Recording, Release

if TYPE_CHECKING:
    from datetime import datetime


class Master(models.Model):
    """The file that was delivered for a recording, and what its examination found."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="master")
    sha256 = models.CharField(max_length=64, db_index=True)
    file_size_bytes = models.BigIntegerField()
    container = models.CharField(max_length=12)
    codec = models.CharField(max_length=20)
    is_lossless = models.BooleanField()
    sample_rate_hz = models.PositiveIntegerField()
    bits_per_sample = models.PositiveSmallIntegerField()
    channel_count = models.PositiveSmallIntegerField()
    sample_count = models.BigIntegerField()
    loudness_lufs = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    # 800 peaks of one byte each: the waveform that pages draw.
    peaks = models.BinaryField()
    preview_start_ms = models.PositiveIntegerField(default=0)
    # What passages of it weighed in some forms (`engines.audio.weigh`); empty until it was done.
    weights = models.JSONField(default=dict)
    delivered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sample_count__gt=0), name="media_master_sounds"),
        ]

    def __str__(self) -> str:
        return f"{self.codec} of {self.recording}"


class StoredMasterQuerySet(models.QuerySet["StoredMaster"]):
    def in_use(self) -> StoredMasterQuerySet:
        """Those that are a recording's master now, or come with a release; not former masters."""
        return self.filter(
            Exists(Master.objects.filter(sha256=OuterRef("sha256")))
            | Exists(Extra.objects.filter(sha256=OuterRef("sha256")))
        )

    def lost(self) -> StoredMasterQuerySet:
        """Damaged or missing, and no copy was there to restore them from."""
        return self.in_use().exclude(damage="")

    def damaged(self, *, sha256: str) -> StoredMasterQuerySet:
        """This file, if it was found damaged."""
        return self.filter(sha256=sha256).exclude(damage="")

    def uncopied(self) -> StoredMasterQuerySet:
        """Sound, and not in the second storage."""
        return self.in_use().filter(copied_at=None, damage="").order_by("sha256")

    def due_before(self, instant: datetime) -> StoredMasterQuerySet:
        """Not checked since an instant; those that waited longest first."""
        return (
            self.in_use()
            .filter(Q(scrubbed_at=None) | Q(scrubbed_at__lt=instant))
            .order_by(F("scrubbed_at").asc(nulls_first=True), "sha256")
        )


class StoredMaster(models.Model):
    """How the file of a master, or of an extra, is, by its content: recordings may share it.

    A damage stands until the file was restored or delivered anew; `restored_at` is the last time.
    """

    class Damage(models.TextChoices):
        MISSING = "missing"
        DIFFERS = "differs"
        UNREADABLE = "unreadable"

    sha256 = models.CharField(max_length=64, primary_key=True)
    file_size_bytes = models.BigIntegerField()
    # When the second storage's copy was read back and was right; null without one.
    copied_at = models.DateTimeField(null=True)
    scrubbed_at = models.DateTimeField(null=True)
    damage = models.CharField(max_length=10, choices=Damage.choices, blank=True)
    damaged_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)

    objects = StoredMasterQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                F("scrubbed_at").asc(nulls_first=True), "sha256", name="media_stored_by_scrub"
            ),
            models.Index("sha256", name="media_stored_damaged", condition=~Q(damage="")),
            models.Index(
                "sha256", name="media_stored_uncopied", condition=Q(copied_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"master {self.sha256[:12]}"


class Hearing(models.Model):
    """What one pass over a stored audio file found, by its content: the same bytes are heard once.

    `examination` and `judgement` are `engines.audio`'s of that name as JSON; `fingerprint` is
    `engines.fingerprint.Fingerprint.to_bytes()`.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    examination = models.JSONField()
    judgement = models.JSONField()
    fingerprint = models.BinaryField()
    # The picture inside the file, in the store of covers; empty without one.
    cover_sha256 = models.CharField(max_length=64, blank=True)
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"hearing of {self.sha256[:12]}"


class Rendition(models.Model):
    """A file made from a master, kept under a key that says exactly how it was made.

    `key` is the SHA-256 of master, recipe, encoder and tags: same request, same bytes. `made_on` is
    the kind of processor that made it, since encoders' fractions may differ between kinds; empty
    where nothing was calculated.
    """

    key = models.CharField(max_length=64, primary_key=True)
    # Null for what is made of a file as such: its spectrogram.
    recording = models.ForeignKey(
        Recording, on_delete=models.CASCADE, null=True, related_name="renditions"
    )
    recipe = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    file_size_bytes = models.BigIntegerField()
    # For the zip's directory, which is written before the file is read.
    crc32 = models.BigIntegerField()
    made_on = models.CharField(max_length=16, blank=True, default="")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("used_at", name="media_rendition_by_use")]

    def __str__(self) -> str:
        return f"{self.recipe} of {self.recording or 'a file'}"


class Cover(models.Model):
    """A release's cover, re-encoded by us; `sizes` maps e.g. "jpeg-640" to a stored file."""

    release = models.OneToOneField(Release, on_delete=models.CASCADE, related_name="cover")
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sizes = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"cover of {self.release}"


class DatabaseCheck(models.Model):
    """What one reading of the whole database found: of its files, or of its tables only.

    `damaged` names each damaged part: {"name": of the table or index, "file", "block"}; `trouble`
    says why it was not read to its end, or why no copy was made.
    """

    class How(models.TextChoices):
        PAGES = "pages"
        TABLES = "tables"

    checked_at = models.DateTimeField(db_index=True)
    how = models.CharField(max_length=6, choices=How.choices)
    damaged = models.JSONField(default=list)
    trouble = models.TextField(blank=True)
    is_copied = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"check of the database at {self.checked_at:%Y-%m-%d %H:%M}"
