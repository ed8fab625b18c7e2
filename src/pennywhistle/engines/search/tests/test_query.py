"""A search is taken apart as its writer meant it, and nothing that is typed breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounded import bounded_work
from pennywhistle.engines.search import Field, Phrase, fold, parse_query, tokens
from pennywhistle.engines.search.folding import word_length_max
from pennywhistle.engines.search.query import terms_max, year_span_max


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Björk", "bjork"),
        ("BJÖRK", "bjork"),
        ("Bjo\u0308rk", "bjork"),
        ("Sigur Rós", "sigur ros"),
        ("Straße", "strasse"),
        ("Mø & Łódź", "mo & lodz"),
        ("Don’t", "dont"),  # noqa: RUF001
        ("ﬁre", "fire"),
        ("Ærø", "aero"),
        ("Зима", "зима"),
        ("Ёлка", "елка"),
    ],
)
def test_accents_and_case_do_not_count(written: str, meant: str) -> None:
    assert fold(written) == meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AC/DC", ["ac", "dc"]),
        ("  two   words ", ["two", "words"]),
        ("東京 Night", ["東", "京", "night"]),
        ("!!!", ["!!!"]),
        ("( ÷ )", ["÷"]),
        ("--- () .", []),
        ("& | <> =", []),
        ("Help!", ["help"]),
        ("a" * 100, ["a" * word_length_max]),
        ("فيروز", ["فيروز"]),
    ],
)
def test_a_text_is_its_words(text: str, words: list[str]) -> None:
    assert tokens(text) == words


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("tin weather", [Phrase(("tin",)), Phrase(("weather",), is_prefix=True)]),
        ('"tin weather"', [Phrase(("tin", "weather"))]),
        ('"tin weather', [Phrase(("tin", "weather"), is_prefix=True)]),
        ("-live tin", [Phrase(("live",), is_excluded=True), Phrase(("tin",), is_prefix=True)]),
        ('-"live at"', [Phrase(("live", "at"), is_excluded=True)]),
        ("label:Tin", [Phrase(("tin",), Field.LABEL, is_prefix=True)]),
        ('label:"Two Words"', [Phrase(("two", "words"), Field.LABEL)]),
        ("year:1999", [Phrase((), Field.YEAR, ("1999",))]),
        ("year:1999-1997", [Phrase((), Field.YEAR, ("1997", "1998", "1999"))]),
        ("isrc:us-s1z-99-00001", [Phrase(("uss1z9900001",), Field.ISRC)]),
        ("US-S1Z-99-00001", [Phrase(("uss1z9900001",), Field.ISRC)]),
        ("uss1z9900001", [Phrase(("uss1z9900001",), Field.ISRC)]),
        ("0724384260958", [Phrase(("724384260958",), Field.UPC)]),
        ("AC/DC live", [Phrase(("ac", "dc")), Phrase(("live",), is_prefix=True)]),
        ("T-034.524.680-1", [Phrase(("t0345246801",), Field.ISWC)]),
        (
            "by:Simone work:sinnerman",
            [
                Phrase(("simone",), Field.CREDIT),
                Phrase(("sinnerman",), Field.WORK, is_prefix=True),
            ],
        ),
        ("re:stacks", [Phrase(("re", "stacks"), is_prefix=True)]),
        ("year:soon", []),
        ("label:", [Phrase(("label",), is_prefix=True)]),
    ],
)
def test_a_search_is_taken_apart(text: str, phrases: list[Phrase]) -> None:
    assert list(parse_query(text).phrases) == phrases


@pytest.mark.parametrize(
    "text", ["", " ", "-", '"', '""', "---", ":", '-"', "\x00\x01\x7f", "-live"]
)
def test_a_search_without_words_is_empty(text: str) -> None:
    assert parse_query(text).is_empty


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_240,
        "a " * 5_120,
        '"' * 10_240,
        "-" * 10_240,
        "year:0001-9999 " * 700,
        "\u0301" * 10_240,
        "\u202e" * 10_240,
        "\x00" * 10_240,
        "label:" * 2_000,
        "\ud800",
    ],
)
def test_what_is_huge_or_odd_is_bounded(text: str) -> None:
    with bounded_work():
        query = parse_query(text)

    assert len(query.phrases) <= terms_max
    assert all(len(phrase.any_of) <= year_span_max for phrase in query.phrases)


@given(st.text())
def test_any_text_is_a_search(text: str) -> None:
    query = parse_query(text)

    assert all(word == fold(word) for phrase in query.phrases for word in phrase.words)
    assert all(phrase.words or phrase.any_of for phrase in query.phrases)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
