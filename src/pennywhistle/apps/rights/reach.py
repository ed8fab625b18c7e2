"""Which releases a change of the register reaches: one statement for each kind of change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.kernel.territories import TERRITORY_CODES
from pennywhistle.machine.postgres.prepared import array, run_prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import LiteralString

# A change that reaches more releases than this lets those of smaller changes go first.
bulk_releases_min = 500

# From the rows that changed to release ids. What is not on the shelves, now or later, has no
# availability that could change; only a release itself may have left them.
_ON_THE_SHELVES: LiteralString = """
SELECT DISTINCT r.id FROM reached JOIN catalog_release r ON r.id = reached.release_id
WHERE r.published_at IS NOT NULL AND (r.withdrawn_at IS NULL OR r.withdrawn_at > %(now)s)
"""

_OF_RECORDINGS: LiteralString = """
SELECT t.release_id FROM subject s JOIN catalog_track t ON t.recording_id = s.recording_id
UNION ALL
SELECT t.release_id FROM subject s JOIN catalog_recordingwork p ON p.work_id = s.work_id
  AND p.closed_at IS NULL
JOIN catalog_track t ON t.recording_id = p.recording_id
"""

# Everybody from whom mandates lead to a party, with what passes on from there: the rights and
# the repertoire of the row that changed. The chain's other mandates are not looked at more
# closely: too many releases cost time, too few would be wrong.
_UPSTREAM: LiteralString = """
owner AS (
  SELECT party_id, party_id AS root, rights, repertoire_id FROM root
  UNION
  SELECT m.from_party_id, o.root, o.rights, o.repertoire_id
  FROM owner o JOIN rights_mandate m ON m.to_party_id = o.party_id AND m.closed_at IS NULL
), subject AS (
  SELECT DISTINCT s.recording_id, s.work_id
  FROM owner o JOIN rights_ownershipshare s ON s.party_id = o.party_id
    AND s.closed_at IS NULL AND s.status <> 'revoked' AND s.right = ANY (o.rights)
  WHERE o.repertoire_id IS NULL OR EXISTS (
    SELECT FROM rights_repertoiremember e
    WHERE e.repertoire_id = o.repertoire_id AND e.closed_at IS NULL
      AND (e.work_id = s.work_id OR e.recording_id = s.recording_id))
)
"""

_CHANGED: LiteralString = "changed AS (SELECT unnest(%(rows)s::bigint[]) AS row_id)"
_ALL: LiteralString = "SELECT id FROM catalog_release"


def _of_subjects(subjects: LiteralString) -> LiteralString:
    return (
        f"WITH {_CHANGED}, subject AS ({subjects}), reached AS ({_OF_RECORDINGS}) {_ON_THE_SHELVES}"
    )


def _of_releases(releases: LiteralString) -> LiteralString:
    return f"WITH {_CHANGED}, reached (release_id) AS ({releases}) {_ON_THE_SHELVES}"


def _of_owners(roots: LiteralString) -> LiteralString:
    return (
        f"WITH RECURSIVE {_CHANGED}, root AS ({roots}), {_UPSTREAM},"
        f" reached AS ({_OF_RECORDINGS}) {_ON_THE_SHELVES}"
    )


def _of_licenses(licenses: LiteralString) -> LiteralString:
    """Those whose owners' mandates lead to the licensor; a license by law reaches everything."""
    roots = (
        "SELECT DISTINCT licensor_id AS party_id, rights::text[] AS rights,"
        " NULL::bigint AS repertoire_id FROM license"
    )
    by_law = f"{_ALL} WHERE EXISTS (SELECT FROM license WHERE unidentified_by <> '')"
    return (
        f"WITH RECURSIVE {_CHANGED}, license AS ({licenses}), root AS ({roots}), {_UPSTREAM},"
        f" reached AS ({_OF_RECORDINGS} UNION ALL {by_law}) {_ON_THE_SHELVES}"
    )


_REACHED: dict[str, LiteralString] = {
    "release": "SELECT DISTINCT unnest(%(rows)s::bigint[])",
    "grant": _of_releases(
        "SELECT g.release_id FROM changed JOIN rights_grant g ON g.id = row_id"
    ),
    "stop": _of_releases("SELECT s.release_id FROM changed JOIN rights_stop s ON s.id = row_id"),
    "recording": _of_subjects(
        "SELECT row_id AS recording_id, NULL::bigint AS work_id FROM changed"
    ),
    "ownershipshare": _of_subjects(
        "SELECT DISTINCT s.recording_id, s.work_id"
        " FROM changed JOIN rights_ownershipshare s ON s.id = row_id"
    ),
    "publicdomain": _of_subjects(
        "SELECT DISTINCT NULL::bigint AS recording_id, d.work_id"
        " FROM changed JOIN rights_publicdomain d ON d.id = row_id"
    ),
    "repertoiremember": _of_subjects(
        "SELECT DISTINCT e.recording_id, e.work_id"
        " FROM changed JOIN rights_repertoiremember e ON e.id = row_id"
    ),
    "mandate": _of_owners(
        "SELECT DISTINCT m.from_party_id AS party_id, m.rights::text[] AS rights, m.repertoire_id"
        " FROM changed JOIN rights_mandate m ON m.id = row_id"
    ),
    "license": _of_licenses(
        "SELECT i.* FROM changed JOIN rights_license i ON i.id = row_id"
    ),
    "tariffline": _of_licenses(
        "SELECT i.* FROM changed JOIN rights_tariffline n ON n.id = row_id"
        " JOIN rights_license i ON i.tariff_id = n.tariff_id AND i.closed_at IS NULL"
    ),
    "supplieragreement": _of_releases(
        "SELECT g.release_id FROM changed JOIN rights_supplieragreement a ON a.id = row_id"
        " JOIN rights_grant g ON g.licensor_id = a.supplier_id AND g.closed_at IS NULL"
    ),
    "ratecardline": _of_releases(
        "SELECT g.release_id FROM changed JOIN rights_ratecardline c ON c.id = row_id"
        " JOIN rights_grant g ON g.licensor_id = c.supplier_id AND g.price_code = c.code"
        " AND g.closed_at IS NULL"
    ),
    # It decides where both sides hold deals, and where one holds them of what is not its own.
    "transfer": _of_releases(
        "SELECT g.release_id FROM changed JOIN rights_transfer x ON x.id = row_id"
        " JOIN rights_grant g ON g.closed_at IS NULL"
        " AND g.licensor_id IN (x.from_supplier_id, x.to_supplier_id)"
        " WHERE EXISTS (SELECT FROM rights_grant h WHERE h.release_id = g.release_id"
        " AND h.closed_at IS NULL AND h.licensor_id <> g.licensor_id"
        " AND h.licensor_id IN (x.from_supplier_id, x.to_supplier_id))"
        " OR EXISTS (SELECT FROM catalog_track t JOIN rights_ownershipshare s"
        " ON s.recording_id = t.recording_id AND s.closed_at IS NULL"
        " WHERE t.release_id = g.release_id AND s.party_id <> g.licensor_id)"
    ),
    # It moves the floor, wherever anything is granted in its territory.
    "taxrate": _of_releases(
        "SELECT g.release_id FROM changed JOIN taxes_taxrate x ON x.id = row_id"
        " JOIN rights_territoryset p"
        " ON get_bit(p.mask, array_position(%(codes)s::text[], x.territory::text) - 1) = 1"
        " JOIN rights_grant g ON g.territories_id = p.digest AND g.closed_at IS NULL"
    ),
    "store": _of_releases(_ALL),
}  # fmt: skip
KINDS = frozenset(_REACHED)

# The shelves of today, the newest first: what is yet to come is its supplier's secret.
_GIVEN: LiteralString = f"""
WITH RECURSIVE root AS (
  SELECT %(party)s::bigint AS party_id, %(rights)s::text[] AS rights,
    %(repertoire)s::bigint AS repertoire_id
), {_UPSTREAM}, reached AS ({_OF_RECORDINGS})
SELECT DISTINCT r.id FROM reached JOIN catalog_release r ON r.id = reached.release_id
WHERE r.published_at <= %(now)s ORDER BY r.id DESC LIMIT %(count_max)s
"""  # noqa: S608 (text from this file)

# Here no mandate may be passed over: who holds none for a work is shown nothing of it. Along the
# way the rights become fewer and the lists more; chains of mandates have at most eight links.
_WORKS_OF: LiteralString = """
WITH RECURSIVE owner AS (
  SELECT unnest(%(parties)s::bigint[]) AS party_id, %(rights)s::text[] AS rights,
    '{}'::bigint[] AS lists, 0 AS links
  UNION
  SELECT m.from_party_id,
    ARRAY(SELECT unnest(o.rights) INTERSECT SELECT unnest(m.rights::text[]) ORDER BY 1),
    array_remove(o.lists || m.repertoire_id, NULL), o.links + 1
  FROM owner o JOIN rights_mandate m ON m.to_party_id = o.party_id AND m.closed_at IS NULL
    AND (m.valid_until IS NULL OR m.valid_until > %(now)s)
  WHERE o.links < 8
), subject AS (
  SELECT DISTINCT s.work_id FROM owner o JOIN rights_ownershipshare s ON s.party_id = o.party_id
    AND s.closed_at IS NULL AND s.status <> 'revoked' AND s.right = ANY (o.rights)
  WHERE s.work_id > %(after)s AND NOT EXISTS (
    SELECT FROM unnest(o.lists) AS l(id) WHERE NOT EXISTS (
      SELECT FROM rights_repertoiremember e
      WHERE e.repertoire_id = l.id AND e.work_id = s.work_id AND e.closed_at IS NULL))
)
SELECT w.id FROM subject JOIN catalog_work w ON w.id = subject.work_id
WHERE strpos(lower(w.title), lower(%(text)s)) > 0
ORDER BY w.id LIMIT %(count_max)s
"""

_MARK_DUE = """
INSERT INTO rights_due (release_id, due_at, is_bulk)
SELECT release_id, %(now)s, %(is_bulk)s FROM unnest(%(releases)s::bigint[]) AS u(release_id)
ORDER BY release_id
ON CONFLICT (release_id) DO UPDATE SET due_at = excluded.due_at,
  is_bulk = excluded.is_bulk AND (rights_due.is_bulk OR rights_due.due_at > excluded.due_at)
"""


def releases_reached(kind: str, row_ids: Sequence[int], *, now: datetime) -> list[int]:
    """The releases whose availability may differ since these rows came, went or were closed."""
    parameters = {"rows": array(row_ids), "now": now, "codes": array(TERRITORY_CODES)}
    return [row[0] for row in run_prepared(connection, _REACHED[kind], parameters)]


def releases_touched_by(
    *,
    party_id: int,
    rights: Sequence[str],
    repertoire_id: int | None,
    now: datetime,
    count_max: int,
) -> list[int]:
    """Releases that a mandate of this party touches: by its own shares, and by those of its givers.

    Published ones only, the newest first. `repertoire_id` None: all that it has.
    """
    parameters = {
        "party": party_id,
        "rights": array(rights),
        "repertoire": repertoire_id,
        "now": now,
        "count_max": count_max,
    }
    return [row[0] for row in run_prepared(connection, _GIVEN, parameters)]


@dataclass(frozen=True, slots=True)
class WorksAsked:
    """Works of these parties with the text in the title: those after a number, so many at most."""

    party_ids: Sequence[int]
    rights: Sequence[str]
    after_id: int
    text: str
    count_max: int


def works_reached_by(asked: WorksAsked, *, now: datetime) -> list[int]:
    """Works in which parties, or who mandated them for the work, have a share; by number."""
    parameters = {
        "parties": array(asked.party_ids),
        "rights": array(asked.rights),
        "after": asked.after_id,
        "text": asked.text,
        "count_max": asked.count_max,
        "now": now,
    }
    return [row[0] for row in run_prepared(connection, _WORKS_OF, parameters)]


def mark_due(release_ids: Sequence[int], *, now: datetime, is_bulk: bool | None = None) -> None:
    """Put releases on the list of those to be made anew, each once; small numbers go first."""
    if is_bulk is None:
        is_bulk = len(release_ids) > bulk_releases_min
    with connection.cursor() as cursor:
        cursor.execute(_MARK_DUE, {"releases": list(release_ids), "now": now, "is_bulk": is_bulk})
