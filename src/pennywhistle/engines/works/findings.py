"""What was seen in a works file: findings, and what the store does not keep of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from pennywhistle.engines.works.limits import FINDINGS_MAX, NOT_KEPT_MAX, VALUE_CHARACTERS_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

_SUMMANDS_MAX = 12

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the sender of a works file should know.

    Attributes:
        level: an error refuses the work it is about (in a `FileReport`: the file); a warning
            leaves out the value or record that it is about, or says that it is doubtful.
        line: the line of the file, from 1; 0 is the file as a whole.
        record: the record type in CWR ("SPT"); "row" or "header" in CSV.
        field: the field or column, in this package's words; empty for the record as a whole.
        value: what stood there, cut to 200 characters.
        rule: stable, for programs.
        sentence: what is wrong, with the numbers.
        remedy: what to do about it.
    """

    level: Level
    line: int
    record: str
    field: str
    value: str
    rule: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class NotKept:
    """Something that a file says and the store does not record. It is no fault."""

    line: int
    record: str
    field: str
    value: str


class Place(Protocol):
    """Where in the file something was seen."""

    @property
    def line(self) -> int:
        """The line, from 1."""

    @property
    def type(self) -> str:
        """The record type."""

    def raw(self, name: str) -> str:
        """What stands in a field."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place without fields: the file as a whole, or a line that could not be taken apart."""

    line: int = 0
    type: str = ""
    value: str = ""

    def raw(self, _name: str) -> str:
        """The value that was given."""
        return self.value


@dataclass(slots=True)
class Log:
    """Collects what is seen, up to a limit: a file of faults alone must not fill the memory."""

    findings: list[Finding] = field(default_factory=list)
    not_kept: list[NotKept] = field(default_factory=list)
    omitted: int = 0
    has_error: bool = False

    def refuse(self, place: Place, name: str, *, rule: str, sentence: str, remedy: str) -> None:
        """Note what refuses the work, or the file."""
        self.has_error = True
        self._add("error", place, name, (rule, sentence, remedy))

    def doubt(self, place: Place, name: str, *, rule: str, sentence: str, remedy: str) -> None:
        """Note what is left out or doubtful."""
        self._add("warning", place, name, (rule, sentence, remedy))

    def pass_over(self, line: int, record: str, name: str, value: str) -> None:
        """Note what the store does not keep."""
        if len(self.not_kept) < NOT_KEPT_MAX:
            self.not_kept.append(NotKept(line, record, name, cut(value)))
        else:
            self.omitted += 1

    def _add(self, level: Level, place: Place, name: str, told: tuple[str, str, str]) -> None:
        value = cut(place.raw(name)) if name else ""
        finding = Finding(level, place.line, place.type, name, value, *told)
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)
            return
        self.omitted += 1
        # The first error is never among those left out: it is what refuses.
        if level == "error" and all(kept.level != "error" for kept in self.findings):
            self.findings[-1] = finding


def cut(value: str) -> str:
    """Shorten what a file says to what a report shows."""
    return value[:VALUE_CHARACTERS_MAX]


def summed(shares: Sequence[Fraction]) -> str:
    """Write an addition, cut short where it is long."""
    shown = " + ".join(map(percent, shares[:_SUMMANDS_MAX]))
    return shown if len(shares) <= _SUMMANDS_MAX else f"{shown} + ... ({len(shares)} shares)"


def percent(share: Fraction) -> str:
    """Write a share as people read it: 33.33 %, 12.5 %, 100 %."""
    text = f"{float(share * 100):.4f}".rstrip("0").rstrip(".")
    return f"{text} %"
