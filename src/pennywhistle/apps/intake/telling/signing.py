"""The secret of a webhook, and the signature that its receiver checks.

The secret is made from the store's own and the hook's salt, so that a copy of the database signs
nothing. Receivers compute HMAC-SHA256 over the timestamp, a full stop and the body as it came, and
refuse timestamps that are old.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from pennywhistle.apps.intake.models import Hook

SIGNATURE_HEADER = "Pennywhistle-Signature"


def secret_of(hook: Hook) -> str:
    """What the supplier is shown once."""
    digest = salted_hmac(f"hook {hook.secret_salt}", hook.public_id, algorithm="sha256").digest()
    return "whsec_" + base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def signature(secret: str, body: bytes, *, timestamp: int) -> str:
    """The header's value: when, and the signature over when and what."""
    signed = f"{timestamp}.".encode("ascii") + body
    digest = hmac.new(secret.encode("ascii"), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
