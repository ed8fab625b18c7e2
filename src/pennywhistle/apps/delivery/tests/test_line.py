"""People take turns at the encoders, and are told how long it takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.apps.delivery.limits import RETRY_AFTER_S_MAX
from pennywhistle.apps.delivery.line import Line
from pennywhistle.apps.delivery.pace import Pace, retry_after_s, wait_s


def test_one_track_of_one_is_not_behind_200_of_another() -> None:
    line: Line[str] = Line()
    for number in range(200):
        line.add(f"ann {number}", person="ann")
    line.add("bob", person="bob")
    line.add("cleo", person="cleo")

    assert [line.take() for _ in range(4)] == ["ann 0", "bob", "cleo", "ann 1"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers())))
def test_everything_is_taken_once_in_the_order_foretold(added: list[tuple[str, int]]) -> None:
    line: Line[tuple[str, int, int]] = Line()
    for number, (person, thing) in enumerate(added):
        line.add((person, thing, number), person=person)
    foretold = list(line.in_turn())

    taken = []
    while (thing_taken := line.take()) is not None:
        taken.append(thing_taken)

    assert taken == foretold
    assert sorted(number for _, _, number in taken) == list(range(len(added)))
    assert len(line) == 0
    for person in "abc":
        numbers = [number for who, _, number in taken if who == person]
        assert numbers == sorted(numbers)


def test_who_leaves_is_not_waited_for() -> None:
    line: Line[str] = Line()
    line.add("first", person="ann")
    line.add("second", person="bob")

    assert (line.leave("first"), line.leave("first")) == (True, False)
    assert (line.take(), line.take(), line.count_of("ann")) == ("second", None, 0)


@pytest.mark.parametrize(
    ("ahead_s", "running_s", "width", "expected_s"),
    [
        ([], [], 1, 0.0),
        ([], [4.0], 1, 4.0),
        ([], [4.0], 2, 0.0),
        ([], [4.0, 1.0], 2, 1.0),
        ([10.0], [4.0, 1.0], 2, 4.0),
        ([10.0, 2.0], [4.0, 1.0], 2, 6.0),
        ([1.0] * 200, [1.0] * 8, 8, 26.0),
    ],
)
def test_the_wait_follows_from_what_is_before(
    ahead_s: list[float], running_s: list[float], width: int, expected_s: float
) -> None:
    assert wait_s(ahead_s=ahead_s, running_s=running_s, width=width) == expected_s


def test_the_pace_is_learned_from_what_was_made() -> None:
    pace = Pace()
    for _ in range(20):
        pace.note("flac", length_s=200.0, took_s=4.0)
        pace.note("spectrum", length_s=0.0, took_s=3.0)

    assert pace.expect_s("flac", length_s=100.0) == pytest.approx(2.0)
    assert pace.expect_s("spectrum", length_s=0.0) == pytest.approx(3.0)
    # Of what was never made there is a guess, more for more.
    assert 0 < pace.expect_s("opus", length_s=10.0) < pace.expect_s("opus", length_s=20.0)


def test_a_wait_is_told_in_whole_seconds_and_never_none() -> None:
    assert [retry_after_s(each) for each in (0.0, 0.2, 7.1, 1e9)] == [1, 1, 8, RETRY_AFTER_S_MAX]
