"""Postings: which key stands at which places of a timeline on which tracks lie end to end.

A run of them in memory and a segment on disk answer the same questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.fingerprint.keys import Ints, KeyArray, keys_of, triples
from pennywhistle.engines.fingerprint.limits import (
    places_per_s,
    places_per_track_max,
    postings_per_key_max,
    ticks_per_s,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.fingerprint.fingerprint import Fingerprint

Places = npt.NDArray[np.uint32]
TrackIds = npt.NDArray[np.int64]
ticks_per_place = ticks_per_s // places_per_s


class Shelf(Protocol):
    """Tracks that can be looked through.

    Track number i of `ids` lies from `starts[i]` to before `starts[i + 1]`. `gone` are tracks that
    were removed from all older shelves. On disk both ascend.
    """

    @property
    def ids(self) -> TrackIds: ...
    @property
    def starts(self) -> Places: ...
    @property
    def gone(self) -> TrackIds: ...

    def find(self, keys: KeyArray) -> tuple[Ints, Ints]:
        """Where keys stand: the number of the key that was asked for, and the place."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index keeps of one track: sorted keys, their places, and how many places it has."""

    track_id: int
    keys: KeyArray
    places: Places
    length: int


@dataclass(frozen=True, slots=True)
class Run:
    """A shelf in memory."""

    ids: TrackIds
    starts: Places
    gone: TrackIds
    keys: KeyArray
    places: Places

    def find(self, keys: KeyArray) -> tuple[Ints, Ints]:
        """See `Shelf`."""
        starts = np.searchsorted(self.keys, keys, side="left")
        ends = np.searchsorted(self.keys, keys, side="right")
        asked, at = ranges(starts, ends)
        return asked, self.places[at].astype(np.int64)


def ranges(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """All numbers of many ranges, and which range each is of, but for those that are too long.

    What stands at very many places says nothing of any.
    """
    counts = ends - starts
    counts = np.where(counts > postings_per_key_max, 0, counts)
    of = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    return of, starts[of] + within


def in_order(keys: KeyArray, places: Places) -> tuple[KeyArray, Places]:
    """Postings by key, then by place: sorted as single numbers, which is much faster."""
    packed = (keys.astype(np.uint64) << np.uint64(32)) | places
    packed.sort()
    return (packed >> np.uint64(32)).astype(np.uint32), packed.astype(np.uint32)


def entry_of(track_id: int, fingerprint: Fingerprint) -> Entry:
    """What the index keeps of a fingerprint."""
    found = keys_of(list(triples(fingerprint)))
    places = (found.ticks // ticks_per_place).astype(np.uint32)
    inside = places < places_per_track_max
    length = min(fingerprint.duration_ticks // ticks_per_place + 1, places_per_track_max)
    return Entry(track_id, found.values[inside], places[inside], length)


def run_of(entries: Sequence[Entry], gone: TrackIds) -> Run:
    """Lay tracks end to end, by number, and sort their keys."""
    entries = sorted(entries, key=lambda entry: entry.track_id)
    ids = np.array([entry.track_id for entry in entries], np.int64)
    lengths = np.array([entry.length for entry in entries], np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.uint32)
    keys = np.concatenate([np.zeros(0, np.uint32), *(entry.keys for entry in entries)])
    shifted = [entry.places + start for entry, start in zip(entries, starts[:-1], strict=True)]
    places = np.concatenate([np.zeros(0, np.uint32), *shifted])
    return Run(ids, starts, gone, *in_order(keys, places))


def join_runs(runs: Sequence[Run]) -> Run:
    """One run of several that have no track in common, for memory only: their order is kept."""
    offsets = np.cumsum([0, *(int(run.starts[-1]) for run in runs)]).astype(np.uint32)
    pairs = list(zip(runs, offsets[:-1], strict=True))
    keys = np.concatenate([run.keys for run in runs])
    places = np.concatenate([run.places + offset for run, offset in pairs])
    starts = np.concatenate([*(run.starts[:-1] + offset for run, offset in pairs), offsets[-1:]])
    ids = np.concatenate([run.ids for run in runs])
    return Run(ids, starts, np.zeros(0, np.int64), *in_order(keys, places))
