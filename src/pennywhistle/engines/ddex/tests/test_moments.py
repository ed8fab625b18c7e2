"""Dates: what is written, what it means, and where a period starts and ends (rules E4 and E5)."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.ddex.moments import Meaning, Span, read_moment

BERLIN, AUCKLAND, LOS_ANGELES = (
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Pacific/Auckland"),
    ZoneInfo("America/Los_Angeles"),
)


@pytest.mark.parametrize(
    ("raw", "meaning"),
    [
        ("2026-01-02", Meaning.LOCAL_DATE),
        ("2026-01-02T10:00:00", Meaning.LOCAL_TIME),
        ("2026-01-02T10:00", Meaning.LOCAL_TIME),
        ("2026-01-02T10:00:00.5", Meaning.LOCAL_TIME),
        ("2026-01-02T24:00:00", Meaning.LOCAL_TIME),
        ("2026-01-02T10:00:00Z", Meaning.INSTANT),
        ("2026-01-02T10:00:00+05:30", Meaning.INSTANT),
        ("2026-01-02Z", Meaning.INSTANT),
        ("2026-01", Meaning.PART),
        ("2026", Meaning.PART),
        ("", Meaning.UNREADABLE),
        ("2026-02-30", Meaning.UNREADABLE),
        ("2026-01-02T25:00:00", Meaning.UNREADABLE),
        ("2026-01-02T10:00:00+99:00", Meaning.UNREADABLE),
        ("0000-01-01", Meaning.UNREADABLE),
        ("9999-12-31T23:59:59-12:00", Meaning.UNREADABLE),
        ("02.01.2026", Meaning.UNREADABLE),
        ("\uff12026-01-02", Meaning.UNREADABLE),
        ("2026-01-02T", Meaning.UNREADABLE),
    ],
)
def test_a_date_is_understood_or_called_unreadable(raw: str, meaning: Meaning) -> None:
    moment = read_moment(raw)

    assert (moment.raw, moment.meaning) == (raw, meaning)
    assert moment.is_usable == (meaning not in {Meaning.PART, Meaning.UNREADABLE})


def test_a_day_starts_and_ends_by_the_clock_of_each_territory() -> None:
    day = read_moment("2013-03-31")

    assert day.starts_at(AUCKLAND) == datetime(2013, 3, 30, 11, tzinfo=UTC)
    assert day.starts_at(LOS_ANGELES) == datetime(2013, 3, 31, 7, tzinfo=UTC)
    # The clocks went forward in Berlin on that day: it has 23 hours.
    assert day.starts_at(BERLIN) == datetime(2013, 3, 30, 23, tzinfo=UTC)
    assert day.ends_at(BERLIN) == datetime(2013, 3, 31, 22, tzinfo=UTC)


def test_a_zone_makes_one_instant_everywhere() -> None:
    moment = read_moment("2026-01-02T10:00:00+02:00")

    assert moment.instant == datetime(2026, 1, 2, 8, tzinfo=UTC)
    assert moment.starts_at(AUCKLAND) == moment.starts_at(LOS_ANGELES) == moment.instant


def test_the_end_time_of_one_period_is_the_start_time_of_the_next() -> None:
    """ERN 4.1 dictionary, PeriodWithoutFlags: no gap and no overlap."""
    turn = "2026-01-02T10:00:00"
    first = Span(None, read_moment(turn)).in_zone(BERLIN)
    second = Span(read_moment(turn), None).in_zone(BERLIN)

    assert first is not None
    assert second is not None
    assert first.ends_at == second.starts_at


def test_the_price_changes_at_local_midnight() -> None:
    """R1: in Canada 99.99 until 2013-03-31, 88.88 from 2013-04-01."""
    zone = ZoneInfo("America/Toronto")
    old = Span(read_moment("2013-03-01"), read_moment("2013-03-31")).in_zone(zone)
    new = Span(read_moment("2013-04-01"), None).in_zone(zone)
    last_minute = datetime(2013, 3, 31, 23, 59, tzinfo=zone)
    first_minute = datetime(2013, 4, 1, 0, 0, tzinfo=zone)

    assert old is not None
    assert new is not None
    assert last_minute in old
    assert last_minute not in new
    assert first_minute in new
    assert first_minute not in old


@pytest.mark.parametrize(
    ("starts", "ends", "usable"),
    [
        ("2026-01-02", "2026-01-02", True),
        ("2026-01-02", "2026-01-01", False),
        ("2026-01-02", "2026", False),
        ("2026-01-02T10:00:00", "2026-01-02T10:00:00", False),
        ("2026-01-02", None, True),
        (None, None, True),
        ("x", None, False),
        ("2026-01-02", "9999-12-31", True),
    ],
)
def test_a_period_is_usable_only_if_it_has_a_length(
    starts: str | None, ends: str | None, *, usable: bool
) -> None:
    span = Span(read_moment(starts) if starts else None, read_moment(ends) if ends else None)

    assert span.is_usable == usable
    assert (span.in_zone(UTC) is not None) == usable


def test_a_period_is_over_everywhere_half_a_day_after_it_is_over_in_london() -> None:
    span = Span(None, read_moment("2026-01-02"))

    assert not span.has_ended_everywhere(datetime(2026, 1, 3, 11, 59, tzinfo=UTC))
    assert span.has_ended_everywhere(datetime(2026, 1, 3, 12, 0, tzinfo=UTC))


@given(st.text(max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    moment = read_moment(text)

    Span(moment, moment).in_zone(BERLIN)
    moment.ends_at(AUCKLAND)
    assert moment.raw == text


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)),
    st.integers(min_value=0, max_value=400),
    st.integers(min_value=-14, max_value=14),
)
def test_days_in_a_row_meet_without_gap_or_overlap(day: date, length: int, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    last = day + timedelta(days=length)
    first = Span(read_moment(day.isoformat()), read_moment(last.isoformat())).in_zone(zone)
    second = Span(read_moment((last + timedelta(days=1)).isoformat()), None).in_zone(zone)

    assert first is not None
    assert second is not None
    assert first.ends_at == second.starts_at
