"""What cannot be printed does not pass."""

from pennywhistle.kernel.one_line import one_line


def test_what_cannot_be_printed_becomes_a_space() -> None:
    assert one_line("a\x00b\nc\ud800d\u202ee é", chars_max=20) == "a b c d e é"


def test_it_is_cut() -> None:
    assert one_line(["long"] * 9, chars_max=7) == "['long'"
