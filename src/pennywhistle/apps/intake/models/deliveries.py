"""Deliveries of music: folders and uploads, their files, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def sent_for(self, *, user: User) -> DeliveryQuerySet:
        """Deliveries of the parties that this person acts for, newest first."""
        parties = Party.objects.acted_for_by(user=user)
        return self.filter(supplier__in=parties).order_by("-created_at", "-id")


class Delivery(models.Model):
    """One folder or upload. Its files are in the store before its row is written."""

    class State(models.TextChoices):
        CHECKING = "checking", "Being checked"
        REFUSED = "refused", "Nothing of it can be published"
        NEEDS_ANSWER = "needs_answer", "Part of it can be published"
        READY = "ready", "Ready to be published"
        PUBLISHED = "published", "Published"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="deliveries")
    source_name = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CHECKING)
    # SHA-256 of all paths, contents and options: the same delivery again is this one.
    content_digest = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    report = models.JSONField(null=True)
    # Numbers, in the report, of the releases that are published; others are held by a doubt.
    published = models.JSONField(default=list)
    files_total = models.PositiveIntegerField(default=0)
    files_checked = models.PositiveIntegerField(default=0)
    releases = models.ManyToManyField(Release, related_name="deliveries")
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "supplier", "content_digest", name="intake_delivery_content_once"
            ),
        ]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.source_name} of {self.supplier}"


class DeliveryFile(models.Model):
    """A file of a delivery, under the path that the supplier gave it."""

    class Kind(models.TextChoices):
        AUDIO = "audio"
        PICTURE = "picture"
        # A document that may come with a release: a booklet, a text.
        EXTRA = "extra"
        OTHER = "other"

    class State(models.TextChoices):
        WAITING = "waiting"
        GOOD = "good"
        REFUSED = "refused"
        IGNORED = "ignored"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=1000)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size_bytes = models.BigIntegerField()
    # Since when it is being heard; a worker that died leaves it until the next one begins.
    heard_since = models.DateTimeField(null=True)
    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_sentence = models.CharField(max_length=600, blank=True)
    # What the examination found, and the picture that the file carries.
    examination = models.JSONField(null=True)
    cover_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("delivery", "path", name="intake_file_path_once"),
        ]
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
