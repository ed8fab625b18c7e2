"""Keeping availability true to the register (docs/algorithms/availability.md).

In an order in which a crash at any point loses nothing:

1. `_take_changes`: changed rows become releases that are due, in one transaction.
2. `_refresh_due`: due releases are read, surveyed and written, and are due no more, in one
   transaction for some of them at a time.

Facts are read after a release was taken from the list, so that whatever is committed later puts
it there again. Any number of keepers may run: a lock lets one work at a time.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.rights.areas import (
    NextLook,
    SellableArea,
    intern_all,
    look_again,
    replace_areas,
)
from pennywhistle.apps.rights.facts.items import item_of, releases_with_registers
from pennywhistle.apps.rights.models import Availability, DueRelease, RegisterChange
from pennywhistle.apps.rights.queries import StoreNotSetUpError, store_terms
from pennywhistle.apps.rights.reach import mark_due, releases_reached
from pennywhistle.apps.taxes.queries import next_tax_change, tax_rates_at
from pennywhistle.engines.clearance.pricing import PriceList
from pennywhistle.engines.clearance.survey import next_change

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.rights.facts.releases import ReleaseRow
    from pennywhistle.engines.clearance import Register

logger = logging.getLogger(__name__)

changes_per_round_max = 10_000
releases_per_batch = 200
# A release that cannot be surveyed is a mistake of the program; it may be mended meanwhile.
retry_after = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a round did: changes taken, releases made anew; and whether more is waiting."""

    changes: int
    releases: int
    is_waiting: bool


def refresh_availability(*, now: datetime, releases_max: int = 2_000) -> Progress:
    """Take what changed, and make the availability of due releases anew, at most `releases_max`.

    Call it again while `is_waiting`. Before the store is set up there is nothing to do.
    """
    changes = _take_changes(now)
    releases, is_waiting = 0, True
    while is_waiting and releases < releases_max:
        wanted = min(releases_per_batch, releases_max - releases)
        done = _refresh_due(now, wanted)
        releases, is_waiting = releases + done, done == wanted
    return Progress(changes, releases, is_waiting or changes == changes_per_round_max)


@transaction.atomic
def mark_all_due(*, now: datetime) -> int:
    """Put everything that is on the shelves, or was, on the list; answers how many releases."""
    _wait_for_the_keeper()
    shelved = Release.objects.filter(published_at__isnull=False).values_list("id", flat=True)
    known = Availability.objects.values_list("release_id", flat=True).distinct()
    ids = sorted({*shelved, *known})
    mark_due(ids, now=now, is_bulk=True)
    return len(ids)


def releases_due(*, now: datetime) -> int:
    """How many releases wait to be made anew."""
    return DueRelease.objects.filter(due_at__lte=now).count()


def _wait_for_the_keeper() -> None:
    """One keeper works at a time, until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rights_availability'), 0)")


_TAKE_CHANGES = """
DELETE FROM rights_change WHERE id IN (SELECT id FROM rights_change ORDER BY id LIMIT %s)
RETURNING kind, row_id
"""


@transaction.atomic
def _take_changes(now: datetime) -> int:
    """Turn changed rows into releases that are due; answers how many there were."""
    if not RegisterChange.objects.exists():
        return 0
    _wait_for_the_keeper()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_CHANGES, [changes_per_round_max])
        taken = cursor.fetchall()
    by_kind: defaultdict[str, set[int]] = defaultdict(set)
    for kind, row_id in taken:
        by_kind[kind].add(row_id)
    for kind, row_ids in sorted(by_kind.items()):
        mark_due(releases_reached(kind, sorted(row_ids), now=now), now=now)
    return len(taken)


# Those that few changes reached first; each half is read along its own stretch of the index.
_TAKE_DUE = """
DELETE FROM rights_due WHERE release_id IN (
  SELECT release_id FROM (
    (SELECT release_id FROM rights_due WHERE NOT is_bulk AND due_at <= %(now)s
     ORDER BY due_at LIMIT %(count)s)
    UNION ALL
    (SELECT release_id FROM rights_due WHERE is_bulk AND due_at <= %(now)s
     ORDER BY due_at LIMIT %(count)s)) AS next LIMIT %(count)s)
RETURNING release_id
"""


@transaction.atomic
def _refresh_due(now: datetime, count: int) -> int:
    """Make due releases anew; answers how many."""
    if not DueRelease.objects.filter(due_at__lte=now).exists():
        return 0
    try:
        surveyor = _Surveyor.at(now)
    except StoreNotSetUpError:
        return 0
    _wait_for_the_keeper()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_DUE, {"now": now, "count": count})
        release_ids = sorted(row[0] for row in cursor.fetchall())
    if release_ids:
        surveyor.refresh(release_ids)
    return len(release_ids)


@dataclass(frozen=True, slots=True)
class _Surveyor:
    """Looks at releases under the terms of an instant."""

    now: datetime
    prices: PriceList
    tax_changes_at: datetime | None

    @classmethod
    def at(cls, now: datetime) -> _Surveyor:
        """With the store's terms and the taxes of now."""
        # The territory is the price list's to fill in.
        question = store_terms().question(territory="", at=now)
        return cls(now, PriceList(question, tax_rates_at(now)), next_tax_change(now))

    def refresh(self, release_ids: Sequence[int]) -> None:
        """Read, price and write these releases."""
        areas: list[SellableArea] = []
        looks: list[NextLook] = []
        for release_id, row, register in releases_with_registers(release_ids):
            try:
                found, look = self._look_at(release_id, row, register)
            except Exception:  # fails closed: not offered; one release stops no other
                logger.exception("Release %s cannot be priced; it is not offered.", release_id)
                found, look = [], NextLook(release_id, self.now + retry_after, is_bulk=False)
            areas += found
            looks += [look] if look else []
        intern_all({area.mask for area in areas})
        replace_areas(release_ids, areas)
        look_again(looks)

    def _look_at(
        self, release_id: int, row: ReleaseRow, register: Register
    ) -> tuple[list[SellableArea], NextLook | None]:
        """All rows of a release, and when to look again."""
        release, *tracks = (
            item_of(row, register, track_id, self.now) for track_id in (None, *row.tracks)
        )
        # Until then nothing of the release changes: one instant for all its items.
        until = _earliest(next_change(release, self.now), row.changes_after(self.now))
        areas = [
            SellableArea(
                *(release_id, track_id, priced.mask, priced.price.currency),
                *(priced.price.micro, priced.floor.micro, priced.is_open, until),
            )
            for track_id, found in zip(
                (None, *row.tracks), self.prices.of(release, tracks), strict=True
            )
            for priced in found
        ]
        due_at = _earliest(until, self.tax_changes_at)
        # Tax changes for everything at once.
        look = NextLook(release_id, due_at, is_bulk=due_at != until) if due_at else None
        return areas, look


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
