"""The readable part of an address, made from a title in any script."""

import unicodedata
from itertools import groupby

SLUG_WITHOUT_LETTERS = "untitled"

# unicodedata.normalize takes quadratic time on a long run of combining marks.
_TEXT_LENGTH_MAX = 2_000
_APOSTROPHES = str.maketrans("", "", "'’ʼ`")  # noqa: RUF001 - the look-alikes are what we remove


def slugify(text: str, *, length_max: int = 60) -> str:
    """Return `text` in lower case with its letters and digits kept and all else as hyphens.

    Letters of every script stay ("Зима" becomes "зима"), with their marks, since many scripts
    cannot be written without; apostrophes vanish. At most `length_max` characters, and never
    empty: a title without a letter or digit becomes "untitled".
    """
    plain = unicodedata.normalize("NFKC", text[:_TEXT_LENGTH_MAX]).translate(_APOSTROPHES).lower()
    runs = groupby(unicodedata.normalize("NFKC", plain), key=_is_kept)
    slug = "".join("".join(run) if kept else "-" for kept, run in runs)
    return slug.strip("-")[:length_max].rstrip("-") or SLUG_WITHOUT_LETTERS


def _is_kept(character: str) -> bool:
    """Letters, marks and numbers: Unicode's general categories L*, M* and N*."""
    return unicodedata.category(character)[0] in "LMN"
