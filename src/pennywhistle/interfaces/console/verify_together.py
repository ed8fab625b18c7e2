"""What single verdicts do not show: pages between statements, and one sale on two receipts."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checks import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pennywhistle.engines.tlog.verify import StatementVerdict, Verdict


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


def sold_twice(verdicts: Mapping[Path, Verdict]) -> list[Check]:
    """A failing check for each entry of a log of which several files are receipts.

    A store may sell once and hand the same receipt to many buyers: each of them would pass.
    """
    by_entry: dict[tuple[str, int], list[Path]] = defaultdict(list)
    for file, verdict in verdicts.items():
        by_entry[verdict.receipt.origin, verdict.receipt.index].append(file)
    return [
        Check(
            "sold-once",
            "Each receipt is of a sale of its own",
            passed=False,
            sentence=(
                f"{' and '.join(str(file) for file in files)} are receipts of one and the same"
                f" sale, entry {index} of {origin}. It counts once: keep the newest. If different"
                " people got them, all but one of their purchases are not in the log."
            ),
        )
        for (origin, index), files in sorted(by_entry.items())
        if len(files) > 1
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
