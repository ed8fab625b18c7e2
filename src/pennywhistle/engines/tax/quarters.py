"""Quarters of the calendar, which one-stop shop returns are made for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

_NAME = re.compile(r"(?P<year>\d{4})-Q(?P<number>[1-4])", re.ASCII)
_MONTHS = 3


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Written as 2026-Q4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The quarter that a day lies in."""
        return cls(day.year, (day.month - 1) // _MONTHS + 1)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read 2026-Q4; None for anything else."""
        match = _NAME.fullmatch(text)
        if match is None or match["year"] == "0000":
            return None
        return cls(int(match["year"]), int(match["number"]))

    @property
    def first_day(self) -> date:
        """1 January, April, July or October."""
        return date(self.year, _MONTHS * (self.number - 1) + 1, 1)

    @property
    def last_day(self) -> date:
        """The day whose rate of exchange a return in another currency is made at."""
        return self.following.first_day - timedelta(1)

    @property
    def following(self) -> Quarter:
        """The next one."""
        year, number = divmod(4 * self.year + self.number, 4)
        return Quarter(year, number + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-Q{self.number}"
