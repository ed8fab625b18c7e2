"""Which segments to merge: those of about one size, so that each posting is copied a few times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.fingerprint.limits import log_tracks_max, segments_merged, timeline_max

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.fingerprint.index.segments import Segment


def next_merge(
    segments: Sequence[Segment], *, track_count_max: int | None = None
) -> tuple[int, int] | None:
    """The first and the end of the segments to make one of; None if there is nothing to do.

    Eight neighbors of a size make the next size. Those that would be longer than a timeline
    together are merged as far as they fit; one that fills half a timeline stays as it is.
    """
    end = len(segments)
    while end > 0:
        first = end - 1
        while first > 0 and _size(segments[first - 1]) <= _size(segments[end - 1]):
            first -= 1
        if _size(segments[end - 1]) != _full and end - first >= segments_merged:
            chosen = _fitting(segments, first, min(end, first + segments_merged))
            count = sum(len(segment.ids) for segment in segments[chosen[0] : chosen[1]])
            small = track_count_max is None or count <= track_count_max
            if small and chosen[1] - chosen[0] > 1:
                return chosen
        end = first
    return None


_full = 1_000


def _size(segment: Segment) -> int:
    """0 for what a log makes, 1 for eight of them, 2 for eight of those."""
    if int(segment.starts[-1]) > timeline_max // 2:
        return _full
    size, tracks = 0, len(segment.ids) + len(segment.gone)
    while tracks >= log_tracks_max * segments_merged * 3 // 4:
        tracks, size = tracks // segments_merged, size + 1
    return size


def _fitting(segments: Sequence[Segment], first: int, end: int) -> tuple[int, int]:
    """As many of them as lie on one timeline."""
    length, at = 0, first
    while at < end and length + int(segments[at].starts[-1]) <= timeline_max:
        length += int(segments[at].starts[-1])
        at += 1
    return first, at
