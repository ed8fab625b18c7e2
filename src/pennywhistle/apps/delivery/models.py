"""How a person likes their files: kept in the account, asked whenever one of them is made."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from pennywhistle.apps.delivery.naming import Naming
from pennywhistle.apps.delivery.wishes import COVERS_PX, ID3_MINORS, Tagging, Wishes


class Preference(models.Model):
    """A person's wishes; who never said has `Wishes()`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="download_preference",
    )
    # A name of engines.audio's grammar: `mp3-v0`.
    recipe = models.CharField(max_length=40)
    naming = models.CharField(max_length=20, choices=[(each, each) for each in Naming])
    tagging = models.CharField(max_length=20, choices=[(each, each) for each in Tagging])
    id3_minor = models.PositiveSmallIntegerField()
    cover_px = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id3_minor__in=ID3_MINORS, cover_px__in=COVERS_PX),
                name="delivery_preference_is_possible",
            ),
        ]

    def __str__(self) -> str:
        return f"wishes of {self.user_id}"

    @property
    def wishes(self) -> Wishes:
        """The same as a value."""
        return Wishes(
            recipe=self.recipe,
            naming=Naming(self.naming),
            tagging=Tagging(self.tagging),
            id3_minor=self.id3_minor,
            cover_px=self.cover_px,
        )
