"""What the log holds, in memory and ready to be looked through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pennywhistle.engines.fingerprint.index.postings import Entry, Run, join_runs, run_of

if TYPE_CHECKING:
    from pennywhistle.engines.fingerprint.index.log import Change
    from pennywhistle.engines.fingerprint.index.postings import TrackIds


class Recent:
    """Tracks that came, and numbers of those that went, since the last segment was written.

    Runs double in size as tracks come, so that each is sorted a dozen times and a look-up goes
    through a dozen runs.
    """

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._gone: set[int] = set()
        self._runs: list[Run] = []
        self.posting_count = 0

    @property
    def track_count(self) -> int:
        """How many changes there are to write."""
        return len(self._entries) + len(self._gone)

    def take_in(self, change: Change) -> None:
        """Follow the next line of the log."""
        track_id = change.track_id if isinstance(change, Entry) else change
        before = self._entries.pop(track_id, None)
        if before is not None:
            self.posting_count -= len(before.keys)
            self._rebuild()
        if isinstance(change, Entry):
            self._entries[track_id] = change
            self.posting_count += len(change.keys)
            self._stack(_run(change))
        else:
            self._gone.add(track_id)

    def says(self, track_id: int) -> bool | None:
        """Whether a track came or went; None if neither."""
        if track_id in self._entries:
            return True
        return False if track_id in self._gone else None

    def runs(self) -> list[Run]:
        """Shelves with all the tracks."""
        return list(self._runs)

    def entries(self) -> list[Entry]:
        """All the tracks."""
        return list(self._entries.values())

    def gone(self) -> TrackIds:
        """The removed ones, ascending."""
        return np.array(sorted(self._gone), np.int64)

    def _rebuild(self) -> None:
        """One run of what is left when a track that had just come is replaced or removed."""
        runs = [_run(entry) for entry in self._entries.values()]
        self._runs = [join_runs(runs)] if runs else []

    def _stack(self, run: Run) -> None:
        self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2].ids) <= len(self._runs[-1].ids):
            last = self._runs.pop()
            self._runs[-1] = join_runs([self._runs[-1], last])


def _run(entry: Entry) -> Run:
    return run_of([entry], np.zeros(0, np.int64))
