"""Finds the tracks of which many keys stand where those of a query do, at one offset and speed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from pennywhistle.engines.fingerprint.index.postings import ticks_per_place
from pennywhistle.engines.fingerprint.keys import (
    Floats,
    KeyArray,
    denser_in_query,
    keys_of,
    triples,
)
from pennywhistle.engines.fingerprint.limits import places_per_s, speeds, ticks_per_s, votes_min

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pennywhistle.engines.fingerprint.fingerprint import Fingerprint
    from pennywhistle.engines.fingerprint.index.postings import Shelf

_window_places = 4  # votes for one offset lie within 0.4 seconds
_wobble_s_max = 60  # longer queries have evidence enough without the neighboring cells
_ballots_max = 2_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track that may be the same recording; `compare` decides.

    `votes` keys of the query stand in it at the same offset: `offset_s` is where in the track the
    query begins. `speed` says how much faster the query plays.
    """

    track_id: int
    votes: int
    offset_s: float
    speed: float


@dataclass(frozen=True, slots=True)
class Query:
    """The keys of a fingerprint at one speed, and how many places into it they stand."""

    speed: float
    keys: KeyArray
    places: Floats


def queries_of(fingerprint: Fingerprint) -> list[Query]:
    """What to ask the index: the fingerprint at each of the speeds that are looked for."""
    source = list(triples(fingerprint))
    wobble = fingerprint.duration_ticks <= _wobble_s_max * ticks_per_s
    made = (
        (speed, keys_of(source, speed=speed, denser=denser_in_query, wobble=wobble))
        for speed in speeds
    )
    return [Query(speed, keys.values, keys.ticks / ticks_per_place) for speed, keys in made]


def vote(shelf: Shelf, query: Query) -> Iterator[Candidate]:
    """The tracks of a shelf that a query's keys agree on, most votes first, each track once."""
    asked, places = shelf.find(query.keys)
    offsets = places - np.rint(query.places[asked]).astype(np.int64)
    order = np.argsort(offsets, kind="stable")
    offsets, places = offsets[order], places[order]
    ends = np.searchsorted(offsets, offsets + _window_places, side="right")
    votes = ends - np.arange(len(offsets))
    several = np.flatnonzero(votes >= votes_min)
    best = several[np.argsort(-votes[several], kind="stable")][:_ballots_max]
    tracks = np.searchsorted(shelf.starts, places[best], side="right") - 1
    _, first = np.unique(tracks, return_index=True)
    for ballot in np.sort(first):
        track, hit = int(tracks[ballot]), best[ballot]
        # The middle of the votes, from the beginning of the track.
        middle = float(np.median(offsets[hit : ends[hit]])) - float(shelf.starts[track])
        yield Candidate(int(shelf.ids[track]), int(votes[hit]), middle / places_per_s, query.speed)


def rank(
    shelves: Iterable[tuple[int, Shelf]],
    queries: Sequence[Query],
    holder: Callable[[int], int | None],
    limit: int,
) -> list[Candidate]:
    """The tracks with most votes on all shelves, each of which has an age.

    `holder` says the age of the shelf on which a track stands now: on older ones it was replaced or
    removed since.
    """
    best: dict[int, Candidate] = {}
    for age, shelf in shelves:
        for query in queries:
            living = (found for found in vote(shelf, query) if holder(found.track_id) == age)
            for found in islice(living, limit):
                known = best.get(found.track_id)
                if known is None or found.votes > known.votes:
                    best[found.track_id] = found
    ranked = sorted(best.values(), key=lambda found: (-found.votes, found.track_id))
    return ranked[:limit]
