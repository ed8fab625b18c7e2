"""Which place a mailbox is, and where uploads lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.intake.models import Mailbox
from pennywhistle.apps.intake.ways.folder_place import FolderPlace
from pennywhistle.apps.intake.ways.s3_place import S3Place
from pennywhistle.machine.storage import s3

if TYPE_CHECKING:
    from pennywhistle.apps.intake.ways.place import Place


def place_of(mailbox: Mailbox) -> Place:
    """The place of a mailbox; it need not be reachable."""
    if mailbox.kind == Mailbox.Kind.S3:
        return S3Place(s3.Prefix(mailbox.location))
    if mailbox.kind == Mailbox.Kind.UPLOAD:
        box = uploads_of(mailbox) / "complete"
        box.mkdir(parents=True, exist_ok=True)
        return FolderPlace(box)
    return FolderPlace(Path(mailbox.location))


def uploads_of(mailbox: Mailbox) -> Path:
    """What is uploaded lies here: `begun/` while it is sent, `complete/` afterwards."""
    return Path(settings.DATA) / "intake" / "uploads" / mailbox.public_id
