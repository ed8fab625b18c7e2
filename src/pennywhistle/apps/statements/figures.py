"""Owed, held, paid: what all accounts of a kind sum to, as of a sealed page.

Everything that the store says of money in public is of one page, so that whoever adds up what is
proven (`docs/algorithms/figures.md`) adds up the same entries.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import connection

from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.statements.pages import sealed_pages
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.apps.proof.models import Page

_KEPT_AS = "statements:figures"
_DAYS_KEPT = 30
# Currency, kind of account, kind of entry.
_Key = tuple[str, str, str]

_Kind = Account.Kind


@dataclass(frozen=True, slots=True)
class Figures:
    """What the accounts of one currency sum to; seen from their holders, as in the books.

    Nothing is left over: what came in through providers and did not leave is what all others have.
    """

    currency: str
    page_number: int
    # What is held for buyers: balances, and what they set aside.
    balances: Money
    set_aside: Money
    owed: Money
    held: Money
    unclaimed: Money
    tax: Money
    store: Money
    # Through providers: paid in, gone back to buyers, and gone elsewhere (to payees).
    paid_in: Money
    paid_back: Money
    paid_out: Money

    @property
    def at_providers(self) -> Money:
        """What providers hold by the books."""
        return self.paid_in - self.paid_back - self.paid_out

    @property
    def together(self) -> Money:
        """What is owed to anybody; the same as `at_providers`."""
        of_others = self.balances + self.set_aside + self.owed + self.held + self.unclaimed
        return of_others + self.tax + self.store


def newest_figures() -> list[Figures]:
    """The figures of the newest sealed page, one for each currency; none before the first page."""
    page = sealed_pages().last()
    if page is None:
        return []
    sums = _sums_until(page)
    currencies = sorted({currency for currency, _, _ in sums})
    return [_figures(currency, page, sums) for currency in currencies]


_STRETCH = """
SELECT e.currency, a.kind, CASE WHEN a.kind = 'clearing' THEN e.kind ELSE '' END, sum(p.amount)
FROM proof_leaf f
JOIN ledger_entry e ON e.id = f.entry_id
CROSS JOIN unnest(e.accounts, e.amounts_micro) AS p(account, amount)
JOIN ledger_account a ON a.number = p.account
WHERE f.log_index >= %s AND f.log_index < %s
GROUP BY 1, 2, 3
"""


def _sums_until(page: Page) -> Mapping[_Key, int]:
    """Sums over all leaves that a page and those before it cover; only what is new is read.

    What was summed up before is kept with the page's root, so that no other log's is taken for it.
    """
    root = bytes(page.lines_root).hex()
    kept = cache.get(_KEPT_AS)
    sums: dict[_Key, int] = defaultdict(int)
    start = 0
    if (
        kept is not None
        and _is_ours(kept["number"], kept["root"])
        and kept["end"] <= page.end_index
    ):
        sums.update(kept["sums"])
        start = kept["end"]
    if start < page.end_index:
        with connection.cursor() as cursor:
            cursor.execute(_STRETCH, [start, page.end_index])
            for currency, kind, entry_kind, amount in cursor.fetchall():
                sums[currency, kind, entry_kind] += int(amount)
        found = {"number": page.number, "root": root, "end": page.end_index, "sums": dict(sums)}
        cache.set(_KEPT_AS, found, timeout=_DAYS_KEPT * 86_400)
    return sums


def _is_ours(number: int, root: str) -> bool:
    found = sealed_pages().filter(number=number).values_list("lines_root", flat=True).first()
    return found is not None and bytes(found).hex() == root


def _figures(currency: str, page: Page, sums: Mapping[_Key, int]) -> Figures:
    def money(kinds: Sequence[str], of: Sequence[str] = ("",)) -> Money:
        micro = sum(sums.get((currency, kind, entry), 0) for kind in kinds for entry in of)
        return Money(micro, currency)

    moved = [entry for _, kind, entry in sums if kind == _Kind.CLEARING]
    others = sorted(set(moved) - {Entry.Kind.TOP_UP, Entry.Kind.PAYBACK})
    return Figures(
        currency=currency,
        page_number=page.number,
        balances=money([_Kind.BALANCE]),
        set_aside=money([_Kind.RESERVED, _Kind.DISPUTED]),
        owed=money([_Kind.PAYEE, _Kind.TRANSIT]),
        held=money([_Kind.HELD]),
        unclaimed=money([_Kind.UNCLAIMED]),
        tax=money([_Kind.TAX]),
        store=money([_Kind.STORE, _Kind.SUBSIDY, _Kind.EXPENSE]),
        paid_in=-money([_Kind.CLEARING], [Entry.Kind.TOP_UP]),
        paid_back=money([_Kind.CLEARING], [Entry.Kind.PAYBACK]),
        paid_out=money([_Kind.CLEARING], others),
    )
