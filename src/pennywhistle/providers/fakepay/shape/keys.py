"""The keys of the Stripe-shaped face, made of the secret that fakepay and this store share."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from pennywhistle.providers.fakepay.signing import shared_secret


def api_key() -> str:
    """What a client says to be let in."""
    return f"sk_test_{_derived('stripe api')}"


def webhook_secret() -> str:
    """What signs the face's webhooks."""
    return f"whsec_{_derived('stripe webhooks')}"


def _derived(name: str) -> str:
    return hmac.new(shared_secret(settings.KEYS), name.encode(), hashlib.sha256).hexdigest()
