"""Writes a segment: out of a run in memory, or by merging segments stretch by stretch."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.fingerprint.index.files import take_name, unfinished
from pennywhistle.engines.fingerprint.index.postings import in_order
from pennywhistle.engines.fingerprint.index.segments import (
    Layout,
    Segment,
    directory_bits,
    directory_bits_min,
    header_bytes,
    key_bits,
    pack_header,
)
from pennywhistle.engines.fingerprint.limits import postings_per_stretch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pennywhistle.engines.fingerprint.index.postings import Places, Run, TrackIds
    from pennywhistle.engines.fingerprint.keys import Ints, KeyArray

_places_per_count = 16_000_000


def write_run(path: Path, run: Run) -> None:
    """Write a run as a segment; it is on disk and has its name when this returns."""
    layout = Layout(directory_bits(len(run.keys)), len(run.ids), len(run.gone), len(run.keys))
    _write(path, layout, (run.ids, run.starts, run.gone), iter([(run.keys, run.places)]))


def merge(path: Path, sources: Sequence[Segment], *, oldest: bool) -> None:
    """Write neighboring segments, from the oldest, as one; `oldest` says that none comes before.

    Of a track that stands in several the newest counts; what was removed is left out. The sources
    are verified first, so that no damage is copied under a new checksum.

    Raises:
        IndexDamagedError: a source was changed.
    """
    for source in sources:
        source.verify()
    living = [_living(source, sources[number + 1 :]) for number, source in enumerate(sources)]
    ids, starts, shifts = _lay_out(sources, living)
    gone = np.unique(np.concatenate([source.gone for source in sources]))
    gone = gone[:0] if oldest else gone
    posting_count = sum(
        _count(source, alive) for source, alive in zip(sources, living, strict=True)
    )
    layout = Layout(directory_bits(posting_count), len(ids), len(gone), posting_count)
    _write(path, layout, (ids, starts, gone), _stretches(sources, shifts))


def _living(source: Segment, newer: Sequence[Segment]) -> npt.NDArray[np.bool_]:
    """Which tracks of a segment no newer one replaces or removes."""
    alive = np.ones(len(source.ids), bool)
    for later in newer:
        alive &= ~np.isin(source.ids, later.ids) & ~np.isin(source.ids, later.gone)
    return alive


def _lay_out(
    sources: Sequence[Segment], living: Sequence[npt.NDArray[np.bool_]]
) -> tuple[TrackIds, Places, list[Ints]]:
    """The tracks by number on a new timeline, and how far each source's tracks move."""
    old_ids = [source.ids[alive] for source, alive in zip(sources, living, strict=True)]
    lengths = [
        np.diff(source.starts.astype(np.int64))[alive]
        for source, alive in zip(sources, living, strict=True)
    ]
    ids, order = np.concatenate(old_ids), np.argsort(np.concatenate(old_ids), kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.concatenate(lengths)[order])))
    begins = np.empty(len(ids), np.int64)
    begins[order] = starts[:-1]
    shifts, at = [], 0
    for source, alive in zip(sources, living, strict=True):
        count = int(alive.sum())
        shift = np.full(len(alive), np.iinfo(np.int64).min)
        shift[alive] = begins[at : at + count] - source.starts[:-1][alive]
        shifts.append(shift)
        at += count
    return ids[order], starts.astype(np.uint32), shifts


def _count(source: Segment, alive: npt.NDArray[np.bool_]) -> int:
    """How many postings of a segment are of living tracks."""
    if alive.all():
        return source.layout.posting_count
    count = 0
    for at in range(0, source.layout.posting_count, _places_per_count):
        places = source.places[at : at + _places_per_count]
        count += int(alive[_tracks(source, places)].sum())
    return count


def _tracks(source: Segment, places: Places) -> Ints:
    return np.searchsorted(source.starts, places, side="right") - 1


def _stretches(
    sources: Sequence[Segment], shifts: Sequence[Ints]
) -> Iterator[tuple[KeyArray, Places]]:
    """The postings of all, in order of their keys, a bounded number at a time."""
    cells = 1 << directory_bits_min
    edges = np.zeros(cells + 1, np.int64)
    for source in sources:
        edges += source.directory[:: 1 << (source.layout.bits - directory_bits_min)]
    first = 0
    while first < cells:
        reach = int(np.searchsorted(edges, edges[first] + postings_per_stretch, side="right")) - 1
        end = min(max(reach, first + 1), cells)
        yield _stretch(sources, shifts, first, end)
        first = end


def _stretch(
    sources: Sequence[Segment], shifts: Sequence[Ints], first: int, end: int
) -> tuple[KeyArray, Places]:
    keys, places = [], []
    for source, shift in zip(sources, shifts, strict=True):
        finer = source.layout.bits - directory_bits_min
        entries = (first << finer, end << finer)
        low, high = (int(source.directory[entry]) for entry in entries)
        old = source.places[low:high]
        moved = shift[_tracks(source, old)]
        alive = moved != np.iinfo(np.int64).min
        keys.append(source.keys_between(*entries)[alive])
        places.append((old[alive] + moved[alive]).astype(np.uint32))
    return in_order(np.concatenate(keys), np.concatenate(places))


def _write(
    path: Path,
    layout: Layout,
    tracks: tuple[TrackIds, Places, TrackIds],
    stretches: Iterator[tuple[KeyArray, Places]],
) -> None:
    """Write all parts into a draft, wait for the disk, then give it its name."""
    draft = path.with_name(path.name + unfinished)
    with draft.open("w+b") as file:
        file.truncate(layout.size_bytes)
        parts = {name: _Part(file, at, kind) for name, (at, _, kind) in layout.parts().items()}
        for number, name in enumerate(("ids", "starts", "gone")):
            parts[name].add(tracks[number])
        counts = np.zeros(1 << layout.bits, np.uint32)
        for keys, places in stretches:
            entries = (keys >> np.uint32(key_bits - layout.bits)).astype(np.int64)
            if len(entries):
                low = int(entries[0])
                held = np.bincount(entries - low)
                counts[low : low + len(held)] += held.astype(np.uint32)
            parts["rests"].add(keys & np.uint32(0xFFFF))
            parts["places"].add(places)
        directory = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
        assert directory[-1] == layout.posting_count
        parts["directory"].add(directory)
        file.seek(0)
        file.write(pack_header(layout, [part.checksum for part in parts.values()]))
        file.flush()
        os.fsync(file.fileno())
    take_name(draft, path)


class _Part:
    """One part of a segment in the making, with its checksum so far."""

    def __init__(self, file: BinaryIO, at: int, kind: str) -> None:
        self._file, self._at, self._kind = file, at, kind
        self.checksum = 0

    def add(self, numbers: npt.NDArray[Any]) -> None:
        """Write further numbers behind the last ones."""
        data = numbers.astype(self._kind).tobytes()
        self._file.seek(self._at)
        self._file.write(data)
        self._at += len(data)
        self.checksum = zlib.crc32(data, self.checksum)


assert header_bytes >= len(pack_header(Layout(directory_bits_min, 0, 0, 0), [0] * 6))
