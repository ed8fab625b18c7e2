"""What is in force of suppliers' release messages, and by which identifiers it is found again."""

from __future__ import annotations

from django.db import models

from pennywhistle.apps.catalog.models import Recording, Release
from pennywhistle.apps.parties.models import Party


class Standing(models.Model):
    """The newest message of a supplier about one release, and what it lets be sold where.

    It stands for take-downs of what never came, too, so that an older message that comes later
    finds out that it is too late: `release` is empty then.
    """

    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, related_name="standings"
    )
    sender_dpid = models.CharField(max_length=40)
    message_id = models.CharField(max_length=200)
    # When its sender made the message that is in force.
    created_at = models.DateTimeField()
    # `engines.ddex.Sold`s: [[keys], territories as a number in hex].
    sold = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.message_id} of {self.supplier}"


class ReleaseKey(models.Model):
    """An identifier by which a supplier's messages name a release, as `engines.ddex` keys it."""

    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=300)
    standing = models.ForeignKey(Standing, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        constraints = [
            models.UniqueConstraint("supplier", "key", name="intake_release_key_once"),
        ]
        indexes = [models.Index("key", name="intake_release_by_key")]

    def __str__(self) -> str:
        return self.key


class RecordingKey(models.Model):
    """An identifier by which a supplier's messages name a recording: its ISRC, or its own."""

    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=300)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        constraints = [
            models.UniqueConstraint("supplier", "key", name="intake_recording_key_once"),
        ]

    def __str__(self) -> str:
        return self.key
