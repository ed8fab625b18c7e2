"""Which recordings of a supplier the tracks of a planned release mean."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Recording

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pennywhistle.apps.catalog.models import Track
    from pennywhistle.apps.intake.report import PlannedTrack


@dataclass(slots=True, eq=False)
class Meant:
    """A recording that tracks mean; `recording_id` None: it is to be made.

    `track` is the last one that means it: what that says holds. `isrc` and `sha256` are those
    that it has once that is written.
    """

    recording_id: int | None
    isrc: str
    sha256: str
    track: PlannedTrack


def recordings_meant(
    tracks: Sequence[PlannedTrack],
    *,
    supplier_id: int,
    given: Mapping[str, Recording],
    with_file: Collection[str],
    on_it: Sequence[Track],
) -> list[Meant]:
    """For each track its recording; the same object where two tracks mean the same recording.

    That is the one that is `given` for its path, or else the supplier's of this ISRC, or of these
    very bytes, or at this place of the release before. `with_file` are the paths whose bytes
    become the master; `on_it` the tracks that the release has, with their recordings.
    """
    known = _Known(supplier_id, [track for track in tracks if track.path not in given])
    found = []
    for track in tracks:
        before = given.get(track.path)
        meant = known.row(before, track) if before else known.find(track, on_it)
        known.note(meant, track, has_file=track.path in with_file)
        found.append(meant)
    return found


class _Known:
    """The recordings that tracks may mean, as they are when the tracks before are written."""

    def __init__(self, supplier_id: int, tracks: Sequence[PlannedTrack]) -> None:
        self._by_id: dict[int, Meant] = {}
        self._by_isrc: dict[str, Meant] = {}
        self._by_sha256: defaultdict[str, list[Meant]] = defaultdict(list)
        if not tracks:
            return
        own = Recording.objects.filter(supplier_id=supplier_id).order_by("id")
        isrcs = {track.isrc for track in tracks} - {""}
        hashes = {track.sha256 for track in tracks} - {""}
        rows = own.values_list("id", "isrc", "master__sha256")
        if isrcs:
            for known_id, isrc, sha256 in rows.filter(isrc__in=isrcs):
                self._by_isrc[isrc] = self._row(known_id, isrc, sha256, tracks[0])
        if hashes:
            for known_id, isrc, sha256 in rows.filter(master__sha256__in=hashes):
                self._by_sha256[sha256].append(self._row(known_id, isrc, sha256, tracks[0]))

    def _row(self, known_id: int, isrc: str, sha256: str | None, track: PlannedTrack) -> Meant:
        new = Meant(known_id, isrc, sha256 or "", track)
        return self._by_id.setdefault(known_id, new)

    def row(self, recording: Recording, track: PlannedTrack) -> Meant:
        """A recording on record."""
        return self._row(recording.pk, recording.isrc, "", track)

    def find(self, track: PlannedTrack, on_it: Sequence[Track]) -> Meant:
        """The recording that a track means, on record or not."""
        if track.isrc and track.isrc in self._by_isrc:
            return self._by_isrc[track.isrc]
        for meant in (*self._of_bytes(track), *self._at_place(track, on_it)):
            # Another ISRC is another recording, whatever it sounds like.
            if meant.isrc in {"", track.isrc}:
                return meant
        return Meant(None, "", "", track)

    def _of_bytes(self, track: PlannedTrack) -> Iterator[Meant]:
        for meant in self._by_sha256.get(track.sha256, ()):
            if meant.sha256 == track.sha256:
                yield meant

    def _at_place(self, track: PlannedTrack, on_it: Sequence[Track]) -> Iterator[Meant]:
        where = (track.disc_number, track.track_number, track.title)
        for known in on_it:
            if (known.disc_number, known.track_number, known.title) == where:
                yield self.row(known.recording, track)

    def note(self, meant: Meant, track: PlannedTrack, *, has_file: bool) -> None:
        """From now on the recording is what this track says."""
        if self._by_isrc.get(meant.isrc) is meant:
            del self._by_isrc[meant.isrc]
        meant.track, meant.isrc = track, track.isrc
        if track.isrc:
            self._by_isrc[track.isrc] = meant
        if has_file:
            meant.sha256 = track.sha256
            self._by_sha256[track.sha256].append(meant)
