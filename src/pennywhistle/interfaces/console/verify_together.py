"""Statements of one account that were checked one by one, added up: no page left out or twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pennywhistle.engines.tlog.verify import StatementVerdict


@dataclass(frozen=True, slots=True)
class Together:
    """Several statements of an account: pages from first to last, and totals in micro-units.

    `flaws` says what is wrong: one that failed, pages between them that are missing or given twice.
    """

    account: int
    page_numbers: tuple[int, int]
    totals_micro: Mapping[str, int]
    flaws: tuple[str, ...]


def added_up(verdicts: Iterable[StatementVerdict]) -> list[Together]:
    """Whatever accounts there are several statements of."""
    by_account: dict[tuple[str, int], list[StatementVerdict]] = defaultdict(list)
    for verdict in verdicts:
        by_account[verdict.statement.origin, verdict.statement.account].append(verdict)
    return [
        _added_up(account, sorted(found, key=lambda each: each.page_numbers))
        for (_, account), found in sorted(by_account.items(), key=lambda pair: pair[0])
        if len(found) > 1
    ]


def _added_up(account: int, verdicts: list[StatementVerdict]) -> Together:
    totals: Counter[str] = Counter()
    for verdict in verdicts:
        totals.update(verdict.totals_micro)
    flaws = [] if all(each.passed for each in verdicts) else ["One of them failed."]
    for before, after in pairwise(verdicts):
        end, start = before.page_numbers[1], after.page_numbers[0]
        if start > end + 1:
            flaws.append(f"Pages {end + 1} to {start - 1} are missing.")
        elif start <= end:
            flaws.append(f"Page {start} is given twice.")
    first, last = verdicts[0].page_numbers[0], max(each.page_numbers[1] for each in verdicts)
    return Together(account, (first, last), dict(totals), tuple(flaws))
