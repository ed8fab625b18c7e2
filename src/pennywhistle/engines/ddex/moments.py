"""Dates as messages write them: the raw text is kept beside what it is taken to mean (rule E4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

from pennywhistle.kernel.period import Period

_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]{1,9}))?)?)?)?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_ZONE_HOURS_MAX = 14
_DAY = timedelta(days=1)
# Where a day starts first, and where it ends last.
_FIRST_ZONE, _LAST_ZONE = timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))


class Meaning(StrEnum):
    """How a date is understood."""

    LOCAL_DATE = "local-date"
    """A whole day, in the local time of each territory."""
    LOCAL_TIME = "local-time"
    """A time of day, in the local time of each territory."""
    INSTANT = "instant"
    """With a zone: the same instant everywhere."""
    PART = "part"
    """Only a year, or a year and a month: good for information, never for a deal."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a time of a message.

    `clock` is the time on the wall, without zone; `zone_minutes` the written zone, where one is
    written. `clock` of a day is its midnight. None where the text is unreadable.
    """

    raw: str
    meaning: Meaning
    clock: datetime | None = None
    zone_minutes: int | None = None
    is_day: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether a deal may rest on it."""
        return self.meaning in {Meaning.LOCAL_DATE, Meaning.LOCAL_TIME, Meaning.INSTANT}

    @property
    def instant(self) -> datetime | None:
        """The instant in UTC, if a zone is written."""
        return self._in(None) if self.zone_minutes is not None and self.is_usable else None

    def instant_on(self, zone: tzinfo) -> datetime | None:
        """The time on a wall of `zone`; of a local time what is on any wall."""
        instant = self.instant
        return self.clock if instant is None else instant.astimezone(zone).replace(tzinfo=None)

    def starts_at(self, zone: tzinfo) -> datetime | None:
        """The first instant of it, in a territory that lives by `zone`."""
        return self._in(zone) if self.is_usable else None

    def ends_at(self, zone: tzinfo) -> datetime | None:
        """The first instant after it, as the end of a period.

        A day ends with the day (E4). A time is the end itself: of two periods that follow each
        other, DDEX gives the end time of the one as the start time of the next.
        """
        end = self.end_clock
        return None if end is None else _located(end, zone, self.zone_minutes)

    @property
    def end_clock(self) -> datetime | None:
        """`clock` as the exclusive end of a period; None where it is no end."""
        if self.clock is None or not self.is_usable or self.is_never:
            return None
        return self.clock + _DAY if self.is_day else self.clock

    @property
    def is_never(self) -> bool:
        """Whether it is of the year 9999, by which systems write that there is no end."""
        return self.clock is not None and self.clock.year == MAXYEAR

    def _in(self, zone: tzinfo | None) -> datetime | None:
        return None if self.clock is None else _located(self.clock, zone or UTC, self.zone_minutes)


@dataclass(frozen=True, slots=True)
class Span:
    """A period of a deal; both ends may be missing. Without an end: until further notice (E5)."""

    starts: Moment | None
    ends: Moment | None

    @property
    def is_usable(self) -> bool:
        """Whether both ends can be read and the end comes after the start."""
        given = [moment for moment in (self.starts, self.ends) if moment is not None]
        if not all(moment.is_usable for moment in given):
            return False
        if self.starts is None or self.ends is None:
            return True
        return self._in_order(self.starts, self.ends)

    @staticmethod
    def _in_order(starts: Moment, ends: Moment) -> bool:
        first, after = starts.starts_at(UTC), ends.ends_at(UTC)
        if first is None or after is None:
            return first is not None and ends.is_never
        return first < after

    def in_zone(self, zone: tzinfo) -> Period | None:
        """The instants of the period where people live by `zone`; None if there are none."""
        if not self.is_usable:
            return None
        starts_at = self.starts.starts_at(zone) if self.starts else None
        ends_at = self.ends.ends_at(zone) if self.ends else None
        if starts_at is not None and ends_at is not None and ends_at <= starts_at:
            return None
        return Period(starts_at, ends_at)

    def has_ended_everywhere(self, instant: datetime) -> bool:
        """Whether the period is over even where the day ends last (UTC-12)."""
        if self.ends is None:
            return False
        ends_at = self.ends.ends_at(_LAST_ZONE)
        return ends_at is not None and ends_at <= instant


def later(one: Moment, other: Moment) -> Moment:
    """The later of two usable starts; where places differ in that, a local time after both.

    That is so of an instant and a local time: each place has its clock by the written one, and
    none is ahead of the first clock of the world, so by that one the instant has come everywhere.
    """
    if one.is_never or other.is_never:
        return one if one.is_never else other
    pairs = [(one.starts_at(zone), other.starts_at(zone)) for zone in (_FIRST_ZONE, _LAST_ZONE)]
    known = [(first, second) for first, second in pairs if first and second]
    if all(first >= second for first, second in known):
        return one
    if all(first <= second for first, second in known):
        return other
    clocks = [moment.instant_on(_FIRST_ZONE) for moment in (one, other)]
    return Moment(other.raw, Meaning.LOCAL_TIME, max(clock for clock in clocks if clock))


def read_moment(raw: str) -> Moment:
    """Read a date of ISO 8601 as DDEX writes it. Never raises; see `Meaning`."""
    match = _DATE.fullmatch(raw.strip())
    if match is None:
        return Moment(raw, Meaning.UNREADABLE)
    zone_minutes = _zone_minutes(match["zone"])
    clock, is_midnight_after = _clock(match)
    if clock is None or zone_minutes == _BAD_ZONE:
        return Moment(raw, Meaning.UNREADABLE)
    if match["day"] is None:
        return Moment(raw, Meaning.PART, clock)
    is_day = match["hour"] is None
    if is_midnight_after:
        try:
            clock += _DAY
        except OverflowError:
            return Moment(raw, Meaning.UNREADABLE)
    moment = Moment(raw, _meaning(zone_minutes, is_day=is_day), clock, zone_minutes, is_day)
    # A time in the last hours of the year 9999 is no instant in UTC.
    if zone_minutes is not None and moment.instant is None:
        return Moment(raw, Meaning.UNREADABLE)
    return moment


_BAD_ZONE = 99_999


def _meaning(zone_minutes: int | None, *, is_day: bool) -> Meaning:
    if zone_minutes is not None:
        return Meaning.INSTANT
    return Meaning.LOCAL_DATE if is_day else Meaning.LOCAL_TIME


def _zone_minutes(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > _ZONE_HOURS_MAX or minutes > 59:  # noqa: PLR2004 (minutes of an hour)
        return _BAD_ZONE
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)


def _clock(match: re.Match[str]) -> tuple[datetime | None, bool]:
    """The time on the wall, and whether it is the midnight after it that 24:00:00 means."""
    second = int(match["second"] or 0)
    hour, minute = int(match["hour"] or 0), int(match["minute"] or 0)
    is_midnight_after = hour == 24 and minute == second == 0  # noqa: PLR2004 (ISO 8601)
    micro = int((match["part"] or "0")[:6].ljust(6, "0"))
    try:
        clock = datetime(  # noqa: DTZ001 (the time on the wall has no zone)
            int(match["year"]),
            int(match["month"] or 1),
            int(match["day"] or 1),
            0 if is_midnight_after else hour,
            minute,
            second,
            micro,
        )
    except ValueError:
        return None, False
    return clock, is_midnight_after


def _located(clock: datetime, zone: tzinfo, zone_minutes: int | None) -> datetime | None:
    written = zone if zone_minutes is None else timezone(timedelta(minutes=zone_minutes))
    try:
        return clock.replace(tzinfo=written).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
