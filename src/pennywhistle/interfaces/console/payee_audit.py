"""A payee's audit: every statement verified, then all of them together against the whole log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pennywhistle.engines.tlog.checks import Check, amount_text
from pennywhistle.engines.tlog.payee_audit import (
    PayeeLog,
    carried_over,
    payee_checks,
    payout_in_log,
)
from pennywhistle.engines.tlog.payout_checks import on_statements
from pennywhistle.engines.tlog.statement import StatementInvalidError, statement_size_bytes_max
from pennywhistle.engines.tlog.verify import StatementVerdict, verify_statement
from pennywhistle.interfaces.console.log_audit import LogAuditor
from pennywhistle.interfaces.console.log_source import PinnedSource, SourceError
from pennywhistle.interfaces.console.verdict_panel import add_check, framed
from pennywhistle.interfaces.console.verify_payouts import payout_panel, read_payout_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from pennywhistle.engines.tlog.payout import PayoutProof
    from pennywhistle.engines.tlog.statement import Statement
    from pennywhistle.interfaces.console.log_audit import Believed
    from pennywhistle.interfaces.console.log_source import Source


def audit_payee(
    files: Sequence[Path],
    *,
    source: Source,
    believed: Believed,
    console: Console,
    state: Path | None = None,
) -> bool:
    """Audit statements and payouts of one account against a log, and print the verdict.

    Tells whether it is good.

    With a `state`, the log must also continue what was audited before, and is kept as audited.

    Raises:
        SourceError: a statement or the log cannot be read.
    """
    payouts = [paid for file in files if (paid := read_payout_file(file, believed)) is not None]
    others = [file for file in files if file not in {paid.file for paid in payouts}]
    if not others:
        raise SourceError("Give the statements of the account, too: payouts stand on them.")
    verdicts = {file: read_statement(file, believed) for file in others}
    ordered = sorted(verdicts.items(), key=lambda each: each[1].page_numbers)
    statements = [verdict.statement for _, verdict in ordered]
    proofs = [paid.verdict.proof for paid in payouts]
    checks = check_statements(
        statements, source=source, believed=believed, state=state, payouts=proofs
    )
    checks = (*checks, *(on_statements(paid.verdict.said, statements) for paid in payouts))
    for file, verdict in ordered:
        table = _grid()
        first, last = verdict.page_numbers
        table.add_row(Text(f"Account {verdict.statement.account}, pages {first} to {last}"), "")
        for check in verdict.checks:
            add_check(table, check)
        console.print(framed(file.name, table, good=verdict.passed))
    for paid in payouts:
        console.print(payout_panel(paid.file, paid.verdict))
    table = _carried(statements)
    for check in checks:
        add_check(table, check)
    is_good = all(check.passed is not False for check in checks)
    console.print(framed("all statements against the log", table, good=is_good))
    is_good = is_good and all(paid.verdict.passed for paid in payouts)
    return is_good and all(verdict.passed for verdict in verdicts.values())


def check_statements(
    statements: Sequence[Statement],
    *,
    source: Source,
    believed: Believed,
    state: Path | None = None,
    payouts: Sequence[PayoutProof] = (),
) -> tuple[Check, ...]:
    """The checks of statements, in the order of their pages, together with those of the log.

    All of it under one head: what statements are compared with is what was audited.
    """
    accounts = {(each.origin, each.account) for each in statements}
    if len(accounts) != 1:
        raise SourceError("The statements are of several accounts; audit each by itself.")
    pinned = PinnedSource(source)
    wrong: list[Check] = []
    if state is not None:
        known = LogAuditor(pinned, believed, state).run()
        wrong = [check for check in known.checks if check.passed is False]
    pages = [page.leaf.number for each in statements for page in each.pages]
    wanted = PayeeLog(statements[0].account, range(min(pages), max(pages) + 1))
    audited = LogAuditor(
        pinned, believed, None, record=wanted.add, restart=lambda _index: wanted.clear()
    ).run()
    wrong += [check for check in audited.checks if check.passed is False]
    sentence = wrong[0].sentence if wrong else "Its head, its entries and its pages are right."
    whole = Check("log-audited", "The log itself is right", not wrong, sentence)
    named = audited.head.origin if audited.head else ""
    if named and named != statements[0].origin:
        sentence = f"The statements are of {statements[0].origin}, but the log is {named}."
        return (Check("log-audited", whole.title, passed=False, sentence=sentence),)
    given = [payout_in_log(proof, wanted) for proof in payouts]
    return (whole, *payee_checks(statements, wanted), *given)


def read_statement(file: Path, believed: Believed) -> StatementVerdict:
    """A statement with its own verdict. Raises SourceError where it is none."""
    try:
        with file.open("rb") as opened:
            data = opened.read(statement_size_bytes_max + 1)
        return verify_statement(data, keys=believed.keys, policy=believed.policy)
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error
    except StatementInvalidError as error:
        raise SourceError(f"{file}: {error}") from error


def _grid() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    return table


def _carried(statements: Sequence[Statement]) -> Table:
    """What stood on the account before and after each statement."""
    table = _grid()
    for row in carried_over(statements):
        table.add_row(Text(f"Pages {row.first_page} to {row.last_page}", "bold"), "")
        for currency in sorted({*row.opening, *row.closing}):
            for word, amounts in (
                ("before", row.opening),
                ("added up", row.movement),
                ("after", row.closing),
            ):
                amount = amount_text(amounts.get(currency, 0), currency)
                table.add_row(f"  {word}", Text(amount))
    table.add_row("", "")
    return table
