"""Whose a recording may be: which copies that were found are conflicts, and which are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.copies.limits import EXPLAINS_FROM_SHARE, EXPLANATIONS_MAX
from pennywhistle.apps.copies.models import Block, Conflict, Ruling, SoundDelivery
from pennywhistle.apps.copies.transfers import came_with, handed_over_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.copies.finding import Found


@dataclass(frozen=True, slots=True)
class Judged:
    """What is held against a delivery: another supplier's recordings in it, or a blocked one."""

    found: tuple[Found, ...]
    holder_id: int | None = None
    holder_at: datetime | None = None
    block: Block | None = None


def conflicting(delivery: SoundDelivery, found: Sequence[Found]) -> list[Judged]:
    """The suppliers whose earlier recordings are in a delivery, without anything to explain it.

    A match is explained where the newcomer delivered the same stretch before the other did, where
    an operator said that both may sell it, or where the other's catalog was handed over to the
    newcomer. Who was refused a recording holds it against nobody.
    """
    by_sound = {each.other.pk: each for each in found if each.holds}
    known = SoundDelivery.objects.filter(sound__in=by_sound).exclude(id=delivery.pk)
    refused = _refused(by_sound)
    standing = [
        each
        for each in known.order_by("delivered_at", "id")
        if (each.supplier_id, each.sound_id) not in refused
    ]
    own = [each for each in standing if each.supplier_id == delivery.supplier_id]
    own = own[:EXPLANATIONS_MAX]
    allowed = _allowed(delivery.supplier_id, own)
    handed = handed_over_to(delivery.supplier_id)
    held: dict[int, list[SoundDelivery]] = {}
    for other in standing:
        if other.supplier_id == delivery.supplier_id or not _is_before(other, delivery):
            continue
        if came_with(other.supplier_id, other.delivered_at, handed):
            continue
        explaining = (
            each
            for each in own
            if _is_before(each, other) or (each.sound_id, other.supplier_id) in allowed
        )
        if not any(_covers(each, other, by_sound) for each in explaining):
            held.setdefault(other.supplier_id, []).append(other)
    return [
        Judged(tuple(by_sound[each.sound_id] for each in theirs), holder_id, theirs[0].delivered_at)
        for holder_id, theirs in held.items()
    ]


def blocked(found: Sequence[Found]) -> list[Judged]:
    """The entries of the blocklist that are in what was delivered."""
    by_sound = {each.other.pk: each for each in found if each.holds}
    entries = Block.objects.standing().filter(sound__in=by_sound).order_by("id")
    return [Judged((by_sound[entry.sound_id],), block=entry) for entry in entries]


def same_recording(delivery: SoundDelivery, found: Sequence[Found]) -> Found | None:
    """The supplier's own recording that this is from end to end: the first that the store knew."""
    whole = {each.other.pk: each for each in found if each.is_whole}
    own = SoundDelivery.objects.filter(supplier=delivery.supplier_id, sound__in=whole)
    first = own.exclude(sound=delivery.sound_id).order_by("sound").first()
    return whole[first.sound_id] if first is not None else None


def _is_before(one: SoundDelivery, other: SoundDelivery) -> bool:
    return (one.delivered_at, one.pk) < (other.delivered_at, other.pk)


def _refused(sound_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Of these sounds, (supplier, sound) of those who may not sell it, as operators ruled."""
    ids = list(sound_ids)
    verdicts = Ruling.Verdict
    standing = Ruling.objects.filter(closed_at__isnull=True)
    as_newcomer = standing.filter(
        verdict=verdicts.NEWCOMER_REFUSED,
        conflict__sound__in=ids,
        conflict__block__end__isnull=True,
    )
    as_holder = standing.filter(verdict=verdicts.HOLDER_REFUSED, conflict__matches__other__in=ids)
    return {
        *as_newcomer.values_list("conflict__newcomer_id", "conflict__sound_id"),
        *as_holder.values_list("conflict__holder_id", "conflict__matches__other_id"),
    }


def _allowed(supplier_id: int, own: Sequence[SoundDelivery]) -> set[tuple[int, int]]:
    """(sound, holder) of what a supplier may sell though the holder delivered it before."""
    conflicts = Conflict.objects.filter(
        sound__in=[each.sound_id for each in own],
        newcomer=supplier_id,
        holder__isnull=False,
        rulings__closed_at__isnull=True,
        rulings__verdict__in=[Ruling.Verdict.BOTH, Ruling.Verdict.HOLDER_REFUSED],
    )
    return set(conflicts.values_list("sound_id", "holder_id"))


def _covers(own: SoundDelivery, other: SoundDelivery, found: Mapping[int, Found]) -> bool:
    """Whether nearly all of the other's stretch is in one's own."""
    return found[own.sound_id].covers(found[other.sound_id], share=EXPLAINS_FROM_SHARE)
