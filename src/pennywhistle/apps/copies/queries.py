"""What is in conflict, proposed and blocked. Lists are read a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet

from pennywhistle.apps.catalog.models import Recording
from pennywhistle.apps.copies.models import Conflict, Ruling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.copies.models.conflicts import ConflictQuerySet


def conflicts_holding(*, sha256s: Iterable[str], supplier_id: int) -> dict[str, list[Conflict]]:
    """What keeps a supplier's delivered contents from being published, by content.

    Conflicts that wait for a ruling in which this supplier is the newcomer, and those in which it
    was refused (`conflict.ruling`), as newcomer or as holder; with `newcomer`, `holder` and `block`
    read. The same content of the other one is not held.
    """
    wanted = set(sha256s)
    as_newcomer = Conflict.objects.holding().filter(newcomer=supplier_id, sound__sha256__in=wanted)
    lost = Ruling.objects.filter(
        closed_at__isnull=True,
        verdict=Ruling.Verdict.HOLDER_REFUSED,
        conflict__holder=supplier_id,
        conflict__matches__other__sha256__in=wanted,
    )
    found = with_rulings(Conflict.objects.filter(Q(id__in=as_newcomer) | Q(rulings__in=lost)))
    held: dict[str, list[Conflict]] = {}
    for conflict in found.prefetch_related("matches__other").distinct().order_by("id"):
        contents = [conflict.sound.sha256]
        if conflict.newcomer_id != supplier_id:
            contents = [match.other.sha256 for match in conflict.matches.all()]
        for sha256 in wanted.intersection(contents):
            held.setdefault(sha256, []).append(conflict)
    return held


def recordings_with(sha256s: Iterable[str], *, supplier_id: int) -> QuerySet[Recording]:
    """A supplier's recordings whose masters have one of these contents."""
    return Recording.objects.filter(supplier=supplier_id, master__sha256__in=list(sha256s))


def with_rulings(conflicts: ConflictQuerySet) -> ConflictQuerySet:
    """Conflicts with everything that a line about one shows."""
    related = ("sound", "newcomer", "holder", "block__sound")
    rulings = Prefetch("rulings", Ruling.objects.select_related("ruled_by", "evidence"))
    return conflicts.select_related(*related).prefetch_related(rulings)
