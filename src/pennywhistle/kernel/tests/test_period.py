"""Periods: half-open, in UTC, and never without a zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.kernel.period import Period, PeriodInvalidError

MARCH = datetime(2027, 3, 1, tzinfo=UTC)
APRIL = datetime(2027, 4, 1, tzinfo=UTC)
MAY = datetime(2027, 5, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
CET = timezone(timedelta(hours=1))

instants = st.integers(-(10**9), 10**9).map(lambda seconds: MARCH + timedelta(seconds=seconds))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    starts_at = draw(st.none() | instants)
    ends_at = draw(st.none() | instants)
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        starts_at, ends_at = ends_at, starts_at + MOMENT
    return Period(starts_at, ends_at)


@pytest.mark.parametrize(
    ("instant", "holds"),
    [
        (MARCH - MOMENT, False),
        (MARCH, True),
        (APRIL - MOMENT, True),
        (APRIL, False),
        (datetime(2027, 3, 1, 0, 30, tzinfo=CET), False),
        (datetime(2027, 4, 1, 0, 30, tzinfo=CET), True),
    ],
)
def test_a_period_holds_from_its_start_until_before_its_end(instant: datetime, holds: bool) -> None:  # noqa: FBT001
    assert (instant in Period(MARCH, APRIL)) is holds


def test_open_ends_hold_for_ever() -> None:
    assert MARCH in Period(None, APRIL)
    assert APRIL not in Period(None, APRIL)
    assert MAY in Period(APRIL, None)
    assert MARCH not in Period(APRIL, None)
    assert MARCH in Period.always()


def test_times_are_kept_in_utc() -> None:
    period = Period(datetime(2027, 3, 1, 1, tzinfo=CET), None)
    assert period == Period(MARCH, None)
    assert period.starts_at is not None
    assert period.starts_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        (APRIL, MARCH),
        (MARCH, MARCH),
        (datetime(2027, 3, 1), None),  # noqa: DTZ001 - a time without zone is the point
        (None, datetime(2027, 3, 1)),  # noqa: DTZ001
        (datetime(1, 1, 1, tzinfo=CET), None),
    ],
)
def test_a_period_that_names_no_stretch_is_refused(
    starts_at: datetime | None, ends_at: datetime | None
) -> None:
    with pytest.raises(PeriodInvalidError) as refused:
        Period(starts_at, ends_at)
    assert refused.value.code == "period-invalid"


def test_asking_for_a_time_without_zone_is_refused() -> None:
    with pytest.raises(PeriodInvalidError):
        datetime(2027, 3, 1) in Period.always()  # noqa: B015, DTZ001


def test_periods_that_touch_do_not_overlap() -> None:
    assert not Period(MARCH, APRIL).overlaps(Period(APRIL, MAY))
    assert not Period(APRIL, MAY).overlaps(Period(MARCH, APRIL))
    assert Period(MARCH, APRIL).intersection(Period(APRIL, None)) is None


def test_the_intersection_is_the_later_start_and_the_earlier_end() -> None:
    assert Period(MARCH, MAY).intersection(Period(APRIL, None)) == Period(APRIL, MAY)
    assert Period(None, APRIL).intersection(Period(MARCH, MAY)) == Period(MARCH, APRIL)
    assert Period.always().intersection(Period.always()) == Period.always()


@given(periods(), periods(), instants)
def test_an_instant_lies_in_the_intersection_if_it_lies_in_both(
    first: Period, second: Period, instant: datetime
) -> None:
    common = first.intersection(second)
    assert (common is not None and instant in common) == (instant in first and instant in second)
    assert (common is not None) == first.overlaps(second) == second.overlaps(first)
    assert common == second.intersection(first)
