"""A release's row taken apart: tracks, recordings, works, shares, grants, stops."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.rights.facts.values import instant_of, period_of, territories_of
from pennywhistle.apps.rights.refs import track_ref
from pennywhistle.engines import clearance
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

releases_kept_max = 4_096


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release's row, taken apart. Its tracks keep their order; `left` are on it no more."""

    public_id: str
    title: str
    supplier: str
    published_at: datetime | None
    withdrawn_at: datetime | None
    tracks: dict[int, clearance.Track]
    left: dict[int, clearance.Track]
    grants: tuple[clearance.Grant, ...]
    stops: tuple[clearance.Stop, ...]
    # Owners and licensors: where the walk along the mandates begins.
    party_ids: frozenset[int]

    def is_published(self, at: datetime) -> bool:
        """Whether it stands on the shelves at an instant."""
        is_out = self.published_at is not None and self.published_at <= at
        return is_out and (self.withdrawn_at is None or self.withdrawn_at > at)

    def changes_after(self, at: datetime) -> datetime | None:
        """When it will come to the shelves, or leave them, if that is known."""
        both = (self.published_at, self.withdrawn_at)
        return min((each for each in both if each is not None and each > at), default=None)


# The database is asked each time; only what it says in the same words is not taken apart again.
@lru_cache(maxsize=releases_kept_max)
def release_row(text: str) -> ReleaseRow:
    """Take a release's row apart, or remember how it was."""
    return read_release(text)


def read_release(text: str) -> ReleaseRow:
    """Take a release's row apart."""
    public_id, title, supplier, published, withdrawn, tracks, grants, stops = json.loads(text)
    by_track: defaultdict[int | None, list[clearance.Grant]] = defaultdict(list)
    for row in grants or ():
        by_track[row[1]].append(_grant(row))
    stopped: defaultdict[int | None, list[clearance.Stop]] = defaultdict(list)
    for stop_id, track_id, kind, sentence in stops or ():
        stopped[track_id].append(clearance.Stop(stop_id, kind, sentence))
    read = {
        row[0]: _track(row, tuple(by_track[row[0]]), tuple(stopped[row[0]])) for row in tracks or ()
    }
    left = {row[0]: read[row[0]] for row in tracks or () if row[-1]}
    return ReleaseRow(
        public_id=public_id,
        title=title,
        supplier=supplier,
        published_at=instant_of(published),
        withdrawn_at=instant_of(withdrawn),
        tracks={track_id: track for track_id, track in read.items() if track_id not in left},
        left=left,
        grants=tuple(by_track[None]),
        stops=tuple(stopped[None]),
        party_ids=frozenset(
            [
                *(grant.licensor_id for each in by_track.values() for grant in each),
                *(share.party_id for track in read.values() for share in _shares_in(track)),
            ]
        ),
    )


def _track(
    row: list[Any], grants: tuple[clearance.Grant, ...], stops: tuple[clearance.Stop, ...]
) -> clearance.Track:
    _, public_id, title, recording_id, duration_ms, shares, works, _ = row
    recording = clearance.Recording(
        id=recording_id,
        duration_ms=duration_ms,
        shares=tuple(_share(each) for each in shares or ()),
        works=tuple(_work(each) for each in works or ()),
    )
    return clearance.Track(track_ref(public_id), title, recording, grants, stops)


def _work(row: list[Any]) -> clearance.Work:
    work_id, title, numerator, denominator, shares, free = row
    return clearance.Work(
        id=work_id,
        title=title,
        part=Fraction(numerator, denominator),
        shares=tuple(_share(each) for each in shares or ()),
        public_domain=tuple(
            clearance.PublicDomain(territories_of(mask), period_of(start, end))
            for mask, start, end in free or ()
        ),
    )


def _shares_in(track: clearance.Track) -> Iterator[clearance.Share]:
    yield from track.recording.shares
    for work in track.recording.works:
        yield from work.shares


def _share(row: list[Any]) -> clearance.Share:
    share_id, party_id, right, role, numerator, denominator, mask, start, end = row
    return clearance.Share(
        id=share_id,
        party_id=party_id,
        right=clearance.Right(right),
        role=role,
        part=Fraction(numerator, denominator),
        territories=territories_of(mask),
        valid=period_of(start, end),
    )


def _grant(row: list[Any]) -> clearance.Grant:
    # fmt: off
    (
        grant_id, _, licensor_id, licensor, uses, mask, start, end,
        currency, price, wholesale, price_code, is_local, is_at_floor,
        is_minimum, suggested, is_sale, shares,
    ) = row
    # fmt: on
    return clearance.Grant(
        id=grant_id,
        licensor_id=licensor_id,
        licensor=licensor,
        uses=frozenset(uses.split(",")),
        territories=territories_of(mask),
        valid=period_of(start, end),
        wholesale=Money(wholesale, currency),
        price=Money(price, currency) if price is not None else None,
        payees=tuple(
            clearance.Payee(party_id, name, role, Fraction(numerator, denominator))
            for party_id, name, role, numerator, denominator in shares or ()
        ),
        price_code=price_code,
        is_local=is_local,
        is_at_floor=is_at_floor,
        is_minimum=is_minimum,
        suggested=Money(suggested, currency) if suggested is not None else None,
        is_sale=is_sale,
    )
