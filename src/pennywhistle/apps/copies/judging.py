"""Whose a recording may be: which copies that were found are conflicts, and which are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.copies.limits import EXPLAINS_FROM_SHARE, TRANSFERS_FOLLOWED_MAX
from pennywhistle.apps.copies.models import Block, Conflict, Ruling, SoundDelivery
from pennywhistle.apps.rights.models import Transfer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.copies.finding import Found


@dataclass(frozen=True, slots=True)
class Judged:
    """What is held against a delivery: another supplier's recordings in it, or a blocked one."""

    found: tuple[Found, ...]
    holder_id: int | None = None
    holder_at: datetime | None = None
    block: Block | None = None


def conflicting(delivery: SoundDelivery, found: Sequence[Found], *, now: datetime) -> list[Judged]:
    """The suppliers whose earlier recordings are in a delivery, without anything to explain it.

    A match is explained where the newcomer delivered the same stretch before the other did, where
    an operator said that both may sell it, or where the other's catalog was handed over to the
    newcomer. Who was refused a recording holds it against nobody.
    """
    by_sound = {each.other.pk: each for each in found if each.holds}
    known = SoundDelivery.objects.filter(sound__in=by_sound).exclude(id=delivery.pk)
    standing = [each for each in known.order_by("delivered_at", "id") if not _is_refused(each)]
    own = [each for each in standing if each.supplier_id == delivery.supplier_id]
    handed = _handed_over_to(delivery.supplier_id, now)
    held: dict[int, list[SoundDelivery]] = {}
    for other in standing:
        if other.supplier_id == delivery.supplier_id or not _is_before(other, delivery):
            continue
        if _came_with(other, handed):
            continue
        if not any(_explains(each, other, by_sound) for each in own):
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


def _is_refused(delivery: SoundDelivery) -> bool:
    """Whether an operator ruled that this supplier may not sell this content."""
    verdicts = Ruling.Verdict
    rulings = Ruling.objects.filter(closed_at__isnull=True)
    lost = Q(
        verdict=verdicts.NEWCOMER_REFUSED,
        conflict__sound=delivery.sound_id,
        conflict__newcomer=delivery.supplier_id,
        conflict__block__end__isnull=True,
    )
    lost |= Q(
        verdict=verdicts.HOLDER_REFUSED,
        conflict__holder=delivery.supplier_id,
        conflict__matches__other=delivery.sound_id,
    )
    return rulings.filter(lost).exists()


def _explains(own: SoundDelivery, other: SoundDelivery, found: Mapping[int, Found]) -> bool:
    """Whether the newcomer's earlier delivery says that the other's is in this one rightly."""
    covers = found[own.sound_id].covers(found[other.sound_id], share=EXPLAINS_FROM_SHARE)
    if not covers:
        return False
    if own.delivered_at < other.delivered_at:
        return True
    both = Conflict.objects.filter(
        sound=own.sound_id,
        newcomer=own.supplier_id,
        holder=other.supplier_id,
        rulings__closed_at__isnull=True,
        rulings__verdict__in=[Ruling.Verdict.BOTH, Ruling.Verdict.HOLDER_REFUSED],
    )
    return both.exists()


def _came_with(other: SoundDelivery, handed: Mapping[int, datetime | None]) -> bool:
    """Whether the other delivered it before its catalog was all the newcomer's."""
    if other.supplier_id not in handed:
        return False
    until = handed[other.supplier_id]
    return until is None or other.delivered_at < until


def _handed_over_to(supplier_id: int, now: datetime) -> dict[int, datetime | None]:
    """From whom catalogs came to a supplier, through others' hands too, and until when they did.

    `Transfer.valid_until` ends the time in which both may hold deals; what is the former supplier's
    own from then on was not handed over.
    """
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=now)
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
