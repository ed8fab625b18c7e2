"""What pages read of the lists that were made beforehand, each in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from django.db import connection

from pennywhistle.apps.charts.limits import (
    around_max,
    artists_per_suggestion_max,
    labels_per_page,
    letters_max,
    places_on_home,
    releases_of_an_artist_looked_at_max,
    seeds_max,
    suggestions_max,
)
from pennywhistle.apps.charts.models import Chart, LabelLine, NoSuggestions, StaffPick
from pennywhistle.apps.discovery.queries import ReleaseLine
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

EVERYWHERE, ALL_GENRES = "", 0
# More is read than is shown, because what is not sold to the visitor is left out then.
_READ_FOR_ONE_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a chart. What has as many buyers has the same rank."""

    rank: int
    item_id: int
    buyer_count: int


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a release: bought together with it, of its artists, of its label."""

    together: tuple[ReleaseLine, ...]
    of_artist: tuple[ReleaseLine, ...]
    of_label: tuple[ReleaseLine, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A release that a person may like, and because of which one that they own."""

    line: ReleaseLine
    because: str
    is_same_artist: bool


@dataclass(frozen=True, slots=True)
class LabelPage:
    """Some labels of a letter, and where they go on."""

    labels: tuple[tuple[Party, int], ...]
    next_after: str


def chart_of(
    kind: Chart.Kind, window: Chart.Window, *, territory: str, genre_id: int = ALL_GENRES
) -> Chart | None:
    """A chart as it was last made; None where too few bought."""
    return Chart.objects.filter(
        kind=kind, window=window, territory=territory, genre_id=genre_id
    ).first()


def places_of(chart: Chart) -> Iterator[Place]:
    """The places of a chart, best first."""
    rank, before = 0, 0
    for number, (item_id, count) in enumerate(
        zip(chart.item_ids, chart.buyer_counts, strict=True), 1
    ):
        rank = rank if count == before else number
        before = count
        yield Place(rank, item_id, count)


_BEST: LiteralString = """
SELECT {line} FROM charts_chart c
CROSS JOIN LATERAL unnest(c.item_ids) WITH ORDINALITY AS o(id, n)
JOIN catalog_release r ON r.id = o.id
WHERE c.kind = 'releases' AND c."window" = 'week' AND c.territory = %(territory)s
  AND c.genre_id = 0 AND {on_shelf}
ORDER BY o.n LIMIT %(most)s
"""


def best_of_week(*, territory: str, at: datetime) -> list[ReleaseLine]:
    """What most people bought in a territory in the week that the chart is of."""
    wanted: dict[str, Any] = {"territory": territory, "at": at, "most": places_on_home}
    with connection.cursor() as cursor:
        cursor.execute(_BEST.format(line=_LINE, on_shelf=_ON_SHELF), wanted)
        return [ReleaseLine(*row) for row in cursor.fetchall()]


_LINE: LiteralString = (
    "r.id, r.public_id, r.slug, r.title, r.artist_line, r.is_explicit, r.released_on"
)
_ON_SHELF: LiteralString = (
    "r.published_at <= %(at)s AND (r.withdrawn_at IS NULL OR r.withdrawn_at > %(at)s)"
)
_AROUND: LiteralString = """
(SELECT 'together' AS why, {line} FROM charts_together t
 CROSS JOIN LATERAL unnest(t.other_ids) WITH ORDINALITY AS o(id, n)
 JOIN catalog_release r ON r.id = o.id
 WHERE t.release_id = %(release)s AND {on_shelf}
 ORDER BY o.n LIMIT %(most)s)
UNION ALL
(SELECT 'artist', {line} FROM (
   SELECT DISTINCT x.release_id FROM catalog_releaseartist mine CROSS JOIN LATERAL (
     SELECT a.release_id FROM catalog_releaseartist a WHERE a.party_id = mine.party_id
     LIMIT %(looked_at)s) x
   WHERE mine.release_id = %(release)s) of_them
 JOIN catalog_release r ON r.id = of_them.release_id
 WHERE r.id <> %(release)s AND {on_shelf}
 ORDER BY r.released_on DESC, r.id DESC LIMIT %(most)s)
UNION ALL
(SELECT 'label', {line} FROM catalog_release r
 WHERE r.label_id = (SELECT label_id FROM catalog_release WHERE id = %(release)s)
   AND r.id <> %(release)s AND {on_shelf}
 ORDER BY r.released_on DESC, r.id DESC LIMIT %(most)s * 2)
"""


def around(release_id: int, *, at: datetime) -> Around:
    """What else a release's page shows: each release once, of all that is on the shelves."""
    wanted: dict[str, Any] = {
        "release": release_id,
        "at": at,
        "most": around_max * _READ_FOR_ONE_SHOWN,
        "looked_at": releases_of_an_artist_looked_at_max,
    }
    found: dict[str, list[ReleaseLine]] = {"together": [], "artist": [], "label": []}
    seen: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute(_AROUND.format(line=_LINE, on_shelf=_ON_SHELF), wanted)
        for why, *row in cursor.fetchall():
            line = ReleaseLine(*row)
            if line.id not in seen:
                seen.add(line.id)
                found[why].append(line)
    return Around(tuple(found["together"]), tuple(found["artist"]), tuple(found["label"]))


_SUGGEST: LiteralString = """
WITH seeds AS MATERIALIZED (
  SELECT e.release_id, max(e.granted_at) AS at FROM orders_entitlement e
  WHERE e.buyer_id = %(user)s AND e.ended_at IS NULL
    AND NOT EXISTS (SELECT FROM charts_nosuggestions WHERE user_id = %(user)s)
  GROUP BY e.release_id ORDER BY at DESC, e.release_id LIMIT %(seeds)s),
found AS (
  SELECT o.id, s.release_id AS seed_id, false AS is_artist, o.weight, s.at
  FROM seeds s JOIN charts_together t ON t.release_id = s.release_id
  CROSS JOIN LATERAL unnest(t.other_ids, t.weights) AS o(id, weight)
  UNION ALL
  SELECT x.id, s.release_id, true, 0, s.at
  FROM seeds s JOIN catalog_releaseartist mine ON mine.release_id = s.release_id
  CROSS JOIN LATERAL (
    SELECT a.release_id AS id FROM catalog_releaseartist a WHERE a.party_id = mine.party_id
    LIMIT %(of_artist)s) x),
best AS (
  SELECT DISTINCT ON (f.id) f.* FROM found f
  WHERE NOT EXISTS (SELECT FROM orders_entitlement e
                    WHERE e.buyer_id = %(user)s AND e.release_id = f.id AND e.ended_at IS NULL)
  ORDER BY f.id, f.is_artist, f.weight DESC, f.at DESC, f.seed_id)
SELECT {line}, seed.title, b.is_artist FROM best b
JOIN catalog_release r ON r.id = b.id
JOIN catalog_release seed ON seed.id = b.seed_id
WHERE {on_shelf}
ORDER BY b.is_artist, b.weight DESC, b.at DESC, r.released_on DESC, r.id DESC LIMIT %(most)s
"""


def suggestions_for(*, user_id: int, at: datetime) -> list[Suggestion]:
    """What a person may like because of what they own; nothing where they want none.

    From the latest `seeds_max` releases that they own: what is bought together with them first,
    then what else their artists made.
    """
    wanted: dict[str, Any] = {
        "user": user_id,
        "at": at,
        "seeds": seeds_max,
        "of_artist": artists_per_suggestion_max,
        "most": suggestions_max * _READ_FOR_ONE_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUGGEST.format(line=_LINE, on_shelf=_ON_SHELF), wanted)
        rows = cursor.fetchall()
    return [Suggestion(ReleaseLine(*line), title, is_same) for *line, title, is_same in rows]


def wants_suggestions(*, user_id: int) -> bool:
    """Whether a person has not switched suggestions off."""
    return not NoSuggestions.objects.filter(user=user_id).exists()


def picks_shown(*, at: datetime, most: int) -> list[tuple[ReleaseLine, str]]:
    """What stands on the staff's shelf, with the notes."""
    picks = StaffPick.objects.shown(at=at).select_related("release")[:most]
    return [(_line_of(pick), pick.note) for pick in picks]


def picks_arranged() -> list[StaffPick]:
    """All of the staff's shelf, as the office arranges it: also what is not on sale now."""
    return list(StaffPick.objects.in_order().select_related("release", "picked_by"))


def _line_of(pick: StaffPick) -> ReleaseLine:
    release = pick.release
    return ReleaseLine(
        release.pk,
        release.public_id,
        release.slug,
        release.title,
        release.artist_line,
        release.is_explicit,
        release.released_on,
    )


# From one letter to the next along the index: a look-up for each, however many labels there are.
_LETTERS: LiteralString = """
WITH RECURSIVE each AS (
  (SELECT letter FROM charts_labelline ORDER BY letter LIMIT 1)
  UNION ALL
  SELECT (SELECT l.letter FROM charts_labelline l WHERE l.letter > each.letter
          ORDER BY l.letter LIMIT 1)
  FROM each WHERE each.letter IS NOT NULL)
SELECT letter FROM each WHERE letter IS NOT NULL LIMIT %(most)s
"""


def letters() -> list[str]:
    """The letters under which labels stand."""
    with connection.cursor() as cursor:
        cursor.execute(_LETTERS, {"most": letters_max})
        return [letter for (letter,) in cursor.fetchall()]


def labels_under(letter: str, *, after: str) -> LabelPage:
    """The labels of a letter from behind a place on, in two queries."""
    lines = LabelLine.objects.filter(letter=letter).order_by("sort_key", "party_id")
    party_id, _, key = after.partition("-")
    if key and party_id.isascii() and party_id.isdigit() and len(party_id) <= len(str(2**62)):
        lines = lines.extra(where=["(sort_key, party_id) > (%s, %s)"], params=[key, int(party_id)])
    rows = list(lines[: labels_per_page + 1])
    shown = rows[:labels_per_page]
    parties = Party.objects.in_bulk([row.party_id for row in shown])
    return LabelPage(
        tuple(
            (parties[row.party_id], row.release_count) for row in shown if row.party_id in parties
        ),
        f"{shown[-1].party_id}-{shown[-1].sort_key}" if len(rows) > labels_per_page else "",
    )
