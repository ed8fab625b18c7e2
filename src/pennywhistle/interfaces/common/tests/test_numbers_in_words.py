"""Numbers of judgements in the reader's language and direction."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from pennywhistle.interfaces.common.judgement_words import level_text


@pytest.mark.parametrize(
    ("language", "level", "text"),
    [
        ("en", -13.25, "-13.2 LUFS"),
        ("de", -13.26, "-13,3 LUFS"),
        ("ar", -13.26, "\u2066-13.3\u2069 LUFS"),
        ("ar", 2.9, "2.9 LUFS"),
    ],
)
def test_a_minus_stays_before_its_number(language: str, level: float, text: str) -> None:
    with override(language):
        assert level_text(level, "LUFS") == text
