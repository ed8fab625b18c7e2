"""Local time: a period begins when it has begun in all zones, and is over when it is in one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.kernel.local_time import (
    beginning,
    boundaries_in,
    ending,
    holding_at,
    instants_of,
    zones_of,
)
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import TERRITORY_CODES, Territories

APRIL = datetime(2013, 4, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)

clocks = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 (UTC below)
    lambda clock: clock.replace(tzinfo=UTC)
)
codes = st.sampled_from(TERRITORY_CODES)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]


def test_a_day_begins_in_canada_when_it_has_begun_in_vancouver() -> None:
    valid = instants_of(Period(APRIL, None), "CA")

    assert valid is not None
    assert valid.starts_at == local("America/Vancouver", 2013, 4, 1)


def test_a_day_is_over_in_canada_when_it_is_in_newfoundland() -> None:
    valid = instants_of(Period(None, APRIL), "CA")

    assert valid is not None
    assert valid.ends_at == local("America/St_Johns", 2013, 4, 1)


def test_a_territory_of_one_zone_changes_at_its_midnight() -> None:
    before, after = Period(None, APRIL), Period(APRIL, None)
    midnight = local("Europe/Berlin", 2013, 4, 1)
    berlin = Territories.of("DE").mask

    assert holding_at(before, midnight - SECOND) & berlin
    assert not holding_at(after, midnight - SECOND) & berlin
    assert not holding_at(before, midnight) & berlin
    assert holding_at(after, midnight) & berlin


@pytest.mark.parametrize("code", ["BV", "HM"])
def test_where_nobody_lives_it_may_be_any_time(code: str) -> None:
    valid = instants_of(Period(APRIL, APRIL + timedelta(days=3)), code)

    assert valid == Period(
        APRIL + timedelta(hours=12), APRIL + timedelta(days=3) - timedelta(hours=14)
    )


def test_a_period_shorter_than_the_spread_of_zones_never_holds() -> None:
    assert instants_of(Period(APRIL, APRIL + timedelta(hours=1)), "US") is None


def test_every_territory_has_zones() -> None:
    assert all(zones_of(code) for code in TERRITORY_CODES)
    assert len(zones_of("US")) > 20
    assert len(zones_of("DE")) == 2


def test_of_an_hour_that_comes_twice_a_start_takes_the_second_and_an_end_the_first() -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=UTC)

    assert instants_of(Period(twice, None), "AT") == Period(
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC), None
    )
    assert instants_of(Period(None, twice), "AT") == Period(
        None, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "clock", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_the_ends_of_the_calendar_are_instants_too(clock: datetime) -> None:
    assert beginning(clock).instants
    assert ending(clock).instants


@given(clocks, codes, st.integers(-30 * 3600, 30 * 3600))
def test_masks_and_instants_say_the_same(clock: datetime, code: str, seconds: int) -> None:
    at, bit = clock + timedelta(seconds=seconds), Territories.of(code).mask
    starting, stopping = (
        instants_of(Period(clock, None), code),
        instants_of(Period(None, clock), code),
    )

    assert starting is not None
    assert stopping is not None
    assert bool(beginning(clock).at(at) & bit) == (at in starting)
    assert bool(ending(clock).at(at) & bit) == (at not in stopping)


@given(clocks, codes)
def test_nowhere_does_a_period_begin_before_the_one_before_it_is_over(
    clock: datetime, code: str
) -> None:
    before, after = instants_of(Period(None, clock), code), instants_of(Period(clock, None), code)

    assert before is not None
    assert after is not None
    assert not before.overlaps(after)


@given(clocks, codes)
def test_all_boundaries_of_a_territory_are_found(clock: datetime, code: str) -> None:
    valid = Period(clock, clock + timedelta(days=9))
    here = instants_of(valid, code)

    assert here is not None
    assert list(boundaries_in(valid, Territories.of(code))) == [here.starts_at, here.ends_at]
