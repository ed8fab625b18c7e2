"""What stands in the index: each kind's words in fields of its own, and numbers beside them.

A search for releases looks into the fields of releases, so that nothing has to be sorted out by
kind. Words come folded (`tokens`), parted by spaces; nothing else happens to them.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from math import log2
from typing import TYPE_CHECKING

import tantivy
from anyascii import anyascii

from pennywhistle.engines.search.folding import fold, tokens
from pennywhistle.engines.search.marks import area_text
from pennywhistle.engines.search.port import Kind, Text, words_per_document_max
from pennywhistle.engines.search.query import NUMBERS, Field
from pennywhistle.engines.search.ranking import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.engines.search.port import Document

# Raised with every change of what is written: an index of another version is built again.
VERSION = 2
WORDS = "words"
KINDS = {Kind.RELEASE: 1, Kind.TRACK: 2, Kind.PARTY: 3}
TEXTS = {Text.NAME: "name", Text.MAKER: "maker", Text.PLACE: "place", Text.ABOUT: "about"}
# Of each kind the texts that it has.
TEXTS_OF = {
    Kind.RELEASE: (Text.NAME, Text.MAKER, Text.PLACE),
    Kind.TRACK: (Text.NAME, Text.MAKER, Text.PLACE, Text.ABOUT),
    Kind.PARTY: (Text.NAME,),
}
# What each doubling of buyers adds to the weight of a word.
_of_doubled_buyers = 0.2
_SIGNS = " 0123456789abcdefghijklmnopqrstuvwxyz"
_sort_length = 12
_ARTICLES = frozenset(["the", "a", "an", "le", "la", "les", "el", "los", "der", "die", "das"])
COMPARED_GAP = "\x1e"


def name_of(kind: Kind, text: str) -> str:
    """The field of a kind's text: `t_name`; `t_alt` has its other spellings."""
    return f"{kind.value[0]}_{text}"


def field_name(field: Field) -> str:
    """The field that a field word looks in."""
    return f"f_{field.value}"


@cache
def schema() -> tantivy.Schema:
    """The one schema; see `VERSION`."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("shown", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("compared", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("note", stored=True, tokenizer_name="raw", index_option="basic")
    for kind, texts in TEXTS_OF.items():
        for text in texts:
            builder.add_text_field(name_of(kind, TEXTS[text]), tokenizer_name=WORDS)
        builder.add_text_field(name_of(kind, "alt"), tokenizer_name=WORDS, index_option="freq")
    for field in Field:
        is_whole = field is Field.YEAR or field in NUMBERS
        builder.add_text_field(
            field_name(field),
            tokenizer_name=WORDS,
            index_option="basic" if is_whole else "position",
        )
    builder.add_text_field("area", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("marks", tokenizer_name="raw", index_option="basic", fast=True)
    for number in ("kind", "release"):
        builder.add_unsigned_field(number, indexed=True, fast=True)
    for number in ("id", "day", "buyers", "price", "sort", "digest"):
        builder.add_unsigned_field(number, fast=True)
    builder.add_float_field("weight", fast=True)
    return builder.build()


def opened(path: str) -> tantivy.Index:
    """An index of this schema, made where there is none."""
    index = tantivy.Index(schema(), path=path)
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(WORDS, words)
    return index


def key_of(kind: Kind, number: int) -> str:
    """The name of a document, under which it is replaced."""
    return f"{kind.value[0]}{number}"


def row_of(document: Document) -> tantivy.Document:
    """A document as the index takes it."""
    row = tantivy.Document()
    row.add_text("key", key_of(document.kind, document.id))
    compared = {text: Written.of(document.texts.get(text, "")) for text in (Text.NAME, Text.MAKER)}
    _add_words(row, document, compared)
    for field, text in document.fields.items():
        words = text.casefold().split() if field in NUMBERS or field is Field.YEAR else tokens(text)
        row.add_text(field_name(field), " ".join(words[:words_per_document_max]))
    row.add_text("area", area_text(document.areas))
    for mark in document.marks:
        row.add_text("marks", mark)
    name = document.texts.get(Text.NAME, "")
    row.add_text("shown", name)
    row.add_text("compared", COMPARED_GAP.join(each.to_text() for each in compared.values()))
    for field_of, number in (
        ("kind", KINDS[document.kind]),
        ("id", document.id),
        ("release", document.release_id or 0),
        ("day", (document.released_on or date.min).toordinal()),
        ("buyers", document.buyers),
        ("price", document.price_micro),
        ("sort", sort_number(name)),
        ("digest", document.digest),
    ):
        row.add_unsigned(field_of, number)
    row.add_float("weight", 1.0 + _of_doubled_buyers * log2(1 + document.buyers))
    return row


def _add_words(row: tantivy.Document, document: Document, compared: Mapping[Text, Written]) -> None:
    others: dict[str, None] = {}
    left = words_per_document_max
    for text in TEXTS_OF[document.kind]:
        said = document.texts.get(text, "")
        words = (compared[text].words if text in compared else tokens(said))[:left]
        left -= len(words)
        row.add_text(name_of(document.kind, TEXTS[text]), " ".join(words))
        if text in compared:
            others |= dict.fromkeys(sorted(compared[text].others))
    row.add_text(name_of(document.kind, "alt"), " ".join(others))


def sort_number(name: str) -> int:
    """The beginning of a name as a number that sorts like it, in Latin letters, past an article."""
    words = tokens(fold(anyascii(name[: 4 * _sort_length])))
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    number = 0
    for letter in " ".join(words).ljust(_sort_length)[:_sort_length]:
        number = number * (len(_SIGNS) + 1) + _SIGNS.find(letter) + 1
    return number
