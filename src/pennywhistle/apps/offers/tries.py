"""How many wrong codes somebody may type: nobody finds a code by trying."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.core.cache import cache

if TYPE_CHECKING:
    from datetime import datetime

wrong_tries_max = 20
_HOUR_S = 3_600


def may_try(who: str, *, at: datetime) -> bool:
    """Whether an account or an address typed few enough wrong codes in this hour."""
    return int(cache.get(_key(who, at), 0)) < wrong_tries_max


def note_wrong_try(who: str, *, at: datetime) -> None:
    """Count a wrong code. Several at the same moment may count as one: each is a guess in 10¹⁸."""
    key = _key(who, at)
    cache.set(key, int(cache.get(key, 0)) + 1, timeout=_HOUR_S)


def _key(who: str, at: datetime) -> str:
    hour = int(at.timestamp()) // _HOUR_S
    return f"code-tries:{hashlib.sha256(who.encode()).hexdigest()[:32]}:{hour}"
