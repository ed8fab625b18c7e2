"""Other ways to write the same name: joined, in Latin letters, with letters for look-alikes.

An index keeps them beside a text, and a searcher's words are looked for in them too, so that
"acdc" finds AC/DC, "kesha" Ke$ha, "kino" Кино, "mueller" Müller and "fairuz" فيروز. Letters of
other scripts become Latin ones by the tables of anyascii; what Arabic and Hebrew leave unwritten
is left out of the Latin word as well (`skeleton`).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from anyascii import anyascii

from pennywhistle.engines.search.folding import fold, text_length_max, tokens

spellings_max = 60
# A name of so many words is also written as one: "daftpunk".
_joined_words_max = 4
_joined_length_max = 32
_syllables_joined_max = 4
# Shorter ones would be found by half of all words.
skeleton_length_min = 2
SKELETON = "~"

_WRITTEN = re.compile(r"\S+")
_SYLLABLE = re.compile(r"[A-Z]?[a-z']+|[A-Z]+|[0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_LOOK_ALIKES = str.maketrans(
    {"$": "s", "!": "i", "@": "a", "€": "e", "0": "o", "1": "i", "3": "e", "4": "a", "5": "s"}
)
_LAST_LATIN = 0x24F
# Scripts that write few of their vowels.
_SPARSE = ((0x0590, 0x05FF), (0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF))
_UNWRITTEN = re.compile(r"[aeiouwyh']")
_DOUBLED = re.compile(r"(.)\1+")
_SOUNDS = str.maketrans({"q": "k", "c": "k", "z": "s", "v": "b", "p": "b", "f": "b", "j": "g"})
_ROMAN = {
    *(("ii", "2"), ("iii", "3"), ("iv", "4"), ("vi", "6"), ("vii", "7"), ("viii", "8")),
    *(("ix", "9"), ("xi", "11"), ("xii", "12"), ("xiii", "13")),
}
_NUMBERS = dict(_ROMAN) | {number: roman for roman, number in _ROMAN}


def spellings(text: str) -> tuple[str, ...]:
    """Return the words by which a name may be looked for besides its own; each once, in order."""
    text = unicodedata.normalize("NFC", text[:text_length_max])
    own = tokens(text)
    found: dict[str, None] = {}
    if 1 < len(own) <= _joined_words_max and sum(map(len, own)) <= _joined_length_max:
        found["".join(own)] = None
    for match in _WRITTEN.finditer(text):
        found |= dict.fromkeys(_of_written(match[0]))
    found |= dict.fromkeys(_initials(own))
    for word in own:
        found.pop(word, None)
    return tuple(found)[:spellings_max]


def other_words(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return other sequences of words that somebody who typed these may have meant.

    The words stand together: they were quoted, or one written word fell apart (`tokens`).
    """
    found: dict[tuple[str, ...], None] = {}
    if len(words) > 1:
        found[("".join(words),)] = None
    for latin in _latin("".join(words)):
        found[latin] = None
        found[("".join(latin),)] = None
    if len(words) == 1:
        word = words[0]
        found |= dict.fromkeys((other,) for other in (_NUMBERS.get(word), _alike(word)) if other)
        bones = skeleton(word)
        if bones:
            found[(SKELETON + bones,)] = None
    found.pop(words, None)
    return tuple(found)


def skeleton(word: str) -> str:
    """Return the consonants of a Latin word, as one that was written without vowels has them.

    Empty where too few are left to tell words apart.
    """
    if not word.isascii() or not word.isalpha():
        return ""
    bare = word.translate(_SOUNDS).replace("kh", "k").replace("sh", "s").replace("th", "t")
    bones = _DOUBLED.sub(r"\1", _UNWRITTEN.sub("", bare))
    return bones if len(bones) >= skeleton_length_min else ""


def _of_written(written: str) -> list[str]:
    """The spellings of what stands between two spaces: "B.I.G." → "big", "P!nk" → "pink"."""
    parts = tokens(written)
    found = ["".join(parts)] if len(parts) > 1 else []
    found += tokens(written.lower().translate(_UMLAUTS))
    # At the end of a word they are what they are: "Help!", "1999".
    inner = fold(written).rstrip("!?.,")
    if any(character.isalpha() for character in inner):
        found += ["".join(tokens(inner.translate(_LOOK_ALIKES)))]
    for latin in _latin(written):
        found += [*latin, *_joined(latin)]
        if any(_is_sparse(character) for character in written):
            found += [SKELETON + bones for each in latin if (bones := skeleton(each))]
    return [each for each in found if each]


def _initials(words: list[str]) -> list[str]:
    """Single letters that stand in a row, joined: "r e m" → "rem"."""
    found, row = [], ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isalnum():
            row += word
            continue
        if len(row) > 1:
            found.append(row)
        row = ""
    return found


def _latin(written: str) -> list[tuple[str, ...]]:
    """What is written in another script, in Latin letters by syllables; nothing for Latin."""
    if all(ord(character) <= _LAST_LATIN for character in written):
        return []
    runs = groupby(unicodedata.normalize("NFC", written), key=_is_kana)
    found = tuple(
        each.replace("'", "").lower()
        for _, run in runs
        for each in _SYLLABLE.findall(anyascii("".join(run)))
        if each.strip("'")
    )
    return [found] if found else []


def _joined(syllables: tuple[str, ...]) -> list[str]:
    """Runs of syllables as one word: "bang", "tan" → "bangtan"."""
    found = ["".join(syllables)] if len(syllables) > 1 else []
    for length in range(2, min(_syllables_joined_max, len(syllables) - 1) + 1):
        found += ["".join(syllables[at : at + length]) for at in range(len(syllables) - length + 1)]
    return found


def _alike(word: str) -> str:
    other = "".join(tokens(word.translate(_LOOK_ALIKES)))
    has_letters = any(character.isalpha() for character in word)
    return other if has_letters and other != word else ""


def _is_kana(character: str) -> bool:
    """Whether it is Japanese for sure: it is no syllable of the Chinese beside it."""
    return "\u3040" <= character <= "\u30ff"


def _is_sparse(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _SPARSE)
