"""Noting who is to hear of what came on the shelves, once for each person and release.

Each run looks at what came since the last one. Where it ended moves in the same transaction: a run
that was killed is done again, and nobody is told twice.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, LiteralString

from django.db import connection, transaction

from pennywhistle.apps.following.matching import Searches, page_of, record_of
from pennywhistle.apps.following.models import Follow, News, Noted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pennywhistle.apps.following.matching import Page, Record

# Of releases that came out longer ago, nobody is told who was not told then.
noted_for = timedelta(days=2)
# A publication may be written a while after the instant that it bears.
looked_at_again_for = timedelta(hours=6)
kept_for = timedelta(days=60)
removed_per_run_max = 50_000
releases_per_step = 500
releases_per_run_max = 20_000
# Of one genre or search in one run; and altogether in a day for one person. A mail lists fewer.
news_per_run_max = 100
news_per_day_max = 300

_NEW: LiteralString = """
SELECT id FROM catalog_release
WHERE published_at > %(since)s AND published_at <= %(now)s
  AND (withdrawn_at IS NULL OR withdrawn_at > %(now)s)
ORDER BY released_on DESC, id DESC LIMIT %(most)s
"""
_OF_PARTIES: LiteralString = """
INSERT INTO following_news (follower_id, release_id, kind, name, noted_at, try_count)
SELECT DISTINCT ON (f.follower_id, r.id) f.follower_id, r.id, 'party', p.name, %(now)s, 0
FROM catalog_release r
CROSS JOIN LATERAL (
  SELECT r.label_id AS party_id
  UNION SELECT a.party_id FROM catalog_releaseartist a WHERE a.release_id = r.id) of
JOIN following_follow f ON f.party_id = of.party_id AND f.since < r.published_at
JOIN parties_party p ON p.id = f.party_id
WHERE r.id = ANY (%(ids)s)
ORDER BY f.follower_id, r.id, f.party_id
ON CONFLICT DO NOTHING
"""
# What is left of a day for each, counted within a run too; the newest first. What is noted already,
# since it is looked at again, takes nothing of it.
_NOT_TOO_MUCH: LiteralString = """
INSERT INTO following_news (follower_id, release_id, kind, name, noted_at, try_count)
SELECT c.follower_id, c.release_id, c.kind, c.name, %(now)s, 0
FROM (
  SELECT every.*, row_number() OVER (
    PARTITION BY every.follower_id ORDER BY every.released_on DESC, every.release_id DESC) AS n
  FROM ({candidates}) every
  WHERE NOT EXISTS (
    SELECT FROM following_news n
    WHERE n.follower_id = every.follower_id AND n.release_id = every.release_id)) c
WHERE c.n <= %(per_day)s AND c.n <= %(per_day)s - (
  SELECT count(*) FROM following_news n
  WHERE n.follower_id = c.follower_id AND n.noted_at > %(yesterday)s)
ON CONFLICT DO NOTHING
"""
_OF_GENRES: LiteralString = """
SELECT f.follower_id, r.id AS release_id, 'genre' AS kind, g.name, r.released_on
FROM (SELECT id, genre_id, published_at, released_on, row_number() OVER (
        PARTITION BY genre_id ORDER BY released_on DESC, id DESC) AS n
      FROM catalog_release WHERE id = ANY (%(ids)s) AND genre_id IS NOT NULL) r
JOIN catalog_genre g ON g.id = r.genre_id
JOIN following_follow f ON f.genre_id = r.genre_id AND f.since < r.published_at
WHERE r.n <= %(per_run)s
"""
_OF_SEARCHES: LiteralString = """
SELECT DISTINCT ON (f.follower_id, r.id)
  f.follower_id, r.id AS release_id, 'search' AS kind, f.search AS name, r.released_on
FROM unnest(%(texts)s::text[], %(found)s::bigint[]) AS hit(search, release_id)
JOIN catalog_release r ON r.id = hit.release_id
JOIN following_follow f ON f.search = hit.search AND f.search <> '' AND f.since < r.published_at
ORDER BY f.follower_id, r.id, f.id
"""


def note_news(*, now: datetime) -> int:
    """Note who is to be told of what; answers how much. Nobody twice of a release."""
    noted = _note(now)
    old = News.objects.filter(noted_at__lt=now - kept_for).values("pk")[:removed_per_run_max]
    News.objects.filter(pk__in=old).delete()
    return noted


@transaction.atomic
def _note(now: datetime) -> int:
    Noted.objects.bulk_create([Noted(id=1, until=now - noted_for)], ignore_conflicts=True)
    noted = Noted.objects.select_for_update(skip_locked=True).filter(id=1).first()
    if noted is None:
        return 0
    since = max(noted.until - looked_at_again_for, now - noted_for)
    with connection.cursor() as cursor:
        cursor.execute(_NEW, {"since": since, "now": now, "most": releases_per_run_max})
        ids = [release_id for (release_id,) in cursor.fetchall()]
    told = _note_releases(ids, now) if ids else 0
    Noted.objects.filter(id=1).update(until=now)
    return told


def _note_releases(ids: Sequence[int], now: datetime) -> int:
    wanted: dict[str, Any] = {
        "ids": list(ids),
        "now": now,
        "yesterday": now - timedelta(days=1),
        "per_run": news_per_run_max,
        "per_day": news_per_day_max,
    }
    told: int = 0
    with connection.cursor() as cursor:
        cursor.execute(_OF_PARTIES, wanted)
        told += cursor.rowcount
        cursor.execute(_NOT_TOO_MUCH.format(candidates=_OF_GENRES), wanted)
        told += cursor.rowcount
        hits = _hits(ids)
        if hits:
            wanted |= {"texts": [text for text, _ in hits], "found": [pk for _, pk in hits]}
            cursor.execute(_NOT_TOO_MUCH.format(candidates=_OF_SEARCHES), wanted)
            told += cursor.rowcount
    return told


def _hits(ids: Sequence[int]) -> list[tuple[str, int]]:
    """Which followed search finds which of the releases."""
    followed = Follow.objects.exclude(search="").values_list("search", flat=True).distinct()
    texts = list(followed)
    if not texts:
        return []
    searches, count = Searches(texts), dict.fromkeys(texts, 0)
    hits = []
    for start in range(0, len(ids), releases_per_step):
        for record in records_of(ids[start : start + releases_per_step]):
            for text in searches.finding(record):
                count[text] += 1
                if count[text] <= news_per_run_max:
                    hits.append((text, record.release_id))
    return hits


_RELEASES: LiteralString = """
SELECT r.id, r.title, r.artist_line, l.name, coalesce(g.name, ''),
  extract(year FROM r.released_on)::int::text, r.upc
FROM catalog_release r JOIN parties_party l ON l.id = r.label_id
LEFT JOIN catalog_genre g ON g.id = r.genre_id
WHERE r.id = ANY (%(ids)s) ORDER BY r.id
"""
_TRACKS: LiteralString = """
SELECT t.release_id, t.title, t.artist_line, c.isrc,
  ARRAY(SELECT p.name FROM catalog_recordingcredit k JOIN parties_party p ON p.id = k.party_id
        WHERE k.recording_id = c.id
        UNION SELECT p.name FROM catalog_workplayed w
        JOIN catalog_workcredit k ON k.work_id = w.work_id
        JOIN parties_party p ON p.id = k.party_id WHERE w.recording_id = c.id),
  ARRAY(SELECT o.title FROM catalog_workplayed w JOIN catalog_work o ON o.id = w.work_id
        WHERE w.recording_id = c.id),
  ARRAY(SELECT o.iswc FROM catalog_workplayed w JOIN catalog_work o ON o.id = w.work_id
        WHERE w.recording_id = c.id AND o.iswc <> '')
FROM catalog_track t JOIN catalog_recording c ON c.id = t.recording_id
WHERE t.release_id = ANY (%(ids)s) AND t.left_at IS NULL
"""


def records_of(ids: Sequence[int]) -> Iterator[Record]:
    """Releases with their tracks and people, as searches see them, in two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASES, {"ids": list(ids)})
        releases = cursor.fetchall()
        cursor.execute(_TRACKS, {"ids": list(ids)})
        tracks: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for release_id, *track in cursor.fetchall():
            tracks[release_id].append(tuple(track))
    for row in releases:
        yield record_of(row[0], _pages(row, tracks[row[0]]))


def _pages(row: tuple[Any, ...], tracks: Sequence[tuple[Any, ...]]) -> Iterator[Page]:
    _, title, artist_line, label, genre, year, upc = row
    fields = {"label": [label], "genre": [genre], "year": [year]}
    yield page_of(
        [title, artist_line, label, genre],
        {**fields, "artist": [artist_line], "by": [artist_line], "upc": [upc]},
    )
    for name, by, isrc, people, works, iswcs in tracks:
        yield page_of(
            [name, by, title, *people],
            {
                **fields,
                "artist": [by],
                "by": [by, *people],
                "work": works,
                "isrc": [isrc],
                "iswc": iswcs,
            },
        )
