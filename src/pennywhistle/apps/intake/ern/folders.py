"""Where suppliers' messages lie."""

from pathlib import Path

from django.conf import settings

from pennywhistle.machine.storage import Folder

# Every message as it was sent, byte for byte. Never removed.
MESSAGES = Folder(Path(settings.DATA) / "messages")
