"""Masters that were on sale before files were judged: compared and doubted as what comes in is.

They stay on sale until an operator decides: a conflict or a doubt keeps from being published only
what is not published yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

from django.db.models import Exists, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

from pennywhistle.apps.copies.models import SoundDelivery
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.apps.intake.contents import names_of
from pennywhistle.apps.intake.doubts.opening import open_about
from pennywhistle.apps.intake.models import DeliveryFile
from pennywhistle.apps.media.models import Hearing, Master

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_AT_ONCE_MAX = 100


@dataclass(frozen=True, slots=True)
class _Older:
    """Some masters of a supplier that were delivered at one instant."""

    supplier_id: int
    delivered_at: datetime
    sha256s: tuple[str, ...]


def weigh_older(*, now: datetime) -> int:
    """Compare and doubt the masters that were heard and never compared; answers how many.

    In the order of their first delivery, so that of two suppliers the earlier is the holder. Done
    again, or interrupted and called again, it comes to the same. Not to be called within a
    transaction.

    Raises:
        IndexUnavailableError: the index of recordings is being made again: come back.
    """
    count = 0
    for each in list(_uncompared()):
        names = names_of((each.supplier_id, sha256) for sha256 in each.sha256s)
        open_about(
            supplier_id=each.supplier_id,
            paths={sha256: named.path or named.text for (_, sha256), named in names.items()},
            now=now,
        )
        # Last, since by it is known what is done.
        compare_delivered(
            supplier_id=each.supplier_id,
            sha256s=each.sha256s,
            now=now,
            delivered_at=each.delivered_at,
        )
        count += len(each.sha256s)
    return count


def _uncompared() -> Iterator[_Older]:
    came = (
        DeliveryFile.objects.filter(
            sha256=OuterRef("sha256"), delivery__supplier=OuterRef("recording__supplier")
        )
        .order_by()
        .values("sha256")
        .annotate(at=Min("delivery__created_at"))
        .values("at")
    )
    compared = SoundDelivery.objects.filter(
        sound__sha256=OuterRef("sha256"), supplier=OuterRef("recording__supplier")
    )
    masters = (
        Master.objects.filter(Exists(Hearing.objects.filter(sha256=OuterRef("sha256"))))
        .exclude(Exists(compared))
        .annotate(first_at=Coalesce(Subquery(came), "delivered_at"))
        .order_by("first_at", "recording__supplier", "sha256")
    )
    rows = masters.values_list("first_at", "recording__supplier_id", "sha256")
    for (first_at, supplier_id), group in groupby(rows, key=lambda row: row[:2]):
        sha256s = iter(dict.fromkeys(sha256 for _, _, sha256 in group))
        while some := tuple(islice(sha256s, _AT_ONCE_MAX)):
            yield _Older(supplier_id, first_at, some)
