"""Site maps (sitemaps.org 0.9): an index, and parts by ranges of row numbers.

A part holds the addresses of 50,000 numbers in a row, whether they are all taken or not. So nothing
moves from one part to another, and a part in which nothing happened keeps its bytes and its date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from django.db.models import F, Max, OuterRef, Subquery

from pennywhistle.apps.catalog.models import Genre, Release, ReleaseArtist, Track
from pennywhistle.apps.reach import queries
from pennywhistle.apps.reach.limits import (
    ADDRESSES_PER_BATCH,
    ADDRESSES_PER_SITEMAP_MAX,
    SITEMAPS_MAX,
)
from pennywhistle.apps.reach.models import PublicFile
from pennywhistle.apps.reach.publishing import GZIP, name_files, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.reach.publishing import Made, Sheet

    # Of any table (id, slug, public id, since when).
    _Rows = QuerySet[Any, tuple[Any, ...]]

INDEX_NAME = "sitemap.xml"
XML = "application/xml"
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class MapAddresses:
    """How the addresses of pages are made.

    Attributes:
        page: of a release, track, artist or label, by its kind, slug and public id.
        genre: of a genre, by its slug.
        sitemap: of a part, by its name.
        others: of all other pages that are for everybody.
    """

    page: Callable[[str, str, str], str]
    genre: Callable[[str], str]
    sitemap: Callable[[str], str]
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    address: str
    changed_at: datetime | None


def make_sitemaps(*, addresses: MapAddresses, now: datetime) -> int:
    """Write all site maps anew; answers how many addresses they hold.

    In batches by key: memory and the queries of a batch do not grow with the catalog.
    """
    made: list[Made] = []
    _write_part("pages", 0, (_Line(0, address, None) for address in addresses.others), made)
    for kind, rows in _rows_by_kind(now).items():
        for number, lines in _parts(_lines(kind, rows, addresses)):
            _write_part(kind, number, lines, made)
    assert len(made) <= SITEMAPS_MAX, "an index names at most 50,000 site maps"
    count = sum(part.row_count for part in made)
    _write_index(made, addresses, now)
    name_files(PublicFile.Group.SITEMAP, made, now=now)
    return count


def _rows_by_kind(at: datetime) -> dict[str, _Rows]:
    """Of each kind (id, slug, public id, since when), to be read by id."""
    shelves = Release.objects.published(at=at)
    by_artist = ReleaseArtist.objects.filter(party=OuterRef("pk"), release__in=shelves)
    by_label = shelves.filter(label=OuterRef("pk"))
    by_genre = shelves.filter(genre=OuterRef("pk"))
    on_shelves = Track.objects.present().filter(release__published_at__lte=at, release__in=shelves)
    return {
        "release": shelves.values_list("id", "slug", "public_id", "published_at"),
        "track": on_shelves.values_list("id", "slug", "public_id", "release__published_at"),
        "artist": _dated(queries.artists(at=at), _latest(by_artist, "release__published_at")),
        "label": _dated(queries.labels(at=at), _latest(by_label, "published_at")),
        "genre": Genre.objects.annotate(since=_latest(by_genre, "published_at"))
        .filter(since__isnull=False)
        .values_list("id", "slug", "slug", "since"),
    }


def _dated(parties: QuerySet[Party], since: Subquery) -> _Rows:
    return parties.annotate(since=since).values_list("id", "slug", "public_id", "since")


def _latest(rows: QuerySet[Any], field: str) -> Subquery:
    """The newest that a page shows, by which it changed."""
    one = rows.order_by().annotate(all=F("pk") * 0).values("all")
    return Subquery(one.annotate(latest=Max(field)).values("latest"))


def _lines(kind: str, rows: _Rows, addresses: MapAddresses) -> Iterator[_Line]:
    last = 0
    while True:
        batch = list(rows.filter(id__gt=last).order_by("id")[:ADDRESSES_PER_BATCH])
        for number, slug, public_id, changed_at in batch:
            address = (
                addresses.genre(slug) if kind == "genre" else addresses.page(kind, slug, public_id)
            )
            yield _Line(number, address, changed_at)
        if len(batch) < ADDRESSES_PER_BATCH:
            return
        last = batch[-1][0]


def _parts(lines: Iterator[_Line]) -> Iterator[tuple[int, Iterator[_Line]]]:
    """Lines by the number of their part; each part is to be read before the next one."""
    ahead: list[_Line] = []

    def of_part(number: int) -> Iterator[_Line]:
        yield ahead.pop()
        for line in lines:
            if _part_of(line) != number:
                ahead.append(line)
                return
            yield line

    ahead.extend(line for line in [next(lines, None)] if line is not None)
    while ahead:
        number = _part_of(ahead[0])
        yield number, of_part(number)


def _part_of(line: _Line) -> int:
    return (line.number - 1) // ADDRESSES_PER_SITEMAP_MAX + 1


def _write_part(kind: str, number: int, lines: Iterator[_Line], made: list[Made]) -> None:
    name = f"{kind}-{number}.xml.gz" if number else f"{kind}.xml.gz"
    with writing(name, GZIP, made) as sheet:
        sheet.write(f"{_HEAD}<urlset {_NAMESPACE}>\n")
        for line in lines:
            _write_line(sheet, line)
        sheet.write("</urlset>\n")


def _write_line(sheet: Sheet, line: _Line) -> None:
    changed = f"<lastmod>{_w3c(line.changed_at)}</lastmod>" if line.changed_at else ""
    sheet.write(f"<url><loc>{escape(line.address)}</loc>{changed}</url>\n", rows=1)


def _write_index(made: list[Made], addresses: MapAddresses, now: datetime) -> None:
    known = {row.name: row for row in PublicFile.objects.filter(group=PublicFile.Group.SITEMAP)}
    parts = list(made)
    with writing(INDEX_NAME, XML, made) as sheet:
        sheet.write(f"{_HEAD}<sitemapindex {_NAMESPACE}>\n")
        for part in parts:
            before = known.get(part.name)
            is_same = before is not None and before.sha256 == part.sha256
            changed_at = before.changed_at if is_same and before else now
            address = escape(addresses.sitemap(part.name))
            sheet.write(
                f"<sitemap><loc>{address}</loc><lastmod>{_w3c(changed_at)}</lastmod></sitemap>\n",
                rows=1,
            )
        sheet.write("</sitemapindex>\n")


def _w3c(instant: datetime) -> str:
    """An instant as W3C Date and Time Formats has it, to the second, in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
