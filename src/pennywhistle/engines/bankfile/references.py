"""References that survive bad typing: ISO 11649, without letters that look like others.

`RF`, two check digits (ISO 7064, mod 97-10) and ten signs of a small alphabet. The check digits
notice every single wrong sign and nearly every two that changed places. Banks carry the whole in
the structured field (`CdtrRefInf`); people type it into the free one, with blanks, small letters,
and 0 for O.
"""

from __future__ import annotations

import re

# Neither vowels, of which words are made, nor what is taken for a digit or for another sign.
ALPHABET = "23456789CDFHJKMNPRTVWXY"
BODY_LENGTH = 10
LENGTH = 4 + BODY_LENGTH

# What is typed for a sign of the alphabet; never the other way round, as these are not in it.
_LOOK_ALIKES = str.maketrans("SBZGU", "5826V")
_DIGIT_LOOK_ALIKES = str.maketrans("OQDILSBZG", "000115826")
_NOISE = re.compile(r"[^0-9A-Z]")
_BODY = re.compile(f"[{ALPHABET}]{{{BODY_LENGTH}}}")
_BASE = len(ALPHABET)
_text_length_max = 2_000


def make_reference(number: int) -> str:
    """The reference of a number from 0 to 23¹⁰ - 1; give it a random one, so that none is guessed.

    Raises ValueError for another number.
    """
    if not 0 <= number < _BASE**BODY_LENGTH:
        raise ValueError(f"There is no reference of {number}.")
    signs = []
    for _ in range(BODY_LENGTH):
        number, rest = divmod(number, _BASE)
        signs.append(ALPHABET[rest])
    body = "".join(signs)
    return f"RF{98 - _remainder(body + 'RF00'):02}{body}"


def is_reference(text: str) -> bool:
    """Whether a text is one of our references, exactly."""
    shape = len(text) == LENGTH and text.startswith("RF") and text[2:4].isdecimal()
    return shape and bool(_BODY.fullmatch(text[4:])) and _remainder(text[4:] + text[:4]) == 1


def printed(reference: str) -> str:
    """A reference in groups of four, as it is read and typed."""
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))


def references_in(text: str) -> list[str]:
    """All references that a free text may mean, each once, in their order.

    Blanks, line ends and signs between do not matter, nor do small letters, look-alikes, words
    around it, or a missing RF. What is found has right check digits; whether anybody was given it
    is another question, as texts have some by chance.
    """
    plain = _NOISE.sub("", text.upper()[:_text_length_max])
    found: dict[str, None] = {}
    for at in range(len(plain) - LENGTH + 3):
        candidate = _read(plain[at : at + LENGTH - 2])
        if candidate:
            found[candidate] = None
    return list(found)


def wrong_places(text: str, reference: str) -> int:
    """In how many signs the likest part of a text differs from a reference, for suggestions."""
    plain = _NOISE.sub("", text.upper()[:_text_length_max]).translate(_LOOK_ALIKES)
    wanted = reference[4:]
    parts = (plain[at : at + BODY_LENGTH] for at in range(max(1, len(plain) - BODY_LENGTH + 1)))
    return min(
        sum(a != b for a, b in zip(part.ljust(BODY_LENGTH), wanted, strict=True)) for part in parts
    )


def _read(part: str) -> str:
    """Two check digits and a body as they were typed, set right; "" if they do not fit."""
    digits = part[:2].translate(_DIGIT_LOOK_ALIKES)
    body = part[2:].translate(_LOOK_ALIKES)
    candidate = f"RF{digits}{body}"
    return candidate if is_reference(candidate) else ""


def _remainder(text: str) -> int:
    """Modulo 97, each letter as two digits: A is 10, Z is 35 (ISO 7064)."""
    return int("".join(str(int(sign, 36)) for sign in text)) % 97
