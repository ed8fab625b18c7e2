"""A number goes with its noun."""

import pytest

from pennywhistle.kernel.counted import counted


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 tracks"), (1, "1 track"), (2, "2 tracks"), (1200, "1,200 tracks")],
)
def test_one_is_one_and_all_others_are_many(count: int, said: str) -> None:
    assert counted(count, "track") == said


def test_what_takes_no_s_says_its_plural() -> None:
    assert counted(1, "entry", "entries") == "1 entry"
    assert counted(3, "entry", "entries") == "3 entries"
