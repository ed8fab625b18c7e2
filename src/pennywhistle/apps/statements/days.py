"""The days of a statement: whole days of UTC, from the first up to and including the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from pennywhistle.apps.statements.limits import PERIOD_DAYS_MAX

_DAY = timedelta(days=1)


class DaysInvalidError(ValueError):
    """The last day lies before the first, or the days are too many."""

    code = "days-invalid"


@dataclass(frozen=True, slots=True)
class Days:
    """From the start of `first` to the end of `last`, in UTC; as instants it is half-open."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise DaysInvalidError(f"The last day, {self.last}, is before the first, {self.first}.")
        if (self.last - self.first).days >= PERIOD_DAYS_MAX or self.last == date.max:
            raise DaysInvalidError(f"A statement covers at most {PERIOD_DAYS_MAX} days.")

    @classmethod
    def month_of(cls, day: date) -> Self:
        """The whole month that a day lies in."""
        first = day.replace(day=1)
        return cls(first, (first + timedelta(days=31)).replace(day=1) - _DAY)

    @classmethod
    def month_before(cls, day: date) -> Self:
        """The whole month before the one that a day lies in."""
        return cls.month_of(day.replace(day=1) - _DAY)

    def month_after(self) -> Self:
        """The whole month after the one that the last day lies in."""
        return self.month_of(self.last.replace(day=1) + timedelta(days=31))

    @property
    def starts_at(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time.min, UTC)

    @property
    def ends_at(self) -> datetime:
        """The first instant that is no longer of it."""
        return datetime.combine(self.last + _DAY, time.min, UTC)
