"""How sure it is that a recording plays a work, in permille, and by which rule.

The table of docs/algorithms/matching.md is run as a test.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.search.folding import letters_only

if TYPE_CHECKING:
    from collections.abc import Sequence

# Titles of which less than this is common are different titles.
TITLES_ALIKE_MIN = Fraction(4, 5)
# From here on a match is linked without asking anybody; below `PROPOSED_MIN` nobody is asked.
CERTAIN_MIN = 980
PROPOSED_MIN = 400
WHOLE_PERMILLE = 1000
# A title of one word says little by itself.
_TELLING_WORDS_MIN = 2

OWN_ISRC = "own-isrc"
LICENSOR_ISRC = "licensor-isrc"
OTHER_ISRC = "other-isrc"
TWIN = "twin"
TITLE_AND_PARTY = "title-and-party"
TITLE_AND_NAME = "title-and-name"
TITLE = "title"
# Not judged: a delivery says so, and an operator said otherwise before.
TOLD_BY_SUPPLIER = "told-by-supplier"

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_FEATURING = re.compile(r"\s(feat|ft|featuring)[. ].*$", re.IGNORECASE)
_VERSION = re.compile(
    r"\s[-–—]\s.*\b(live|remix|mix|version|edit|remaster|remastered|demo|acoustic|instrumental)"  # noqa: RUF001 (dashes as titles have them)
    r"\b.*$",
    re.IGNORECASE,
)
# fmt: off
_ARTICLES = frozenset({
    "the", "a", "an", "der", "die", "das", "ein", "eine", "le", "la", "les", "un", "une",
    "el", "los", "las", "il", "lo", "gli", "os", "as",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody credited on a recording, or for a work."""

    party_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Side:
    """A recording with its artists, or a work with its writers."""

    title: str
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Who named the ISRC for the work: the recording's own supplier, a licensor of the store."""

    by_supplier: bool = False
    by_licensor: bool = False
    by_another: bool = False
    # Another supplier's recording of the same ISRC plays the work.
    has_twin: bool = False


@dataclass(frozen=True, slots=True)
class Judgment:
    """How sure a match is, by which rule, how alike the titles are, and who is on both sides."""

    permille: int
    rule: str
    title_permille: int
    people: tuple[str, ...]


def title_words(title: str) -> list[str]:
    """The words of a title as they are compared: no brackets, versions, case, accents, article."""
    plain = _VERSION.sub("", _FEATURING.sub("", _BRACKETS.sub(" ", title)))
    words = letters_only(plain)
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return words or letters_only(title)


def alike(one: Sequence[str], other: Sequence[str]) -> Fraction:
    """How much two lists of words have in common: twice the common words, of all (Dice)."""
    count = len(one) + len(other)
    common = sum((Counter(one) & Counter(other)).values())
    return Fraction(2 * common, count) if count else Fraction(0)


def judge(recording: Side, work: Side, named: Named) -> Judgment | None:
    """The strongest of the rules that hold; None if nobody needs to be asked."""
    words = title_words(recording.title)
    title = alike(words, title_words(work.title))
    is_alike = title >= TITLES_ALIKE_MIN
    same_parties = {one.party_id for one in recording.people} & {
        one.party_id for one in work.people
    }
    same_names = [
        one.name
        for one in work.people
        if one.party_id in same_parties
        or any(_same_name(one.name, other.name) for other in recording.people)
    ]
    rules = [
        (named.by_supplier, OWN_ISRC, WHOLE_PERMILLE),
        (named.by_licensor and is_alike, LICENSOR_ISRC, 980),
        (named.by_licensor or named.by_another, OTHER_ISRC, 900 if is_alike else 700),
        (named.has_twin, TWIN, 850 if is_alike else 600),
        (is_alike and bool(same_parties), TITLE_AND_PARTY, 600 + int(250 * title)),
        (is_alike and bool(same_names), TITLE_AND_NAME, 550 + int(250 * title)),
        (title == 1 and len(words) >= _TELLING_WORDS_MIN, TITLE, 450 if not work.people else 400),
    ]
    held = [(permille, rule) for holds, rule, permille in rules if holds]
    if not held:
        return None
    permille, rule = max(held, key=lambda one: one[0])
    return Judgment(permille, rule, int(WHOLE_PERMILLE * title), tuple(dict.fromkeys(same_names)))


def _same_name(one: str, other: str) -> bool:
    """The same words in any order, or "A. Weir" and "Ada Weir"."""
    mine, theirs = letters_only(one), letters_only(other)
    if not mine or not theirs:
        return False
    if sorted(mine) == sorted(theirs):
        return True
    is_initial = min(len(mine[0]), len(theirs[0])) == 1
    return is_initial and mine[-1] == theirs[-1] and mine[0][0] == theirs[0][0]
