"""What contracts make due, month by month, exactly; and what they refuse, with reasons."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.payout import (
    Month,
    Promise,
    Reserve,
    Step,
    TermsRefusedError,
    check_loops,
    check_promises,
    check_reserve,
    check_steps,
    due_between,
    reckon,
)
from worked_tables import micro_of, worked_table

HALF = (Step(0, Fraction(1, 2)),)
STEPS = (Step(0, Fraction(1, 2)), Step(1_000, Fraction(3, 5)))
TENS = (Step(0, Fraction(1, 2)), Step(10_000_000, Fraction(3, 5)))
LATER = Reserve(Fraction(1, 5), ((1, Fraction(1, 2)), (3, Fraction(1, 2))))


def month(number: int, base: int, steps=HALF, reserve: Reserve = LATER) -> Month:
    return Month(date(2026, number, 1), base, steps, reserve)


@pytest.mark.parametrize(
    ("base", "due"), [(0, 0), (1_000, 500), (1_500, 800), (-200, -100), (7, Fraction(7, 2))]
)
def test_steps_are_of_what_was_earned_in_all(base, due) -> None:
    assert due_between(STEPS, 0, base) == due


def test_the_worked_table_of_the_page_is_right() -> None:
    for row, steps in zip(worked_table("contracts.md", "What is due"), (HALF, TENS), strict=True):
        due = due_between(steps, 0, micro_of(row["earned in all"]))
        assert due == micro_of(row["due"])


@given(st.lists(st.integers(-5_000, 5_000), max_size=12))
def test_months_sum_to_what_all_of_them_together_make_due(bases) -> None:
    months = [month(1, base, STEPS, Reserve()) for base in bases]

    reckoned = reckon(months, on=date(2027, 1, 1))

    assert reckoned.base_micro == sum(bases)
    assert 0 <= due_between(STEPS, 0, sum(bases)) - reckoned.due_micro < 1


@pytest.mark.parametrize(
    ("on", "reserved"),
    [
        (date(2026, 1, 31), 100),
        (date(2026, 2, 28), 100),
        (date(2026, 3, 1), 50),
        (date(2026, 4, 30), 50),
        (date(2026, 5, 1), 0),
    ],
)
def test_a_reserve_is_released_by_its_schedule(on, reserved) -> None:
    assert reckon([month(1, 1_000)], on=on).reserved_micro == reserved


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((), "begins at 0"),
        ((Step(5, Fraction(1)),), "begins at 0"),
        ((Step(0, Fraction(101, 100)),), "101 %"),
        ((Step(0, Fraction(1, 2)), Step(0, Fraction(1))), "above the one before"),
    ],
)
def test_steps_that_are_none_are_refused(steps, said) -> None:
    with pytest.raises(TermsRefusedError, match=said):
        check_steps(steps)


@pytest.mark.parametrize(
    "reserve",
    [
        Reserve(Fraction(1, 5), ((1, Fraction(99, 100)),)),
        Reserve(Fraction(1, 5)),
        Reserve(Fraction(1), ((1, Fraction(1)),)),
        Reserve(Fraction(0), ((1, Fraction(1)),)),
        Reserve(Fraction(1, 5), ((0, Fraction(1)),)),
    ],
)
def test_a_reserve_that_is_never_released_whole_is_refused(reserve) -> None:
    with pytest.raises(TermsRefusedError):
        check_reserve(reserve)


def promise(name: str, percent: int, **changed) -> Promise:
    fields = {"payer": 1, "payee": 2, "subjects": frozenset(), "starts_on": date(2026, 1, 1)}
    return Promise(name=name, ends_on=None, share=Fraction(percent, 100), **fields | changed)


def test_what_sums_to_101_percent_is_refused_with_the_numbers() -> None:
    ada = promise("Ada", 60, subjects=frozenset({7}))
    with pytest.raises(TermsRefusedError, match=r"41 % \(Bob\) \+ 60 % \(Ada\) = 101 %"):
        check_promises(promise("Bob", 41, payee=3), [ada])

    check_promises(promise("Bob", 40, payee=3), [ada])
    check_promises(promise("Bob", 41, payee=3, subjects=frozenset({8})), [ada])
    check_promises(promise("Bob", 41, payee=3, starts_on=date(2027, 1, 1)), [
        Promise("Ada", 1, 2, frozenset(), date(2026, 1, 1), date(2027, 1, 1), Fraction(3, 5))
    ])  # fmt: skip
    check_promises(promise("Bob", 41, payer=9), [ada])


def test_money_that_would_go_round_is_refused_with_its_way() -> None:
    others = [promise("b", 10, payer=2, payee=3), promise("c", 10, payer=3, payee=1)]

    with pytest.raises(TermsRefusedError, match="Label → Ada → Crew → Label"):
        check_loops(promise("a", 10), others, {1: "Label", 2: "Ada", 3: "Crew"})
    with pytest.raises(TermsRefusedError, match="Label → Ada → … → Label"):
        check_loops(promise("a", 10), others, {1: "Label", 2: "Ada"})
    check_loops(promise("a", 10), others[:1], {})
