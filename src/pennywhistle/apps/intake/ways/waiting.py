"""What was not complete at the last look, as it is kept for the supplier to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pennywhistle.apps.intake.ways.limits import WAITING_FILES_SHOWN_MAX, WAITING_SHOWN_MAX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.ways.ready import Lack

_FILE_CHARS_MAX = 200


def kept_waiting(
    before: Sequence[dict[str, Any]],
    waiting: Mapping[str, Lack],
    *,
    taken: Collection[str],
    is_whole: bool,
    now: datetime,
) -> list[dict[str, Any]]:
    """Name, since when (ISO 8601), `Lack.code` and files.

    Where the look did not see everything (`is_whole`), what it did not see stays as it was.
    """
    since = {each["name"]: each["since"] for each in before}
    seen = [
        {
            "name": name,
            "since": since.get(name, now.isoformat()),
            "code": lack.code,
            "files": [file[:_FILE_CHARS_MAX] for file in lack.files[:WAITING_FILES_SHOWN_MAX]],
            "file_count": len(lack.files),
        }
        for name, lack in waiting.items()
    ]
    dealt_with = {*waiting, *taken}
    unseen = [each for each in before if not is_whole and each["name"] not in dealt_with]
    return [*seen, *unseen][:WAITING_SHOWN_MAX]
