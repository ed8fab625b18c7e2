"""Letters as a searcher means them: without case, without accents, in words."""

from __future__ import annotations

import unicodedata
from itertools import groupby

# What Unicode does not take apart though readers do: a stroke is no accent to it.
_STROKES = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",  # noqa: RUF001 (the Turkish letter is what we mean)
        "ĸ": "k",
        "ŋ": "n",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ð": "d",
    }
)
_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")  # noqa: RUF001 (the look-alikes are what we remove)

# What names are made of that have no letters; not what searches are written with.
_PLAIN_SIGNS = frozenset("!?+*#%&@†‡")
_SIGN_CATEGORIES = frozenset({"Sm", "Sc", "So"})
# Alone they are slips of the hand.
_SILENT_SIGNS = "&|<>=~"

# Scripts that write without spaces: each character is a word, a written word is a phrase.
_WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x20000, 0x3FFFF),  # Han, the later planes
)
_FIRST_WITHOUT_SPACES = _WITHOUT_SPACES[0][0]

# unicodedata.normalize takes quadratic time on a long run of combining marks.
text_length_max = 4_000
word_length_max = 60


def fold(text: str) -> str:
    """Return `text` in lower case without accents: "Björk" → "bjork", "STRASSE" = "straße".

    At most `text_length_max` characters are looked at.
    """
    plain = unicodedata.normalize("NFKC", text[:text_length_max]).casefold()
    apart = unicodedata.normalize("NFKD", plain.translate(_APOSTROPHES))
    without = "".join(each for each in apart if not unicodedata.combining(each))
    return without.translate(_STROKES)


def tokens(text: str) -> list[str]:
    """Return the words of `text`, folded, in order; anything but letters and digits parts them.

    A text of signs alone ("!!!", "÷") is one word of them.
    """
    return letters_only(text) or _signs(text)


def letters_only(text: str) -> list[str]:
    """The words of `text` as `tokens`, without those of signs alone."""
    words: list[str] = []
    for is_word, run in groupby(fold(text), key=_is_kept):
        if is_word:
            words += _words_of("".join(run))
    return words


def _signs(text: str) -> list[str]:
    kept = "".join(
        each
        for each in fold(text)
        if each in _PLAIN_SIGNS or unicodedata.category(each) in _SIGN_CATEGORIES
    )
    return [kept[:word_length_max]] if kept.strip(_SILENT_SIGNS) else []


def _is_kept(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _words_of(run: str) -> list[str]:
    words: list[str] = []
    for spaceless, part in groupby(run, key=_is_spaceless):
        text = "".join(part)
        words += list(text) if spaceless else [text[:word_length_max]]
    return words


def _is_spaceless(character: str) -> bool:
    code = ord(character)
    if code < _FIRST_WITHOUT_SPACES:
        return False
    return any(first <= code <= last for first, last in _WITHOUT_SPACES)
