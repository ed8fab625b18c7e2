"""How names are compared with what was typed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.search import parse_query
from pennywhistle.engines.search.ranking import Candidate, Written, order_of, slips_between
from pennywhistle.engines.search.slots import slots_of

WORDS = st.text("abcde", max_size=7)


def _slips_by_definition(first: str, second: str) -> int:
    """Optimal string alignment by its recurrence, without any short cut."""
    rows = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for at in range(len(first) + 1):
        for there in range(len(second) + 1):
            if not at or not there:
                rows[at][there] = at + there
                continue
            changed = first[at - 1] != second[there - 1]
            ways = [
                rows[at - 1][there] + 1,
                rows[at][there - 1] + 1,
                rows[at - 1][there - 1] + changed,
            ]
            if at > 1 and there > 1 and first[at - 2 : at] == second[there - 2 : there][::-1]:
                ways.append(rows[at - 2][there - 2] + 1)
            rows[at][there] = min(ways)
    return rows[-1][-1]


@given(WORDS, WORDS, st.integers(1, 2))
def test_slips_are_counted_up_to_what_is_allowed(first: str, second: str, most: int) -> None:
    assert slips_between(first, second, most=most) == min(
        _slips_by_definition(first, second), most + 1
    )


@given(st.text(max_size=40))
def test_what_an_index_keeps_of_a_name_is_the_same_read_back(name: str) -> None:
    assert Written.from_text(Written.of(name).to_text()) == Written.of(name)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("prince", ["Prince", "Prince Paul", "Fresh Prince"]),
        ("acdc", ["AC/DC", "ACDC Tribute Night"]),
        ("beatles", ["The Beatles", "Beatles Revival", "Beetles"]),
        ("kesha", ["Ke$ha", "Keshia"]),
    ],
)
def test_the_nearest_name_comes_first(typed: str, names: list[str]) -> None:
    found = [Candidate(Written.of(name), Written.of(""), 0, 1.0) for name in reversed(names)]

    ranked = order_of(slots_of(parse_query(typed)), found)

    assert [names[len(names) - 1 - at] for _, at in ranked] == names
    assert all(better >= worse for (better, _), (worse, _) in pairwise(ranked))
