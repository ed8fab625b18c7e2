"""Lists of releases, newest first: of the store, a genre, a year, a day, a label, an artist.

Each page is read along an index from where the last one ended, and looks at no more than
`scanned_max` releases, however little of them is sold where the visitor is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

from django.db import connection
from django.db.models import Exists, OuterRef

from pennywhistle.apps.catalog.models import Genre, Release, ReleaseArtist
from pennywhistle.apps.discovery.queries import (
    Cursor,
    ReleaseLine,
    ReleaseStretch,
    release_lines,
    releases_per_page,
)
from pennywhistle.kernel.territories import TERRITORY_CODES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

newest_on_home = 12
genres_on_home = 6
releases_per_genre_on_home = 6
genres_max = 1_000
years_max = 300
scanned_max = 2_000
releases_looked_up_max = 2_000
scanned_per_genre_on_home = 200
looked_at_for_genres_on_home = 500


@dataclass(frozen=True, slots=True)
class GenreRow:
    """A genre with its newest releases."""

    name: str
    slug: str
    releases: tuple[ReleaseLine, ...]


def newest(
    *, territory: str, at: datetime, after: Cursor | None = None, count: int = releases_per_page
) -> ReleaseStretch:
    """All that is sold in a territory, newest first."""
    return _stretch("true", {}, at=at, after=after, sold_in=territory, count=count)


def newest_of_genre(
    genre_id: int, *, territory: str, at: datetime, after: Cursor | None
) -> ReleaseStretch:
    """A genre's releases that are sold in a territory."""
    place = {"genre": genre_id}
    return _stretch("genre_id = %(genre)s", place, at=at, after=after, sold_in=territory)


def newest_of_year(
    year: int, *, territory: str, at: datetime, after: Cursor | None
) -> ReleaseStretch:
    """What was released in a year and is sold in a territory."""
    days = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
    return _stretch(_BETWEEN, days, at=at, after=after, sold_in=territory)


def released_on(day: date, *, territory: str, at: datetime, after: Cursor | None) -> ReleaseStretch:
    """What was released on a day and is sold in a territory."""
    days = {"first": day, "last": day}
    return _stretch(_BETWEEN, days, at=at, after=after, sold_in=territory)


def newest_of_label(party_id: int, *, at: datetime, after: Cursor | None) -> ReleaseStretch:
    """A label's releases on the shelves: who asks for them by name sees those not sold here too."""
    return _stretch("label_id = %(party)s", {"party": party_id}, at=at, after=after)


def newest_of_artist(party_id: int, *, at: datetime, after: Cursor | None) -> ReleaseStretch:
    """An artist's releases, as a label's.

    Those of most artists are looked up one by one. Of “Various Artists”, who are on a part of the
    whole catalog, the newest are met soon on the way down the catalog.
    """
    mine = ReleaseArtist.objects.filter(party=party_id).values_list("release_id", flat=True)
    ids = list(mine.order_by()[: releases_looked_up_max + 1])
    if len(ids) > releases_looked_up_max:
        return _stretch(_OF_ARTIST, {"party": party_id}, at=at, after=after)
    return _stretch("id = ANY (%(ids)s)", {"ids": ids}, at=at, after=after)


_BETWEEN: LiteralString = "released_on BETWEEN %(first)s AND %(last)s"
_OF_ARTIST: LiteralString = (
    # A value and no join, which could be turned round.
    "(SELECT true FROM catalog_releaseartist a"
    " WHERE a.release_id = catalog_release.id AND a.party_id = %(party)s)"
)
_AFTER: LiteralString = "(released_on, id) < (%(after_day)s, %(after_id)s)"
# What is scanned is bounded first, and then asked whether it is sold: so the plan never is to make
# a list of all that is sold, and a place where next to nothing is sold costs no more than another.
_SCANNED: LiteralString = """
  SELECT id, public_id, slug, title, artist_line, is_explicit, released_on FROM catalog_release
  WHERE {place} AND {after}
    AND published_at <= %(at)s AND (withdrawn_at IS NULL OR withdrawn_at > %(at)s)
  ORDER BY released_on DESC, id DESC LIMIT %(scanned)s"""
_HERE: LiteralString = """
WITH here AS MATERIALIZED (
  SELECT array_agg(digest::text) AS digests FROM rights_territoryset
  WHERE get_bit(mask, array_position(%(codes)s::text[], %(territory)s::text) - 1) = 1
)"""
_SOLD: LiteralString = """EXISTS (
  SELECT FROM rights_availability a WHERE a.release_id = s.id
    AND a.territories_id = ANY ((SELECT digests FROM here)::text[]))"""
# The second part is not begun where the first one fills the page. It tells where looking ended, if
# that was before the list did.
_STRETCH: LiteralString = """{here}
(SELECT s.*, true FROM ({scanned}) s WHERE {sold}
 ORDER BY s.released_on DESC, s.id DESC LIMIT %(limit)s)
UNION ALL
(SELECT s.*, false FROM ({scanned}) s
 ORDER BY s.released_on DESC, s.id DESC OFFSET %(scanned)s - 1 LIMIT 1)
LIMIT %(limit)s"""


def _stretch(
    place: LiteralString,
    named: Mapping[str, object],
    *,
    at: datetime,
    after: Cursor | None,
    sold_in: str | None = None,
    count: int = releases_per_page,
) -> ReleaseStretch:
    """One more than is shown is read, to know whether the list goes on."""
    scanned = _SCANNED.format(place=place, after=_AFTER if after else "true")
    wanted: dict[str, Any] = {
        **named,
        "at": at,
        "after_day": after.released_on if after else None,
        "after_id": after.id if after else None,
        "limit": count + 1,
        "scanned": scanned_max if sold_in else count + 1,
        "codes": list(TERRITORY_CODES),
        "territory": sold_in,
    }
    statement = _STRETCH.format(
        here=_HERE if sold_in else "", scanned=scanned, sold=_SOLD if sold_in else "true"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, wanted)
        rows = cursor.fetchall()
    lines = [ReleaseLine(*line) for *line, is_sold in rows if is_sold]
    if len(lines) > count:
        last = lines[count - 1]
        return ReleaseStretch(tuple(lines[:count]), Cursor(last.released_on, last.id))
    ended = [ReleaseLine(*line) for *line, is_sold in rows if not is_sold]
    following = Cursor(ended[0].released_on, ended[0].id) if ended else None
    return ReleaseStretch(tuple(lines), following)


# The genres of what is newest: each of the others has something older to show, and is not asked.
_GENRE_ROWS: LiteralString = """{here},
recent AS MATERIALIZED (
  SELECT s.genre_id, max(s.released_on) AS latest FROM (
    SELECT id, genre_id, released_on FROM catalog_release
    WHERE genre_id IS NOT NULL
      AND published_at <= %(at)s AND (withdrawn_at IS NULL OR withdrawn_at > %(at)s)
    ORDER BY released_on DESC, id DESC LIMIT %(looked_at)s) s
  WHERE {sold} GROUP BY s.genre_id ORDER BY latest DESC, s.genre_id LIMIT %(genres)s)
SELECT g.name, g.slug, r.ids FROM recent JOIN catalog_genre g ON g.id = recent.genre_id
CROSS JOIN LATERAL (
  SELECT array_agg(x.id ORDER BY x.released_on DESC, x.id DESC) AS ids,
         max(x.released_on) AS latest
  FROM (SELECT s.id, s.released_on FROM ({scanned}) s WHERE {sold}
        ORDER BY s.released_on DESC, s.id DESC LIMIT %(releases)s) x) r
WHERE r.ids IS NOT NULL ORDER BY r.latest DESC, g.name
"""


def genre_rows(*, territory: str, at: datetime) -> list[GenreRow]:
    """The genres that something new is sold of, each with its newest, in two queries."""
    wanted: dict[str, Any] = {
        "codes": list(TERRITORY_CODES),
        "territory": territory,
        "at": at,
        "scanned": scanned_per_genre_on_home,
        "looked_at": looked_at_for_genres_on_home,
        "releases": releases_per_genre_on_home,
        "genres": genres_on_home,
    }
    scanned = _SCANNED.format(place="genre_id = g.id", after="true")
    with connection.cursor() as cursor:
        cursor.execute(_GENRE_ROWS.format(here=_HERE, scanned=scanned, sold=_SOLD), wanted)
        rows = cursor.fetchall()
    lines = release_lines({each for *_, ids in rows for each in ids})
    return [GenreRow(name, slug, tuple(lines[each] for each in ids)) for name, slug, ids in rows]


def genres_with_releases(*, at: datetime) -> list[Genre]:
    """Every genre that holds something on the shelves, by name."""
    held = Release.objects.published(at=at).filter(genre=OuterRef("pk"))
    return list(Genre.objects.filter(Exists(held)).order_by("name")[:genres_max])


# From the newest release of one year to the newest of an earlier one: a look-up for each year.
_YEARS: LiteralString = """
WITH RECURSIVE newest AS (
  (SELECT released_on AS day FROM catalog_release
   WHERE published_at <= %(at)s AND (withdrawn_at IS NULL OR withdrawn_at > %(at)s)
   ORDER BY released_on DESC, id DESC LIMIT 1)
  UNION ALL
  SELECT (SELECT r.released_on FROM catalog_release r
          WHERE r.released_on < date_trunc('year', n.day)::date
            AND r.published_at <= %(at)s AND (r.withdrawn_at IS NULL OR r.withdrawn_at > %(at)s)
          ORDER BY r.released_on DESC, r.id DESC LIMIT 1)
  FROM newest n WHERE n.day IS NOT NULL)
SELECT extract(year FROM day)::int FROM newest WHERE day IS NOT NULL LIMIT %(years)s
"""


def years_with_releases(*, at: datetime) -> list[int]:
    """The years in which something on the shelves was released, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(_YEARS, {"at": at, "years": years_max})
        return [year for (year,) in cursor.fetchall()]


_DAYS_AROUND: LiteralString = """
SELECT (SELECT released_on FROM catalog_release
        WHERE released_on < %(day)s
          AND published_at <= %(at)s AND (withdrawn_at IS NULL OR withdrawn_at > %(at)s)
        ORDER BY released_on DESC, id DESC LIMIT 1),
       (SELECT released_on FROM catalog_release
        WHERE released_on > %(day)s AND released_on < %(until)s
          AND published_at <= %(at)s AND (withdrawn_at IS NULL OR withdrawn_at > %(at)s)
        ORDER BY released_on, id LIMIT 1)
"""


def days_around(day: date, *, at: datetime) -> tuple[date | None, date | None]:
    """The nearest earlier and later day on which something on the shelves was released."""
    until = at.date() + timedelta(days=366)
    with connection.cursor() as cursor:
        cursor.execute(_DAYS_AROUND, {"day": day, "at": at, "until": until})
        earlier, later = cursor.fetchone() or (None, None)
        return earlier, later
