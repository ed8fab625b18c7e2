"""What is in conflict, proposed and blocked. Lists are read a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from pennywhistle.apps.catalog.models import Recording, Track
from pennywhistle.apps.copies.limits import MATCHES_SHOWN_MAX, ROWS_PER_PAGE
from pennywhistle.apps.copies.models import (
    Block,
    BlockWish,
    Conflict,
    Match,
    Pair,
    Ruling,
    SoundDelivery,
)
from pennywhistle.apps.copies.transfers import settled_by_transfer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pennywhistle.apps.copies.models import Answer
    from pennywhistle.apps.copies.models.conflicts import ConflictQuerySet
    from pennywhistle.apps.users.models import User


def conflicts_holding(*, sha256s: Iterable[str], supplier_id: int) -> dict[str, list[Conflict]]:
    """What keeps a supplier's delivered contents from being published, by content.

    Conflicts that wait for a ruling in which this supplier is the newcomer, or delivered the
    content after the newcomer did; and those in which it was refused (`conflict.ruling`), as
    newcomer or as holder; with `newcomer`, `holder` and `block` read. The same content of the other
    one is not held, nor what came with a transfer that is on record by now.
    """
    wanted = set(sha256s)
    newcomer = Conflict.objects.holding().filter(newcomer=supplier_id, sound__sha256__in=wanted)
    pairs = {*newcomer.values_list("id", "sound__sha256")}
    pairs.update(_held_of_holder(wanted, supplier_id))
    found = with_rulings(Conflict.objects.filter(id__in={each for each, _ in pairs}))
    conflicts = {each.pk: each for each in found.order_by("id")} if pairs else {}
    waiting = [each for each in conflicts.values() if each.ruling is None]
    settled = settled_by_transfer(waiting, newcomer_id=supplier_id)
    held: dict[str, list[Conflict]] = {}
    for conflict_id, sha256 in sorted(pairs):
        if conflict_id not in settled:
            held.setdefault(sha256, []).append(conflicts[conflict_id])
    return held


def _held_of_holder(sha256s: set[str], supplier_id: int) -> Iterable[tuple[int, str]]:
    """(conflict, content) of what a holder was refused, or delivered while it is undecided."""
    matches = Match.objects.filter(conflict__holder=supplier_id, other__sha256__in=sha256s)
    lost = Ruling.objects.filter(closed_at__isnull=True, verdict=Ruling.Verdict.HOLDER_REFUSED)
    came_later = SoundDelivery.objects.filter(
        sound=OuterRef("other"),
        supplier=supplier_id,
        delivered_at__gt=OuterRef("conflict__newcomer_at"),
    )
    return matches.filter(
        Q(conflict__in=lost.values("conflict"))
        | Q(Exists(came_later), conflict__in=Conflict.objects.undecided())
    ).values_list("conflict_id", "other__sha256")


def recordings_with(sha256s: Iterable[str], *, supplier_id: int) -> QuerySet[Recording]:
    """A supplier's recordings whose masters have one of these contents."""
    return Recording.objects.filter(supplier=supplier_id, master__sha256__in=list(sha256s))


def on_shelves(contents: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these (supplier, content) are the master of a track of this supplier now."""
    wanted = set(contents)
    tracks = Track.objects.present().filter(
        recording__master__sha256__in={sha256 for _, sha256 in wanted}
    )
    found = tracks.values_list("release__supplier_id", "recording__master__sha256")
    return wanted.intersection(found)


def with_rulings(conflicts: ConflictQuerySet) -> ConflictQuerySet:
    """Conflicts with everything that a line about one shows."""
    related = ("sound", "newcomer", "holder", "block__sound")
    rulings = Prefetch("rulings", Ruling.objects.select_related("ruled_by", "evidence"))
    return conflicts.select_related(*related).prefetch_related(rulings)


def undecided_conflicts(*, after_id: int = 0, most: int = ROWS_PER_PAGE) -> list[Conflict]:
    """A page and one more of what waits for a ruling, the oldest first."""
    found = with_rulings(Conflict.objects.undecided()).filter(id__gt=after_id)
    return list(found.order_by("id")[: most + 1])


def undecided_count() -> int:
    """How many conflicts wait for a ruling."""
    return Conflict.objects.undecided().count()


def decided_conflicts(*, before_id: int | None = None) -> list[Conflict]:
    """A page and one more of what is decided, the newest conflict first."""
    found = with_rulings(Conflict.objects.decided())
    if before_id is not None:
        found = found.filter(id__lt=before_id)
    return list(found.order_by("-id")[: ROWS_PER_PAGE + 1])


def conflicts_of(*, user: User, before_id: int | None = None) -> list[Conflict]:
    """A page and one more of the conflicts of this person's suppliers, the newest first."""
    found = with_rulings(Conflict.objects.told_to(user=user))
    if before_id is not None:
        found = found.filter(id__lt=before_id)
    return list(found.order_by("-id")[: ROWS_PER_PAGE + 1])


def open_conflict_count_of(*, user: User) -> int:
    """How many wait for a ruling."""
    return Conflict.objects.told_to(user=user).undecided().count()


def matches_of(conflict: Conflict) -> list[Match]:
    """Where the other one sounds in it: the longest stretches, the longest first."""
    return list(conflict.matches.select_related("other")[:MATCHES_SHOWN_MAX])


def answers_in(conflict: Conflict) -> list[Answer]:
    """What the two suppliers said, the oldest first."""
    return list(conflict.answers.select_related("party", "evidence", "stated_by"))


def transfer_between(conflict: Conflict) -> bool:
    """Whether what the holder has in it came to the newcomer with a transfer on record by now."""
    return bool(settled_by_transfer([conflict], newcomer_id=conflict.newcomer_id))


def undecided_pairs(*, user: User | None = None) -> list[Pair]:
    """Proposals "same recording" of which nobody said yet what they are, some of the oldest.

    Those of a person's suppliers; of everybody for nobody in particular, the operators.
    """
    pairs = Pair.objects.undecided()
    if user is not None:
        pairs = pairs.of_person(user=user)
    return list(pairs.select_related("supplier", "first", "other").order_by("id")[:ROWS_PER_PAGE])


def blocklist(*, before_id: int | None = None) -> list[Block]:
    """A page and one more of the blocklist, the newest first, those that were ended too."""
    found = Block.objects.select_related("sound", "evidence", "recorded_by", "end__ended_by")
    if before_id is not None:
        found = found.filter(id__lt=before_id)
    return list(found.order_by("-id")[: ROWS_PER_PAGE + 1])


def block_wishes(*, since: datetime) -> list[BlockWish]:
    """What is still to be heard for the blocklist, and what was since then; the newest first."""
    found = BlockWish.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=since))
    return list(found.select_related("asked_by").order_by("-id")[:ROWS_PER_PAGE])


def is_to_be_blocked(*, sha256: str) -> bool:
    """Whether a content waits to be heard for the blocklist."""
    return BlockWish.objects.waiting().filter(sha256=sha256).exists()
