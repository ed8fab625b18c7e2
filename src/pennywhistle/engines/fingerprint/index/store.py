"""The index: an ever growing set of fingerprints on disk, asked for what sounds the same."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Self

from pennywhistle.engines.fingerprint.errors import (
    IndexDamagedError,
    IndexReadOnlyError,
)
from pennywhistle.engines.fingerprint.index import log
from pennywhistle.engines.fingerprint.index.files import (
    Manifest,
    is_ours,
    lock_folder,
    log_name,
    manifest_name,
    read_manifest,
    segment_name,
    unfinished,
    write_manifest,
)
from pennywhistle.engines.fingerprint.index.postings import Entry, entry_of, run_of
from pennywhistle.engines.fingerprint.index.recent import Recent
from pennywhistle.engines.fingerprint.index.segments import Segment
from pennywhistle.engines.fingerprint.index.tiers import next_merge
from pennywhistle.engines.fingerprint.index.voting import Candidate, queries_of, rank
from pennywhistle.engines.fingerprint.index.writing import merge, write_run
from pennywhistle.engines.fingerprint.limits import (
    candidates_max,
    log_postings_max,
    log_tracks_max,
    merged_while_adding_tracks_max,
    track_id_max,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import FileIO
    from pathlib import Path
    from types import TracebackType

    from pennywhistle.engines.fingerprint.fingerprint import Fingerprint
    from pennywhistle.engines.fingerprint.index.postings import Shelf

_attempts = 8  # to read an index that its writer is just changing


class Index:
    """Fingerprints of tracks by number, in a folder.

    One process at a time may change it; any number may read it, each as of when it opened it or
    last called `refresh`. What `add` and `remove` have returned from is on disk.
    """

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        """Open an index; a folder that is empty or not there becomes one if it is writable.

        Raises:
            IndexBusyError: another process has it open for writing.
            IndexDamagedError: a file is missing, cut off or changed; it says which.
        """
        self._folder, self._log_end = folder, 0
        self._lock: BinaryIO | None = None
        self._log: FileIO | None = None
        if writable:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock_folder(folder)
        try:
            if writable and not (folder / manifest_name).exists():
                self._begin()
            self._load()
            if writable:
                self._make_ready()
        except BaseException:
            self.close()
            raise

    def add(self, track_id: int, fingerprint: Fingerprint) -> None:
        """Put a track in, in place of what stood under its number."""
        self.add_many([(track_id, fingerprint)])

    def add_many(self, tracks: Iterable[tuple[int, Fingerprint]]) -> None:
        """Put tracks in, waiting for the disk once for all of them."""
        changes: list[log.Change] = [
            entry_of(_checked(track_id), fingerprint) for track_id, fingerprint in tracks
        ]
        for start in range(0, len(changes), log_tracks_max):
            self._change(changes[start : start + log_tracks_max])

    def remove(self, track_id: int) -> bool:
        """Take a track out; answers whether it was in."""
        if _checked(track_id) not in self:
            return False
        self._change([track_id])
        return True

    def lookup(self, fingerprint: Fingerprint, *, limit: int = candidates_max) -> list[Candidate]:
        """The tracks that may be the same recording, most votes first.

        It answers with what two keys agree on by chance too: `compare` with the track's own
        fingerprint decides.
        """
        shelves: list[tuple[int, Shelf]] = list(enumerate(self._segments))
        shelves += [(len(self._segments), run) for run in self._recent.runs()]
        return rank(shelves, queries_of(fingerprint), self._holder, limit)

    def __contains__(self, track_id: object) -> bool:
        return isinstance(track_id, int) and self._holder(track_id) is not None

    def __len__(self) -> int:
        """How many tracks are in."""
        return self._track_count

    @property
    def size_bytes(self) -> int:
        """What the index takes on disk."""
        names = (*self._manifest.segments, self._manifest.log, manifest_name)
        return sum((self._folder / name).stat().st_size for name in names)

    def merge(self) -> bool:
        """Make one segment of several of a size, if there are; answers whether there were.

        Takes minutes where segments are large; call it where nobody waits, until it answers False.
        """
        self._must_write()
        return self._merge(track_count_max=None)

    def verify(self) -> None:
        """Read everything; raises IndexDamagedError with the name of what was changed."""
        read_manifest(self._folder)
        for segment in self._segments:
            segment.verify()
        log.replay(self._folder / self._manifest.log)

    def refresh(self) -> None:
        """See what another process has written since."""
        if self._lock is not None:
            return
        if read_manifest(self._folder) != self._manifest:
            self._load()
            return
        with suppress(IndexDamagedError):
            replayed = log.replay(self._folder / self._manifest.log, self._log_end)
            self._take_in(replayed.changes)
            self._log_end = replayed.end
            return
        self._load()  # the writer has begun a new log meanwhile, or this says what is damaged

    def close(self) -> None:
        """Let others write; harmless when called again."""
        for file in (self._log, self._lock):
            if file is not None:
                file.close()
        self._log = self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _holder(self, track_id: int) -> int | None:
        """The age of the shelf on which a track stands: a segment's, or that of what is recent."""
        said = self._recent.says(track_id)
        if said is not None:
            return len(self._segments) if said else None
        for age in range(len(self._segments) - 1, -1, -1):
            segment = self._segments[age]
            if segment.has(track_id):
                return age
            if segment.removes(track_id):
                return None
        return None

    def _change(self, changes: list[log.Change]) -> None:
        """Write changes to the log, wait for the disk, and only then take them in."""
        self._must_write()
        assert self._log is not None
        try:
            log.append(self._log, changes)
        except BaseException:
            # What is on disk is not known now; opening again finds out and goes on from there.
            self.close()
            raise
        self._take_in(changes)
        if self._recent.track_count >= log_tracks_max or self._recent.posting_count >= (
            log_postings_max
        ):
            self._flush()
            while self._merge(track_count_max=merged_while_adding_tracks_max):
                pass

    def _take_in(self, changes: Iterable[log.Change]) -> None:
        for change in changes:
            track_id = change.track_id if isinstance(change, Entry) else change
            self._track_count += isinstance(change, Entry) - (track_id in self)
            self._recent.take_in(change)

    def _begin(self) -> None:
        """Make an empty index, but not where one has lost its manifest."""
        drafts = (file for file in self._folder.iterdir() if is_ours(file))
        if any(file.name != log_name(0) and file.suffix != unfinished for file in drafts):
            raise IndexDamagedError(manifest_name, "is missing")
        name = log_name(0)
        log.create_log(self._folder / name)
        write_manifest(self._folder, Manifest((), name, 1, 0))

    def _load(self) -> None:
        """Read what the manifest names; again if the writer replaced it meanwhile."""
        for attempt in range(_attempts):
            manifest = read_manifest(self._folder)
            try:
                opened = [Segment(self._folder / name) for name in manifest.segments]
                replayed = log.replay(self._folder / manifest.log)
            except IndexDamagedError:
                if attempt == _attempts - 1 or read_manifest(self._folder) == manifest:
                    raise
                continue
            self._manifest, self._segments = manifest, opened
            self._recent, self._track_count = Recent(), manifest.track_count
            self._take_in(replayed.changes)
            self._log_end = replayed.end
            return

    def _make_ready(self) -> None:
        """Cut off what was never acknowledged, and delete what no manifest names."""
        path = self._folder / self._manifest.log
        self._log = path.open("r+b", buffering=0)
        self._log.truncate(self._log_end)
        self._log.seek(self._log_end)
        kept = {*self._manifest.segments, self._manifest.log}
        for file in self._folder.iterdir():
            if is_ours(file) and file.name not in kept:
                file.unlink()

    def _flush(self) -> None:
        """Make a segment of what is recent, and begin a new log."""
        number = self._manifest.next_number
        segment, new_log = segment_name(number), log_name(number)
        write_run(self._folder / segment, run_of(self._recent.entries(), self._recent.gone()))
        log.create_log(self._folder / new_log)
        self._become(
            Manifest((*self._manifest.segments, segment), new_log, number + 1, self._track_count)
        )

    def _merge(self, *, track_count_max: int | None) -> bool:
        chosen = next_merge(self._segments, track_count_max=track_count_max)
        if chosen is None:
            return False
        first, end = chosen
        number = self._manifest.next_number
        name = segment_name(number)
        merge(self._folder / name, self._segments[first:end], oldest=first == 0)
        old = self._manifest.segments
        self._become(
            replace(
                self._manifest,
                segments=(*old[:first], name, *old[end:]),
                next_number=number + 1,
            )
        )
        return True

    def _become(self, manifest: Manifest) -> None:
        """Be what a new manifest says; what only the old one named goes when that is on disk."""
        old = self._manifest
        write_manifest(self._folder, manifest)
        known = {segment.name: segment for segment in self._segments}
        self._segments = [
            known.get(name) or Segment(self._folder / name) for name in manifest.segments
        ]
        self._manifest = manifest
        if manifest.log != old.log:
            assert self._log is not None
            self._log.close()
            self._log = (self._folder / manifest.log).open("r+b", buffering=0)
            self._log.seek(0, 2)
            self._recent = Recent()
        for name in {*old.segments, old.log} - {*manifest.segments, manifest.log}:
            with suppress(FileNotFoundError):
                (self._folder / name).unlink()

    def _must_write(self) -> None:
        if self._lock is None:
            raise IndexReadOnlyError("The index was opened for reading, or is closed.")


def _checked(track_id: int) -> int:
    if not 0 <= track_id <= track_id_max:
        raise ValueError(f"A track's number is 0 to {track_id_max}, not {track_id}.")
    return track_id
