"""Findings about a release message as tables: the engine's own, and those that a row keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from pennywhistle.interfaces.studio.limits import MESSAGE_ROWS_SHOWN_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding; sentence and cure are English, as the engine says them."""

    severity: str
    code: str
    path: str
    value: str
    sentence: str
    cure: str
    rule: str
    line: int


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
        return len(self.rows) + self.more_count


def row_of(finding: Finding) -> FindingRow:
    """One of the engine."""
    return FindingRow(
        finding.severity.name.lower(),
        finding.code,
        finding.path,
        finding.value,
        finding.sentence,
        finding.cure,
        finding.rule,
        finding.line,
    )


def kept_row_of(kept: Mapping[str, Any]) -> FindingRow:
    """One that was kept with its message as JSON; what is missing is empty."""
    line = kept.get("line", 0)
    return FindingRow(
        severity=str(kept.get("severity", "")),
        code=str(kept.get("code", "")),
        path=str(kept.get("path", "")),
        value=str(kept.get("value", "")),
        sentence=str(kept.get("sentence", "")),
        cure=str(kept.get("cure", "")),
        rule=str(kept.get("rule", "")),
        line=line if isinstance(line, int) else 0,
    )


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
            shown = tuple(mine[:MESSAGE_ROWS_SHOWN_MAX])
            groups.append(FindingGroup(title, text, icon, shown, len(mine) - len(shown)))
    return groups
