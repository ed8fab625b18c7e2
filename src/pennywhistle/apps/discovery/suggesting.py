"""What somebody may be about to type: names that begin so, most bought first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.discovery import queries
from pennywhistle.apps.discovery.searching.chosen import find, is_in_database
from pennywhistle.apps.discovery.searching.names import popular_names
from pennywhistle.apps.parties.models import Party
from pennywhistle.engines.search import Ask, Kind, parse_query, tokens
from pennywhistle.engines.search.popular import letters_max
from pennywhistle.kernel.territories import TERRITORY_CODES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.discovery.queries import ReleaseLine, TrackLine

suggestions_per_group = 4


@dataclass(frozen=True, slots=True)
class Suggestions:
    """A few things of each kind."""

    parties: tuple[Party, ...] = ()
    releases: tuple[ReleaseLine, ...] = ()
    tracks: tuple[TrackLine, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to suggest."""
        return bool(self.parties or self.releases or self.tracks)


def suggest(text: str, *, sold_in: str, at: datetime | None = None) -> Suggestions:
    """What is sold in a territory and begins as somebody types.

    What was taken down by an instant is left out, should the index lag; without one nothing is.
    One or two letters are looked up among the names that most people mean by them. Raises
    IndexNotThereError.
    """
    query = parse_query(text)
    if query.is_empty:
        return Suggestions()
    letters = "".join(tokens(text))
    if len(letters) <= letters_max and not is_in_database():
        ids = {kind: _popular(letters, kind, sold_in) for kind in (Kind.PARTY, Kind.RELEASE)}
    else:
        asks = [Ask(kind, suggestions_per_group, sold_in=sold_in, is_typing=True) for kind in Kind]
        ids = {ask.kind: [hit.id for hit in find(query, ask).hits] for ask in asks}
    parties = Party.objects.in_bulk(ids.get(Kind.PARTY, []))
    releases = queries.release_lines(ids.get(Kind.RELEASE, []), at=at)
    tracks = queries.track_lines(ids.get(Kind.TRACK, []), at=at)
    return Suggestions(
        tuple(parties[pk] for pk in ids.get(Kind.PARTY, []) if pk in parties),
        tuple(releases[pk] for pk in ids.get(Kind.RELEASE, []) if pk in releases),
        tuple(tracks[pk] for pk in ids.get(Kind.TRACK, []) if pk in tracks),
    )


def _popular(letters: str, kind: Kind, sold_in: str) -> Sequence[int]:
    bit = TERRITORY_CODES.index(sold_in) if sold_in in TERRITORY_CODES else None
    names = popular_names().starting(letters, kind, bit=bit)
    return [name.id for name in names[:suggestions_per_group]]
