"""Items of clearance, put together from the rows of releases and parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.rights.facts.parties import (
    PartyRow,
    mandated_from,
    party_row,
    register_of,
)
from pennywhistle.apps.rights.facts.releases import ReleaseRow, read_release
from pennywhistle.apps.rights.facts.statement import read_rows
from pennywhistle.apps.rights.refs import release_ref
from pennywhistle.engines import clearance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime


def item_of(
    row: ReleaseRow, register: clearance.Register, track_id: int | None, at: datetime
) -> clearance.Item:
    """The release as a whole, or one of its tracks. Raises KeyError for any other track.

    A track that left the release is there for who bought it, and is not on the shelves.
    """
    if track_id is None:
        return clearance.Item(
            ref=release_ref(row.public_id),
            title=row.title,
            supplier=row.supplier,
            is_published=row.is_published(at),
            tracks=tuple(row.tracks.values()),
            grants=row.grants,
            stops=row.stops,
            is_release=True,
            register=register,
        )
    has_left = track_id in row.left
    track = row.left[track_id] if has_left else row.tracks[track_id]
    return clearance.Item(
        ref=track.ref,
        title=track.title,
        supplier=row.supplier,
        is_published=row.is_published(at) and not has_left,
        tracks=(track,),
        stops=row.stops,
        register=register,
    )


def releases_with_registers(
    release_ids: Sequence[int],
) -> Iterator[tuple[int, ReleaseRow, clearance.Register]]:
    """Many releases, read in one query and each met once: nothing of them is kept for later.

    Releases that the same parties matter to share one register.
    """
    releases, texts = read_rows(release_ids, [None] * len(release_ids), is_wide=False)
    parties = _Parties({party_id: party_row(party_id, text) for party_id, text in texts.items()})
    for release_id in release_ids:
        text = releases.get(release_id)
        if text is not None:
            row = read_release(text)
            yield release_id, row, parties.register_for(row.party_ids)


class _Parties:
    """The parties of many releases, and the registers made of them."""

    def __init__(self, rows: Mapping[int, PartyRow]) -> None:
        self._rows = rows
        self._by_law = frozenset(
            party_id
            for party_id, row in rows.items()
            if any(license_.unidentified_by for license_ in row.licenses)
        )
        self._registers: dict[frozenset[int], clearance.Register] = {}

    def register_for(self, party_ids: frozenset[int]) -> clearance.Register:
        """What matters to an item of these owners and licensors."""
        key = self._by_law | mandated_from(party_ids, self._rows.__getitem__)
        register = self._registers.get(key)
        if register is None:
            rows = {party_id: self._rows[party_id] for party_id in sorted(key)}
            register = self._registers[key] = register_of(rows)
        return register
