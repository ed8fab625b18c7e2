"""Where the store's files lie; the only place that knows."""

from pathlib import Path

from django.conf import settings

from pennywhistle.machine.storage import Folder

# What suppliers delivered, byte for byte. Never removed while a recording names it.
MASTERS = Folder(Path(settings.DATA) / "masters")
# What was made of masters; can be made again.
RENDITIONS = Folder(Path(settings.DATA) / "renditions")
# Pictures as delivered, and the sizes that pages load; only the latter are ever served.
COVERS = Folder(Path(settings.DATA) / "covers")
