"""Short public identifiers for addresses: unguessable, and easy to read out."""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: without i, l, o and u."""

PUBLIC_ID_LENGTH = 12


def new_public_id() -> str:
    """Return 12 random characters (60 bits) of Crockford's base 32."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_ID_LENGTH))
