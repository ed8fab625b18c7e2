"""What was learned since a sale, and is put into what was known then to clear it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.rights.facts.parties import party_row, register_of
from pennywhistle.apps.rights.facts.statement import read_rows
from pennywhistle.apps.rights.facts.works import shares_of_works
from pennywhistle.apps.rights.queries import ItemRef, load_items
from pennywhistle.engines.clearance.extents import boundaries_of
from pennywhistle.engines.clearance.facts import Register

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pennywhistle.engines.clearance import Item, Work
    from pennywhistle.engines.clearance import Track as TrackFacts


class SharesOfWork:
    """A work's shares as they are claimed now, and the parties that they bring."""

    def __init__(self, work_id: int) -> None:
        self._work_id = work_id
        self._shares = tuple(shares_of_works([work_id])[work_id])
        _, parties = read_rows(
            [], [], is_wide=False, party_ids={share.party_id for share in self._shares}
        )
        self._register = register_of({key: party_row(key, row) for key, row in parties.items()})
        ends = {end for each in self._shares for end in (each.valid.starts_at, each.valid.ends_at)}
        self.ends: Sequence[datetime] = sorted(end for end in ends if end is not None)

    def put_into(self, then: Item) -> Item:
        """The item with these shares of the work, wherever it is played."""
        tracks = []
        for track in then.tracks:
            works = tuple(
                replace(work, shares=self._shares) if work.id == self._work_id else work
                for work in track.recording.works
            )
            tracks.append(replace(track, recording=replace(track.recording, works=works)))
        return _joined(then, tracks, self._register)


class WorksOfRecording:
    """The works that a recording plays as it is known now, with their shares of now."""

    def __init__(self, recording_id: int, *, now: datetime) -> None:
        self._recording_id = recording_id
        self.works: tuple[Work, ...] = ()
        self.ends: Sequence[datetime] = ()
        self._register = Register()
        track = Track.objects.filter(recording=recording_id).order_by("id").first()
        if track is not None:
            ref = ItemRef(track.release_id, track.pk)
            item = load_items([ref], at=now)[ref].item
            self.works = item.tracks[0].recording.works
            self._register, self.ends = item.register, boundaries_of(item)

    def put_into(self, then: Item) -> Item:
        """The item whose recording plays these works."""
        tracks = [
            replace(track, recording=replace(track.recording, works=self.works))
            if track.recording.id == self._recording_id
            else track
            for track in then.tracks
        ]
        return _joined(then, tracks, self._register)


def _joined(then: Item, tracks: Iterable[TrackFacts], now: Register) -> Item:
    register = replace(
        then.register,
        names={**now.names, **then.register.names},
        mandates={**now.mandates, **then.register.mandates},
        licenses={**now.licenses, **then.register.licenses},
    )
    return replace(then, tracks=tuple(tracks), register=register)
