"""Secret tokens that can be told again: made of the store's secret key; rows keep their hash alone.

Somebody who reads the database can use none of them, and a mail that is sent next month, or a page
that is printed twice, still has the same one. Whoever makes a row anew gives it another subject.
"""

from __future__ import annotations

import base64
import hashlib

from django.utils.crypto import salted_hmac

token_chars_max = 100


def derived_token(purpose: str, subject: str) -> str:
    """256 bits as 43 characters of an address, the same for the same subject of a purpose."""
    made = salted_hmac(f"pennywhistle.{purpose}", subject, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def token_sha256(token: str) -> str:
    """What a row keeps of a token; of what cannot be one, a hash that no row has."""
    if not token.isascii() or len(token) > token_chars_max:
        return ""
    return hashlib.sha256(token.encode()).hexdigest()
