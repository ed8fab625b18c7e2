"""The texts of codes: as they are made, as they are kept, as people read them."""

from __future__ import annotations

import re
import secrets

# Crockford's base 32 without the letters that are mistaken for others.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# 60 bits: a million codes leave a trillion wrong guesses for each right one.
_LENGTH = 12
_GROUP = 4
_TEXT = re.compile(r"[0-9A-Z]{4,24}", re.ASCII)
typed_length_max = 40


def new_text() -> str:
    """A code that nobody guesses, for one use."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def kept_text(typed: str) -> str | None:
    """A code as it is kept, from what somebody typed; None where it cannot be one.

    Letters are capitals, and whatever groups them is left out.
    """
    text = re.sub(r"[\s-]+", "", typed[:typed_length_max]).upper()
    return text if _TEXT.fullmatch(text) else None


def shown_text(text: str) -> str:
    """A code as people read it: one that was drawn, in groups of four."""
    if len(text) != _LENGTH:
        return text
    return "-".join(text[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
