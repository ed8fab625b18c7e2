"""Where the register's documents lie."""

from pathlib import Path

from django.conf import settings

from pennywhistle.machine.storage import Folder

# Contracts, mandates, court orders, byte for byte. Never removed.
EVIDENCE = Folder(Path(settings.DATA) / "evidence")
