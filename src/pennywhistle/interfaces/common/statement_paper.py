"""A statement as one HTML page that stands by itself, for paper: the same figures as on the screen.

It is bounded: a long statement has its first lines here, and says that all are in the CSV.
"""

from __future__ import annotations

from datetime import UTC
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi, gettext

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.statements.breakdown import breakdown_of
from pennywhistle.apps.statements.lines import all_lines
from pennywhistle.interfaces.common.format import country_name, date_text, exact_text, price_text
from pennywhistle.interfaces.common.statement_rows import (
    apart_rows,
    columns_of,
    flow_rows,
    group_rows,
    kind_rows,
    sold_rows,
    work_rows,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.statements.lines import StatementLine
    from pennywhistle.apps.statements.queries import Statement
    from pennywhistle.interfaces.common.statement_rows import ContractRow

LINES_MAX = 1_000
ROWS_MAX = 500


def statement_page(statement: Statement, contracts: Sequence[ContractRow] = ()) -> str:
    """The page in the reader's language."""
    breakdown = breakdown_of(statement=statement)
    account = statement.account
    assert account.party is not None, "a payee's account has a party"
    lines = list(islice(all_lines(statement=statement), LINES_MAX + 1))
    context = {
        "language": get_language() or "en",
        "is_right_to_left": get_language_bidi(),
        "store": the_store().name,
        "party": account.party.name,
        "account": account,
        "days": f"{date_text(statement.days.first)} \u2013 {date_text(statement.days.last)}",
        "stretch": statement.stretch,
        "balance": kind_rows(statement),
        "flow": flow_rows(breakdown),
        "columns": columns_of(breakdown),
        "sold": sold_rows(breakdown)[:ROWS_MAX],
        "recordings": group_rows(breakdown.by_recording(), breakdown)[:ROWS_MAX],
        "territories": [
            row | {"title": country_name(str(row["title"]))}
            for row in group_rows(breakdown.by_territory(), breakdown)
        ],
        "uses": group_rows(breakdown.by_use(), breakdown),
        "works": work_rows(breakdown)[:ROWS_MAX],
        "apart": apart_rows(breakdown)[:ROWS_MAX],
        "contracts": contracts,
        "lines": [_line(line) for line in lines[:LINES_MAX]],
        "note": _note(is_cut=len(lines) > LINES_MAX or len(breakdown.rows) > ROWS_MAX),
    }
    return render_to_string("paper/statement.html", context)


def _note(*, is_cut: bool) -> str:
    if not is_cut:
        return ""
    return gettext("There are more lines than fit here. All of them are in the CSV files.")


def _line(line: StatementLine) -> dict[str, Any]:
    return {
        "time": f"{line.occurred_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "title": line.name.title,
        "is_refund": line.is_refund,
        "territory": line.territory,
        "price": price_text(line.price),
        "amount": exact_text(line.amount),
        "page": line.page_number,
        "leaf": line.log_index,
    }
