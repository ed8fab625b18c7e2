"""Values as the facts' rows write them. The same ones are met again and again."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

values_kept_max = 65_536


@lru_cache(maxsize=values_kept_max)
def territories_of(mask: str) -> Territories:
    """Territories by their mask in hex."""
    return Territories.from_bytes(bytes.fromhex(mask))


@lru_cache(maxsize=values_kept_max)
def period_of(start: str | None, end: str | None) -> Period:
    """A period by the times of its ends; None is open."""
    return Period(instant_of(start), instant_of(end))


def instant_of(text: str | None) -> datetime | None:
    """An instant by its ISO 8601 form."""
    return datetime.fromisoformat(text) if text else None
