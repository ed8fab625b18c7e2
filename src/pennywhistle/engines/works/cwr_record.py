"""One record of a CWR file: its fields, read by name; what nobody asks for is told as not kept."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from pennywhistle.engines.works.cwr_layout import LAYOUTS, Field
from pennywhistle.kernel.identifiers import Identifier, IdentifierInvalidError, IpiName

if TYPE_CHECKING:
    from collections.abc import Collection

    from pennywhistle.engines.works.findings import Log
    from pennywhistle.engines.works.registration import Right

Kind = TypeVar("Kind", bound=Identifier)

_WHOLE = 10_000
_SHARE = re.compile(r"[0-9]{5}")
_NUMBER = re.compile(r"[0-9]{8}")
_DIGITS = re.compile(r"[0-9]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")
_SOCIETY = re.compile(r"[0-9]{1,3}")
# Public domain, and "no society".
_NO_SOCIETY = {"000", "099"}
_EMPTY_BY_KIND = {"F": {"N", "U"}}
_OTHER_ALPHABETS = frozenset({"NAT", "NPN", "NWN"})
_ANY_LETTER_CASE = frozenset({"sender_name", "software", "software_version", "text"})


class Record:
    """A record; `text` is the whole line. Each reading of a field notes what is wrong with it.

    A field that must be right and is not is an error and reads as empty; another one is a warning
    and reads as empty, as CWR says (FR: "field rejected").
    """

    __slots__ = ("_is_22", "_taken", "is_lenient", "layout", "line", "line_text", "log", "type")

    def __init__(self, line: int, text: str, *, log: Log, is_22: bool = True) -> None:
        self.line = line
        self.line_text = text
        self.type = text[:3]
        self.log = log
        self.layout = LAYOUTS.get(self.type)
        # A work in conflict may come from elsewhere, and lack what CWR demands.
        self.is_lenient = False
        self._is_22 = is_22
        self._taken: set[str] = set()

    def raw(self, name: str) -> str:
        """What stands in a field, without the blanks around it; empty for an unknown one."""
        field = self.layout.fields.get(name) if self.layout else None
        if field is None or (field.is_of_22 and not self._is_22):
            return ""
        return self.line_text[field.start : field.start + field.size].strip(" ")

    def text(self, name: str) -> str:
        """A text; control characters refuse the work, small letters are a warning."""
        field, value = self._take(name)
        if _CONTROL.search(value):
            self.log.refuse(
                self,
                name,
                rule="character-set",
                sentence="The field holds characters that are no text",
                remedy="Write printable characters of the declared character set",
            )
            return ""
        if value != value.upper() and field.kind == "A" and self._is_in_capitals(name):
            self.log.doubt(
                self,
                name,
                rule="lower-case",
                sentence="CWR is written in capitals; the text is kept as it is",
                remedy="Write capitals",
            )
        return value

    def code(self, name: str, among: Collection[str]) -> str:
        """A code out of a list."""
        field, value = self._take(name)
        if not value or value in among:
            return value
        expected = ", ".join(sorted(among))
        self._refuse(field, "code-unknown", f"Expected one of {expected}", "Write one of them")
        return ""

    def number(self, name: str) -> int | None:
        """A whole number; None if the field is empty."""
        field, value = self._take(name)
        if not value:
            return None
        if _DIGITS.fullmatch(value):
            return int(value)
        self._refuse(field, "not-a-number", "The field takes digits only", "Fill it with zeros")
        return None

    def share(self, right: Right) -> Fraction:
        """A share of a right, exact: 05000 is one half; empty is none."""
        name = f"{right}_share"
        _, value = self._take(name)
        if not value:
            return Fraction(0)
        if _SHARE.fullmatch(value) and int(value) <= _WHOLE:
            return Fraction(int(value), _WHOLE)
        self.log.refuse(
            self,
            name,
            rule="share-invalid",
            sentence="A share is five digits from 00000 to 10000, the last two behind the point",
            remedy="Write 05000 for 50 %",
        )
        return Fraction(0)

    def society(self, right: Right) -> str:
        """The society for a right, as three digits; empty if there is none."""
        name = f"{right}_society"
        field, value = self._take(name)
        if not value:
            return ""
        if not _SOCIETY.fullmatch(value):
            self._refuse(
                field,
                "society-invalid",
                "A society is CISAC's number of three digits",
                "Write the number from CISAC's list",
            )
            return ""
        society = value.zfill(3)
        return "" if society in _NO_SOCIETY else society

    def flag(self, name: str) -> bool:
        """Whether a flag says yes."""
        return self.code(name, ("Y", "N", "U")) == "Y"

    def day(self, name: str) -> date | None:
        """A date; None if the field is empty or zeros."""
        field, value = self._take(name)
        if not value.strip("0"):
            if value and field.is_required:
                self._refuse(field, "missing", "The date is missing", "Write YYYYMMDD")
            return None
        try:
            return _day(value)
        except ValueError:
            self._refuse(field, "date-invalid", "That is no day", "Write YYYYMMDD")
            return None

    def moment(self, day_name: str, time_name: str) -> datetime | None:
        """A date and a time of day; midnight if the time is not known."""
        on, seconds = self.day(day_name), self.duration(time_name) or 0
        if on is None:
            return None
        seconds = min(seconds, 24 * 3600 - 1)
        return datetime.combine(on, time(seconds // 3600, seconds // 60 % 60, seconds % 60))

    def duration(self, name: str) -> int | None:
        """A duration in seconds; None if the field is empty or zeros."""
        field, value = self._take(name)
        if not value.strip("0"):
            return None
        if _DIGITS.fullmatch(value) and len(value) == field.size:
            hours, minutes, seconds = int(value[:2]), int(value[2:4]), int(value[4:])
            if minutes < 60 and seconds < 60:  # noqa: PLR2004
                return hours * 3600 + minutes * 60 + seconds
        self._refuse(field, "time-invalid", "That is no time", "Write HHMMSS")
        return None

    def identifier(self, name: str, kind: type[Kind]) -> Kind | None:
        """An identifier; None, and a warning, if its form or its check characters are wrong."""
        field, value = self._take(name)
        if not value.strip("0"):
            return None
        try:
            found = kind.parse(value.zfill(11) if kind is IpiName else value)
        except IdentifierInvalidError as error:
            self._refuse(field, error.code, str(error), "Correct it, or leave it empty")
            return None
        if found.check_ok or kind.scheme == "isrc":
            return found
        self._refuse(
            field,
            "check-digit",
            f"The check characters of {found} are wrong; it is left out",
            "Correct it, or leave it empty",
        )
        return None

    def prefix(self) -> tuple[int | None, int | None]:
        """The number of the transaction and of the record in it; None where they are no number."""
        self._taken.update(("transaction_number", "record_number"))
        parts = self.line_text[3:11], self.line_text[11:19]
        first, second = (int(part) if _NUMBER.fullmatch(part) else None for part in parts)
        return first, second

    def skip(self, *names: str) -> None:
        """Note that fields were read in another way."""
        self._taken.update(names)

    def tell_rest(self) -> None:
        """Tell what stands in the fields that nobody asked for, and behind the last one."""
        if self.layout is None:
            self.log.pass_over(self.line, self.type, "", self.line_text)
            return
        for field in self.layout.fields.values():
            if field.name in self._taken or (field.is_of_22 and not self._is_22):
                continue
            value = self.raw(field.name)
            if value.strip("0") and value not in _EMPTY_BY_KIND.get(field.kind, ()):
                self.log.pass_over(self.line, self.type, field.name, value)
        end = self.layout.width_22 if self._is_22 else self.layout.width_21
        if beyond := self.line_text[end:].strip():
            self.log.pass_over(self.line, self.type, f"from column {end + 1}", beyond)

    def _is_in_capitals(self, name: str) -> bool:
        return name not in _ANY_LETTER_CASE and self.type not in _OTHER_ALPHABETS

    def _take(self, name: str) -> tuple[Field, str]:
        assert self.layout is not None, self.type
        self._taken.add(name)
        field, value = self.layout.fields[name], self.raw(name)
        if not value and field.is_required and not self.is_lenient:
            self.log.refuse(
                self,
                name,
                rule="missing",
                sentence="The field must be filled in",
                remedy=f"Fill in {field.size} columns from column {field.start + 1}",
            )
        return field, value

    def _refuse(self, field: Field, rule: str, sentence: str, remedy: str) -> None:
        tell = self.log.refuse if field.is_required else self.log.doubt
        tell(self, field.name, rule=rule, sentence=sentence, remedy=remedy)


def _day(value: str) -> date:
    if len(value) != len("YYYYMMDD") or not _DIGITS.fullmatch(value):
        raise ValueError(value)
    return date(int(value[:4]), int(value[4:6]), int(value[6:]))
