"""What is in force of a supplier's messages about a release, read and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.models import RecordingKey, ReleaseKey, Standing
from pennywhistle.engines import ddex
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Identifiers that mean the same release whoever writes them.
_SHARED_SCHEMES = ("grid", "gtin")
# Those that one sender gives to one release only.
_OWN_SCHEMES = (*_SHARED_SCHEMES, "proprietary")
_KEY_CHARS_MAX = 300


@dataclass(frozen=True, slots=True)
class Known:
    """A release as a supplier's messages know it; both None: not at all."""

    row: Standing | None = None
    before: ddex.Standing | None = None


def bounded(keys: Iterable[str]) -> list[str]:
    """Keys as they are kept; one that is too long is nobody's identifier."""
    return [key for key in keys if len(key) <= _KEY_CHARS_MAX]


def lock_for(supplier_id: int, keys: Iterable[str]) -> None:
    """Messages of one supplier, and of several about one release, come one after the other.

    Until the transaction ends. The supplier first and then the keys in order, so that no two wait
    for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('intake_ern'), %s)", [supplier_id])
        for key in sorted(shared(keys)):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext('intake_release'), hashtext(%s))", [key]
            )


def shared(keys: Iterable[str]) -> list[str]:
    """The keys that mean the same release for every supplier."""
    return [key for key in keys if key.partition(":")[0] in _SHARED_SCHEMES]


def find(supplier_id: int, keys: Sequence[str]) -> Known:
    """What stands of this supplier, by the best of these keys that is known.

    A catalog number is the same for several editions, so it counts only where nothing else does.
    """
    keys = [key for key in keys if key.partition(":")[0] in _OWN_SCHEMES] or keys
    rows = {
        row.key: row.standing
        for row in ReleaseKey.objects.filter(
            supplier_id=supplier_id, key__in=bounded(keys)
        ).select_related("standing")
    }
    row = next((rows[key] for key in keys if key in rows), None)
    return Known(row, read(row)) if row else Known()


def read(row: Standing) -> ddex.Standing:
    """A row in the engine's words."""
    return ddex.Standing(
        row.sender_dpid,
        row.message_id,
        row.created_at,
        tuple(ddex.Sold(frozenset(keys), Territories(int(mask, 16))) for keys, mask in row.sold),
    )


def save(
    known: Known,
    *,
    supplier_id: int,
    standing: ddex.Standing,
    keys: Sequence[str],
    release: Release | None,
) -> Standing:
    """Write what is in force now, findable by all keys that nothing else of the supplier has."""
    row = known.row or Standing(supplier_id=supplier_id)
    row.release = release or row.release
    row.sender_dpid = standing.sender_dpid[:40]
    row.message_id = standing.message_id[:200]
    row.created_at = standing.created_at
    row.sold = [
        [sorted(bounded(sold.keys)), f"{sold.territories.mask:x}"] for sold in standing.sold
    ]
    row.save()
    ReleaseKey.objects.bulk_create(
        (ReleaseKey(supplier_id=supplier_id, key=key, standing=row) for key in bounded(keys)),
        ignore_conflicts=True,
    )
    return row


def of_others(supplier_id: int, keys: Sequence[str], upc: str) -> Release | None:
    """A release with one of these shared keys that another supplier has on sale, or will have."""
    others = Standing.objects.exclude(supplier_id=supplier_id).filter(
        keys__key__in=bounded(shared(keys)), release__isnull=False
    )
    named = Release.objects.filter(id__in=others.values("release"))
    if upc:
        named = named | Release.objects.filter(upc=upc)
    open_there = named.filter(grants__closed_at__isnull=True, grants__isnull=False)
    return open_there.exclude(supplier_id=supplier_id).order_by("id").distinct().first()


def recordings_by_key(supplier_id: int, keys: Iterable[str]) -> dict[str, int]:
    """The supplier's recordings, by the keys of its messages."""
    found = RecordingKey.objects.filter(supplier_id=supplier_id, key__in=bounded(keys))
    return dict(found.values_list("key", "recording_id"))


def save_recording_keys(supplier_id: int, keys: Iterable[tuple[str, int]]) -> None:
    """Let recordings be found again by keys that nothing else of the supplier has."""
    RecordingKey.objects.bulk_create(
        (
            RecordingKey(supplier_id=supplier_id, key=key, recording_id=recording_id)
            for key, recording_id in keys
            if len(key) <= _KEY_CHARS_MAX
        ),
        ignore_conflicts=True,
    )
