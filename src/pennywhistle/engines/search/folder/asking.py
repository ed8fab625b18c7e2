"""A search as tantivy is asked: which words in which fields, and what they weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import tantivy
from tantivy import Occur, Query

from pennywhistle.engines.search.folder.schema import (
    KINDS,
    TEXTS,
    TEXTS_OF,
    field_name,
    name_of,
    schema,
)
from pennywhistle.engines.search.port import How, Kind, Text
from pennywhistle.engines.search.query import NUMBERS, Field
from pennywhistle.engines.search.slots import slips_allowed, slots_of
from pennywhistle.engines.search.spellings import SKELETON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.search.query import Phrase
    from pennywhistle.engines.search.query import Query as Search
    from pennywhistle.engines.search.slots import Slot

_WEIGHTS = {Text.NAME: 3.0, Text.MAKER: 2.0, Text.PLACE: 0.7, Text.ABOUT: 0.6}
_of_spelling, _of_beginning, _of_slip, _of_second_field = 1.6, 0.4, 0.8, 0.15
prefix_length_min = 2
# Looking for what is almost a word costs more than looking for it.
slipped_words_max = 6
_slipped_length_max = 24
# Of so many words one may be missing.
most_of_words_min = 2

Part = tuple[Occur, Query]


@dataclass(frozen=True, slots=True)
class Asking:
    """Makes the queries for one kind of things."""

    kind: Kind

    def query(self, search: Search, *, how: How = How.ALL) -> Query | None:
        """What must hold; None where this way of asking finds nothing more than a stricter one."""
        slots = slots_of(search)
        can_slip = [self._can_slip(slot) for slot in slots]
        if how is How.SLIPS and not any(can_slip):
            return None
        needed = sum(not slot.is_optional for slot in slots)
        if how is How.MOST and needed < most_of_words_min:
            return None
        slipping = {at for at, can in enumerate(can_slip) if can}
        slipping = set(sorted(slipping)[:slipped_words_max]) if how is not How.ALL else set()
        words = [(slot, self._slot(slot, slips=at in slipping)) for at, slot in enumerate(slots)]
        parts = self._joined(words, how)
        parts += [
            (Occur.MustNot, self._anywhere(phrase))
            for phrase in search.phrases
            if phrase.is_excluded
        ]
        if all(slot.phrase.field is not None for slot in slots):
            parts.append((Occur.Must, self._of_kind()))
        return Query.boolean_query(parts)

    def _joined(self, words: Sequence[tuple[Slot, Query]], how: How) -> list[Part]:
        """All words that are needed; or, of free ones, all but one."""
        parts: list[Part] = []
        free: list[Part] = []
        for slot, query in words:
            if slot.is_optional:
                parts.append((Occur.Should, query))
            elif how is How.MOST and _is_free(slot.phrase):
                free.append((Occur.Should, query))
            else:
                parts.append((Occur.Must, query))
        if free:
            wanted = max(1, len(free) - 1)
            parts.append(
                (Occur.Must, Query.boolean_query(free, minimum_number_should_match=wanted))
            )
        return parts

    def _slot(self, slot: Slot, *, slips: bool) -> Query:
        phrase = slot.phrase
        if phrase.field is not None:
            return _in_field(slot)
        ways = self._ways(phrase)
        for other in slot.others:
            ways += self._other(other)
        if phrase.is_prefix and len(phrase.words[-1]) >= prefix_length_min:
            ways += self._beginnings(phrase.words)
        if slips:
            ways += self._slipped(phrase)
        return Query.disjunction_max_query(ways, _of_second_field)

    def _ways(self, phrase: Phrase) -> list[Query]:
        ways = [
            Query.boost_query(_words_in(name_of(self.kind, TEXTS[text]), phrase.words), weight)
            for text, weight in self._weights()
        ]
        if len(phrase.words) == 1:
            spelled = _word_in(name_of(self.kind, "alt"), phrase.words[0])
            ways.append(Query.boost_query(spelled, _of_spelling))
        return ways

    def _weights(self) -> list[tuple[Text, float]]:
        return [(text, _WEIGHTS[text]) for text in TEXTS_OF[self.kind]]

    def _other(self, words: tuple[str, ...]) -> list[Query]:
        """Another way to write it: as a spelling that was kept, or as words of the names."""
        names = [text for text in (Text.NAME, Text.MAKER) if text in TEXTS_OF[self.kind]]
        is_word = len(words) == 1
        if is_word and words[0].startswith(SKELETON):
            names = []
        ways = [_words_in(name_of(self.kind, TEXTS[text]), words) for text in names]
        if is_word:
            ways.append(_word_in(name_of(self.kind, "alt"), words[0]))
        return [Query.boost_query(way, _of_spelling) for way in ways]

    def _beginnings(self, words: tuple[str, ...]) -> list[Query]:
        """What begins so; all of it weighs the same, and buyers tell it apart."""
        names = [name_of(self.kind, TEXTS[text]) for text, _ in self._weights()[:2]]
        if len(words) > 1:
            return [_beginning_phrase(name, words) for name in names]
        names.append(name_of(self.kind, "alt"))
        ways = [
            Query.fuzzy_term_query(schema(), name, words[0], distance=0, prefix=True)
            for name in names
        ]
        return [Query.const_score_query(way, _of_beginning) for way in ways]

    def _can_slip(self, slot: Slot) -> bool:
        words = slot.phrase.words
        is_word = len(words) == 1 and _is_free(slot.phrase) and not slot.is_optional
        return is_word and len(words[0]) <= _slipped_length_max and slips_allowed(words[0]) > 0

    def _slipped(self, phrase: Phrase) -> list[Query]:
        word = phrase.words[0]
        names = [name_of(self.kind, TEXTS[text]) for text, _ in self._weights()[:2]]
        return [
            Query.const_score_query(
                Query.fuzzy_term_query(
                    schema(), name, word, distance=slips_allowed(word), prefix=phrase.is_prefix
                ),
                _of_slip,
            )
            for name in (*names, name_of(self.kind, "alt"))
        ]

    def _anywhere(self, phrase: Phrase) -> Query:
        if phrase.field is not None:
            return _phrase_in_field(phrase)
        return Query.disjunction_max_query(
            [
                _words_in(name_of(self.kind, TEXTS[text]), phrase.words)
                for text in TEXTS_OF[self.kind]
            ]
        )

    def _of_kind(self) -> Query:
        return silent(Query.term_query(schema(), "kind", KINDS[self.kind]))


def silent(query: Query) -> Query:
    """What must hold, and does not weigh."""
    return Query.const_score_query(query, 0.0)


def any_of(field: str, values: Sequence[str]) -> Query:
    """One of these values; a set is quicker from some number of them on."""
    if len(values) > 16:  # noqa: PLR2004 (about where both take as long)
        return silent(Query.term_set_query(schema(), field, list(values)))
    terms = [(Occur.Should, Query.term_query(schema(), field, value)) for value in values]
    return silent(Query.boolean_query(terms))


def _is_free(phrase: Phrase) -> bool:
    return phrase.field is None and not phrase.any_of


def _in_field(slot: Slot) -> Query:
    ways = [_phrase_in_field(slot.phrase)]
    name = field_name(slot.phrase.field) if slot.phrase.field else ""
    if slot.phrase.field not in {*NUMBERS, Field.YEAR}:
        ways += [_words_in(name, other) for other in slot.others]
    return Query.disjunction_max_query(ways)


def _phrase_in_field(phrase: Phrase) -> Query:
    assert phrase.field is not None
    name = field_name(phrase.field)
    if phrase.any_of:
        return any_of(name, phrase.any_of)
    words = phrase.words
    if phrase.is_prefix and len(words[-1]) >= prefix_length_min:
        if len(words) > 1:
            return _beginning_phrase(name, words)
        return Query.fuzzy_term_query(schema(), name, words[0], distance=0, prefix=True)
    return _words_in(name, words)


def _beginning_phrase(name: str, words: tuple[str, ...]) -> Query:
    return Query.phrase_prefix_query(schema(), name, list(words))


def _words_in(name: str, words: tuple[str, ...]) -> Query:
    if len(words) == 1:
        return _word_in(name, words[0])
    return Query.phrase_query(schema(), name, list(words))


def _word_in(name: str, word: str) -> Query:
    return tantivy.Query.term_query(schema(), name, word)
