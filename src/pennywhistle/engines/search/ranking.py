"""The order of the best hits: how close a name is to what was typed, and how many bought it.

An index gives some hundred candidates by the weight of their words (BM25), which does not know
that "prince" is all of Prince and half of Fresh Prince. Closeness is between 0 and 1; each tenfold
of buyers is worth some of it, so that what many own stands above what is only spelled alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import log10
from typing import TYPE_CHECKING

from pennywhistle.engines.search.folding import tokens
from pennywhistle.engines.search.slots import Slot, slips_allowed
from pennywhistle.engines.search.spellings import spellings

if TYPE_CHECKING:
    from collections.abc import Sequence

candidates_max = 100
# A tenfold of buyers.
_of_buyers = 0.16
_of_index = 0.05
_of_maker = 0.9
_OTHERS = "\x1f"
_ARTICLES = frozenset(["the", "a", "an", "le", "la", "les", "el", "los", "der", "die", "das"])


@dataclass(frozen=True, slots=True)
class Written:
    """A name as it is compared: its words, and its other spellings, which take long to make.

    So an index keeps both beside the name (`to_text`).
    """

    words: tuple[str, ...]
    others: frozenset[str]

    @classmethod
    def of(cls, name: str) -> Written:
        """Of a name as it is written."""
        return cls(tuple(tokens(name)), frozenset(spellings(name)))

    @classmethod
    def from_text(cls, text: str) -> Written:
        """What `to_text` wrote."""
        words, _, others = text.partition(_OTHERS)
        return cls(tuple(words.split()), frozenset(others.split()))

    def to_text(self) -> str:
        """Words have no spaces in them."""
        return " ".join(self.words) + _OTHERS + " ".join(sorted(self.others))

    @property
    def bare(self) -> tuple[str, ...]:
        """The words without articles, where there are others."""
        return tuple(word for word in self.words if word not in _ARTICLES) or self.words


@dataclass(frozen=True, slots=True)
class Candidate:
    """What an index found: its name and who made it, buyers, and the index's own score."""

    name: Written
    maker: Written
    buyers: int
    score: float


def order_of(slots: Sequence[Slot], candidates: Sequence[Candidate]) -> list[tuple[float, int]]:
    """Return (rank, position among the candidates), best first; equal ones keep their order."""
    highest = max((each.score for each in candidates), default=0.0) or 1.0
    asked = _Asked.of(slots)
    ranked = [
        (
            asked.closeness(each.name, each.maker)
            + _of_buyers * log10(1 + each.buyers)
            + _of_index * each.score / highest,
            at,
        )
        for at, each in enumerate(candidates)
    ]
    return sorted(ranked, key=lambda pair: (-pair[0], pair[1]))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The words of a search: what each place may be filled with, and whether it may go on."""

    places: tuple[frozenset[str], ...]
    needed: tuple[bool, ...]
    joined: str
    is_prefix: bool

    @classmethod
    def of(cls, slots: Sequence[Slot]) -> _Asked:
        places: list[frozenset[str]] = []
        needed: list[bool] = []
        for slot in slots:
            if slot.phrase.field is not None:
                continue
            others = frozenset(other[0] for other in slot.others if len(other) == 1)
            for word in slot.phrase.words:
                places.append(others | {word})
                needed.append(not slot.is_optional)
        words = [word for slot in slots if not slot.phrase.field for word in slot.phrase.words]
        is_prefix = bool(slots) and slots[-1].phrase.is_prefix
        return cls(tuple(places), tuple(needed), "".join(words), is_prefix)

    def closeness(self, name: Written, maker: Written) -> float:
        """How well a name, and who made it, are what was typed; 1 for the name itself."""
        if not self.places:
            return 0.5
        bare = name.bare
        if self.joined == "".join(bare):
            return 1.0
        filled = [self._place(at, name, maker) for at in range(len(self.places))]
        needed = [fit for fit, is_needed in zip(filled, self.needed, strict=True) if is_needed]
        fits = sum(fit for fit, _ in needed) / max(1, len(needed))
        if self.joined in name.others or self.joined == "".join(name.words):
            return 1.0
        used = frozenset(chain.from_iterable(words for _, words in filled))
        # How much of the name was typed: all of a short name is worth more than half of a long one.
        typed = len(used.intersection(bare)) / max(1, len(set(bare)))
        starts = bool(name.words) and name.words[0] in used
        return 0.5 * fits + 0.4 * fits * typed + 0.05 * starts

    def _place(self, at: int, name: Written, maker: Written) -> tuple[float, frozenset[str]]:
        """How well a place is filled (1, in the maker's name a little less), and by which words."""
        for written, worth in ((name, 1.0), (maker, _of_maker)):
            if met := self.places[at].intersection(written.words):
                return worth, met
        is_last = self.is_prefix and at == len(self.places) - 1
        best: tuple[float, frozenset[str]] = (0.0, frozenset())
        for written, worth in ((name, 1.0), (maker, _of_maker)):
            for typed in self.places[at]:
                fit, met = _fit(typed, written, is_unfinished=is_last)
                if fit * worth > best[0]:
                    best = (fit * worth, met)
        return best


def _fit(typed: str, name: Written, *, is_unfinished: bool) -> tuple[float, frozenset[str]]:
    """How near the nearest word is: 1 for itself, less for its beginning or with slips."""
    if typed in name.words:
        return 1.0, frozenset([typed])
    if typed in name.others or typed == "".join(name.words):
        return 0.95, frozenset(name.bare)
    best: tuple[float, frozenset[str]] = (0.0, frozenset())
    for word in name.words:
        fit = _nearness(typed, word, is_unfinished=is_unfinished)
        if fit > best[0]:
            best = (fit, frozenset([word]))
    return best


# Whoever types a word wrongly is compared with the same words again and again.
@lru_cache(maxsize=65_536)
def _nearness(typed: str, word: str, *, is_unfinished: bool) -> float:
    if is_unfinished and word.startswith(typed):
        return 0.6 + 0.35 * len(typed) / len(word)
    allowed = slips_allowed(typed)
    if not allowed:
        return 0.0
    compared = word[: len(typed)] if is_unfinished and len(word) > len(typed) + allowed else word
    slips = slips_between(typed, compared, most=allowed)
    return 0.0 if slips > allowed else (0.9 - 0.15 * slips) * (0.8 if compared != word else 1.0)


def slips_between(first: str, second: str, *, most: int) -> int:
    """Return how many letters were added, left out, changed or swapped; `most` + 1 for more.

    Optimal string alignment (Damerau 1964), given up as soon as no row is within `most`.
    """
    if abs(len(first) - len(second)) > most:
        return most + 1
    # One slip takes at most one letter away, and brings one in.
    if len(set(first) ^ set(second)) > 2 * most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for at, letter in enumerate(first, start=1):
        before, last, row = row, before, [at]
        for there, other in enumerate(second, start=1):
            cost = min(row[-1] + 1, before[there] + 1, before[there - 1] + (letter != other))
            is_swap = (
                at > 1 and there > 1 and letter == second[there - 2] and first[at - 2] == other
            )
            row.append(min(cost, last[there - 2] + 1) if is_swap else cost)
        if min(row) > most:
            return most + 1
    return row[-1]
