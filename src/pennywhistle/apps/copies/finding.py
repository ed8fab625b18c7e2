"""What of all that is known a fingerprint has in common with: the copies among the look-ups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pennywhistle.apps.copies.index_folder import fingerprints_of
from pennywhistle.apps.copies.limits import (
    CANDIDATES_FIRST,
    CANDIDATES_MAX,
    HOLDS_FROM_S,
    HOLDS_FROM_SHARE,
    SAME_FROM_SHARE,
)
from pennywhistle.apps.copies.models import Sound
from pennywhistle.engines.fingerprint import Fingerprint, Index, compare
from pennywhistle.engines.fingerprint.limits import ticks_per_s

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Found:
    """Where another sound is in the one that was looked up; times in seconds of the latter.

    `shorter_s` and `longer_s` are how long the two last.
    """

    other: Sound
    is_exact: bool
    offset_s: float
    start_s: float
    length_s: float
    speed: float
    score: float
    shorter_s: float
    longer_s: float

    @property
    def end_s(self) -> float:
        """Where what is common ends."""
        return self.start_s + self.length_s

    @property
    def holds(self) -> bool:
        """Whether it is more than a sample that anybody may have licensed."""
        share = HOLDS_FROM_SHARE * self.shorter_s
        return self.is_exact or self.length_s >= min(HOLDS_FROM_S, share)

    @property
    def is_whole(self) -> bool:
        """Whether nearly all of both is common."""
        return self.is_exact or self.length_s >= SAME_FROM_SHARE * self.longer_s

    def covers(self, other: Found, *, share: float) -> bool:
        """Whether this stretch has at least such a share of the other's in it."""
        common_s = min(self.end_s, other.end_s) - max(self.start_s, other.start_s)
        return common_s >= share * other.length_s

    def seen_from_other(self, sound: Sound) -> Found:
        """The same stretch in seconds of the other, in which `sound`, which was looked up, is."""
        return replace(
            self,
            other=sound,
            offset_s=-self.offset_s / self.speed,
            start_s=max(self.offset_s + self.start_s * self.speed, 0.0),
            length_s=self.length_s * self.speed,
            speed=1 / self.speed,
        )


# By the contents of the two: where the second is in the first, or None.
Known = dict[tuple[str, str], Found | None]


def find(
    index: Index, sound: Sound, fingerprint: Fingerprint, known: Known | None = None
) -> list[Found]:
    """The sounds that are copies of this one, or contain it, or are contained; it itself is one.

    A sound without any peak (silence) is no copy of anything, not even of itself. What is `known`
    is not compared again; what was compared is known afterwards.
    """
    if not len(fingerprint.ticks):
        return []
    known = {} if known is None else known
    copies = look_up(index, sound.sha256, fingerprint, known)
    copies.pop(sound.pk, None)
    return [_itself(sound, fingerprint), *copies.values()]


def look_up(index: Index, sha256: str, fingerprint: Fingerprint, known: Known) -> dict[int, Found]:
    """The copies in the index of a content that need not be in it yet, by their numbers."""
    found: dict[int, Found] = {}
    seen: set[int] = set()
    limit = CANDIDATES_FIRST
    while len(fingerprint.ticks) and limit <= CANDIDATES_MAX:
        numbers = [each.track_id for each in index.lookup(fingerprint, limit=limit)]
        fresh = [number for number in numbers if number not in seen]
        seen.update(fresh)
        # Numbers that no row has were in an index when its process was killed.
        sounds = Sound.objects.filter(id__in=fresh).exclude(sha256=sha256)
        copies = _copies({each.pk: each for each in sounds}, sha256, fingerprint, known)
        found |= copies
        if len(numbers) < limit or len(copies) < len(sounds):
            break
        limit *= 2
    return found


def _itself(sound: Sound, fingerprint: Fingerprint) -> Found:
    lasts_s = fingerprint.duration_ticks / ticks_per_s
    return Found(sound, True, 0.0, 0.0, lasts_s, 1.0, 1.0, lasts_s, lasts_s)  # noqa: FBT003


def _copies(
    sounds: Mapping[int, Sound], sha256: str, fingerprint: Fingerprint, known: Known
) -> dict[int, Found]:
    new = [each for each in sounds.values() if (sha256, each.sha256) not in known]
    others = fingerprints_of(each.sha256 for each in new)
    for sound in new:
        other = others.get(sound.sha256)
        known[sha256, sound.sha256] = (
            compared(fingerprint, sound, other) if other is not None else None
        )
    # The number of a sound that was not in the index yet was not known, either.
    return {
        number: replace(found, other=sound)
        for number, sound in sounds.items()
        if (found := known[sha256, sound.sha256]) is not None
    }


def compared(fingerprint: Fingerprint, sound: Sound, other: Fingerprint) -> Found | None:
    """Where the other fingerprint, of that sound, is in the first; None if it is no copy."""
    match = compare(fingerprint, other)
    if not match.is_copy:
        return None
    lasts = sorted((fingerprint.duration_ticks, other.duration_ticks))
    return Found(
        sound,
        is_exact=False,
        offset_s=match.offset_s,
        start_s=match.start_s,
        length_s=match.length_s,
        speed=match.speed,
        score=match.score,
        shorter_s=lasts[0] / ticks_per_s,
        longer_s=lasts[1] / ticks_per_s,
    )


def find_in(sound: Sound, other: Sound) -> Found | None:
    """Where the other is in a sound; nothing if it is no copy."""
    known = fingerprints_of([sound.sha256])
    if sound.sha256 not in known:
        return None
    return _copies({other.pk: other}, sound.sha256, known[sound.sha256], {}).get(other.pk)
