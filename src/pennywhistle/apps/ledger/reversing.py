"""Taking a sale back in the books: an entry with its exact negative."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import LedgerError
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.refund_followers import go_along
from pennywhistle.kernel.entry_id import new_entry_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class NotASaleError(LedgerError):
    """Only sales can be taken back; everything else is corrected by an entry of its own."""

    code = "not-a-sale"


@transaction.atomic
def write_refund(*, sale_id: UUID, now: datetime) -> Entry:
    """Reverse each posting of a sale, whoever was paid since; the same sale again: the same entry.

    The accounts are those of the sale, so that nothing that changed since (contracts, shares,
    rates) plays a part. The database refuses a second one, and one that differs
    (`migrations/0011_refunds_and_paybacks.py`). Whoever moved more of the sale since takes it back
    in the same transaction (`refund_followers`).

    Raises:
        NotASaleError: there is no such sale.
    """
    sale = Entry.objects.filter(id=sale_id, kind=Entry.Kind.SALE).first()
    if sale is None:
        raise NotASaleError(f"{sale_id} is no sale.")
    refund, is_new = Entry.objects.get_or_create(
        key=f"refund:{sale_id}",
        defaults={
            "id": new_entry_id(now),
            "kind": Entry.Kind.REFUND,
            "occurred_at": now,
            "subject_id": sale.subject_id,
            "item": sale.item,
            "price_micro": sale.price_micro,
            "territory": sale.territory,
            "currency": sale.currency,
            "accounts": sale.accounts,
            "amounts_micro": [-amount for amount in sale.amounts_micro],
            "reverses_id": sale.pk,
        },
    )
    if is_new:
        go_along(refund, now)
    return refund
