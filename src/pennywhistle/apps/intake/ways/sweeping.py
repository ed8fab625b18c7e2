"""Removes from the store's own folders what was uploaded and is dealt with, or was given up."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.models import Mailbox, Parcel
from pennywhistle.apps.intake.ways.places import uploads_of

if TYPE_CHECKING:
    from pathlib import Path

GIVEN_UP = timedelta(days=7)
# What was acknowledged is in the store, or refused: its room is for the next ones.
DEALT_WITH = timedelta(hours=1)


def sweep_uploads(*, now: datetime) -> int:
    """Remove uploads acknowledged an hour ago, or not gone on with for a week; answers how many."""
    count = 0
    for mailbox in Mailbox.objects.filter(kind=Mailbox.Kind.UPLOAD):
        uploads = uploads_of(mailbox)
        dealt_with = Parcel.objects.filter(mailbox=mailbox, acknowledged_at__lt=now - DEALT_WITH)
        names = frozenset(dealt_with.values_list("name", flat=True))
        done = [folder for folder in _folders(uploads / "complete") if folder.name in names]
        given_up = [folder for folder in _folders(uploads / "begun") if _is_old(folder, now)]
        for folder in [*done, *given_up]:
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def _folders(above: Path) -> list[Path]:
    return [folder for folder in above.iterdir() if folder.is_dir()] if above.is_dir() else []


def _is_old(folder: Path, now: datetime) -> bool:
    changed = max((path.stat().st_mtime for path in (folder, *folder.rglob("*"))), default=0)
    return now - datetime.fromtimestamp(changed, tz=UTC) > GIVEN_UP
