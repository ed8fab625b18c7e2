"""Tariffs as they were found published, from a table with dates and sources; none counts by itself.

The table that comes along is data to check, not advice. Nothing reads it unless somebody asks.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from importlib.resources import files
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.actions.tariffs import LineTerms, record_tariff_line
from pennywhistle.apps.rights.words import RegisterError
from pennywhistle.engines.clearance.tariff import Band, Base, Tariff
from pennywhistle.engines.clearance.tariff_check import check_tariff
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.rights.models import TariffLine

lines_max = 1_000
COLUMNS = (
    *("tariff", "where", "first_day", "last_day", "currency", "base", "percent", "track_minimum"),
    *("bands", "album_minimum", "album_tracks", "extra_track", "per_minute", "per_work"),
    *("by_repertoire", "source", "note"),
)
_ANY_SIZE = "more"
_YES_OR_NO = {"yes": True, "no": False}


class TariffFileError(RegisterError):
    """The table is none of tariffs; the sentence names the line."""

    code = "tariff-file"


@dataclass(frozen=True, slots=True)
class KnownLine:
    """What a tariff asks during a time, where that stands, and what to look out for.

    `where` is for people: a tariff holds where the license that names it holds.
    """

    where: str
    terms: LineTerms
    note: str

    @property
    def tariff(self) -> str:
        """The tariff's name."""
        return self.terms.rule.name


def known_lines() -> list[KnownLine]:
    """The lines that come along with the program."""
    table = files("pennywhistle.apps.rights") / "known_tariffs.csv"
    return read_lines(table.read_text(encoding="utf-8"))


def read_lines(text: str) -> list[KnownLine]:
    """The lines of a table in UTF-8 with the columns `COLUMNS`. Raises TariffFileError."""
    rows = csv.DictReader(io.StringIO(text), strict=True)
    found: list[KnownLine] = []
    try:
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise TariffFileError(f"The first line must name the columns {', '.join(COLUMNS)}.")
        for row in rows:
            if len(found) >= lines_max:
                raise TariffFileError(f"A file has at most {lines_max} lines.")
            found.append(_line(row))
    except (csv.Error, ValueError, ArithmeticError, KeyError) as error:
        raise TariffFileError(f"Line {rows.line_num} cannot be read: {error}.") from error
    if not found:
        raise TariffFileError("There is no tariff in it.")
    return found


@transaction.atomic
def record_known(*, tariff_id: int, lines: Sequence[KnownLine], now: datetime) -> list[TariffLine]:
    """Record lines as what this tariff asks; what it asked then before gives way to them.

    All or nothing; the same again changes nothing. Raises what `record_tariff_line` does.
    """
    return [record_tariff_line(tariff_id=tariff_id, terms=line.terms, now=now) for line in lines]


def _line(row: dict[str, str]) -> KnownLine:
    said = {name: (row[name] or "").strip() for name in COLUMNS}
    if None in row or not said["tariff"] or not said["source"]:
        raise ValueError("it needs a tariff and a source, and no more columns")
    return KnownLine(
        said["where"], LineTerms(_rule(said), _period(said), _source(said)), said["note"]
    )


def _rule(said: dict[str, str]) -> Tariff:
    currency = said["currency"]
    rule = Tariff(
        id=0,
        name=said["tariff"],
        currency=currency or None,
        base=Base(said["base"]),
        percent=Fraction(said["percent"] or 0) / 100,
        track_minimum_micro=_micro(said["track_minimum"], currency) or 0,
        bands=_bands(said["bands"], currency),
        album_minimum_micro=_micro(said["album_minimum"], currency),
        album_tracks=int(said["album_tracks"]) if said["album_tracks"] else None,
        extra_track_micro=_micro(said["extra_track"], currency) or 0,
        per_minute_micro=_micro(said["per_minute"], currency) or 0,
        is_per_work=_YES_OR_NO[said["per_work"]],
        is_by_repertoire=_YES_OR_NO[said["by_repertoire"]],
    )
    check_tariff(rule)
    return rule


def _bands(text: str, currency: str) -> tuple[Band, ...]:
    """Such as "4 0.045; more 0.04": up to how many tracks, and the least of each."""
    pairs = [part.split() for part in text.split(";") if part.strip()]
    return tuple(
        Band(None if size == _ANY_SIZE else int(size), _micro(amount, currency) or 0)
        for size, amount in pairs
    )


def _micro(text: str, currency: str) -> int | None:
    return Money.parse(text, currency=currency).micro if text else None


def _period(said: dict[str, str]) -> Period:
    return Period(
        _midnight(said["first_day"], timedelta(0)), _midnight(said["last_day"], timedelta(days=1))
    )


def _midnight(day: str, later: timedelta) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day), time.min, UTC) + later


def _source(said: dict[str, str]) -> str:
    return f"{said['source']} ({said['note']})" if said["note"] else said["source"]
