"""The rows of availability: what is written of a release, and when it is looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from pennywhistle.apps.rights.models import Availability
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

digests_kept_max = 65_536


class SellableArea(NamedTuple):
    """An item at one price, as its row says it; `mask` are the territories."""

    release_id: int
    track_id: int | None
    mask: int
    currency: str
    price_micro: int
    floor_micro: int
    is_open: bool
    holds_until: datetime | None


@dataclass(frozen=True, slots=True)
class NextLook:
    """When a release is to be looked at again, if nothing changes before."""

    release_id: int
    due_at: datetime
    is_bulk: bool


@lru_cache(maxsize=digests_kept_max)
def _digest_of(mask: int) -> str:
    return Territories(mask).digest


_INTERN = """
INSERT INTO rights_territoryset (digest, mask, text)
SELECT * FROM unnest(%s::text[], %s::bytea[], %s::text[]) ON CONFLICT DO NOTHING
"""
_WRITE = """
INSERT INTO rights_availability
  (release_id, track_id, territories_id, currency, price_micro, floor_micro, is_open, holds_until)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
  %s::boolean[], %s::timestamptz[])
"""
_LOOK = """
INSERT INTO rights_due (release_id, due_at, is_bulk)
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::boolean[])
"""


def intern_all(masks: Collection[int]) -> None:
    """Make sure that these sets of territories have their rows."""
    if not masks:
        return
    sets = sorted((Territories(mask) for mask in masks), key=lambda each: each.digest)
    with connection.cursor() as cursor:
        cursor.execute(
            _INTERN,
            [
                [each.digest for each in sets],
                [each.to_bytes() for each in sets],
                [each.describe() for each in sets],
            ],
        )


def replace_areas(release_ids: Sequence[int], areas: Iterable[SellableArea]) -> None:
    """Make the rows of these releases say `areas` and nothing else; equal rows stay."""
    wanted = {(*area[:2], _digest_of(area.mask), *area[3:]) for area in areas}
    rows = Availability.objects.filter(release__in=release_ids).values_list(
        "id", "release_id", "track_id", "territories_id", "currency", "price_micro",
        "floor_micro", "is_open", "holds_until",
    )  # fmt: skip
    known = {row[1:]: row[0] for row in rows}
    gone = [row_id for area, row_id in known.items() if area not in wanted]
    new = sorted(wanted - known.keys(), key=lambda area: (area[0], area[1] or 0))
    with connection.cursor() as cursor:
        if gone:
            # Not through Django, which would read each row again before it goes.
            cursor.execute("DELETE FROM rights_availability WHERE id = ANY (%s)", [gone])
        if new:
            cursor.execute(_WRITE, [list(column) for column in zip(*new, strict=True)])


def look_again(looks: Sequence[NextLook]) -> None:
    """Put releases on the list for when something begins or ends."""
    if not looks:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _LOOK,
            [
                [look.release_id for look in looks],
                [look.due_at for look in looks],
                [look.is_bulk for look in looks],
            ],
        )
