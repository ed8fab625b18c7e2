"""A contract's balance as one of its sides sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.interfaces.common.format import exact_text
from pennywhistle.interfaces.common.statement_rows import ContractRow

if TYPE_CHECKING:
    from pennywhistle.apps.contracts.queries import Standing


def contract_row(standing: Standing, *, party_id: int, url: str = "") -> ContractRow:
    """A contract as one of its sides sees it."""
    contract = standing.contract
    is_owed = contract.payee_id == party_id
    return ContractRow(
        name=contract.name,
        with_whom=(contract.payer if is_owed else contract.payee).name,
        is_owed=is_owed,
        earned=exact_text(standing.earned),
        due=exact_text(standing.due + standing.guaranteed),
        advance=exact_text(standing.advance),
        reserved=exact_text(standing.reserved),
        passed_on=exact_text(standing.passed_on),
        balance=exact_text(standing.balance),
        payable=exact_text(standing.payable),
        url=url,
    )
