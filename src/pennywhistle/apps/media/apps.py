"""Starts the media app: says how strong the sandbox's walls must be."""

from django.apps import AppConfig
from django.conf import settings

from pennywhistle.machine import sandbox


class MediaConfig(AppConfig):
    """Masters, renditions and covers."""

    name = "pennywhistle.apps.media"

    def ready(self) -> None:
        """A kernel without Landlock is refused where the settings say so."""
        sandbox.configure(require_landlock=settings.SANDBOX_LANDLOCK_REQUIRED)
