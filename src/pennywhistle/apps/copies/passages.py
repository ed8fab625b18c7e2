"""Thirty seconds of both at the place where they are the same: enough to hear it, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.apps.copies.models import Match

# What leads up to the place, where both have so much before it.
LEAD_S = 2.0


@dataclass(frozen=True, slots=True)
class Passage:
    """Which content, and from where."""

    sha256: str
    start_ms: int


def passage_of(match: Match, *, is_new: bool) -> Passage:
    """Of the newcomer's content, or of the other one, from where they begin to be the same."""
    content = match.conflict.sound if is_new else match.other
    lead_s = min(LEAD_S, match.start_s, match.other_start_s)
    start_s = (match.start_s if is_new else match.other_start_s) - lead_s
    return Passage(content.sha256, max(0, round(start_s * 1000)))
