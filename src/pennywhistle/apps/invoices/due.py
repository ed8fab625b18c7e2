"""Which documents are wanted for what was recorded; they are numbered and issued later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.invoices.models import Document, Due, Supply

if TYPE_CHECKING:
    from collections.abc import Iterable


def subject_of(supply: Supply) -> str:
    """What its document is about: all of an order's sales share one."""
    if supply.kind == Supply.Kind.SALE:
        return f"order:{supply.order_id}"
    return f"supply:{supply.pk}"


def want_invoices(supplies: Iterable[Supply]) -> None:
    """An invoice for each order, and for each payment that was taxed at once.

    What was paid with money that was taxed before has its invoice already.
    """
    Due.objects.bulk_create(
        [
            Due(kind=Document.Kind.INVOICE, subject=subject, user_id=user_id)
            for subject, user_id in {
                subject_of(each): each.user_id for each in supplies if each.gross_micro > 0
            }.items()
        ],
        ignore_conflicts=True,
    )


def want_credit_note(supply: Supply) -> None:
    """A credit note for what was taken back."""
    if supply.gross_micro < 0:
        Due.objects.bulk_create(
            [
                Due(
                    kind=Document.Kind.CREDIT_NOTE,
                    subject=subject_of(supply),
                    user_id=supply.user_id,
                )
            ],
            ignore_conflicts=True,
        )
