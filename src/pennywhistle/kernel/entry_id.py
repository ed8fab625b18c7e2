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
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    random = secrets.randbits(74)
    return UUID(
        int=milliseconds << 80
        | _VERSION_7
        | (random >> 62) << 64
        | _VARIANT
        | random & ((1 << 62) - 1)
    )
