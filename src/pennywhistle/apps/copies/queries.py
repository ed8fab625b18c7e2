"""What is in conflict, proposed and blocked. Lists are read a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch

from pennywhistle.apps.copies.models import Conflict, Ruling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.copies.models.conflicts import ConflictQuerySet


def conflicts_holding(*, sha256s: Iterable[str], supplier_id: int) -> dict[str, list[Conflict]]:
    """What keeps a supplier's delivered contents from being published, by content.

    Conflicts in which this supplier is the newcomer: those that wait for a ruling, and those in
    which it was refused (`conflict.ruling`); with `newcomer`, `holder` and `block` read. The same
    content of its holder is not held.
    """
    found = with_rulings(Conflict.objects.holding()).filter(
        newcomer=supplier_id, sound__sha256__in=list(sha256s)
    )
    held: dict[str, list[Conflict]] = {}
    for conflict in found.order_by("id"):
        held.setdefault(conflict.sound.sha256, []).append(conflict)
    return held


def with_rulings(conflicts: ConflictQuerySet) -> ConflictQuerySet:
    """Conflicts with everything that a line about one shows."""
    related = ("sound", "newcomer", "holder", "block__sound")
    rulings = Prefetch("rulings", Ruling.objects.select_related("ruled_by", "evidence"))
    return conflicts.select_related(*related).prefetch_related(rulings)
