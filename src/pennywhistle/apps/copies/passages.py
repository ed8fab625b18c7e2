"""Thirty seconds of both at the place where they are the same: enough to hear it, and no more."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pennywhistle.apps.media.folders import RENDITIONS
from pennywhistle.apps.media.work import make_preview

if TYPE_CHECKING:
    from pennywhistle.apps.copies.models import Match

# What leads up to the place, where both have so much before it.
LEAD_S = 2.0
_REMEMBERED_MAX = 256


def passage(match: Match, *, is_new: bool) -> bytes:
    """An MP3 of the newcomer's content, or of the other one, from where they begin to be the same.

    Cut and encoded in the sandbox; kept among the renditions until the night. Raises what
    `media.work.make_preview` does.
    """
    content = match.conflict.sound if is_new else match.other
    lead_s = min(LEAD_S, match.start_s, match.other_start_s)
    start_s = (match.start_s if is_new else match.other_start_s) - lead_s
    asked = (content.sha256, max(0, round(start_s * 1000)))
    sha256 = _made(*asked)
    if not RENDITIONS.has(sha256):
        _made.cache_clear()
        sha256 = _made(*asked)
    with RENDITIONS.open(sha256) as file:
        return file.read()


@lru_cache(maxsize=_REMEMBERED_MAX)
def _made(sha256: str, start_ms: int) -> str:
    """The hash of a passage that was made."""
    return make_preview(sha256, start_ms=start_ms).sha256
