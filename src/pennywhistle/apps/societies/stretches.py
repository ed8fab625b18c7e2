"""Stretches of the log that a society's money is counted by, and stretches of time."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Max, Min

from pennywhistle.apps.proof.models import Leaf

if TYPE_CHECKING:
    from pennywhistle.apps.societies.models import Society

# Directive 2014/26/EU, article 13(1): at the latest nine months after the financial year.
months_until_distributed = 9
# Article 13(4): what nobody could be found for is not distributable three years after it.
years_until_not_distributable = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """Places of the log, half-open. What is ordered there stays there for good."""

    first_index: int
    end_index: int


def log_up_to(period_end: datetime, *, first_index: int = 0) -> Stretch:
    """The log from a place on, up to the first entry that happened at `period_end` or later.

    An entry that happened before and was ordered behind it is of the next stretch: whatever is
    written later, a stretch stays what it is.
    """
    later = Leaf.objects.filter(log_index__gte=first_index, entry__occurred_at__gte=period_end)
    end_index = later.aggregate(first=Min("log_index"))["first"]
    if end_index is None:
        return log_from(first_index)
    return Stretch(first_index, max(first_index, end_index))


def log_from(first_index: int) -> Stretch:
    """The log from a place on, as far as it is ordered by now."""
    last = Leaf.objects.aggregate(last=Max("log_index"))["last"]
    return Stretch(first_index, max(first_index, 0 if last is None else last + 1))


def year_end_of(society: Society, day: date) -> date:
    """The last day of the society's financial year that a day lies in."""
    this = _year_end(society, day.year)
    return this if day <= this else _year_end(society, day.year + 1)


def distribution_due_on(year_end: date) -> date:
    """By when the money of a financial year is distributed."""
    return _months_after(year_end, months_until_distributed)


def distributable_until(year_end: date) -> date:
    """Until when money of a financial year waits for whoever it belongs to."""
    return _months_after(year_end, 12 * years_until_not_distributable)


def _year_end(society: Society, year: int) -> date:
    last = monthrange(year, society.year_ends_month)[1]
    return date(year, society.year_ends_month, min(society.year_ends_day, last))


def _months_after(day: date, months: int) -> date:
    """The same day so many months later; the end of a month stays the end of a month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    was_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if was_last else min(day.day, last))


_CHANGES = """
SELECT at FROM (
  SELECT unnest(ARRAY[valid_from, valid_until]) AS at FROM rights_mandate WHERE closed_at IS NULL
  UNION SELECT unnest(ARRAY[valid_from, valid_until]) FROM rights_license WHERE closed_at IS NULL
  UNION SELECT unnest(ARRAY[valid_from, valid_until]) FROM rights_ownershipshare
  WHERE closed_at IS NULL AND work_id IS NOT NULL
    AND (valid_from IS NOT NULL OR valid_until IS NOT NULL)
) change WHERE at > %s AND at <= %s ORDER BY at
"""


def boundaries_between(society: Society, first: datetime, last: datetime) -> list[datetime]:
    """The instants at which who owns what, or the year, may change; between them nothing does.

    Years are those of UTC, by which money is kept apart, and those of the society's books.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [first, last])
        changes = {row[0] for row in cursor.fetchall()}
    for year in range(first.year, last.year + 1):
        next_day = _year_end(society, year) + timedelta(days=1)
        for day in (date(year + 1, 1, 1), next_day):
            at = datetime(day.year, day.month, day.day, tzinfo=UTC)
            if first < at <= last:
                changes.add(at)
    return sorted(changes)
