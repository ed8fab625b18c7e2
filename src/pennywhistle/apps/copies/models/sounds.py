"""What was heard, by its content, and who delivered it first when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pennywhistle.apps.parties.models import Party


class Sound(models.Model):
    """The content of an audio file that was heard and is in the fingerprint index.

    Its number is the track's number there. The row is committed after the index has it on disk, so
    that every row is found; the fingerprint itself is `apps.media`'s `Hearing` of the same content.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="copies_sound_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"sound {self.pk}"


class SoundDelivery(models.Model):
    """A supplier delivered this content, for the first time at that instant.

    The row says that it was compared with all that the store knew; what came of it is committed
    with it.
    """

    sound = models.ForeignKey(Sound, on_delete=models.PROTECT, related_name="deliveries")
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    delivered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("sound", "supplier", name="copies_sound_delivery_once"),
        ]
        verbose_name_plural = "sound deliveries"

    def __str__(self) -> str:
        return f"{self.sound} of {self.supplier}"
