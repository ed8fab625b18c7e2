"""Drawing verdicts as a terminal shows them: the sale as its till roll, then each check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pennywhistle.engines.tlog.checks import amount_text
from pennywhistle.engines.tlog.manifest import SUMS_NAME
from pennywhistle.engines.tlog.verify import StatementVerdict
from pennywhistle.interfaces.console.verdict_panel import add_check, framed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.panel import Panel

    from pennywhistle.engines.tlog.checks import Check
    from pennywhistle.engines.tlog.promise_checks import PromiseVerdict
    from pennywhistle.engines.tlog.verify import Till, Verdict
    from pennywhistle.interfaces.console.verify_files import FilesVerdict
    from pennywhistle.interfaces.console.verify_together import Together

_NAMES_SHOWN_MAX = 40


def files_panel(file: Path, verdict: FilesVerdict) -> Panel:
    """What a manifest says of the files beside it."""
    lines = Text()
    if verdict.is_list_signed:
        lines.append(f"{verdict.right_count} files are as {', '.join(verdict.signed_by)} sent them")
    else:
        lines.append(f"{SUMS_NAME} is not the list that was signed", "bold red")
    for word, names in (("changed", verdict.wrong), ("missing", verdict.missing)):
        for name in names[:_NAMES_SHOWN_MAX]:
            lines.append(f"\n✗ {word}: {name}", "red")
        if len(names) > _NAMES_SHOWN_MAX:
            lines.append(f"\n✗ {word}: {len(names) - _NAMES_SHOWN_MAX} more", "red")
    return framed(file.name, lines, good=verdict.passed)


def till_panel(file: Path, verdict: Verdict | StatementVerdict | PromiseVerdict) -> Panel:
    """A verdict on one file."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    if isinstance(verdict, StatementVerdict):
        account = verdict.statement.account
        _add_totals(table, account, verdict.page_numbers, verdict.totals_micro)
    else:
        _add_sale(table, verdict.till)
    table.add_row("", "")
    for check in verdict.checks:
        add_check(table, check)
    return framed(file.name, table, good=verdict.passed)


def _add_sale(table: Table, till: Till) -> None:
    sold_at = _instant_text(till.occurred_at_us)
    table.add_row(Text(till.origin, "bold"), Text(f"{sold_at}, {till.territory}"))
    for item in till.items:
        name = f"{item.title} — {item.artist}" if item.title else item.item
        table.add_row(Text(name), Text(amount_text(item.price_micro, item.currency)))
    for party in till.parties:
        if party.account != till.buyer:
            words = f"  {party.name}, {party.role}" if party.name else "  credited"
            table.add_row(
                Text(f"{words} (account {party.account})"),
                Text(amount_text(party.amount_micro, party.currency)),
            )


def _instant_text(instant_us: int) -> str:
    """When it was; what no calendar reaches is told as it stands."""
    try:
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)
    except OverflowError:
        return f"{instant_us} µs"
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _add_totals(
    table: Table, account: int, page_numbers: tuple[int, int], totals_micro: Mapping[str, int]
) -> None:
    first, last = page_numbers
    table.add_row(Text(f"Account {account}, pages {first} to {last}", "bold"), "")
    for currency, amount in totals_micro.items():
        table.add_row("Total", Text(amount_text(amount, currency)))


def repeated_panel(checks: Sequence[Check]) -> Panel:
    """What is wrong with several receipts together."""
    table = Table.grid(padding=(0, 1))
    for check in checks:
        add_check(table, check)
    return framed("Together", table, good=False)


def together_panel(together: Together) -> Panel:
    """What several statements are together."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    _add_totals(table, together.account, together.page_numbers, together.totals_micro)
    for flaw in together.flaws:
        table.add_row(Text(f"✗ {flaw}", "red"), "")
    return framed("Together", table, good=not together.flaws)


def evidence_panel(file: Path, check: Check) -> Panel:
    """What evidence of two histories proves."""
    table = Table.grid(padding=(0, 1))
    add_check(table, check)
    return framed(file.name, table, good=check.passed is not False)
