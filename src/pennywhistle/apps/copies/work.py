"""Comparing what was delivered with all that the store knows: the slow part of this app.

A look-up, what it finds, and the addition to the index are one after the other for the whole store,
so that of two suppliers who deliver one recording at once the second finds the first. The index has
a sound on disk before its row is committed: killed in between, a number without a row is left
there, which no look-up minds, and the next try takes another.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max

from pennywhistle.apps.copies.finding import Found, Known, find, find_in
from pennywhistle.apps.copies.foreseeing import delivered_later, foremost, foresee
from pennywhistle.apps.copies.index_folder import (
    complete_index,
    fingerprints_of,
    index_to_read,
    newest_sound,
    turn,
)
from pennywhistle.apps.copies.judging import Judged, blocked, conflicting, same_recording
from pennywhistle.apps.copies.limits import TURN_POLL_S, TURNS_FOR_S
from pennywhistle.apps.copies.models import (
    Block,
    Conflict,
    Match,
    News,
    Pair,
    Sound,
    SoundDelivery,
)
from pennywhistle.apps.copies.rehearing import NotHeardError, readable_fingerprint
from pennywhistle.apps.media.models import Hearing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pennywhistle.engines.fingerprint import Fingerprint, Index

logger = logging.getLogger(__name__)


def compare_delivered(
    *,
    supplier_id: int,
    sha256s: Sequence[str],
    now: datetime,
    delivered_at: datetime | None = None,
) -> None:
    """Look up what a supplier delivered, and note it: conflicts, proposals, the blocklist.

    Each content of a supplier is compared once, in a transaction of its own; again changes nothing.
    Not to be called within a transaction: others would look before this one's rows are there.
    `delivered_at` is for what was on sale before anything was compared: whoever delivered the same
    later is the newcomer, though it was compared before. Without it the database's clock says when
    it came, once it is this one's turn, so that `now`, which may be older, decides nothing.

    Raises:
        NotHeardError: a content has no hearing yet; nothing was compared.
        IndexUnavailableError: the index is being made again; come back for those that are left.
    """
    wanted = _not_compared(supplier_id, sha256s)
    heard = set(Hearing.objects.filter(sha256__in=wanted).values_list("sha256", flat=True))
    if unheard := [sha256 for sha256 in wanted if sha256 not in heard]:
        raise NotHeardError(f"{unheard[0]} was not heard yet.")
    delivered = _Delivered(supplier_id, now, delivered_at)
    while wanted:
        _take_turn(delivered, wanted)
        if wanted:
            # Long enough for whoever asks every TURN_POLL_S.
            time.sleep(2 * TURN_POLL_S)


@dataclass(frozen=True, slots=True)
class _Delivered:
    """By whom, and when; `at` of what is dated back."""

    supplier_id: int
    now: datetime
    at: datetime | None


def _take_turn(delivered: _Delivered, left: list[str]) -> None:
    """Compare as many as fit into one turn, and take them from those that are left."""
    # If a fingerprint is damaged, it is in no index, and nobody's but its own delivery waits.
    contents = foremost(left)
    dated_back = (delivered.supplier_id, delivered.at) if delivered.at else None
    known = foresee(contents, dated_back=dated_back)
    seen = newest_sound()
    with turn(), complete_index() as index:
        until = time.monotonic() + TURNS_FOR_S
        for content in contents.items():
            with transaction.atomic(durable=True):
                _one_after_the_other()
                newest = newest_sound()
                if newest not in {None, seen} and newest not in index:
                    return  # Somebody was before this one, with an index elsewhere.
                if _not_compared(delivered.supplier_id, left[:1]):
                    _compare(index, delivered, content, known)
            del left[0]
            if time.monotonic() > until:
                return


def _compare(
    index: Index, delivered: _Delivered, content: tuple[str, Fingerprint], known: Known
) -> None:
    sha256, fingerprint = content
    sound = note_sound(index, sha256, fingerprint, now=delivered.now)
    found = find(index, sound, fingerprint, known)
    delivery = SoundDelivery.objects.create(
        sound=sound,
        supplier_id=delivered.supplier_id,
        delivered_at=delivered.at or _delivered_now(found),
    )
    _note_found(delivery, found, delivered.now)
    if delivered.at is not None:
        _note_later(index, delivery, found, known, delivered.now)


def _delivered_now(found: Sequence[Found]) -> datetime:
    """The instant by the database's clock; never before what was compared earlier with the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        clock: datetime = cursor.fetchone()[0]
    known = SoundDelivery.objects.filter(sound__in=_others(found))
    newest: datetime | None = known.aggregate(newest=Max("delivered_at"))["newest"]
    return clock if newest is None else max(clock, newest)


def compare_blocked(*, block_id: int) -> None:
    """Open a conflict for everything delivered that sounds like a new entry; again: nothing new."""
    block = Block.objects.select_related("sound").get(id=block_id)
    contents = foremost([block.sound.sha256])
    known = foresee(contents)
    with turn(), transaction.atomic(durable=True):
        _one_after_the_other()
        with complete_index() as index:
            found = find(index, block.sound, contents[block.sound.sha256], known)
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
    for judged in [*conflicting(delivery, found), *blocked(found)]:
        _open(delivery, judged, now)
    _join_conflicts(delivery, found)
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


def _others(found: Iterable[Found]) -> list[Sound]:
    return [each.other for each in found]


def _note_later(
    index: Index, delivery: SoundDelivery, found: Sequence[Found], known: Known, now: datetime
) -> None:
    """Open conflicts with those who delivered it after this one, and were compared before."""
    for other in delivered_later(found, delivery.supplier_id, delivery.delivered_at):
        fingerprint = fingerprints_of([other.sound.sha256]).get(other.sound.sha256)
        theirs = find(index, other.sound, fingerprint, known) if fingerprint is not None else []
        for judged in conflicting(other, theirs):
            if judged.holder_id == delivery.supplier_id:
                _open(other, judged, now)


def _open(delivery: SoundDelivery, judged: Judged, now: datetime) -> None:
    """Open a conflict, unless it stands, and note where it matches; news for both suppliers."""
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
    _note_matches(conflict, judged.found)
    if not is_new:
        return
    parties = [each for each in (conflict.newcomer_id, conflict.holder_id) if each is not None]
    News.objects.bulk_create(
        News(conflict=conflict, supplier_id=party_id, noted_at=now) for party_id in parties
    )


def _note_matches(conflict: Conflict, found: Iterable[Found]) -> None:
    """Write down where a conflict's content matches others; those that stand stay as they are."""
    Match.objects.bulk_create(
        (
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
            for each in found
        ),
        ignore_conflicts=True,
    )


def _join_conflicts(delivery: SoundDelivery, found: Sequence[Found]) -> None:
    """Note what the holder of a conflict delivers after it began: the same ruling decides it."""
    by_sound = {each.other.pk: each for each in found if each.holds}
    begun = Conflict.objects.filter(
        holder=delivery.supplier_id, sound__in=by_sound, newcomer_at__lt=delivery.delivered_at
    )
    for conflict in begun.order_by("id"):
        _note_matches(conflict, [by_sound[conflict.sound_id].seen_from_other(delivery.sound)])


def match_anew(conflict: Conflict) -> None:
    """Look a conflict's content up again, and note all that its holder has of the same sound.

    What `_join_conflicts` could not see is found by it. Within a transaction that has the conflict
    locked. Content that cannot be heard any more is left with what is known of it. Raises
    IndexUnavailableError.
    """
    try:
        fingerprint = readable_fingerprint(conflict.sound.sha256)
    except NotHeardError:
        logger.exception("Conflict %s is decided by its known matches.", conflict.pk)
        return
    with index_to_read() as index:
        found = [each for each in find(index, conflict.sound, fingerprint) if each.holds]
    theirs = SoundDelivery.objects.filter(supplier=conflict.holder_id)
    sounds = set(theirs.values_list("sound_id", flat=True).filter(sound__in=_others(found)))
    _note_matches(conflict, [each for each in found if each.other.pk in sounds])


def sound_to_block(*, sha256: str, now: datetime) -> Sound | None:
    """The sound of content that was heard, put into the index if it is new; None if it is silent.

    None, too, if it was never heard. Raises IndexUnavailableError.
    """
    try:
        fingerprint = readable_fingerprint(sha256)
    except NotHeardError:
        return None
    if not len(fingerprint.ticks):
        return None
    with turn(), transaction.atomic(durable=True):
        _one_after_the_other()
        with complete_index() as index:
            return note_sound(index, sha256, fingerprint, now=now)
