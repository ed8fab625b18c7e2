"""A stretch of time, from its first instant up to but not including its end."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self


class PeriodInvalidError(ValueError):
    """The period ends before it starts, or a time has no zone, so that it names no instant."""

    code = "period-invalid"


@dataclass(frozen=True, slots=True)
class Period:
    """The half-open stretch [`starts_at`, `ends_at`).

    None is "since ever" at the start and "until further notice" at the end. Times must know
    their zone and are kept in UTC. `instant in period` asks whether the period holds then.
    """

    starts_at: datetime | None
    ends_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", _in_utc(self.starts_at))
        object.__setattr__(self, "ends_at", _in_utc(self.ends_at))
        if self.starts_at is None or self.ends_at is None:
            return
        if self.ends_at <= self.starts_at:
            raise PeriodInvalidError(
                f"The period would end at {self.ends_at} and start at {self.starts_at}"
            )

    @classmethod
    def always(cls) -> Self:
        """Return the period without bounds."""
        return cls(None, None)

    def __contains__(self, instant: datetime) -> bool:
        checked = _in_utc(instant)
        assert checked is not None, "None is no instant"
        if self.starts_at is not None and checked < self.starts_at:
            return False
        return self.ends_at is None or checked < self.ends_at

    def overlaps(self, other: "Period") -> bool:
        """Tell whether some instant lies in both."""
        return _is_before_end(self.starts_at, other.ends_at) and _is_before_end(
            other.starts_at, self.ends_at
        )

    def intersection(self, other: "Period") -> "Period | None":
        """Return the instants that lie in both, or None if there are none."""
        if not self.overlaps(other):
            return None
        starts = [start for start in (self.starts_at, other.starts_at) if start is not None]
        ends = [end for end in (self.ends_at, other.ends_at) if end is not None]
        return Period(max(starts, default=None), min(ends, default=None))


def _in_utc(instant: datetime | None) -> datetime | None:
    if instant is None:
        return None
    if instant.utcoffset() is None:
        raise PeriodInvalidError(f"{instant} has no time zone, so it names no instant")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise PeriodInvalidError(f"{instant} is out of the calendar in UTC") from None


def _is_before_end(starts_at: datetime | None, ends_at: datetime | None) -> bool:
    return starts_at is None or ends_at is None or starts_at < ends_at
