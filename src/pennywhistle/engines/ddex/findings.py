"""What is wrong with a message, where, by which rule, and how its sender cures it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.limits import Limits


class Severity(IntEnum):
    """What a finding does; the larger, the worse."""

    NOTICE = 10
    """Worth knowing; changes nothing."""
    WARNING = 20
    """Probably a mistake; the message is used as it is."""
    STOP = 30
    """The thing that it names is not sold; the rest of the message is used."""
    ERROR = 40
    """The message cannot be used."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation. `code` is stable; `rule` is E1 to E12 of the deal rules, S of structure."""

    code: str
    severity: Severity
    path: str
    value: str
    sentence: str
    cure: str
    rule: str = ""
    line: int = 0


class FindingList:
    """Collects findings; of each code only so many, but counts them all."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._items: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def add(self, finding: Finding) -> None:
        """Keep the finding, unless there are enough of its code already."""
        self.counts[finding.code] += 1
        if self.counts[finding.code] <= self._limits.findings_max_per_code:
            self._items.append(finding)

    @property
    def items(self) -> tuple[Finding, ...]:
        """The findings, worst first, otherwise in the order of the file."""
        return tuple(sorted(self._items, key=lambda item: (-item.severity, item.line)))
