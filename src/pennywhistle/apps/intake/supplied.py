"""The list of what a supplier supplied, and whose releases and tracks are whose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Q

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Grant
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.users.models import User

RELEASES_PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release in the supplier's list. Prices are those of the grants that are open now."""

    id: int
    public_id: str
    slug: str
    title: str
    artist_line: str
    supplier: str
    released_on: date
    is_published: bool
    stop_count: int
    track_count: int
    lossless_count: int
    album_price: Money | None
    track_price_least: Money | None
    track_price_most: Money | None


def releases_of(*, user: User) -> QuerySet[Release]:
    """The releases of the parties that this person acts for."""
    return Release.objects.supplied_by(parties=Party.objects.acted_for_by(user=user))


def tracks_of(*, user: User) -> QuerySet[Track]:
    """Their tracks."""
    return Track.objects.filter(release__in=releases_of(user=user))


def release_rows(*, user: User, before_id: int | None, now: datetime) -> list[ReleaseRow]:
    """A page of the list and one more, the last supplied first; two queries."""
    found = releases_of(user=user).select_related("supplier").order_by("-id")
    if before_id is not None:
        found = found.filter(id__lt=before_id)
    lossless = Q(tracks__recording__master__is_lossless=True)
    counted = found.annotate(
        track_count=Count("tracks", distinct=True),
        lossless_count=Count("tracks", distinct=True, filter=lossless),
        stop_count=Count("stops", distinct=True, filter=Q(stops__closed_at__isnull=True)),
    )
    rows = list(counted[: RELEASES_PER_PAGE + 1])
    prices = _prices([row.pk for row in rows])
    return [_row(row, prices, now) for row in rows]


def _row(release: Release, prices: Mapping[int, _Prices], now: datetime) -> ReleaseRow:
    own = prices.get(release.pk, _Prices())
    return ReleaseRow(
        id=release.pk,
        public_id=release.public_id,
        slug=release.slug,
        title=release.title,
        artist_line=release.artist_line,
        supplier=release.supplier.name,
        released_on=release.released_on,
        is_published=is_published(release, now),
        stop_count=release.stop_count,  # type: ignore[attr-defined]
        track_count=release.track_count,  # type: ignore[attr-defined]
        lossless_count=release.lossless_count,  # type: ignore[attr-defined]
        album_price=own.album,
        track_price_least=own.least,
        track_price_most=own.most,
    )


def is_published(release: Release, now: datetime) -> bool:
    """Whether a release stands on the shelves now."""
    is_out = release.published_at is not None and release.published_at <= now
    return is_out and (release.withdrawn_at is None or release.withdrawn_at > now)


@dataclass(frozen=True, slots=True)
class _Prices:
    album: Money | None = None
    least: Money | None = None
    most: Money | None = None


def _prices(release_ids: Iterable[int]) -> dict[int, _Prices]:
    is_track = Q(track__isnull=False)
    rows = (
        Grant.objects.open()
        .filter(release_id__in=list(release_ids), price_micro__isnull=False)
        .values("release_id", "currency")
        .annotate(
            album=Max("price_micro", filter=~is_track),
            least=Min("price_micro", filter=is_track),
            most=Max("price_micro", filter=is_track),
        )
    )
    return {
        row["release_id"]: _Prices(
            *(
                Money(row[name], row["currency"]) if row[name] is not None else None
                for name in ("album", "least", "most")
            )
        )
        for row in rows
    }
