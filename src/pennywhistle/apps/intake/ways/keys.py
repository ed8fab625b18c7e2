"""Suppliers' keys: made at random, shown once, kept as their SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.models import SupplierKey

if TYPE_CHECKING:
    from datetime import datetime

# So that a key that leaked is known for one wherever it is found.
PREFIX = "pwk_"
_KEY_BYTES = 32
_KEY_CHARS_MAX = 200
_USE_NOTED_EVERY = timedelta(minutes=1)


def new_key() -> str:
    """A key that nobody can guess: 256 bits."""
    return PREFIX + secrets.token_urlsafe(_KEY_BYTES)


def digest(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_of(authorization: str, *, now: datetime) -> SupplierKey | None:
    """The key that an Authorization header carries; None for none, a wrong or a revoked one."""
    scheme, _, written = authorization.strip().partition(" ")
    written = written.strip()
    if scheme.lower() != "bearer" or not written.isascii() or len(written) > _KEY_CHARS_MAX:
        return None
    given = digest(written)
    # The row is found by a hash that its holder cannot steer; its bytes are compared in constant
    # time all the same.
    key = SupplierKey.objects.filter(key_sha256=given, revoked_at__isnull=True).first()
    if key is None or not hmac.compare_digest(key.key_sha256, given):
        return None
    if key.used_at is None or now - key.used_at >= _USE_NOTED_EVERY:
        SupplierKey.objects.filter(id=key.pk).update(used_at=now)
    return key
