"""Lists of releases that everybody may see, the newest first, by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from pennywhistle.apps.catalog.models import Release, ReleaseArtist
from pennywhistle.apps.reach.limits import LOOKED_AT_MAX
from pennywhistle.apps.reach.queries import facts_of
from pennywhistle.apps.rights.models import Availability

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from pennywhistle.apps.catalog.models import ReleaseQuerySet
    from pennywhistle.apps.reach.facts import PublicRelease

    # The day and the row of a release.
    Place = tuple[date, int]


def on_shelves(*, at: datetime) -> ReleaseQuerySet:
    """What everybody may see."""
    return Release.objects.published(at=at)


def by_artist(releases: ReleaseQuerySet, party_id: int | None) -> ReleaseQuerySet:
    """Those of an artist; none of nobody."""
    mine = ReleaseArtist.objects.filter(party=party_id).values("release")
    return releases.filter(id__in=mine)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some releases of a longer list; `next` is the place behind which it goes on."""

    releases: tuple[PublicRelease, ...]
    next: Place | None


def newest(
    releases: ReleaseQuerySet, *, after: Place | None, count: int, sold_in: str = ""
) -> Stretch:
    """The next `count` of a list that is newest first, behind a place.

    With `sold_in` only that of which something is sold there. So many are looked at and no more: in
    a place where next to nothing is sold, a stretch may hold fewer, and goes on all the same.
    """
    if after is not None:
        day, last_id = after
        releases = releases.filter(released_on__lte=day).exclude(released_on=day, id__gte=last_id)
    if not sold_in:
        found = facts_of(releases.newest_first()[: count + 1])
        return _cut(found, count)
    looked_at = releases.newest_first()[:LOOKED_AT_MAX]
    here = Availability.objects.sellable(territory=sold_in).filter(release=OuterRef("pk"))
    sold = Release.objects.filter(Exists(here), id__in=looked_at.values("id"))
    stretch = _cut(facts_of(sold.newest_first()[: count + 1]), count)
    if stretch.next is not None:
        return stretch
    places = releases.newest_first().values_list("released_on", "id")
    last = list(places[LOOKED_AT_MAX - 1 : LOOKED_AT_MAX])
    return Stretch(stretch.releases, last[0] if last else None)


def _cut(found: Sequence[PublicRelease], count: int) -> Stretch:
    """One more than is shown was read, to know whether the list goes on."""
    shown = tuple(found[:count])
    last = shown[-1] if len(found) > count else None
    return Stretch(shown, (last.released_on, last.id) if last else None)
