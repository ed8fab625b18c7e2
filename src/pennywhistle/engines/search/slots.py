"""What a search asks for, place by place: which words, or which others instead, must be found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.search.query import NUMBERS, Field, Phrase
from pennywhistle.engines.search.spellings import other_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.search.query import Query

# Names are found with and without them: "The Beatles", "Simon & Garfunkel".
_EVERYWHERE = frozenset(["the", "and", "und", "et", "y", "feat", "ft", "featuring", "with", "n"])
_AT_THE_START = frozenset(
    ["a", "an", "le", "la", "les", "el", "los", "las", "der", "die", "das", "il", "gli", "os"]
)
_joined_length_max = 40
# So many letters may differ in a word of so many.
_LENGTHS_BY_SLIPS = ((8, 2), (4, 1))


@dataclass(frozen=True, slots=True)
class Slot:
    """Words that must be found, or any of `others` instead of them.

    `is_optional`: it is better where they are found, and no harm where they are not.
    """

    phrase: Phrase
    others: tuple[tuple[str, ...], ...] = ()
    is_optional: bool = False


def slots_of(query: Query) -> list[Slot]:
    """Return what a search asks for, without what it excludes."""
    wanted = [phrase for phrase in query.phrases if not phrase.is_excluded]
    found = [_slot(wanted, at) for at in range(len(wanted))]
    if all(slot.is_optional for slot in found):
        return [Slot(slot.phrase, slot.others) for slot in found]
    return found


def slips_allowed(word: str) -> int:
    """Return how many letters may be wrong in a word: none in a short one, or in a number."""
    if word.isdigit() or not word.isalnum():
        return 0
    return next((slips for length, slips in _LENGTHS_BY_SLIPS if len(word) >= length), 0)


def _slot(wanted: Sequence[Phrase], at: int) -> Slot:
    phrase = wanted[at]
    if phrase.any_of or phrase.field in NUMBERS:
        return Slot(phrase)
    others = dict.fromkeys(other_words(phrase.words))
    others |= dict.fromkeys((word,) for word in _joined_with_neighbors(wanted, at))
    return Slot(phrase, tuple(others), _is_optional(wanted, at))


def _joined_with_neighbors(wanted: Sequence[Phrase], at: int) -> list[str]:
    """One word of two that stand side by side: "hip hop" is also "hiphop"."""
    found = []
    for first in (at - 1, at):
        if first < 0 or first + 1 >= len(wanted):
            continue
        pair = (wanted[first], wanted[first + 1])
        joined = "".join(word for phrase in pair for word in phrase.words)
        if not any(phrase.field or phrase.any_of for phrase in pair):
            found.append(joined)
    return [word for word in found if len(word) <= _joined_length_max]


def _is_optional(wanted: Sequence[Phrase], at: int) -> bool:
    phrase = wanted[at]
    if phrase.field not in {None, Field.ARTIST, Field.LABEL} or len(phrase.words) != 1:
        return False
    word = phrase.words[0]
    # One that is being typed may become another word.
    return word in _EVERYWHERE or (at == 0 and word in _AT_THE_START and not phrase.is_prefix)
