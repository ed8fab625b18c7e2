"""From when a release may be seen, apart from when it is sold (rights.md, E10)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.moments import Meaning
from pennywhistle.kernel import local_time
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pennywhistle.apps.rights.actions import GrantTerms
    from pennywhistle.engines.ddex import NewRelease
    from pennywhistle.engines.ddex.message import Release
    from pennywhistle.engines.ddex.moments import Moment
    from pennywhistle.engines.ddex.things import Dated

# What the shop shows at once: a page with cover, tracks and previews.
_SHOWN = (
    "release-display",
    "track-listing-preview",
    "full-track-listing-preview",
    "cover-art-preview",
    "clip-preview",
)


def shown_from(
    message: NewRelease, main: Release, terms: Mapping[int | None, Sequence[GrantTerms]]
) -> datetime | None:
    """The instant from which the release may be seen; None: there is no reason to wait.

    The shop shows a release with its cover, its tracks and its previews, so it waits for the last
    of their dates, until that has begun in all territories of its deals. Without any such date it
    is seen from when it is sold first. It never waits for longer than the dates themselves do
    where the sale has begun: what is sold must be seen.
    """
    dates = list(_dates(message, main))
    sales = list(_sales(terms))
    if not dates:
        return min(sales, default=None)
    where = Territories.none()
    for given in terms.values():
        for term in given:
            where |= term.territories
    everywhere = max(_last(moment, where) for moment in dates)
    first = max(_first(moment, where) for moment in dates)
    return min([everywhere, *(max(sale, first) for sale in sales)])


def _dates(message: NewRelease, main: Release) -> Iterator[Moment]:
    for visibility in message.contents.visibilities:
        if visibility.reference in main.visibilities or not visibility.is_track:
            yield from _usable(visibility.dates)
    for deal in message.contents.deals:
        if main.reference in deal.releases:
            yield from _usable(deal.displays)


def _usable(dates: Iterable[Dated]) -> Iterator[Moment]:
    for dated in dates:
        if dated.kind.startswith(_SHOWN) and dated.moment.is_usable:
            yield dated.moment


def _sales(terms: Mapping[int | None, Sequence[GrantTerms]]) -> Iterator[datetime]:
    """When each grant begins first, of a pre-order too: whoever orders must see what."""
    for given in terms.values():
        for term in given:
            starts_at = term.valid.starts_at
            if starts_at is None:
                yield datetime.min.replace(tzinfo=UTC)
            elif term.is_local:
                yield next(local_time.beginning(starts_at).in_any(term.territories.mask))
            else:
                yield starts_at


def _last(moment: Moment, where: Territories) -> datetime:
    return max(_instants(moment, where))


def _first(moment: Moment, where: Territories) -> datetime:
    return min(_instants(moment, where))


def _instants(moment: Moment, where: Territories) -> list[datetime]:
    if moment.meaning is Meaning.INSTANT and (instant := moment.starts_at(UTC)) is not None:
        return [instant]
    assert moment.clock is not None, "only moments that can be read are asked"
    mask = (where or Territories.worldwide()).mask
    return list(local_time.beginning(moment.clock.replace(tzinfo=UTC)).in_any(mask))
