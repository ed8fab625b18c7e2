"""What came to a supplier with a catalog that another one handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.db.models.functions import Now

from pennywhistle.apps.copies.limits import TRANSFERS_FOLLOWED_MAX
from pennywhistle.apps.copies.models import Match
from pennywhistle.apps.rights.models import Transfer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pennywhistle.apps.copies.models import Conflict


def handed_over_to(supplier_id: int) -> dict[int, datetime | None]:
    """From whom catalogs came to a supplier, through others' hands too, and until when they did.

    `Transfer.valid_until` ends the time in which both may hold deals; what is the former supplier's
    own from then on was not handed over.
    """
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=Now())
    transfers = Transfer.objects.open().filter(begun)
    handed: dict[int, datetime | None] = {}
    receivers = {supplier_id}
    for _ in range(TRANSFERS_FOLLOWED_MAX):
        rows = transfers.filter(to_supplier__in=receivers).exclude(from_supplier=supplier_id)
        fresh: set[int] = set()
        for transfer in rows:
            giver_id = transfer.from_supplier_id
            if giver_id not in handed:
                handed[giver_id] = transfer.valid_until
                fresh.add(giver_id)
            elif (known := handed[giver_id]) is not None:
                until = transfer.valid_until
                handed[giver_id] = None if until is None else max(known, until)
        receivers = fresh
        if not fresh:
            break
    return handed


def came_with(
    supplier_id: int, delivered_at: datetime, handed: Mapping[int, datetime | None]
) -> bool:
    """Whether a supplier delivered something before its catalog was all somebody else's."""
    if supplier_id not in handed:
        return False
    until = handed[supplier_id]
    return until is None or delivered_at < until


def settled_by_transfer(conflicts: Iterable[Conflict], *, newcomer_id: int) -> set[int]:
    """Which of a newcomer's conflicts would not be opened any more, by their primary keys.

    Everything that the holder has in them came to the newcomer with a transfer that is on record by
    now.
    """
    ids = [each.pk for each in conflicts if each.newcomer_id == newcomer_id and each.holder_id]
    handed = handed_over_to(newcomer_id) if ids else {}
    if not handed:
        return set()
    rows = Match.objects.filter(conflict__in=ids, other__deliveries__supplier=F("conflict__holder"))
    came: dict[int, bool] = {}
    for conflict_id, holder_id, delivered_at in rows.order_by("id").values_list(
        "conflict_id", "conflict__holder_id", "other__deliveries__delivered_at"
    ):
        is_theirs = came_with(holder_id, delivered_at, handed)
        came[conflict_id] = came.get(conflict_id, True) and is_theirs
    return {conflict_id for conflict_id, is_all in came.items() if is_all}
