"""One row of a works CSV, checked cell by cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from pennywhistle.engines.works.registration import Party, Right
from pennywhistle.engines.works.share_cells import Stated
from pennywhistle.engines.works.societies import society_number
from pennywhistle.kernel.identifiers import Identifier, IdentifierInvalidError, IpiName
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

if TYPE_CHECKING:
    from pennywhistle.engines.works.csv_table import Row
    from pennywhistle.engines.works.findings import Log

Kind = TypeVar("Kind", bound=Identifier)

WRITER_ROLES = {
    "composer-author": "CA",
    "composer": "C",
    "author": "A",
    "arranger": "AR",
    "adapter": "AD",
    "translator": "TR",
}
PUBLISHER_ROLES = {"publisher": "E", "administrator": "AM", "sub-publisher": "SE"}
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")
_SOCIETY = re.compile(r"[0-9]{3}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Share:
    """A row as it was understood."""

    row: Row
    party: Party
    role: str
    is_writer: bool
    right: Right
    society: str
    stated: Stated


def read_share(row: Row, log: Log) -> Share | None:
    """Read a row; None, with findings, if it gives no share."""
    party = Party(
        text_of(row, log, "party_name"),
        ipi_name=identifier_of(row, log, "ipi", row.raw("ipi"), IpiName),
    )
    role, right, percent = _role(row, log), _right(row, log), _percent(row, log)
    territories, society = _territories(row, log), _society(row, log)
    from_on, until_on = _day(row, log, "from"), _day(row, log, "until")
    if from_on and until_on and until_on < from_on:
        refuse(
            row,
            log,
            "until",
            "dates",
            f"It ends before {from_on}",
            "Write the last day on which it holds",
        )
        return None
    if role is None or right is None or percent is None or territories is None:
        return None
    stated = Stated(percent, territories, from_on, until_on)
    return Share(row, party, role, role in WRITER_ROLES.values(), right, society, stated)


def text_of(row: Row, log: Log, name: str) -> str:
    """Read a cell that must not be empty."""
    value = row.raw(name)
    if not value:
        refuse(row, log, name, "missing", "The cell is empty", "Fill it in")
    return value


def identifier_of(row: Row, log: Log, name: str, text: str, kind: type[Kind]) -> Kind | None:
    """Read an identifier; None, with a finding, if its form or its check characters are wrong."""
    if not text:
        return None
    try:
        found = kind.parse(text)
    except IdentifierInvalidError as error:
        refuse(row, log, name, error.code, str(error), "Correct it, or leave it empty")
        return None
    if not found.check_ok and kind.scheme != "isrc":
        refuse(
            row,
            log,
            name,
            "check-digit",
            f"The check characters of {found} are wrong",
            "Correct it, or leave it empty",
        )
        return None
    return found


def _role(row: Row, log: Log) -> str | None:
    told = row.raw("role")
    words = WRITER_ROLES | PUBLISHER_ROLES
    if told.lower() in words:
        return words[told.lower()]
    if told in words.values():
        return told
    refuse(
        row,
        log,
        "role",
        "code-unknown",
        "The role is not known",
        f"Write one of {', '.join(words)}",
    )
    return None


def _right(row: Row, log: Log) -> Right | None:
    try:
        return Right(row.raw("right").lower())
    except ValueError:
        refuse(
            row,
            log,
            "right",
            "code-unknown",
            "The right is not known",
            f"Write one of {', '.join(Right)}; one row for each",
        )
        return None


def _percent(row: Row, log: Log) -> Fraction | None:
    told = row.raw("share_percent")
    if _PERCENT.fullmatch(told) and Fraction(told) <= 100:  # noqa: PLR2004
        return Fraction(told) / 100
    refuse(
        row,
        log,
        "share_percent",
        "share-invalid",
        "A share is a number from 0 to 100 with a point and at most six places behind it",
        "Write 12.5 for 12.5 %",
    )
    return None


def _territories(row: Row, log: Log) -> Territories | None:
    codes = row.raw("territories").split()
    try:
        found = Territories.parse(
            [code for code in codes if not code.startswith("-")],
            excluded=[code[1:] for code in codes if code.startswith("-")],
        )
    except TerritoryUnknownError as error:
        refuse(row, log, "territories", error.code, str(error), "Write codes such as DE")
        return None
    if not found:
        refuse(
            row,
            log,
            "territories",
            "missing",
            "The share holds nowhere",
            'Write Worldwide, "DE AT CH", or "Worldwide -US"',
        )
        return None
    return found


def _society(row: Row, log: Log) -> str:
    told = row.raw("society")
    if not told or _SOCIETY.fullmatch(told):
        return told
    number = society_number(told)
    if not number:
        refuse(
            row,
            log,
            "society",
            "society-invalid",
            "The society is not known by this name",
            "Write CISAC's number of three digits, or leave it empty",
        )
    return number


def _day(row: Row, log: Log, name: str) -> date | None:
    told = row.raw(name)
    if not told:
        return None
    try:
        if _DAY.fullmatch(told):
            return date.fromisoformat(told)
    except ValueError:
        pass
    refuse(row, log, name, "date-invalid", "That is no day", "Write YYYY-MM-DD")
    return None


def refuse(row: Row, log: Log, name: str, rule: str, sentence: str, remedy: str) -> None:
    """Note what refuses the work of a row."""
    log.refuse(row, name, rule=rule, sentence=sentence, remedy=remedy)
