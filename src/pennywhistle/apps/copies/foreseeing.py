"""Comparing before one's turn: what is known by then need not be done while others wait for theirs.

A look-up in the index is quick; comparing the fingerprints that it finds is what takes long. The
turn looks up anew, since others may have added theirs meanwhile, and compares only with those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.copies.finding import Found, Known, compared, look_up
from pennywhistle.apps.copies.index_folder import (
    IndexUnavailableError,
    fingerprints_of,
    index_to_read,
)
from pennywhistle.apps.copies.limits import FORESEEN_MAX
from pennywhistle.apps.copies.models import Sound, SoundDelivery
from pennywhistle.apps.copies.rehearing import readable_fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.engines.fingerprint import Fingerprint, Index


def foremost(sha256s: Sequence[str]) -> dict[str, Fingerprint]:
    """The fingerprints of those that come first; the first one is heard again if it must be.

    Up to the next one that is damaged, which is then the first one of another turn.
    """
    first, *others = sha256s[:FORESEEN_MAX]
    found = {first: readable_fingerprint(first)}
    readable = fingerprints_of(others)
    for sha256 in others:
        if sha256 not in readable:
            break
        found[sha256] = readable[sha256]
    return found


def foresee(
    contents: Mapping[str, Fingerprint], *, dated_back: tuple[int, datetime] | None = None
) -> Known:
    """Compare these contents with what is in the index now.

    Where they are `dated_back`, to when that supplier delivered them, so is what others delivered
    later. Nothing where the index cannot be read: whoever has the turn puts that right.
    """
    known: Known = {}
    try:
        with index_to_read() as index:
            for sha256, fingerprint in contents.items():
                found = look_up(index, sha256, fingerprint, known)
                if dated_back is not None:
                    later = delivered_later(found.values(), *dated_back)
                    _foresee_later(index, later, (sha256, fingerprint), known)
    except IndexUnavailableError:
        pass
    return known


def _foresee_later(
    index: Index,
    later: Iterable[SoundDelivery],
    content: tuple[str, Fingerprint],
    known: Known,
) -> None:
    """Look up what was delivered later; the content itself is not among what is found yet."""
    for sha256, fingerprint in fingerprints_of(each.sound.sha256 for each in later).items():
        look_up(index, sha256, fingerprint, known)
        known[sha256, content[0]] = compared(fingerprint, Sound(sha256=content[0]), content[1])


def delivered_later(
    found: Iterable[Found], supplier_id: int, delivered_at: datetime
) -> QuerySet[SoundDelivery]:
    """Who delivered what holds of this after that instant, but for its own supplier."""
    sounds = [each.other for each in found if each.holds]
    later = SoundDelivery.objects.filter(sound__in=sounds, delivered_at__gt=delivered_at)
    others = later.exclude(supplier=supplier_id)
    return others.select_related("sound").order_by("delivered_at", "id")
