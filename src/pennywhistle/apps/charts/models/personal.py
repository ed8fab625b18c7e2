"""Who wants no suggestions from what they own."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class NoSuggestions(models.Model):
    """A person who switched suggestions off; without a row they are on."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "people without suggestions"

    def __str__(self) -> str:
        return f"no suggestions for {self.user_id}"
