"""Whether a release is one that somebody's search means, read from the release itself.

By the same words and signs as the search box (`engines.search`), but as it is typed: no guessing at
slips of the hand, which would find too much to write mails of. A word may stand in the release's
own names or in one of its tracks'; an unfinished last word counts as its beginning.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.search import parse_query, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pennywhistle.engines.search import Phrase, Query

_START_LENGTH = 2
# Numbers are one word, however they are written.
_WHOLE = frozenset({"isrc", "upc", "iswc"})


@dataclass(frozen=True, slots=True)
class Page:
    """What can be found at once: a release, or one of its tracks; each text by itself."""

    texts: tuple[tuple[str, ...], ...]
    # By the words before the colon: artist, label, year …
    fields: Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, slots=True)
class Record:
    """A release as searches see it."""

    release_id: int
    pages: tuple[Page, ...]
    starts: frozenset[str] = field(default=frozenset())


def page_of(texts: Iterable[str], fields: Mapping[str, Iterable[str]]) -> Page:
    """The words of some texts, and of some fields."""
    return Page(
        tuple(words for text in texts if (words := tuple(tokens(text)))),
        {
            place: tuple(_words_of(place, text) for text in given if text)
            for place, given in fields.items()
        },
    )


def record_of(release_id: int, pages: Iterable[Page]) -> Record:
    """A release with how all its words begin."""
    made = tuple(pages)
    runs = [words for page in made for words in page.texts]
    runs += [words for page in made for each in page.fields.values() for words in each]
    starts = frozenset(word[:_START_LENGTH] for words in runs for word in words)
    return Record(release_id, made, starts)


def _words_of(place: str, text: str) -> tuple[str, ...]:
    words = tuple(tokens(text))
    if place in _WHOLE:
        whole = "".join(words)
        return (whole.lstrip("0") if place == "upc" else whole,)
    return words


class Searches:
    """Many searches at once: each is tried only on releases that have a word that begins so."""

    def __init__(self, typed: Iterable[str]) -> None:
        """Take the searches apart; those that ask for nothing find nothing."""
        self._by_start: dict[str, list[tuple[str, Query]]] = defaultdict(list)
        self._others: list[tuple[str, Query]] = []
        for text in typed:
            query = parse_query(text)
            if query.is_empty:
                continue
            start = _start_of(query)
            (self._by_start[start] if start else self._others).append((text, query))

    def finding(self, record: Record) -> Iterator[str]:
        """Those that find a release, as they were typed."""
        tried = [self._others, *(self._by_start.get(start, []) for start in record.starts)]
        for group in tried:
            for text, query in group:
                if any(holds(query, page) for page in record.pages):
                    yield text


def _start_of(query: Query) -> str:
    """How the longest word begins that the search cannot do without; empty if there is none."""
    words = [
        word
        for phrase in query.phrases
        if not phrase.is_excluded and not phrase.any_of
        for word in phrase.words
    ]
    longest = max(words, key=len, default="")
    return longest[:_START_LENGTH] if len(longest) >= _START_LENGTH else ""


def holds(query: Query, page: Page) -> bool:
    """Whether every phrase of a search stands in a page, and none of the excluded."""
    return all(_stands(phrase, page) is not phrase.is_excluded for phrase in query.phrases)


def _stands(phrase: Phrase, page: Page) -> bool:
    runs = page.texts if phrase.field is None else page.fields.get(phrase.field, ())
    if phrase.any_of:
        return any(word in phrase.any_of for words in runs for word in words)
    return any(_stands_in(phrase.words, words, phrase.is_prefix) for words in runs)


def _stands_in(wanted: Sequence[str], words: Sequence[str], is_prefix: bool) -> bool:  # noqa: FBT001
    count = len(wanted)
    for at in range(len(words) - count + 1):
        run = words[at : at + count]
        if tuple(run[:-1]) != tuple(wanted[:-1]):
            continue
        if run[-1] == wanted[-1] or (is_prefix and run[-1].startswith(wanted[-1])):
            return True
    return False
