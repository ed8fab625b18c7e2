"""Names made from titles: for addresses, and for files on any system."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pennywhistle.kernel.file_name import safe_file_name
from pennywhistle.kernel.slug import slugify


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Blue in Green", "blue-in-green"),
        ("  Don't   Stop!! ", "dont-stop"),
        ("L\u2019été", "lété"),
        ("Björk \u2013 Jóga", "björk-jóga"),
        ("Зима", "зима"),
        ("しゅうさえこ", "しゅうさえこ"),
        ("हिन्दी गीत", "हिन्दी-गीत"),
        ("AC/DC: T.N.T.", "ac-dc-t-n-t"),
        ("Ⅳ ½ ﬁne", "iv-1-2-fine"),
        ("1984", "1984"),
        ("", "untitled"),
        ("???", "untitled"),
        ("🎵", "untitled"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\u202eb\x00c", "a-b-c"),
        ("x" * 200, "x" * 60),
        ("x" * 59 + " y", "x" * 59),
    ],
)
def test_a_title_becomes_a_readable_address(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_a_slug_can_be_shorter() -> None:
    assert slugify("Blue in Green", length_max=7) == "blue-in"
    assert slugify("Blue in Green", length_max=8) == "blue-in"


def test_a_long_run_of_marks_takes_no_time() -> None:
    hostile = "a" + "\u0315\u0300" * 1_000_000
    assert len(slugify(hostile)) <= 60
    assert len(safe_file_name(hostile).encode()) <= 120


@given(st.text(max_size=200), st.integers(1, 80))
@example("\u0345\u1fb3", 60)
@example("İ", 60)
def test_a_slug_is_never_empty_and_holds_letters_digits_and_hyphens(
    title: str, length_max: int
) -> None:
    slug = slugify(title, length_max=length_max)

    assert slug == "untitled" or 1 <= len(slug) <= length_max
    assert all(
        character == "-" or unicodedata.category(character)[0] in "LMN" for character in slug
    )
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert "--" not in slug


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Blue in Green", "Blue in Green"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "untitled"),
        (".", "untitled"),
        ("", "untitled"),
        (" \t\n ", "untitled"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("/", "untitled"),
        ("a/b\\c:*?", "a-b-c-__"),
        ('"Heroes"', "'Heroes'"),
        ("<b>|</b>", "_b_-_-b_"),
        ("AC/DC", "AC-DC"),
        ("The end. . .", "The end"),
        ("A  lot\tof\nspace\u00a0here\u2028now", "A lot of space here now"),
        ("nul\x00l\x1b[31m\x7f", "null[31m"),
        ("song\u202egnp.exe", "songgnp.exe"),
        ("\u2066a\u2069\u200e\u061c\ufeff\u200bb", "ab"),
        ("\ud800lone", "lone"),
        ("Bjo\u0308rk", "Björk"),
        ("e\u200b\u0301", "é"),
        ("しゅう・さえこ", "しゅう・さえこ"),
        ("🎵 👩\u200d🎤 🏳️\u200d🌈", "🎵 👩\u200d🎤 🏳️\u200d🌈"),
        ("CON", "_CON"),
        ("con", "_con"),
        ("nul.txt", "_nul.txt"),
        ("COM1", "_COM1"),
        ("LPT³ .tar.gz", "_LPT³ .tar.gz"),
        ("CONIN$", "_CONIN$"),
        ("Console", "Console"),
        ("COM10", "COM10"),
        ("Auxiliary", "Auxiliary"),
        ("CON .", "_CON"),
    ],
)
def test_a_title_becomes_a_safe_file_name(title: str, name: str) -> None:
    assert safe_file_name(title) == name


def test_the_length_is_counted_in_bytes_and_no_character_is_cut() -> None:
    assert safe_file_name("é" * 100, length_max=9) == "éééé"
    assert safe_file_name("🎵" * 100) == "🎵" * 30
    assert safe_file_name("x" * 10_000) == "x" * 120
    assert safe_file_name("👩\u200d🎤", length_max=7) == "👩"


def test_cutting_does_not_make_a_device_of_windows() -> None:
    assert safe_file_name("Console", length_max=3) == "_Co"
    assert safe_file_name("nul. by Somebody", length_max=4) == "_nul"


def test_the_fallback_is_the_callers() -> None:
    assert safe_file_name("...", fallback="track") == "track"


# Hypothesis's text has no lone surrogates, so they are added.
anything = st.text(st.characters() | st.sampled_from("\ud800\udfff/\\.-: \u200d\u202e\u0301"))


@given(anything, st.integers(4, 200))
def test_a_safe_file_name_is_one_component_everywhere(text: str, length_max: int) -> None:
    name = safe_file_name(text, length_max=length_max, fallback="none")

    assert 1 <= len(name.encode()) <= length_max
    assert not set(name) & set('/\\:*?"<>|')
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in name)
    assert not set(name) & set(
        "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    assert name[0] not in " .-"
    assert name[-1] not in " ."
    assert unicodedata.is_normalized("NFC", name)
    assert name.split(".")[0].rstrip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    assert safe_file_name(name, length_max=length_max, fallback="none") == name
