"""Comparing what was delivered with all that the store knows: the slow part of this app.

A look-up, what it finds, and the addition to the index are one after the other for the whole store,
so that of two suppliers who deliver one recording at once the second finds the first. The index has
a sound on disk before its row is committed: killed in between, a number without a row is left
there, which no look-up minds, and the next try takes another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.copies.finding import Found, find, find_in
from pennywhistle.apps.copies.index_folder import complete_index, fingerprints_of, turn
from pennywhistle.apps.copies.judging import Judged, blocked, conflicting, same_recording
from pennywhistle.apps.copies.limits import MATCHES_PER_CONFLICT_MAX
from pennywhistle.apps.copies.models import (
    Block,
    Conflict,
    Match,
    News,
    Pair,
    Sound,
    SoundDelivery,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pennywhistle.engines.fingerprint import Fingerprint, Index


class NotHeardError(Exception):
    """There is no readable fingerprint of this content; hear it (again) first."""

    code = "not-heard"


def compare_delivered(
    *,
    supplier_id: int,
    sha256s: Sequence[str],
    now: datetime,
    delivered_at: datetime | None = None,
) -> None:
    """Look up what a supplier delivered, and note it: conflicts, proposals, the blocklist.

    Each content of a supplier is compared once; again changes nothing. It is all or nothing, and
    not to be called within a transaction: others would look before this one's rows are there.
    `delivered_at` is when it was delivered first, if that is not now: whoever delivered the same
    later is the newcomer, though it was compared before.

    Raises:
        NotHeardError: a content has no hearing yet.
        IndexUnavailableError: the index is being made again; nothing was compared, come back.
    """
    if not _not_compared(supplier_id, sha256s):
        return
    with turn(), transaction.atomic(durable=True):
        _one_after_the_other()
        wanted = _not_compared(supplier_id, sha256s)
        known = fingerprints_of(wanted)
        if unheard := [sha256 for sha256 in wanted if sha256 not in known]:
            raise NotHeardError(f"{unheard[0]} was not heard yet.")
        with complete_index() as index:
            for sha256 in wanted:
                sound = note_sound(index, sha256, known[sha256], now=now)
                delivery = SoundDelivery.objects.create(
                    sound=sound, supplier_id=supplier_id, delivered_at=delivered_at or now
                )
                found = find(index, sound, known[sha256])
                _note_found(delivery, found, now)
                _note_later(index, delivery, found, now)


def compare_blocked(*, block_id: int) -> None:
    """Open a conflict for everything delivered that sounds like a new entry; again: nothing new."""
    block = Block.objects.select_related("sound").get(id=block_id)
    with turn(), transaction.atomic(durable=True):
        _one_after_the_other()
        known = fingerprints_of([block.sound.sha256])
        with complete_index() as index:
            found = find(index, block.sound, known[block.sound.sha256])
        for each in found:
            theirs = each if each.is_exact else find_in(each.other, block.sound)
            if theirs is None or not theirs.holds:
                continue
            for delivery in SoundDelivery.objects.filter(sound=each.other).order_by("id"):
                _open(delivery, Judged((theirs,), block=block), block.recorded_at)


def note_sound(index: Index, sha256: str, fingerprint: Fingerprint, *, now: datetime) -> Sound:
    """The sound of a content, in the index before its row is committed; only in one's turn."""
    sound, is_new = Sound.objects.get_or_create(sha256=sha256, defaults={"noted_at": now})
    if is_new:
        index.add(sound.pk, fingerprint)
    return sound


def _one_after_the_other() -> None:
    """Wait for whoever compares, on whatever machine, until its rows are committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('copies'), 0)")


def _not_compared(supplier_id: int, sha256s: Iterable[str]) -> list[str]:
    wanted = dict.fromkeys(sha256s)
    done = SoundDelivery.objects.filter(supplier_id=supplier_id, sound__sha256__in=wanted)
    for sha256 in done.values_list("sound__sha256", flat=True):
        wanted.pop(sha256)
    return list(wanted)


def _note_found(delivery: SoundDelivery, found: Sequence[Found], now: datetime) -> None:
    for judged in [*conflicting(delivery, found, now=now), *blocked(found)]:
        _open(delivery, judged, now)
    same = same_recording(delivery, found)
    if same is not None:
        first, other = sorted((same.other.pk, delivery.sound_id))
        Pair.objects.get_or_create(
            supplier_id=delivery.supplier_id,
            first_id=first,
            other_id=other,
            defaults={
                "length_s": same.length_s,
                "speed": same.speed,
                "score": same.score,
                "proposed_at": now,
            },
        )


def _note_later(
    index: Index, delivery: SoundDelivery, found: Sequence[Found], now: datetime
) -> None:
    """Open conflicts with those who delivered it after this one, and were compared before."""
    holding = [each.other for each in found if each.holds]
    later = SoundDelivery.objects.filter(
        sound__in=holding, delivered_at__gt=delivery.delivered_at
    ).exclude(supplier=delivery.supplier_id)
    for other in later.select_related("sound").order_by("delivered_at", "id"):
        known = fingerprints_of([other.sound.sha256])
        theirs = find(index, other.sound, known[other.sound.sha256])
        for judged in conflicting(other, theirs, now=now):
            if judged.holder_id == delivery.supplier_id:
                _open(other, judged, now)


def _open(delivery: SoundDelivery, judged: Judged, now: datetime) -> None:
    """Open a conflict, unless it stands, with where it matches, and news for both suppliers."""
    conflict, is_new = Conflict.objects.get_or_create(
        sound_id=delivery.sound_id,
        newcomer_id=delivery.supplier_id,
        holder_id=judged.holder_id,
        block=judged.block,
        defaults={
            "newcomer_at": delivery.delivered_at,
            "holder_at": judged.holder_at,
            "opened_at": now,
        },
    )
    if not is_new:
        return
    longest = sorted(judged.found, key=lambda each: -each.length_s)[:MATCHES_PER_CONFLICT_MAX]
    Match.objects.bulk_create(
        Match(
            conflict=conflict,
            other=each.other,
            is_exact=each.is_exact,
            offset_s=each.offset_s,
            start_s=each.start_s,
            length_s=each.length_s,
            speed=each.speed,
            score=each.score,
        )
        for each in longest
    )
    parties = [each for each in (conflict.newcomer_id, conflict.holder_id) if each is not None]
    News.objects.bulk_create(
        News(conflict=conflict, supplier_id=party_id, noted_at=now) for party_id in parties
    )


def sound_to_block(*, sha256: str, now: datetime) -> Sound | None:
    """The sound of content that was heard, put into the index if it is new; None if it is silent.

    None, too, if it was never heard. Raises IndexUnavailableError.
    """
    fingerprint = fingerprints_of([sha256]).get(sha256)
    if fingerprint is None or not len(fingerprint.ticks):
        return None
    with turn(), transaction.atomic(durable=True):
        _one_after_the_other()
        with complete_index() as index:
            return note_sound(index, sha256, fingerprint, now=now)
