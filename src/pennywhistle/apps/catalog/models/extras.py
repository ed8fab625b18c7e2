"""What comes with a release besides its tracks: booklets, pictures, texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_noop

from pennywhistle.apps.catalog.models.releases import Release
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from datetime import datetime


class ExtraQuerySet(models.QuerySet["Extra"]):
    def present(self) -> ExtraQuerySet:
        """Those that come with their releases now."""
        return self.filter(left_at__isnull=True)


class Extra(models.Model):
    """A file that whoever buys a release gets with it, byte for byte as it was delivered.

    The content lies among the masters, which are copied and read again like what is sold.
    """

    class Kind(models.TextChoices):
        BOOKLET = "booklet", gettext_noop("Booklet")
        BACK = "back", gettext_noop("Back cover")
        PICTURE = "picture", gettext_noop("Picture")
        TEXT = "text", gettext_noop("Text")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="extras")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    title = models.CharField(max_length=500)
    # Under which it lies beside the tracks: one safe path component, its ending by its content.
    name = models.CharField(max_length=120)
    mime_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    # For the zip's directory, which is written before the file is read.
    crc32 = models.BigIntegerField()
    delivered_at = models.DateTimeField()
    # Since when it does not come with the release any more; who bought it before that keeps it.
    left_at = models.DateTimeField(null=True)

    objects = ExtraQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also on disks that do not tell case.
            models.UniqueConstraint("release", Lower("name"), name="catalog_extra_name_once"),
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="catalog_extra_not_empty"),
        ]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title

    def is_in_what_was_bought(self, *, at: datetime) -> bool:
        """Whether who bought the release at that instant has it too."""
        return self.left_at is None or at < self.left_at
