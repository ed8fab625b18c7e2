"""What was not complete at the last look, as it is kept for the supplier to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ways.limits import WAITING_FILES_SHOWN_MAX, WAITING_SHOWN_MAX

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.intake.models import Mailbox
    from pennywhistle.apps.intake.ways.looking import Look

_FILE_CHARS_MAX = 200


def kept_waiting(mailbox: Mailbox, found: Look, now: datetime) -> list[dict[str, object]]:
    """Name, since when (ISO 8601), `Lack.code` and files; what was not looked at stays."""
    since = {each["name"]: each["since"] for each in mailbox.waiting}
    seen = [
        {
            "name": name,
            "since": since.get(name, now.isoformat()),
            "code": lack.code,
            "files": [file[:_FILE_CHARS_MAX] for file in lack.files[:WAITING_FILES_SHOWN_MAX]],
            "file_count": len(lack.files),
        }
        for name, lack in found.waiting.items()
    ]
    dealt_with = {*found.waiting, *found.taken}
    stopped_early = found.trouble or found.is_more
    unseen = [each for each in mailbox.waiting if stopped_early and each["name"] not in dealt_with]
    return [*seen, *unseen][:WAITING_SHOWN_MAX]
