"""What somebody typed into the search box, taken apart; it never fails, it only finds less.

Words must all be found. "Words in quotes" must stand together. A minus in front excludes.
`artist:` `label:` `genre:` `work:` `by:` (who played or wrote) `year:` `isrc:` `upc:` `iswc:` look
in one place; `year:1990-1999` is a span.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pennywhistle.engines.search.folding import tokens

query_length_max = 400
terms_max = 24
year_span_max = 120
_YEAR_FIRST, _YEAR_LAST = 1850, 2200

_PIECE = re.compile(
    r'(?P<minus>-)?(?:(?P<field>[a-z]{2,8}):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>\S+))'
)
_ISRC = re.compile(r"[A-Z]{2}-?[A-Z0-9]{3}-?[0-9]{2}-?[0-9]{5}", re.ASCII)
_ISWC = re.compile(r"T-?[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]", re.ASCII)
_UPC = re.compile(r"[0-9]{12,14}", re.ASCII)
_YEARS = re.compile(r"(?P<first>[0-9]{4})(?:-(?P<last>[0-9]{4}))?", re.ASCII)


class Field(StrEnum):
    """A place to look in."""

    ARTIST = "artist"
    LABEL = "label"
    GENRE = "genre"
    WORK = "work"
    CREDIT = "by"
    YEAR = "year"
    ISRC = "isrc"
    UPC = "upc"
    ISWC = "iswc"


NUMBERS = frozenset({Field.ISRC, Field.UPC, Field.ISWC})
_FIELDS = frozenset(field.value for field in Field)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand together in this order: anywhere, or in one field.

    `any_of` (years): one of these values; `words` is empty then. `is_prefix`: the last word may go
    on, since its writer may not have finished.
    """

    words: tuple[str, ...]
    field: Field | None = None
    any_of: tuple[str, ...] = ()
    is_excluded: bool = False
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A search: every phrase holds, and none of the excluded ones. `text` is what was typed."""

    text: str
    phrases: tuple[Phrase, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for: no words, or exclusions only."""
        return all(phrase.is_excluded for phrase in self.phrases)


def parse_query(text: str) -> Query:
    """Take a search apart; at most `query_length_max` characters and `terms_max` phrases count."""
    typed = "".join(c if c.isprintable() else " " for c in text[:query_length_max]).strip()
    number = _number(typed)
    if number is not None:
        return Query(typed, (number,))
    phrases = [phrase for piece in _PIECE.finditer(typed) if (phrase := _phrase(piece)) is not None]
    return Query(typed, tuple(_with_prefix(phrases[:terms_max], typed)))


def _number(typed: str) -> Phrase | None:
    """An ISRC, ISWC or bar code that stands alone, however it is hyphenated."""
    if _ISRC.fullmatch(typed.upper()):
        return Phrase((typed.replace("-", "").lower(),), Field.ISRC)
    if _ISWC.fullmatch(typed.upper()):
        return Phrase((re.sub(r"[-.]", "", typed).lower(),), Field.ISWC)
    if _UPC.fullmatch(typed):
        return Phrase((typed.lstrip("0"),), Field.UPC)
    return None


def _phrase(piece: re.Match[str]) -> Phrase | None:
    is_excluded = piece["minus"] is not None
    text = piece["quoted"] if piece["quoted"] is not None else piece["bare"]
    name = piece["field"]
    if name not in _FIELDS:
        words = tuple(tokens(f"{name or ''} {text}"))
        return Phrase(words, is_excluded=is_excluded) if words else None
    field = Field(name)
    if field is Field.YEAR:
        years = _years(text)
        return Phrase((), field, years, is_excluded) if years else None
    words = tuple(tokens(text))
    if field in NUMBERS:
        words = ("".join(words).lstrip("0"),) if field is Field.UPC else ("".join(words),)
    return Phrase(words, field, is_excluded=is_excluded) if any(words) else None


def _years(text: str) -> tuple[str, ...]:
    match = _YEARS.fullmatch(text)
    if match is None:
        return ()
    ends = sorted((int(match["first"]), int(match["last"] or match["first"])))
    first, last = max(ends[0], _YEAR_FIRST), min(ends[1], _YEAR_LAST)
    return tuple(str(year) for year in range(first, last + 1)[:year_span_max])


def _with_prefix(phrases: list[Phrase], typed: str) -> list[Phrase]:
    """The last word, unless it was closed by a quote or a space, may be unfinished."""
    if not phrases or typed.endswith('"'):
        return phrases
    last = phrases[-1]
    if last.field in {Field.YEAR, *NUMBERS} or last.is_excluded:
        return phrases
    whole = Phrase(last.words, last.field, last.any_of, last.is_excluded, is_prefix=True)
    return [*phrases[:-1], whole]
