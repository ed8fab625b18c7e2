"""What a person owns, as their shelf shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.engines.audio.sizes import Sound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.orders.models import EntitlementQuerySet
    from pennywhistle.apps.users.models import User

owned_per_page = 24


@dataclass(frozen=True, slots=True)
class _Heard:
    """A track's sound, and when it left its release."""

    sound: Sound
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnedItem:
    """One thing on the shelf; `track_public_id` is empty for a whole release."""

    entitlement_id: int
    release_id: int
    release_public_id: str
    release_slug: str
    release_title: str
    artist_line: str
    track_id: int | None
    track_public_id: str
    track_slug: str
    track_title: str
    granted_at: datetime
    sale_id: UUID
    offers_original: bool
    sounds: tuple[Sound, ...] = ()

    @property
    def title(self) -> str:
        """What was bought."""
        return self.track_title or self.release_title


@dataclass(frozen=True, slots=True)
class ShelfStretch:
    """Some of what a person owns, newest first; `next_before` is where it goes on."""

    items: tuple[OwnedItem, ...]
    next_before: int | None


def shelf_of(*, user: User, text: str = "", before: int | None = None) -> ShelfStretch:
    """What the person owns, whose title or artist holds `text`, in three queries."""
    owned = Entitlement.objects.of(user=user).order_by("-id")
    if before is not None:
        owned = owned.filter(id__lt=before)
    for word in text.split()[:10]:
        owned = owned.filter(
            Q(release__title__icontains=word)
            | Q(release__artist_line__icontains=word)
            | Q(track__title__icontains=word)
        )
    items = _items(owned, owned_per_page + 1)
    last = items[owned_per_page - 1].entitlement_id if len(items) > owned_per_page else None
    return ShelfStretch(tuple(items[:owned_per_page]), last)


def owned_in(*, user: User, release_ids: Sequence[int]) -> list[OwnedItem]:
    """What the person owns of some releases; their orders' items with what can be downloaded."""
    return _items(Entitlement.objects.of(user=user).filter(release__in=release_ids), None)


def item_owned(*, user: User, entitlement_id: int) -> OwnedItem | None:
    """One of the things that the person owns; another's is as if it were not there."""
    found = _items(Entitlement.objects.of(user=user).filter(id=entitlement_id), 1)
    return found[0] if found else None


_FIELDS = (
    "id", "release_id", "release__public_id", "release__slug", "release__title",
    "release__artist_line", "track_id", "track__public_id", "track__slug", "track__title",
    "granted_at", "line_id", "release__offers_original",
)  # fmt: skip


def _items(owned: EntitlementQuerySet, count: int | None) -> list[OwnedItem]:
    rows = list(owned.values_list(*_FIELDS)[:count])
    sounds = _sounds({row[1] for row in rows})
    return [_item(row, sounds.get(row[1], {})) for row in rows]


def _item(row: tuple[Any, ...], of_release: dict[int, _Heard]) -> OwnedItem:
    *release, track_id, public_id, slug, title, granted_at, sale_id, offers_original = row
    track = [track_id, public_id or "", slug or "", title or ""]
    sounds = tuple(
        heard.sound
        for each, heard in of_release.items()
        if each == track_id
        or (track_id is None and (heard.left_at is None or granted_at < heard.left_at))
    )
    return OwnedItem(*[*release, *track, granted_at, sale_id, offers_original, sounds])


def _sounds(release_ids: set[int]) -> dict[int, dict[int, _Heard]]:
    """The sounds of releases' tracks, by release and track."""
    tracks = Track.objects.filter(release__in=release_ids, recording__master__isnull=False)
    found: dict[int, dict[int, _Heard]] = {}
    for release_id, track_id, left_at, duration_ms, rate, channels, bits, *rest in (
        tracks.values_list(
            "release_id", "id", "left_at", "recording__duration_ms",
            "recording__master__sample_rate_hz", "recording__master__channel_count",
            "recording__master__bits_per_sample", "recording__master__file_size_bytes",
            "recording__master__weights",
        )
    ):  # fmt: skip
        of_release = found.setdefault(release_id, {})
        sound = Sound(duration_ms, rate, channels, bits or None, *rest)
        of_release[track_id] = _Heard(sound, left_at)
    return found


def sounds_of_items(refs: Sequence[tuple[int, int | None]]) -> tuple[Sound, ...]:
    """The sounds of (release, track) items that may not be owned yet; None: the whole release."""
    by_release = _sounds({release_id for release_id, _ in refs})
    sounds: list[Sound] = []
    for release_id, track_id in refs:
        of_release = by_release.get(release_id, {})
        sounds += [
            heard.sound
            for each, heard in of_release.items()
            if heard.left_at is None and (track_id is None or each == track_id)
        ]
    return tuple(sounds)
