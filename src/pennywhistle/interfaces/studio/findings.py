"""Findings about a release message as tables: the engine's own, and those that a row keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from pennywhistle.interfaces.studio.limits import MESSAGE_ROWS_SHOWN_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.utils.functional import _StrPromise

    from pennywhistle.engines.ddex import Finding

# Worst first: the word, what it does, and an icon.
_SEVERITIES: dict[str, tuple[_StrPromise, _StrPromise, str]] = {
    "error": (_("Errors"), _("The message cannot be used."), "close"),
    "stop": (
        _("Not sold"),
        _("What is named is not sold; the rest of the message is used."),
        "warning",
    ),
    "warning": (
        _("Warnings"),
        _("Probably a mistake; the message is used as it is."),
        "warning",
    ),
    "notice": (_("Worth knowing"), _("It changes nothing."), "info"),
}


class Place(NamedTuple):
    """Where in a message something was found."""

    path: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What was found, at one place or several; sentence and cure are English, as engines speak."""

    severity: str
    code: str
    sentence: str
    cure: str
    rule: str
    places: tuple[Place, ...]

    @property
    def first(self) -> Place:
        """The place that is shown at once."""
        return self.places[0]

    @property
    def others(self) -> tuple[Place, ...]:
        """The other ones."""
        return self.places[1:]


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one severity; `more_count` are not shown."""

    title: _StrPromise
    text: _StrPromise
    icon: str
    rows: tuple[FindingRow, ...]
    more_count: int

    @property
    def count(self) -> int:
        """All of them."""
        return sum(len(row.places) for row in self.rows) + self.more_count


def row_of(finding: Finding) -> FindingRow:
    """One of the engine."""
    return FindingRow(
        finding.severity.name.lower(),
        finding.code,
        finding.sentence,
        finding.cure,
        finding.rule,
        (Place(finding.path, finding.value, finding.line),),
    )


def kept_row_of(kept: Mapping[str, Any]) -> FindingRow:
    """One that was kept with its message as JSON; what is missing is empty."""
    line = kept.get("line", 0)
    place = Place(
        path=str(kept.get("path", "")),
        value=str(kept.get("value", "")),
        line=line if isinstance(line, int) else 0,
    )
    return FindingRow(
        severity=str(kept.get("severity", "")),
        code=str(kept.get("code", "")),
        sentence=str(kept.get("sentence", "")),
        cure=str(kept.get("cure", "")),
        rule=str(kept.get("rule", "")),
        places=(place,),
    )


def merged(rows: Iterable[FindingRow]) -> list[FindingRow]:
    """What is said of several places is one row, where the first of them was."""
    found: dict[FindingRow, list[Place]] = {}
    for row in rows:
        found.setdefault(replace(row, places=()), []).extend(row.places)
    return [replace(row, places=tuple(places)) for row, places in found.items()]


def groups_of(rows: Sequence[FindingRow]) -> list[FindingGroup]:
    """By severity, worst first; those of no known severity are notices."""
    groups = []
    for severity, (title, text, icon) in _SEVERITIES.items():
        is_last = severity == "notice"
        mine = [
            row
            for row in rows
            if row.severity == severity or (is_last and row.severity not in _SEVERITIES)
        ]
        if mine:
            shown = tuple(merged(mine[:MESSAGE_ROWS_SHOWN_MAX]))
            more_count = max(0, len(mine) - MESSAGE_ROWS_SHOWN_MAX)
            groups.append(FindingGroup(title, text, icon, shown, more_count))
    return groups
