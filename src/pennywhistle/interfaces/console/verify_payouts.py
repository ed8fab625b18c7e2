"""Checking payouts offline: each by itself, and on the statements that are given with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pennywhistle.engines.tlog.checks import amount_text
from pennywhistle.engines.tlog.payout import (
    PayoutInvalidError,
    is_payout,
    payout_size_bytes_max,
)
from pennywhistle.engines.tlog.payout_checks import PayoutVerdict, on_statements, verify_payout
from pennywhistle.interfaces.console.log_source import SourceError
from pennywhistle.interfaces.console.verdict_panel import add_check, framed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rich.panel import Panel

    from pennywhistle.engines.tlog.checks import Check
    from pennywhistle.engines.tlog.verify import StatementVerdict
    from pennywhistle.interfaces.console.log_audit import Believed


@dataclass(frozen=True, slots=True)
class PaidFile:
    """A file that is a payout, and what it proves."""

    file: Path
    verdict: PayoutVerdict


def read_payout_file(file: Path, believed: Believed) -> PaidFile | None:
    """The payout in a file, verified; None for any other file. Raises SourceError."""
    try:
        with file.open("rb") as opened:
            data = opened.read(payout_size_bytes_max + 1)
        if not is_payout(data):
            return None
        return PaidFile(file, verify_payout(data, keys=believed.keys, policy=believed.policy))
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error
    except PayoutInvalidError as error:
        raise SourceError(f"{file}: {error}") from error


def payout_panel(file: Path, verdict: PayoutVerdict) -> Panel:
    """A verdict on one payout."""
    said = verdict.said
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    table.add_row(Text(f"Payout from account {said.account}", "bold"), "")
    table.add_row("Due", Text(amount_text(said.due_micro, said.currency)))
    for part in said.withheld:
        name = f"Withheld, {part.territory} {part.rate}"
        table.add_row(Text(name), Text(amount_text(part.withheld_micro, said.currency)))
    table.add_row("Carried", Text(amount_text(said.carried_micro, said.currency)))
    table.add_row("Paid", Text(amount_text(said.paid_micro, said.currency)))
    table.add_row("Reference at the bank", Text(said.end_to_end_id))
    table.add_row("", "")
    for check in verdict.checks:
        add_check(table, check)
    return framed(file.name, table, good=verdict.passed)


def beside_statements(
    payouts: Mapping[Path, PayoutVerdict], statements: Iterable[StatementVerdict]
) -> list[Check]:
    """What the statements say to each payout of their accounts."""
    opened = sorted(statements, key=lambda each: each.page_numbers)
    checks = []
    for verdict in payouts.values():
        account = verdict.proof.origin, verdict.said.account
        mine = [
            each.statement
            for each in opened
            if (each.statement.origin, each.statement.account) == account
        ]
        if mine:
            checks.append(on_statements(verdict.said, mine))
    return checks


def beside_panel(checks: Iterable[Check]) -> Panel:
    """What payouts and statements are together."""
    table = Table.grid(padding=(0, 1))
    good = True
    for check in checks:
        add_check(table, check)
        good = good and check.passed is not False
    return framed("Payouts on the statements", table, good=good)
