"""Ids of ledger entries: time-ordered, so that a database's index grows at its end."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from datetime import datetime

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def new_entry_id(now: datetime) -> UUID:
    """A version 7 UUID of RFC 9562, section 5.7: 48 bits of milliseconds, 74 random ones."""
    random = secrets.randbits(74)
    return UUID(
        int=_milliseconds(now) << 80
        | _VERSION_7
        | (random >> 62) << 64
        | _VARIANT
        | random & ((1 << 62) - 1)
    )


def earliest_entry_id(at: datetime) -> UUID:
    """The smallest id of that millisecond: entries made from then on have larger ones."""
    return UUID(int=_milliseconds(at) << 80 | _VERSION_7 | _VARIANT)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000) & ((1 << 48) - 1)
