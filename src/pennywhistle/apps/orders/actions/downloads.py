"""Downloads begin: each is noted before a byte of it leaves, so that a refund knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from pennywhistle.apps.orders import withdrawal_law
from pennywhistle.apps.orders.models import Download, Entitlement, Letter, Order, Waiver

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID


class DownloadError(Exception):
    """Nothing is handed out."""

    code = "download"


class NotOwnedError(DownloadError):
    """It is not, or no longer, the person's: it was refunded a moment ago."""

    code = "not-owned"


class DownloadWaitsError(DownloadError):
    """The buyer did not ask for downloads at once: they begin when the right to withdraw ends."""

    code = "download-waits"

    def __init__(self, order_id: UUID, until: datetime) -> None:
        super().__init__(f"Downloads of this order begin on {until:%Y-%m-%d}.")
        self.order_id = order_id
        self.until = until


@dataclass(frozen=True, slots=True)
class _Right:
    """The entitlement by which a track is handed out."""

    entitlement_id: int
    track_id: int
    is_noted: bool
    order_id: UUID
    territory: str
    placed_at: datetime
    is_waived: bool


# Of a track that was bought both by itself and with its release, it is the purchase of the track.
# `wanted` is a condition of this module's own.
_RIGHTS = """
SELECT DISTINCT ON (t.id) e.id, t.id, d.id IS NOT NULL, o.id, o.territory, o.placed_at,
  w.order_id IS NOT NULL
FROM catalog_track t
JOIN orders_entitlement e ON e.buyer_id = %s AND e.release_id = t.release_id
  AND e.ended_at IS NULL AND (e.track_id IS NULL OR e.track_id = t.id)
JOIN orders_orderline l ON l.entry_id = e.line_id
JOIN orders_order o ON o.id = l.order_id
LEFT JOIN orders_download d ON d.entitlement_id = e.id AND d.track_id = t.id
LEFT JOIN orders_waiver w ON w.order_id = o.id
WHERE {wanted}
ORDER BY t.id, e.track_id NULLS LAST
"""
_TRACKS = _RIGHTS.format(wanted="t.id = ANY (%s)")
_ENTITLEMENTS = _RIGHTS.format(
    wanted="e.id = ANY (%s)"
    " AND (e.track_id IS NOT NULL OR t.left_at IS NULL OR e.granted_at < t.left_at)"
)


def begin_downloads(*, user_id: int, track_ids: Collection[int], now: datetime) -> None:
    """Note that these tracks leave for their owner; what was noted before costs one query.

    It waits for a refund that is under way, and a refund waits for it: either the refund counts
    the download, or nothing is handed out.

    Raises:
        NotOwnedError: one of them is not the person's any more.
        DownloadWaitsError: the right of withdrawal was not waived, and is not over.
    """
    rights = _rights(_TRACKS, user_id, track_ids)
    if len(rights) < len(set(track_ids)):
        raise NotOwnedError("It is not yours any more.")
    _begin(rights, now)


def begin_whole(*, user_id: int, entitlement_ids: Collection[int], now: datetime) -> None:
    """The same for all tracks of some of a person's entitlements: a zip of them leaves.

    Raises as `begin_downloads` does.
    """
    standing = Entitlement.objects.standing(buyer_id=user_id).filter(id__in=entitlement_ids)
    if standing.count() < len(set(entitlement_ids)):
        raise NotOwnedError("It is not yours any more.")
    _begin(_rights(_ENTITLEMENTS, user_id, entitlement_ids), now)


def begin_extra(*, user_id: int, release_id: int, now: datetime) -> None:
    """The same for what comes with a release besides its tracks: a booklet, a picture.

    It counts as one track that was fetched, the release's first. Raises as `begin_downloads` does.
    """
    whole = Entitlement.objects.standing(buyer_id=user_id).filter(
        release=release_id, track__isnull=True
    )
    ids = list(whole.values_list("id", flat=True))
    if not ids:
        raise NotOwnedError("It is not yours any more.")
    _begin(_rights(_ENTITLEMENTS, user_id, ids)[:1], now)


def _begin(rights: Sequence[_Right], now: datetime) -> None:
    for right in rights:
        until = withdrawal_law.ends_at(right.placed_at)
        waits = withdrawal_law.holds_in(right.territory) and not right.is_waived and now < until
        if waits and not right.is_noted:
            raise DownloadWaitsError(right.order_id, until)
    new = [right for right in rights if not right.is_noted]
    if new:
        _note(new, now)


@transaction.atomic
def record_waiver(
    *,
    user_id: int,
    order_id: UUID,
    words: str,
    now: datetime,
    version: str = withdrawal_law.WAIVER_VERSION,
) -> Waiver:
    """Keep that a buyer asked for downloads at once: which words were shown, and when.

    The letter that confirms it waits to be sent from then on. The same again answers with the
    first one. Raises NotOwnedError for another's order.
    """
    order = Order.objects.filter(id=order_id, buyer=user_id).first()
    if order is None:
        raise NotOwnedError("There is no such order.")
    waiver, _ = Waiver.objects.get_or_create(
        order=order,
        defaults={"version": version, "words": words, "given_at": now},
    )
    Letter.objects.get_or_create(waiver=waiver, defaults={"user_id": user_id})
    return waiver


def _rights(query: str, user_id: int, ids: Collection[int]) -> list[_Right]:
    with connection.cursor() as cursor:
        cursor.execute(query, [user_id, list(ids)])
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return [_Right(*row) for row in rows]


@transaction.atomic
def _note(rights: Sequence[_Right], now: datetime) -> None:
    wanted = {right.entitlement_id for right in rights}
    with connection.cursor() as cursor:
        # Shared: downloads do not wait for one another.
        cursor.execute(
            "SELECT id FROM orders_entitlement WHERE id = ANY (%s) AND ended_at IS NULL"
            " ORDER BY id FOR SHARE",
            [list(wanted)],
        )
        standing = {row[0] for row in cursor.fetchall()}
    if standing != wanted:
        raise NotOwnedError("It is not yours any more.")
    Download.objects.bulk_create(
        [
            Download(entitlement_id=right.entitlement_id, track_id=right.track_id, started_at=now)
            for right in rights
        ],
        ignore_conflicts=True,
    )
